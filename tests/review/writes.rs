//! Questions after which something is written: a key that is held down answers none, an editor gets what is accepted.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use super::driver::{Review, Start};
use super::{ASKS, LOCKED, WEB, review, without_privileges};
use expectrl::Expect as _;

#[test]
fn a_key_that_is_held_down_writes_nothing() {
    let mut review = review();
    review.press("y");
    // It comes again and again, faster than anybody can let go.
    review.press("yyyyyyyyyyyyyyyy");
    review.last("yy");
    review.wait("held down: press it once");
    review.last("\r\r\r");
    review.wait("held down: press it once");
    review.last("v");
    review.last("n");
    let (rest, status) = review.end();
    assert!(rest.contains("what was accepted is not written"), "{rest}");
    assert_eq!((status, review.web()), (1, WEB.to_owned()));
}

#[test]
fn an_interrupt_right_after_a_key_writes_nothing() {
    let mut review = review();
    review.press("y");
    review.press("y");
    review.last("y\x03");
    assert_eq!(review.end().1, 130);
    assert_eq!(review.web(), WEB);
}

/// A program that does something to the file it is given.
fn editor(folder: &tempfile::TempDir, script: &str) -> String {
    let path = folder.path().join("editor");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn an_editor_gets_the_file_with_what_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let script = format!("cp \"$1\" {}; sed -i 's/- ALL/- ALL # none/' \"$1\"", seen.display());
    let editor = editor(&folder, &script);
    let mut review = Start { editor: Some(&editor), ..Start::default() }.review();
    review.press("y");
    review.press("E");
    review.confirm("Write this now, with what is accepted in this file?", "y");
    let (rest, status) = review.end();
    assert!(rest.contains("2 findings fixed in 1 file, 0 left"), "{rest}");
    let seen = fs::read_to_string(seen).unwrap();
    assert!(
        seen.contains("privileged: false # why?"),
        "the piece is cut from what is accepted: {seen}"
    );
    let locked = LOCKED.replace("- ALL", "- ALL # none");
    assert_eq!((status, review.web()), (0, format!("{}{locked}", without_privileges())));
}

#[test]
fn what_is_accepted_and_not_written_is_named_with_the_command_that_writes_it() {
    let mut review = review();
    review.press("y");
    review.press("n");
    review.last("n");
    let (rest, status) = review.end();
    let command = "casehard fix --rule privileged --rule kept-capabilities compose.yaml";
    let told = format!("  what was accepted is not written; to write it: {command}\r\n");
    assert!(rest.ends_with(&told), "{rest}");
    assert_eq!((status, review.web()), (1, WEB.to_owned()));
    // The command asks no more than whether to write it.
    let Review { folder, .. } = review;
    let mut again = Start::default().review_in(folder);
    let shown = again.last("y");
    assert!(!shown.contains("Accept this fix?"), "{shown}");
    let (rest, status) = again.end();
    assert!(!rest.contains("not written"), "{rest}");
    assert_eq!((status, again.web()), (0, without_privileges()));
}

#[test]
fn two_sessions_at_a_time_keep_the_answers_of_each_other() {
    let files = &[("a/compose.yaml", WEB), ("b/compose.yaml", WEB)];
    let start = Start { files, ..Start::default() };
    let mut first = start.review();
    first.begin();
    let mut second = start.review_in(Arc::clone(&first.folder));
    second.begin();
    let folder = Arc::clone(&first.folder);
    let kept = || fs::read_to_string(folder.path().join(".casehard/decisions.toml")).unwrap();
    let count = || kept().matches("answer = ").count();
    first.press("y");
    first.wait(ASKS);
    for key in ["J", "n", "n"] {
        second.press(key);
    }
    second.wait(ASKS);
    assert_eq!(count(), 3, "one of the first, two of the second: {}", kept());
    first.session.send("n").unwrap();
    first.last("n");
    first.wait(ASKS);
    assert_eq!(count(), 4, "{}", kept());
    // What one takes back the other one does not bring back.
    second.session.send("b").unwrap();
    second.wait(ASKS);
    assert_eq!(count(), 3, "{}", kept());
    first.session.send("n").unwrap();
    first.wait(ASKS);
    assert_eq!(count(), 3, "{}", kept());
    first.session.send("q").unwrap();
    second.session.send("q").unwrap();
    assert_eq!((first.end().1, second.end().1), (1, 1));
    let kept = kept();
    assert_eq!((kept.matches("\"yes\"").count(), kept.matches("\"no\"").count()), (1, 2), "{kept}");
}
