//! Manifests with the patches of an earlier run over them: judged with these, and not written beside them.

use std::fs;

use super::kustomize::ROLLOUT;
use super::{folder, read, run};

const ALIASED: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: both}
spec:
  template:
    spec:
      containers:
        - {name: a, image: 'example/app:1', securityContext: &s {privileged: true}}
        - {name: b, image: 'example/app:2', securityContext: *s}
";

const EMIT: &str = "fix --yes --confidence risky --emit kustomize .";

#[test]
fn what_operations_and_aliases_say_is_judged_as_it_is_built() {
    let roll = ROLLOUT.replace("namespace: prod", "namespace: n");
    let it = folder(&[
        ("kustomization.yaml", "resources:\n  - roll.yaml\n  - both.yaml\n"),
        ("roll.yaml", &roll),
        ("both.yaml", ALIASED),
    ]);
    assert_eq!(run(&it, EMIT).code, 0);
    let checked = run(&it, "check .");
    assert!(!checked.out.contains("privileged"), "{}", checked.out);
    assert!(!checked.out.contains("casehard/"), "{}", checked.out);
    // A name is what is written, also where it is no text to YAML.
    let again = run(&it, EMIT);
    assert!(
        again.code == 0 && again.out.contains("0 findings fixed"),
        "{}{}",
        again.out,
        again.err
    );
}

#[test]
fn a_manifest_that_a_patch_tests_is_not_written_in_place() {
    let it =
        folder(&[("kustomization.yaml", "resources:\n  - roll.yaml\n"), ("roll.yaml", ROLLOUT)]);
    assert_eq!(run(&it, EMIT).code, 0);
    let ran = run(&it, "fix --yes --confidence risky .");
    assert!(ran.code == 2 && ran.err.contains("tests what it says"), "{}{}", ran.out, ran.err);
    assert_eq!(read(&it, "roll.yaml"), ROLLOUT);
}

#[test]
fn each_fix_names_its_own_patch() {
    let both = format!("{ALIASED}---\n{ROLLOUT}");
    let it = folder(&[("kustomization.yaml", "resources:\n  - all.yaml\n"), ("all.yaml", &both)]);
    let ran = run(&it, EMIT);
    let names: Vec<String> = fs::read_dir(it.path().join("casehard"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    let own = |of: &str| names.iter().find(|it| it.contains(of)).unwrap();
    let lines = |of: &str| {
        ran.out
            .lines()
            .filter(|it| it.contains(of) && it.contains(" in casehard/"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (object, name) in [("Rollout/roll", own("roll")), ("Deployment/both", own("both"))] {
        let lines = lines(&format!("all.yaml: {object}"));
        assert!(
            !lines.is_empty() && lines.iter().all(|it| it.contains(name.as_str())),
            "{}",
            ran.out
        );
    }
}
