//! Kubernetes through the program: streams as kustomize and Helm pipe them, refusals, the Pod Security line.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;

use assert_cmd::Command;
use casehard::yaml::Tree;

const STREAM: &str = "# what kustomize built
apiVersion: v1
kind: Namespace
metadata: {name: web}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    config.kubernetes.io/path: 'web.yaml'
    postrenderer.helm.sh/postrender-filename: web.yaml # Helm needs it
spec:
  template:
    spec:
      containers:
        - name: web
          image: example.com/web
---
# Source: chart/templates/empty.yaml
---
apiVersion: v1
kind: ConfigMap
metadata: {name: rules}
data:
  alert: |
    {{ $labels.pod }} is down
";

fn casehard(args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("casehard").unwrap();
    command.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    command.args(args).env("NO_COLOR", "1");
    command
}

fn texts(command: &mut Command) -> (String, String, i32) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

#[test]
fn a_stream_keeps_every_document_comment_and_annotation() {
    let risky = ["fix", "-", "--confidence", "risky"];
    let (out, err, code) = texts(casehard(&risky).write_stdin(STREAM));
    assert_eq!(code, 0, "{err}");
    let documents = |text: &str| Tree::parse(text).unwrap().documents().count();
    assert_eq!(documents(&out), documents(STREAM));
    for line in STREAM.lines() {
        assert!(out.lines().any(|it| it == line), "lost: {line}\n{out}");
    }
    assert!(out.contains("readOnlyRootFilesystem: true"), "{out}");
    assert!(err.contains("fixed") && err.contains("1 restricted"), "{err}");
    let (again, _, code) = texts(casehard(&risky).write_stdin(out.clone()));
    assert_eq!((again, code), (out, 0));
}

#[test]
fn findings_that_are_left_do_not_fail_a_filter() {
    let left = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: a, image: a}]\n  \
                volumes: [{name: v, nfs: {server: s, path: /}}]\n";
    let (out, err, code) = texts(casehard(&["fix", "-"]).write_stdin(left));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("nfs") && err.contains("1 is manual"), "{err}");
}

#[test]
fn a_stream_without_workloads_passes_through() {
    let none = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n# the end";
    let (out, _, code) = texts(casehard(&["fix", "-"]).write_stdin(none));
    assert_eq!((out.as_str(), code), (none, 0));
    let (out, _, code) = texts(casehard(&["fix", "-"]).write_stdin(""));
    assert_eq!((out.as_str(), code), ("", 0));
}

#[test]
fn a_broken_stream_fails_and_writes_nothing() {
    for broken in ["a: [", "apiVersion: v1\nkind: Pod\nspec:\n  {{ toYaml .Values }}\n"] {
        let (out, err, code) = texts(casehard(&["fix", "-"]).write_stdin(broken));
        assert_eq!((out.as_str(), code), ("", 2), "{err}");
        assert!(!err.is_empty());
    }
}

#[test]
fn a_function_of_kustomize_gets_its_list_back() {
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {apiVersion: v1, kind: X}\n\
                items:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n    annotations:\n      \
                internal.config.kubernetes.io/index: '0'\n  spec:\n    containers:\n    - name: a\n      image: a\n";
    let (out, err, code) = texts(casehard(&["fix", "-"]).write_stdin(list));
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with(&list[..list.len() - 1]), "{out}");
    assert!(out.contains("type: RuntimeDefault"), "{out}");
}

#[test]
fn a_chart_in_a_tree_is_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let template = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  {{- if .x }}\n";
    fs::write(folder.path().join("pod.yaml"), template).unwrap();
    let path = folder.path().display().to_string();
    let (_, err, code) = texts(&mut casehard(&["fix", "--yes", "--allow-empty", &path]));
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("helm template . | casehard fix -"), "{err}");
    assert_eq!(fs::read_to_string(folder.path().join("pod.yaml")).unwrap(), template);
}

#[test]
fn encrypted_manifests_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: a}]}\nsops: {mac: 'ENC[x]'}\n";
    let path = folder.path().join("pod.yaml");
    fs::write(&path, text).unwrap();
    let (_, err, code) = texts(&mut casehard(&["fix", "--yes", &path.display().to_string()]));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("sops"), "{err}");
    assert_eq!(fs::read_to_string(path).unwrap(), text);
}

