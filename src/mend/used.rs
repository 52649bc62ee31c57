//! The images that a project uses, and where its containers have something mounted.

use std::collections::BTreeSet;
use std::path::Path;

use super::analysis::{Members, Policy, Shared, view, workloads};
use crate::evidence;
use crate::finding::ContainerId;
use crate::images::learned::Built;

/// A container whose image is known by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The container.
    pub id: ContainerId,
    /// What it is called: the service, or the container of a pod.
    pub name: String,
    /// Its image, as the file names it.
    pub image: String,
    /// The paths at which something is mounted.
    pub targets: Vec<String>,
}

/// The containers of a project whose images are known by name.
pub fn images_of(files: &[Shared], members: &Members, policy: &Policy) -> Vec<Used> {
    let view = view(files);
    let mut all = Vec::new();
    for workload in &workloads(&view, members, policy) {
        for container in &workload.containers {
            let Some(image) = workload.image_text(container) else { continue };
            if image.contains(crate::workload::text::UNKNOWN) || image.is_empty() {
                continue;
            }
            all.push(Used {
                id: container.id,
                name: container.name.clone(),
                image: image.to_owned(),
                targets: container.mounts.iter().filter_map(|it| it.target.clone()).collect(),
            });
        }
    }
    all
}

/// The services of a project that are built and whose files give their images no name, with the paths at which something
/// is mounted into them. Files are named from `folder`.
pub fn built_of(
    files: &[Shared],
    members: &Members,
    policy: &Policy,
    folder: &Path,
) -> Vec<(Built, BTreeSet<String>)> {
    let view = view(files);
    let mut all = Vec::new();
    for workload in &workloads(&view, members, policy) {
        for container in &workload.containers {
            if let Some(built) = evidence::built(workload, container, folder) {
                let targets = container.mounts.iter().filter_map(|it| it.target.clone());
                all.push((built, targets.collect()));
            }
        }
    }
    all
}
