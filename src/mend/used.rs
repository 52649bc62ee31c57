//! The images that a project uses, and where its containers have something mounted.

use super::analysis::{Members, Policy, Shared, view, workloads};
use crate::finding::ContainerId;

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
