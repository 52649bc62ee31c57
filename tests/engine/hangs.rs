//! Engines that answer some questions and hang at all others: Ctrl-C ends every command that waits for one.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::docker::engine;

/// How long it may take until it is killed, which is a failure: an engine that hangs is waited for without end else.
const PATIENCE: Duration = Duration::from_secs(90);

/// What an engine answers to the path of a question; nothing where it hangs.
type Answers = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// An engine, and the folder of a project whose commands speak to it.
struct Fake {
    folder: TempDir,
    /// Told of each question that it hangs at.
    hangs: Receiver<()>,
}

impl Fake {
    fn start(answers: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Fake {
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

    /// Runs a command until the engine hangs, and then asks it to end.
    fn interrupted(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
        command.current_dir(self.folder.path()).args(words).arg("--engine");
        command.arg(format!("unix://{}", self.folder.path().join("engine.sock").display()));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        self.hangs.recv_timeout(PATIENCE).unwrap();
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let asked = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if asked.elapsed() > PATIENCE {
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        child.wait_with_output().unwrap()
    }

    #[track_caller]
    fn ends_by_ctrl_c(&self, words: &[&str]) -> String {
        let output = self.interrupted(words);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(130), "{told}");
        let kept = self.folder.path().join("casehard.images.toml");
        assert!(!kept.exists(), "{}", fs::read_to_string(kept).unwrap());
        assert_eq!(fs::read_dir(self.folder.path()).unwrap().count(), 2, "nothing stays: {told}");
        told
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
        if reader.get_mut().write_all(told.as_bytes()).is_err() {
            return;
        }
        line.clear();
    }
}

fn with(status: &str, body: &str) -> String {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json");
    format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// Tells its version alone.
fn version(question: &str) -> Option<String> {
    let body = "{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\",\"Version\":\"20.10\"}";
    question.contains("/version").then(|| with("200 OK", body))
}

#[test]
fn ctrl_c_ends_the_wait_for_an_engine_that_hangs() {
    for words in [&["learn"][..], &["observe"], &["observe", "--capabilities"]] {
        Fake::start(version).ends_by_ctrl_c(words);
        Fake::start(|_| None).ends_by_ctrl_c(words);
    }
    // Where there is no engine, there is no program that starts projects either.
    if engine().is_some() {
        Fake::start(version).ends_by_ctrl_c(&["verify"]);
        Fake::start(|_| None).ends_by_ctrl_c(&["verify"]);
    }
}

#[test]
fn ctrl_c_ends_a_look_though_the_engine_hangs_and_keeps_nothing_that_was_not_told() {
    const SINCE: &str = "2026-01-01T00:00:00Z";
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let state = format!("{{\"Running\":true,\"Pid\":4194304,\"StartedAt\":\"{SINCE}\"}}");
    let inspected = format!("{{\"Id\":\"c0ffee\",\"Created\":\"{SINCE}\",\"State\":{state}}}");
    let fake = Fake::start(move |question| match question {
        it if it.contains("/containers/json") => {
            Some(with("200 OK", "[{\"Id\":\"c0ffee\",\"Names\":[\"/app\"]}]"))
        }
        it if it.contains("/containers/c0ffee/json") => {
            // It was looked at once.
            let count = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            (count < 2).then(|| with("200 OK", &inspected))
        }
        it if it.contains("/top") => {
            let body = "{\"Titles\":[\"PID\",\"UID\",\"GID\",\"COMMAND\"],\"Processes\":[[\"1\",\"0\",\"0\",\"sh\"]]}";
            Some(with("200 OK", body))
        }
        it if it.contains("/images/") => Some(with("404 Not Found", "{\"message\":\"none\"}")),
        it => version(it),
    });
    let told = fake.ends_by_ctrl_c(&["observe", "--container", "app", "--for", "10m"]);
    assert!(told.contains("stopped: the engine does not answer"), "{told}");
}
