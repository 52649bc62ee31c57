//! What runs without questions make of what a person wants to know and to take back.

use std::fs;

use super::{WEAK, casehard, folder, run_with};

#[test]
fn undo_takes_the_last_run_below_the_folder_that_it_is_called_in() {
    let files = [("one/compose.yaml", WEAK), ("two/compose.yaml", WEAK), ("none/README", "")];
    let (it, state) = (folder(&files), folder(&[]));
    let run = |place: &str, words: &str| {
        let mut command = casehard();
        command.env("XDG_STATE_HOME", state.path()).current_dir(it.path().join(place));
        let output = command.args(words.split(' ')).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let read = |name: &str| fs::read_to_string(it.path().join(name)).unwrap();
    run("one", "fix --yes .");
    run("two", "fix --yes .");
    let (status, out, err) = run("one", "undo");
    assert_eq!(status, 0, "{err}");
    assert!(out.contains("compose.yaml: as it was before"), "{out}");
    assert_eq!(read("one/compose.yaml"), WEAK);
    assert_ne!(read("two/compose.yaml"), WEAK);
    let (status, _, err) = run("none", "undo");
    assert_eq!(status, 2);
    assert!(err.contains("nothing to undo below this folder: the last run, in "), "{err}");
    assert!(err.contains("is taken back by `casehard undo 20"), "{err}");
    // From above, the undo of the one is the last that was written.
    let (status, out, _) = run(".", "undo");
    assert!(status == 0 && out.contains("the undo of"), "{out}");
}

#[test]
fn a_report_is_written_beside_what_is_told() {
    let it = folder(&[("compose.yaml", WEAK)]);
    let ran = run_with(it.path(), "fix --yes --report report.html .", "");
    assert!(ran.out.contains(" fixed in 1 file"), "{}", ran.out);
    let page = fs::read_to_string(it.path().join("report.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("Posture"), "{page}");
    let ran = run_with(it.path(), "check --report compose.yaml .", "");
    assert!(ran.code == 2 && ran.err.contains("a file that is judged"), "{}", ran.err);
}

#[test]
fn what_was_declined_is_not_said_to_be_fixed_by_yes() {
    let text = "services:\n  web:\n    image: prom/alertmanager:v0.27.0\n";
    let it = folder(&[("compose.yaml", text)]);
    let rule = "--rule kept-capabilities";
    let ran = run_with(it.path(), &format!("check {rule} ."), "");
    assert!(ran.out.contains("1 can be fixed by `casehard fix --yes`"), "{}", ran.out);
    run_with(it.path(), &format!("fix --plan plan.toml {rule} ."), "");
    let plan = fs::read_to_string(it.path().join("plan.toml")).unwrap();
    let line = plan.lines().find(|it| it.starts_with("kept-capabilities.")).unwrap();
    let no = line.replace("answer = \"yes\"", "answer = \"no\"");
    let answers = format!("version = 1\n\"compose.yaml\".\"service web\".{no}\n");
    fs::create_dir(it.path().join(".casehard")).unwrap();
    fs::write(it.path().join(".casehard/decisions.toml"), answers).unwrap();
    let ran = run_with(it.path(), &format!("check {rule} ."), "");
    assert!(!ran.out.contains("can be fixed"), "{}", ran.out);
    assert!(ran.out.contains("1 is left as decided"), "{}", ran.out);
}
