//! How the services of a project are set up, so that a trial of their fixes counts for them alone.

use std::collections::BTreeMap;
use std::path::Path;

use super::analysis::{Members, Policy, Shared, view, workloads};
use crate::evidence;
use crate::images::learned::Trial;

/// A trial of each service that the files of a project make, without any fix. Files are named from `folder`.
pub fn trials(
    (files, members): (&[Shared], &Members),
    policy: &Policy,
    folder: &Path,
) -> BTreeMap<String, Trial> {
    let view = view(files);
    let all = workloads(&view, members, policy);
    let each =
        all.iter().flat_map(|workload| workload.containers.iter().map(move |it| (workload, it)));
    each.filter_map(|(workload, it)| evidence::trial(workload, it, folder))
        .map(|it| (it.service.clone(), it))
        .collect()
}

/// Whether some container of a project has nothing that says what it runs: Compose does not start such a file.
pub fn has_fragments(files: &[Shared], members: &Members, policy: &Policy) -> bool {
    let view = view(files);
    let all = workloads(&view, members, policy);
    all.iter().any(|workload| workload.containers.iter().any(|it| workload.is_fragment(it)))
}
