//! What the owner decides for one container, which wins over everything else that is known.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Advice, Evidence, START_AS_ROOT, Settings, Stance, User, scratch};
use crate::finding::{Confidence, ContainerId};
use crate::workload::{Container, Kept, Workload};

/// The values that the owner chose for one container; nothing where the run's own hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// The user to run as.
    pub user: Option<User>,
    /// The paths that stay writable.
    pub writable: Option<Vec<String>>,
    /// The capabilities to keep.
    pub keep: Option<Vec<String>>,
    /// Whether it is to run as the proposed user, once the owner has said so.
    pub as_user: Option<bool>,
}

/// What the confidence of a value rests on that the owner chose.
const BASIS: &str = "chosen by you for this container";

impl Settings {
    /// What holds for one container.
    pub fn for_container(&self, id: ContainerId) -> Cow<'_, Settings> {
        let Some(own) = self.own.get(&id) else { return Cow::Borrowed(self) };
        // Without what was chosen for others: there may be thousands.
        Cow::Owned(Settings {
            user: own.user.unwrap_or(self.user),
            writable: own.writable.clone().unwrap_or_else(|| self.writable.clone()),
            keep: own.keep.clone().unwrap_or_else(|| self.keep.clone()),
            target: self.target,
            kubernetes: self.kubernetes,
            images: Arc::clone(&self.images),
            stance: match own.as_user {
                Some(true) => Stance::Strict,
                Some(false) => Stance::Unchanged,
                None => self.stance,
            },
            opted_in: self.opted_in.clone(),
            own: BTreeMap::from([(id, own.clone())]),
        })
    }
}

impl Evidence {
    /// With the owner's values in the place of what is known.
    pub fn overruled(mut self, own: Option<&Own>) -> Evidence {
        let Some(own) = own else { return self };
        if let Some(paths) = &own.writable {
            let known = self.scratch.value;
            let known = |path: &String| known.iter().find(|it| it.path == *path).cloned();
            let value = paths.iter().map(|it| known(it).unwrap_or_else(|| scratch(it)));
            self.scratch = chosen(value.collect());
        }
        if own.as_user == Some(true) {
            if self.keep.may_break.as_deref() == Some(START_AS_ROOT) {
                self.keep.confidence = Confidence::Likely;
                self.keep.may_break = None;
            }
            if self.scratch.may_break.as_deref() == Some(START_AS_ROOT) {
                self.scratch.confidence = Confidence::Likely;
                self.scratch.may_break = None;
            }
        }
        if let Some(names) = &own.keep {
            let known = self.keep.value;
            let known = |name: &String| known.iter().find(|it| it.name == *name).cloned();
            let kept = |name: &String| Kept { name: name.clone(), why: "kept by the owner".into() };
            self.keep =
                chosen(names.iter().map(|it| known(it).unwrap_or_else(|| kept(it))).collect());
        }
        if let Some(user) = own.user {
            self.user = Some(chosen(user));
            // What belonged to the image's user must belong to the one who runs now.
            let owned = self.scratch.value.iter_mut().filter(|it| it.owner.is_some());
            owned.for_each(|it| it.owner = Some((user.uid, user.gid)));
        }
        self
    }
}

impl Own {
    /// The values that would be written for a container, whoever they come from.
    pub fn proposed(
        workload: &Workload<'_>,
        container: &Container<'_>,
        settings: &Settings,
    ) -> Own {
        let settings = settings.for_container(container.id);
        let evidence = Evidence::of(workload, container, &settings);
        let evidence = evidence.overruled(settings.own.get(&container.id));
        Own {
            user: evidence.user.map(|it| it.value),
            writable: Some(evidence.scratch.value.into_iter().map(|it| it.path).collect()),
            keep: Some(evidence.keep.value.into_iter().map(|it| it.name).collect()),
            as_user: None,
        }
    }
}

fn chosen<T>(value: T) -> Advice<T> {
    Advice { value, confidence: Confidence::Likely, basis: BASIS.into(), may_break: None }
}
