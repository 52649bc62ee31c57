//! Waivers as they are listed, and those that are none.

use super::reports::WAIVED;
use super::{folder, read, run};

#[test]
fn waivers_are_listed_with_what_they_cover() {
    let many: String = (0..9).map(|it| format!("  s{it}: {{image: a, pid: host}}\n")).collect();
    let config = "[[allow]]\nrule = [\"host-pid\", \"privileged\"]\nreason = \"agents\"\n";
    let it = folder(&[
        ("casehard.toml", config),
        ("a.yaml", WAIVED),
        ("b.yaml", &format!("services:\n{many}")),
    ]);
    let ran = run(&it, "check --waivers");
    assert!(ran.out.contains("a.yaml:4: privileged (1 finding, for good): it is the agent\n    a.yaml:5: service web: privileged\n"), "{}", ran.out);
    assert!(ran.out.contains("casehard.toml:2: host-pid, privileged (9 findings, for good): agents\n    b.yaml:2: service s0: host-pid\n"), "{}", ran.out);
    assert!(ran.out.contains("    and 4 more\n"), "{}", ran.out);
    // It fails for what is dead, whatever is asked for.
    for filter in ["", "--min-severity critical", "--rule privileged,host-pid", "--confidence safe"]
    {
        let ran = run(&it, &format!("check --waivers {filter}"));
        assert!(
            ran.code == 1 && ran.out.contains("covers nothing of privileged"),
            "{filter}: {}",
            ran.out
        );
    }
    assert_eq!(run(&it, "check --waivers --exit-zero").code, 0);
    // Reports of waivers hold all that is found, and take nothing from the list.
    let json = run(&it, "check --waivers --format json");
    assert!(
        json.out.contains("\"form\": \"configuration\"")
            && json.out.contains("\"rule\": \"root-user\""),
        "{}",
        json.out
    );
    let both = run(&it, "check --waivers --output w.json");
    assert!(
        both.out.contains("2 waivers in the run") && read(&it, "w.json") == json.out,
        "{}",
        both.out
    );
    for format in ["sarif", "html", "junit", "gitlab"] {
        let ran = run(&it, &format!("check --waivers --format {format}"));
        assert!(ran.code == 2 && ran.err.contains("text, json or jsonl"), "{}", ran.err);
    }
}

#[test]
fn waivers_that_are_not_read_are_told_at_their_lines() {
    let compose = "services:\n  # casehard: allow * -- all\n  a:\n    # Casehard: allow privileged -- x\n    privileged: true # casehard allow privileged -- x\n    # casehard: allowed privileged -- x\n    image: a\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    casehard.dev/allow: |\n      root-user: it is so\n      host-pidd: what\n      host-ipc: nothing\nspec: {containers: [{name: a, image: a}]}\n";
    let it = folder(&[("compose.yaml", compose), ("pod.yaml", pod)]);
    let ran = run(&it, "check --format github");
    let told = |place: &str, what: &str| {
        let line = ran.out.lines().find(|it| it.contains(place) && it.contains("broken-waiver"));
        assert!(line.is_some_and(|it| it.contains(what)), "{place}: {}", ran.out);
    };
    told("file=compose.yaml,line=2,", "[[allow]] of casehard.toml alone");
    told("file=compose.yaml,line=4,", "with the colon");
    told("file=compose.yaml,line=5,", "with the colon");
    told("file=compose.yaml,line=6,", "`allowed` is no word");
    told("file=pod.yaml,line=8,", "did you mean `host-pid`?");
    told("file=pod.yaml,line=9,", "covers nothing");
}

#[test]
fn what_is_waived_in_the_configuration_is_not_waived_in_the_source() {
    let config = "[[allow]]\nrule = \"host-ipc\"\nreason = \"x\"\n";
    let it = folder(&[
        ("casehard.toml", config),
        ("compose.yaml", &WAIVED.replace("image: a", "ipc: host\n    image: a")),
    ]);
    let sarif = run(&it, "check --format sarif --rule host-ipc,privileged").out;
    assert_eq!(sarif.matches("\"kind\": \"external\"").count(), 1, "{sarif}");
    assert_eq!(sarif.matches("\"kind\": \"inSource\"").count(), 1, "{sarif}");
}
