//! What is asked of a pod for each of its containers, and found out once.

use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashSet};

use super::{Pod, Shape, scalar, volume_name};
use crate::finding::ContainerId;
use crate::workload::Item;
use crate::workload::memo::Memo;
use crate::workload::view;
use crate::yaml::{Node, NodeId};

/// What was found out so far.
#[derive(Default)]
pub(super) struct Once {
    taken: OnceLock<HashSet<String>>,
    pub(super) given_to: OnceLock<Option<HashSet<String>>>,
    pub(super) honours_fs_group: OnceLock<bool>,
    pub(super) names_fs_group: OnceLock<Option<usize>>,
    unset: Memo<String, [ContainerId]>,
    scratches: Memo<String, HashMap<String, usize>>,
}

/// The volumes of a pod, and what mounts them.
#[derive(Default)]
pub(super) struct Volumes<'t> {
    /// In the order of the file.
    pub(super) all: Vec<Node<'t>>,
    /// By name, the first of several.
    pub(super) named: HashMap<&'t str, Node<'t>>,
    /// The items of the list that stand for each.
    pub(super) items: HashMap<NodeId, Vec<Item<'t>>>,
    /// The mounts of each name, with the number of the container.
    pub(super) mounts: HashMap<&'t str, Vec<(usize, Item<'t>)>>,
}

impl<'t> Pod<'t> {
    /// Reads the volumes, and what mounts them.
    pub(super) fn read_volumes(&self) -> Volumes<'t> {
        let mut known = Volumes::default();
        for (number, slot) in self.slots.iter().enumerate() {
            for item in self.items(slot.node, "volumeMounts") {
                if let Some(name) = scalar(item.node.resolve(), "name") {
                    known.mounts.entry(name).or_default().push((number, item));
                }
            }
        }
        // Those of a Spark application serve its drivers and executors: each has what it mounts.
        let shared = self.shape == Shape::Spark;
        let holder = if shared { self.spec.parent() } else { Some(self.spec) };
        let listed = holder.filter(|_| self.has_spec()).map(|it| self.items(it, "volumes"));
        for item in listed.into_iter().flatten() {
            let volume = item.node.resolve();
            let name = scalar(volume, "name");
            // A patch that takes a volume away says nothing else of it.
            if scalar(volume, "$patch") == Some("delete") {
                continue;
            }
            if shared && !name.is_some_and(|it| known.mounts.contains_key(it)) {
                continue;
            }
            known.all.push(volume);
            known.items.entry(volume.id()).or_default().push(item);
            if let Some(name) = name {
                known.named.entry(name).or_insert(volume);
            }
        }
        known
    }

    fn items(&self, holder: Node<'t>, key: &str) -> Vec<Item<'t>> {
        let Some(list) = view::lookup(holder, key) else { return Vec::new() };
        list.value.items().map(|node| Item { file: self.file, list, node }).collect()
    }

    /// The numbers of the containers by name, the first of several.
    pub(super) fn names(&self) -> HashMap<&'t str, usize> {
        let slots = self.slots.iter().enumerate().rev();
        slots.filter_map(|(number, it)| Some((scalar(it.node, "name")?, number))).collect()
    }

    /// The containers that say nothing of a setting themselves: what the pod says of it reaches them.
    pub(super) fn reached_by(&self, key: &str) -> Arc<[ContainerId]> {
        self.once.unset.get(key.to_owned(), || {
            let slots = self.written_slots().filter(|(it, _)| self.own(*it, key).is_none());
            slots.map(|(_, slot)| slot.id).collect()
        })
    }

    /// Whether a volume of that name is there, or one is made for each of the pods.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        let taken = self.once.taken.get_or_init(|| {
            let claims =
                self.object.get("spec").and_then(|it| it.resolve().get("volumeClaimTemplates"));
            let claims = claims.into_iter().flat_map(|it| it.resolve().items());
            let claimed = claims.filter_map(|it| {
                it.resolve().get("metadata").and_then(|it| scalar(it.resolve(), "name"))
            });
            self.volumes.named.keys().copied().chain(claimed).map(str::to_owned).collect()
        });
        taken.contains(name)
    }

    /// The first container whose scratch space at a path would have that name.
    pub(super) fn first_with_scratch(&self, path: &str, name: &str) -> Option<usize> {
        let names = self.once.scratches.get(path.to_owned(), || {
            let mut names = HashMap::default();
            for (number, slot) in self.slots.iter().enumerate() {
                let container = scalar(slot.node, "name").unwrap_or("container");
                names.entry(volume_name(container, path)).or_insert(number);
            }
            Arc::new(names)
        });
        names.get(name).copied()
    }
}
