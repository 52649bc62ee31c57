//! The review, driven through a pseudo-terminal: keys go in, the screen and the files come out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]
#![cfg(unix)]

#[path = "review/along.rs"]
mod along;
#[path = "review/commands.rs"]
mod commands;
#[path = "review/driver.rs"]
mod driver;
#[path = "review/emit.rs"]
mod emit;
#[path = "review/ends.rs"]
mod ends;
#[path = "review/many.rs"]
mod many;
#[path = "review/terminals.rs"]
mod terminals;
#[path = "review/trees.rs"]
mod trees;
#[path = "review/values.rs"]
mod values;
#[path = "review/way_back.rs"]
mod way_back;
#[path = "review/writes.rs"]
mod writes;

use std::fs;

use driver::{Review, Start};
use expectrl::Expect as _;

/// Two fixes: a risky one, and one that the knowledge of the image makes likely.
const WEB: &str = "\
services:
  web:
    image: prom/alertmanager:v0.27.0
    privileged: true # why?
";

const RULES: &[&str] = &["--rule", "privileged,kept-capabilities"];
const ASKS: &str = "(Enter:";
const LAST: &str = "left in ";

fn review() -> Review {
    Start::default().review()
}

const LOCKED: &str = "    cap_drop:\n      - ALL\n";

fn without_privileges() -> String {
    WEB.replace("    privileged: true # why?\n", "    privileged: false # why?\n")
}

#[test]
fn yes_writes_the_fix_and_no_leaves_the_rest_as_it_was() {
    let mut review = review();
    let shown = review.press("y");
    assert!(shown.contains("service web, image prom/alertmanager:v0.27.0 (1 of 1)"), "{shown}");
    assert!(shown.contains("[1/2] privileged critical compose.yaml:4:17"), "{shown}");
    assert!(shown.contains("may break:"), "{shown}");
    assert!(shown.contains("-    privileged: true # why?\r\n"), "{shown}");
    let shown = review.press("n");
    assert!(shown.starts_with(" no) yes"), "{shown}");
    let shown = review.last("y");
    assert!(shown.contains("Write 1 fix, which is risky, to compose.yaml?"), "{shown}");
    let (rest, status) = review.end();
    assert!(rest.contains("Written: compose.yaml (1 fixed, 0 waived, 1 left)"), "{rest}");
    assert!(
        rest.contains(
            "casehard fix --again --rule privileged --rule kept-capabilities compose.yaml"
        ),
        "{rest}"
    );
    assert_eq!((status, review.web()), (0, without_privileges()));
}

#[test]
fn enter_says_no_to_the_risky_fix_and_yes_to_the_likely_one() {
    let mut review = review();
    review.press("\r");
    review.press("\r");
    review.last("\r");
    assert_eq!(review.end().1, 0);
    assert_eq!(review.web(), format!("{WEB}{LOCKED}"));
}

#[test]
fn nothing_is_written_before_the_last_question() {
    let mut review = review();
    review.press("y");
    review.press("y");
    review.wait("[y,n,v,b]");
    review.wait(ASKS);
    assert_eq!(review.web(), WEB);
    review.session.send("v").unwrap();
    let shown = review.last("y");
    assert!(shown.contains("+    privileged: false") && shown.contains("+      - ALL"), "{shown}");
    review.end();
    assert_eq!(review.web(), format!("{}{LOCKED}", without_privileges()));
}

#[test]
fn back_undoes_the_last_answer() {
    let mut review = review();
    review.press("b");
    review.wait("nothing to take back");
    review.press("y");
    review.press("b");
    let shown = review.press("n");
    assert!(shown.contains("[1/2] privileged"), "{shown}");
    review.press("n");
    let (rest, status) = review.end();
    assert!(rest.contains("Left as it is: compose.yaml"), "{rest}");
    assert_eq!((status, review.web()), (0, WEB.to_owned()));
}

#[test]
fn help_and_explanations_come_back_to_the_question() {
    let mut review = review();
    let shown = review.press("?");
    assert!(shown.contains("y yes, n no, c choose"), "the first question explains: {shown}");
    review.wait("quit; your answers are kept");
    review.press("x");
    review.wait("It fires on:");
    review.press("z");
    review.wait("? lists the keys");
    review.press("d");
    assert_eq!(review.end().1, 0);
    assert_eq!(review.web(), WEB);
}

