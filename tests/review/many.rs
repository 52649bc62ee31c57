//! Decisions for many at once, and those that last.

use std::fs;

use expectrl::Expect as _;

use super::driver::{Review, Start};
use super::{ASKS, LOCKED, WEB, without_privileges};

const THREE: &[(&str, &str)] =
    &[("a/compose.yaml", WEB), ("b/compose.yaml", WEB), ("c/compose.yaml", WEB)];

/// Waits for what a key for many covers, then presses a key.
fn decide(review: &mut Review, text: &str, key: &str) -> String {
    let shown = review.wait(text);
    review.reply(ASKS, key);
    shown
}

#[test]
fn a_rule_is_decided_everywhere_after_its_samples_were_seen() {
    let mut review = Start { files: THREE, ..Start::default() }.review();
    review.begin();
    review.press("r");
    let shown = decide(&mut review, "Decide for all 3?", "n");
    assert!(shown.contains("privileged: 3 questions in 3 files (3 risky)"), "{shown}");
    for file in ["a/compose.yaml", "b/compose.yaml", "c/compose.yaml"] {
        assert!(
            shown.contains("service web: risky, set privileged to false") && shown.contains(file),
            "{shown}"
        );
    }
    review.press("r");
    decide(&mut review, "Decide for all 3?", "y");
    let shown = review.last("y");
    assert!(shown.contains("Write 3 fixes to 3 files?"), "{shown}");
    assert_eq!(review.end().1, 0);
    assert_eq!(review.file("c/compose.yaml"), format!("{WEB}{LOCKED}"));
}

#[test]
fn a_key_for_many_is_taken_back_as_one() {
    let mut review = Start { files: THREE, ..Start::default() }.review();
    review.begin();
    review.press("i");
    let shown = decide(&mut review, "Decide for all 6?", "l");
    assert!(shown.contains("image prom/alertmanager:v0.27.0: 6 questions"), "{shown}");
    review.press("b");
    let shown = review.press("s");
    assert!(shown.contains("[1/2] privileged"), "{shown}");
    decide(&mut review, "Decide for all 3?", "x");
    review.press("D");
    review.confirm("Leave 6 findings as they are?", "y");
    assert_eq!(review.end().1, 0);
    assert_eq!(review.file("a/compose.yaml"), WEB);
}

#[test]
fn what_holds_only_with_another_fix_is_told_before_it_is_decided_for_all() {
    const REDIS: &str = "services:\n  a:\n    image: redis:7\n";
    let files = &[("a/compose.yaml", REDIS), ("b/compose.yaml", REDIS)];
    let mut review = Start { files, args: &["."], ..Start::default() }.review();
    review.begin();
    let shown = review.press("j");
    assert!(shown.contains("kept-capabilities"), "{shown}");
    review.press("r");
    let shown = decide(&mut review, "Decide for all 2?", "x");
    assert!(
        shown.contains("2 of them can be written only together with a fix of `root-user`"),
        "{shown}"
    );
    review.press("k");
    review.press("y");
    review.press("r");
    let shown = decide(&mut review, "Decide for all 2?", "x");
    assert!(shown.contains("1 of them can be written only together"), "{shown}");
}

#[test]
fn a_rule_is_decided_from_the_table() {
    let mut review = Start { files: THREE, ..Start::default() }.review();
    decide(&mut review, "Where to begin?", "2");
    let shown = decide(&mut review, "Decide for all 3?", "y");
    assert!(shown.contains("kept-capabilities: 3 questions in 3 files (3 likely)"), "{shown}");
    decide(&mut review, "Where to begin?", "1");
    decide(&mut review, "Decide for all 3?", "y");
    review.last("y");
    assert_eq!(review.end().1, 0);
    assert_eq!(review.file("b/compose.yaml"), format!("{}{LOCKED}", without_privileges()));
}

