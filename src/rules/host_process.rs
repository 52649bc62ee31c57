//! `host-process`: a Windows container that is a process of the host.

use super::{Case, Check, Rule, Scope, Weakness};
use crate::finding::{Severity, Site};
use crate::workload::kubernetes::scalar;
use crate::workload::{Dialect, view};

pub(super) static RULE: Rule = Rule {
    id: "host-process",
    summary: "the Windows container is a process of the host",
    severity: Severity::Critical,
    docs: "A HostProcess container runs in the host's namespaces with the host's rights. All containers of such a pod \
must be HostProcess containers and the pod must use the host's network, so that only its owner can take it apart.",
    example: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  os: {name: windows}\n  containers:\n    - name: a\n      image: a\n      securityContext:\n        windowsOptions: {hostProcess: true}\n",
    pod: "",
    references: &["CIS Kubernetes 5.2.11", "PSS baseline"],
    follows: &[],
    scope: Scope::Pods,
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Kubernetes(pod) = &case.workload.dialect else { return Vec::new() };
    let index = case.container.index;
    let options = pod.own(index, "windowsOptions").or_else(|| match index {
        0 => pod.pod_level("windowsOptions"),
        _ => None,
    });
    let Some(host) = options.and_then(|it| view::lookup(it.value, "hostProcess")) else {
        return Vec::new();
    };
    if scalar::boolean(host.value) != Some(true) {
        return Vec::new();
    }
    let site = Site { file: pod.file, span: host.written.span() };
    vec![Weakness::new(site, "the container is a process of the host")
        .advice("take hostProcess from every container of the pod, and hostNetwork with it, if the workload can do without")]
}
