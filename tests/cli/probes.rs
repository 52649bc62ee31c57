//! What `casehard verify` is to ask of services: held against their files before anything is started.

use super::{folder, run};

const WEB: &str =
    "services:\n  web:\n    image: x\n    extends: {file: base.yaml, service: base}\n";

#[track_caller]
fn check(probes: &str, expected: &str) {
    let it = folder(&[
        ("casehard.toml", probes),
        ("compose.yaml", WEB),
        ("base.yaml", "services:\n  base:\n    image: x\n"),
        ("other/compose.yaml", "services:\n  db:\n    image: y\n"),
    ]);
    let ran = run(&it, "verify compose.yaml --engine unix:///nowhere");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains(expected), "{}", ran.err);
}

#[test]
fn a_probe_of_a_service_that_is_nowhere_is_a_mistake_with_a_guess() {
    check(
        "[verify.web]\ntcp = 80\n[verify.wbe]\ntcp = 80\n",
        "casehard.toml:3:9: unknown service `wbe`: did you mean `web`?\n",
    );
    check(
        "[verify.cache]\ntcp = 80\n",
        "casehard.toml:1:9: unknown service `cache`: expected one of base, db, web\n",
    );
}

#[test]
fn a_probe_of_a_service_of_another_file_waits_for_that_one() {
    for name in ["web", "base", "db"] {
        check(&format!("[verify.{name}]\ntcp = 80\n"), "no container engine answers at /nowhere");
    }
}
