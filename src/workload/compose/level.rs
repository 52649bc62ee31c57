//! The mappings that a service is made of.

use std::sync::Arc;

use super::{Keys, replaces};
use crate::finding::{ContainerId, FileId};
use crate::workload::view::{self, Entry};
use crate::yaml::{Kind, Node};

/// One mapping that takes part in a service.
#[derive(Clone)]
pub struct Level<'t> {
    /// The file it stands in.
    pub file: FileId,
    /// The mapping, aliases followed.
    pub node: Node<'t>,
    /// The service that it defines when it came through `extends`; nothing for the service's own.
    pub base: Option<Base>,
    /// The mappings that `<<` brings into it, the strongest first.
    fragments: Arc<[Node<'t>]>,
    /// Its own entries by their keys, and those that it merges unless they are many.
    entries: Arc<Vec<(&'t str, Entry<'t>)>>,
    /// Whether what it merges is looked up where that stands: thousands may merge what has thousands of keys.
    merges_many: bool,
    /// Which keys it can have.
    pub(super) keys: Keys,
}

impl<'t> Level<'t> {
    pub(super) fn new(file: FileId, node: Node<'t>, base: Option<Base>) -> Level<'t> {
        let fragments = if node.merge().is_some() { view::fragments(node) } else { Vec::new() };
        let few = view::few_entries(node);
        let merges_many = few.is_none();
        let entries = few.unwrap_or_else(|| view::own_entries(node));
        let merged = fragments.iter().copied().flat_map(view::own_keys);
        let mut keys = Keys::default();
        for key in entries.iter().map(|it| it.0).chain(merged) {
            // What thousands merge may have thousands.
            if keys.are_all() {
                break;
            }
            keys = keys.and(Keys::of(&[key]));
        }
        let (fragments, entries) = (fragments.into(), Arc::new(entries));
        Level { file, node, base, fragments, entries, merges_many, keys }
    }

    /// The mappings that `<<` brings into it.
    pub fn fragments(&self) -> &[Node<'t>] {
        &self.fragments
    }

    /// The entry of a key, merges followed.
    pub fn lookup(&self, key: &str) -> Option<Entry<'t>> {
        if !self.keys.may_have(key) {
            return None;
        }
        let own = self.entries.iter().find(|it| it.0 == key).map(|it| it.1);
        if own.is_none() && self.merges_many {
            return view::lookup(self.node, key);
        }
        own
    }

    /// Whether it lets nothing of what weaker layers say under a key through: lists append, single values hide. `tmpfs`
    /// is a list also where it is written as one text.
    pub fn hides(&self, key: &str) -> bool {
        self.lookup(key).is_some_and(|it| {
            let single = it.value.kind() == Kind::Scalar && !it.value.is_null();
            replaces(it.written) || (single && key != "tmpfs")
        })
    }
}

/// Where an extended mapping comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// A service of this project.
    Service(ContainerId),
    /// A service of a file outside the project.
    Elsewhere,
}
