//! Where reports go: through links, over files that keep what they are, and never over what is read.

#![cfg(unix)]

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

use super::{WEAK, folder, read, run};

/// Every command that writes a report to a file.
const COMMANDS: [&str; 6] = [
    "check --format json --output",
    "fix --diff --format json --output",
    "fix --yes --confidence risky --format json --output",
    "posture --format json --output",
    "baseline --output",
    "check --baseline base.json --format text --output",
];

fn tree() -> TempDir {
    let it = folder(&[
        ("compose.yaml", WEAK),
        ("casehard.toml", "user = \"7:7\"\n"),
        ("sub/compose.yaml", "include: [../parts/base.yaml]\n"),
        ("parts/base.yaml", WEAK),
        ("ci.env", "A=b\n"),
    ]);
    assert_eq!(run(&it, "baseline --output base.json").code, 0);
    it
}

fn mode(it: &TempDir, name: &str) -> u32 {
    fs::metadata(it.path().join(name)).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_file_keeps_its_mode_and_a_link_stays_one() {
    for command in COMMANDS {
        let it = tree();
        fs::write(it.path().join("old"), "old").unwrap();
        fs::set_permissions(it.path().join("old"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("old", it.path().join("link")).unwrap();
        let ran = run(&it, &format!("{command} link"));
        assert!(ran.code < 2, "{command}: {}", ran.err);
        assert!(fs::symlink_metadata(it.path().join("link")).unwrap().is_symlink(), "{command}");
        assert!(read(&it, "old") != "old" && mode(&it, "old") == 0o640, "{command}");
        // What a link leads to need not be there, and another name of a file stays one.
        symlink("new", it.path().join("next")).unwrap();
        fs::hard_link(it.path().join("old"), it.path().join("twin")).unwrap();
        assert!(run(&it, &format!("{command} next")).code < 2, "{command}");
        assert!(!read(&it, "new").is_empty(), "{command}");
        fs::write(it.path().join("old"), "old").unwrap();
        assert!(run(&it, &format!("{command} old")).code < 2, "{command}");
        assert!(read(&it, "twin") != "old" && read(&it, "twin") == read(&it, "old"), "{command}");
    }
}

#[test]
fn a_file_that_is_read_only_is_refused() {
    for command in COMMANDS {
        let it = tree();
        fs::write(it.path().join("kept"), "kept").unwrap();
        fs::set_permissions(it.path().join("kept"), fs::Permissions::from_mode(0o444)).unwrap();
        let ran = run(&it, &format!("{command} kept"));
        assert!(
            ran.code == 2
                && ran.err.contains("kept: the report cannot be written: the file is read-only"),
            "{}",
            ran.err
        );
        assert_eq!(
            (read(&it, "kept").as_str(), read(&it, "compose.yaml").as_str()),
            ("kept", WEAK)
        );
    }
}

#[test]
fn nothing_that_is_read_is_written_over() {
    let spelled = [
        "compose.yaml",
        "./sub/../compose.yaml",
        "link",
        "twin",
        "sub/compose.yaml",
        "parts/base.yaml",
        "casehard.toml",
        "config",
    ];
    for command in COMMANDS {
        let it = tree();
        symlink("compose.yaml", it.path().join("link")).unwrap();
        symlink("casehard.toml", it.path().join("config")).unwrap();
        fs::hard_link(it.path().join("sub/compose.yaml"), it.path().join("twin")).unwrap();
        let all =
            ["compose.yaml", "sub/compose.yaml", "parts/base.yaml", "casehard.toml", "base.json"];
        let before = all.map(|name| read(&it, name));
        for name in spelled {
            let ran = run(&it, &format!("{command} {name}"));
            assert_eq!(ran.code, 2, "{command} {name}: {}", ran.out);
            assert!(
                ran.err.contains("the report would be written over"),
                "{command} {name}: {}",
                ran.err
            );
            assert_eq!(all.map(|name| read(&it, name)), before, "{command} {name}");
        }
    }
    let it = tree();
    for arguments in [
        "check --baseline base.json --format json --output ./base.json",
        "check --env-file ci.env --format json --output ci.env",
    ] {
        let ran = run(&it, arguments);
        assert!(
            ran.code == 2 && ran.err.contains("would be written over"),
            "{arguments}: {}",
            ran.err
        );
    }
    // A file that cannot be read is one of them, a report of before is not.
    fs::write(it.path().join("bad.yaml"), "services: [\n").unwrap();
    assert_eq!(run(&it, "check --format json --output bad.yaml").code, 2);
    assert_eq!(read(&it, "bad.yaml"), "services: [\n");
    fs::remove_file(it.path().join("bad.yaml")).unwrap();
    for _ in 0..2 {
        assert_eq!(run(&it, "check --output r.json").code, 1);
    }
}

#[test]
fn two_formats_need_two_files() {
    let it = tree();
    fs::write(it.path().join("r"), "").unwrap();
    symlink("r", it.path().join("link")).unwrap();
    fs::hard_link(it.path().join("r"), it.path().join("twin")).unwrap();
    let here = it.path().canonicalize().unwrap().join("r").display().to_string();
    for other in ["r", "./r", "sub/../r", "link", "twin", &here] {
        let ran =
            run(&it, &format!("check --format json --output r --format sarif --output {other}"));
        assert!(
            ran.code == 2 && ran.err.contains("two formats go to this file"),
            "{other}: {}",
            ran.err
        );
        assert_eq!(read(&it, "r"), "");
    }
    let ran = run(&it, "check --format json --output /dev/null --format sarif --output /dev/null");
    assert_eq!(ran.code, 1, "{}", ran.err);
}

/// Standard output under another name is standard output, whatever it is: a pipe, or a file that is not replaced.
#[cfg(target_os = "linux")]
#[test]
fn standard_output_is_known_by_any_name() {
    let it = tree();
    symlink("/proc/self/fd/1", it.path().join("out")).unwrap();
    let piped = run(&it, "check --format json --output out");
    assert!(
        piped.code == 1 && piped.out.starts_with("{\n") && piped.out.ends_with("}\n"),
        "{}",
        piped.out
    );
    assert_eq!(run(&it, "check --format json --output -").out, piped.out);
    assert!(run(&it, "check --output -").out.contains(" in 2 containers "));
    let both = run(&it, "check --format json --output out --format text");
    assert!(
        both.code == 2 && both.err.contains("two formats go to standard output"),
        "{}",
        both.err
    );

    let log = File::create(it.path().join("log")).unwrap();
    let inode = log.metadata().unwrap().ino();
    let mut command = Command::new(cargo_bin("casehard"));
    command.args(["check", "--format", "json", "--output", "out"]).current_dir(it.path());
    let ended = command.stdin(Stdio::null()).stdout(log).status().unwrap();
    assert_eq!((ended.code(), read(&it, "log")), (Some(1), piped.out));
    assert_eq!(fs::metadata(it.path().join("log")).unwrap().ino(), inode);
    let baseline = run(&it, "baseline --output out");
    assert!(
        baseline.out.contains("\"findings\"") && baseline.err.contains("written down"),
        "{}",
        baseline.err
    );
}

/// A pipe with a name is written to, and stays one.
#[cfg(target_os = "linux")]
#[test]
fn a_pipe_is_written_to() {
    let it = tree();
    let made = Command::new("mkfifo").arg(it.path().join("pipe")).status().unwrap();
    assert!(made.success());
    let path = it.path().join("pipe");
    let reader = std::thread::spawn(move || fs::read_to_string(path).unwrap());
    assert_eq!(run(&it, "check --format json --output pipe").code, 1);
    assert!(reader.join().unwrap().starts_with("{\n"));
    assert!(!fs::metadata(it.path().join("pipe")).unwrap().is_file());
}
