//! Which containers of a file reach what stands behind anchors, and as what part of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::{Pod, Shape};
use crate::finding::ContainerId;
use crate::workload::memo::{Memo, sorted};
use crate::workload::{Dialect, Workload, view};
use crate::yaml::{Kind, Node, NodeId};

/// Who uses what.
#[derive(Default)]
pub(super) struct Uses<'t> {
    of: HashMap<NodeId, Vec<Use<'t>>>,
    /// The aliases through which each anchored node was reached.
    aliases: HashMap<NodeId, HashSet<NodeId>>,
    /// The anchored nodes that were reached where they stand.
    home: HashSet<NodeId>,
    /// The mappings of containers.
    containers: HashSet<NodeId>,
    parts: Parts<'t>,
    /// The users of each key of a node, listed once for all that ask.
    lists: Memo<(NodeId, Option<String>), [ContainerId]>,
}

/// A container's use of a node.
#[derive(Clone, Copy)]
struct Use<'t> {
    id: ContainerId,
    part: Part,
    /// The mapping that the container sees there: the node, or one that merges it.
    seen: Node<'t>,
}

/// What a node is to a container, by number: itself, its `securityContext`, …
type Part = u32;

const CONTAINER: Part = 0;
const POD: Part = 1;
const OBJECT: Part = 2;

/// The parts, each with the one above and the key that leads from there; no key for the items of a list.
struct Parts<'t> {
    list: Vec<(Part, Option<&'t str>)>,
    known: HashMap<(Part, Option<&'t str>), Part>,
}

impl Default for Parts<'_> {
    fn default() -> Self {
        Parts {
            list: vec![(CONTAINER, None), (POD, None), (OBJECT, None)],
            known: HashMap::default(),
        }
    }
}

