//! What a container writes outside of its mounts: paths, whose they are, and what a mount there would hide.

use std::collections::BTreeMap;

use super::places::{Group, Opened, is_of_image, is_open};
use crate::engine::{Change, Header, How, Kind, Look};
use crate::images::learned::Written;
use crate::workload::paths::is_below;

/// How many paths are told by themselves in a folder that the image has files in.
const FEW: usize = 5;

/// How many paths are told of a container.
const MOST: usize = 24;

/// How long a start may take, in seconds.
const START: u64 = 60;

/// Files that people leave who look into a container.
const BY_PEOPLE: [&str; 12] = [
    ".ash_history",
    ".bash_history",
    ".lesshst",
    ".mariadb_history",
    ".mongosh",
    ".mysql_history",
    ".node_repl_history",
    ".psql_history",
    ".python_history",
    ".rediscli_history",
    ".sqlite_history",
    ".viminfo",
];

/// What tells whether its processes can have made a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// When the container started, as far as that is known, in seconds since 1970.
    pub starts: [u64; 2],
    /// Whether its start runs as root.
    pub from_root: bool,
    /// Whether a process runs as root once it has started.
    pub stays_root: bool,
}

/// What is made of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reduced {
    /// What was written.
    pub written: Vec<Written>,
    /// What somebody else than the container's processes left.
    pub by_people: Vec<String>,
}

/// What a group of changes says, with a look at its path.
pub fn written(group: &Group, look: &Look, life: Life, opened: &[Opened]) -> Reduced {
    let seen = Seen { group, look, opened };
    let mut reduced = Reduced::default();
    let mut files: Vec<&Change> = Vec::new();
    for change in &group.changes {
        let header = seen.header(&change.path);
        if is_by_people(&change.path, header, life) {
            reduced.by_people.push(change.path.clone());
            continue;
        }
        let is_folder = header.is_some_and(|it| it.kind == Kind::Folder);
        match change.how {
            // Something came and went in it, or its owner was changed.
            How::Modified if is_folder && is_of_image(&change.path) => (),
            How::Modified if is_folder => {
                reduced.written.push(seen.one(&change.path, &[change]));
            }
            // What is gone again says nothing of a folder of settings.
            How::Modified | How::Added if header.is_none() && group.path == change.path => (),
            How::Modified | How::Added | How::Deleted => files.push(change),
        }
    }
    if files.is_empty() {
        return reduced;
    }
    let is_single = files.len() <= FEW && !is_open(&group.path) && seen.holds(&group.path);
    match is_single {
        true => reduced.written.extend(files.iter().map(|it| {
            let mut one = seen.one(&it.path, &[it]);
            // A folder of its own hides nothing.
            let is_own = |header: &Header| it.how == How::Added && header.kind == Kind::Folder;
            one.holds = !seen.header(&it.path).is_some_and(is_own);
            one
        })),
        false => {
            let mut one = seen.one(&group.path, &files);
            // A file alone is no place for a mount.
            let is_folder = |it: &Header| it.kind == Kind::Folder;
            let is_itself = files.iter().any(|it| it.path == group.path);
            one.holds |= is_itself && !seen.header(&group.path).is_some_and(is_folder);
            reduced.written.push(one);
        }
    }
    reduced
}

/// No more paths than somebody reads: folders that hold the most of them stand for them.
pub fn limited(mut all: Vec<Written>) -> Vec<Written> {
    all.sort_unstable();
    all.dedup_by(|a, b| a.path == b.path);
    while all.len() > MOST {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for folder in all.iter().filter_map(|it| folder(&it.path)) {
            *counts.entry(folder.to_owned()).or_default() += 1;
        }
        let deepest = |it: &(&String, &usize)| (*it.1, it.0.len());
        let Some((folder, _)) = counts.iter().filter(|it| *it.1 > 1).max_by_key(deepest) else {
            break;
        };
        let (inside, mut kept): (Vec<Written>, Vec<Written>) =
            all.into_iter().partition(|it| is_below(&it.path, folder));
        let exec = inside.iter().any(|it| it.exec);
        let first = inside.into_iter().next();
        kept.extend(first.map(|it| Written { path: folder.clone(), holds: true, exec, ..it }));
        kept.sort_unstable();
        all = kept;
    }
    all
}

/// The folder of a path; nothing for one at the root.
fn folder(path: &str) -> Option<&str> {
    path.rfind('/').map(|at| &path[..at]).filter(|it| !it.is_empty())
}

/// A group and what was seen of it.
struct Seen<'s> {
    group: &'s Group,
    look: &'s Look,
    opened: &'s [Opened],
}

impl Seen<'_> {
    fn header(&self, path: &str) -> Option<&Header> {
        self.look.headers.iter().find(|it| it.path == path)
    }

    /// What is told of a path by what was written there.
    fn one(&self, path: &str, changes: &[&Change]) -> Written {
        let headers = || changes.iter().filter_map(|it| Some((*it, self.header(&it.path)?)));
        let open =
            || self.opened.iter().filter(|it| changes.iter().any(|change| change.path == it.path));
        let mut owners: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        let told =
            headers().map(|it| (it.1.uid, it.1.gid)).chain(open().map(|it| (it.uid, it.gid)));
        told.for_each(|it| *owners.entry(it).or_default() += 1);
        let most = owners.into_iter().max_by_key(|it| it.1).map(|it| it.0);
        let above = || self.look.headers.first().map(|it| (it.uid, it.gid));
        let (uid, gid) = most.or_else(above).unwrap_or_default();
        let is_program = |(change, header): (&Change, &Header)| {
            change.how == How::Added && header.kind == Kind::File && header.mode & 0o111 != 0
        };
        let by = open().find(|it| is_below(&it.path, path)).map(|it| it.by.clone());
        Written {
            path: path.to_owned(),
            uid,
            gid,
            holds: self.holds(path),
            exec: headers().any(is_program),
            by: by.unwrap_or_default(),
        }
    }

    /// Whether files of the image lie below a path; taken for true where not all of it was looked at.
    fn holds(&self, path: &str) -> bool {
        if self.group.made {
            return false;
        }
        let added = |path: &str| {
            let mut all = self.group.changes.iter().filter(|it| it.how == How::Added);
            all.any(|it| it.path == path)
        };
        let mut below = self.look.headers.iter().filter(|it| is_below(&it.path, path));
        let of_image = below.any(|it| it.kind != Kind::Folder && !added(&it.path));
        of_image || !self.look.whole && !self.look.headers.is_empty()
    }
}

