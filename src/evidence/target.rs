//! What runs the file: Docker under Compose, a Swarm stack, Podman, a cluster. It decides which fixes do anything.

use super::Settings;
use crate::config::Target;
use crate::workload::compose::Engine;
use crate::workload::{Dialect, Workload};

/// What runs a workload, and how that is known; nothing for what is usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// What runs it.
    pub target: Target,
    /// What shows it, for people; nothing where it is the usual one.
    pub shown_by: Option<String>,
}

/// What runs a workload: the owner's word, what the files show, else Compose.
pub(super) fn platform(workload: &Workload<'_>, settings: &Settings) -> Platform {
    if let Some(target) = settings.target {
        let shown_by = (target != Target::Docker).then(|| "as you said".to_owned());
        return Platform { target, shown_by };
    }
    let engine = match &workload.dialect {
        Dialect::Compose(service) => service.project.engine(),
        Dialect::Kubernetes(_) => None,
    };
    match engine {
        Some((Engine::Swarm, by)) => Platform { target: Target::Swarm, shown_by: Some(by.clone()) },
        Some((Engine::Podman, by)) => {
            Platform { target: Target::Podman, shown_by: Some(by.clone()) }
        }
        None => Platform { target: Target::Docker, shown_by: None },
    }
}
