//! The program as it is called: exit codes, diffs, filters, options.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "cli/above.rs"]
mod above;
#[path = "cli/baselines.rs"]
mod baselines;
#[path = "cli/elsewhere.rs"]
mod elsewhere;
#[path = "cli/emit.rs"]
mod emit;
#[path = "cli/engines.rs"]
mod engines;
#[path = "cli/kustomize.rs"]
mod kustomize;
#[path = "cli/moved.rs"]
mod moved;
#[path = "cli/outputs.rs"]
mod outputs;
#[path = "cli/patched.rs"]
mod patched;
#[path = "cli/patches.rs"]
mod patches;
#[path = "cli/plan.rs"]
mod plan;
#[path = "cli/probes.rs"]
mod probes;
#[path = "cli/progress.rs"]
mod progress;
#[path = "cli/reports.rs"]
mod reports;
#[path = "cli/sessions.rs"]
mod sessions;
#[path = "cli/shown.rs"]
mod shown;
#[path = "cli/telling.rs"]
mod telling;
#[path = "cli/undo.rs"]
mod undo;
#[path = "cli/waivers.rs"]
mod waivers;
#[path = "cli/walking.rs"]
mod walking;

use std::fs;
use std::path::Path;
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use tempfile::TempDir;

/// Most of its fixes are risky; that of the mount is likely.
const WEAK: &str = "services:\n  web:\n    image: example\n    privileged: true # why\n    ipc: host\n    volumes:\n      - /etc/localtime:/etc/localtime\n";
const GOOD: &str = "services:\n  api:\n    image: example\n    user: \"10001:10001\"\n    read_only: true\n    tmpfs:\n      - /tmp\n    cap_drop:\n      - ALL\n    security_opt:\n      - no-new-privileges:true\n";

/// Where runs of the tests keep what they write over.
const STATE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/state");

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The program; what it writes over is kept apart from what the user's own runs do.
fn casehard() -> Command {
    let mut command = Command::cargo_bin("casehard").unwrap();
    command.env("XDG_STATE_HOME", STATE);
    command
}

