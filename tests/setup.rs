//! What sets casehard up: schemas, completions, manual pages, `init`, and the files that other tools take it by.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use casehard::config::{self, Config, Level};
use casehard::rules;
use serde_json::Value;
use tempfile::TempDir;

const WEAK: &str = "services:\n  web:\n    image: nginx:1.27\n    privileged: true\n";
const GITLAB: &str = ".gitlab/casehard.gitlab-ci.yml";

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, arguments: &str) -> Ran {
    let mut command = Command::cargo_bin("casehard").unwrap();
    command.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    command.env("NO_COLOR", "1").env_remove("COMPOSE_FILE").current_dir(folder);
    let output = command.args(arguments.split_whitespace()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn done(folder: &Path, arguments: &str) -> String {
    let ran = run(folder, arguments);
    assert_eq!(ran.code, 0, "{arguments}: {}", ran.err);
    ran.out
}

/// A repository with a weak file in a folder below.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".git")).unwrap();
    fs::create_dir_all(folder.path().join("deploy")).unwrap();
    fs::write(folder.path().join("deploy/compose.yaml"), WEAK).unwrap();
    folder
}

/// Every file below a folder but those of version control, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut open = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(at) = open.pop() {
        for path in fs::read_dir(at).unwrap().map(|it| it.unwrap().path()) {
            match path.is_dir() {
                true => open.push(path),
                false => found.push(path.strip_prefix(folder).unwrap().display().to_string()),
            }
        }
    }
    found.sort();
    found
}

fn load(text: &str) -> Config {
    let known: Vec<&str> = rules::ALL.iter().map(|it| it.id).collect();
    config::load(text, Path::new("casehard.toml"), &known).unwrap_or_else(|it| panic!("{it}"))
}

/// The text with every key that is commented out put in force.
fn in_force(text: &str) -> String {
    let bare = |it: &str| match it.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') => rest.to_owned(),
        _ => it.to_owned(),
    };
    text.lines().map(|it| bare(it) + "\n").collect()
}

#[test]
fn a_report_is_what_its_schema_says() {
    let folder = repository();
    let schema = |of: &str| -> Value {
        serde_json::from_str(&done(folder.path(), &format!("schema {of}"))).unwrap()
    };
    let check = |format: &str| run(folder.path(), &format!("check --format {format}")).out;
    let report: Value = serde_json::from_str(&check("json")).unwrap();
    jsonschema::validate(&schema("report"), &report).unwrap_or_else(|it| panic!("{it}"));
    let lines = schema("report-lines");
    for line in check("jsonl").lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        jsonschema::validate(&lines, &line).unwrap_or_else(|it| panic!("{it}: {line}"));
    }
    assert!(!jsonschema::is_valid(&schema("report"), &serde_json::json!({ "version": 1 })));
}

#[test]
fn a_configuration_is_what_its_schema_says() {
    let folder = repository();
    let schema: Value = serde_json::from_str(&done(folder.path(), "schema config")).unwrap();
    done(folder.path(), "init");
    let text = fs::read_to_string(folder.path().join("casehard.toml")).unwrap();
    let table: toml::Table =
        in_force(&text).replace("2030-06-30", "\"2030-06-30\"").parse().unwrap();
    let value = serde_json::to_value(table).unwrap();
    jsonschema::validate(&schema, &value).unwrap_or_else(|it| panic!("{it}"));
    // What the program refuses the schema does not take.
    for wrong in [
        "[rules]\nno-such-rule = \"off\"",
        "[rules]\nprivileged = \"hihg\"",
        "[[allow]]\nrule = \"no-such-rule\"\nreason = \"x\"",
        "[[allow]]\nrule = []\nreason = \"x\"",
        "[[allow]]\nrule = \"privileged\"\nreason = \" \"",
        "[[image]]\nrepositories = [\"a\"]\nuidd = 1",
        "[[image]]\nuid = 1",
        "kubernetes = \"abc\"",
        "kubernetes = \"1.99\"",
        "user = \"0:0\"",
        "writable = [\"tmp\"]",
        "writable = [\"/a/../b\"]",
    ] {
        let table: toml::Table = wrong.parse().unwrap();
        let value = serde_json::to_value(table).unwrap();
        assert!(!jsonschema::is_valid(&schema, &value), "{wrong}");
        fs::write(folder.path().join("casehard.toml"), wrong).unwrap();
        assert_eq!(run(folder.path(), "check").code, 2, "{wrong}");
    }
}

