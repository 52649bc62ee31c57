//! Overrides whose base is another one by now.

use std::fs;

use super::{folder, read, run};

const BASE: &str = "services:\n  a:\n    image: nginx:1.27\n";
const BYSTANDER: &str = "services:\n  a: {ports: [\"1:1\"]}\n";

#[test]
fn an_override_of_a_service_that_only_a_bystander_has_is_refused() {
    let it = folder(&[("compose.yaml", BASE), ("docker-compose.prod.yml", BYSTANDER)]);
    let emit = "fix --yes --confidence risky --emit override";
    assert_eq!(run(&it, &format!("{emit} .")).code, 0);
    let written = read(&it, "compose.override.yaml");
    fs::write(it.path().join("compose.yaml"), BASE.replace(" a:", " b:")).unwrap();
    for words in ["compose.yaml", "."] {
        let ran = run(&it, &format!("{emit} {words}"));
        assert!(
            ran.code == 2 && ran.err.contains("service a is in no other file"),
            "{}{}",
            ran.out,
            ran.err
        );
        assert_eq!(read(&it, "compose.override.yaml"), written);
    }
}
