//! `fix --emit kustomize`: patches beside the manifests that they are for.

use std::fs;

use super::{folder, read, run};

const API: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  template:
    spec:
      hostNetwork: true
      containers:
        - name: app
          image: example/app:1
          securityContext:
            privileged: true # why
          volumeMounts:
            - {name: sock, mountPath: /var/run/docker.sock}
            - {name: data, mountPath: /data}
      volumes:
        - name: sock
          hostPath: {path: /var/run/docker.sock}
        - name: data
          emptyDir: {}
";

const PATCH: &str = "\
# Hardens Deployment api of api.yaml, which stays as it is: kustomize puts this over it.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  template:
    spec:
      containers:
        - name: app
          securityContext:
            privileged: false
          volumeMounts:
            - mountPath: /var/run/docker.sock
              $patch: delete
      hostNetwork: false
      volumes:
        - name: sock
          $patch: delete
";

const NEW: &str = "\
# Hardens the manifests below, which stay as they are: `kubectl apply -k` puts these patches over them.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - api.yaml
  - service.yaml
patches:
  - path: casehard/deployment-api.yaml
";

const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {ports: [{port: 80}]}\n";

pub(crate) const ROLLOUT: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: roll, namespace: prod}
spec:
  template:
    spec:
      containers:
        - name: app
          image: example/app:1
          securityContext: {privileged: true}
";

const YES: &str =
    "fix --yes --confidence risky --rule privileged,host-network,runtime-socket --emit kustomize";

#[test]
fn a_kustomization_is_made_beside_the_manifests_which_stay() {
    let it = folder(&[("api.yaml", API), ("service.yaml", SERVICE)]);
    let shown = run(&it, &format!("{} .", YES.replace("--yes", "--diff")));
    assert_eq!(shown.code, 1, "{}", shown.err);
    assert!(shown.out.contains("+++ b/casehard/deployment-api.yaml"), "{}", shown.out);
    assert!(shown.out.contains("+++ b/kustomization.yaml"), "{}", shown.out);
    assert!(!shown.out.contains("b/api.yaml"), "{}", shown.out);
    assert_eq!(fs::read_dir(it.path()).unwrap().count(), 2);
    let ran = run(&it, &format!("{YES} ."));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!((read(&it, "api.yaml"), read(&it, "service.yaml")), (API.into(), SERVICE.into()));
    assert_eq!(read(&it, "casehard/deployment-api.yaml"), PATCH);
    assert_eq!(read(&it, "kustomization.yaml"), NEW);
    assert!(ran.err.contains("`kubectl apply -k .`"), "{}", ran.err);
    for words in [".", "api.yaml", "api.yaml service.yaml"] {
        let again = run(&it, &format!("{YES} {words}"));
        assert_eq!(again.code, 0, "{}{}", again.out, again.err);
        assert!(again.out.contains("0 findings fixed"), "{}", again.out);
        assert_eq!(read(&it, "casehard/deployment-api.yaml"), PATCH);
        assert_eq!(read(&it, "kustomization.yaml"), NEW);
    }
}

