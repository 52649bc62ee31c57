//! What a container changed outside of its mounts, since it was made.

use bollard::models::ChangeType;

use super::{Engine, Fault};

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
        Ok(told.into_iter().flatten().map(change).collect())
    }
}
