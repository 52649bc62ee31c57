//! What is told, where to, and that telling decides nothing: outputs, baselines, waivers, full disks and closed pipes.

use std::fs::{self, File, OpenOptions};
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

use super::{GOOD, STATE, WEAK, folder, read, run};

/// Every command that prints, with arguments that print much or little.
const COMMANDS: [&str; 12] = [
    "check .",
    "check --format full .",
    "check --format json .",
    "check --format sarif .",
    "check --waivers .",
    "fix --diff --confidence risky .",
    "fix --yes --confidence risky .",
    "baseline .",
    "explain",
    "rules",
    "images",
    "images --format json",
];

fn casehard(it: &TempDir, arguments: &str) -> Command {
    let mut command = Command::new(cargo_bin("casehard"));
    command.env("XDG_STATE_HOME", STATE);
    command.current_dir(it.path()).args(arguments.split(' ')).stdin(Stdio::null());
    command
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_and_files_are_written_all_the_same() {
    for arguments in COMMANDS {
        let it = folder(&[("compose.yaml", WEAK)]);
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = casehard(&it, arguments).stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {said}");
        assert!(said.contains("standard output cannot be written: no space left"), "{said}");
        let written = read(&it, "compose.yaml") != WEAK;
        assert_eq!(written, arguments.starts_with("fix --yes"), "{arguments}");
    }
    let it = folder(&[]);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut filter = casehard(&it, "fix -").stdin(Stdio::piped()).stdout(full).spawn().unwrap();
    std::io::Write::write_all(&mut filter.stdin.take().unwrap(), WEAK.as_bytes()).unwrap();
    assert_eq!(filter.wait().unwrap().code(), Some(2));
}

#[test]
fn a_closed_pipe_is_quiet_and_keeps_the_status() {
    for arguments in COMMANDS {
        let it = folder(&[("compose.yaml", WEAK)]);
        let whole = casehard(&it, arguments).output().unwrap().status.code();
        let it = folder(&[("compose.yaml", WEAK)]);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = casehard(&it, arguments).stdout(writer).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), whole, "{arguments}: {said}");
        assert!(!said.contains("cannot be written") && !said.contains("panicked"), "{said}");
        let written = read(&it, "compose.yaml") != WEAK;
        assert_eq!(written, arguments.starts_with("fix --yes"), "{arguments}");
    }
}

#[test]
fn each_output_belongs_to_the_format_before_it() {
    let it = folder(&[("compose.yaml", WEAK)]);
    let ran = run(&it, "check --format json --output a.json --output b.sarif --format github");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(read(&it, "a.json").starts_with("{\n  \"version\": 1"));
    assert!(read(&it, "b.sarif").contains("\"2.1.0\""));
    assert!(ran.out.starts_with("::error file=compose.yaml,line="), "{}", ran.out);
    // Where all goes to files, people still see the usual.
    let ran = run(&it, "check --output c.json");
    assert!(ran.out.contains("findings in 1 container"), "{}", ran.out);
    for (arguments, why) in [
        ("check --output report", "its name tells no format"),
        ("check --format json --format text", "two formats go to standard output"),
        ("check --output a.json --output a.json", "two formats go to this file"),
        ("check --format sarf", "a similar value exists: 'sarif'"),
        ("check --format json --output no/a.json", "the report cannot be written"),
        ("check --format json --output .", "a folder"),
    ] {
        let ran = run(&it, arguments);
        assert!(ran.code == 2 && ran.err.contains(why), "{arguments}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn what_cannot_be_told_is_said_before_anything_is_written() {
    let it = folder(&[("compose.yaml", WEAK)]);
    let ran = run(&it, "fix --yes --confidence risky --format json --output no/report.json");
    assert_eq!(ran.code, 2);
    assert_eq!(read(&it, "compose.yaml"), WEAK);
}

#[test]
fn severity_and_confidence_filter_what_is_told_and_what_fails() {
    let it = folder(&[("compose.yaml", WEAK)]);
    let told = |arguments: &str| {
        let ran = run(&it, &format!("check --format jsonl {arguments}"));
        (ran.out.matches("\"type\":\"finding\"").count(), ran.code)
    };
    let (all, _) = told("");
    let (critical, code) = told("--min-severity critical");
    assert!(critical > 0 && critical < all && code == 1);
    let (likely, _) = told("--confidence likely");
    assert!(likely < all, "{likely} of {all}");
    assert_eq!(told("--exit-zero").1, 0);
    let ran = run(&it, "check --quiet");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (1, "", ""));
    let ran = run(&it, "check --statistics");
    assert!(ran.out.contains("critical") && !ran.out.contains("service web"), "{}", ran.out);
}

#[test]
fn a_baseline_lets_only_what_is_new_fail() {
    let it = folder(&[("a/compose.yaml", WEAK)]);
    assert_eq!(run(&it, "baseline").code, 0);
    let check = "check --baseline casehard-baseline.json";
    let ran = run(&it, check);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(
        ran.out.contains("0 findings in") && ran.out.contains(" in the baseline"),
        "{}",
        ran.out
    );
    // Moved lines and another name of the folder are nothing new.
    fs::rename(it.path().join("a"), it.path().join("b")).unwrap();
    fs::write(it.path().join("b/compose.yaml"), format!("# moved\n\n{WEAK}")).unwrap();
    assert_eq!(run(&it, check).code, 0, "{}", run(&it, check).out);
    // What comes fails, and a copy comes.
    fs::create_dir(it.path().join("c")).unwrap();
    fs::write(it.path().join("c/compose.yaml"), WEAK).unwrap();
    let again = run(&it, "baseline");
    assert_eq!(again.code, 0, "{}", again.err);
    let worse = WEAK.replace("privileged: true", "pid: host\n    privileged: true");
    fs::write(it.path().join("c/compose.yaml"), worse).unwrap();
    let ran = run(&it, check);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains(" host-pid ") && ran.out.contains("1 finding in"), "{}", ran.out);
    // What is gone is told.
    fs::write(it.path().join("c/compose.yaml"), GOOD).unwrap();
    let ran = run(&it, check);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("of the baseline are gone"), "{}", ran.out);
}

