//! What the Dockerfile says that a service is built from, with the start scripts that it copies.

use crate::evidence::fact::{Known, Source, Strength};
use crate::evidence::facts::{Doubt, Facts};
use crate::evidence::subject::{Start, Subject};
use crate::finding::Confidence;
use crate::images::dockerfile::{Act, By, Dockerfile, Granted, Place, Said, User, What};
use crate::images::{Data, Fact, Verdict};

/// What it says.
pub(super) fn facts(subject: &Subject<'_, '_>, start: Start) -> Option<Facts> {
    let file = subject.built?;
    let mut facts = Facts {
        account: account(file).map(read),
        volumes: file.volumes.clone(),
        ports: file.ports.clone(),
        data: data(file),
        ..Facts::default()
    };
    privileges(&mut facts, subject, file);
    capabilities(&mut facts, subject, file, start);
    if subject.words.entrypoint.is_empty() {
        facts.doubts.extend(file.acts.iter().filter_map(doubt));
    }
    Some(facts)
}

fn read<T>(value: T) -> Known<T> {
    Known { value, source: Source::Dockerfile, strength: Strength::Read }
}

/// The account of its `USER`, where the numbers are there.
fn account(file: &Dockerfile) -> Option<(u32, u32)> {
    match file.user {
        Some(User::Ids { uid, gid }) if uid != 0 => Some((uid, gid.unwrap_or(uid))),
        Some(User::Ids { .. } | User::Name(_) | User::Open(_)) | None => None,
    }
}

/// The folders that it makes and hands over by number.
fn data(file: &Dockerfile) -> Vec<Known<Data>> {
    let owned = file.paths.iter().filter(|it| matches!(it.by, By::Made | By::Handed | By::Copied));
    let folder = |it: &crate::images::dockerfile::ImagePath| match it.owner {
        Some(User::Ids { uid, gid }) => Some(read(Data {
            path: it.path.clone(),
            uid: Some(uid),
            gid,
            mode: it.mode.map(|mode| format!("{mode:04o}")),
            made: Some(true),
        })),
        Some(User::Name(_) | User::Open(_)) | None => None,
    };
    let declared = |it: &Known<Data>| file.volumes.contains(&it.value.path);
    owned.filter_map(folder).filter(declared).collect()
}

/// Whether everything that starts was read, so that what was not seen is not there.
fn is_whole(file: &Dockerfile) -> bool {
    file.unread.is_empty()
}

/// Whether it works with no new privileges: by what it installs and starts, and by its base.
fn privileges(facts: &mut Facts, subject: &Subject<'_, '_>, file: &Dockerfile) {
    let grant = file.grants.iter().find(|it| !matches!(it.what, Granted::Capabilities { .. }));
    if let Some(grant) = grant {
        let what = match &grant.what {
            Granted::Package(name) => format!("its Dockerfile installs {name}"),
            Granted::SetUser { file } => format!("its Dockerfile makes {file} setuid"),
            Granted::Sudoers => "its Dockerfile writes rules for sudo".to_owned(),
            Granted::Capabilities { .. } => return,
        };
        facts.doubts.push(Doubt {
            rules: &["privilege-escalation", "kept-capabilities"],
            at_most: Confidence::Risky,
            seen: at(&what, &grant.said).into(),
            so: Some("programs that raise their privileges".into()),
        });
        return;
    }
    let base = subject.found.image().filter(|it| it.is_verified(Fact::Nnp) && it.nnp.is_fine());
    if base.is_some() && is_whole(file) && !raises(file) {
        facts.escalation = Some(read(Verdict::Ok));
    }
}

fn raises(file: &Dockerfile) -> bool {
    file.acts.iter().any(|it| matches!(it.what, What::Raises(_)))
}

/// The capabilities that its programs carry, and those that its start needs as root.
fn capabilities(facts: &mut Facts, subject: &Subject<'_, '_>, file: &Dockerfile, start: Start) {
    let mut carried: Vec<String> = Vec::new();
    for grant in &file.grants {
        if let Granted::Capabilities { names, .. } = &grant.what {
            carried.extend(names.iter().filter(|it| *it != "ALL").cloned());
        }
    }
    let base = subject.found.image().filter(|it| it.is_verified(Fact::Caps));
    carried.extend(base.into_iter().flat_map(|it| it.file_caps.iter().cloned()));
    carried.sort_unstable();
    carried.dedup();
    match start {
        Start::Unprivileged if is_whole(file) && base.is_some() => {
            facts.as_account = Some(read(carried));
        }
        Start::Unprivileged => {
            let strength = Strength::Assumed;
            let known = Known { value: carried, source: Source::Dockerfile, strength };
            facts.as_account = (!known.value.is_empty()).then_some(known);
        }
        Start::Root => (),
    }
}

/// What an act of its start stands against.
fn doubt(act: &Act) -> Option<Doubt> {
    const SYSTEM: &[&str] = &["root-user", "kept-capabilities"];
    let of = |rules, what: &str, so: &'static str| {
        Some(Doubt {
            rules,
            at_most: Confidence::Risky,
            seen: at(what, &act.said).into(),
            so: Some(so.into()),
        })
    };
    match &act.what {
        What::Raises(tool) => of(
            &["privilege-escalation", "kept-capabilities"],
            &format!("its start uses {tool}"),
            "programs that raise their privileges",
        ),
        What::Drops { tool, .. } => of(
            SYSTEM,
            &format!("its start drops root by {tool}"),
            "what its start does as root before it drops to its own account",
        ),
        What::ChangesOwner | What::ChangesMode => of(
            SYSTEM,
            "its start changes owners",
            "its start, which gives folders to its own account",
        ),
        What::SetsCapabilities => of(
            SYSTEM,
            "its start sets file capabilities",
            "its start, which then ends with an error",
        ),
        What::ChangesAccounts => of(
            &["root-user", "kept-capabilities", "writable-rootfs"],
            "its start changes accounts",
            "its start, which writes to /etc",
        ),
        What::Installs | What::SetsKernel | What::Mounts | What::SetsNetwork => of(
            &["root-user", "kept-capabilities", "writable-rootfs"],
            "its start changes the system",
            "its start, which installs, mounts or sets something as root",
        ),
        What::MakesFolder | What::Writes | What::Removes => {
            let path = act.path.as_deref()?;
            of(
                &["writable-rootfs"],
                &format!("its start writes to {path}"),
                "its start, where nothing is mounted there",
            )
        }
    }
}

/// What is seen, with where.
fn at(what: &str, said: &Said) -> String {
    let place = match &said.place {
        Place::Dockerfile => "Dockerfile",
        Place::Script(path) => path,
    };
    format!("{what} ({place}:{})", said.line)
}
