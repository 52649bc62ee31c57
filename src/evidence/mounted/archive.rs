//! The shell text of PostgreSQL's `archive_command`: which folders it fills.

use super::path;
use super::shell;

/// The folders of absolute paths in which `%f` or `%p` stand, and the files that output goes to.
pub(super) fn written(command: &str) -> Vec<String> {
    let words = shell::split(command);
    let mut found: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let redirected = at > 0 && [">", ">>"].contains(&words[at - 1].as_str());
        // A flag may hold the path: `--to=/archive/%f`.
        let path = word.find('/').filter(|at| *at == 0 || word[..*at].ends_with('='));
        let Some(path) = path.map(|at| &word[at..]) else { continue };
        let target = match path.find('%') {
            Some(at) => path::folder(&path[..at]).to_owned(),
            None if redirected => path.to_owned(),
            None => continue,
        };
        if !found.contains(&target) {
            found.push(target);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_archived_files_are_found() {
        #[track_caller]
        fn check(command: &str, expected: &[&str]) {
            assert_eq!(written(command), expected, "{command}");
        }
        check("cp %p /a/%f", &["/a"]);
        check("test ! -f /a/%f && cp %p /a/b/%f.gz", &["/a", "/a/b"]);
        check("gzip < %p > '/a b/%f.gz' 2>>/var/log/x", &["/a b", "/var/log/x"]);
        check("/usr/bin/pgbackrest --stanza=a archive-push %p", &[]);
        check("tool --to=/a/%f", &["/a"]);
        check("/bin/true", &[]);
        check("", &[]);
    }
}
