//! Which folder a path that was written counts for.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Change, How};
use crate::workload::paths::is_below;

/// What the engine itself puts into containers.
const OF_ENGINE: [&str; 13] = [
    "/.dockerenv",
    "/.dockerinit",
    "/dev",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/mtab",
    "/etc/resolv.conf",
    "/proc",
    "/run/.containerenv",
    "/run/podman-init",
    "/sbin/docker-init",
    "/sys",
    "/usr/sbin/docker-init",
];

/// Folders for whatever anybody writes.
const OPEN: [&str; 2] = ["/tmp", "/var/tmp"];

/// Folders in which every service has one of its own.
const SHARED: [&str; 3] = ["/var/cache/", "/var/log/", "/var/spool/"];

/// Folders in which settings and programs lie, or other folders: what is written there is told by itself.
const OF_IMAGE: [&str; 8] = ["/bin", "/boot", "/etc", "/lib", "/lib64", "/sbin", "/usr", "/lib32"];

/// Folders of folders.
const OF_FOLDERS: [&str; 8] = ["", "/home", "/media", "/mnt", "/opt", "/srv", "/var", "/var/lib"];

/// A file that a process had open for writing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opened {
    /// Its path.
    pub path: String,
    /// Whether it has no name any more, so that no list of changes shows it.
    pub deleted: bool,
    /// The program.
    pub by: String,
    /// The user of the program.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// A folder in which something was written, or a single path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// The path.
    pub path: String,
    /// Whether the image does not have it.
    pub made: bool,
    /// What was written in it, or the path itself.
    pub changes: Vec<Change>,
}

/// What was written outside of mounts, by the folder that it counts for.
pub fn groups(changes: &[Change], mounts: &[String], opened: &[Opened]) -> Vec<Group> {
    let mounts: Vec<String> = mounts.iter().flat_map(|it| names(it)).collect();
    let nameless = opened.iter().filter(|it| it.deleted);
    let nameless = nameless.map(|it| Change { path: it.path.clone(), how: How::Added });
    let of_engine = |it: &Change| OF_ENGINE.iter().any(|of| is_below(&it.path, of));
    let is_mounted = |it: &Change| {
        let path = it.path.as_str();
        mounts.iter().any(|at| is_below(path, at) || is_below(at, path))
    };
    let all: BTreeSet<Change> = changes.iter().cloned().chain(nameless).collect();
    let (engines, own): (Vec<Change>, Vec<Change>) =
        all.into_iter().filter(|it| !is_mounted(it)).partition(of_engine);
    let added: BTreeSet<&str> =
        changes.iter().filter(|it| it.how == How::Added).map(|it| it.path.as_str()).collect();
    let above: BTreeSet<&str> =
        own.iter().chain(&engines).flat_map(|it| ancestors(&it.path)).collect();
    let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
    for change in own.iter().filter(|it| !above.contains(it.path.as_str())) {
        let path = place(&change.path, &added);
        let group = groups.entry(path).or_insert_with(|| Group {
            path: path.to_owned(),
            made: added.contains(path),
            changes: Vec::new(),
        });
        group.changes.push(change.clone());
    }
    groups.into_values().collect()
}

/// The folder that a path counts for; itself where its folder is one of settings or programs.
fn place<'p>(path: &'p str, added: &BTreeSet<&'p str>) -> &'p str {
    let mut above: Vec<&str> = ancestors(path).collect();
    above.reverse();
    let open = above.iter().find(|it| OPEN.contains(*it));
    let made = above.iter().find(|it| added.contains(*it));
    let shared = above.iter().find(|it| {
        SHARED.iter().any(|of| it.strip_prefix(of).is_some_and(|own| !own.contains('/')))
    });
    if let Some(found) = open.or(made).or(shared) {
        return found;
    }
    let folder = above.last().copied().unwrap_or_default();
    if is_of_image(folder) { path } else { folder }
}

/// Whether anybody writes there.
pub(super) fn is_open(path: &str) -> bool {
    OPEN.contains(&path) || path == "/run"
}

/// Whether settings, programs or other folders lie there.
pub(super) fn is_of_image(path: &str) -> bool {
    /// What the system itself has in `/usr/local`; anything else there is a program with its own folders.
    const LOCAL: [&str; 9] =
        ["bin", "etc", "games", "include", "lib", "libexec", "sbin", "share", "src"];
    let own = path.strip_prefix("/usr/local/").and_then(|it| it.split_once('/'));
    if own.is_some_and(|it| !LOCAL.contains(&it.0)) {
        return false;
    }
    OF_FOLDERS.contains(&path)
        || SHARED.iter().any(|it| it.trim_end_matches('/') == path)
        || OF_IMAGE.iter().any(|it| is_below(path, it))
}

/// The folders that a path lies in, the nearest first, without the root.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |it: &&str| it.rfind('/').map(|at| &it[..at]))
        .skip(1)
        .filter(|it| !it.is_empty())
}

/// A path by both of its names, where a folder in it is a link in about every image.
fn names(path: &str) -> Vec<String> {
    let other = path.strip_prefix("/var/run/").map(|it| format!("/run/{it}"));
    std::iter::once(path.to_owned()).chain(other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Changes are words such as `A/tmp/x`; what is expected are places with the number of changes.
    #[track_caller]
    fn check(changes: &str, mounts: &str, expected: &str) {
        let change = |it: &str| Change {
            path: it[1..].to_owned(),
            how: match &it[..1] {
                "A" => How::Added,
                "D" => How::Deleted,
                _ => How::Modified,
            },
        };
        let changes: Vec<Change> = changes.split_whitespace().map(change).collect();
        let mounts: Vec<String> = mounts.split_whitespace().map(str::to_owned).collect();
        let found = groups(&changes, &mounts, &[]);
        let found: Vec<String> =
            found.iter().map(|it| format!("{}={}", it.path, it.changes.len())).collect();
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn mount_points_and_what_leads_to_them_are_no_writes() {
        check("C/data A/data/sub A/data/sub/x", "/data/sub", "");
        check("C/run A/run/docker.sock", "/var/run/docker.sock", "");
        check("C/etc A/etc/hosts A/.dockerenv C/dev C/run A/run/podman-init", "", "");
    }

    #[test]
    fn files_count_for_their_folder() {
        check(
            "C/run C/run/postgresql A/run/postgresql/a A/run/postgresql/b A/run/x.pid",
            "",
            "/run=1 /run/postgresql=2",
        );
        check("C/var C/var/lib C/var/lib/app A/var/lib/app/db", "", "/var/lib/app=1");
        check("C/tmp A/tmp/a A/tmp/a/b", "", "/tmp=1");
        check("C/var C/var/log C/var/log/nginx A/var/log/nginx/own.log", "", "/var/log/nginx=1");
        check("C/var C/var/log A/var/log/own.log", "", "/var/log/own.log=1");
    }

    #[test]
    fn folder_that_was_made_counts_as_a_whole() {
        check("C/app A/app/cache A/app/cache/a A/app/cache/b A/app/cache/b/c", "", "/app/cache=2");
    }

    #[test]
    fn settings_and_programs_are_told_by_themselves() {
        check(
            "C/etc C/etc/nginx A/etc/nginx/a.conf C/etc/passwd",
            "",
            "/etc/nginx/a.conf=1 /etc/passwd=1",
        );
        check("A/state.json", "", "/state.json=1");
    }

    #[test]
    fn removed_files_are_writes() {
        check("C/app D/app/old", "", "/app=1");
    }
}
