//! The questions are those of the file as it stands with what is accepted, and their numbers stay understandable.

use super::driver::{Review, Start};

/// What is said of a container that holds the socket is not true of it without.
const AGENT: &str = "\
services:
  agent:
    image: example.com/agent:1
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
  web:
    image: nginx:1.27
";

const FILES: &[(&str, &str)] = &[("compose.yaml", AGENT)];

#[test]
fn what_was_true_before_an_accepted_fix_is_told_no_more() {
    let mut review = Start { files: FILES, args: &[], ..Start::default() }.review();
    let shown = review.press("y");
    assert!(
        shown.contains("[1/9] runtime-socket") && shown.contains("manual root-user"),
        "{shown}"
    );
    // Its user is asked about at once, and there is a fix for it.
    let shown = review.press("y");
    assert!(shown.contains("[2/9] root-user") && shown.contains("run as 10001:10001"), "{shown}");
    assert!(!shown.contains("docker.sock"), "{shown}");
    let shown = review.press("q");
    assert!(shown.contains("[3/9] kept-capabilities") && !shown.contains("sock"), "{shown}");
    review.last("n");
    assert_eq!(review.end().1, 1);
    // The next session goes on with the same questions.
    let Review { folder, .. } = review;
    let mut again = Start { args: &[], ..Start::default() }.review_in(folder);
    let shown = again.press("q");
    assert!(shown.contains("[3/9] kept-capabilities") && !shown.contains("sock"), "{shown}");
    again.last("y");
    assert_eq!(again.end().1, 1);
    let text = again.web();
    assert!(text.contains("user: \"10001:10001\"") && !text.contains("sock"), "{text}");
}

/// A listener on a port of its host's network keeps what it needs there; without that network nothing of it is asked.
const HOST: &str = "\
services:
  web:
    image: example.com/web
    privileged: true
    cap_add: [SYS_ADMIN, NET_ADMIN]
    security_opt: [seccomp=unconfined]
    network_mode: host
    pid: host
";

#[test]
fn back_leads_to_the_number_that_a_question_had() {
    let files = &[("compose.yaml", HOST)];
    let mut review = Start { files, args: &[], ..Start::default() }.review();
    // The number of a question, of how many, and its rule.
    let head = |shown: &str| {
        let at = shown.rfind("\n[").unwrap();
        shown[at + 1..].split(' ').take(2).collect::<Vec<_>>().join(" ")
    };
    let mut heads = vec![head(&review.press("y"))];
    for key in ["y", "n", "y", "y"] {
        heads.push(head(&review.press(key)));
    }
    // All of them back, one by one.
    heads.push(head(&review.press("b")));
    for before in heads.iter().rev().skip(1) {
        let shown = head(&review.press("b"));
        assert_eq!(shown, *before, "{heads:?}");
    }
    review.wait("nothing to take back");
    review.press("q");
    assert_eq!(review.end().1, 1);
    for (number, it) in (1..).zip(&heads) {
        assert!(it.starts_with(&format!("[{number}/")), "{heads:?}");
    }
}
