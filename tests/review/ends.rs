//! How a session begins and ends: what is asked, what is told, and what is written down of it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use super::driver::{Review, Start};
use super::{LOCKED, RULES, WEB, without_privileges};
use expectrl::Expect as _;

#[test]
fn a_session_ends_with_the_reports_that_were_asked_for() {
    let args =
        &[RULES, &["--report", "report.html", "--format", "json", "--output", "all.json"]].concat();
    let mut review = Start { args, ..Start::default() }.review();
    review.press("y");
    review.press("n");
    review.last("y");
    let (rest, status) = review.end();
    assert!(rest.contains("1 finding fixed in 1 file, 1 left in 1 container of 1 file"), "{rest}");
    assert!(rest.contains("  1 is left as decided: `casehard fix --again` asks anew"), "{rest}");
    assert!(!rest.contains("can be fixed"), "what is declined is not to be fixed: {rest}");
    assert_eq!((status, review.web()), (0, without_privileges()));
    let page = review.file("report.html");
    assert!(page.contains("left by Ann on 20") && page.contains("accepted by Ann on 20"), "{page}");
    let who = "<th scope=\"row\">Ann</th><td class=n>1</td><td class=n>1</td>";
    assert!(page.contains(who), "{page}");
    let all: serde_json::Value = serde_json::from_str(&review.file("all.json")).unwrap();
    assert_eq!((&all["summary"]["fixed"], &all["summary"]["written"]), (&1.into(), &1.into()));
}

#[test]
fn a_format_takes_the_place_of_the_totals() {
    let args = &[RULES, &["--format", "jsonl"]].concat();
    let mut review = Start { args, ..Start::default() }.review();
    review.press("d");
    let (rest, status) = review.end();
    assert!(rest.contains("{\"type\":\"") && !rest.contains("fixed in"), "{rest}");
    assert_eq!(status, 0);
}

#[test]
fn a_file_that_is_written_twice_counts_once() {
    let mut review = Start::default().review();
    review.press("y");
    review.press("W");
    review.last("y");
    review.press("y");
    review.last("y");
    let (rest, status) = review.end();
    assert!(rest.contains("2 findings fixed in 1 file, 0 left"), "{rest}");
    assert_eq!((status, review.web()), (0, format!("{}{LOCKED}", without_privileges())));
}

#[test]
fn what_the_editor_mends_counts() {
    let folder = tempfile::tempdir().unwrap();
    let editor = folder.path().join("editor");
    fs::write(&editor, "#!/bin/sh\nsed -i 's/# why?/# that is why/' \"$1\"\n").unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let editor = editor.to_str().unwrap();
    let mut review = Start { editor: Some(editor), ..Start::default() }.review();
    review.press("E");
    review.confirm("Write this now?", "y");
    review.press("d");
    let (rest, _) = review.end();
    assert!(rest.contains("1 finding fixed in 1 file, 1 left"), "{rest}");
}

#[test]
fn only_what_is_bad_and_sure_enough_is_asked() {
    let args = &[RULES, &["--confidence", "likely"]].concat();
    let mut review = Start { args, ..Start::default() }.review();
    let shown = review.press("y");
    assert!(shown.contains("[1/1] kept-capabilities"), "{shown}");
    review.last("y");
    let (rest, status) = review.end();
    assert!(rest.contains("--confidence likely compose.yaml"), "{rest}");
    assert_eq!((status, review.web()), (0, format!("{WEB}{LOCKED}")));
    let args = &[RULES, &["--min-severity", "critical"]].concat();
    let mut review = Start { args, ..Start::default() }.review();
    let shown = review.press("n");
    assert!(shown.contains("[1/1] privileged"), "{shown}");
    assert_eq!(review.end().1, 0);
}

#[test]
fn what_cannot_be_written_is_said_before_its_first_question() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("compose.yaml");
    fs::write(&path, WEB).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let mut review = Start::default().review_in(folder);
    let shown = review.press("q");
    assert!(
        shown.contains("compose.yaml: the file is read-only: `chmod u+w` it first."),
        "{shown}"
    );
    review.end();
    // Of many it is said before the table.
    let Review { folder, .. } = review;
    fs::create_dir(folder.path().join("b")).unwrap();
    fs::write(folder.path().join("b/compose.yaml"), WEB).unwrap();
    let mut review = Start { files: &[], ..Start::default() }.review_in(folder);
    let shown = review.reply("Where to begin?", "q");
    assert!(shown.contains("Cannot be written: compose.yaml: the file is read-only"), "{shown}");
    review.end();
}

