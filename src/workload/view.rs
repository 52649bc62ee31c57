//! A mapping as its readers see it: aliases followed and `<<` merged, with where each entry stands.

use crate::yaml::{Kind, Node};

/// Bounds the chains of merges and aliases that are followed.
const DEPTH: usize = 32;

/// One entry of a mapping as seen through merges.
#[derive(Clone, Copy)]
pub struct Entry<'t> {
    /// The mapping in which it is written.
    pub owner: Node<'t>,
    /// Its key.
    pub key: Node<'t>,
    /// Its value as written: perhaps an alias.
    pub written: Node<'t>,
    /// Its value, aliases followed.
    pub value: Node<'t>,
    /// Whether it came through `<<`.
    pub merged: bool,
}

/// The entry of `key`: a local one hides a merged one whole, and the first merged mapping wins.
pub fn lookup<'t>(mapping: Node<'t>, key: &str) -> Option<Entry<'t>> {
    find(mapping, key, DEPTH)
}

fn find<'t>(mapping: Node<'t>, key: &str, depth: usize) -> Option<Entry<'t>> {
    let mapping = mapping.resolve();
    if depth == 0 || mapping.kind() != Kind::Mapping {
        return None;
    }
    let mut merge = None;
    for (name, value) in mapping.entries() {
        match name.value() {
            Some(text) if text == key => return Some(entry(mapping, name, value)),
            Some("<<") => merge = Some(value),
            _ => (),
        }
    }
    let mut found = merged(merge?).find_map(|it| find(it, key, depth - 1))?;
    found.merged = true;
    Some(found)
}

fn entry<'t>(owner: Node<'t>, key: Node<'t>, written: Node<'t>) -> Entry<'t> {
    Entry { owner, key, written, value: written.resolve(), merged: false }
}

/// The mappings that the value of a `<<` stands for, the first wins.
fn merged<'t>(value: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let value = value.resolve();
    let one = (value.kind() == Kind::Mapping).then_some(value);
    one.into_iter().chain(value.items().map(Node::resolve))
}

/// Every entry that a reader sees: the mapping's own, then merged ones that none before has.
pub fn entries<'t>(mapping: Node<'t>) -> Vec<Entry<'t>> {
    let mut all = Vec::new();
    collect(mapping.resolve(), DEPTH, false, &mut all);
    all
}

fn collect<'t>(mapping: Node<'t>, depth: usize, merged_in: bool, all: &mut Vec<Entry<'t>>) {
    if depth == 0 {
        return;
    }
    let mut merge = None;
    for (key, value) in mapping.entries() {
        match key.value() {
            Some("<<") => merge = Some(value),
            Some(text) if merged_in && all.iter().any(|it| it.key.value() == Some(text)) => (),
            _ => all.push(Entry { merged: merged_in, ..entry(mapping, key, value) }),
        }
    }
    for it in merge.into_iter().flat_map(merged) {
        collect(it, depth - 1, true, all);
    }
}

/// The mappings that `<<` brings into this one, at any depth, each once.
pub fn fragments<'t>(mapping: Node<'t>) -> Vec<Node<'t>> {
    let mut found: Vec<Node<'t>> = Vec::new();
    let mut open = vec![mapping];
    while let Some(mapping) = open.pop() {
        let Some(value) = mapping.get("<<") else { continue };
        for it in merged(value) {
            if found.iter().all(|known| known.id() != it.id()) {
                found.push(it);
                open.push(it);
            }
        }
    }
    found
}

/// The nearest node, from this one upwards, that aliases elsewhere stand for.
pub fn shared_anchor<'t>(node: Node<'t>) -> Option<Node<'t>> {
    std::iter::successors(Some(node), |it| it.parent())
        .find(|it| it.anchor().is_some() && it.aliases() > 0)
}
