//! `capability-spelling`: a capability is written so that it does not do what it says.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::evidence::DEFAULT_SET;
use crate::finding::{Confidence, Severity};
use crate::images::CAPABILITIES;
use crate::workload::{Capability, Flag, State};

pub(super) static RULE: Rule = Rule {
    id: "capability-spelling",
    summary: "a capability is written so that it does not do what it says",
    severity: Severity::Low,
    docs: "Kubernetes takes names without `CAP_`: with the prefix an entry does nothing on containerd, and Pod Security \
knows only `ALL` in capitals. On Docker `cap_drop: [ALL]` beside `cap_add: [ALL]` drops nothing.\n\n**The fix may break** \
what uses a capability that a wrong entry of `drop` left in place; a corrected entry of `add` grants what it names.",
    example: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: a\n      securityContext:\n        capabilities: {drop: [all]}\n",
    pod: "",
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
            false => respelled(case, "drop", it),
        }
    });
    // The others are to go, whatever their spelling.
    let add = lists.add.iter().filter(|it| it.written != it.name && it.name == "NET_BIND_SERVICE");
    let add = add.map(|it| respelled(case, "add", it));
    drop.chain(add).collect()
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
    let fix = Proposal::safe(format!("remove {written}"), edits);
    let drop = &case.container.capabilities.drop;
    let fix = match drop.iter().any(|it| it.written == *name) {
        true => fix,
        // Whether it goes hangs on whether its twin is spelled right.
        false => sure(case, capability, fix),
    };
    Weakness::new(capability.site, message).fix(fix)
}

fn respelled(case: &Case<'_, '_>, key: &str, capability: &Capability<'_>) -> Weakness {
    let name = &capability.name;
    if name != "ALL" && !CAPABILITIES.contains(&name.as_str()) {
        let message = format!("`{}` is no Linux capability", capability.written);
        return Weakness::new(capability.site, message)
            .advice("write its name as in capabilities(7), without CAP_, or remove it");
    }
    let message = format!("`{}` is not how Kubernetes writes {name}", capability.written);
    let written = case.workload.respell(case.container, key, capability, name);
    let mut fix = Proposal::safe(format!("write {name}"), written);
    if key == "drop" {
        fix = sure(case, capability, fix);
    } else {
        fix = fix.because(Confidence::Risky, "the entry does nothing as it is");
        let what = format!("nothing, but it grants {name}, which was inert on containerd");
        fix.may_break = Some(what.into());
    }
    Weakness::new(capability.site, message).fix(fix)
}

/// The fix with how sure it is: an entry that is spelled right takes away what the wrong one left.
fn sure(case: &Case<'_, '_>, capability: &Capability<'_>, fix: Proposal) -> Proposal {
    if is_gone(case, capability) {
        return fix;
    }
    let (name, keep) = (&capability.name, &case.evidence.keep);
    let added = |name: &str| case.container.capabilities.add.iter().any(|it| it.written == name);
    let needed = keep.value.iter().any(|it| match name.as_str() {
        "ALL" => !added(&it.name),
        _ => it.name == *name,
    });
    let mut fix = match keep.confidence >= Confidence::Likely && !needed {
        true => fix.because(Confidence::Likely, keep.basis.clone()),
        false => fix.because(Confidence::Risky, "the entry does nothing as it is"),
    };
    fix.may_break = Some(format!("what uses {name}, which was still held on containerd").into());
    fix
}

/// Whether dropping it takes nothing away: the lists leave the container without it, or have no say at all.
fn is_gone(case: &Case<'_, '_>, capability: &Capability<'_>) -> bool {
    if matches!(case.workload.flag(case.container, Flag::Privileged), State::On(_)) {
        return true;
    }
    let lists = &case.container.capabilities;
    // Runtimes know this one word in any case, and none with a prefix.
    let all = |it: &Capability<'_>| it.written.eq_ignore_ascii_case("ALL");
    let (all_added, all_dropped) = (lists.add.iter().any(all), lists.drop.iter().any(all));
    if capability.name == "ALL" {
        return all_dropped;
    }
    let added = lists.add.iter().any(|it| it.name == capability.name);
    let held = match all_dropped {
        true => added,
        false => added || all_added || DEFAULT_SET.contains(&capability.name.as_str()),
    };
    !held
}
