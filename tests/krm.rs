//! `casehard krm`: the function that kustomize and kpt run.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use assert_cmd::Command;
use casehard::workload::json::json;
use casehard::yaml::Tree;
use serde_json::Value;

const LIST: &str = "\
# what the orchestrator sent
apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: v1
  kind: ConfigMap
  metadata: {name: options}
  data: {confidence: risky, rules: 'privileged, runtime-socket,host-pid'}
items:
- apiVersion: v1
  kind: Service # first
  metadata: {name: s}
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: api
    namespace: prod
    annotations:
      internal.config.kubernetes.io/path: 'web/api.yaml'
      internal.config.kubernetes.io/index: '2'
      config.k8s.io/id: '1'
  spec:
    template:
      spec:
        containers:
        - name: app   # the only one
          image: example/app:1
          securityContext: {privileged: true} # why
        volumes: [{name: host, hostPath: {path: /var/lib/docker}}]
";

fn krm(list: &str) -> (String, String, i32) {
    let mut command = Command::cargo_bin("casehard").unwrap();
    command.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    command.current_dir(std::env::temp_dir()).env("NO_COLOR", "1");
    let output = command.arg("krm").write_stdin(list).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

fn data(text: &str) -> Value {
    json(Tree::parse(text).unwrap().documents().next().unwrap()).unwrap()
}

#[test]
fn items_are_mended_in_the_text_of_the_list_and_results_say_so() {
    for version in ["v1", "v1beta1"] {
        let list = LIST.replace("kubernetes.io/v1\n", &format!("kubernetes.io/{version}\n"));
        let (out, err, code) = krm(&list);
        assert_eq!(code, 0, "{err}");
        let (own, results) = out.split_once("results:\n").unwrap();
        assert_eq!(own, list.replace("privileged: true", "privileged: false"));
        let results = &data(&format!("results:\n{results}"))["results"];
        let wanted = serde_json::json!({
            "message": "Deployment/api container app: the container is privileged (mended: set privileged to false)",
            "severity": "info",
            "resourceRef": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "prod", "name": "api"},
            "field": {
                "path": "spec.template.spec.containers[0].securityContext.privileged",
                "currentValue": true,
                "proposedValue": false,
            },
            "file": {"path": "web/api.yaml", "index": 2},
            "tags": {"rule": "privileged", "tier": "risky"},
        });
        assert_eq!(results[0], wanted);
        assert!(err.contains("1 finding fixed"), "{err}");
    }
}

#[test]
fn by_default_what_is_safe_or_likely_is_mended_and_the_rest_is_told() {
    let list = LIST
        .replace("confidence: risky, ", "")
        .replace("rules:", "skip: writable-rootfs, kubernetes:");
    let list = list.replace("'privileged, runtime-socket,host-pid'", "'1.30'");
    let (out, err, code) = krm(&list);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("privileged: true") && out.contains("type: RuntimeDefault"), "{out}");
    let results = &data(&out)["results"];
    let of = |rule: &str| results.as_array().unwrap().iter().find(|it| it["tags"]["rule"] == rule);
    let left = of("privileged").unwrap();
    assert_eq!((&left["severity"], &left["tags"]["tier"]), (&"error".into(), &"risky".into()));
    assert!(of("writable-rootfs").is_none());
    // What it wrote it does not write again.
    let own = out.split_once("results:\n").unwrap().0;
    assert_eq!(krm(own).0.split_once("results:\n").unwrap().0, own);
}

#[test]
fn an_own_kind_says_it_under_spec_and_lists_of_nothing_pass() {
    let own = LIST.replace(
        "apiVersion: v1\n  kind: ConfigMap",
        "apiVersion: casehard.dev/v1\n  kind: Harden",
    );
    let own = own.replace(
        "  data: {confidence: risky, rules: 'privileged, runtime-socket,host-pid'}",
        "  spec:\n    confidence: risky\n    rules:\n    - privileged",
    );
    let (out, err, code) = krm(&own);
    assert!(code == 0 && out.contains("privileged: false"), "{out}{err}");
    let none = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [] # none\n";
    assert_eq!((krm(none).0.as_str(), krm(none).2), (none, 0));
}

#[test]
fn what_is_no_list_of_a_known_version_is_refused_with_its_place() {
    for (list, why) in [
        (
            LIST.replace("kubernetes.io/v1\n", "kubernetes.io/v2\n"),
            "stdin:2:13: a ResourceList of another version: known are config.kubernetes.io/v1 and",
        ),
        (LIST.replace("kind: ResourceList", "kind: List"), "stdin:2:1: no ResourceList"),
        (format!("{LIST}---\n{LIST}"), "a second list: a function reads one ResourceList"),
        (format!("{LIST}---\na: b\n"), "something behind the list: a function reads one"),
        (
            LIST.replace("  data: {", "  spec: {"),
            "stdin:8:3: `spec` means nothing here: a ConfigMap says it under `data`",
        ),
        (
            LIST.replace("kind: ConfigMap", "kind: Harden"),
            "stdin:8:3: `data` means nothing here: an object of its own kind says it under `spec`",
        ),
        (
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: risky\n"
                .to_owned(),
            "stdin:3:1: `functionConfig` has to be a mapping",
        ),
        (String::new(), "a function reads one ResourceList"),
        (LIST.replace("risky", "brave"), "stdin:8:10: `confidence`: is safe, likely or risky"),
        (LIST.replace("rules:", "rule:"), "`rule`: is not known; known are confidence, rules"),
        (
            LIST.replace("privileged,", "privilege,"),
            "stdin:8:29: `rules`: unknown rule `privilege`",
        ),
        (
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: {a: b}\n".to_owned(),
            "stdin:3:8: `items` has to be a list",
        ),
        ("a: [".to_owned(), "stdin:1:"),
    ] {
        let (out, err, code) = krm(&list);
        assert_eq!((out.as_str(), code), ("", 2), "{err}");
        assert!(err.contains(why), "{err}");
    }
}

#[test]
fn results_of_an_earlier_run_are_replaced_and_those_of_others_stay() {
    let list = LIST.replace("confidence: risky", "confidence: safe");
    let (first, err, code) = krm(&list);
    assert_eq!(code, 0, "{err}");
    assert!(first.contains("results:\n"), "{first}");
    assert_eq!(krm(&first).0, first);
    let other = "results:\n- message: theirs # kept\n  severity: info\n";
    let (both, err, code) = krm(&format!("{list}{other}"));
    assert_eq!(code, 0, "{err}");
    assert!(both.contains(other), "{both}");
    assert_eq!(krm(&both).0, both);
}
