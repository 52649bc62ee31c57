//! Engines that answer some questions and hang at all others: Ctrl-C ends every command that waits for one.

use std::fs;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::docker::engine;
use crate::fake::{Fake, one, version};

/// How long it may take until it is killed, which is a failure: an engine that hangs is waited for without end else.
const PATIENCE: Duration = Duration::from_secs(90);

/// Runs a command until the engine hangs, and then asks it to end.
fn interrupted(fake: &Fake, words: &[&str]) -> Output {
    let mut command = fake.casehard(words);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    fake.hangs.recv_timeout(PATIENCE).unwrap();
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
fn ends_by_ctrl_c(fake: &Fake, words: &[&str]) -> String {
    let output = interrupted(fake, words);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{told}");
    let kept = fake.folder.path().join("casehard.images.toml");
    assert!(!kept.exists(), "{}", fs::read_to_string(kept).unwrap());
    assert_eq!(fs::read_dir(fake.folder.path()).unwrap().count(), 2, "nothing stays: {told}");
    told
}

#[test]
fn ctrl_c_ends_the_wait_for_an_engine_that_hangs() {
    for words in [&["learn"][..], &["observe"], &["observe", "--capabilities"]] {
        ends_by_ctrl_c(&Fake::start(version), words);
        ends_by_ctrl_c(&Fake::start(|_| None), words);
    }
    // Where there is no engine, there is no program that starts projects either.
    if engine().is_some() {
        ends_by_ctrl_c(&Fake::start(version), &["verify"]);
        ends_by_ctrl_c(&Fake::start(|_| None), &["verify"]);
    }
}

#[test]
fn ctrl_c_ends_a_look_though_the_engine_hangs_and_keeps_nothing_that_was_not_told() {
    const SINCE: &str = "2026-01-01T00:00:00Z";
    let asked = AtomicUsize::new(0);
    let state = format!("{{\"Running\":true,\"Pid\":4194304,\"StartedAt\":\"{SINCE}\"}}");
    let inspected = format!("{{\"Id\":\"c0ffee\",\"Created\":\"{SINCE}\",\"State\":{state}}}");
    let fake = Fake::start(move |question| {
        // It was looked at once.
        let is_late = question.contains("/containers/c0ffee/json")
            && asked.fetch_add(1, Ordering::Relaxed) >= 2;
        one(question, &inspected, ["1", "0", "0", "sh"]).filter(|_| !is_late)
    });
    let told = ends_by_ctrl_c(&fake, &["observe", "--container", "app", "--for", "10m"]);
    assert!(told.contains("stopped: the engine does not answer"), "{told}");
}
