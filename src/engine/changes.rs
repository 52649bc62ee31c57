//! What a container changed outside of its mounts, since it was made.

use bollard::models::ChangeType;

use super::{Engine, Fault};

/// Where accounts are.
const ACCOUNTS: [&str; 2] = ["/etc/group", "/etc/passwd"];

/// What tools that make accounts write as well.
const BY_TOOLS: [&str; 4] = ["/etc/group-", "/etc/gshadow", "/etc/passwd-", "/etc/shadow"];

/// Whether a file is one that tools for accounts write, or what it was before they did.
pub fn is_of_accounts(path: &str) -> bool {
    let path = path.strip_suffix('-').unwrap_or(path);
    ACCOUNTS.contains(&path) || BY_TOOLS.contains(&path)
}

/// A path that is not as in the image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The path.
    pub path: String,
    /// How it differs.
    pub how: How,
}

/// How a path differs from the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It is other; for a folder, also where something in it is.
    Modified,
    /// The image does not have it.
    Added,
    /// The image has it.
    Deleted,
}

impl Engine {
    /// What a container changed.
    ///
    /// # Errors
    /// It is not there, or the engine refuses.
    pub fn changes(&self, id: &str, name: &str) -> Result<Vec<Change>, Fault> {
        let asked = self.api().container_changes(id);
        let told = self.ask(&format!("{name}: its changes cannot be told"), asked)?;
        let change = |it: bollard::models::FilesystemChange| Change {
            path: it.path,
            how: match it.kind {
                ChangeType::_0 => How::Modified,
                ChangeType::_1 => How::Added,
                ChangeType::_2 => How::Deleted,
            },
        };
        let mut all: Vec<Change> = told.into_iter().flatten().map(change).collect();
        // Podman itself gives a user that the image does not know an account: no tool for that was at work then.
        let has = |path: &str| all.iter().any(|it| it.path == path);
        if self.is_podman && !BY_TOOLS.iter().any(|it| has(it)) {
            all.retain(|it| !ACCOUNTS.contains(&it.path.as_str()));
        }
        Ok(all)
    }
}