#[test]
fn a_kustomization_that_is_there_is_completed_and_a_patch_goes_on() {
    let own = "\
# ours
namePrefix: pre-   # why
resources: [m/api.yaml, \"m/roll.yaml\"]
patches:
# first
- patch: '[{op: add, path: /x, value: 1}]'
  target: {kind: Nothing}
labels: []
";
    let it =
        folder(&[("k/kustomization.yml", own), ("k/m/api.yaml", API), ("k/m/roll.yaml", ROLLOUT)]);
    let first = YES.replace("privileged,", "");
    let ran = run(&it, &format!("{first} k/m"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let entry = "  target: {kind: Nothing}\n- path: casehard/deployment-api.yaml\n";
    let completed = own.replace("  target: {kind: Nothing}\n", entry);
    assert_eq!(read(&it, "k/kustomization.yml"), completed);
    let patch = "k/casehard/deployment-api.yaml";
    fs::write(it.path().join(patch), read(&it, patch).replace("\nspec:\n", "\n# keep\nspec:\n"))
        .unwrap();
    let ran = run(&it, &format!("{YES} ."));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("2 findings fixed"), "{}", ran.out);
    let text = read(&it, patch);
    assert!(text.contains("# keep\nspec:") && text.contains("privileged: false"), "{text}");
    let operations = "\
# Hardens Rollout roll of namespace prod of roll.yaml, which stays as it is: kustomize puts this over it.
- op: test
  path: /spec/template/spec/containers/0/name
  value: \"app\"
- op: test
  path: /spec/template/spec/containers/0/securityContext/privileged
  value: true
- op: replace
  path: /spec/template/spec/containers/0/securityContext/privileged
  value: false
";
    assert_eq!(read(&it, "k/casehard/prod_rollout.argoproj.io-roll.yaml"), operations);
    let target = "- path: casehard/prod_rollout.argoproj.io-roll.yaml
  target:
    group: argoproj.io
    version: v1alpha1
    kind: Rollout
    name: roll
    namespace: prod
";
    let both = completed.replace("labels:", &format!("{target}labels:"));
    assert_eq!(read(&it, "k/kustomization.yml"), both);
    assert_eq!(
        (read(&it, "k/m/api.yaml"), read(&it, "k/m/roll.yaml")),
        (API.into(), ROLLOUT.into())
    );
    assert_eq!(run(&it, "undo").code, 0);
    assert_eq!(read(&it, "k/kustomization.yml"), completed);
    assert!(!read(&it, patch).contains("privileged"));
}

#[track_caller]
fn is_refused(files: &[(&str, &str)], words: &str, why: &str) {
    let it = folder(files);
    let ran = run(&it, &format!("{YES} {words}"));
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains(why), "{}{}", ran.out, ran.err);
    for (name, text) in files {
        assert_eq!(read(&it, name), *text, "{name}");
    }
    assert!(!it.path().join("casehard").exists());
}

#[test]
fn what_cannot_be_completed_or_told_apart_is_refused_with_its_place() {
    let builds = |rest: &str| format!("resources: [api.yaml]\n{rest}");
    let cases = [
        (
            builds("patches: {a: b}\n"),
            "kustomization.yaml:2:10: this kustomization cannot take a patch: `patches` has to be a list",
        ),
        (
            builds("---\na: b\n"),
            "kustomization.yaml: this kustomization cannot take a patch: kustomize takes one document",
        ),
        (builds("patches: [\n"), "kustomization.yaml:"),
    ];
    for (own, why) in &cases {
        is_refused(&[("kustomization.yaml", own), ("api.yaml", API)], "api.yaml", why);
    }
    let twice = format!("{API}---\n{API}");
    is_refused(
        &[("api.yaml", &twice)],
        ".",
        "api.yaml:23:1: Deployment api stands at api.yaml:1 too",
    );
    is_refused(
        &[("a.yaml", API), ("b.yaml", API)],
        ".",
        "b.yaml:1:1: Deployment api stands at a.yaml:1 too",
    );
    is_refused(
        &[("compose.yaml", "services:\n  a: {image: a}\n")],
        ".",
        "run again with --emit override",
    );
    is_refused(
        &[("api.yaml", API)],
        "--emit-to x.yaml .",
        "a kustomization lies with what it builds",
    );
    let other = "apiVersion: v1\nkind: Secret\n";
    let files = [
        ("kustomization.yaml", &*builds("patches: [{path: casehard/deployment-api.yaml}]\n")),
        ("api.yaml", API),
    ];
    let it = folder(&[files[0], files[1], ("casehard/deployment-api.yaml", other)]);
    let ran = run(&it, &format!("{YES} api.yaml"));
    let why = "casehard/deployment-api.yaml: is no patch of Deployment api";
    assert!(ran.code == 2 && ran.err.contains(why), "{}{}", ran.out, ran.err);
    assert_eq!(read(&it, "casehard/deployment-api.yaml"), other);
}

#[track_caller]
fn is_left(files: &[(&str, &str)], words: &str, why: &str) {
    let it = folder(files);
    let ran = run(&it, &format!("{YES} {words}"));
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(format!("{}{}", ran.out, ran.err).contains(why), "{}{}", ran.out, ran.err);
    for (name, text) in files {
        assert_eq!(read(&it, name), *text, "{name}");
    }
}

#[test]
fn what_no_patch_can_say_is_left_with_the_reason() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: a-}\nspec:\n  template:\n    spec:\n      \
               hostNetwork: true\n      containers: [{name: a, image: a}]\n";
    is_left(&[("job.yaml", job)], ".", "no patch finds an object whose name is left out");
    let other = ("kustomization.yaml", "resources: [b.yaml]\n");
    is_left(&[other, ("api.yaml", API)], "api.yaml", "kustomization.yaml does not build it");
    let mounts = API.replace(
        "mountPath: /data}",
        "mountPath: /data}\n            - {name: data, mountPath: /data}",
    );
    let it = folder(&[("api.yaml", &mounts)]);
    let ran = run(&it, &format!("{YES} ."));
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let why = "two items of `volumeMounts` have the mountPath \"/data\", and kustomize drops one";
    assert!(ran.out.contains(why) || ran.err.contains(why), "{}{}", ran.out, ran.err);
    assert!(!it.path().join("casehard").exists());
}

