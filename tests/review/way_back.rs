//! What the review says of the way back: before the first question and after the last.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::driver::{Review, Start};
use super::{WEB, review, without_privileges};

#[test]
fn what_is_not_under_version_control_is_said_before_the_first_question() {
    let mut review = review();
    let shown = review.press("d");
    assert!(shown.contains("compose.yaml is not under version control"), "{shown}");
    let (rest, status) = review.end();
    assert!(status == 0 && !rest.contains("takes it back"), "nothing was written: {rest}");
}

fn git(folder: &Path, arguments: &str) -> bool {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]);
    git.args(arguments.split(' ')).current_dir(folder).env_remove("GIT_DIR");
    git.output().is_ok_and(|it| it.status.success())
}

#[test]
fn what_is_not_committed_is_said_before_the_first_question_and_what_is_needs_no_word() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), WEB).unwrap();
    // Not every machine has git.
    if !["init -q", "add .", "commit -q -m all"].iter().all(|it| git(folder.path(), it)) {
        return;
    }
    let mut review = Start::default().review_in(folder);
    let shown = review.press("y");
    assert!(!shown.contains("version control") && !shown.contains("committed"), "{shown}");
    review.press("n");
    review.last("y");
    assert_eq!(review.end().1, 0);
    let Review { folder, .. } = review;
    let args = &["--again", "--rule", "privileged,kept-capabilities"];
    let mut again = Start { args, ..Start::default() }.review_in(folder);
    let shown = again.press("d");
    assert!(shown.contains("everything is asked"), "{shown}");
    assert!(shown.contains("compose.yaml has changes that are not committed"), "{shown}");
    assert_eq!(again.end().1, 0);
}

#[test]
fn what_was_written_is_taken_back_as_the_review_says() {
    let state = tempfile::tempdir().unwrap();
    let start = Start { state: state.path(), ..Start::default() };
    let mut review = start.review();
    review.press("y");
    review.press("n");
    review.last("y");
    let (rest, status) = review.end();
    assert!(rest.contains("\n  `casehard undo` takes it back\r\n"), "{rest}");
    assert_eq!((status, review.web()), (0, without_privileges()));
    let mut undo = Command::new(env!("CARGO_BIN_EXE_casehard"));
    undo.arg("undo").env("XDG_STATE_HOME", state.path()).current_dir(review.folder.path());
    assert!(undo.output().unwrap().status.success());
    assert_eq!(review.web(), WEB);
}