#[test]
fn every_shell_gets_completions_of_every_command() {
    let folder = repository();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = done(folder.path(), &format!("completions {shell}"));
        for word in ["fix", "check", "init", "min-severity"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        // Rules are completed where they are asked for.
        assert!(shell == "elvish" || shell == "powershell" || script.contains("runtime-socket"));
    }
    assert_eq!(run(folder.path(), "completions tcsh").code, 2);
}

#[test]
fn manual_pages_are_printed_or_written_for_each_command() {
    let folder = repository();
    let page = done(folder.path(), "man");
    assert!(page.contains(".TH casehard 1"), "{page}");
    done(folder.path(), "man --output pages/man1");
    let pages = names(&folder.path().join("pages/man1"));
    for page in ["casehard.1", "casehard-check.1", "casehard-fix.1", "casehard-init.1"] {
        assert!(pages.iter().any(|it| it == page), "{page}: {pages:?}");
    }
    let check = fs::read_to_string(folder.path().join("pages/man1/casehard-check.1")).unwrap();
    assert!(check.contains("min\\-severity"), "{check}");
    fs::write(folder.path().join("file"), "").unwrap();
    let ran = run(folder.path(), "man --output file");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("file: is a file: name a folder"), "{}", ran.err);
}

#[test]
fn the_configuration_of_init_says_what_holds_without_it() {
    let folder = repository();
    done(folder.path(), "init");
    let text = fs::read_to_string(folder.path().join("casehard.toml")).unwrap();
    let (bare, full, default) = (load(&text), load(&in_force(&text)), Config::default());
    for config in [&bare, &full] {
        assert_eq!(config.user, default.user);
        assert_eq!(config.writable, default.writable);
        assert!(config.exclude.is_empty());
    }
    assert!(bare.rules.is_empty() && bare.allow.is_empty() && bare.target.is_none());
    assert_eq!(full.kubernetes, Some(casehard::evidence::NEWEST_KUBERNETES));
    for rule in rules::ALL {
        assert_eq!(full.rules.get(rule.id), Some(&Level::Severity(rule.severity)), "{}", rule.id);
    }
    assert_eq!((full.allow.len(), full.kinds.len(), full.images.len()), (1, 1, 1));
    // What the images of a configuration say is read where they are used.
    fs::write(folder.path().join("casehard.toml"), in_force(&text)).unwrap();
    let told = done(folder.path(), "images registry.example.com/team/notes:1");
    assert!(told.contains("1500"), "{told}");
}

#[test]
fn init_writes_to_the_root_of_the_repository_and_says_what_to_do_next() {
    let folder = repository();
    let told = done(&folder.path().join("deploy"), "init --hook --ci github");
    assert_eq!(
        names(folder.path()),
        [
            ".github/workflows/casehard.yml",
            ".pre-commit-config.yaml",
            "casehard.toml",
            "deploy/compose.yaml"
        ]
    );
    for line in ["casehard baseline", "--baseline casehard-baseline.json", "pre-commit install"] {
        assert!(told.contains(line), "{told}");
    }
    assert_eq!(run(folder.path(), "check").code, 1);
}

#[test]
fn the_hook_heeds_a_baseline_or_is_told_to() {
    let folder = repository();
    let hook = || fs::read_to_string(folder.path().join(".pre-commit-config.yaml")).unwrap();
    let told = done(folder.path(), "init --hook");
    assert!(hook().contains("# args: [--baseline") && told.contains("put it in force"), "{told}");
    done(folder.path(), "baseline");
    fs::remove_file(folder.path().join(".pre-commit-config.yaml")).unwrap();
    let told = done(folder.path(), "init --hook --force");
    assert!(hook().contains("        args: [--baseline, casehard-baseline.json]\n"), "{}", hook());
    assert!(!told.contains("put it in force"), "{told}");
}

