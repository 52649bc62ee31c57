//! What stands against a fix lowers its confidence: signals, a comment with a reason, a workload of the platform.

use super::weakness::UNTOLD;
use super::{Case, Proposal, Rule};
use crate::evidence::{Doubt, reason_in_comment};
use crate::finding::{Confidence, Site};
use crate::images::learned::{Outcome, Verified, short_digest};
use crate::workload::Dialect;
use crate::yaml::Action;

/// What may break where the file sets the image up otherwise than it is known.
const ANOTHER_WAY: &str = "a service that is set up in another way than the image's own";

/// Of more items that go with one fix it is not told which variables they are of.
const MANY: usize = 64;

/// The proposal with the confidence that is left to it.
pub(super) fn weigh(
    case: &Case<'_, '_>,
    rule: &Rule,
    site: Site,
    mut proposal: Proposal,
) -> Proposal {
    let unknown = proposal.confidence == Confidence::Risky && proposal.basis != UNTOLD;
    if let Some(doubt) = against(case, rule)
        && doubt.at_most <= proposal.confidence
        && proposal.confidence > Confidence::Manual
    {
        proposal.confidence = doubt.at_most;
        proposal.basis = doubt.seen.clone();
        // What is missing says more than what may happen, unless nothing at all is known.
        if !unknown || doubt.at_most == Confidence::Manual || proposal.may_break.is_none() {
            proposal.may_break = doubt.so.clone().or(Some(ANOTHER_WAY.into()));
        }
    }
    if proposal.confidence > Confidence::Manual
        && let Some(comment) = reason(case, rule, site)
    {
        proposal.confidence = Confidence::Risky;
        proposal.basis = format!("a comment gives a reason: {comment}").into();
        proposal.may_break.get_or_insert("what the comment says".into());
    }
    if case.workload.system {
        let demoted = proposal.confidence.demoted();
        if proposal.confidence > Confidence::Risky && demoted == Confidence::Risky {
            proposal.basis = "it serves the cluster itself".into();
            proposal.may_break.get_or_insert("everything that relies on it in the cluster".into());
        }
        proposal.confidence = demoted;
    }
    if let Some(loss) = loss(case, &proposal) {
        let risk = proposal.may_break.map_or(String::new(), |it| format!("{it}, and "));
        proposal.may_break = Some(format!("{risk}{loss}").into());
    }
    if let Some(tried) = tried(case, rule, &proposal) {
        take(&mut proposal, tried);
    }
    debug_assert!(
        proposal.confidence != Confidence::Risky || proposal.may_break.is_some(),
        "{} says not what it may break: {}",
        rule.id,
        proposal.title
    );
    proposal
}

/// What a trial of this very fix showed, for this service as it is set up.
fn tried<'c>(case: &'c Case<'_, '_>, rule: &Rule, proposal: &Proposal) -> Option<&'c Verified> {
    let mut own = case.evidence.tried.iter().filter(|it| it.rule == rule.id);
    let first = own.next()?;
    let fix = short_digest(&proposal.title);
    std::iter::once(first).chain(own).find(|it| it.fix == fix)
}

/// Takes the word of a trial, which says more than all that is known.
fn take(proposal: &mut Proposal, tried: &Verified) {
    match tried.outcome {
        Outcome::Passed if proposal.confidence < Confidence::Likely => {
            proposal.confidence = Confidence::Likely;
            proposal.basis = format!(
                "tried by `casehard verify` on {}: the service did all that it did before",
                tried.on
            )
            .into();
            proposal.may_break = None;
        }
        Outcome::Passed => (),
        Outcome::Failed => {
            proposal.confidence = Confidence::Manual;
            proposal.basis =
                format!("tried by `casehard verify` on {}, where it broke the service", tried.on)
                    .into();
            proposal.may_break = Some(tried.because.clone().into());
        }
    }
}

/// What goes with an item that a variable may make another one: it cannot be given another default, for an empty one is
/// no item.
fn loss(case: &Case<'_, '_>, proposal: &Proposal) -> Option<String> {
    let Dialect::Compose(service) = &case.workload.dialect else { return None };
    let removed = proposal.written.iter().flatten().filter(|it| it.change.action == Action::Remove);
    let mut names: Vec<String> = removed
        .take(MANY)
        .filter_map(|it| {
            let level = service.levels.iter().find(|level| level.file == it.file)?;
            it.change.target(level.node.tree()).filter(|it| it.index().is_some())
        })
        .flat_map(|it| service.open_variables(it))
        .collect();
    names.sort_unstable();
    names.dedup();
    (!names.is_empty())
        .then(|| format!("what a project that sets {} has there", names.join(" or ")))
}

/// What a comment gives as a reason: beside the weak line, or above the container where it speaks of what the rule is about.
fn reason(case: &Case<'_, '_>, rule: &Rule, site: Site) -> Option<String> {
    let beside = case.workload.comments_at(case.container, site).into_iter();
    if let Some(comment) = beside.filter_map(reason_in_comment).next() {
        return Some(comment);
    }
    let about: &[&str] = match rule.id {
        "root-user" => &["root", "user", "owner", "chown", "uid"],
        "kept-capabilities" => &["root", "capabilit", "cap_", "chown"],
        "privilege-escalation" => &["sudo", "privilege", "setuid"],
        "writable-rootfs" => &["writable", "write", "read-only", "read_only", "filesystem"],
        _ => return None,
    };
    let above = case.workload.comments_above(case.container).into_iter();
    above.filter_map(reason_in_comment).find(|it| {
        let lower = it.to_lowercase();
        about.iter().any(|word| lower.contains(word))
    })
}

/// What stands most against the rule's fixes: of a workload as a whole, in any of its containers.
fn against<'c>(case: &'c Case<'_, '_>, rule: &Rule) -> Option<&'c Doubt> {
    match rule.check {
        super::Check::Workload(_) => {
            let all = case.known.iter().filter_map(|it| it.against(rule.id));
            all.min_by_key(|it| it.at_most)
        }
        super::Check::Container(_) | super::Check::Waivers => case.evidence.against(rule.id),
    }
}
