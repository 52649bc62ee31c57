//! Whether each pod spec that was written still is one to the API's own types.

use std::sync::Arc;

use foldhash::HashMap;
use k8s_openapi::api::core::v1::PodSpec;

use super::Shared;
use crate::finding::{ContainerId, FileId};
use crate::parallel;
use crate::workload::json::json;
use crate::workload::kubernetes::Shape;
use crate::workload::{Dialect, PARALLEL, Workload};
use crate::yaml::{Node, NodeId};

/// Where a pod spec of the API's own types stands.
#[derive(Clone)]
pub(super) struct Spec {
    /// The first container of it.
    container: ContainerId,
    file: FileId,
    node: NodeId,
    /// The workload, as findings name it.
    name: Arc<str>,
}

impl Spec {
    /// That of a workload, if it has one.
    pub(super) fn of(workload: &Workload<'_>) -> Option<Spec> {
        let container = workload.containers.first()?.id;
        match &workload.dialect {
            Dialect::Kubernetes(pod) if matches!(pod.shape, Shape::Pod | Shape::ContainersOnly) => {
                let (file, node, name) = (pod.file, pod.spec.id(), Arc::clone(&workload.name));
                Some(Spec { container, file, node, name })
            }
            Dialect::Kubernetes(_) | Dialect::Compose(_) => None,
        }
    }

    fn node<'f>(&self, files: &'f [Shared]) -> Node<'f> {
        files[self.file.0 as usize].tree.node(self.node)
    }
}

/// The first pod that was a PodSpec and is none any more, and what is wrong with it.
pub(super) fn broken(
    (old_files, old): (&[Shared], &[Spec]),
    (new_files, new): (&[Shared], &[Spec]),
) -> Option<String> {
    // A pod that a fix leaves without anything to say is none any more: the others keep their numbers.
    let after: HashMap<_, _> = new.iter().map(|it| (it.container, it)).collect();
    let pairs: Vec<_> =
        old.iter().filter_map(|it| Some((it, *after.get(&it.container)?))).collect();
    let broken = |(old, new): &(&Spec, &Spec)| {
        let (before, after) = (old.node(old_files), new.node(new_files));
        if before.raw() == after.raw() {
            return None;
        }
        let error = read(after).err()?;
        read(before).ok()?;
        Some(format!("{}: what was written is no pod spec: {error}", new.name))
    };
    parallel::map(&pairs, PARALLEL, broken).into_iter().flatten().next()
}

fn read(spec: Node<'_>) -> Result<PodSpec, String> {
    let value = json(spec).ok_or("its aliases expand without end")?;
    serde_json::from_value(value).map_err(|it| it.to_string())
}
