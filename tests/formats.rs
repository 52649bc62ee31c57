//! The formats of reports: each is what its readers expect, over all real files at hand; the same bytes come out of every
//! run; and who applies the fixes of a report by himself gets the bytes that `--yes` writes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "formats/apply.rs"]
mod apply;
#[path = "corpus/copy.rs"]
mod copy;
#[path = "formats/told.rs"]
mod told;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use copy::copy;
use serde_json::Value;

/// A folder with copies of all real files that are there: the corpus beside the repository, or the golden cases.
fn files() -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = tempfile::tempdir().unwrap();
    for (from, name) in [
        (root.join("../shared/corpus/compose"), "compose"),
        (root.join("../shared/corpus/k8s"), "k8s"),
        (root.join("golden/files"), "files"),
        (root.join("golden/kubernetes"), "kubernetes"),
    ] {
        if from.is_dir() {
            copy(&from, &target.path().join(name));
        }
    }
    target
}

/// Standard output and the exit status of a run.
fn run(folder: &Path, arguments: &str, threads: &str) -> (String, i32) {
    let output = Command::new(cargo_bin("casehard"))
        .args(arguments.split(' '))
        .current_dir(folder)
        .env("RAYON_NUM_THREADS", threads)
        .env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|it| panic!("{it}: {}", &text[..text.len().min(500)]))
}

#[track_caller]
fn is_valid(schema: &Value, value: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(value)
        .take(5)
        .map(|it| format!("{}: {it}", it.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// The published schema of SARIF, as the crate that has its types ships it.
fn sarif_schema() -> Value {
    // What other platforms need is not there.
    let own = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--offline",
            "--locked",
            "--filter-platform",
            &own,
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata = json(&String::from_utf8(output.stdout).unwrap());
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|it| it["name"] == "serde-sarif").unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let text = fs::read_to_string(manifest.parent().unwrap().join("src/schema.json")).unwrap();
    // One of its patterns is none to readers that hold to the standard: a bracket that nothing opens.
    json(&text.replace("{2}]?$", r"{2}\\]?$"))
}

fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas").join(name);
    json(&fs::read_to_string(path).unwrap())
}

/// All that a run tells, by format: one run writes each to a file of its own.
fn told(folder: &Path, arguments: &str, threads: &str) -> (BTreeMap<&'static str, String>, i32) {
    let outputs = tempfile::tempdir().unwrap();
    let mut all = arguments.to_owned();
    for format in FORMATS {
        let file = outputs.path().join(format);
        all.push_str(&format!(" --format {format} --output {}", file.display()));
    }
    let (_, code) = run(folder, &format!("{all} ."), threads);
    let read = |it: &&'static str| (*it, fs::read_to_string(outputs.path().join(it)).unwrap());
    (FORMATS.iter().map(read).collect(), code)
}

const FORMATS: [&str; 10] =
    ["text", "full", "json", "jsonl", "sarif", "rdjson", "gitlab", "github", "junit", "markdown"];

#[test]
fn each_format_is_what_its_readers_expect() {
    let folder = files();
    for command in ["check", "fix --diff", "fix --diff --confidence risky"] {
        let told = told(folder.path(), command, "2").0;
        let of = |format: &str| &*told[format];
        let full = told::Told::of(&json(of("json")));
        assert!(full.all().len() > 100, "{}", full.all().len());
        is_valid(&casehard::report::json::schema(), &json(of("json")));
        let line = casehard::report::json::schema_of_lines();
        let lines = of("jsonl");
        let validator = jsonschema::validator_for(&line).unwrap();
        lines.lines().for_each(|it| assert!(validator.is_valid(&json(it)), "{it}"));
        assert_eq!(told::Told::of_lines(lines), full);
        let sarif = json(of("sarif"));
        is_valid(&sarif_schema(), &sarif);
        assert_eq!(told::of_sarif(&sarif), full.all());
        let rdjson = json(of("rdjson"));
        is_valid(&schema("rdjson.json"), &rdjson);
        assert_eq!(told::of_rdjson(&rdjson), full.left);
        let gitlab = json(of("gitlab"));
        is_valid(&schema("gitlab.json"), &gitlab);
        assert_eq!(told::of_gitlab(&gitlab), full.left);
        assert_eq!(told::of_github(of("github")), full.left);
        assert_eq!(told::of_junit(of("junit")), full.failing);
        assert_eq!(told::of_markdown(of("markdown")), full.all().len());
    }
}

#[test]
fn two_runs_say_the_same_with_any_number_of_threads() {
    let folder = files();
    let one = told(folder.path(), "check", "1");
    assert!(one.0.values().all(|it| !it.is_empty()));
    for threads in ["2", "5"] {
        let other = told(folder.path(), "check", threads);
        assert_eq!(other.1, one.1);
        for format in FORMATS {
            assert!(other.0[format] == one.0[format], "{format} with {threads} threads");
        }
    }
    // What goes to standard output is what goes to a file.
    let printed = run(folder.path(), "check --format sarif .", "2");
    assert!(printed == (one.0["sarif"].clone(), one.1));
}

#[test]
fn the_fixes_of_a_report_make_the_bytes_that_are_written() {
    for confidence in ["likely", "risky"] {
        let (folder, written) = (files(), files());
        let options = format!("--confidence {confidence}");
        run(written.path(), &format!("fix --yes {options} ."), "2");
        let told = told(folder.path(), &format!("fix --diff {options}"), "2").0;
        for format in ["json", "sarif"] {
            let log = json(&told[format]);
            let edits = if format == "json" { apply::of_json(&log) } else { apply::of_sarif(&log) };
            assert!(edits.len() > 10, "{}", edits.len());
            let mut wrong = Vec::new();
            for path in apply::below(folder.path()) {
                let old = fs::read(folder.path().join(&path)).unwrap();
                let name = path.to_string_lossy().into_owned();
                let new = apply::applied(&old, edits.get(&name).map_or(&[], Vec::as_slice));
                if new != fs::read(written.path().join(&path)).unwrap() {
                    wrong.push(name);
                }
            }
            assert!(wrong.is_empty(), "{format} {confidence}: {wrong:?}");
        }
    }
}

/// The fix of a finding that is left, applied by itself, takes that finding away.
#[test]
fn each_fix_by_itself_mends_its_finding() {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/files/legacy"), folder.path());
    let check = |folder: &Path| json(&run(folder, "check --format json input.yaml", "2").0);
    let report = check(folder.path());
    let mut tried = 0;
    for finding in report["findings"].as_array().unwrap() {
        for fix in finding["fixes"].as_array().unwrap() {
            let Some(files) = fix["files"].as_array() else { continue };
            let place = tempfile::tempdir().unwrap();
            copy(folder.path(), place.path());
            for file in files {
                let path = place.path().join(file["path"].as_str().unwrap());
                let old = fs::read(&path).unwrap();
                fs::write(&path, apply::applied(&old, &apply::edits(&file["edits"]))).unwrap();
            }
            let left = check(place.path());
            let same = |it: &Value| {
                it["rule"] == finding["rule"]
                    && it["subject"] == finding["subject"]
                    && it["message"] == finding["message"]
            };
            let still = left["findings"].as_array().unwrap().iter().filter(|it| same(it)).count();
            let before =
                report["findings"].as_array().unwrap().iter().filter(|it| same(it)).count();
            assert!(still < before, "{finding:#}");
            tried += 1;
        }
    }
    assert!(tried > 10, "{tried}");
}