#[test]
fn what_is_no_baseline_of_this_tree_is_refused() {
    let it = folder(&[
        ("compose.yaml", WEAK),
        ("bad.json", "{\n  \"version\": 1,\n  ]"),
        ("next.json", "{\"version\": 9}"),
    ]);
    let refused = |arguments: &str, why: &str| {
        let ran = run(&it, arguments);
        assert!(ran.code == 2 && ran.err.contains(why), "{arguments}: {}", ran.err);
    };
    refused("check --baseline bad.json", "bad.json:3:3: not JSON");
    refused("check --baseline next.json", "a baseline of version 9");
    refused("check --baseline none.json", "none.json");
    let other = folder(&[("x/compose.yaml", &WEAK.replace("web", "other"))]);
    assert_eq!(run(&other, "baseline").code, 0);
    fs::copy(other.path().join("casehard-baseline.json"), it.path().join("other.json")).unwrap();
    refused("check --baseline other.json", "a baseline of another tree");
}

#[test]
fn waivers_that_cover_nothing_are_findings_in_each_form() {
    let commented = "services:\n  web:\n    image: a\n    # casehard: allow privileged -- it was\n    init: true\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    casehard.dev/allow: \"host-pid: it was\"\nspec: {containers: [{name: a, image: a}]}\n";
    let config = "[[allow]]\nrule = \"host-ipc\"\npath = \"nowhere/**\"\nreason = \"it was\"\n\n[[allow]]\nrule = \"*\"\nreason = \"we left\"\nuntil = \"2020-01-01\"\n";
    let it = folder(&[("casehard.toml", config), ("compose.yaml", commented), ("pod.yaml", pod)]);
    let ran = run(&it, "check --format jsonl --rule broken-waiver,privileged,host-pid,host-ipc");
    let dead: Vec<&str> = ran.out.lines().filter(|it| it.contains("\"broken-waiver\"")).collect();
    let at = |path: &str, line: usize, message: &str| {
        let place = format!("\"path\":\"{path}\",\"line\":{line},");
        assert!(
            dead.iter().any(|it| it.contains(&place) && it.contains(message)),
            "{place}: {dead:#?}"
        );
    };
    assert_eq!(dead.len(), 4, "{dead:#?}");
    at("compose.yaml", 4, "the waiver covers nothing");
    at("pod.yaml", 6, "the waiver covers nothing");
    at("casehard.toml", 2, "the waiver covers nothing");
    at("casehard.toml", 7, "the waiver is past its date");
    // A rule that is not judged says nothing of its waivers, a part of the tree nothing of the configuration.
    assert_eq!(
        run(&it, "check --rule host-uts,broken-waiver compose.yaml pod.yaml")
            .out
            .matches("covers nothing")
            .count(),
        0
    );
    let listed = run(&it, "check --waivers");
    assert_eq!(listed.code, 1);
    assert!(listed.out.contains("4 waivers in the run"), "{}", listed.out);
    assert!(
        listed.out.starts_with("casehard.toml:7: * (0 findings, ended on 2020-01-01): we left"),
        "{}",
        listed.out
    );
}

#[test]
fn a_report_takes_the_place_of_the_one_before() {
    let it = folder(&[("compose.yaml", WEAK)]);
    File::create(it.path().join("r.json")).unwrap();
    run(&it, "check --output r.json");
    let first = read(&it, "r.json");
    run(&it, "check --output r.json");
    assert_eq!(read(&it, "r.json"), first);
    assert_eq!(fs::read_dir(it.path()).unwrap().count(), 2, "a draft is left");
}
