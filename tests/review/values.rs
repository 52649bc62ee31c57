//! Values that are typed: users, paths, capabilities, reasons for waivers.

use super::driver::{Review, Start};
use super::{WEB, review};

#[test]
fn an_edited_user_is_written() {
    let web = WEB.replace("prom/alertmanager:v0.27.0", "example.com/web");
    let files: &[(&str, &str)] = &[("compose.yaml", &web)];
    let start = Start { args: &["--rule", "root-user"], files, ..Start::default() };
    let mut review = start.review();
    review.press("e");
    review.reply("(other: back)", "u");
    // The line begins with what would be written.
    review.reply("10001:10001", "\x15root\r");
    review.wait("is not UID:GID");
    review.reply(": root", "\x15999:0\r");
    let shown = review.press("\r");
    assert!(shown.contains("999:0 (likely: chosen by you"), "{shown}");
    review.last("y");
    assert_eq!(review.end().1, 0);
    assert_eq!(review.web(), format!("{web}    user: \"999:0\"\n"));
}

#[test]
fn edited_paths_and_capabilities_are_written() {
    let args = &["--rule", "writable-rootfs,kept-capabilities"];
    let unprivileged = "services:\n  web:\n    image: example.com/web\n";
    let files = &[("compose.yaml", unprivileged)];
    let mut review = Start { args, files, ..Start::default() }.review();
    review.press("e");
    review.reply("(other: back)", "k");
    review.reply("to keep (or none): none", "\x15chown\r");
    review.press("e");
    review.reply("(other: back)", "p");
    review.reply("(or none): /tmp", "\x15/run, /tmp\r");
    review.press("e");
    review.reply("(other: back)", "u");
    // Escape leaves the line.
    review.reply("10001:10001", "\x1b");
    review.press("y");
    review.press("y");
    review.last("y");
    assert_eq!(review.end().1, 0);
    let text = review.web();
    assert!(text.contains("- CHOWN # kept by the owner\n"), "{text}");
    assert!(text.contains("- /run:mode=1777\n") && text.contains("- /tmp:mode=1777\n"), "{text}");
}

#[test]
fn a_waiver_is_written_and_honoured_by_the_next_run() {
    let mut review = review();
    review.press("w");
    review.reply("Reason", "\r");
    review.press("w");
    review.reply("Reason", "wait until then\r");
    review.wait("say it in other words");
    review.reply("until then", "\x15it is the agent\r");
    review.reply("Until", "2001-01-01\r");
    review.wait("is past");
    review.reply("2001-01-01", "\x152999-12-31\r");
    let shown = review.press("n");
    let comment = "    # casehard: allow privileged -- it is the agent until 2999-12-31\n";
    assert!(shown.contains(&format!("+{}", comment.trim_end())), "{shown}");
    let shown = review.last("y");
    assert!(shown.contains("Write 1 waiver to compose.yaml?"), "{shown}");
    let (rest, _) = review.end();
    assert!(rest.contains("(0 fixed, 1 waived, 1 left)"), "{rest}");
    assert!(rest.contains("1 file written, 1 left in 1 container"), "{rest}");
    let waived = WEB.replace("    privileged", &format!("{comment}    privileged"));
    assert_eq!(review.web(), waived);

    let Review { folder, .. } = review;
    // What was answered is asked no more.
    let mut again = Start::default().review_in(folder);
    assert!(again.end().0.contains("1 waived"), "{}", again.screen);
}

#[test]
fn json_is_not_waived_but_told_what_to_configure() {
    let json = "{\"services\": {\"web\": {\"image\": \"a\", \"privileged\": true}}}\n";
    let files = &[("compose.json.yaml", json)];
    let mut review =
        Start { files, args: &["--rule", "privileged", "compose.json.yaml"], ..Start::default() }
            .review();
    review.press("w");
    review.reply("Reason", "agent\r");
    review.reply("Until", "\r");
    review.wait("[[allow]]");
    review.press("y");
    review.last("y");
    assert_eq!(review.end().1, 0);
    assert!(review.file("compose.json.yaml").contains("\"privileged\": false"));
}

#[test]
fn values_of_an_image_go_to_the_configuration_and_hold_everywhere() {
    let web = WEB.replace("prom/alertmanager:v0.27.0", "example.com/web:1");
    let files: &[(&str, &str)] = &[("a/compose.yaml", &web), ("b/compose.yaml", &web)];
    let mut review = Start { args: &["--rule", "root-user"], files, ..Start::default() }.review();
    review.begin();
    let value = |review: &mut Review| {
        review.press("e");
        review.reply("(other: back)", "u");
        review.reply(": 10001:10001", "\x15999:50\r");
        review.confirm("For all 2 containers of example.com/web:1, in casehard.toml?", "y");
    };
    value(&mut review);
    let shown = review.press("b");
    assert!(shown.contains("run as 999:50 (likely"), "{shown}");
    // It is taken back, and said again.
    value(&mut review);
    review.press("A");
    let shown = review.last("y");
    assert!(shown.contains("Write 2 fixes to 2 files?"), "{shown}");
    assert_eq!(review.end().1, 0);
    assert!(review.file("b/compose.yaml").contains("user: \"999:50\""));
    assert!(
        review.file("casehard.toml").contains("repositories = [\"example.com/web\"]\nuid = 999")
    );
}

/// Two capabilities that the process cannot use, and a setting that only its owner can change.
const IDLE: &str = "\
services:
  web:
    image: example.com/web
    user: \"999:999\"
    security_opt: [\"no-new-privileges:true\"]
    cap_drop: [ALL]
    cap_add: [CHOWN, FOWNER]
    sysctls:
      kernel.msgmax: 1
";

#[test]
fn what_nobody_has_seen_is_not_said_to_be_asked_again() {
    let files = &[("compose.yaml", IDLE)];
    let start = Start { files, args: &["--rule", "useless-capabilities"], ..Start::default() };
    let mut review = start.review();
    review.press("y");
    let shown = review.press("q");
    assert!(shown.contains("FOWNER") && !shown.contains("asked again"), "{shown}");
    review.last("n");
    review.end();
    let Review { folder, .. } = review;
    let mut again = start.review_in(folder);
    let shown = again.press("y");
    assert!(shown.contains("FOWNER") && !shown.contains("asked again"), "{shown}");
    again.last("y");
    assert_eq!(again.end().1, 0);
    assert!(!again.web().contains("cap_add"), "{}", again.web());
}

#[test]
fn choosing_answers_nothing_that_was_not_offered() {
    let files = &[("compose.yaml", IDLE)];
    let args = &["--rule", "useless-capabilities,unsafe-sysctl"];
    let mut review = Start { files, args, ..Start::default() }.review();
    review.press("c");
    review.reply("do not add FOWNER", "\r");
    review.wait("0 of 2 chosen");
    let shown = review.press("q");
    assert!(shown.contains("only you can decide"), "{shown}");
    let kept = review.decisions();
    assert!(kept.contains("useless-capabilities") && !kept.contains("unsafe-sysctl"), "{kept}");
    review.end();
}
