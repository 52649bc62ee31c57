//! What is found in a project, once no fix is left that somebody who inherits it is not to have.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::analysis::{Verdict, judged};
use super::heirs::{Heirs, Way};
use super::{Members, Policy, Shared, whole};
use crate::finding::{ContainerId, FileId, Finding};
use crate::rules;
use crate::waiver::Waivers;
use crate::workload::{File, Files, Workload, compose};

/// Bounds the rounds: what one heir refuses changes what others are asked for, but not without end.
const ROUNDS: usize = 8;

/// Numbers of containers that are put together elsewhere begin here, and again here for each way.
pub(super) const FIRST: u32 = 1 << 20;

/// The files once more, all to be written, so that those who inherit say where they would have a fix.
pub(super) fn opened(files: &[Shared], members: &Members) -> Vec<Shared> {
    match members {
        Members::Compose(it) if !it.elsewhere.is_empty() => {
            let open = |it: &Shared| Arc::new(File { in_scope: true, ..(**it).clone() });
            files.iter().map(open).collect()
        }
        Members::Compose(_) | Members::Kubernetes(_) => Vec::new(),
    }
}

/// The services of every other way in which the files are put together.
pub(super) fn elsewhere<'h, 't>(files: &Files<'t>, members: &'h Members) -> Vec<Way<'h, 't>> {
    let Members::Compose(members) = members else { return Vec::new() };
    let numbered = (1..).zip(&members.elsewhere);
    // What Compose refuses to put together nobody does.
    let loads = |it: &(u32, &'h Vec<FileId>)| whole::loads(files, it.1);
    let way = |(number, it): (u32, &'h Vec<FileId>)| {
        (it.as_slice(), compose::workloads(files, it, number * FIRST))
    };
    numbered.filter(loads).map(way).collect()
}

/// What is found in services that are put together elsewhere, but what is waived.
pub(super) fn found(
    files: &Files<'_>,
    workloads: &[Workload<'_>],
    policy: &Policy,
) -> Vec<Finding> {
    let waivers = Waivers::read(files, workloads, &policy.allowed, policy.today);
    let none = HashSet::default();
    let findings = workloads.iter().flat_map(|it| judged(it, policy, &waivers, &none).findings);
    findings.filter(|it| !waivers.allows(it)).collect()
}

/// Takes from the fixes what heirs are not to have. Who then stays root is judged again as such.
pub(super) fn agree(
    heirs: &Heirs<'_, '_>,
    (workloads, verdicts): (&[Workload<'_>], &mut [Verdict]),
    elsewhere: &[Finding],
    waivers: &Waivers<'_, '_>,
    judge: impl Fn(&Workload<'_>, &HashSet<ContainerId>) -> Verdict,
) {
    let mut denied: HashSet<ContainerId> = HashSet::default();
    for _ in 0..ROUNDS {
        let mut found: HashMap<ContainerId, Vec<&Finding>> = HashMap::default();
        let own = verdicts.iter().flat_map(|it| &it.findings);
        for finding in own.filter(|it| !waivers.allows(it)).chain(elsewhere) {
            found.entry(finding.container).or_default().push(finding);
        }
        let asks = heirs.asks(&found);
        let mut changed = false;
        for (workload, verdict) in workloads.iter().zip(verdicts.iter_mut()) {
            let mut stays_root = false;
            for finding in verdict.findings.iter_mut().filter(|it| !it.fixes.is_empty()) {
                if heirs.settle(finding, &asks) {
                    changed = true;
                    let is_user = finding.rule == rules::USER_RULE && finding.fixes.is_empty();
                    stays_root |= is_user && denied.insert(finding.container);
                }
            }
            if stays_root {
                *verdict = judge(workload, &denied);
            }
        }
        if !changed {
            return;
        }
    }
}