#[test]
fn images_and_folders_are_decided_from_the_table_and_numbers_stay() {
    let other = WEB.replace("prom/alertmanager:v0.27.0", "example.com/web:1");
    let files: &[(&str, &str)] =
        &[("one/compose.yaml", WEB), ("two/compose.yaml", WEB), ("two/b/compose.yaml", &other)];
    let mut review = Start { files, ..Start::default() }.review();
    // Two rules, two images, two folders.
    let shown = decide(&mut review, "Where to begin?", "1");
    assert!(shown.contains("  1 privileged") && shown.contains("  2 kept-cap"), "{shown}");
    assert!(
        shown.contains("images: 3 prom/alertmanager:v0.27.0 (4), 4 example.com/web:1 (2)"),
        "{shown}"
    );
    assert!(shown.contains("folders: 5 two (4), 6 one (2)"), "{shown}");
    decide(&mut review, "privileged: 3 questions in 3 files", "n");
    let shown = decide(&mut review, "Where to begin? [1-6,", "1");
    assert!(shown.contains("  2 kept-cap") && !shown.contains("\n   1 "), "{shown}");
    assert!(shown.contains("folders: 5 two (2), 6 one (1)"), "{shown}");
    review.wait("nothing is left to decide of privileged");
    decide(&mut review, "Where to begin?", "6");
    decide(&mut review, "folder one: 1 question in 1 file (1 likely)", "y");
    decide(&mut review, "Where to begin?", "4");
    decide(&mut review, "image example.com/web:1: 1 question in 1 file", "o");
    let shown = review.wait("(Enter:");
    assert!(shown.contains("Accept this fix? (only `example.com/web:1`)"), "{shown}");
    review.session.send("t").unwrap();
    let shown = decide(&mut review, "Where to begin?", "q");
    assert!(shown.contains("1 question in 1 file (only `example.com/web:1`)"), "{shown}");
    review.last("y");
    assert_eq!(review.end().1, 1);
    assert_eq!(review.file("one/compose.yaml"), format!("{WEB}{LOCKED}"));
    assert_eq!(review.file("two/compose.yaml"), WEB);
}

#[test]
fn under_a_filter_folders_are_told_apart_below_it() {
    let files = &[
        ("k/x/compose.yaml", WEB),
        ("k/y/compose.yaml", WEB),
        ("k/y/z/compose.yaml", WEB),
        ("l/compose.yaml", WEB),
    ];
    let mut review = Start { files, ..Start::default() }.review();
    let shown = decide(&mut review, "Where to begin?", "f");
    assert!(shown.contains("folders: 3 k (6), 4 l (2)"), "{shown}");
    review.reply("Only:", "k/\r");
    let shown = decide(&mut review, "Where to begin?", "5");
    assert!(shown.contains("folders: 5 k/y (4), 6 k/x (2)"), "{shown}");
    decide(&mut review, "folder k/y: 4 questions in 2 files", "n");
    review.wait("2 questions");
}

#[test]
fn numbers_of_two_digits_are_typed_to_their_end() {
    let files: Vec<(String, &str)> =
        (0..9).map(|it| (format!("f{it}/compose.yaml"), WEB)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|it| (&*it.0, it.1)).collect();
    let mut review = Start { files: &files, ..Start::default() }.review();
    // Two rules and nine folders.
    decide(&mut review, "[1-11,A,f,q]", "9");
    review.reply("Number: 9", "9\r");
    review.wait("is no number from 1 to 11");
    review.reply("Number: 99", "\x1511\r");
    decide(&mut review, "folder f8: 2 questions in 1 file", "x");
    decide(&mut review, "Where to begin?", "q");
    assert_eq!(review.end().1, 1);
}

