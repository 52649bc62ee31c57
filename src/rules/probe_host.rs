//! `probe-host`: a probe or lifecycle hook makes the kubelet call another host.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::{Severity, Site};
use crate::workload::{Dialect, Joined, Namespace};

pub(super) static RULE: Rule = Rule {
    id: "probe-host",
    summary: "a probe names a host",
    severity: Severity::Medium,
    docs: "The kubelet sends the request of a probe or hook from the node's network: with a `host` of its choice a pod \
can make the node call anything (baseline since Kubernetes 1.34). Without it the pod's own address is called.\n\n**The \
fix may break** probes of a process that listens on loopback in the host's network.",
    example: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: a\n      livenessProbe:\n        httpGet: {host: example.com, port: 80}\n",
    pod: "",
    references: &["PSS baseline 1.34"],
    follows: &[],
    scope: Scope::Pods,
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Kubernetes(pod) = &case.workload.dialect else { return Vec::new() };
    if case.settings.kubernetes < (1, 34) {
        return Vec::new();
    }
    let in_host = matches!(case.workload.namespace(Namespace::Network), Joined::Host(_));
    let hosts = pod.probed_hosts(case.container.index).into_iter();
    let found = hosts.map(|host| {
        let site = Site { file: pod.file, span: host.written.span() };
        let name = host.value.value().unwrap_or("");
        let weakness = Weakness::new(site, format!("a probe makes the node call {name}"));
        let written = pod.remove_own_key(case.container.index, host.key);
        let risk = match in_host {
            true => "probes of a process that listens on loopback only",
            false => "probes of something else than the pod",
        };
        weakness.fix(Proposal::risky("probe the pod's own address", written, risk))
    });
    found.collect()
}
