//! What stands against a fix lowers its confidence: signals, a comment with a reason, a workload of the platform.

use super::proposal::UNTOLD;
use super::{Case, Proposal, Rule};
use crate::evidence::{Doubt, reason_in_comment};
use crate::finding::{Confidence, Site};

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
            proposal.may_break = doubt.so.clone();
        }
    }
    if proposal.confidence > Confidence::Manual
        && let Some(comment) =
            case.workload.comments_at(case.container, site).into_iter().find_map(reason_in_comment)
    {
        proposal.confidence = Confidence::Risky;
        proposal.basis = format!("a comment gives a reason: {comment}").into();
        proposal.may_break.get_or_insert("what the comment says".into());
    }
    if case.workload.system {
        proposal.confidence = proposal.confidence.demoted();
    }
    proposal
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