fn run_with(folder: &Path, arguments: &str, input: &str) -> Ran {
    let mut command = casehard();
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("COMPOSE_FILE");
    command.current_dir(folder);
    let output = command.args(arguments.split_whitespace()).write_stdin(input).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn run(folder: &TempDir, arguments: &str) -> Ran {
    run_with(folder.path(), arguments, "")
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn exit_codes_tell_what_became_of_the_run() {
    let it = folder(&[("weak.yaml", WEAK), ("good.yaml", GOOD), ("bad.yaml", "services: [\n")]);
    for (arguments, code) in [
        ("check good.yaml", 0),
        ("check weak.yaml", 1),
        ("check weak.yaml --min-severity critical", 1),
        ("check weak.yaml --rule host-ipc --min-severity critical", 0),
        ("check bad.yaml", 2),
        ("check missing.yaml", 2),
        ("fix --check weak.yaml", 1),
        ("fix --diff weak.yaml", 1),
        ("fix --diff good.yaml", 0),
        ("fix --diff bad.yaml weak.yaml", 2),
        ("fix weak.yaml", 2),
        ("fix --yes good.yaml", 0),
        ("fix --yes bad.yaml good.yaml", 2),
        ("fix --yes weak.yaml", 0),
        ("nonsense", 2),
        ("check --rule nonsense good.yaml", 2),
    ] {
        let ran = run(&it, arguments);
        assert_eq!(ran.code, code, "{arguments}\n{}{}", ran.out, ran.err);
    }
}

#[test]
fn without_a_terminal_the_review_says_what_would_do() {
    let it = folder(&[("compose.yaml", WEAK)]);
    let ran = run(&it, "fix");
    for word in ["--yes", "--diff", "--check"] {
        assert!(ran.err.contains(word), "{}", ran.err);
    }
    assert_eq!(read(&it, "compose.yaml"), WEAK);
}

#[test]
fn yes_writes_by_confidence() {
    for (confidence, privileged, ipc) in
        [("safe", true, true), ("likely", true, true), ("risky", false, false)]
    {
        let it = folder(&[("compose.yaml", WEAK)]);
        run(&it, &format!("fix --yes --confidence {confidence}"));
        let text = read(&it, "compose.yaml");
        assert_eq!(text.contains("privileged: true # why"), privileged, "{text}");
        assert_eq!(text.contains("ipc: host"), ipc, "{text}");
    }
}

#[test]
fn the_summary_says_how_much_is_left_and_why() {
    let it = folder(&[("compose.yaml", WEAK)]);
    let ran = run(&it, "fix --yes");
    assert!(ran.out.contains("fixed in 1 file") && ran.out.contains("left in"), "{}", ran.out);
    assert!(ran.out.contains("--confidence risky"), "{}", ran.out);
}

/// The diff of a tree, applied by another program, gives what `--yes` writes.
#[track_caller]
fn applied(program: &str, arguments: &[&str], files: &[(&str, &str)], check: impl Fn(&str, &str)) {
    let (patched, written) = (folder(files), folder(files));
    let diff = run(&patched, "fix --diff --confidence risky");
    run(&written, "fix --yes --confidence risky");
    let mut child = Process::new(program)
        .args(arguments)
        .current_dir(patched.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn();
    // Not every machine has a patch program.
    let Ok(child) = &mut child else { return };
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), diff.out.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{program} refuses\n{}", diff.out);
    for (name, _) in files {
        assert_eq!(read(&patched, name), read(&written, name), "{name}");
        check(name, &read(&patched, name));
    }
}

/// Files that need a fix are patched, others are not.
#[cfg(unix)]
fn applied_where_needed(program: &str, arguments: &[&str]) {
    let files = [
        ("a/compose.yaml", WEAK),
        ("a/b/docker-compose.yml", "services:\r\n  x:\r\n    image: é\r\n    privileged: true"),
        ("good.yaml", GOOD),
    ];
    applied(program, arguments, &files, |name, patched| {
        let text = files.iter().find(|it| it.0 == name).unwrap().1;
        assert_eq!(patched == text, name == "good.yaml");
    });
}

#[test]
fn git_applies_the_diff() {
    applied_where_needed("git", &["apply", "-"]);
}

#[test]
fn patch_applies_the_diff() {
    applied_where_needed("patch", &["-p1", "--binary"]);
}

#[test]
fn a_diff_writes_nothing() {
    let it = folder(&[("compose.yaml", WEAK)]);
    let ran = run(&it, "fix --diff compose.yaml");
    assert!(ran.out.starts_with("--- a/compose.yaml\n+++ b/compose.yaml\n@@ "), "{}", ran.out);
    assert!(ran.err.contains("would be fixed in 1 file"), "{}", ran.err);
    assert_eq!(read(&it, "compose.yaml"), WEAK);
}

#[test]
fn standard_input_becomes_standard_output() {
    let it = folder(&[]);
    let ran = run_with(it.path(), "fix --yes --confidence risky -", WEAK);
    assert_eq!(ran.code, 0);
    assert!(
        ran.out.starts_with("services:\n  web:\n    image: example\n    privileged: false # why\n"),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("fixed"), "{}", ran.err);
    assert_eq!(run_with(it.path(), "fix -", GOOD).out, GOOD);
    assert_eq!(run_with(it.path(), "fix -", "hello: world\n").out, "hello: world\n");
    assert_eq!(run_with(it.path(), "fix -", "").out, "");
    assert_eq!(run_with(it.path(), "check -", WEAK).code, 1);
    let bad = run_with(it.path(), "fix -", "services: [\n");
    assert!(bad.code == 2 && bad.out.is_empty() && bad.err.contains("<stdin>:2:1"), "{}", bad.err);
    assert_eq!(run_with(it.path(), "fix - other.yaml", "").code, 2);
}

#[test]
fn colour_follows_the_wish() {
    let it = folder(&[("compose.yaml", WEAK)]);
    let colored = |ran: Ran| ran.out.contains('\u{1b}');
    assert!(!colored(run(&it, "check")));
    assert!(colored(run(&it, "check --color always")));
    assert!(!colored(run(&it, "check --color never")));
    let with = |name: &str| {
        let mut command = casehard();
        let output = command.env(name, "1").arg("check").current_dir(it.path()).output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!with("NO_COLOR") && with("CLICOLOR_FORCE"));
}

#[test]
fn a_reader_that_goes_away_is_no_matter() {
    let mut text = "services:\n".to_owned();
    for number in 0..500 {
        text += &format!("  s{number}: {{image: a, privileged: true}}\n");
    }
    let it = folder(&[("compose.yaml", &text)]);
    let binary = assert_cmd::cargo::cargo_bin("casehard");
    let mut child = Process::new(binary)
        .arg("check")
        .current_dir(it.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.code().is_some());
}

#[test]
fn rules_are_chosen_and_skipped() {
    let it = folder(&[("compose.yaml", WEAK)]);
    let found = |arguments: &str| {
        let out = run(&it, &format!("{arguments} --format full")).out;
        ["privileged", "host-ipc", "root-user"].map(|it| out.contains(&format!("[{it}]")))
    };
    assert_eq!(found("check"), [true, true, true]);
    assert_eq!(found("check --rule privileged"), [true, false, false]);
    assert_eq!(found("check --rule privileged,host-ipc"), [true, true, false]);
    assert_eq!(found("check --skip privileged --skip host-ipc"), [false, false, true]);
    assert_eq!(found("check --rule -privileged,-host-ipc"), [false, false, true]);
    let ran = run(&it, "check --rule priviledged");
    assert!(ran.err.contains("did you mean `privileged`?"), "{}", ran.err);
    let ran = run(&it, "explain root-usr");
    assert!(ran.code == 2 && ran.err.contains("did you mean `root-user`?"), "{}", ran.err);
}

#[test]
fn values_come_from_the_command_line() {
    let it = folder(&[("compose.yaml", WEAK)]);
    run(&it, "fix --yes --confidence risky --user 1000:2000 --writable /run,/tmp");
    let text = read(&it, "compose.yaml");
    assert!(text.contains("user: \"1000:2000\"") && text.contains("- /run:mode=1777"), "{text}");
    for wrong in ["--user 0:0", "--user root", "--writable tmp", "--kubernetes 2.1"] {
        assert_eq!(run(&it, &format!("check {wrong}")).code, 2, "{wrong}");
    }
}

#[test]
fn the_configuration_is_found_upwards_and_can_be_named() {
    let config =
        "user = \"7000:7001\"\n[rules]\nprivilege-escalation = \"off\"\nhost-ipc = \"info\"\n";
    let files = [
        ("casehard.toml", config),
        ("a/b/compose.yaml", WEAK),
        ("other.toml", "user = \"8000:8000\"\n"),
    ];
    let it = folder(&files);
    let inside = run_with(&it.path().join("a/b"), "fix --diff --confidence risky", "").out;
    assert!(inside.contains("7000:7001") && !inside.contains("no-new-privileges"), "{inside}");
    let outside = run(&it, "fix --diff --confidence risky a").out;
    assert!(outside.contains("7000:7001"), "{outside}");
    assert!(run(&it, "check --format full a").out.contains("info[host-ipc]"));
    let named = run(&it, "fix --diff --confidence risky --config other.toml a").out;
    assert!(named.contains("8000:8000") && named.contains("no-new-privileges"), "{named}");
    assert_eq!(run(&it, "check --config missing.toml a").code, 2);
}

#[test]
fn mistakes_in_the_configuration_are_told_with_their_place() {
    let it = folder(&[
        ("casehard.toml", "user = \"7000:7001\"\nwriteable = []\n"),
        ("compose.yaml", WEAK),
    ]);
    let ran = run(&it, "check");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("casehard.toml:2") && ran.err.contains("writable"), "{}", ran.err);
}

#[test]
fn allowed_findings_are_waived_by_path_and_container() {
    let config = "[[allow]]\nrule = \"privileged\"\npath = \"deploy/**\"\ncontainer = \"web\"\nreason = \"the agent\"\n";
    let files =
        [("casehard.toml", config), ("deploy/x/compose.yaml", WEAK), ("compose.yaml", WEAK)];
    let it = folder(&files);
    for arguments in ["check --rule privileged", "check --rule privileged ."] {
        let ran = run(&it, arguments);
        assert_eq!(ran.out.matches(" privileged  ").count(), 1, "{}", ran.out);
        assert!(ran.out.contains("1 waived"), "{}", ran.out);
    }
    let below = run_with(&it.path().join("deploy/x"), "check --rule privileged compose.yaml", "");
    assert_eq!(below.code, 0, "{}", below.out);
}

#[test]
fn every_rule_is_listed_and_explained() {
    let it = folder(&[]);
    let (list, all) = (run(&it, "rules").out, run(&it, "explain").out);
    for rule in casehard::rules::ALL {
        assert!(list.contains(rule.id) && all.contains(rule.summary), "{}", rule.id);
    }
    assert!(run(&it, "explain runtime-socket").out.contains("docker.sock"));
}

#[test]
fn what_a_named_file_takes_from_another_is_reported_where_it_stands() {
    let base = "services:\n  base:\n    image: example\n    privileged: true\n    pid: host\n";
    let heir =
        "services:\n  web:\n    extends: {file: base.yaml, service: base}\n    user: \"5:5\"\n";
    let it = folder(&[("base.yaml", base), ("compose.yaml", heir)]);
    let found = run(&it, "check --format full --rule privileged,host-pid compose.yaml");
    assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    assert!(
        found.out.contains("base.yaml:4:17") && found.out.contains("service web"),
        "{}",
        found.out
    );
    assert!(found.out.contains("name that one too"), "{}", found.out);
    // In the whole tree the base answers for it.
    let all = run(&it, "check --rule privileged,host-pid .");
    assert!(!all.out.contains("service web"), "{}", all.out);
    // What a scalar can hide is hidden, the rest is left.
    let fixed = run(&it, "fix --yes --confidence risky --rule privileged,host-pid compose.yaml");
    assert_eq!((fixed.code, read(&it, "base.yaml").as_str()), (0, base), "{}", fixed.err);
    assert_eq!(read(&it, "compose.yaml"), format!("{heir}    privileged: false\n"));
    // A stronger file that nobody named cannot be hidden from below.
    fs::write(it.path().join("compose.override.yaml"), "services: {web: {privileged: true}}\n")
        .unwrap();
    let left = run(&it, "fix --yes --confidence risky --rule privileged compose.yaml");
    assert_eq!((left.code, left.err.as_str()), (0, ""), "{}", left.out);
    assert!(left.out.contains("1 left"), "{}", left.out);
}

#[test]
fn the_environment_lists_what_is_merged() {
    let rest = "services:\n  web:\n    privileged: false\n";
    let it = folder(&[("a.yaml", WEAK), ("b.yaml", rest), ("c.yaml", WEAK)]);
    fs::write(it.path().join(".env"), "COMPOSE_FILE=c.yaml\n").unwrap();
    let check = |list: &str, file: &str| {
        let mut command = casehard();
        command.current_dir(it.path()).env("COMPOSE_FILE", list).env_remove("CLICOLOR_FORCE");
        command.args(["check", "--rule", "privileged", file]).output().unwrap().status.code()
    };
    assert_eq!(check("", "a.yaml"), Some(1));
    assert_eq!(check("a.yaml:b.yaml", "a.yaml"), Some(0));
    assert_eq!(check("a.yaml:b.yaml", "c.yaml"), Some(1));
}
