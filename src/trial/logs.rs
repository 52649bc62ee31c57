//! What a hardened run says that the run as it was did not.

use std::collections::BTreeSet;

/// What the kernel and programs say where something is refused.
const REFUSED: [&str; 14] = [
    "permission denied",
    "operation not permitted",
    "read-only file system",
    "not permitted",
    "access denied",
    "erofs",
    "eacces",
    "eperm",
    "errcode: 13",
    "errcode: 30",
    "errno 13",
    "errno 30",
    "errno=13",
    "no new privileges",
];

/// What programs say where something went wrong.
const WRONG: [&str; 8] =
    ["fatal", "panic", "error", "exception", "failed", "cannot", "can't", "unable to"];

/// What is said while something that it waits for is not there yet.
const WAITING: [&str; 7] = [
    "connection refused",
    "timed out",
    "timeout",
    "not ready",
    "starting up",
    "could not translate host name",
    "name resolution",
];

/// The longest line that is kept.
const LONGEST: usize = 300;

/// A line that is new.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// What it says, cut where it is long.
    pub text: String,
    /// Whether it says that something was refused.
    pub refused: bool,
}

/// The lines that speak of a refusal or a fault and that the run as it was did not have, numbers and times aside. What it
/// may only say while it waits for others does not count.
pub fn news(before: &str, after: &str) -> Vec<Line> {
    let known: BTreeSet<String> = before.lines().map(plain).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for line in after.lines() {
        let lower = line.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|it| lower.contains(it));
        let refused = says(&REFUSED);
        if !(refused || says(&WRONG) && !says(&WAITING)) {
            continue;
        }
        let plain = plain(line);
        if known.contains(&plain) || !seen.insert(plain) {
            continue;
        }
        let text: String =
            line.trim().chars().filter(|it| !it.is_control()).take(LONGEST).collect();
        found.push(Line { text, refused });
    }
    // What is refused says why the rest fails.
    found.sort_by_key(|it| !it.refused);
    found
}

/// A path that a program was refused to write, because the root is read-only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// Absolute.
    pub path: String,
    /// Whether it would have been a folder.
    pub is_folder: bool,
}

/// What the kernel and programs say of a read-only root.
const READ_ONLY: [&str; 4] = ["read-only file system", "erofs", "errcode: 30", "errno 30"];

/// What is said where a folder was to be made.
const FOLDERS: [&str; 3] = ["mkdir", "create directory", "makedirs"];

/// The paths that a log says could not be written on a read-only root.
pub fn refused_paths(log: &str) -> Vec<Refused> {
    let mut found: Vec<Refused> = log.lines().filter_map(refused_path).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// That of a line: the one after the refusal, else the last one before it.
fn refused_path(line: &str) -> Option<Refused> {
    let lower = line.to_ascii_lowercase();
    let (at, said) = READ_ONLY.iter().find_map(|it| Some((lower.find(it)?, it)))?;
    let end = at + said.len();
    let path = paths(&line[end..]).next().or_else(|| paths(&line[..at]).last())?;
    Some(Refused { path, is_folder: FOLDERS.iter().any(|it| lower.contains(it)) })
}

/// The absolute paths in a piece of a line.
fn paths(piece: &str) -> impl Iterator<Item = String> {
    let ends = |it: char| {
        it.is_whitespace()
            || it.is_control()
            || matches!(it, '\'' | '"' | '`' | '(' | ')' | ',' | ';' | '=')
    };
    let words = piece.split(ends).map(|it| it.trim_end_matches([':', '.', ']', '!', '/']));
    let is_path = |it: &&str| it.len() > 1 && it.starts_with('/') && !it.starts_with("//");
    words.filter(is_path).map(str::to_owned)
}

/// A line without what differs from run to run: numbers, times, digests, colours.
fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    for word in line.split(|it: char| it.is_whitespace() || it.is_control()) {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        if digits > 0 && digits * 3 >= word.len() {
            continue;
        }
        let is_hex =
            word.len() >= 12 && word.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
        if is_hex {
            continue;
        }
        plain.extend(word.chars().filter(|it| !it.is_ascii_digit()));
        plain.push(' ');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_and_wrong_counts() {
        let before = "12:00:01 starting\n12:00:02 error: no config, using defaults\n";
        let after = "12:07:01 starting\n12:07:02 error: no config, using defaults\n\
                     12:07:03 fatal: cannot reach db: connection refused\n\
                     12:07:04 Can't save in background: fork: Read-only file system\n";
        let found = news(before, after);
        let texts: Vec<&str> = found.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(texts, ["12:07:04 Can't save in background: fork: Read-only file system"]);
        assert!(found[0].refused);
    }

    #[track_caller]
    fn check(line: &str, path: &str, is_folder: bool) {
        assert_eq!(refused_paths(line), [Refused { path: path.to_owned(), is_folder }], "{line}");
    }

    #[test]
    fn what_a_read_only_root_refused_is_found_in_the_words_of_many_programs() {
        check(
            "OSError: [Errno 30] Read-only file system: '/app/data/x.db'",
            "/app/data/x.db",
            false,
        );
        check("Error: EROFS: read-only file system, open '/srv/a.log'", "/srv/a.log", false);
        check("Error: EROFS: read-only file system, mkdir '/srv/up'", "/srv/up", true);
        check("/entry.sh: line 12: /etc/x.conf: Read-only file system", "/etc/x.conf", false);
        check(
            "mkdir: cannot create directory '/var/lib/x': Read-only file system",
            "/var/lib/x",
            true,
        );
        check("panic: open /data/a.lock: read-only file system", "/data/a.lock", false);
        check(
            "nginx: open() \"/run/n.pid\" failed (30: Read-only file system)",
            "/run/n.pid",
            false,
        );
        check("2026/11/27 touch: /opt/app/: Read-only file system", "/opt/app", false);
    }

    #[test]
    fn a_line_without_a_path_or_of_another_refusal_tells_no_path() {
        assert_eq!(
            refused_paths("Read-only file system\n/x: Permission denied\nhttp://a/b: EROFS"),
            []
        );
    }

    #[test]
    fn numbers_and_digests_make_no_new_line() {
        let before = "pid 12 failed to lock 0123456789abcdef";
        assert_eq!(news(before, "pid 48213 failed to lock fedcba9876543210"), []);
    }
}