#[test]
fn a_check_of_the_folder_finds_nothing_in_the_patches() {
    let it = folder(&[("api.yaml", API)]);
    run(&it, &format!("{} .", YES.replace("--rule privileged,host-network,runtime-socket ", "")));
    let checked = run(&it, "check .");
    assert!(!checked.out.contains("casehard/deployment-api.yaml"), "{}", checked.out);
}

#[test]
fn lists_keep_their_order_under_a_patch() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  initContainers:\n  - {name: one, image: a}\n  \
               - {name: two, image: a, securityContext: {privileged: true}}\n  - {name: three, image: a}\n  containers:\n  \
               - {name: app, image: a}\n";
    let it = folder(&[("pod.yaml", pod)]);
    let ran = run(&it, &format!("{YES} ."));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let patch = read(&it, "casehard/pod-p.yaml");
    let wanted = "  initContainers:\n    - name: one\n    - name: two\n      securityContext:\n        privileged: false\n";
    assert!(patch.ends_with(wanted), "{patch}");
}

#[test]
fn what_else_a_kustomization_builds_or_says_is_looked_at() {
    let listed = |rest: &str| format!("resources: [api.yaml, sub]\n{rest}");
    let sub = ("sub/kustomization.yaml", "namePrefix: x-\nresources: [e.yaml]\n");
    is_refused(
        &[("kustomization.yaml", &listed("")), ("api.yaml", API), sub, ("sub/e.yaml", API)],
        "api.yaml",
        "api.yaml:1:1: Deployment api is built from sub/e.yaml:1 too",
    );
    is_refused(
        &[
            ("kustomization.yaml", "resources: [api.yaml]\n"),
            ("kustomization.yml", "resources: [api.yaml]\n"),
            ("api.yaml", API),
        ],
        "api.yaml",
        "kustomization.yml: kustomization.yaml lies here too",
    );
    let own = |rest: &str| format!("resources: [api.yaml]\n{rest}");
    for (rest, why) in [
        ("openapi: {path: s.json}\n", "kustomization.yaml:2 gives kustomize a schema of its own"),
        (
            "patches:\n- target: {kind: Deployment}\n  patch: '[{op: remove, path: /spec/template/spec/volumes/0}]'\n",
            "a patch at kustomization.yaml:3 takes something away from Deployment api",
        ),
        (
            "patchesStrategicMerge:\n- |-\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: api}\n  $patch: delete\n",
            "deletes or replaces parts of Deployment api",
        ),
    ] {
        is_left(&[("kustomization.yaml", &own(rest)), ("api.yaml", API)], "api.yaml", why);
    }
    let two = ("b/kustomization.yaml", "resources: [../a/api.yaml]\n");
    let files = [("a/kustomization.yaml", &*own("")), ("a/api.yaml", API), two];
    is_left(&files, ".", "b/kustomization.yaml builds it too");
}

