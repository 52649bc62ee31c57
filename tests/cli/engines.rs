//! Addresses at which no engine can be asked: what is said, and that nothing is written.

use super::{folder, run};

#[track_caller]
fn check(address: &str, expected: &str) {
    let it = folder(&[("compose.yaml", "services:\n  web:\n    image: own/app:1\n")]);
    for command in ["learn", "observe", "verify"] {
        let ran = run(&it, &format!("{command} --engine {address}"));
        assert_eq!(ran.code, 2, "{command}: {}", ran.err);
        assert!(ran.err.contains(expected), "{command}: {}", ran.err);
        assert!(!it.path().join("casehard.images.toml").exists());
    }
}

#[test]
fn an_engine_that_is_not_there_is_said_to_be_started_or_named() {
    for address in ["unix:///nowhere", "/nowhere", "tcp://127.0.0.1:1"] {
        let told = address.trim_start_matches("unix://");
        check(address, &format!("no container engine answers at {told}: start Docker or Podman"));
    }
}

#[test]
fn an_engine_behind_ssh_is_to_be_brought_here() {
    check(
        "ssh://ann@host",
        "ssh://ann@host: only unix:// and tcp:// are spoken here: bring its socket here (`ssh -nNT -L \
         /tmp/engine.sock:/var/run/docker.sock HOST`), and name that by --engine unix:///tmp/engine.sock",
    );
    check("garbage", "garbage: only unix:// and tcp:// are spoken here");
}
