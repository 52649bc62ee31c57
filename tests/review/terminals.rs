//! What the review makes of terminals: narrow, resized, without colour or cursor, gone.

use std::fs;
use std::process::Command;

use expectrl::Expect as _;

use super::driver::Start;
use super::{ASKS, LAST, LOCKED, WEB, review, without_privileges};

/// Lines of prose fit the terminal; those of the file are as long as they are.
#[track_caller]
fn check_width(shown: &str, width: usize) {
    for line in shown.split("\r\n").filter(|it| !it.starts_with(['-', '+', ' ', '@'])) {
        assert!(line.chars().count() <= width, "{line}");
    }
}

#[test]
fn an_interrupt_leaves_the_file_and_shows_the_cursor() {
    let mut review = review();
    review.press("y");
    review.press("c");
    review.reply("drop ALL capabilities", "\x03");
    let (rest, status) = review.end();
    assert!(rest.contains("\u{1b}[?25h"), "the cursor is shown again: {rest:?}");
    assert_eq!((status, review.web()), (130, WEB.to_owned()));
}

#[test]
fn what_is_suspended_stands_there_again_when_it_goes_on() {
    let mut review = review();
    // No shell waits for it here, so that it goes on at once.
    review.press("\x1a");
    let shown = review.press("c");
    assert!(shown.ends_with("(Enter:") && shown.contains("Accept this fix?"), "{shown}");
    review.reply("drop ALL capabilities", "\x1a");
    let shown = review.reply("drop ALL capabilities", " ");
    assert!(shown.contains("Which fixes of this container?"), "{shown}");
    review.reply("drop ALL capabilities", "\x1b");
    review.press("w");
    review.reply("Reason (empty: back): ", "ab\x1a");
    review.reply(": ab", "\x1b");
    // What does not fit behind its prompt stands below it.
    let shown = review.press("J") + &review.press("d");
    assert!(shown.contains("(Enter: no) \r\nnothing is to be answered in a file"), "{shown}");
    assert_eq!(review.end().1, 0);
}

#[test]
fn an_interrupt_at_a_question_stops_at_once() {
    let mut review = review();
    review.press("\x03");
    assert_eq!(review.end().1, 130);
    assert_eq!(review.web(), WEB);
}

#[test]
fn words_are_marked_in_colour_and_only_there() {
    let mut review = Start { color: "always", ..Start::default() }.review();
    let shown = review.press("d");
    assert!(shown.contains("\u{1b}[1m\u{1b}[4m\u{1b}[31mtrue\u{1b}[0m"), "{shown:?}");
    review.end();

    // The variable, not the option.
    let start = Start { color: "auto", no_color: true, ..Start::default() };
    let mut review = start.review();
    let shown = review.press("d");
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_is_asked_by_lines() {
    let mut review = Start { term: "dumb", color: "auto", ..Start::default() }.review();
    review.press("c");
    review.reply("by number (or none) [2]:", "7\r");
    review.wait("is no number from 1 to 2");
    review.reply("by number (or none) [2]:", "1\r");
    review.last("y");
    assert_eq!(review.end().1, 0);
    assert_eq!(review.web(), without_privileges());
    assert!(!review.screen.contains('\u{1b}'), "{:?}", review.screen);
}

#[test]
fn a_narrow_terminal_gets_narrow_lines() {
    let mut review = Start { columns: 40, ..Start::default() }.review();
    let shown = review.reply("(Enter:", "x");
    check_width(&shown, 40);
    let shown = review.reply("(Enter:", "c");
    check_width(&shown, 40);
    let shown = review.reply("likely kept-capab", "\r");
    check_width(&shown, 40);
    review.last("y");
    let (rest, status) = review.end();
    check_width(&rest, 40);
    assert_eq!(status, 0);
    assert_eq!(review.web(), format!("{WEB}{LOCKED}"));
}

#[test]
fn a_resize_holds_from_the_next_question_on() {
    let mut review = Start { columns: 100, ..Start::default() }.review();
    let wide = review.wait(ASKS);
    assert!(wide.split("\r\n").any(|it| it.len() > 60), "{wide}");
    review.session.get_process_mut().set_window_size(50, 24).unwrap();
    review.session.send("n").unwrap();
    let shown = review.reply("(Enter:", "d");
    check_width(&shown, 50);
    assert_eq!(review.end().1, 0);
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), WEB).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
    let output = command.arg("fix").current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no terminal"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
    let output = command.args(["fix", "--verify"]).current_dir(folder.path()).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("use --verify --yes"));
    assert_eq!(fs::read_to_string(folder.path().join("compose.yaml")).unwrap(), WEB);
}

#[test]
fn a_file_of_ten_thousand_findings_is_done_without_ten_thousand_questions() {
    let services: String =
        (0..2500).map(|it| format!("  s{it}:\n    image: example.com/a\n")).collect();
    let text = format!("services:\n{services}");
    let files: &[(&str, &str)] = &[("compose.yaml", &text)];
    let mut review = Start { files, args: &[], patience: 300, ..Start::default() }.review();
    let shown = review.press("n");
    assert!(shown.contains("10000 findings in 2500 containers"), "{shown}");
    review.press("b");
    review.press("a");
    review.confirm("accept those too?", "y");
    review.last("y");
    let (rest, status) = review.end();
    assert!(status == 0 && rest.contains(LAST), "{rest}");
    assert!(
        review.folder.path().join("compose.yaml").metadata().unwrap().len() > 2 * text.len() as u64
    );
}

#[test]
fn the_end_of_the_input_quits() {
    let mut review = review();
    review.press("y");
    review.press("\x04");
    review.last("\x04");
    let (rest, status) = review.end();
    assert!(rest.contains("your answers are kept"), "{rest}");
    assert_eq!((status, review.web()), (1, WEB.to_owned()));
}

#[test]
fn names_neither_drive_the_terminal_nor_forge_a_line() {
    let name = "\"e\\e[2J\\e]0;x\\a\\r\\u009b\\u202e\\u2028\\nFORGED\":";
    let text = WEB.replace("web:", name);
    assert_ne!(text, WEB);
    let folder = "d\u{1b}[31mX\u{202e}\r\nFORGED/compose.yaml";
    let files = [(folder, text.as_str())];
    let start = Start { files: &files, term: "dumb", color: "never", ..Start::default() };
    let mut review = start.review();
    review.press("y");
    review.press("x");
    review.press("q");
    review.last("y");
    let (_, status) = review.end();
    assert_eq!(status, 1, "{}", review.screen);
    assert_ne!(review.file(folder), text);
    let shown = review.screen.replace("\r\n", "\n");
    let drives = |it: char| {
        it.is_control() && !matches!(it, '\n' | '\t') || matches!(it, '\u{2028}' | '\u{202e}')
    };
    assert!(!shown.contains(drives), "{shown:?}");
    assert!(shown.contains("e\\x1b[2J") && shown.contains("d\\x1b[31mX"), "{shown}");
    assert!(shown.lines().all(|it| !it.trim_start().starts_with("FORGED")), "{shown}");
}