#[test]
fn what_is_not_found_is_asked_for_again_and_files_are_listed() {
    let mut review = Start { files: THREE, ..Start::default() }.review();
    review.begin();
    review.press("g");
    let shown = review.reply("by number or name", "nothing\r");
    assert!(shown.contains(">   1     2  a/compose.yaml\r\n    2     2  b/comp"), "{shown}");
    review.wait("there is no file `nothing` among 3");
    review.reply(": nothing", "\x152\r");
    let shown = review.press("/");
    assert!(shown.contains("b/compose.yaml (file 2 of 3)"), "{shown}");
    review.reply("Word", "nothing\r");
    review.wait("no question mentions `nothing`");
    review.reply(": nothing", "\x15c/\r");
    let shown = review.press("K");
    assert!(shown.contains("c/compose.yaml (file 3 of 3)"), "{shown}");
    let shown = review.press("J");
    assert!(shown.contains("b/compose.yaml (file 2 of 3)"), "{shown}");
    let shown = review.press("J");
    assert!(shown.contains("c/compose.yaml (file 3 of 3)"), "{shown}");
    review.wait("in a file after this one");
    // A file that is done keeps its number.
    review.press("d");
    let shown = review.press("q");
    assert!(shown.contains("a/compose.yaml (file 1 of 3)"), "{shown}");
    review.end();
}

#[test]
fn one_goes_to_files_and_words_and_puts_off() {
    let mut review = Start { files: THREE, ..Start::default() }.review();
    review.begin();
    review.press("g");
    review.reply("by number or name", "c/\r");
    let shown = review.press("/");
    assert!(shown.contains("c/compose.yaml (file 3 of 3)"), "{shown}");
    review.reply("Word", "b/comp\r");
    let shown = review.press("j");
    assert!(shown.contains("b/compose.yaml (file 2 of 3)"), "{shown}");
    let shown = review.press("k");
    assert!(shown.contains("[2/2] kept-capabilities"), "{shown}");
    let shown = review.press("f");
    assert!(shown.contains("[1/2] privileged"), "{shown}");
    review.reply("Only:", "a/ critical\r");
    let shown = review.press("y");
    assert!(shown.contains("1 question to answer") && shown.contains("a/compose.yaml"), "{shown}");
    review.confirm("5 questions of others. Go on with those?", "n");
    review.last("y");
    assert_eq!(review.end().1, 1);
    assert_eq!(review.file("a/compose.yaml"), without_privileges());
}

#[test]
fn under_a_filter_no_file_is_done_that_nobody_touched() {
    let mut review = Start { files: THREE, ..Start::default() }.review();
    review.begin();
    review.press("f");
    review.reply("Only:", "b/\r");
    review.press("g");
    let shown = review.reply("by number or name", "a/\r");
    let rows = "      open  file (only `b/`)\r\n    1     -  a/compose.yaml\r\n>   2     2  b/compose.yaml\r\n    3     -  c/compose.yaml\r\n";
    assert!(shown.contains(rows), "{shown}");
    review.wait("nothing of a/compose.yaml is asked (only `b/`)");
    review.reply(": a/", "\x1b");
    review.press("d");
    review.confirm("Nothing is left of `b/`, 4 questions of others. Go on with those?", "y");
    review.press("g");
    let shown = review.reply("by number or name", "b/\r");
    assert!(
        shown.contains("2  a/compose.yaml") && shown.contains("done  b/compose.yaml"),
        "{shown}"
    );
    review.wait("b/compose.yaml is done");
    review.reply(": b/", "\x1b");
    review.press("q");
    assert_eq!(review.end().1, 1);
}

#[test]
fn keys_that_were_typed_ahead_answer_nothing() {
    let mut review = Start { files: THREE, ..Start::default() }.review();
    review.wait("Where to begin?");
    review.wait(ASKS);
    // All at once, before anybody can have read the first question.
    review.session.send("\ryyyyyyyyyyyyyyyyyyyyyy").unwrap();
    review.press("q");
    review.end();
    let folder = review.folder.path();
    let kept = fs::read_to_string(folder.join(".casehard/decisions.toml")).unwrap_or_default();
    assert_eq!(kept.matches("answer = ").count(), 0, "{}", review.screen);
    assert_eq!(review.file("a/compose.yaml"), WEB);
}

