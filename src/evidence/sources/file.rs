//! What the Compose file or the manifest itself says: the account that it names, by a user or by a variable.

use crate::evidence::fact::{Known, Source, Strength};
use crate::evidence::facts::Facts;
use crate::evidence::sources::paths::kept;
use crate::evidence::subject::{Start, Subject};
use crate::workload::Id;

/// The variables by which images take the account that they drop to: user and group.
pub(in crate::evidence) const ACCOUNTS: &[(&str, &str)] = &[
    ("PUID", "PGID"),
    ("UID", "GID"),
    ("USER_UID", "USER_GID"),
    ("USER_ID", "GROUP_ID"),
    ("USERMAP_UID", "USERMAP_GID"),
    ("MUID", "MGID"),
    ("APP_UID", "APP_GID"),
    ("APP_USER_ID", "APP_GROUP_ID"),
    ("HOST_UID", "HOST_GID"),
    ("CONTAINER_UID", "CONTAINER_GID"),
    ("LOCAL_UID", "LOCAL_GID"),
    ("LOCAL_USER_ID", "LOCAL_GROUP_ID"),
    ("NB_UID", "NB_GID"),
    ("STEAM_UID", "STEAM_GID"),
];

/// What the file says.
pub(super) fn facts(subject: &Subject<'_, '_>, _: Start) -> Option<Facts> {
    let account = named(subject).or_else(|| by_variables(subject).and_then(|it| it.1));
    let written = kept(subject.strange_paths()).into_iter().map(said).collect();
    Some(Facts {
        writes: written,
        account: account.map(said),
        ports: subject.ports.iter().map(|it| it.number).collect(),
        ..Facts::default()
    })
}

fn said<T>(value: T) -> Known<T> {
    Known { value, source: Source::File, strength: Strength::Said }
}

/// The user and group that the file names by number, neither of them left out.
fn named(subject: &Subject<'_, '_>) -> Option<(u32, u32)> {
    match (&subject.identity.user, &subject.identity.group) {
        (Id::Number(uid), Id::Number(gid)) if *uid != 0 => Some((*uid, *gid)),
        _ => None,
    }
}

/// The first variable that names an account, and the account where its numbers are known.
pub(in crate::evidence) fn by_variables(
    subject: &Subject<'_, '_>,
) -> Option<(&'static str, Option<(u32, u32)>)> {
    let (user, group) = ACCOUNTS.iter().find(|it| subject.has_variable(it.0))?;
    let number = |name: &str| -> Option<u32> { subject.variable(name)?.trim().parse().ok() };
    let uid = number(user);
    Some((user, uid.filter(|it| *it != 0).map(|uid| (uid, number(group).unwrap_or(uid)))))
}
