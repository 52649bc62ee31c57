//! `kept-capabilities`: the default capabilities are kept.

use super::capability_spelling::is_inert_all;
use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::{Severity, Site};
use crate::images::Aspect;
use crate::workload::{Capabilities, Capability};

pub(super) static RULE: Rule = Rule {
    id: "kept-capabilities",
    summary: "not all capabilities are dropped",
    severity: Severity::High,
    docs: "Default capabilities are a convenience; each one kept is one an attacker inherits. All are dropped and those \
that the service needs are added back, each with a comment that says why.\n\n**The fix may break** entrypoints that \
change the owner of files (CHOWN, DAC_OVERRIDE, FOWNER) or switch from root to their own user (SETUID, SETGID).",
    example: "services:\n  web:\n    image: example\n    user: \"10001:10001\"\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n      securityContext:\n        runAsNonRoot: true\n        runAsUser: 10001\n",
    references: &[
        "CIS Docker 5.4",
        "CIS Kubernetes 5.2.8",
        "PSS restricted",
        "CKV_K8S_37",
        "KSV-0003",
        "C-0046",
    ],
    follows: &[],
    scope: Scope::Anywhere,
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let lists = &case.container.capabilities;
    let inert = |it: &Capability<'_>| case.workload.is_kubernetes() && is_inert_all(it);
    let dropped = lists.drop.iter().any(|it| it.name == "ALL" && !inert(it));
    if dropped || lists.drop_unknown || case.workload.is_windows() || is_left_out(case, lists) {
        return Vec::new();
    }
    let advice = &case.evidence.keep;
    let written = case.workload.drop_all(case.container, &advice.value);
    let title = match advice.value.is_empty() {
        true => "drop ALL capabilities".to_owned(),
        false => {
            let names: Vec<&str> = advice.value.iter().map(|it| it.name.as_str()).collect();
            format!("drop ALL capabilities, keep {}", names.join(", "))
        }
    };
    let written = case.with_variables(Aspect::Capabilities, written);
    let fix = Proposal::advised(title, advice, written).needs(&case.evidence.user_first());
    let message = match lists.drop.iter().any(inert) {
        true => "`CAP_ALL` drops nothing: Kubernetes writes ALL",
        false if lists.drop.is_empty() => "the default capabilities are kept",
        false => "only some capabilities are dropped",
    };
    vec![Weakness::new(site(case, lists), message).fix(fix)]
}

/// Whether another place says what is dropped: a list of Kubernetes replaces the one there, Compose unites them.
fn is_left_out(case: &Case<'_, '_>, lists: &Capabilities<'_>) -> bool {
    let says = case.workload.is_kubernetes() && !lists.drop.is_empty();
    case.workload.is_fragment(case.container) && !says
}

fn site(case: &Case<'_, '_>, lists: &Capabilities<'_>) -> Site {
    lists.drop.first().map_or(case.container.site, |it| it.site)
}