#[test]
fn choosing_starts_from_what_is_sure() {
    let mut review = review();
    review.press("c");
    // The first item, the risky one, goes on; the second is on already.
    review.reply("drop ALL capabilities", " ");
    review.reply("drop ALL capabilities", "\r");
    review.wait("2 of 2 chosen");
    review.last("y");
    assert_eq!(review.end().1, 0);
    assert_eq!(review.web(), format!("{}{LOCKED}", without_privileges()));
}

#[test]
fn what_is_chosen_serves_the_user_that_is_chosen_with_it() {
    let text = "services:\n  db:\n    image: postgres:16\n    volumes: [./data:/var/lib/postgresql/data]\n";
    let args = &["--rule", "root-user,kept-capabilities,writable-rootfs"];
    let start = || Start { args, files: &[("compose.yaml", text)], ..Start::default() }.review();
    let mut review = start();
    review.press("c");
    // The user is the first item; the others are on already.
    review.reply("writable-rootfs: make", " ");
    let shown = review.reply("writable-rootfs: make", "\r") + &review.wait("3 of 3 chosen");
    assert!(shown.contains("run as 999:999"), "{shown}");
    let shown = review.last("y");
    assert!(shown.contains("+    user: \"999:999\"") && !shown.contains("SETUID"), "{shown}");
    assert_eq!(review.end().1, 0);
    let user = review.web();
    assert!(user.contains("user: \"999:999\"") && user.contains("uid=999"), "{user}");
    assert!(!user.contains("cap_add"), "{user}");
    let mut review = start();
    review.press("c");
    review.reply("writable-rootfs: make", "\r");
    review.wait("2 of 3 chosen");
    review.last("y");
    assert_eq!(review.end().1, 0);
    assert!(
        !review.web().contains("user:") && review.web().contains("- SETUID"),
        "{}",
        review.web()
    );
}

/// A database of which is asked whether it is to be its own user, and what it may then do without.
const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: p
spec:
  containers:
    - name: db
      image: postgres:16
    - name: web
      image: example.com/web
      securityContext: {runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000}
";

#[test]
fn what_is_asked_of_a_pod_follows_the_users_of_its_containers() {
    let args = &["--rule", "root-user,kept-capabilities"];
    let start = || Start { args, files: &[("pod.yaml", POD)], ..Start::default() }.review();
    let mut review = start();
    review.press("y");
    let shown = review.press("y");
    assert!(!shown.contains("unless the user is changed"), "{shown}");
    review.press("n");
    review.last("y");
    assert_eq!(review.end().1, 0);
    let user = review.file("pod.yaml");
    assert!(user.contains("runAsUser: 999") && !user.contains("add:"), "{user}");
    let mut review = start();
    review.press("n");
    review.press("y");
    review.press("n");
    review.last("y");
    assert_eq!(review.end().1, 0);
    let root = review.file("pod.yaml");
    assert!(!root.contains("runAsUser: 999") && root.contains("- SETUID"), "{root}");
    let mut review = start();
    review.press("n");
    review.press("b");
    review.press("y");
    review.press("y");
    review.press("n");
    review.last("y");
    assert_eq!((review.end().1, review.file("pod.yaml")), (0, user));
}

#[test]
fn choosing_nothing_after_all_leaves_the_question() {
    let mut review = review();
    review.press("c");
    review.reply("drop ALL capabilities", "\x1b");
    review.press("d");
    assert_eq!(review.end().1, 0);
    assert_eq!(review.web(), WEB);
}

#[test]
fn what_only_the_owner_can_mend_is_passed_by() {
    let files = &[(
        "compose.yaml",
        "services:\n  web:\n    image: a\n    sysctls:\n      kernel.msgmax: 1\n",
    )];
    let mut review =
        Start { files, args: &["--rule", "unsafe-sysctl"], ..Start::default() }.review();
    let shown = review.press("y");
    assert!(shown.contains("only you can decide [n,w,a,r,q,?]"), "{shown}");
    review.wait("no fix: n goes on");
    review.press("\r");
    assert_eq!(review.end().1, 0);
}

#[test]
fn what_a_fix_brings_to_light_is_asked_too() {
    let files = &[(
        "compose.yaml",
        "services:\n  web:\n    image: example.com/a\n    tmpfs:\n      - /run\n",
    )];
    let args = &["--rule", "root-user,tmpfs-ownership"];
    let mut review = Start { files, args, ..Start::default() }.review();
    review.press("y");
    let shown = review.press("y");
    assert!(shown.contains("What was accepted brings this to light:"), "{shown}");
    review.last("y");
    assert_eq!(review.end().1, 0);
    assert!(review.web().contains("- /run:uid=10001,gid=10001"), "{}", review.web());
}

