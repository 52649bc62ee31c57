//! Many machines on one tree: eight parts as processes come to what one run comes to, report and files alike.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "corpus/copy.rs"]
mod copy;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use casehard::batch::{Batch, Sources};
use casehard::cli::{self, Cli};
use casehard::finding::Confidence;
use casehard::outcome::{Checking, Wanted};
use casehard::report::{full, gitlab, json, rdjson, sarif, text, waivers};
use casehard::source;
use clap::Parser as _;
use copy::copy;
use serde_json::Value;

const PARTS: usize = 8;
const FORMATS: [&str; 3] = ["json", "jsonl", "sarif"];

/// A folder with the golden cases, some of which name files of other folders.
fn tree() -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for name in ["golden/files", "golden/kubernetes"] {
        copy(&root.join(name), &folder.path().join(name));
    }
    for (name, text) in [
        ("far/apart/compose.yaml", "include: [../../else/where/base.yaml]\n"),
        (
            "else/where/base.yaml",
            "services:\n  a:\n    extends: {file: \"../the last/b.yaml\", service: b}\n",
        ),
        ("else/the last/b.yaml", "services:\n  b:\n    image: redis:7\n    privileged: true\n"),
        ("listed/.env", "COMPOSE_FILE=compose.yaml:../over/more.yaml\n"),
        ("listed/compose.yaml", "services:\n  c:\n    image: redis:7\n"),
        ("over/more.yaml", "services:\n  c:\n    cap_add: [SYS_ADMIN]\n"),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn start(folder: &Path, arguments: &[&str]) -> Child {
    Command::new(cargo_bin("casehard"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"))
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn run(folder: &Path, arguments: &[&str]) -> i32 {
    start(folder, arguments).wait().unwrap().code().unwrap()
}

/// The arguments of a run that writes each format to a file whose name begins so.
fn telling(arguments: &str, outputs: &Path, name: &str) -> Vec<String> {
    let mut all: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
    for format in FORMATS {
        let file = outputs.join(format!("{name}.{format}")).display().to_string();
        all.extend(["--format".into(), format.into(), "--output".into(), file]);
    }
    all.push(".".into());
    all
}

fn words(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

/// Runs all parts at once; yields their exit statuses.
fn in_parts(folder: &Path, arguments: &str, outputs: &Path) -> Vec<i32> {
    let parts = (1..=PARTS).map(|it| {
        let own = format!("{arguments} --shard {it}/{PARTS}");
        start(folder, &words(&telling(&own, outputs, &format!("part{it}"))))
    });
    let parts: Vec<Child> = parts.collect();
    parts.into_iter().map(|mut it| it.wait().unwrap().code().unwrap()).collect()
}

fn merge(outputs: &Path, format: &str, parts: impl Iterator<Item = usize>) -> i32 {
    let merged = format!("merged.{format}");
    let names: Vec<String> = parts.map(|it| format!("part{it}.{format}")).collect();
    run(outputs, &[&["merge", "--output", &merged], &*words(&names)].concat())
}

#[test]
fn the_reports_of_eight_parts_are_that_of_one_run() {
    let folder = tree();
    for arguments in ["check", "fix --diff --confidence risky"] {
        let outputs = tempfile::tempdir().unwrap();
        let whole = run(folder.path(), &words(&telling(arguments, outputs.path(), "whole")));
        let parts = in_parts(folder.path(), arguments, outputs.path());
        assert!(parts.iter().all(|it| (0..=2).contains(it)), "{parts:?}");
        for format in FORMATS {
            assert_eq!(merge(outputs.path(), format, 1..=PARTS), whole, "{arguments} {format}");
            let read = |name: &str| {
                fs::read_to_string(outputs.path().join(format!("{name}.{format}"))).unwrap()
            };
            let (one, other) = (read("whole"), read("merged"));
            match format {
                "sarif" => assert_eq!(results(&one), results(&other), "{arguments}"),
                _ => assert!(one == other, "{arguments}: {format} differs"),
            }
        }
        are_even(outputs.path());
    }
}

/// The results and notifications of a log, in an order of their own.
fn results(text: &str) -> Vec<String> {
    let log: Value = serde_json::from_str(text).unwrap();
    let run = &log["runs"][0];
    assert!(run["properties"].is_null() && log["runs"].as_array().unwrap().len() == 1);
    let told = &run["invocations"][0]["toolExecutionNotifications"];
    let all = run["results"].as_array().unwrap().iter().chain(told.as_array().unwrap());
    let mut all: Vec<String> = all.map(Value::to_string).collect();
    assert!(all.len() > 1000, "{}", all.len());
    all.sort();
    all
}

/// No part has half as much again to judge as another one.
fn are_even(outputs: &Path) {
    let count = |it: usize| {
        let text = fs::read_to_string(outputs.join(format!("part{it}.json"))).unwrap();
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["shard"], format!("{it}/{PARTS}"));
        report["summary"]["files"].as_u64().unwrap()
    };
    let counts: Vec<u64> = (1..=PARTS).map(count).collect();
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(most * 2 <= least * 3, "{counts:?}");
}

#[test]
fn what_eight_parts_write_at_once_is_what_one_run_writes() {
    let (one, eight) = (tree(), tree());
    let written = ["fix", "--yes", "--quiet", "--confidence", "risky"];
    run(one.path(), &[&written[..], &["."]].concat());
    let parts: Vec<Child> = (1..=PARTS)
        .map(|it| {
            let shard = format!("{it}/{PARTS}");
            start(eight.path(), &[&written[..], &["--shard", &shard, "."]].concat())
        })
        .collect();
    parts.into_iter().for_each(|mut it| assert!(it.wait().unwrap().code().is_some()));
    let (one, eight) = (texts(one.path()), texts(eight.path()));
    let differ: Vec<_> = one.iter().filter(|it| eight.get(it.0) != Some(it.1)).collect();
    assert!(differ.is_empty() && one.len() == eight.len(), "{differ:?}");
    assert_ne!(one, texts(tree().path()));
}

fn texts(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).unwrap().map(|it| it.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let text = fs::read(&path).unwrap();
                    all.insert(path.strip_prefix(folder).unwrap().to_owned(), text);
                }
            }
        }
    }
    all
}

