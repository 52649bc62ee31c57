//! Questions after which something is written: a key that is held down answers none, an editor gets what is accepted.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::driver::Start;
use super::{LOCKED, WEB, review, without_privileges};

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