#[test]
fn answers_to_files_that_are_gone_are_said_and_forgotten_on_request() {
    let mut review = Start::default().review();
    review.press("n");
    review.press("n");
    review.end();
    let Review { folder, .. } = review;
    let at = |name: &str| folder.path().join(name);
    fs::rename(at("compose.yaml"), at("docker-compose.yaml")).unwrap();
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
        command.args(words).args(RULES).current_dir(folder.path());
        let output = command.output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let gone =
        "2 answers are about files or containers that are not there (service web, compose.yaml)";
    assert!(run(&["check", "-v", "."]).contains(gone), "{}", run(&["check", "-v", "."]));
    assert!(!run(&["check", "."]).contains("not there"));
    assert!(run(&["fix", "--diff", "."]).contains(gone));
    let renamed = WEB.replace("web:", "site:");
    fs::write(at("compose.yaml"), renamed).unwrap();
    assert!(run(&["check", "-v", "."]).contains(gone), "the container is gone");
    fs::remove_file(at("compose.yaml")).unwrap();
    let mut again = Start::default().review_in(folder);
    let shown = again.press("q");
    assert!(shown.replace("\r\n  ", " ").contains(gone), "{shown}");
    again.end();
    let Review { folder, .. } = again;
    let args = &[RULES, &["--again"]].concat();
    let mut anew = Start { args, ..Start::default() }.review_in(folder);
    anew.press("n");
    anew.press("q");
    anew.end();
    assert!(!anew.decisions().contains("\"compose.yaml\""), "{}", anew.decisions());
    assert!(anew.decisions().contains("\"docker-compose.yaml\""), "{}", anew.decisions());
}

#[test]
fn answers_that_somebody_names_are_there() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), WEB).unwrap();
    for words in
        [&["check"][..], &["fix", "--yes"], &["fix", "--diff"], &["posture"], &["baseline"]]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
        command.args(words).args(["--decisions", "typo.toml", "."]).current_dir(folder.path());
        let output = command.output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(err.contains("typo.toml: there is no such file of answers"), "{words:?}: {err}");
        assert_eq!(output.status.code(), Some(2));
    }
    let args = &[RULES, &["--decisions", "new.toml"]].concat();
    let mut review = Start { args, ..Start::default() }.review_in(folder);
    review.press("n");
    review.press("q");
    review.end();
    assert!(review.file("new.toml").contains("answer = \"no\""));
}

#[test]
fn a_file_is_one_whatever_links_lead_to_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("real")).unwrap();
    fs::write(folder.path().join("real/compose.yaml"), WEB).unwrap();
    symlink("real", folder.path().join("link")).unwrap();
    let args = &[RULES, &["link"]].concat();
    let mut review = Start { args, ..Start::default() }.review_in(folder);
    review.press("n");
    review.press("q");
    review.end();
    assert!(review.decisions().contains("\"real/compose.yaml\""), "{}", review.decisions());
    let Review { folder, .. } = review;
    let args = &[RULES, &["real"]].concat();
    let mut again = Start { args, ..Start::default() }.review_in(folder);
    let shown = again.press("q");
    assert!(shown.contains("[2/2]"), "{shown}");
    again.end();
}

#[test]
fn one_long_line_is_shown_whole_and_wrapped() {
    let rest: String = (0..40).map(|it| format!(", \"x-{it}\": \"some value\"")).collect();
    let json = format!(
        "{{\"services\": {{\"web\": {{\"image\": \"a\", \"privileged\": true}}}}{rest}}}\n"
    );
    let files: &[(&str, &str)] = &[("compose.json", &json)];
    let args = &["--rule", "privileged"];
    let mut review = Start { files, args, ..Start::default() }.review();
    review.press("y");
    review.wait("[y,n,v,b]");
    review.wait("(Enter:");
    review.session.send("v").unwrap();
    let shown = review.last("n");
    assert!(shown.contains("\"x-20\"") && shown.contains("\"x-39\""), "{shown}");
    assert!(shown.split("\r\n").all(|it| it.chars().count() <= 80), "{shown}");
    review.end();
}