#[test]
fn parts_that_do_not_make_a_whole_are_not_joined() {
    let folder = tempfile::tempdir().unwrap();
    for it in 0..4 {
        let own = folder.path().join(format!("s{it}"));
        fs::create_dir(&own).unwrap();
        fs::write(own.join("compose.yaml"), "services: {a: {image: redis}}\n").unwrap();
    }
    let outputs = tempfile::tempdir().unwrap();
    for it in 1..=2 {
        let own = format!("check --shard {it}/2");
        run(folder.path(), &words(&telling(&own, outputs.path(), &format!("part{it}"))));
    }
    run(folder.path(), &words(&telling("check", outputs.path(), "part3")));
    run(folder.path(), &words(&telling("check --shard 1/3", outputs.path(), "part4")));
    let said = |names: &str| {
        let mut command = Command::new(cargo_bin("casehard"));
        let output = command.arg("merge").args(names.split(' ')).current_dir(outputs.path());
        let output = output.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{names}");
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    fs::write(outputs.path().join("cut.jsonl"), {
        let text = fs::read_to_string(outputs.path().join("part1.jsonl")).unwrap();
        text.lines().take(3).collect::<Vec<_>>().join("\n")
    })
    .unwrap();
    for (names, why) in [
        ("part1.json", "part 2/2 is missing: name its report too"),
        ("part1.json part1.json", "part1.json: part 1/2, which part1.json is too"),
        ("part1.json part3.json", "part3.json: of all files, and the others are of parts"),
        ("part1.json part4.json", "part4.json: one of 3 parts, and part1.json of 2"),
        ("part1.json part2.sarif", "part2.sarif: of another format than part1.json"),
        ("cut.jsonl part2.jsonl", "cut.jsonl: its last line is missing: the run was cut short"),
        ("nothing.json", "nothing.json"),
    ] {
        let said = said(names);
        assert!(said.contains(why), "{names}: {said}");
    }
    assert_eq!(merge(outputs.path(), "json", 1..=2), 1);
}

#[test]
fn the_job_of_the_documentation_is_hardened_itself() {
    let job = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scale/job.yaml");
    let output = Command::new(cargo_bin("casehard")).args(["check", job]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && told.contains(": 1 restricted"), "{told}");
}

/// What a check comes to that takes parts of about so many files one after the other, in all formats.
fn checked(folder: &Path, files: usize) -> Vec<String> {
    let search = source::find(&[folder.to_owned()], &source::Excluded::default());
    let cli::Command::Check(args) = Cli::parse_from(["casehard", "check", "-"]).command else {
        panic!("the arguments are those of check");
    };
    let policy = casehard::commands::policy(&args.inputs, Confidence::Likely).unwrap();
    let wanted = Wanted { edits: true, whole: true, ..Wanted::default() };
    let parts = search.in_parts(files);
    let are_many = parts.len() > 1;
    let mut checking = Checking::default();
    for part in parts {
        let mut batch = Batch::of(part, &Sources::default());
        batch.put_patches_over();
        let mut analyses = batch.analyse(&policy, true, &|_, _| ());
        batch.in_their_places(&mut analyses);
        checking.add(&batch, analyses, &policy, wanted.clone());
        if are_many {
            checking.let_go(true);
        }
    }
    assert!(are_many == (files < 1000), "the parts are none");
    let outcome = checking.close(&policy, true);
    assert!(outcome.findings.len() > 500, "there is something to tell");
    let worse: Vec<String> = outcome
        .findings
        .iter()
        .map(|it| format!("{} {:?}", it.fingerprint(), it.worse()))
        .collect();
    let all = [
        json::whole(&outcome),
        sarif::render(&outcome),
        gitlab::render(&outcome),
        rdjson::render(&outcome),
        text::render(&outcome, None),
        full::render(&outcome, None),
        waivers::render(&outcome, policy.today, None),
    ];
    all.iter().map(|it| it.as_str().to_owned()).chain([worse.join("\n")]).collect()
}

#[test]
fn what_is_let_go_of_part_by_part_is_missed_nowhere() {
    let folder = tree();
    let whole = checked(folder.path(), usize::MAX);
    for files in [7, 60] {
        for (whole, parts) in whole.iter().zip(checked(folder.path(), files)) {
            let differ = whole.lines().zip(parts.lines()).find(|it| it.0 != it.1);
            assert_eq!(differ, None, "with parts of {files} files");
            assert_eq!(whole.len(), parts.len(), "with parts of {files} files");
        }
    }
}
