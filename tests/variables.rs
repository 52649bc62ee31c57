//! Variables of Compose files, as the program is called with them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;

const SERVICE: &str = "services:\n  api:\n    image: example\n    user: ${U}\n    read_only: true\n    tmpfs:\n      - /tmp\n    cap_drop:\n      - ALL\n    security_opt:\n      - no-new-privileges:true\n    privileged: ${P:-false}\n";

struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Runs in an environment that sets P to false.
fn run(folder: &Path, arguments: &str, input: &str) -> Ran {
    let mut command = Command::cargo_bin("casehard").unwrap();
    command.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    command
        .env_remove("COMPOSE_FILE")
        .env_remove("COMPOSE_ENV_FILES")
        .env("P", "false")
        .current_dir(folder);
    let output = command.args(arguments.split_whitespace()).write_stdin(input).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn variables_come_from_files_and_from_the_shell_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let files = [
        ("compose.yaml", SERVICE),
        ("one.env", "U=1:1\nP=true\n"),
        ("two.env", "P=no\n"),
        ("bad.env", "U=1:1\n{x}=1\n"),
    ];
    files.iter().for_each(|it| fs::write(folder.join(it.0), it.1).unwrap());
    let check =
        |arguments: &str| run(folder, &format!("check --format full {arguments} compose.yaml"), "");
    let without = check("");
    assert_eq!(without.code, 1, "{}", without.out);
    assert!(without.out.contains("nothing says what U is"), "{}", without.out);
    let one = check("--env-file one.env");
    assert!(one.out.contains("`one.env:2` sets P: change it there"), "{}", one.out);
    assert_eq!(check("--env-file one.env --env-file two.env").code, 0);
    assert_eq!(check("--env-file missing.env").code, 2);
    let bad = check("--env-file bad.env");
    assert_eq!(bad.code, 2);
    assert!(bad.err.contains("bad.env:2"), "{}", bad.err);

    fs::rename(folder.join("one.env"), folder.join(".env")).unwrap();
    let streamed = run(folder, "check --format full -", SERVICE);
    assert!(streamed.out.contains("`.env:2` sets P"), "{}", streamed.out);
    assert_eq!(check("").code, 1);
    assert_eq!(check("--env-from-shell").code, 0);
}

#[test]
fn files_of_variables_come_from_the_environment_where_the_command_line_names_none() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let files = [
        ("compose.yaml", SERVICE),
        (".env", "U=1:1\nP=true\n"),
        ("one.env", "U=1:1\nP=true\n"),
        ("two.env", "P=no\n"),
    ];
    files.iter().for_each(|it| fs::write(folder.join(it.0), it.1).unwrap());
    let check = |listed: &str, arguments: &str| {
        let mut command = Command::cargo_bin("casehard").unwrap();
        command.env("COMPOSE_ENV_FILES", listed).current_dir(folder);
        let arguments = format!("check --format full {arguments} compose.yaml");
        let output = command.args(arguments.split_whitespace()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout) + &text(output.stderr))
    };
    let (_, said) = check("one.env", "");
    assert!(said.contains("`one.env:2` sets P: change it there"), "{said}");
    assert_eq!(check("one.env,two.env", "").0, Some(0), "the last wins, and .env takes no part");
    let (_, said) = check("", "");
    assert!(said.contains("`.env:2` sets P: change it there"), "{said}");
    let (_, said) = check("one.env", "--env-file two.env");
    assert!(said.contains("nothing says what U is"), "the command line wins: {said}");
    let (code, said) = check("gone.env", "");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("COMPOSE_ENV_FILES: gone.env"), "{said}");
}

#[test]
fn variables_without_end_cost_no_more_than_their_length() {
    let folder = tempfile::tempdir().unwrap();
    let deep = "${A:-".repeat(45_000) + &"}".repeat(45_000);
    let text = format!(
        "services:\n  a:\n    image: x\n    user: \"{deep}\"\n    privileged: \"{deep}\"\n"
    );
    fs::write(folder.path().join("compose.yaml"), text).unwrap();
    let ran = run(folder.path(), "check --rule unknown-setting compose.yaml", "");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("2 findings"), "{}", ran.out);
}
