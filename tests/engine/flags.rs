//! Command lines that were mended: the client and the engine take their flags.

use std::fs;
use std::process::Command;

use crate::docker::{Container, docker, engine};

#[expect(dead_code, reason = "other tests ask it for more")]
#[path = "../commands/parse.rs"]
mod parse;

const SCRIPTS: &str = include_str!("../commands/scripts.txt");

/// Flags that speak of what is not on this machine: containers, files, devices, drivers.
const ABSENT: [&str; 12] = [
    "cidfile",
    "device",
    "env-file",
    "gpus",
    "label-file",
    "link",
    "log-driver",
    "pod",
    "runtime",
    "userns",
    "volume-driver",
    "volumes-from",
];

/// Why the client is not asked of a line: an engine of its own, another machine's files, words of the shell.
fn is_of_here(line: &parse::Line) -> bool {
    let values = line.flags.values().flatten();
    let is_plain = |it: &String| {
        !it.contains(['$', '`', '~']) && !it.starts_with("container:") && !it.contains("type=bind")
    };
    line.head.iter().any(|it| it == "docker")
        && ABSENT.iter().all(|it| !line.flags.contains_key(*it))
        && values.into_iter().all(is_plain)
}

/// The flags of a line, as words of the client's.
fn words(line: &parse::Line) -> Vec<String> {
    // Several lines give the same name, and what is only made is not started behind one's back.
    let left = ["name", "platform", "pull", "detach", "detach-keys", "sig-proxy"];
    let own = |it: &(&String, &Vec<String>)| !left.contains(&it.0.as_str());
    let one = |name: &str, value: &String| match name.len() {
        1 => format!("-{name}={value}"),
        _ => format!("--{name}={value}"),
    };
    let flags = line.flags.iter().filter(own);
    flags.flat_map(|(name, all)| all.iter().map(move |it| one(name, it))).collect()
}

#[test]
fn an_engine_takes_the_flags_of_mended_lines() {
    if engine().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<&str> = Vec::new();
    for (name, text) in SCRIPTS.split("### ").skip(1).map(|it| it.split_once('\n').unwrap()) {
        fs::write(folder.path().join(name), text).unwrap();
        files.push(name);
    }
    let mut fix = Command::new(env!("CARGO_BIN_EXE_casehard"));
    fix.env("XDG_STATE_HOME", folder.path().join("state")).current_dir(folder.path());
    fix.args(["fix", "--yes", "--confidence", "risky", "."]);
    assert!(fix.output().unwrap().status.code().is_some_and(|it| it < 2));
    let (mut taken, mut refused) = (0, Vec::new());
    for name in files {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        let Some(line) = parse::line(&text).filter(is_of_here) else { continue };
        let own = words(&line);
        let mut all = vec!["create"];
        all.extend(own.iter().map(String::as_str));
        all.extend(["casehard/base", "true"]);
        match docker(&all) {
            Ok(id) => {
                taken += 1;
                drop(Container(id.trim().to_owned()));
            }
            Err(why) => refused.push(format!("{name}: {all:?}: {why}")),
        }
    }
    assert!(refused.is_empty(), "{} taken\n{}", taken, refused.join("\n"));
    assert!(taken >= 90, "{taken}");
}