#[test]
fn the_pod_security_line_is_shown_before_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pod.yaml");
    fs::write(&path, STREAM).unwrap();
    let path = path.display().to_string();
    let (out, _, code) = texts(&mut casehard(&["check", &path]));
    assert_eq!(code, 1);
    assert!(out.contains("Deployment/web: Pod Security: baseline (not restricted: "), "{out}");
    assert!(out.contains("of Kubernetes 1.37: 1 baseline"), "{out}");
    let (out, _, _) = texts(&mut casehard(&[
        "fix",
        "--yes",
        "--confidence",
        "risky",
        "--kubernetes",
        "1.30",
        &path,
    ]));
    assert!(out.contains("Deployment/web: Pod Security: baseline → restricted"), "{out}");
    assert!(out.contains("of Kubernetes 1.30: 1 restricted"), "{out}");
}

#[test]
fn the_posture_of_a_deployment_gets_its_seccomp_profile_and_nothing_else() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/kubernetes/kinds/the-posture");
    let read = |name: &str| fs::read_to_string(format!("{folder}/{name}.yaml")).unwrap();
    let (input, expected) = (read("input"), read("expected"));
    let added: Vec<&str> =
        expected.lines().filter(|it| !input.lines().any(|old| old == *it)).collect();
    assert_eq!(added, ["        seccompProfile:", "          type: RuntimeDefault"]);
    let path = format!("{folder}/expected.yaml");
    let (out, _, code) = texts(&mut casehard(&["check", "--min-severity", "info", &path]));
    assert_eq!(code, 0, "{out}");
}

const RUBY: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: ruby\n";

#[test]
fn what_a_cluster_does_not_change_in_place_is_said() {
    let (_, err, _) = texts(casehard(&["fix", "-"]).write_stdin(RUBY));
    assert!(err.contains("1 Pod or Job cannot be changed in a cluster: delete it there"), "{err}");
    let (_, err, _) = texts(casehard(&["fix", "-"]).write_stdin(STREAM));
    assert!(!err.contains("cannot be changed"), "{err}");
}

#[test]
fn ruby_is_told_that_it_refuses_an_open_tmp() {
    let (out, _, _) = texts(casehard(&["check", "--format", "full", "-"]).write_stdin(RUBY));
    assert!(out.contains("set TMPDIR"), "{out}");
}

#[test]
fn fixes_that_get_into_each_others_way_are_told_apart_in_long_streams() {
    let one = include_str!("../golden/kubernetes/files/polaris-capability-case/input.yaml");
    let many = format!("---\n{}\n", one.trim()).repeat(70);
    let (out, err, code) =
        texts(casehard(&["fix", "-", "--confidence", "risky"]).write_stdin(many.as_str()));
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("70 restricted") && !err.contains("refused"), "{err}");
    assert_eq!(out.matches("readOnlyRootFilesystem: true").count(), 70, "{out}");
}

#[test]
fn a_kustomization_that_is_named_need_not_say_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["Kustomization", "kustomization.yml", "kustomization.yaml"] {
        let path = folder.path().join(name);
        let check = || texts(casehard(&["check"]).arg(&path));
        fs::write(&path, "resources: [web.yaml]\n").unwrap();
        let (out, err, code) = check();
        assert_eq!(code, 0, "{name}: {out}{err}");
        let patch = "patches:\n  - patch: '[{op: add, path: /spec/template/spec/hostPID, value: true}]'\n    target: {kind: Deployment}\n";
        fs::write(&path, patch).unwrap();
        let (out, err, code) = check();
        assert_eq!((code, out.contains("host-pid")), (1, true), "{name}: {out}{err}");
        fs::write(&path, "patches: [").unwrap();
        assert_eq!(check().2, 2, "{name} is broken");
    }
    let other = folder.path().join("other.yaml");
    fs::write(&other, "resources: [web.yaml]\n").unwrap();
    assert_eq!(texts(casehard(&["check"]).arg(&other)).2, 2, "a name that kustomize does not know");
}
