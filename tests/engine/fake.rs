//! An engine that answers what a test tells it to, and hangs at all else.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use tempfile::TempDir;

/// What an engine answers to the first line of a question; nothing where it hangs.
type Answers = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// An engine, and the folder of a project whose commands speak to it.
pub(crate) struct Fake {
    /// The folder.
    pub folder: TempDir,
    /// Told of each question that it hangs at.
    pub hangs: Receiver<()>,
}

impl Fake {
    /// Starts one.
    pub(crate) fn start(answers: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static) -> Fake {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("engine.sock")).unwrap();
        let (sender, hangs) = channel();
        let answers: Answers = Arc::new(answers);
        std::thread::spawn(move || {
            for it in listener.incoming().flatten() {
                let (answers, sender) = (Arc::clone(&answers), sender.clone());
                std::thread::spawn(move || answer(it, &answers, &sender));
            }
        });
        let text = "services:\n  a:\n    image: own/app:1\n";
        fs::write(folder.path().join("compose.yaml"), text).unwrap();
        Fake { folder, hangs }
    }

    /// A command in the folder that speaks to it.
    pub(crate) fn casehard(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
        command.current_dir(self.folder.path()).args(words).arg("--engine");
        command.arg(format!("unix://{}", self.folder.path().join("engine.sock").display()));
        command
    }
}

/// Answers what is asked, and hangs at the first question that has no answer.
fn answer(connection: UnixStream, answers: &Answers, hangs: &Sender<()>) {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|it| it > 0) {
        let question = line.clone();
        while line.trim() != "" {
            line.clear();
            if reader.read_line(&mut line).is_err() {
                return;
            }
        }
        let Some(told) = answers(&question) else {
            let _ = hangs.send(());
            // The connection stays until the other end closes it.
            let _ = reader.read_line(&mut line);
            return;
        };
        if reader.get_mut().write_all(&told).is_err() {
            return;
        }
        line.clear();
    }
}

/// An answer.
pub(crate) fn with(status: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json");
    let head = format!("{head}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Tells its version alone.
pub(crate) fn version(question: &str) -> Option<Vec<u8>> {
    let body = "{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\",\"Version\":\"20.10\"}";
    question.contains("/version").then(|| with("200 OK", body))
}

/// Tells of one container, `app`, of which `inspected` says more, and that its image is gone.
pub(crate) fn one(question: &str, inspected: &str, process: [&str; 4]) -> Option<Vec<u8>> {
    let listed = "[{\"Id\":\"c0ffee\",\"Names\":[\"/app\"]}]";
    let processes = format!(
        "{{\"Titles\":[\"PID\",\"UID\",\"GID\",\"COMMAND\"],\"Processes\":[[\"{}\"]]}}",
        process.join("\",\"")
    );
    match question {
        it if it.contains("/containers/json") => Some(with("200 OK", listed)),
        it if it.contains("/containers/c0ffee/json") => Some(with("200 OK", inspected)),
        it if it.contains("/containers/c0ffee/top") => Some(with("200 OK", processes)),
        it if it.contains("/images/") => Some(with("404 Not Found", "{\"message\":\"none\"}")),
        it if it.contains("/info") => Some(with("200 OK", "{}")),
        it => version(it),
    }
}
