//! What a hardened run says that the run as it was did not.

use std::collections::BTreeSet;

/// What the kernel and programs say where something is refused.
const REFUSED: [&str; 25] = [
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
    "not allowed",
    "not writable",
    "isn't writable",
    "unwritable",
    "insufficient privilege",
    "must be root",
    "must be run as root",
    "requires root",
    "as root user",
    "missing capabilit",
    "forbidden",
];

/// What the kernel's refusals are called: which of them it is goes by who asks, and by where.
const KERNEL: [&str; 11] = [
    "PermissionError",
    "OSError",
    "Permission denied",
    "permission denied",
    "Operation not permitted",
    "operation not permitted",
    "Read-only file system",
    "read-only file system",
    "EACCES",
    "EPERM",
    "EROFS",
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

/// What the runs as it was said, numbers and times aside.
pub struct Known {
    lines: BTreeSet<String>,
    /// Whether they did not say the same of faults: what is new then may be so without a reason.
    pub is_noisy: bool,
}

impl Known {
    /// What two runs said.
    pub fn of([first, again]: [&str; 2]) -> Known {
        let [one, other] = [first, again]
            .map(|log| Known { lines: log.lines().map(plain).collect(), is_noisy: false });
        let is_noisy = !one.news(again).is_empty() || !other.news(first).is_empty();
        Known { lines: one.lines.into_iter().chain(other.lines).collect(), is_noisy }
    }

    /// The lines that speak of a refusal or a fault and that the runs as it was did not have. What it may only say while
    /// it waits for others does not count, and of what says something else each time only refusals do.
    pub fn news(&self, after: &str) -> Vec<Line> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for line in after.lines() {
            let lower = line.to_lowercase();
            let says = |words: &[&str]| words.iter().any(|it| lower.contains(it));
            let refused = says(&REFUSED);
            let is_wrong = || !self.is_noisy && says(&WRONG) && !says(&WAITING);
            if !refused && !is_wrong() {
                continue;
            }
            let plain = plain(line);
            if self.lines.contains(&plain) || !seen.insert(plain) {
                continue;
            }
            found.push(Line { text: shown(line), refused });
        }
        // What is refused says why the rest fails.
        found.sort_by_key(|it| !it.refused);
        found
    }
}

/// The first line that both runs had and that is not there any more, numbers and times aside.
pub fn lost([first, again]: [&str; 2], after: &str) -> Option<String> {
    let [again, after] = [again, after].map(|it| it.lines().map(plain).collect::<BTreeSet<_>>());
    let is_lost = |line: &&str| {
        let plain = plain(line);
        !plain.trim().is_empty() && again.contains(&plain) && !after.contains(&plain)
    };
    first.lines().filter(|it| !goes_with_root(it)).find(is_lost).map(shown)
}

/// Whether a line speaks of root or of owners: it goes with the user that a service runs as.
pub(super) fn goes_with_root(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["root", "chown", "owner", "permission", "user", "gosu"].iter().any(|it| lower.contains(it))
}

/// A line as it is shown, cut where it is long.
pub(super) fn shown(line: &str) -> String {
    line.trim().chars().filter(|it| !it.is_control()).take(LONGEST).collect()
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

/// A line without what differs from run to run: words with numbers, times, digests, colours, and which way the kernel
/// refused.
pub(super) fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let line = KERNEL.iter().fold(without_colours(line), |it, way| match it.contains(way) {
        true => it.replace(way, "refused"),
        false => it,
    });
    for word in line.split(|it: char| !it.is_alphanumeric()) {
        let is_numbered = word.chars().any(|it| it.is_ascii_digit());
        let is_hex = word.len() >= 8 && word.bytes().all(|it| it.is_ascii_hexdigit());
        if !word.is_empty() && !is_numbered && !is_hex {
            plain.push_str(word);
            plain.push(' ');
        }
    }
    plain
}

fn without_colours(line: &str) -> String {
    anstream::adapter::strip_str(line).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(before: &str, after: &str) -> Vec<Line> {
        Known::of([before, before]).news(after)
    }

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

    #[test]
    fn who_refuses_what_was_refused_before_makes_nothing_new() {
        let before = "mkdir: cannot create directory 'own': Permission denied\n\
                      PermissionError: [Errno 13] Permission denied: '/a/b'\n\
                      Error: EACCES: permission denied, mkdir '/c'";
        let after = "mkdir: cannot create directory 'own': Read-only file system\n\
                     OSError: [Errno 30] Read-only file system: '/a/b'\n\
                     Error: EROFS: read-only file system, mkdir '/c'";
        assert_eq!(news(before, after), []);
        assert_eq!(news(before, "OSError: [Errno 30] Read-only file system: '/a/c'").len(), 1);
    }

    #[test]
    fn what_says_something_else_each_time_counts_by_refusals_alone() {
        let known = Known::of(["error: lost apple", "error: lost pear"]);
        assert_eq!(known.news("error: lost plum"), []);
        assert_eq!(known.news("plum: Permission denied").len(), 1);
        let same = Known::of(["error: job 7f3a-11 failed {\"id\":\"9c1e\"}"; 2]);
        assert_eq!(same.news("error: job 81bb-20 failed {\"id\":\"00ff\"}"), []);
        assert_eq!(same.news("error: lost plum").len(), 1);
    }

    #[test]
    fn a_line_that_is_not_said_any_more_is_told() {
        let before =
            ["12:00 up\nchown: root\nlistening on 80\n", "12:01 up\nlistening on 81\nonce\n"];
        assert_eq!(lost(before, "13:00 up\n"), Some("listening on 80".to_owned()));
        assert_eq!(lost(before, "13:00 up\nlistening on 90\n"), None);
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
