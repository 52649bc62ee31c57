//! `capability-spelling`: a capability is written so that it does not do what it says.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::{Confidence, Severity};
use crate::workload::{Capability, Written};

pub(super) static RULE: Rule = Rule {
    id: "capability-spelling",
    summary: "a capability is written so that it does not do what it says",
    severity: Severity::Low,
    docs: "Kubernetes takes names without `CAP_`: with the prefix an entry does nothing on containerd, and Pod Security \
knows only `ALL` in capitals. On Docker `cap_drop: [ALL]` beside `cap_add: [ALL]` drops nothing.\n\n**The fix may break** \
a process that uses what a corrected entry of `drop` now takes away; a corrected entry of `add` grants what it names.",
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
    let drop =
        lists.drop.iter().enumerate().filter(|(_, it)| it.written != it.name && !is_inert_all(it));
    let drop = drop.map(|(at, it)| {
        let right = |other: &Capability<'_>| other.name == it.name && other.written == it.name;
        let again = lists.drop[..at].iter().any(|other| other.name == it.name);
        match again || lists.drop.iter().any(right) {
            true => said_already(case, it),
            false => dropped(case, it),
        }
    });
    // The others are to go, whatever their spelling.
    let add = lists.add.iter().filter(|it| it.written != it.name && it.name == "NET_BIND_SERVICE");
    drop.chain(add.map(|it| added(case, it))).collect()
}

/// An entry that drops nothing although it says so: `kept-capabilities` speaks of it.
pub(super) fn is_inert_all(capability: &Capability<'_>) -> bool {
    capability.name == "ALL" && !capability.written.eq_ignore_ascii_case("ALL")
}

/// The list has it in the right spelling, or will.
fn said_already(case: &Case<'_, '_>, capability: &Capability<'_>) -> Weakness {
    let (written, name) = (&capability.written, &capability.name);
    let message =
        format!("`{written}` is not how Kubernetes writes {name}, which is dropped already");
    let edits = case.workload.remove_capabilities(case.container, &[capability]);
    Weakness::new(capability.site, message).fix(Proposal::safe(format!("remove {written}"), edits))
}

/// Runtimes take `all` as `ALL`. Of another name only the right spelling is sure to drop anything, so that the process
/// loses it with the fix.
fn dropped(case: &Case<'_, '_>, capability: &Capability<'_>) -> Weakness {
    let name = &capability.name;
    let (weakness, title, written) = respelled(case, "drop", capability);
    if name == "ALL" {
        return weakness.fix(Proposal::safe(title, written));
    }
    let keep = &case.evidence.keep;
    let fix = Proposal::advised(title, keep, written);
    let needed = keep.value.iter().find(|it| it.name == *name);
    weakness.fix(match needed {
        Some(kept) => fix.no_more_than_risky("the image needs it", kept.why.clone()),
        None => fix,
    })
}

fn added(case: &Case<'_, '_>, capability: &Capability<'_>) -> Weakness {
    let (weakness, title, written) = respelled(case, "add", capability);
    let risk = format!(
        "nothing; but from then on it grants {}, which it did not on containerd",
        capability.name
    );
    let fix = Proposal::risky(title, written, risk);
    weakness.fix(fix.because(Confidence::Risky, "the entry does nothing as it is"))
}

fn respelled(
    case: &Case<'_, '_>,
    key: &str,
    capability: &Capability<'_>,
) -> (Weakness, String, Written) {
    let (is, name) = (&capability.written, &capability.name);
    let message = format!("`{is}` is not how Kubernetes writes {name}");
    let written = case.workload.respell(case.container, key, capability, name);
    (Weakness::new(capability.site, message), format!("write {name}"), written)
}
