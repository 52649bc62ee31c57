//! Addresses at which no engine can be asked: what is said, and that nothing is written.

use std::process::Output;

use tempfile::TempDir;

use super::{casehard, folder, run};

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

#[test]
fn how_is_tried_is_asked_for_where_something_is_tried() {
    let it = folder(&[("compose.yaml", "services:\n  web:\n    image: own/app:1\n")]);
    let ran = run(&it, "fix --yes --settle 3");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("--verify"), "{}", ran.err);
    let ran = run(&it, "fix --yes --verify --settle 3 --engine /nowhere");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("no container engine answers at /nowhere"), "{}", ran.err);
}

/// Where Docker keeps the contexts `mine` and `other`: by the SHA-256 of the name.
const MINE: &str =
    "contexts/meta/3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff/meta.json";
const OTHER: &str =
    "contexts/meta/d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa/meta.json";

/// `learn` with Docker's configuration in `it`.
fn learn(it: &TempDir, variables: &[(&str, &str)]) -> Output {
    let mut command = casehard();
    command.current_dir(it.path()).env_remove("DOCKER_HOST").env_remove("DOCKER_CONTEXT");
    command.env("DOCKER_CONFIG", it.path()).envs(variables.iter().copied());
    command.arg("learn").output().unwrap()
}

#[test]
fn the_context_of_docker_tells_which_engine_is_asked() {
    let at = |name: &str| format!("{{\"Endpoints\":{{\"docker\":{{\"Host\":\"{name}\"}}}}}}");
    let (mine, other) = (at("unix:///mine.sock"), at("ssh://ann@host"));
    let it = folder(&[
        ("compose.yaml", "services:\n  web:\n    image: own/app:1\n"),
        ("config.json", "{\"auths\": {}, \"currentContext\": \"mine\"}"),
        (MINE, &mine),
        (OTHER, &other),
    ]);
    let other = ("DOCKER_CONTEXT", "other");
    for (variables, told) in [
        (&[][..], "no container engine answers at /mine.sock"),
        (&[other], "ssh://ann@host: only unix:// and tcp:// are spoken here"),
        (
            &[other, ("DOCKER_HOST", "unix:///third.sock")],
            "no container engine answers at /third.sock",
        ),
        (&[("DOCKER_CONTEXT", "gone")], "the context \"gone\" of Docker is not there"),
    ] {
        let ran = learn(&it, variables);
        let err = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{err}");
        assert!(err.contains(told), "{variables:?}: {err}");
    }
}

#[test]
fn a_configuration_of_docker_that_cannot_be_read_is_said_with_its_place() {
    let text = "{\n  \"currentContext\": 3\n}";
    let it =
        folder(&[("compose.yaml", "services: {web: {image: own/app:1}}\n"), ("config.json", text)]);
    let ran = learn(&it, &[]);
    let err = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "{err}");
    assert!(err.contains("config.json:2:"), "{err}");
}