const TWO: &[(&str, &str)] = &[("a/compose.yaml", WEB), ("b/compose.yaml", WEB)];

#[test]
fn the_rest_of_a_file_is_accepted_and_what_is_risky_is_asked() {
    let mut review = Start { files: TWO, ..Start::default() }.review();
    let shown = review.begin();
    assert!(shown.contains("4 questions in 2 files"), "{shown}");
    review.press("a");
    review.confirm("accept it too?", "n");
    review.press("n");
    review.last("y");
    review.wait("Written: a/compose.yaml");
    let shown = review.press("d");
    assert!(shown.contains("b/compose.yaml (file 2 of 2)"), "{shown}");
    assert_eq!(review.end().1, 0);
    assert_eq!(review.file("a/compose.yaml"), format!("{WEB}{LOCKED}"));
    assert_eq!(review.file("b/compose.yaml"), WEB);
}

#[test]
fn everything_that_is_left_is_accepted_in_all_files() {
    let mut review = Start { files: TWO, ..Start::default() }.review();
    review.begin();
    review.press("A");
    review.confirm("accept those too?", "\x1b");
    review.press("A");
    review.confirm("accept those too?", "y");
    let shown = review.last("y");
    assert!(shown.contains("Write 4 fixes, 2 of them risky, to 2 files?"), "{shown}");
    let (rest, status) = review.end();
    assert!(rest.contains("4 findings fixed in 2 files"), "{rest}");
    let fixed = format!("{}{LOCKED}", without_privileges());
    assert_eq!(
        (status, review.file("a/compose.yaml"), review.file("b/compose.yaml")),
        (0, fixed.clone(), fixed)
    );
}

#[test]
fn quitting_keeps_the_answers_and_the_next_session_goes_on_there() {
    let mut review = Start { files: TWO, ..Start::default() }.review();
    review.begin();
    review.press("y");
    review.press("n");
    review.last("y");
    review.press("y");
    review.press("q");
    let shown = review.last("n");
    assert!(
        shown.contains("Before you go: write 1 fix, which is risky, to b/compose.yaml?"),
        "{shown}"
    );
    let (rest, status) = review.end();
    assert!(rest.contains("your answers are kept"), "{rest}");
    assert!(
        rest.contains(
            "casehard fix --rule privileged --rule kept-capabilities a/compose.yaml b/compose.yaml"
        ),
        "{rest}"
    );
    // A question is open.
    assert_eq!((status, review.file("a/compose.yaml")), (1, without_privileges()));
    assert_eq!(review.file("b/compose.yaml"), WEB);

    let Review { folder, .. } = review;
    let mut again = Start::default().review_in(folder);
    let shown = again.press("y");
    assert!(shown.contains("3 answers of earlier sessions in .casehard"), "{shown}");
    assert!(shown.contains("[2/2] kept-capabilities"), "{shown}");
    again.last("y");
    assert_eq!(again.end().1, 0);
    assert_eq!(again.file("b/compose.yaml"), format!("{}{LOCKED}", without_privileges()));
    assert_eq!(again.file("a/compose.yaml"), without_privileges());
}

#[test]
fn quitting_writes_what_was_accepted_when_asked_to() {
    let mut review = review();
    review.press("y");
    review.press("q");
    review.last("y");
    assert_eq!(review.end().1, 1);
    assert_eq!(review.web(), without_privileges());
}

#[test]
fn a_file_that_changes_meanwhile_is_left_and_the_next_one_written() {
    let mut review = Start { files: TWO, ..Start::default() }.review();
    review.begin();
    review.wait(ASKS);
    let changed = format!("{WEB}# new\n");
    fs::write(review.folder.path().join("a/compose.yaml"), &changed).unwrap();
    review.session.send("y").unwrap();
    review.press("y");
    review.last("y");
    review.wait("changed since it was read");
    review.press("y");
    review.press("n");
    review.last("y");
    assert_eq!(review.end().1, 2);
    assert_eq!(review.file("a/compose.yaml"), changed);
    assert_eq!(review.file("b/compose.yaml"), without_privileges());
    // The answers outlive it: the next session asks nothing.
    assert_eq!(review.decisions().matches("answer = ").count(), 4);
}
