//! What is not yet YAML, or not ours to write: templates, encrypted files, policies.

use crate::attempt::{named, walked};

const ADVICE: &str = "helm template";

#[track_caller]
fn template(text: &str, place: &str) {
    named("deployment.yaml", text).is_refused(place, ADVICE);
    let walked = walked("deployment.yaml", text);
    assert_eq!(walked.code, 0, "{}", walked.said);
    assert!(walked.said.contains(ADVICE) && walked.after == walked.before, "{}", walked.said);
}

#[test]
fn templates_are_refused_with_the_way_that_works() {
    let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n";
    template(
        &format!("{head}  containers:\n    - name: a\n      image: {{{{ .Values.image }}}}\n"),
        "7:14",
    );
    template(
        &format!("{head}{{{{- if .Values.on }}}}\n  hostNetwork: true\n{{{{- end }}}}\n"),
        "5:3",
    );
    template(
        &format!("{head}  securityContext:\n    {{{{- toYaml .Values.x | nindent 4 }}}}\n"),
        "6:7",
    );
    template("services:\n{% for a in b %}\n  {{ a }}:\n    image: a\n{% endfor %}\n", "2:2");
    template(
        "#@ load(\"@ytt:data\", \"data\")\nservices:\n  a:\n    image: #@ data.values.image\n",
        "1:1",
    );
}

#[test]
fn braces_in_text_are_only_text() {
    let web = "services:\n  web:\n    image: a\n";
    let rest = [
        "    labels:\n      - \"host={{.Node.Hostname}}\"\n",
        "    hostname: '{{.Task.Slot}}'\n",
        "    # {{ .Values.image }}\n",
        "    command: |\n      {{ range . }}\n      {% x %}\n",
        "    environment:\n      - NAME=n-{{.Task.Slot}}\n",
    ];
    for rest in rest {
        let new = named("compose.yaml", format!("{web}{rest}")).is_mended();
        assert!(new.contains(rest), "{new}");
    }
}

#[test]
fn an_error_beside_braces_in_text_is_an_error_in_yaml() {
    let text = "services:\n  web:\n    image: a\n    hostname: \"{{.Task.Slot}}\"\n    ports: [\n";
    named("compose.yaml", text).is_refused("6:1", "not YAML");
}

#[test]
fn encrypted_files_are_refused() {
    let text = "services:\n  web:\n    image: ENC[AES256_GCM,data:x]\nsops:\n  mac: ENC[x]\n";
    named("compose.yaml", text).is_refused("4:1", "sops");
}

#[test]
fn what_is_no_workload_is_left_in_peace() {
    let policy = "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: a}\nspec: {privileged: true}\n";
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  pod.yaml: |\n    kind: Pod\n    spec:\n      containers: [{name: a, image: a}]\n";
    let kustomization = "resources:\n  - a.yaml\npatches:\n  - patch: |\n      - op: add\n";
    for text in [policy, map, kustomization] {
        walked("thing.yaml", text).is_left_in_peace();
    }
}

#[test]
fn windows_containers_are_left_in_peace() {
    named("compose.yaml", "services:\n  a:\n    image: a\n    platform: windows/amd64\n")
        .is_left_in_peace();
}
