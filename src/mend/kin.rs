//! Containers that are made of the same text: what is accepted for one of them reaches the others.

use foldhash::{HashMap, HashSet};

use super::analysis::workloads;
use super::{Members, Policy, Shared, view};
use crate::finding::{ContainerId, FileId};
use crate::workload::Dialect;
use crate::yaml::NodeId;

/// All services that have a layer in common with one of these, such as a base that they extend.
pub fn kin(
    files: &[Shared],
    members: &Members,
    policy: &Policy,
    of: &HashSet<ContainerId>,
) -> HashSet<ContainerId> {
    let view = view(files);
    let workloads = workloads(&view, members, policy);
    let mut users: HashMap<(FileId, NodeId), Vec<ContainerId>> = HashMap::default();
    for workload in &workloads {
        let Dialect::Compose(service) = &workload.dialect else { continue };
        for level in service.levels.iter() {
            let own = workload.containers.iter().map(|it| it.id);
            users.entry((level.file, level.node.id())).or_default().extend(own);
        }
    }
    let shared = users.into_values().filter(|it| it.iter().any(|it| of.contains(it)));
    shared.filter(|it| it.len() > 1).flatten().collect()
}
