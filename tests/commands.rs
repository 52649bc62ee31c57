//! Command lines with the variety of those that people publish, mended, and read again by a parser of the test's own:
//! it takes the flags from what `docker run --help` prints, and knows nothing of how the program reads them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "commands/mutated.rs"]
mod mutated;
#[path = "commands/parse.rs"]
mod parse;
#[path = "commands/told.rs"]
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use casehard::workload::run::{Form, read};
use parse::{Line, flags, line};
use tempfile::TempDir;

const SCRIPTS: &str = include_str!("commands/scripts.txt");
const UNITS: &str = include_str!("commands/units.txt");

/// Where runs of the tests keep what they write over.
const STATE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/state");

/// The files of a text, by their names.
fn files(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("### ").skip(1).map(|it| it.split_once('\n').unwrap())
}

fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    files(SCRIPTS).chain(files(UNITS))
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    all().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
    folder
}

fn casehard(folder: &Path, arguments: &str) -> (i32, String, String) {
    let mut command = Command::cargo_bin("casehard").unwrap();
    command.env("XDG_STATE_HOME", STATE).current_dir(folder);
    let output = command.args(arguments.split_whitespace()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The rules that still find something in each file.
fn open(folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let (_, out, _) = casehard(folder, "check --format json .");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let mut open: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        open.entry(text("path")).or_default().insert(text("rule"));
    }
    open
}

#[test]
fn there_are_enough_of_them_to_tell() {
    let count = all().count();
    assert!(count >= 150, "{count}");
}

#[test]
fn what_an_engine_understands_is_understood() {
    for (name, takes) in flags().into_iter().filter(|it| it.0 != "privileged") {
        // These are no single words, or say of themselves what they are.
        let value = match name.as_str() {
            "mount" => "type=tmpfs,dst=/x",
            "health-cmd" | "no-healthcheck" => "true",
            _ => "x",
        };
        let written = if takes { format!("--{name} {value}") } else { format!("--{name}") };
        let joined = if takes { format!("--{name}={value}") } else { format!("--{name}=true") };
        for text in [written, joined] {
            let reading = read(Form::Shell, &format!("docker run {text} --privileged example/web"));
            let (_, tree) =
                reading.script.unwrap_or_else(|| panic!("{text}: {:?}", reading.refused));
            let service = tree.documents().next().unwrap().get("services").unwrap().get("web");
            let service = service.unwrap_or_else(|| match name.as_str() {
                "name" => {
                    tree.documents().next().unwrap().get("services").unwrap().get("x").unwrap()
                }
                _ => panic!("{text}"),
            });
            assert_eq!(service.get("image").unwrap().value(), Some("example/web"), "{text}");
            assert!(service.get("privileged").is_some(), "{text}");
        }
    }
}

/// The flags that a fix may take away, change or add.
const JUDGED: [&str; 18] = [
    "user",
    "cap-add",
    "cap-drop",
    "security-opt",
    "read-only",
    "tmpfs",
    "privileged",
    "network",
    "pid",
    "ipc",
    "uts",
    "userns",
    "cgroupns",
    "volume",
    "mount",
    "device",
    "env",
    "group-add",
];

/// What stays as it was, in its order.
fn kept(name: &str, old: &Line, new: &Line) {
    assert_eq!(old.head, new.head, "{name}");
    assert_eq!((&old.image, &old.args), (&new.image, &new.args), "{name}");
    assert_eq!(old.before, new.before, "{name}: what stands before the command");
    assert_eq!(old.behind, new.behind, "{name}: what stands behind it");
    let names: BTreeSet<&String> = old.flags.keys().chain(new.flags.keys()).collect();
    for flag in names {
        let (before, after) = (old.all(flag), new.all(flag));
        if !JUDGED.contains(&flag.as_str()) {
            assert_eq!(before, after, "{name}: --{flag}");
        }
        match flag.as_str() {
            // A variable is added at most, a mount goes or is closed.
            "env" => assert!(after.starts_with(before), "{name}: {before:?} {after:?}"),
            "volume" | "mount" | "device" => {
                let closed = |old: &str, new: &str| {
                    new == old || new == format!("{old}:ro") || new == format!("{old},readonly")
                };
                let mut left = before.iter();
                let is_old = |new: &String| left.any(|old| closed(old, new));
                assert!(after.iter().all(is_old), "{name}: {before:?} {after:?}");
            }
            _ => (),
        }
    }
}

/// What the posture asks for, unless it is still told.
fn hardened(name: &str, line: &Line, open: &BTreeSet<String>) {
    let has = |flag: &str, is: &dyn Fn(&str) -> bool| line.all(flag).iter().any(|it| is(it));
    let told = |rule: &str| open.contains(rule);
    let holds =
        |rule: &str, is: bool| assert!(is || told(rule), "{name}: {rule}: {:?}", line.flags);
    let host = |flag: &str| !has(flag, &|it| it == "host");
    holds("kept-capabilities", has("cap-drop", &|it| it.eq_ignore_ascii_case("all")));
    let closed = |it: &str| it == "no-new-privileges" || it == "no-new-privileges:true";
    holds("privilege-escalation", has("security-opt", &closed));
    holds("writable-rootfs", has("read-only", &|it| it == "true"));
    holds("privileged", !has("privileged", &|it| it == "true"));
    holds(
        "runtime-socket",
        !has("volume", &|it| it.contains("docker.sock") || it.starts_with("/:")),
    );
    let unfiltered = |it: &str| it.contains("unconfined") || it == "label=disable";
    holds("lsm-off", !has("security-opt", &unfiltered));
    for (flag, rule) in [
        ("network", "host-network"),
        ("pid", "host-pid"),
        ("ipc", "host-ipc"),
        ("uts", "host-uts"),
        ("userns", "host-users"),
        ("cgroupns", "host-cgroup"),
    ] {
        holds(rule, host(flag));
    }
    let root = |it: &str| matches!(it.split(':').next(), Some("0" | "root" | ""));
    holds("root-user", !has("user", &root));
}

#[test]
fn mended_lines_say_what_an_independent_parser_expects() {
    let folder = folder();
    let (code, out, err) = casehard(folder.path(), "fix --yes --confidence risky .");
    assert!(!err.contains("internal error"), "{err}");
    assert!(code < 2, "{out}{err}");
    let open = open(folder.path());
    let none = BTreeSet::new();
    let (mut read, mut changed) = (0, 0);
    for (name, old_text) in all().filter(|it| !it.0.ends_with(".container")) {
        let new_text = fs::read_to_string(folder.path().join(name)).unwrap();
        let Some(old) = line(old_text) else {
            assert_eq!(old_text, new_text, "{name}: what nobody can read is left as it is");
            continue;
        };
        let new = line(&new_text).unwrap_or_else(|| panic!("{name}: {new_text}"));
        kept(name, &old, &new);
        hardened(name, &new, open.get(name).unwrap_or(&none));
        read += 1;
        changed += usize::from(old_text != new_text);
    }
    assert!(read >= 144 && changed >= 135, "{read} read, {changed} changed");
}

#[test]
fn mended_units_of_podman_have_the_keys() {
    let folder = folder();
    casehard(folder.path(), "fix --yes --confidence risky .");
    for (name, old) in all().filter(|it| it.0.ends_with(".container")) {
        let new = fs::read_to_string(folder.path().join(name)).unwrap();
        for wanted in ["DropCapability=ALL", "NoNewPrivileges=true", "ReadOnly=true"] {
            assert_eq!(
                new.lines().filter(|it| *it == wanted).count(),
                1,
                "{name}: {wanted}\n{new}"
            );
        }
        let weak = [
            "Network=host",
            "SecurityLabelDisable",
            "unconfined",
            "--privileged",
            "SYS_ADMIN",
            "User=0",
            "NoNewPrivileges=false",
        ];
        assert!(weak.iter().all(|it| !new.contains(it)), "{new}");
        let stays = |it: &&str| {
            weak.iter().all(|word| !it.contains(word)) && !it.starts_with("AddCapability")
        };
        let mut lines = new.lines();
        for line in old.lines().filter(stays) {
            assert!(lines.any(|it| it == line), "{name}: `{line}` is gone or elsewhere\n{new}");
        }
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let folder = folder();
    casehard(folder.path(), "fix --yes --confidence risky .");
    let (_, patch, err) = casehard(folder.path(), "fix --diff --confidence risky .");
    assert_eq!(patch, "", "{err}");
}

#[test]
fn a_script_without_a_container_is_passed_over_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("build.sh"), "docker build -t x .\necho run\n").unwrap();
    fs::write(folder.path().join("ok.yaml"), "services:\n  a:\n    image: x\n").unwrap();
    let (_, out, err) = casehard(folder.path(), "check .");
    assert!(out.contains("of 1 file\n") && !out.contains("passed"), "{out}{err}");
    let (code, _, err) = casehard(folder.path(), "check build.sh");
    assert!(code == 2 && err.contains("no command that makes a container"), "{err}");
}

