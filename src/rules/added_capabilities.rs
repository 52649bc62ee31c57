//! `added-capabilities`: a pod adds capabilities that the restricted standard does not admit.

use super::dangerous_capabilities::severity;
use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::Severity;
use crate::workload::Capability;

/// The one capability that the restricted standard lets a container add.
pub(super) const ADMITTED: &str = "NET_BIND_SERVICE";

pub(super) static RULE: Rule = Rule {
    id: "added-capabilities",
    summary: "a capability is added that the restricted standard does not admit",
    severity: Severity::Medium,
    docs: "Restricted pods add NET_BIND_SERVICE or nothing. The others are what an entrypoint uses that starts as root, \
changes owners and drops to its own user: started as that user from the beginning, it needs none of them.\n\n**The fix \
may break** such entrypoints, and programs with file capabilities.",
    example: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: a\n      securityContext:\n        capabilities: {add: [CHOWN]}\n",
    pod: "",
    references: &["CIS Kubernetes 5.2.9", "PSS restricted", "CKV_K8S_25", "KSV-0106"],
    follows: &["kept-capabilities", "capability-spelling"],
    scope: Scope::Pods,
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    if !case.workload.is_kubernetes() || case.workload.is_windows() {
        return Vec::new();
    }
    let lists = &case.container.capabilities;
    let added = lists.add.iter().filter(|it| it.name != ADMITTED && severity(&it.name).is_none());
    added.filter(|it| !it.written.contains("${")).map(|it| added_one(case, it)).collect()
}

fn added_one(case: &Case<'_, '_>, capability: &Capability<'_>) -> Weakness {
    let name = &capability.name;
    let weakness = Weakness::new(capability.site, format!("{name} is added"));
    let kept = case.evidence.keep.value.iter().find(|it| it.name == *name);
    if let Some(kept) = kept {
        return weakness
            .severity(Severity::Info)
            .advice(format!("it is kept on purpose: {}; baseline admits it", kept.why));
    }
    let written = case.workload.remove_capabilities(case.container, &[capability]);
    let risk = format!("what {name} was added for");
    weakness.fix(Proposal::risky(format!("do not add {name}"), written, risk))
}