#[test]
fn what_is_stale_or_not_ours_stays_and_is_named() {
    let it = folder(&[("api.yaml", API)]);
    run(&it, &format!("{YES} ."));
    let (patch, own) = (read(&it, "casehard/deployment-api.yaml"), read(&it, "kustomization.yaml"));
    for (from, to, what) in [
        ("name: api", "name: web", "Deployment api"),
        ("name: app", "name: main", "container app of Deployment api"),
    ] {
        fs::write(it.path().join("api.yaml"), API.replace(from, to)).unwrap();
        let ran = run(&it, &format!("{YES} ."));
        let why =
            format!("casehard/deployment-api.yaml: a patch of {what}, which kustomization.yaml");
        assert!(ran.code == 2 && ran.err.contains(&why), "{}{}", ran.out, ran.err);
        assert_eq!(read(&it, "casehard/deployment-api.yaml"), patch);
        assert_eq!(read(&it, "kustomization.yaml"), own);
    }
    let it = folder(&[("api.yaml", API), ("casehard/deployment-api.yaml", SERVICE)]);
    let ran = run(&it, &format!("{YES} api.yaml"));
    assert!(ran.code == 2 && ran.err.contains("not written by casehard"), "{}{}", ran.out, ran.err);
    assert_eq!(read(&it, "casehard/deployment-api.yaml"), SERVICE);
    is_blocked();
}

fn is_blocked() {
    let it = folder(&[("api.yaml", API), ("casehard", "a file\n")]);
    let ran = run(&it, &format!("{YES} api.yaml"));
    assert!(ran.code == 2 && ran.err.contains("a file is where"), "{}{}", ran.out, ran.err);
    assert!(!it.path().join("kustomization.yaml").exists());
    let name = "a".repeat(240);
    let it = folder(&[("api.yaml", &API.replace("name: api", &format!("name: {name}")))]);
    let ran = run(&it, &format!("{YES} api.yaml"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn a_check_judges_manifests_with_the_patches_of_an_earlier_run() {
    let folder = folder(&[
        ("kustomization.yaml", "resources:\n  - api.yaml\n"),
        ("api.yaml", API),
        ("other.yaml", &API.replace("name: api", "name: other")),
    ]);
    assert_eq!(run(&folder, "fix --yes --confidence risky --emit kustomize .").code, 1);
    let out = run(&folder, "check --format json .").out;
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let found = |path: &str, rule: &str| {
        let all = report["findings"].as_array().unwrap();
        all.iter().any(|it| it["path"] == path && it["rule"] == rule)
    };
    for rule in ["privileged", "runtime-socket", "host-network"] {
        assert!(!found("api.yaml", rule) && found("other.yaml", rule), "{out}");
    }
    let all = report["findings"].as_array().unwrap();
    assert!(!all.iter().any(|it| it["path"].as_str().unwrap().starts_with("casehard/")), "{out}");
    // What a patch says itself is found: in the manifest that it is for.
    let patch = read(&folder, "casehard/deployment-api.yaml");
    let weak = patch.replace("privileged: false", "privileged: true");
    std::fs::write(folder.path().join("casehard/deployment-api.yaml"), weak).unwrap();
    let out = run(&folder, "check .").out;
    assert!(out.contains(":13 critical privileged"), "{out}");
    // A second run still refuses what nothing builds, and says so.
    let again = run(&folder, "fix --yes --confidence risky --emit kustomize other.yaml");
    assert!(again.code == 1 && again.out.contains("does not build it"), "{}", again.out);
}