#[cfg(unix)]
#[test]
fn programs_without_an_ending_and_additions_to_units_are_found() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let weak = "docker run --privileged redis:7\n";
    let shell = format!("#!/usr/bin/env bash\n{weak}");
    let others = [("notes", weak.to_owned()), ("read", format!("#!/usr/bin/python3\n{weak}"))];
    for (name, text) in [("start", shell.clone())].iter().chain(&others) {
        fs::write(folder.path().join(name), text).unwrap();
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path().join(name), mode).unwrap();
    }
    fs::write(folder.path().join("not-to-be-run"), shell).unwrap();
    let added = folder.path().join("web.service.d");
    fs::create_dir(&added).unwrap();
    let unit = format!("[Service]\nExecStart=\nExecStart=/usr/bin/{weak}");
    fs::write(added.join("more.conf"), unit).unwrap();
    fs::write(folder.path().join("other.conf"), weak).unwrap();
    let open = open(folder.path());
    let found: Vec<&str> = open.keys().map(String::as_str).collect();
    assert_eq!(found, ["start", "web.service.d/more.conf"]);
    assert!(open.values().all(|it| it.contains("privileged")), "{open:?}");
    let (_, out, err) = casehard(folder.path(), "check .");
    assert!(!format!("{out}{err}").contains("passed"), "{out}{err}");
}

