//! Kubernetes objects with settings at pod and container level in every spelling that a rule speaks of.

use std::fmt::Write as _;

use super::words::Words;

/// Settings that both levels may have.
const BOTH: &[(&str, &[&str])] = &[
    ("runAsUser", &["0", "1000", "1000", "101", "\"1000\""]),
    ("runAsGroup", &["0", "1000"]),
    ("runAsNonRoot", &["true", "false", "yes", "\"true\""]),
    (
        "seccompProfile",
        &[
            "{type: RuntimeDefault}",
            "{type: Unconfined}",
            "{type: Localhost, localhostProfile: a.json}",
        ],
    ),
    ("appArmorProfile", &["{type: RuntimeDefault}", "{type: Unconfined}"]),
    ("seLinuxOptions", &["{type: spc_t}", "{type: container_t}", "{level: \"s0:c1\"}"]),
];

const POD: &[(&str, &[&str])] = &[
    ("fsGroup", &["1000", "0"]),
    ("supplementalGroups", &["[1000]"]),
    ("sysctls", &["[{name: net.core.somaxconn, value: \"1024\"}]"]),
];

const OWN: &[(&str, &[&str])] = &[
    ("privileged", &["true", "false"]),
    ("allowPrivilegeEscalation", &["true", "false", "no"]),
    ("readOnlyRootFilesystem", &["true", "false"]),
    ("procMount", &["Default", "Unmasked"]),
];

const SPEC: &[(&str, &[&str])] = &[
    ("hostNetwork", &["true", "false"]),
    ("hostPID", &["true"]),
    ("hostIPC", &["true", "false"]),
    ("hostUsers", &["false"]),
    ("shareProcessNamespace", &["true"]),
    ("automountServiceAccountToken", &["true"]),
];

const ANNOTATIONS: &[&str] = &[
    "container.apparmor.security.beta.kubernetes.io/a: unconfined",
    "container.apparmor.security.beta.kubernetes.io/b: runtime/default",
    "seccomp.security.alpha.kubernetes.io/pod: unconfined",
    "example.org/owner: team",
];

const HEADS: &[(&str, &str, bool)] = &[
    ("v1", "Pod", false),
    ("apps/v1", "Deployment", true),
    ("apps/v1", "DaemonSet", true),
    ("batch/v1", "Job", true),
];

/// A file of one or two objects.
pub(crate) fn write(words: &mut Words) -> String {
    let mut out = String::new();
    for number in 0..=words.below(2) {
        if number > 0 {
            out.push_str("---\n");
        }
        object(words, &mut out);
    }
    out
}

fn object(words: &mut Words, out: &mut String) {
    let (version, kind, template) = HEADS[words.below(HEADS.len())];
    let _ = writeln!(out, "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: x");
    let pad = match template {
        true => {
            let _ = writeln!(out, "spec:\n  template:\n    metadata:\n      labels: {{app: x}}");
            "    "
        }
        false => "",
    };
    if words.one_in(3) {
        let _ = writeln!(out, "{pad}  annotations:");
        for it in words.some(ANNOTATIONS) {
            let _ = writeln!(out, "{pad}    {it}");
        }
    }
    let _ = writeln!(out, "{pad}spec:");
    let pad = format!("{pad}  ");
    settings(words, (&pad, 6), SPEC, out);
    if words.one_in(2) {
        let _ = writeln!(out, "{pad}securityContext:");
        let inner = format!("{pad}  ");
        let _ = writeln!(out, "{inner}fsGroupChangePolicy: OnRootMismatch");
        settings(words, (&inner, 2), BOTH, out);
        settings(words, (&inner, 4), POD, out);
    }
    if words.one_in(4) {
        let _ = writeln!(out, "{pad}initContainers:");
        container(words, &pad, "i", out);
    }
    let _ = writeln!(out, "{pad}containers:");
    for name in &["a", "b"][..=words.below(2)] {
        container(words, &pad, name, out);
    }
    let _ = writeln!(out, "{pad}volumes:\n{pad}  - {{name: s, emptyDir: {{}}}}");
}

fn container(words: &mut Words, pad: &str, name: &str, out: &mut String) {
    let _ = writeln!(out, "{pad}  - name: {name}\n{pad}    image: {}", words.image());
    if words.one_in(3) {
        let _ = writeln!(out, "{pad}    volumeMounts: [{{name: s, mountPath: /tmp}}]");
    }
    if words.one_in(6) {
        return;
    }
    let _ = writeln!(out, "{pad}    securityContext:");
    let inner = format!("{pad}      ");
    let before = out.len();
    settings(words, (&inner, 3), BOTH, out);
    settings(words, (&inner, 3), OWN, out);
    if words.one_in(4) && out.len() > before {
        return;
    }
    let _ = writeln!(out, "{inner}capabilities:");
    let drop_first = words.one_in(2);
    for key in if drop_first { ["drop", "add"] } else { ["add", "drop"] } {
        if key == "drop" || words.one_in(2) {
            let _ = writeln!(out, "{inner}  {key}: {}", words.capabilities());
        }
    }
}

/// Some of these settings, each with this chance.
fn settings(
    words: &mut Words,
    (pad, chance): (&str, usize),
    all: &[(&str, &[&str])],
    out: &mut String,
) {
    for (key, values) in all {
        if words.one_in(chance) {
            let _ = writeln!(out, "{pad}{key}: {}", words.pick(values));
        }
    }
}
