//! What is found in a project, once no fix is left that somebody who inherits it is not to have.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::analysis::Verdict;
use super::heirs::{Heirs, Way};
use super::users::{self, judged};
use super::{Members, Policy, Shared};
use crate::finding::{ContainerId, FileId, Finding};
use crate::rules;
use crate::waiver::Waivers;
use crate::workload::compose::Level;
use crate::workload::{Dialect, File, Files, Workload, compose, view};
use crate::yaml::NodeId;

/// Bounds the rounds: what one heir refuses changes what others are asked for, but not without end.
const ROUNDS: usize = 8;

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

/// The services of every other way in which the files are put together, as far as a change of the project reaches them:
/// each once, however many ways have it as it is.
pub(super) fn elsewhere<'h, 't>(
    (files, written): (&Files<'t>, &[Shared]),
    members: &'h Members,
) -> Vec<Way<'h, 't>> {
    let Members::Compose(members) = members else { return Vec::new() };
    let is_written = |it: &Level<'t>| written[it.file.0 as usize].in_scope;
    let mut known: HashSet<Layers> = HashSet::default();
    // No way has more services than all files, so that no two containers have one number.
    let services = |it: (FileId, &File)| it.1.tree.documents().flat_map(compose::services).count();
    let most = u32::try_from(files.iter().map(services).sum::<usize>()).unwrap_or(u32::MAX);
    let way = |(number, it): (u32, &'h Vec<FileId>)| {
        let shared = sections(files, it);
        let layers = |levels: &[Level<'t>]| -> Layers {
            let layer = |it: &Level<'t>| (it.file, it.node.id(), it.base.is_some());
            (levels.iter().map(layer).collect(), shared.clone())
        };
        let wanted = |levels: &[Level<'t>]| {
            levels.iter().any(is_written) && !known.contains(&layers(levels))
        };
        let all = compose::workloads_with(files, it, number.saturating_mul(most), wanted);
        for workload in &all {
            if let Dialect::Compose(service) = &workload.dialect {
                known.insert(layers(&service.levels));
            }
        }
        (it.as_slice(), all)
    };
    (1..).zip(&members.elsewhere).map(way).collect()
}

/// What a service is made of, and the files of its way that say more than services do.
type Layers = (Vec<(FileId, NodeId, bool)>, Vec<FileId>);

/// The files of a way whose other sections, or variables, may make another service of the same layers.
fn sections(files: &Files<'_>, way: &[FileId]) -> Vec<FileId> {
    let says_more = |it: &FileId| {
        let mut roots = files.get(*it).tree.documents();
        roots.any(|it| view::entries(it).iter().any(|it| it.key.value() != Some("services")))
    };
    let (first, rest) = way.split_at(way.len().min(1));
    first.iter().chain(rest.iter().filter(|it| says_more(it))).copied().collect()
}

/// What is found in services that are put together elsewhere, but what is waived.
pub(super) fn found(files: &Files<'_>, ways: &[Way<'_, '_>], policy: &Policy) -> Vec<Finding> {
    let workloads = ways.iter().flat_map(|it| &it.1);
    let waivers = Waivers::read(files, workloads.clone(), &policy.allowed, policy.today);
    let none = HashSet::default();
    let findings = workloads.flat_map(|it| judged(files, it, policy, &waivers, &none).findings);
    findings.filter(|it| !waivers.allows(it)).collect()
}

/// Takes from the fixes what heirs are not to have. Who then stays root is judged again as such.
pub(super) fn agree(
    (files, policy): (&Files<'_>, &Policy),
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
                    // None is left to it, or none that is sure enough by now.
                    let is_user = finding.rule == rules::USER_RULE
                        && users::stays_root(files, policy, finding);
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