#[test]
fn what_is_built_at_run_time_is_said_with_its_place_and_nothing_is_written() {
    let text = "#!/bin/sh\nOPTS=\"-d --privileged\"\ndocker run $OPTS nginx\n";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("run.sh"), text).unwrap();
    let (code, _, err) = casehard(folder.path(), "fix --yes --confidence risky run.sh");
    assert!(
        code == 2 && err.contains("run.sh:3:12: a variable stands where flags may be"),
        "{err}"
    );
    assert_eq!(fs::read_to_string(folder.path().join("run.sh")).unwrap(), text);
}

#[test]
fn a_line_is_mended_without_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::cargo_bin("casehard").unwrap();
    command.current_dir(folder.path()).args(["fix", "--confidence", "risky", "--command"]);
    let line = "docker run -d --privileged -v /var/run/docker.sock:/var/run/docker.sock nginx:1.27";
    let output = command.arg(line).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("docker run -d ") && text.ends_with(" nginx:1.27\n"), "{text}");
    assert!(!text.contains("--privileged") && !text.contains("docker.sock"), "{text}");
    for flag in
        ["--cap-drop ALL", "--read-only", "--security-opt no-new-privileges:true", "--user 101:101"]
    {
        assert!(text.contains(flag), "{text}");
    }
}

#[test]
fn a_refused_command_of_a_script_that_is_named_fails() {
    let folder = tempfile::tempdir().unwrap();
    let text = "docker run redis:7\ndocker run --privileged $OPTS redis:7\n";
    fs::write(folder.path().join("run.sh"), text).unwrap();
    let (code, out, _) = casehard(folder.path(), "check --format json run.sh");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(code == 2 && report["problems"][0]["fails"] == true, "{out}");
    let (code, out, _) = casehard(folder.path(), "check --format json .");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(code < 2 && report["problems"][0]["fails"] == false, "{out}");
}

/// A file once all that can be mended is, and what was said about it.
fn mended(name: &str, text: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    let (_, out, err) = casehard(folder.path(), "fix --yes --confidence risky .");
    assert!(!err.contains("internal error"), "{out}{err}");
    (fs::read_to_string(folder.path().join(name)).unwrap(), out + &err)
}

#[test]
fn comments_between_continued_lines_stay() {
    for sign in ['#', ';'] {
        let unit = format!(
            "[Service]\nExecStart=/usr/bin/docker run \\\n  --rm \\\n  {sign} keep me\n  --privileged \\\n  redis:7\n"
        );
        let (new, said) = mended("a.service", &unit);
        assert!(new.contains(&format!("  {sign} keep me\n")), "{new}{said}");
        let unit = format!(
            "[Container]\nImage=docker.io/library/redis:7\nAddCapability=ALL \\\n{sign} keep me\n SYS_ADMIN\n"
        );
        let (new, said) = mended("a.container", &unit);
        assert!(new.contains(&format!("{sign} keep me\n")), "{new}{said}");
    }
}

#[test]
fn a_letter_goes_from_its_group_and_a_last_line_needs_no_end() {
    let (new, said) = mended("a.sh", "docker run -dv /:/x redis:7\n");
    assert!(new.starts_with("docker run -d ") && !new.contains("/:/x"), "{new}{said}");
    let (new, said) = mended("a.container", "[Container]\nImage=docker.io/library/redis:7");
    assert!(new.contains("redis:7\n") && new.contains("DropCapability=ALL"), "{new}{said}");
}

#[test]
fn a_truth_of_systemd_is_mended_in_its_place() {
    for no in ["no", "off", "0", "False", "false"] {
        let unit = format!(
            "[Container]\nImage=docker.io/library/redis:7\nNoNewPrivileges={no}\nPull=never\n"
        );
        let (new, said) = mended("a.container", &unit);
        assert!(new.contains("\nNoNewPrivileges=true\nPull=never\n"), "{new}{said}");
    }
}
