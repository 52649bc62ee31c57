//! The accounts of an image, by its `/etc/passwd` and `/etc/group`.

use super::tree::Root;
use crate::images::learned::Account;

/// An account with its other groups.
pub(super) struct Known {
    pub(super) account: Account,
    pub(super) groups: Vec<u32>,
}

/// The account that `USER`, or a program that gives root up, names: a name or a number, with a group or without.
///
/// Nothing where the image has no such account, or no such group.
pub(super) fn account(root: &Root, named: &str) -> Option<Known> {
    let (user, group) = match named.split_once(':') {
        Some((user, group)) => (user, Some(group).filter(|it| !it.is_empty())),
        None => (named, None),
    };
    let number: Option<u32> = user.parse().ok();
    let line = passwd(root).find(|it| match number {
        Some(number) => it.uid == number,
        None => it.name == user,
    });
    let (name, uid, own_group) = match (line, number) {
        (Some(it), _) => (it.name.to_owned(), it.uid, it.gid),
        // Who has no entry is in the group of root.
        (None, Some(number)) => (String::new(), number, 0),
        (None, None) => return None,
    };
    let gid = match group {
        None => own_group,
        Some(group) => match group.parse() {
            Ok(number) => number,
            Err(_) => groups(root).find(|it| it.name == group)?.gid,
        },
    };
    let mut others: Vec<u32> = groups(root)
        .filter(|it| !name.is_empty() && it.members.split(',').any(|it| it == name))
        .map(|it| it.gid)
        .filter(|it| *it != gid)
        .collect();
    // Docker leaves them out where a group is named.
    if group.is_some() {
        others.clear();
    }
    others.sort_unstable();
    others.dedup();
    Some(Known { account: Account { name, uid, gid }, groups: others })
}

struct Line<'t> {
    name: &'t str,
    uid: u32,
    gid: u32,
}

fn passwd(root: &Root) -> impl Iterator<Item = Line<'_>> {
    root.text("/etc/passwd").unwrap_or_default().lines().filter_map(|it| {
        let mut parts = it.split(':');
        let name = parts.next()?;
        let uid = parts.nth(1)?.parse().ok()?;
        Some(Line { name, uid, gid: parts.next()?.parse().ok()? })
    })
}

struct Group<'t> {
    name: &'t str,
    gid: u32,
    members: &'t str,
}

fn groups(root: &Root) -> impl Iterator<Item = Group<'_>> {
    root.text("/etc/group").unwrap_or_default().lines().filter_map(|it| {
        let mut parts = it.split(':');
        let name = parts.next()?;
        let gid = parts.nth(1)?.parse().ok()?;
        Some(Group { name, gid, members: parts.next().unwrap_or_default() })
    })
}
