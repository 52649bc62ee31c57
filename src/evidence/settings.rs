//! What the owner set for a run, on the command line and in `casehard.toml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Own;
use crate::config::{self, Target, User};
use crate::finding::ContainerId;
use crate::images::Knowledge;

/// What the owner set for a run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The user of containers of which nothing is known.
    pub user: User,
    /// The paths that stay writable where nothing is known.
    pub writable: Vec<String>,
    /// Capabilities to keep, by the owner's word.
    pub keep: Vec<String>,
    /// What runs Compose files; nothing where each file is to show it.
    pub target: Option<Target>,
    /// The version of Kubernetes to judge by.
    pub kubernetes: (u32, u32),
    /// What is known of images.
    pub images: Arc<Knowledge>,
    /// How far a change may go where the image could also start as root.
    pub stance: Stance,
    /// Rules that are asked for by configuration or command line, although they are off by themselves.
    pub opted_in: Vec<String>,
    /// What the owner chose for single containers of the project at hand.
    pub own: BTreeMap<ContainerId, Own>,
}

/// Which of two sound ways is taken for an image that starts as root and drops to its own user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stance {
    /// The way that keeps the service working for certain: root with the least capabilities where data may be another's.
    Proven,
    /// The stricter way, never as root, as one who accepts risky fixes wants it.
    Strict,
    /// As it starts now, since nothing is to change the user.
    Unchanged,
}

pub use crate::config::NEWEST_KUBERNETES;

impl Default for Settings {
    fn default() -> Self {
        let config = config::Config::default();
        Settings {
            user: config.user,
            writable: config.writable,
            keep: Vec::new(),
            target: config.target,
            kubernetes: NEWEST_KUBERNETES,
            images: Arc::new(Knowledge::builtin()),
            stance: Stance::Proven,
            opted_in: Vec::new(),
            own: BTreeMap::new(),
        }
    }
}