/// Whether somebody left a file who looked into the container, or copied it there.
fn is_by_people(path: &str, header: Option<&Header>, life: Life) -> bool {
    if BY_PEOPLE.contains(&path.rsplit('/').next().unwrap_or(path)) {
        return true;
    }
    let Some(header) = header.filter(|it| it.uid == 0 && it.gid == 0) else { return false };
    // What is older than the starts that are known may be of an earlier one, or came with its time from elsewhere.
    let is_older = life.starts.iter().all(|it| header.modified < *it);
    let is_of_a_start = life.starts.iter().any(|it| (*it..=it + START).contains(&header.modified));
    !life.stays_root && (!life.from_root || !is_older && !is_of_a_start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::seen::groups;

    const LIFE: Life = Life { starts: [1000, 5000], from_root: true, stays_root: false };

    fn change(word: &str) -> Change {
        let how = match &word[..1] {
            "A" => How::Added,
            "D" => How::Deleted,
            _ => How::Modified,
        };
        Change { path: word[1..].to_owned(), how }
    }

    /// `/tmp/:0:1777` is a folder, `/tmp/x:999:0644` a file.
    fn header(word: &str) -> Header {
        let parts: Vec<&str> = word.split(':').collect();
        let is_folder = parts[0].ends_with('/');
        let uid = parts[1].parse().unwrap_or_default();
        Header {
            path: parts[0].trim_end_matches('/').to_owned(),
            uid,
            gid: uid,
            mode: u32::from_str_radix(parts[2], 8).unwrap_or_default(),
            kind: if is_folder { Kind::Folder } else { Kind::File },
            modified: parts.get(3).and_then(|it| it.parse().ok()).unwrap_or(1001),
        }
    }

    /// What is told: `/tmp 999 holds exec`.
    #[track_caller]
    fn check(changes: &str, looked: &str, expected: &[&str]) {
        let changes: Vec<Change> = changes.split_whitespace().map(change).collect();
        let headers = looked.split_whitespace().map(header).collect();
        let look = Look { headers, whole: true };
        let mut found = Vec::new();
        for group in groups(&changes, &[], &[]) {
            found.extend(written(&group, &look, LIFE, &[]).written);
        }
        let told = |it: &Written| {
            let (holds, exec) =
                (if it.holds { " holds" } else { "" }, if it.exec { " exec" } else { "" });
            format!("{} {}{holds}{exec}", it.path, it.uid)
        };
        assert_eq!(found.iter().map(told).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn owner_is_that_of_the_files() {
        check("C/tmp A/tmp/a", "/tmp/:0:1777 /tmp/a:999:0644", &["/tmp 999"]);
        check(
            "C/run/app A/run/app/a.pid",
            "/run/app/:5:0755 /run/app/a.pid:999:0644",
            &["/run/app 999"],
        );
    }

    #[test]
    fn files_of_the_image_are_held() {
        let looked = "/app/:0:0755 /app/main.py:0:0644 /app/own.db:33:0644";
        check("C/app A/app/own.db", looked, &["/app/own.db 33 holds"]);
        let looked = "/tmp/:0:1777 /tmp/old:0:0644 /tmp/a:999:0755";
        check("C/tmp A/tmp/a", looked, &["/tmp 999 holds exec"]);
        check(
            "C/app A/app/cache A/app/cache/a",
            "/app/cache/:33:0755 /app/cache/a:33:0644",
            &["/app/cache 33"],
        );
    }

    #[test]
    fn folder_in_which_something_came_and_went_is_written() {
        check("C/run/app", "/run/app/:999:0755", &["/run/app 999"]);
        check("C/etc", "/etc/:0:0755", &[]);
    }

    #[test]
    fn what_people_left_is_not_written() {
        check("C/root A/root/.bash_history", "/root/:0:0700 /root/.bash_history:0:0600", &[]);
        check("C/app A/app/a", "/app/:0:0755 /app/a:0:0644:9999", &[]);
        check("C/app A/app/a", "/app/:0:0755 /app/a:0:0644:3000", &[]);
        check("C/app A/app/a", "/app/:0:0755 /app/a:0:0644:5010", &["/app 0"]);
        check("C/app A/app/a", "/app/:0:0755 /app/a:0:0644:100", &["/app 0"]);
        check("C/app A/app/a", "/app/:0:0755 /app/a:33:0644:9999", &["/app 33"]);
    }

    #[test]
    fn many_paths_become_folders() {
        let path = |it: usize| Written {
            path: format!("/usr/lib/{it}"),
            uid: 0,
            gid: 0,
            holds: false,
            exec: false,
            by: String::new(),
        };
        let found = limited((0..40).map(path).collect());
        assert_eq!(found.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["/usr/lib"]);
    }
}
