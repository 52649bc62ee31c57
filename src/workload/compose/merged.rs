//! What `<<` brings into a mapping, read once for all that merge the same: thousands of services may share thousands of
//! keys.

use std::sync::Arc;

use foldhash::HashMap;

use super::Keys;
use crate::finding::FileId;
use crate::workload::memo::Memo;
use crate::workload::view::{self, Entry};
use crate::yaml::{Node, NodeId};

/// The entries that several fragments bring, the strongest of each key.
pub(super) struct Merged<'t> {
    /// Where they come from, at any depth.
    pub(super) fragments: Vec<Node<'t>>,
    entries: HashMap<&'t str, Entry<'t>>,
    /// Those in which somebody may have an interest: known keys of services, and what has an anchor.
    pub(super) noted: Vec<(&'t str, Entry<'t>)>,
    /// Which keys there can be.
    pub(super) keys: Keys,
}

/// The fragments that were read so far.
#[derive(Default)]
pub(super) struct Fragments<'t>(Memo<(FileId, Vec<NodeId>), Merged<'t>>);

impl<'t> Fragments<'t> {
    /// What `<<` brings into a mapping.
    pub(super) fn of(&self, file: FileId, mapping: Node<'t>) -> Arc<Merged<'t>> {
        let fragments = view::fragments(mapping);
        let key = (file, fragments.iter().map(|it| it.id()).collect());
        self.0.get(key, || Arc::new(Merged::of(fragments)))
    }
}

impl<'t> Merged<'t> {
    fn of(fragments: Vec<Node<'t>>) -> Merged<'t> {
        let mut entries: HashMap<&'t str, Entry<'t>> = HashMap::default();
        let mut keys = Keys::default();
        let mut noted = Vec::new();
        for entry in fragments.iter().flat_map(|it| view::own_entries(*it)) {
            let Some(name) = entry.key.value().filter(|it| !entries.contains_key(it)) else {
                continue;
            };
            let entry = Entry { merged: true, ..entry };
            entries.insert(name, entry);
            keys = keys.and(Keys::of(&[name]));
            if is_noted(name, entry) {
                noted.push((name, entry));
            }
        }
        Merged { fragments, entries, noted, keys }
    }

    pub(super) fn lookup(&self, key: &str) -> Option<Entry<'t>> {
        self.entries.get(key).copied()
    }
}

/// Whether the project takes note of it: who uses an anchor, who names a volume, who joins whom.
fn is_noted(name: &str, entry: Entry<'_>) -> bool {
    let anchored = |it: Node<'_>| it.anchor().is_some();
    name == "volumes"
        || entry.value.value().is_some_and(|it| it.starts_with("service:"))
        || anchored(entry.value)
        || view::fragments(entry.value).into_iter().any(anchored)
        || entry.value.items().any(|it| anchored(it.resolve()))
}