#[test]
fn faults_of_images_have_their_place() {
    let folder = repository();
    let refused = |text: &str, told: &str| {
        fs::write(folder.path().join("casehard.toml"), text).unwrap();
        let ran = run(folder.path(), "check");
        assert!(ran.code == 2 && ran.err.contains(told), "{text}: {}", ran.err);
    };
    refused(
        "[[image]]\nrepositories = [\"a\"]\nuidd = 1\n",
        "casehard.toml:3:1: unknown key `uidd`: did you mean `uid`?",
    );
    refused(
        "# x\n\n[[image]]\nrepositories = [\"a\"]\nlike = \"postgrs\"\n",
        "casehard.toml:5:1: image `a`.like: no entry `postgrs`: did you mean `postgres`?",
    );
    refused(
        "[[image]]\nrepositories = [\"a\"]\nsince = \"3\"\nuntil = \"2\"\n",
        "casehard.toml:3:1: image `a`.since: is later than `until`",
    );
    refused(
        "[[image]]\nrepositories = [\"a:1.2\"]\n",
        "casehard.toml:2:1: image `a:1.2`.repositories: `a:1.2` has a tag",
    );
    refused("[[image]]\nrepositories = [\"a\"]\nuid = \"x\"\n", "casehard.toml:3:7: ");
    refused(
        "[[image]]\nrepositories = [\"a\"]\n\n[[image]]\nrepositories = [\"a\"]\n",
        "casehard.toml:4:1: image `a`.id: is used twice",
    );
    let ranges = "[[image]]\nrepositories = [\"h:5000/a\"]\nsince = \"2.5\"\nuntil = \"2\"\n";
    fs::write(folder.path().join("casehard.toml"), ranges).unwrap();
    assert_eq!(run(folder.path(), "check").code, 1);
}

#[test]
fn init_overwrites_nothing_that_it_is_not_told_to() {
    let folder = repository();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    write("casehard.toml", "# mine\n");
    let ran = run(folder.path(), "init");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("casehard.toml: is there already"), "{}", ran.err);

    write(".pre-commit-config.yaml", "repos: []\n");
    write(".gitlab-ci.yml", "stages: [test]\n");
    let told = done(folder.path(), "init --hook --ci gitlab");
    assert!(told.contains("casehard.toml: left as it is"), "{told}");
    assert!(told.contains("- local: .gitlab/casehard.gitlab-ci.yml"), "{told}");
    assert!(told.contains("- id: casehard") && !told.contains("\nrepos:"), "{told}");
    assert!(told.contains("add this below its `repos:`"), "{told}");
    assert!(read(GITLAB).contains("gl-code-quality-report.json"));

    // What others' files lack is told though nothing is left to write, and only where they lack it.
    let again = done(folder.path(), "init --hook --ci gitlab");
    assert!(again.contains("add this below its `repos:`"), "{again}");
    let hook = again.split("`repos:`:\n\n").nth(1).unwrap().split("\n\n").next().unwrap();
    write(".pre-commit-config.yaml", &format!("repos:\n{hook}\n"));
    let known = done(folder.path(), "init --hook --ci gitlab");
    assert!(
        known.contains(".pre-commit-config.yaml: left as it is; casehard stands in it"),
        "{known}"
    );
    write(".pre-commit-config.yaml", "repos: []\n");

    write(GITLAB, "# mine\n");
    done(folder.path(), "init --hook --ci gitlab --force");
    assert_eq!(read(".pre-commit-config.yaml"), "repos: []\n");
    assert_eq!(read(".gitlab-ci.yml"), "stages: [test]\n");
    assert!(read(GITLAB).contains("casehard check"));
    assert!(read("casehard.toml").contains("[rules]"));
}

#[test]
fn init_writes_all_or_nothing() {
    let folder = repository();
    fs::write(folder.path().join(".github"), "a file where a folder has to be").unwrap();
    let ran = run(folder.path(), "init --ci github");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("casehard.yml: cannot be written"), "{}", ran.err);
    assert_eq!(names(folder.path()), [".github", "deploy/compose.yaml"]);
    assert_eq!(run(folder.path(), "init no/such/folder").code, 2);
}

#[test]
fn what_others_install_is_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, wanted) in [
        ("src/commands/init/github.yml", format!("casehard=={version} ")),
        ("src/commands/init/pre-commit.yaml", format!("\"casehard=={version}\"")),
        ("docs/gitlab/casehard.gitlab-ci.yml", format!("CASEHARD_VERSION: \"{version}\"")),
        ("action.yml", format!("casehard=={version}")),
    ] {
        let text = fs::read_to_string(root.join(path)).unwrap();
        assert!(text.contains(&wanted), "{path}: {wanted}");
    }
}
