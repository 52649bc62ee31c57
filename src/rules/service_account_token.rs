//! `service-account-token`: the pod holds a credential for the cluster's API.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::Severity;
use crate::workload::Dialect;
use crate::yaml::Value;

pub(super) static RULE: Rule = Rule {
    id: "service-account-token",
    summary: "a credential for the cluster is mounted that nothing asks for",
    severity: Severity::Info,
    docs: "Every pod is given a token of its service account unless it says no. It is off unless the configuration gives \
the rule a severity, since the file does not show whether the program speaks to the cluster.\n\n**The fix may break** \
programs that call the Kubernetes API.",
    example: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: a, image: a}]\n",
    pod: "",
    references: &["CIS Kubernetes 5.1.6", "CKV_K8S_38", "KSV-0036", "C-0034"],
    follows: &[],
    scope: Scope::Pods,
    check: Check::Workload(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Kubernetes(pod) = &case.workload.dialect else { return Vec::new() };
    let asked = case.settings.opted_in.iter().any(|it| it == RULE.id);
    let named = ["serviceAccountName", "serviceAccount", "automountServiceAccountToken"];
    if !asked || !case.workload.is_whole() || named.iter().any(|it| pod.spec_entry(it).is_some()) {
        return Vec::new();
    }
    if pod.is_granted_rights() {
        return Vec::new();
    }
    let written = pod.set_spec("automountServiceAccountToken", Value::from(false));
    let fix = Proposal::risky("do not mount the token", written, "calls to the Kubernetes API");
    vec![
        Weakness::new(case.container.site, "the pod holds a token that nothing in it asks for")
            .fix(fix),
    ]
}
