//! `casehard observe`, held against containers that do known things.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::docker::{Container, docker, engine};

/// What is kept of a container, as JSON, and what was said on standard error.
fn observed(container: &Container, folder: &Path, more: &[&str]) -> (serde_json::Value, String) {
    let name = docker(&["inspect", "--format", "{{.Name}}", &container.0]).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
    command.current_dir(folder).args(["observe", "--engine", engine().unwrap()]);
    command.args(["--format", "json", "--container", name.trim().trim_start_matches('/')]);
    let output = command.args(more).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    (all[0].clone(), told)
}

fn paths(seen: &serde_json::Value) -> Vec<&str> {
    let writes = seen["writes"].as_array().map(Vec::as_slice).unwrap_or_default();
    writes.iter().filter_map(|it| it["path"].as_str()).collect()
}

#[test]
fn observation_is_what_the_container_does() {
    let Some(_) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    let line = "mkdir /tmp/own && echo x > /tmp/own/a && exec sleep 300";
    let secret = "TOKEN=only-the-owner-knows";
    let words = ["--user", "1000:1000", "--env", secret, "--volume", "/data"];
    let words = [&words[..], &["--entrypoint", "sh", "python:3.12", "-c", line]].concat();
    let container = Container::run(&words).unwrap();
    let (seen, _) = observed(&container, folder.path(), &[]);
    assert_eq!(seen["users"], serde_json::json!(["1000:1000"]), "{seen}");
    assert_eq!(seen["from_root"], false);
    assert_eq!(paths(&seen), ["/tmp"]);
    assert_eq!(seen["mounts"], serde_json::json!(["/data"]));
    assert_eq!(seen["owners"][0]["path"], "/data");
    let kept = fs::read_to_string(folder.path().join("casehard.images.toml")).unwrap();
    assert!(!kept.contains("only-the-owner-knows") && !kept.contains("sleep"), "{kept}");
}

#[test]
fn what_people_leave_is_not_the_containers() {
    let Some(_) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    let container =
        Container::run(&["--user", "1000", "--entrypoint", "sleep", "python:3.12", "300"]).unwrap();
    let id = container.0.as_str();
    docker(&["exec", "--user", "0", id, "sh", "-c", "echo x > /srv/by-hand"]).unwrap();
    docker(&["exec", "--user", "0", id, "sh", "-c", "echo x > /root/.ash_history"]).unwrap();
    let (seen, _) = observed(&container, folder.path(), &[]);
    assert_eq!(paths(&seen), [""; 0], "{seen}");
    let left = serde_json::json!(["/root/.ash_history", "/srv/by-hand"]);
    assert_eq!(seen["by_people"], left);
}

#[test]
fn capabilities_are_those_from_the_start_on_where_it_is_restarted() {
    let Some(_) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    let line = "chown 1000 /srv && exec sleep 300";
    let container = Container::run(&["--entrypoint", "sh", "python:3.12", "-c", line]).unwrap();
    let (seen, told) = observed(&container, folder.path(), &["--capabilities", "--restart"]);
    if told.contains("capabilities are not traced") {
        return;
    }
    assert_eq!(seen["starts"], 1);
    assert_eq!(seen["capabilities"], serde_json::json!(["CHOWN"]), "{seen}");
    let (seen, _) = observed(&container, folder.path(), &["--capabilities"]);
    assert_eq!(seen["capabilities"], serde_json::Value::Null);
}
