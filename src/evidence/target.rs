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

/// What stands in the place of what shows it, where the owner said so.
pub const SAID: &str = "as you said";

/// What runs a workload: the owner's word, what the files show, else Compose.
pub(super) fn platform(workload: &Workload<'_>, settings: &Settings) -> Platform {
    let Dialect::Compose(service) = &workload.dialect else {
        return Platform { target: Target::Docker, shown_by: None };
    };
    if let Some(target) = settings.target {
        let shown_by = (target != Target::Docker).then(|| SAID.to_owned());
        return Platform { target, shown_by };
    }
    match service.project.engine() {
        Some((Engine::Swarm, by)) => Platform { target: Target::Swarm, shown_by: Some(by.clone()) },
        Some((Engine::Podman, by)) => {
            Platform { target: Target::Podman, shown_by: Some(by.clone()) }
        }
        None => Platform { target: Target::Docker, shown_by: None },
    }
}
