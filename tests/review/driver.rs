//! A folder with Compose files, a pseudo-terminal, and the program reviewing them there.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Any, Eof, Expect, Needle, Session};
use tempfile::TempDir;

use super::{ASKS, RULES, WEB};

/// How the last question of a file shows its keys.
const WRITES: &str = "[y,n,v,b]";

/// A folder with Compose files, and the program reviewing them.
pub(crate) struct Review {
    pub(crate) folder: Arc<TempDir>,
    pub(crate) session: OsSession,
    pub(crate) screen: String,
}

/// How the program is started.
pub(crate) struct Start<'s> {
    pub(crate) columns: u16,
    pub(crate) term: &'s str,
    pub(crate) color: &'s str,
    pub(crate) no_color: bool,
    pub(crate) files: &'s [(&'s str, &'s str)],
    pub(crate) args: &'s [&'s str],
    pub(crate) editor: Option<&'s str>,
    /// How long an answer may take, in seconds.
    pub(crate) patience: u64,
    /// Where the program keeps what it writes over.
    pub(crate) state: &'s Path,
}

impl Default for Start<'_> {
    fn default() -> Self {
        Start {
            columns: 80,
            term: "xterm",
            color: "never",
            no_color: false,
            files: &[("compose.yaml", WEB)],
            args: RULES,
            editor: None,
            patience: 60,
            state: Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/state")),
        }
    }
}

impl Start<'_> {
    pub(crate) fn review(&self) -> Review {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in self.files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        self.review_in(folder)
    }

    pub(crate) fn review_in(&self, folder: impl Into<Arc<TempDir>>) -> Review {
        let folder = folder.into();
        let mut command = Command::new("sh");
        // The program starts when the terminal has its size.
        let script = "read -r go; exec \"$@\"";
        command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_casehard"), "fix"]);
        command.args(["--color", self.color]).args(self.args);
        // A job of CI colours what goes to a pipe; what the terminal can still holds.
        command.env("XDG_STATE_HOME", self.state);
        command.env("TERM", self.term).env("CI", "true").env_remove("CLICOLOR_FORCE");
        command.env_remove("NO_COLOR").current_dir(folder.path());
        command.env_remove("EDITOR").env("GIT_AUTHOR_NAME", "Ann");
        if let Some(editor) = self.editor {
            command.env("EDITOR", editor);
        }
        if self.no_color {
            command.env("NO_COLOR", "1");
        }
        let mut session = Session::spawn(command).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(self.patience)));
        session.get_process_mut().set_window_size(self.columns, 24).unwrap();
        session.send("\n").unwrap();
        Review { folder, session, screen: String::new() }
    }
}

impl Review {
    /// Waits for a text; returns what the screen showed up to it.
    #[track_caller]
    pub(crate) fn wait(&mut self, text: &str) -> String {
        let found = self.session.expect(text);
        let found = match found {
            Ok(found) => found,
            Err(error) => panic!("no `{text}` ({error}) after:\n{}", self.screen),
        };
        let mut shown = String::from_utf8_lossy(found.before()).into_owned();
        shown.push_str(text);
        self.screen.push_str(&shown);
        shown
    }

    /// Waits for a question, then presses keys.
    #[track_caller]
    pub(crate) fn press(&mut self, keys: &str) -> String {
        let shown = self.wait(ASKS);
        self.session.send(keys).unwrap();
        shown
    }

    /// Waits for a text, then presses keys.
    #[track_caller]
    pub(crate) fn reply(&mut self, text: &str, keys: &str) -> String {
        let shown = self.wait(text);
        self.session.send(keys).unwrap();
        shown
    }

    /// Waits for a question with yes and no, then presses a key.
    #[track_caller]
    pub(crate) fn confirm(&mut self, question: &str, key: &str) {
        self.wait(question);
        self.reply(ASKS, key);
    }

    /// Waits for the last question of a file, then presses a key.
    #[track_caller]
    pub(crate) fn last(&mut self, key: &str) -> String {
        let shown = self.wait(WRITES);
        self.reply(ASKS, key);
        shown
    }

    /// Waits for the table of all that is asked, then begins with the first question.
    #[track_caller]
    pub(crate) fn begin(&mut self) -> String {
        let shown = self.wait("Where to begin?");
        self.reply(ASKS, "\r");
        shown
    }

    /// The answers that were kept.
    pub(crate) fn decisions(&self) -> String {
        self.file(".casehard/decisions.toml")
    }

    /// Says yes to each last question until the end.
    #[track_caller]
    pub(crate) fn end_writing(&mut self) {
        loop {
            let needles: [Box<dyn Needle>; 3] =
                [Box::new(WRITES), Box::new("(Enter: the end)"), Box::new(Eof)];
            let found = self.session.expect(Any::boxed(needles.into())).unwrap();
            let shown = String::from_utf8_lossy(found.as_bytes()).into_owned();
            self.screen.push_str(&shown);
            match () {
                () if shown.contains(WRITES) => drop(self.reply(ASKS, "y")),
                () if shown.contains("(Enter: the end)") => self.session.send("\r").unwrap(),
                () => return,
            }
        }
    }

    /// Waits for the end; returns the rest of the screen and the exit status.
    #[track_caller]
    pub(crate) fn end(&mut self) -> (String, i32) {
        let over = "(Enter: the end)";
        let ends: [Box<dyn Needle>; 2] = [Box::new(over), Box::new(Eof)];
        let mut found = self.session.expect(Any::boxed(ends.into())).unwrap();
        let mut rest = String::from_utf8_lossy(found.as_bytes()).into_owned();
        if rest.contains(over) {
            self.session.send("\r").unwrap();
            found = self.session.expect(Eof).unwrap();
            rest.push_str(&String::from_utf8_lossy(found.as_bytes()));
        }
        self.screen.push_str(&rest);
        match self.session.get_process().wait().unwrap() {
            WaitStatus::Exited(_, status) => (rest, status),
            other => panic!("{other:?} after:\n{}", self.screen),
        }
    }

    pub(crate) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    pub(crate) fn web(&self) -> String {
        self.file("compose.yaml")
    }
}
