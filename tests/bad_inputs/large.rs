//! Inputs that would take a careless program's memory or stack, or its time: it would not come to an end.

use crate::attempt::{casehard, named};

#[test]
fn deep_nesting_is_refused() {
    for open in ["[", "{a: ", "- ", "? "] {
        let text = format!("services:\n  web:\n    x: \n      {}", open.repeat(20_000));
        let it = named("compose.yaml", text);
        assert_eq!(it.code, 2, "{}", it.said);
        assert!(it.said.contains("compose.yaml:4:"), "{}", it.said);
    }
}

#[test]
fn an_alias_bomb_is_never_expanded() {
    let mut text = "x-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..60 {
        let alias = format!("*a{}", level - 1);
        text += &format!("x-{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", "));
    }
    text += "services:\n  web:\n    image: a\n    cap_add: *a59\n    labels: *a59\n";
    named("compose.yaml", text).is_refused("60:13", "text");
}

#[test]
fn a_bomb_of_merges_is_never_expanded() {
    let mut text = "x-0: &m0 {privileged: true}\n".to_owned();
    for level in 1..40 {
        let below = level - 1;
        text += &format!("x-{level}: &m{level} {{<<: [*m{below}, *m{below}, *m{below}]}}\n");
    }
    text += "services:\n  web:\n    <<: *m39\n    image: a\n";
    named("compose.yaml", text).is_refused("6:11", "more than 256 mappings");
}

#[test]
fn a_chain_of_merges_is_read_as_far_as_people_write_it() {
    let chain = |length: usize| {
        let link =
            |it: usize| format!("  s{it}: &a{it}\n    <<: *a{}\n    hostname: h{it}\n", it - 1);
        let first = "services:\n  s0: &a0\n    image: a\n    privileged: true\n".to_owned();
        first + &(1..length).map(link).collect::<String>()
    };
    assert!(named("compose.yaml", chain(20)).is_mended().contains("privileged: false"));
    named("compose.yaml", chain(2_000)).is_refused("774:5", "more than 256 mappings");
}

#[test]
fn a_large_file_is_no_matter() {
    let value = "x".repeat(80) + "\n      ";
    let text = format!(
        "services:\n  web:\n    image: a\n    command: |\n      {}y\n    privileged: true\n",
        value.repeat(60_000)
    );
    let new = named("compose.yaml", text).is_mended();
    assert!(new.contains("\n    privileged: false\n"));
}

#[test]
fn a_line_of_a_megabyte_is_no_matter() {
    let text = format!(
        "services: {{web: {{image: a, command: \"{}\", privileged: true}}}}\n",
        "é".repeat(500_000)
    );
    let new = named("compose.yaml", text).is_mended();
    assert!(new.contains("privileged: false"));
}

#[test]
fn two_thousand_services_are_no_matter() {
    let mut text = "services:\n".to_owned();
    for number in 0..2_000 {
        text += &format!("  s{number}:\n    image: a\n    privileged: true\n");
    }
    let new = named("compose.yaml", text).is_mended();
    assert_eq!(new.matches("privileged: false").count(), 2_000);
}

#[test]
fn a_base_too_large_to_read_is_a_finding_and_nothing_is_claimed_of_what_it_may_say() {
    let folder = tempfile::tempdir().unwrap();
    let base = "services:\n  b:\n    privileged: true\n".to_owned();
    let base =
        base + &"# it goes on and on and on and on and on and on and on and on\n".repeat(280_000);
    assert!(base.len() > 16 << 20);
    std::fs::write(folder.path().join("base.yaml"), base).unwrap();
    let heir =
        "services:\n  web:\n    extends: {file: base.yaml, service: b}\n    image: nginx:1.27\n";
    std::fs::write(folder.path().join("compose.yaml"), heir).unwrap();
    let run = |arguments: &[&str]| {
        let output = casehard().current_dir(folder.path()).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = run(&["check", "compose.yaml"]);
    assert_eq!(code, Some(1), "{said}");
    let finding = said.lines().find(|it| it.contains("unknown-setting")).unwrap_or_default();
    assert!(finding.contains("b in base.yaml, which cannot be read: too large"), "{said}");
    // All of it is manual.
    let (_, said) = run(&["fix", "--diff", "--confidence", "risky", "compose.yaml"]);
    assert_eq!(said, "", "something was claimed");
}
