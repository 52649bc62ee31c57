//! `capability-spelling`: a capability is written so that it does not do what it says.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::{Confidence, Severity};
use crate::workload::Capability;

pub(super) static RULE: Rule = Rule {
    id: "capability-spelling",
    summary: "a capability is written so that it does not do what it says",
    severity: Severity::Low,
    docs: "Kubernetes takes names without `CAP_`: with the prefix an entry does nothing on containerd, and Pod Security \
knows only `ALL` in capitals. On Docker `cap_drop: [ALL]` beside `cap_add: [ALL]` drops nothing.\n\n**The fix may break** \
nothing that worked, except that a corrected entry of `add` grants what it names.",
    example: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: a\n      securityContext:\n        capabilities: {drop: [all]}\n",
    references: &["PSS restricted"],
    follows: &[],
    scope: Scope::Pods,
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    if !case.workload.is_kubernetes() || case.workload.is_windows() {
        return Vec::new();
    }
    let lists = &case.container.capabilities;
    let drop = lists.drop.iter().enumerate().filter(|(_, it)| it.written != it.name);
    let drop = drop.map(|(at, it)| {
        let right = |other: &Capability<'_>| other.name == it.name && other.written == it.name;
        let again = lists.drop[..at].iter().any(|other| other.name == it.name);
        match again || lists.drop.iter().any(right) {
            true => said_already(case, it),
            false => respelled(case, "drop", it, Confidence::Safe),
        }
    });
    // The others are to go, whatever their spelling.
    let add = lists.add.iter().filter(|it| it.written != it.name && it.name == "NET_BIND_SERVICE");
    let add = add.map(|it| respelled(case, "add", it, Confidence::Risky));
    drop.chain(add).collect()
}

/// The list has it in the right spelling, or will.
fn said_already(case: &Case<'_, '_>, capability: &Capability<'_>) -> Weakness {
    let (written, name) = (&capability.written, &capability.name);
    let message =
        format!("`{written}` is not how Kubernetes writes {name}, which is dropped already");
    let edits = case.workload.remove_capabilities(case.container, &[capability]);
    Weakness::new(capability.site, message).fix(Proposal::safe(format!("remove {written}"), edits))
}

fn respelled(
    case: &Case<'_, '_>,
    key: &str,
    capability: &Capability<'_>,
    confidence: Confidence,
) -> Weakness {
    let message =
        format!("`{}` is not how Kubernetes writes {}", capability.written, capability.name);
    let written = case.workload.respell(case.container, key, capability, &capability.name);
    let mut fix = Proposal::safe(format!("write {}", capability.name), written);
    if confidence == Confidence::Risky {
        fix = fix.because(confidence, "the entry does nothing as it is");
        let what =
            format!("nothing, but it grants {}, which was inert on containerd", capability.name);
        fix.may_break = Some(what.into());
    }
    Weakness::new(capability.site, message).fix(fix)
}
