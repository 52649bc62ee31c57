//! What the owner decides for one container, which wins over everything else that is known.

use std::borrow::Cow;

use super::evidence::{Advice, Evidence, Settings, scratch};
use super::{Confidence, User};
use crate::finding::ContainerId;
use crate::workload::Kept;

/// The values that the owner chose for one container; nothing where the run's own hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// The user to run as.
    pub user: Option<User>,
    /// The paths that stay writable.
    pub writable: Option<Vec<String>>,
    /// The capabilities to keep.
    pub keep: Option<Vec<String>>,
}

/// What the confidence of a value rests on that the owner chose.
const BASIS: &str = "chosen by you for this container";

impl Settings {
    /// What holds for one container.
    pub fn for_container(&self, id: ContainerId) -> Cow<'_, Settings> {
        let Some(own) = self.own.get(&id) else { return Cow::Borrowed(self) };
        let mut settings = self.clone();
        settings.user = own.user.unwrap_or(settings.user);
        settings.writable = own.writable.clone().unwrap_or(settings.writable);
        settings.keep = own.keep.clone().unwrap_or(settings.keep);
        Cow::Owned(settings)
    }
}

impl Evidence {
    /// With the owner's values in the place of what is known.
    pub(super) fn overruled(mut self, own: Option<&Own>) -> Evidence {
        let Some(own) = own else { return self };
        if let Some(user) = own.user {
            self.user = Some(chosen(user));
        }
        if let Some(paths) = &own.writable {
            self.scratch = chosen(paths.iter().map(|it| scratch(it)).collect());
        }
        if let Some(names) = &own.keep {
            let kept = |name: &String| Kept { name: name.clone(), why: "kept by the owner".into() };
            self.keep = chosen(names.iter().map(kept).collect());
        }
        self
    }
}

fn chosen<T>(value: T) -> Advice<T> {
    Advice { value, confidence: Confidence::Likely, basis: BASIS.into(), may_break: None }
}
