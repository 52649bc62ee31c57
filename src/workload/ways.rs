//! Who reads what stands at a place of a file: the ways from there up to the root, through aliases and `<<`.

use foldhash::{HashMap, HashSet};

use super::view;
use crate::finding::ContainerId;
use crate::yaml::{Kind, Node, NodeId, Tree};

/// The ways of one file.
pub(super) struct Ways {
    /// The aliases of each anchored node.
    aliases: HashMap<NodeId, Vec<NodeId>>,
    /// The containers, by where their mappings, or aliases of these, are written.
    containers: HashMap<NodeId, ContainerId>,
    /// The keys of a root that a consumer reads: others hold fragments.
    sections: &'static [&'static str],
}

/// What changes.
#[derive(Clone, Copy)]
pub(super) enum Place<'t, 'k> {
    /// A value, wherever it is seen.
    Value(Node<'t>),
    /// What a mapping itself has under a key, or would have.
    Entry(Node<'t>, &'k str),
}

/// Who reads a place.
#[derive(Default)]
pub(super) struct Readers {
    /// Containers, with `NOBODY` for one that does so in two places: a change for the one would reach the other.
    pub(super) containers: Vec<ContainerId>,
    /// Sections of the root that are none of containers.
    pub(super) sections: Vec<&'static str>,
}

impl Ways {
    pub(super) fn read(
        tree: &Tree,
        containers: HashMap<NodeId, ContainerId>,
        sections: &'static [&'static str],
    ) -> Ways {
        let mut aliases: HashMap<NodeId, Vec<NodeId>> = HashMap::default();
        let mut open: Vec<Node<'_>> = tree.documents().collect();
        while let Some(node) = open.pop() {
            if node.kind() == Kind::Alias {
                aliases.entry(node.resolve().id()).or_default().push(node.id());
            }
            open.extend(node.children());
        }
        Ways { aliases, containers, sections }
    }

    /// Everyone who reads a place.
    pub(super) fn readers(&self, place: Place<'_, '_>) -> Readers {
        let mut readers = Readers::default();
        let mut open = Vec::new();
        match place {
            Place::Value(node) => {
                open.push(node);
                open.extend(self.mergers(node));
            }
            Place::Entry(owner, key) => self.enter(owner, key, &mut readers, &mut open),
        }
        let twice = self.climb(open, &mut readers);
        let mut again = Readers::default();
        self.climb(twice, &mut again);
        if !again.containers.is_empty() {
            readers.containers.push(ContainerId::NOBODY);
        }
        readers
    }

    /// Goes up from values; those that two ways lead to are given back.
    fn climb<'t>(&self, mut open: Vec<Node<'t>>, readers: &mut Readers) -> Vec<Node<'t>> {
        let mut seen: HashSet<NodeId> = HashSet::default();
        let mut twice = Vec::new();
        while let Some(value) = open.pop() {
            if !seen.insert(value.id()) {
                twice.push(value);
                continue;
            }
            for place in self.places(value) {
                if let Some(id) = self.containers.get(&place.id()) {
                    readers.containers.push(*id);
                    continue;
                }
                let Some(holder) = place.parent() else { continue };
                // What is merged was followed from the keys.
                if place.key().is_some_and(Node::is_merge) {
                    continue;
                }
                match (holder.kind(), place.key().and_then(Node::value)) {
                    (_, Some(key)) => self.enter(holder, key, readers, &mut open),
                    (Kind::Sequence, None) => open.push(holder),
                    (Kind::Mapping | Kind::Scalar | Kind::Alias, None) => (),
                }
            }
        }
        twice
    }

    /// Goes from an entry to the mappings in which it is seen.
    fn enter<'t>(
        &self,
        owner: Node<'t>,
        key: &str,
        readers: &mut Readers,
        open: &mut Vec<Node<'t>>,
    ) {
        // An extension is read by nobody.
        if key.starts_with("x-") {
            return;
        }
        let mergers = self.mergers(owner).into_iter().filter(|it| view::shows(*it, owner, key));
        for mapping in std::iter::once(owner).chain(mergers) {
            match mapping.parent() {
                Some(_) => open.push(mapping),
                None => readers.sections.extend(self.sections.iter().find(|it| **it == key)),
            }
        }
    }

    /// Where a value is written, and the aliases that stand for it.
    fn places<'t>(&self, value: Node<'t>) -> impl Iterator<Item = Node<'t>> {
        let aliases = self.aliases.get(&value.id()).into_iter().flatten();
        std::iter::once(value).chain(aliases.map(move |it| value.tree().node(*it)))
    }

    /// The mappings into which `<<` brings this one, at any depth, each once.
    fn mergers<'t>(&self, mapping: Node<'t>) -> Vec<Node<'t>> {
        let mut found: Vec<Node<'t>> = Vec::new();
        let mut seen: HashSet<NodeId> = std::iter::once(mapping.id()).collect();
        let mut open = vec![mapping];
        while let Some(mapping) = open.pop() {
            let lists = self.places(mapping).filter_map(Node::parent);
            let lists = lists.filter(|it| it.kind() == Kind::Sequence);
            let lists = lists.flat_map(|it| self.places(it));
            for place in self.places(mapping).chain(lists) {
                let merges = place.key().is_some_and(Node::is_merge);
                let Some(merger) = place.parent().filter(|_| merges) else { continue };
                if seen.insert(merger.id()) {
                    found.push(merger);
                    open.push(merger);
                }
            }
        }
        found
    }
}
