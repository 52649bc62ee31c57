//! An engine that answers once and never again.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::docker::engine;

/// How long it may take until it is killed, which is a failure: an engine that hangs is waited for without end else.
const PATIENCE: Duration = Duration::from_secs(90);

/// Tells its version, and hangs at all else.
fn answer(connection: UnixStream) {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|it| it > 0) {
        let is_version = line.contains("/version");
        while line.trim() != "" {
            line.clear();
            if reader.read_line(&mut line).is_err() {
                return;
            }
        }
        if is_version {
            let body = "{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\",\"Version\":\"20.10\"}";
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json";
            let told = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            if reader.get_mut().write_all(told.as_bytes()).is_err() {
                return;
            }
        }
        line.clear();
    }
}

#[test]
fn ctrl_c_ends_the_wait_for_an_engine_that_hangs() {
    // Where there is no engine, there is no program that starts projects either.
    if engine().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("engine.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        for it in listener.incoming().flatten() {
            std::thread::spawn(move || answer(it));
        }
    });
    let text = "services:\n  a:\n    image: own/app:1\n";
    fs::write(folder.path().join("compose.yaml"), text).unwrap();
    let mut verify = Command::new(env!("CARGO_BIN_EXE_casehard"));
    verify.current_dir(folder.path()).args(["verify", "--engine"]);
    verify.arg(format!("unix://{}", socket.display())).stderr(Stdio::piped());
    let mut child = verify.spawn().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let asked = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if asked.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{told}");
}
