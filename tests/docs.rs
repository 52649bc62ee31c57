//! What is written for people is what the program says: README, examples of rules, help.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use casehard::batch::Batch;
use casehard::finding::Confidence;
use casehard::mend::{Policy, analyse};
use casehard::rules::{self, Rule};
use clap::Parser as _;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn bless() -> bool {
    std::env::var_os("GOLDEN").is_some_and(|it| it == "bless")
}

fn casehard(arguments: &[&str]) -> String {
    let mut command = Command::cargo_bin("casehard").unwrap();
    let output = command.env("NO_COLOR", "1").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn matches_file(path: PathBuf, wanted: &str) {
    if bless() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, wanted).unwrap();
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "{} is out of date: GOLDEN=bless cargo test --test docs",
        path.display()
    );
}

/// The text with what stands between the markers of `name` replaced.
fn between(text: &str, name: &str, new: &str) -> String {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let start = text.find(&open).unwrap_or_else(|| panic!("no {open}")) + open.len();
    let end = start + text[start..].find(&close).unwrap_or_else(|| panic!("no {close}"));
    format!("{}{new}{}", &text[..start], &text[end..])
}

#[test]
fn the_table_of_rules_in_the_readme_is_the_programs() {
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let table = casehard(&["rules", "--markdown"]);
    matches_file(path, &between(&text, "rules", &table));
}

#[test]
fn the_page_of_images_is_the_programs() {
    let page = casehard(&["images", "--format", "markdown"]);
    matches_file(root().join("docs/images.md"), &page);
}

#[test]
fn commands_in_the_readme_are_commands_of_the_program() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        let command = line.split("| ").find_map(|it| it.trim().strip_prefix("casehard "));
        let Some(command) = command.filter(|_| fenced) else { continue };
        let command = command.split(['#', '|']).next().unwrap_or("");
        let words = shell_words::split(command).unwrap();
        let words = std::iter::once("casehard".to_owned()).chain(words);
        if let Err(error) = casehard::cli::Cli::try_parse_from(words) {
            panic!("{line}: {error}");
        }
    }
}

#[test]
fn files_named_in_the_readme_exist() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let words = text.split([' ', '\n', '`', '(', ')']).filter(|it| it.starts_with("golden/"));
    for path in words {
        assert!(root().join(path.trim_end_matches(['.', ','])).exists(), "{path}");
    }
}

fn policy(rule: &Rule) -> Policy {
    let words = ["casehard", "check", "--rule", rule.id, env!("CARGO_MANIFEST_DIR")];
    let cli = casehard::cli::Cli::parse_from(words);
    let casehard::cli::Command::Check(args) = cli.command else { unreachable!() };
    casehard::commands::policy(&args.inputs, Confidence::Likely)
        .unwrap_or_else(|it| panic!("{}", it.0))
}

#[test]
fn the_example_of_every_rule_fires_it() {
    for rule in rules::ALL {
        for example in [rule.example, rule.pod].into_iter().filter(|it| !it.is_empty()) {
            let batch = Batch::stream(example.as_bytes());
            let [project] = batch.projects.as_slice() else { panic!("{}: not read", rule.id) };
            let analysis = analyse(&project.files, &project.members, &policy(rule));
            let fires = analysis.judged.open.iter().any(|it| it.rule == rule.id);
            assert!(fires, "{} does not fire on\n{example}", rule.id);
        }
    }
}

#[test]
fn every_explanation_shows_what_becomes_of_its_example() {
    for rule in rules::ALL {
        let text = casehard::report::rules::with_fixes(rule, 100);
        let forms = 1 + usize::from(!rule.pod.is_empty());
        let ends = text.matches("It becomes:").count() + text.matches("Manual, only").count();
        assert_eq!(ends, forms, "{text}");
    }
    let text = casehard::report::rules::with_fixes(rules::find("privileged").unwrap(), 100);
    assert!(text.contains("\n        privileged: false\n"), "{text}");
    assert!(text.contains("In Kubernetes") && text.contains("  privileged: false"), "{text}");
}

#[test]
fn every_rule_says_why_it_matters_and_what_its_fix_may_break() {
    for rule in rules::ALL {
        let sentence = rule.docs.trim_end().ends_with('.');
        assert!(sentence && rule.docs.len() > 100, "{}: {}", rule.id, rule.docs);
        assert!(!rule.summary.is_empty() && !rule.summary.contains('\n'), "{}", rule.id);
        let batch = Batch::stream(rule.example.as_bytes());
        let project = &batch.projects[0];
        let analysis = analyse(&project.files, &project.members, &policy(rule));
        let fixes = analysis.judged.open.iter().flat_map(|it| &it.fixes);
        for fix in fixes.filter(|it| it.may_break.is_some()) {
            let documented = rule.docs.contains("**The fix may break**");
            assert!(documented, "{}: {}", rule.id, fix.title);
        }
    }
}

#[test]
fn every_rule_has_golden_cases() {
    for rule in rules::ALL {
        let folder = root().join("golden/rules").join(rule.id);
        let cases = fs::read_dir(&folder).map_or(0, Iterator::count);
        assert!(cases > 0, "{}", folder.display());
    }
}

#[test]
fn help_is_as_it_was_read() {
    let mut text = String::new();
    let commands = "fix check undo apply posture learn observe verify baseline explain rules images init schema completions man";
    for command in std::iter::once("").chain(commands.split(' ')) {
        let arguments: Vec<&str> =
            [command, "--help"].into_iter().filter(|it| !it.is_empty()).collect();
        text += &format!("$ casehard {}\n{}\n", arguments.join(" "), casehard(&arguments));
    }
    matches_file(root().join("golden/help.txt"), &text);
}
