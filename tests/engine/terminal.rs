//! `casehard verify` on a terminal: it shows what it waits for, and Ctrl-C there cleans up.

use std::fs;
use std::process::Command;
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::{Eof, Expect as _, Session};

use crate::docker::{docker, engine};

#[test]
fn a_terminal_shows_what_is_waited_for_and_its_ctrl_c_cleans_up() {
    let Some(address) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    let text = "services:\n  a:\n    image: casehard/notes\n    stop_signal: SIGKILL\n    entrypoint: [sleep, '600']\n";
    fs::write(folder.path().join("compose.yaml"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
    command.current_dir(folder.path()).args(["verify", "--engine", address]).env("TERM", "xterm");
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(120)));
    session.expect("starting it on fresh volumes").unwrap();
    session.expect("looking at it, started on fresh volumes").unwrap();
    let pid = session.get_process().pid().as_raw();
    session.send("\u{3}").unwrap();
    session.expect("taking it away").unwrap();
    session.expect("stopped: all that was started is taken away again").unwrap();
    session.expect(Eof).unwrap();
    let ended = session.get_process().wait().unwrap();
    assert!(matches!(ended, WaitStatus::Exited(_, 130)), "{ended:?}");
    let name = format!("name=casehard-verify-{pid}-");
    let left = docker(&["ps", "--all", "--quiet", "--filter", &name]).unwrap();
    assert_eq!(left, "");
}
