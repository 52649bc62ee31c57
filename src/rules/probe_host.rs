//! `probe-host`: a probe or lifecycle hook makes the kubelet call another host.

use super::{Case, Check, Proposal, Rule, Weakness};
use crate::finding::{Severity, Site};
use crate::workload::{Dialect, Joined, Namespace, view};
use crate::yaml::{Action, Node};

pub(super) static RULE: Rule = Rule {
    id: "probe-host",
    summary: "a probe names a host",
    severity: Severity::Medium,
    docs: "The kubelet sends the request of a probe or hook from the node's network: with a `host` of its choice a pod \
can make the node call anything (baseline since Kubernetes 1.34). Without it the pod's own address is called.\n\n**The \
fix may break** probes of a process that listens on loopback in the host's network.",
    example: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: a\n      livenessProbe:\n        httpGet: {host: example.com, port: 80}\n",
    references: &["PSS baseline 1.34"],
    follows: &[],
    check: Check::Container(check),
};

const PLACES: &[&[&str]] = &[
    &["livenessProbe"],
    &["readinessProbe"],
    &["startupProbe"],
    &["lifecycle", "postStart"],
    &["lifecycle", "preStop"],
];

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Kubernetes(pod) = &case.workload.dialect else { return Vec::new() };
    if case.settings.kubernetes < (1, 34) {
        return Vec::new();
    }
    let in_host = matches!(case.workload.namespace(Namespace::Network), Joined::Host(_));
    let mut found = Vec::new();
    for place in PLACES {
        let Some(probe) = descend(case.container.node, place) else { continue };
        for kind in ["httpGet", "tcpSocket"] {
            let Some(call) = descend(probe, &[kind]) else { continue };
            let Some(host) = view::lookup(call, "host").filter(|it| it.value.value() != Some(""))
            else {
                continue;
            };
            let site = Site { file: pod.file, span: host.written.span() };
            let name = host.value.value().unwrap_or("");
            let weakness = Weakness::new(site, format!("a probe makes the node call {name}"));
            let written = pod.change(call, &["host"], Action::Remove);
            let risk = match in_host {
                true => "probes of a process that listens on loopback only",
                false => "probes of something else than the pod",
            };
            found.push(weakness.fix(Proposal::risky("probe the pod's own address", written, risk)));
        }
    }
    found
}

fn descend<'t>(from: Node<'t>, path: &[&str]) -> Option<Node<'t>> {
    path.iter().try_fold(from, |node, key| view::lookup(node, key).map(|it| it.value))
}
