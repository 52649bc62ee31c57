//! What the review says of the way back.

use std::process::Command;

use super::driver::Start;
use super::{WEB, without_privileges};

#[test]
fn what_was_written_is_taken_back_as_the_review_says() {
    let state = tempfile::tempdir().unwrap();
    let start = Start { state: state.path(), ..Start::default() };
    let mut review = start.review();
    review.press("y");
    review.press("n");
    let (rest, status) = review.end();
    assert!(rest.contains("\n  `casehard undo` takes it back\r\n"), "{rest}");
    assert_eq!((status, review.web()), (0, without_privileges()));
    let mut undo = Command::new(env!("CARGO_BIN_EXE_casehard"));
    undo.arg("undo").env("XDG_STATE_HOME", state.path());
    assert!(undo.output().unwrap().status.success());
    assert_eq!(review.web(), WEB);
}
