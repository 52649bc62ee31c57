//! `host-port`: a container takes a port of the node.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::{Severity, Site};
use crate::workload::kubernetes::scalar;
use crate::workload::{Dialect, Joined, Namespace};
use crate::yaml::Action;

pub(super) static RULE: Rule = Rule {
    id: "host-port",
    summary: "a container takes a port of the node",
    severity: Severity::Medium,
    docs: "A hostPort is open on every address of the node, past network policy, and keeps a second pod from the node.\n\n\
**The fix may break** clients that come to the node's address: give them a Service.",
    example: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: a\n      ports: [{containerPort: 80, hostPort: 80}]\n",
    pod: "",
    references: &["CIS Kubernetes 5.2.13", "PSS baseline", "CKV_K8S_26", "KSV-0024", "C-0044"],
    follows: &[],
    scope: Scope::Pods,
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Kubernetes(pod) = &case.workload.dialect else { return Vec::new() };
    let in_host = matches!(case.workload.namespace(Namespace::Network), Joined::Host(_));
    let ports = pod.ports(case.container.index).into_iter().filter_map(|port| {
        let host = port.get("hostPort")?;
        let number = scalar::integer(host).filter(|it| *it != 0)?;
        let site = Site { file: pod.file, span: host.span() };
        let written = pod.change_own(case.container.index, port, &["hostPort"], Action::Remove);
        let mut fix = Proposal::risky(
            "remove the hostPort",
            written,
            "clients that come to the node's address",
        );
        if in_host {
            fix = fix.needs(&["host-network"]);
        }
        Some(Weakness::new(site, format!("the container takes port {number} of the node")).fix(fix))
    });
    ports.collect()
}
