//! Saved plans: made in one place, done in another, refused where something changed.

use std::fs;
use std::path::Path;

use super::{folder, run_with};

const WEB: &str = "services:\n  web:\n    image: postgres:16\n    privileged: true\n";

fn two() -> tempfile::TempDir {
    folder(&[("a/compose.yaml", WEB), ("b/compose.yaml", WEB)])
}

fn copy(from: &Path) -> tempfile::TempDir {
    let to = two();
    fs::copy(from.join("plan.toml"), to.path().join("plan.toml")).unwrap();
    to
}

#[test]
fn a_plan_is_done_elsewhere_exactly_as_yes_would() {
    let made = two();
    let plan = run_with(made.path(), "fix --plan plan.toml --confidence risky .", "");
    assert_eq!(plan.code, 1, "{}", plan.err);
    assert!(plan.out.contains("casehard apply plan.toml"), "{}", plan.out);
    assert_eq!(fs::read_to_string(made.path().join("a/compose.yaml")).unwrap(), WEB);
    let text = fs::read_to_string(made.path().join("plan.toml")).unwrap();
    assert!(text.contains("confidence = \"risky\"") && text.contains("set privileged"), "{text}");

    let there = copy(made.path());
    let done = run_with(there.path(), "apply plan.toml", "");
    assert_eq!((done.code, &*done.err), (0, ""), "{}", done.out);
    assert!(done.out.contains("2 files written as planned"), "{}", done.out);
    run_with(made.path(), "fix --yes --confidence risky .", "");
    for file in ["a/compose.yaml", "b/compose.yaml"] {
        let text = |it: &Path| fs::read_to_string(it.join(file)).unwrap();
        assert_eq!(text(there.path()), text(made.path()));
        assert_ne!(text(there.path()), WEB);
    }
    let again = run_with(there.path(), "apply plan.toml", "");
    assert_eq!((again.code, &*again.err), (0, ""));
    assert_eq!(again.out, "already applied: 2 files are as planned; nothing to do\n");
}

#[test]
fn a_plan_that_was_cut_off_is_done_to_its_end() {
    let made = two();
    run_with(made.path(), "fix --plan plan.toml .", "");
    let there = copy(made.path());
    run_with(made.path(), "apply plan.toml", "");
    fs::copy(made.path().join("a/compose.yaml"), there.path().join("a/compose.yaml")).unwrap();
    let done = run_with(there.path(), "apply plan.toml", "");
    assert_eq!((done.code, &*done.err), (0, ""));
    assert!(done.out.contains("1 file written as planned, 1 as planned already"), "{}", done.out);
    // What was written and then changed is neither.
    fs::write(there.path().join("a/compose.yaml"), format!("{WEB}# new\n")).unwrap();
    let done = run_with(there.path(), "apply plan.toml", "");
    assert!(done.out.contains("0 files written as planned, 1 as planned already, 1 refused"));
    assert_eq!(done.code, 2);
}

#[test]
fn what_changed_since_is_refused_and_the_rest_is_done() {
    let made = two();
    run_with(made.path(), "fix --plan plan.toml .", "");
    let there = copy(made.path());
    let changed = format!("{WEB}# new\n");
    fs::write(there.path().join("a/compose.yaml"), &changed).unwrap();
    let done = run_with(there.path(), "apply plan.toml", "");
    assert_eq!(done.code, 2);
    assert!(done.err.contains("a/compose.yaml: not written: it changed since"), "{}", done.err);
    assert_eq!(fs::read_to_string(there.path().join("a/compose.yaml")).unwrap(), changed);
    assert_ne!(fs::read_to_string(there.path().join("b/compose.yaml")).unwrap(), WEB);
}

#[test]
fn a_plan_that_was_tampered_with_writes_nothing_else() {
    let made = two();
    run_with(made.path(), "fix --plan plan.toml .", "");
    let plan = made.path().join("plan.toml");
    let text = fs::read_to_string(&plan).unwrap();
    let first = text.find("after = \"").unwrap() + 9;
    let forged = format!("{}{}{}", &text[..first], "0".repeat(64), &text[first + 64..]);
    fs::write(&plan, forged).unwrap();
    let done = run_with(made.path(), "apply plan.toml", "");
    assert_eq!(done.code, 2);
    assert!(done.err.contains("something else would come of it now"), "{}", done.err);
    fs::write(&plan, text.replace("arguments = [", "arguments = [\"--nonsense\", ")).unwrap();
    let done = run_with(made.path(), "apply plan.toml", "");
    assert!(done.code == 2 && done.err.contains("make the plan anew"), "{}", done.err);
    let none = run_with(made.path(), "apply nothing.toml", "");
    assert!(none.code == 2 && none.err.contains("nothing.toml"), "{}", none.err);
}

#[test]
fn answers_hold_in_a_plan() {
    let made = two();
    let answers = "version = 1\n\"a/compose.yaml\".\"service web\".values = { user = \"70:70\", by = \"A\", on = \"2026-01-01\" }\n";
    fs::create_dir(made.path().join(".casehard")).unwrap();
    fs::write(made.path().join(".casehard/decisions.toml"), answers).unwrap();
    run_with(made.path(), "fix --plan plan.toml .", "");
    let there = copy(made.path());
    let done = run_with(there.path(), "apply plan.toml", "");
    assert_eq!(done.code, 0, "{}", done.err);
    let text = fs::read_to_string(there.path().join("a/compose.yaml")).unwrap();
    assert!(text.contains("user: \"70:70\""), "{text}");
}
