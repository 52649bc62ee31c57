//! A review whose fixes go to an override.

use std::fs;

use super::driver::Start;
use super::{RULES, WEB};

const ARGS: &[&str] = &[RULES[0], RULES[1], "--emit", "override"];

#[test]
fn what_is_accepted_goes_to_the_override_and_the_file_stays() {
    let mut review = Start { args: ARGS, ..Start::default() }.review();
    review.press("y");
    review.press("y");
    let shown = review.last("v");
    assert!(shown.contains("Write 2 fixes, 1 of them risky, to compose.override.yaml?"), "{shown}");
    let shown = review.last("y");
    assert!(shown.contains("+    privileged: false"), "{shown}");
    let (rest, status) = review.end();
    assert!(rest.contains("Written: compose.override.yaml (2 fixed, 0 waived, "), "{rest}");
    assert!(rest.contains("Docker Compose loads it by itself"), "{rest}");
    let read = |name: &str| fs::read_to_string(review.folder.path().join(name)).unwrap();
    assert_eq!((read("compose.yaml"), status), (WEB.to_owned(), 0));
    let text = read("compose.override.yaml");
    assert!(
        text.ends_with("services:\n  web:\n    privileged: false\n    cap_drop:\n      - ALL\n"),
        "{text}"
    );
}

#[test]
fn what_is_left_comes_back_with_the_same_options() {
    let mut review = Start { args: ARGS, ..Start::default() }.review();
    review.press("q");
    let (rest, status) = review.end();
    assert!(rest.contains("--emit override compose.yaml"), "{rest}");
    assert_eq!(status, 1);
    assert!(!review.folder.path().join("compose.override.yaml").exists());
}

#[test]
fn a_base_that_changed_meanwhile_gets_no_override() {
    let mut review = Start { args: ARGS, ..Start::default() }.review();
    review.press("y");
    review.press("y");
    review.wait("[y,n,v,b]");
    let base = review.folder.path().join("compose.yaml");
    fs::write(&base, WEB.replace("web:", "www:")).unwrap();
    review.press("y");
    let (rest, status) = review.end();
    assert!(rest.contains("Not written: compose.yaml: changed since it was read"), "{rest}");
    assert_eq!(status, 2);
    assert!(!review.folder.path().join("compose.override.yaml").exists());
}

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  hostNetwork: true
  containers:
    - name: web
      image: prom/alertmanager:v0.27.0
      securityContext:
        privileged: true
";

#[test]
fn patches_of_two_manifests_share_their_kustomization() {
    let other = POD.replace("name: web\nspec", "name: other\nspec");
    let args = &["--rule", "privileged,host-network", "--emit", "kustomize"];
    let files = &[("a.yaml", POD), ("b.yaml", other.as_str())];
    let mut review = Start { args, files, ..Start::default() }.review();
    review.press("\r");
    review.press("y");
    review.press("y");
    review.last("y");
    let shown = review.press("y");
    let written = "Written: kustomization.yaml and its patches (2 fixed, 0 waived, 0 left)";
    assert!(shown.contains(written), "{shown}");
    review.press("y");
    review.last("y");
    let (rest, status) = review.end();
    let read = |name: &str| fs::read_to_string(review.folder.path().join(name)).unwrap();
    assert_eq!(
        (read("a.yaml"), read("b.yaml"), status),
        (POD.to_owned(), other.clone(), 0),
        "{rest}"
    );
    let named = "resources:\n  - a.yaml\n  - b.yaml\npatches:\n  - path: casehard/pod-web.yaml\n  - path: casehard/pod-other.yaml\n";
    assert!(read("kustomization.yaml").ends_with(named), "{}", read("kustomization.yaml"));
    assert!(read("casehard/pod-other.yaml").contains("privileged: false"));
}
