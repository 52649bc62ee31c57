//! `seccomp-off`: system calls are not filtered.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::Severity;
use crate::workload::{Breach, Dialect, Wall};

pub(super) static RULE: Rule = Rule {
    id: "seccomp-off",
    summary: "system calls are not filtered",
    severity: Severity::High,
    docs: "The default filter removes kernel surface almost nobody uses. Docker applies it unless told otherwise; \
Kubernetes applies none unless `seccompProfile` asks for it.\n\n**The fix may break** debuggers, browsers with their own \
sandbox and nested containers, where the filter was switched off on purpose.",
    example: "services:\n  web:\n    image: example\n    security_opt:\n      - seccomp:unconfined\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n      securityContext:\n        seccompProfile: {type: Unconfined}\n",
    references: &[
        "CIS Docker 5.22",
        "CIS Kubernetes 5.7.2",
        "PSS baseline",
        "CKV_K8S_31",
        "KSV-0030",
        "C-0210",
    ],
    follows: &[],
    scope: Scope::saying(&["security_opt"]),
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    if case.workload.is_windows() {
        return Vec::new();
    }
    let breaches = &case.container.breaches;
    let off: Vec<_> = breaches.iter().filter(|it| it.wall == Wall::Seccomp).collect();
    if off.is_empty() {
        return unset(case).into_iter().collect();
    }
    off.iter().map(|it| unconfined(case, it)).collect()
}

fn unconfined(case: &Case<'_, '_>, breach: &Breach<'_>) -> Weakness {
    if breach.custom {
        return Weakness::new(
            breach.site,
            format!("a profile of its own replaces the default filter: {}", breach.written),
        )
        .severity(Severity::Low)
        .advice("keep it only if it can be reviewed and a known system call needs it");
    }
    // An annotation is older than the field: with the field unset, the field is written in its place.
    let written = case.workload.restore(case.container, breach).and_then(|mut edits| {
        if is_unset(case) {
            edits.extend(case.workload.filter_system_calls(case.container)?);
        }
        Ok(edits)
    });
    Weakness::new(breach.site, format!("system calls are not filtered: {}", breach.written)).fix(
        Proposal::risky(
            "apply the default filter",
            written,
            "programs that need an unusual system call",
        ),
    )
}

/// Whether a cluster is left to decide, which filters nothing then.
fn is_unset(case: &Case<'_, '_>) -> bool {
    match &case.workload.dialect {
        Dialect::Kubernetes(pod) => !pod.has_seccomp(case.container.index),
        Dialect::Compose(_) => false,
    }
}

/// Whether the pod's older annotation switches the filter off for all of its containers. Kubernetes no longer reads it,
/// but it says what the owner meant.
fn pod_is_unconfined(case: &Case<'_, '_>) -> bool {
    match &case.workload.dialect {
        Dialect::Kubernetes(pod) => pod.says_unconfined(),
        Dialect::Compose(_) => false,
    }
}

fn unset(case: &Case<'_, '_>) -> Option<Weakness> {
    if !is_unset(case) || case.workload.is_fragment(case.container) {
        return None;
    }
    let written = case.workload.filter_system_calls(case.container);
    let title = "set seccompProfile to RuntimeDefault";
    let fix = Proposal::advised(title, &case.evidence.filter, written);
    let fix = match pod_is_unconfined(case) {
        true => fix.no_more_than_risky(
            "an old annotation of the pod says unconfined",
            "programs that need an unusual system call",
        ),
        false => fix,
    };
    Some(
        Weakness::new(
            case.container.site,
            "no seccomp profile is set, so system calls are not filtered",
        )
        .fix(fix),
    )
}
