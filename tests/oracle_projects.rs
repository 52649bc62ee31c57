//! Folders as Docker Compose itself finds and loads them, with `.env`, overrides, includes and bases elsewhere, held
//! against the program: what Compose sees is said, and what it loads it still loads after `fix`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "oracle/consumer.rs"]
#[expect(dead_code, reason = "one-file dialects are for the other tests")]
mod consumer;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use consumer::{Consumer, Facts, MISSING, programs};
use rayon::prelude::*;

/// What a run of the program says.
struct Said {
    code: i32,
    rules: BTreeSet<String>,
    text: String,
}

fn casehard(folder: &Path, args: &[&str]) -> Said {
    let output = Command::new(cargo_bin("casehard"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .envs([("HOME", "/root"), ("PATH", "/usr/bin:/bin"), ("NO_COLOR", "1")])
        .env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"))
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    let rule = |line: &str| {
        let (level, rest) = line.split_once('[')?;
        let known = ["error", "warning", "info", "note"].contains(&level);
        known.then(|| rest.split(']').next().unwrap_or("").to_owned())
    };
    Said {
        code: output.status.code().unwrap_or(-1),
        rules: out.lines().filter_map(rule).collect(),
        text: format!("{out}{}", String::from_utf8_lossy(&output.stderr)),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Which single files of a folder Compose loads, and those with their override.
fn loads(programs: &Path, folder: &Path) -> BTreeSet<String> {
    let mut files: Vec<String> =
        ["compose.yaml", "base.yaml", "compose.yaml\tcompose.override.yaml"]
            .iter()
            .filter(|it| it.split('\t').all(|it| folder.join(it).is_file()))
            .map(|it| (*it).to_owned())
            .collect();
    files.insert(0, "unset,set,raw".to_owned());
    let output =
        Command::new(programs.join("compose-load")).arg(folder).args(&files).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let answers = text.lines().map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap());
    answers
        .filter(|it| it["err"].is_null())
        .map(|it| format!("{} {}", it["file"], it["mode"]))
        .collect()
}

/// The rules that Compose sees and the program does not report, refuse or find allowed.
fn unsaid(facts: &Facts, said: &Said, folder: &Path) -> Vec<String> {
    if said.code == 2 || said.rules.contains("unknown-setting") {
        return Vec::new();
    }
    let text = fs::read_to_string(folder.join("compose.yaml")).unwrap_or_default();
    let silent = |it: &&String| {
        !said.rules.contains(*it) && !text.contains(&format!("casehard: allow {it}"))
    };
    facts.facts.keys().filter(silent).cloned().collect()
}

/// What is wrong with one project.
fn wrong(name: &str, folder: &Path, programs: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut consumer = Consumer::start(programs, "project", folder);
    let old = consumer.read(Path::new("."));
    let checked = casehard(folder, &["check", "--format=full", "."]);
    if old.error.is_some() && checked.code == 0 {
        found.push(format!("Compose refuses it, and nothing is said ({:?})", old.error));
    }
    let silent = unsaid(&old, &checked, folder);
    if !silent.is_empty() {
        found.push(format!("Compose alone sees {}", silent.join(", ")));
    }
    let loaded = loads(programs, folder);
    let fixed = casehard(folder, &["fix", "--yes", "--confidence=risky", "."]);
    if fixed.text.contains("internal error") || fixed.code > 2 {
        found.push(format!("fix fails: {}", fixed.text));
    }
    let new = consumer.read(Path::new("."));
    if let (None, Some(error)) = (&old.error, &new.error) {
        found.push(format!("loads no more after fix: {error}"));
    }
    let lost: Vec<String> = loaded.difference(&loads(programs, folder)).cloned().collect();
    if !lost.is_empty() {
        found.push(format!("files that load no more after fix: {}", lost.join(", ")));
    }
    let after = casehard(folder, &["check", "--format=full", "."]);
    let left = unsaid(&new, &after, folder).into_iter().filter(|it| !silent.contains(it));
    let left: Vec<String> = left.filter(|it| it != "host-mount").collect();
    if !left.is_empty() {
        found.push(format!("after fix Compose alone sees {}", left.join(", ")));
    }
    let again = casehard(folder, &["fix", "--diff", "--confidence=risky", "."]);
    if again.code == 1 && again.text.contains("+++") {
        found.push("a second run writes".to_owned());
    }
    found.into_iter().map(|it| format!("{name}: {it}")).collect()
}

#[test]
fn projects_are_read_and_left_as_compose_loads_them() {
    let Some(programs) = programs() else {
        println!("{MISSING}");
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/projects");
    let mut names: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|it| it.unwrap().path()).collect();
    names.sort();
    assert!(names.len() >= 30);
    let judge = |project: &PathBuf| {
        let name = project.file_name().unwrap().to_string_lossy().into_owned();
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join(&name);
        copy(project, &folder);
        wrong(&name, &folder, &programs)
    };
    let found: Vec<String> = names.par_iter().flat_map(judge).collect();
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}
