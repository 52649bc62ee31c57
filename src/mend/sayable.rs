//! What is mended in files beside those that it is for: what they cannot say is refused, with its reason.

use super::{Members, Mended, Policy, Shared, Unproven, rounds, view};
use crate::finding::{Confidence, Finding, Fix};
use crate::workload::Files;

/// How many fixes one after the other may turn out not to be sayable before none is said.
pub(super) const ATTEMPTS: usize = 8;

/// Mends in place, in memory, what was decided and, where nobody decided, what is at least so sure. What `why` has a
/// reason against is refused for that.
///
/// # Errors
/// A new text that is not proven to be what was planned.
pub(super) fn mended(
    files: &[Shared],
    members: &Members,
    policy: &Policy,
    otherwise: Option<Confidence>,
    why: impl Fn(&Files<'_>, &Finding, &Fix) -> Option<String>,
) -> Result<Mended, Unproven> {
    let mut left: Vec<(Finding, String)> = Vec::new();
    let choose = |files: &[Shared], all: &[Finding]| {
        let mut chosen = policy.choose(files, all, otherwise);
        let files = view(files);
        chosen.retain(|it| {
            let finding = &all[it.finding];
            let Some(why) = why(&files, finding, &finding.fixes[it.fix]) else { return true };
            left.retain(|it| it.0.key() != finding.key());
            left.push((finding.clone(), why));
            false
        });
        chosen
    };
    let mut mended = rounds(files, members, policy, choose)?;
    mended.refused.extend(left);
    Ok(mended)
}
