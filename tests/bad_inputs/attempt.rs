//! One run of the program on one file, and what must be true of it.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder with one file that has been tried.
pub(crate) struct Attempt {
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
    pub(crate) code: i32,
    pub(crate) said: String,
    name: String,
    folder: TempDir,
}

pub(crate) fn casehard() -> Command {
    let mut command = Command::cargo_bin("casehard").unwrap();
    command.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    command.env("NO_COLOR", "1").timeout(std::time::Duration::from_secs(60));
    command
}

fn fix(folder: &TempDir, what: &str) -> (i32, String) {
    let arguments = ["fix", "--yes", "--confidence", "risky", "--allow-empty", what];
    let output = casehard().current_dir(folder.path()).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code().unwrap_or_else(|| panic!("killed: {said}"));
    assert!(!said.contains("panicked") && !said.contains("internal error"), "{said}");
    (code, said)
}

/// Names the file outright; `name` says what it is called.
pub(crate) fn named(name: &str, content: impl AsRef<[u8]>) -> Attempt {
    attempt(name, content.as_ref(), name)
}

/// Walks the folder in which the file lies.
pub(crate) fn walked(name: &str, content: impl AsRef<[u8]>) -> Attempt {
    attempt(name, content.as_ref(), ".")
}

fn attempt(name: &str, content: &[u8], what: &str) -> Attempt {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let (code, said) = fix(&folder, what);
    let after = fs::read(&path).unwrap();
    Attempt { before: content.to_vec(), after, code, said, name: name.to_owned(), folder }
}

impl Attempt {
    /// The file is left, and the message says where and why.
    #[track_caller]
    pub(crate) fn is_refused(&self, place: &str, why: &str) {
        assert_eq!(self.code, 2, "{}", self.said);
        assert!(self.after == self.before, "it was written");
        let place =
            if place.is_empty() { self.name.clone() } else { format!("{}:{place}", self.name) };
        assert!(self.said.contains(&format!("{place}: ")), "not at {place}: {}", self.said);
        assert!(self.said.contains(why), "no `{why}`: {}", self.said);
    }

    /// There is nothing to do, and nothing is done.
    #[track_caller]
    pub(crate) fn is_left_in_peace(&self) {
        assert_eq!(self.code, 0, "{}", self.said);
        assert!(self.after == self.before, "it was written");
    }

    /// The file is mended; a second run leaves it.
    #[track_caller]
    pub(crate) fn is_mended(&self) -> String {
        assert_eq!(self.code, 0, "{}", self.said);
        assert!(self.after != self.before, "nothing was written: {}", self.said);
        let (code, said) = fix(&self.folder, &self.name);
        assert_eq!(code, 0, "{said}");
        assert!(fs::read(self.folder.path().join(&self.name)).unwrap() == self.after, "twice");
        String::from_utf8(self.after.clone()).unwrap()
    }

    /// The file is mended to exactly this text.
    #[track_caller]
    pub(crate) fn becomes(&self, text: &str) {
        assert_eq!(self.is_mended(), text);
    }
}