#[test]
fn an_answer_is_asked_again_when_its_place_changes_and_not_when_another_does() {
    let mut review = Start::default().review();
    review.press("n");
    review.press("q");
    assert_eq!(review.end().1, 1);
    let Review { folder, .. } = review;
    let path = folder.path().join("compose.yaml");
    fs::write(&path, format!("# moved\n{}", WEB.replace("web:", "web: # a comment"))).unwrap();
    let mut again = Start::default().review_in(folder);
    let shown = again.press("q");
    assert!(shown.contains("1 answer of earlier") && shown.contains("[2/2]"), "{shown}");
    assert_eq!(again.end().1, 1);
    let Review { folder, .. } = again;
    fs::write(&path, WEB.replace("true", "yes")).unwrap();
    let mut third = Start::default().review_in(folder);
    let shown = third.press("q");
    assert!(shown.contains("[1/2]") && shown.contains("asked again"), "{shown}");
    third.end();
}

#[test]
fn no_answer_is_lost_whenever_it_is_killed() {
    for answers in 1..4 {
        let mut review = Start { files: THREE, ..Start::default() }.review();
        review.begin();
        for number in 0..answers {
            if number > 0 && number % 2 == 0 {
                // The last question of a file that is left as it is does not come.
                review.wait("Left as it is");
            }
            review.press("n");
        }
        review.wait(ASKS);
        review.session.get_process_mut().exit(true).unwrap();
        let Review { folder, .. } = review;
        let kept = fs::read_to_string(folder.path().join(".casehard/decisions.toml")).unwrap();
        assert_eq!(kept.matches("answer = ").count(), answers, "{kept}");
        let mut again = Start { files: &[], ..Start::default() }.review_in(folder);
        let shown = decide(&mut again, "Where to begin?", "q");
        assert!(shown.contains(&format!("{} questions in", 6 - answers)), "{shown}");
        assert_eq!(again.end().1, 1);
    }
}

#[test]
fn what_was_decided_holds_without_questions_too() {
    let mut review = Start::default().review();
    review.press("y");
    review.press("n");
    review.last("n");
    review.end();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_casehard"));
    command.args(["fix", "--yes", "."]).args(super::RULES).current_dir(review.folder.path());
    command.env("XDG_STATE_HOME", review.folder.path().join("state"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    // Yes to the risky fix, no to the likely one: the other way round than without answers.
    assert_eq!(review.web(), without_privileges());
    // A check says who decided against what is left.
    let mut check = std::process::Command::new(env!("CARGO_BIN_EXE_casehard"));
    check.args(["check", "."]).args(super::RULES).current_dir(review.folder.path());
    let output = check.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("the default capabilities are kept (left by Ann on 20"), "{told}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_editor_changes_a_piece_and_what_it_breaks_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let editor = |name: &str, script: &str| {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let bad = editor("bad", "sed -i 's/image: .*/image: [/' \"$1\"");
    let good = editor("good", "sed -i 's/^services:/# by hand\\nservices:/' \"$1\"");
    let mut review = Start { editor: Some(&bad), ..Start::default() }.review();
    review.press("E");
    review.wait("Not written: it cannot be read");
    review.confirm("Edit it again?", "n");
    review.press("q");
    review.end();
    assert_eq!(review.web(), WEB);
    let mended = "if grep -q 'image: \\[' \"$1\"; then sed -i 's/image: \\[/image: a # again/' \"$1\"; else sed -i 's/image: .*/image: [/' \"$1\"; fi";
    let mut review = Start { editor: Some(&editor("mended", mended)), ..Start::default() }.review();
    review.press("E");
    review.wait("Not written: it cannot be read");
    review.confirm("Edit it again?", "y");
    review.confirm("Write this now?", "y");
    review.press("q");
    review.end();
    assert!(review.web().contains("image: a # again"), "{}", review.web());
    let mut review = Start { editor: Some(&good), ..Start::default() }.review();
    review.press("E");
    review.confirm("Write this now?", "y");
    let shown = review.press("d");
    assert!(shown.contains("Written: compose.yaml (edited)"), "{shown}");
    review.end();
    assert_eq!(review.web(), format!("# by hand\n{}", without_privileges()));
}
