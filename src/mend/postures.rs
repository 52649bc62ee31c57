//! The decision checklist for all containers of a project.

use foldhash::HashMap;

use super::analysis::{Members, Policy, Shared, view, workloads};
use crate::finding::ContainerId;
use crate::parallel;
use crate::posture::Posture;
use crate::workload::PARALLEL;

/// The answers for each container of a project.
pub type Postures = HashMap<ContainerId, Posture>;

/// Answers for every container that the files of a project make.
pub fn postures(files: &[Shared], members: &Members, policy: &Policy) -> Postures {
    let view = view(files);
    let all = workloads(&view, members, policy);
    let of = |workload| {
        let workload: &crate::workload::Workload<'_> = workload;
        let each = workload
            .containers
            .iter()
            .map(|it| (it.id, Posture::of(&view, &all, (workload, it), &policy.settings)));
        each.collect::<Vec<_>>()
    };
    parallel::map(&all, PARALLEL, of).into_iter().flatten().collect()
}
