//! Command lines in a session: they are asked about, written and waived as services are.

use super::driver::{Review, Start};

const SCRIPT: &str = "#!/bin/sh\nset -e\nif true; then\n\tdocker run -d \\\n\t\t--privileged \\\n\t\tprom/alertmanager:v0.27.0\nfi\n";

fn script() -> Review {
    Start { files: &[("start.sh", SCRIPT)], ..Start::default() }.review()
}

#[test]
fn flags_go_and_come_as_they_are_accepted() {
    let mut review = script();
    let shown = review.press("y");
    assert!(shown.contains("container alertmanager, image prom/alertmanager:v0.27.0"), "{shown}");
    assert!(shown.contains("[1/2] privileged critical start.sh:5:3"), "{shown}");
    assert!(shown.contains("--privileged \\"), "{shown}");
    let shown = review.press("y");
    assert!(shown.contains("--cap-drop ALL \\"), "{shown}");
    review.last("y");
    assert_eq!(review.end().1, 0);
    assert_eq!(review.file("start.sh"), SCRIPT.replace("--privileged", "--cap-drop ALL"));
}

#[test]
fn a_waiver_stands_above_the_command_and_holds() {
    let mut review = script();
    review.press("w");
    review.reply("Reason", "it is the agent\r");
    review.reply("Until", "\r");
    review.press("n");
    review.last("y");
    let (rest, _) = review.end();
    assert!(rest.contains("(0 fixed, 1 waived, 1 left)"), "{rest}");
    let comment = "\t# casehard: allow privileged -- it is the agent\n\tdocker run";
    assert_eq!(review.file("start.sh"), SCRIPT.replace("\tdocker run", comment));
    let Review { folder, .. } = review;
    let mut again = Start::default().review_in(folder);
    assert!(again.end().0.contains("1 waived"), "{}", again.screen);
}