/// Tells the pods of a file what they share, once all are known.
pub(super) fn note(workloads: &mut [Workload<'_>]) {
    let pods = workloads.iter().filter_map(|it| match &it.dialect {
        Dialect::Kubernetes(pod) => Some(pod),
        Dialect::Compose(_) => None,
    });
    let uses = Arc::new(Uses::read(pods));
    for workload in workloads {
        if let Dialect::Kubernetes(pod) = &mut workload.dialect {
            pod.uses = Arc::clone(&uses);
        }
    }
}

impl<'t> Parts<'t> {
    fn below(&mut self, part: Part, key: Option<&'t str>) -> Part {
        let next = u32::try_from(self.list.len()).expect("fewer than 2^32 parts");
        let found = *self.known.entry((part, key)).or_insert(next);
        if found == next {
            self.list.push((part, key));
        }
        found
    }
}

/// Where pods and containers begin, which are walked through by themselves.
#[derive(Default)]
struct Ends<'t> {
    /// Keys of mappings.
    edges: HashSet<(NodeId, &'t str)>,
    /// Containers of resources that have no pod spec.
    containers: HashSet<NodeId>,
}

impl<'t> Ends<'t> {
    fn add(&mut self, pod: &Pod<'t>) {
        if !is_whole(pod) {
            self.containers.extend(pod.slots.iter().map(|it| it.node.id()));
            return;
        }
        self.edges.extend(["spec", "metadata"].map(|it| (pod.template.id(), it)));
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        self.edges.extend(lists.map(|it| (pod.spec.id(), it)));
    }
}

/// Whether the pod has a spec of its own with lists of containers.
fn is_whole(pod: &Pod<'_>) -> bool {
    pod.has_spec() && pod.shape != Shape::Spark
}

impl<'t> Uses<'t> {
    /// Reads what the pods of a file use.
    fn read<'p>(pods: impl Iterator<Item = &'p Pod<'t>>) -> Uses<'t>
    where
        't: 'p,
    {
        let pods: Vec<_> = pods.filter(|it| it.object.tree().has_properties()).collect();
        let mut uses = Uses::default();
        let mut ends = Ends::default();
        let mut roots = BTreeMap::default();
        for pod in pods {
            ends.add(pod);
            let root = std::iter::successors(Some(pod.object), |it| it.parent()).last();
            roots.extend(root.map(|it| (it.id(), it)));
            let slots = pod.slots.iter().enumerate().filter(|it| !pod.stands_in(it.0));
            for (_, slot) in slots {
                uses.containers.insert(slot.node.id());
                uses.home.insert(slot.node.id());
                uses.walk((slot.node, CONTAINER), slot.id, &Ends::default());
            }
            // Its first container stands for the pod.
            let id = pod.slots.first().map(|it| it.id).filter(|_| is_whole(pod));
            let Some(id) = id else { continue };
            uses.walk((pod.spec, POD), id, &ends);
            if let Some(metadata) = pod.template.get("metadata") {
                let part = uses.parts.below(POD, Some("metadata"));
                uses.walk((metadata, part), id, &ends);
            }
        }
        for root in roots.into_values() {
            uses.walk((root, OBJECT), ContainerId::NOBODY, &ends);
        }
        uses
    }

    /// Notes what is used from a place on, up to where something of its own begins.
    fn walk(&mut self, from: (Node<'t>, Part), id: ContainerId, ends: &Ends<'t>) {
        let mut seen = HashSet::default();
        let mut open = vec![from];
        while let Some((node, part)) = open.pop() {
            if !seen.insert(node.id()) {
                // What a container uses in two places would change in both.
                self.note(node, Use { id: ContainerId::NOBODY, part, seen: node });
                continue;
            }
            self.note(node, Use { id, part, seen: node });
            for fragment in view::fragments(node) {
                self.note(fragment, Use { id, part, seen: node });
                self.note_merges(fragment);
            }
            self.note_merges(node);
            for entry in view::entries(node) {
                let Some(key) = entry.key.value() else { continue };
                let aside = part == OBJECT && key.starts_with("x-");
                if aside {
                    continue;
                }
                self.note_way(entry.written);
                if ends.edges.contains(&(node.id(), key)) {
                    entry.value.items().for_each(|it| self.note_way(it));
                } else if !ends.containers.contains(&entry.value.id()) {
                    open.push((entry.value, self.parts.below(part, Some(key))));
                }
            }
            for item in node.items() {
                self.note_way(item);
                if !ends.containers.contains(&item.resolve().id()) {
                    open.push((item.resolve(), self.parts.below(part, None)));
                }
            }
        }
    }

    fn note(&mut self, node: Node<'t>, used: Use<'t>) {
        self.of.entry(node.id()).or_default().push(used);
    }

    fn note_merges(&mut self, mapping: Node<'t>) {
        let Some(merge) = mapping.merge() else { return };
        self.note_way(merge);
        merge.items().for_each(|it| self.note_way(it));
    }

    fn note_way(&mut self, written: Node<'t>) {
        if written.kind() == Kind::Alias {
            self.aliases.entry(written.resolve().id()).or_default().insert(written.id());
        } else if written.anchor().is_some() {
            self.home.insert(written.id());
        }
    }

    /// Whether a mapping is that of a container.
    pub(super) fn is_container(&self, node: Node<'t>) -> bool {
        self.containers.contains(&node.id())
    }

    /// The containers that see a node, or a key of it: `NOBODY` is among them where something else may, too.
    pub(super) fn reached(&self, node: Node<'t>, key: Option<&str>) -> Arc<[ContainerId]> {
        self.lists.get((node.id(), key.map(str::to_owned)), || sorted(self.find(node, key)))
    }

    fn find(&self, node: Node<'t>, key: Option<&str>) -> Vec<ContainerId> {
        let uses = self.of.get(&node.id()).map_or(&[][..], Vec::as_slice);
        let Some(first) = uses.first().filter(|_| self.is_known(node)) else {
            return vec![ContainerId::NOBODY];
        };
        // What is one thing here and another there has not one schema.
        if uses.iter().any(|it| it.part != first.part) {
            return vec![ContainerId::NOBODY];
        }
        let hides = |it: &Use<'t>| {
            let found = key.and_then(|key| view::lookup(it.seen, key));
            found.is_some_and(|it| it.owner.id() != node.id())
        };
        uses.iter().filter(|it| !hides(it)).map(|it| it.id).collect()
    }

    /// Whether every way to a node is known.
    fn is_known(&self, node: Node<'t>) -> bool {
        let above = std::iter::successors(Some(node), |it| it.parent());
        let mut anchors = above.filter(|it| it.anchor().is_some() && it.aliases() > 0);
        anchors.all(|it| {
            let ways = self.aliases.get(&it.id()).map_or(0, HashSet::len);
            ways == it.aliases() && (self.home.contains(&it.id()) || stands_aside(it))
        })
    }

    /// Whether a node is part of a pod rather than of one of its containers.
    pub(super) fn is_of_pod(&self, node: Node<'t>) -> bool {
        let first = self.of.get(&node.id()).and_then(|it| it.first());
        let Some(mut part) = first.map(|it| it.part) else { return false };
        while part > OBJECT {
            part = self.parts.list[part as usize].0;
        }
        part == POD
    }

    /// The keys that lead from a container to a node that it uses, unless an item of a list is on the way.
    pub(super) fn way(&self, node: Node<'t>, id: ContainerId) -> Option<Vec<&'t str>> {
        let uses = self.of.get(&node.id())?;
        // What is used in two places is reached in two ways.
        if uses.iter().any(|it| it.id == ContainerId::NOBODY) {
            return None;
        }
        let mut part = uses.iter().find(|it| it.id == id)?.part;
        let mut keys = Vec::new();
        while part != CONTAINER {
            let (above, key) = self.parts.list[part as usize];
            keys.push(key?);
            part = above;
        }
        keys.reverse();
        Some(keys)
    }
}

/// Whether it stands where nothing but fragments do.
fn stands_aside(node: Node<'_>) -> bool {
    let mut keys = std::iter::successors(Some(node), |it| it.parent()).filter_map(Node::key);
    keys.any(|it| it.value().is_some_and(|it| it.starts_with("x-")))
}
