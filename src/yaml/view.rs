//! A mapping as its readers see it: aliases followed and `<<` merged, with where each entry stands.

use foldhash::HashSet;

use super::{Data, Kind, Node, Value};

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
    let mapping = mapping.resolve();
    if let Some((name, value)) = mapping.pair(key) {
        return Some(entry(mapping, name, value));
    }
    // Few mappings merge anything.
    mapping.merge()?;
    merged_entry(mapping, key)
}

fn merged_entry<'t>(mapping: Node<'t>, key: &str) -> Option<Entry<'t>> {
    let mut seen = Vec::new();
    let mut open = vec![mapping];
    while let Some(mapping) = open.pop() {
        // What was looked through once holds nothing new, however often it is merged.
        if mapping.kind() != Kind::Mapping || seen.contains(&mapping.id()) {
            continue;
        }
        if let Some((name, value)) = mapping.pair(key) {
            return Some(Entry { merged: true, ..entry(mapping, name, value) });
        }
        let merge = mapping.merge();
        seen.push(mapping.id());
        let from = open.len();
        open.extend(merge.into_iter().flat_map(merged));
        open[from..].reverse();
    }
    None
}

fn entry<'t>(owner: Node<'t>, key: Node<'t>, written: Node<'t>) -> Entry<'t> {
    Entry { owner, key, written, value: written.resolve(), merged: false }
}

/// The mappings that the value of a `<<` stands for, the first wins.
fn merged<'t>(value: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let value = value.resolve();
    let one = (value.kind() == Kind::Mapping).then_some(value);
    one.into_iter().chain(value.elements().map(Node::resolve))
}

/// Every entry that a reader sees: the mapping's own, then merged ones that none before has.
pub fn entries<'t>(mapping: Node<'t>) -> Vec<Entry<'t>> {
    let mapping = mapping.resolve();
    let own = mapping.pairs().filter(|it| !it.0.is_merge());
    let mut all: Vec<Entry<'t>> = own.map(|it| entry(mapping, it.0, it.1)).collect();
    let fragments = fragments(mapping);
    if fragments.is_empty() {
        return all;
    }
    let mut known: HashSet<&str> = all.iter().filter_map(|it| it.key.value()).collect();
    for fragment in fragments {
        for (key, value) in fragment.pairs() {
            let Some(text) = key.value() else { continue };
            if !key.is_merge() && known.insert(text) {
                all.push(Entry { merged: true, ..entry(fragment, key, value) });
            }
        }
    }
    all
}

/// The mapping's own entries by their keys' text.
pub fn own_entries<'t>(mapping: Node<'t>) -> Vec<(&'t str, Entry<'t>)> {
    let own = mapping.pairs().filter(|it| !it.0.is_merge());
    own.filter_map(|it| Some((it.0.value()?, entry(mapping, it.0, it.1)))).collect()
}

/// More keys than this are many to merge.
const MERGED: usize = 64;

/// Every entry that a reader sees, by its key's text; nothing where many are merged: what thousands merge may have
/// thousands.
pub fn few_entries<'t>(mapping: Node<'t>) -> Option<Vec<(&'t str, Entry<'t>)>> {
    let mut merged = fragments(mapping).into_iter().flat_map(own_keys);
    if merged.nth(MERGED).is_some() {
        return None;
    }
    let all = entries(mapping).into_iter();
    Some(all.filter_map(|it| Some((it.key.value()?, it))).collect())
}

/// The text of the mapping's own keys.
pub fn own_keys<'t>(mapping: Node<'t>) -> impl Iterator<Item = &'t str> {
    mapping.pairs().filter_map(|it| it.0.value())
}

/// The mappings that `<<` brings into this one, at any depth, each once, the strongest first.
pub fn fragments<'t>(mapping: Node<'t>) -> Vec<Node<'t>> {
    let mut found: Vec<Node<'t>> = Vec::new();
    let mut open: Vec<Node<'t>> = mapping.merge().into_iter().flat_map(merged).collect();
    open.reverse();
    while let Some(mapping) = open.pop() {
        if found.iter().any(|it| it.id() == mapping.id()) {
            continue;
        }
        found.push(mapping);
        let from = open.len();
        open.extend(mapping.merge().into_iter().flat_map(merged));
        open[from..].reverse();
    }
    found
}

/// Whether a reader of a mapping finds there what another has under a key, or would have: that one, or one that it merges.
pub fn shows<'t>(mapping: Node<'t>, owner: Node<'t>, key: &str) -> bool {
    let fragments = fragments(mapping);
    let mut stronger =
        std::iter::once(mapping).chain(fragments).take_while(|it| it.id() != owner.id());
    stronger.all(|it| it.at_key(key).is_none())
}

/// The nearest node, from this one upwards, that aliases elsewhere stand for.
pub fn shared_anchor<'t>(node: Node<'t>) -> Option<Node<'t>> {
    std::iter::successors(Some(node), |it| it.parent())
        .find(|it| it.anchor().is_some() && it.aliases() > 0)
}

/// More nodes than this are no settings of a container.
const FEW: usize = 1000;

/// Whether a node stands for few others, aliases followed: only such are worth a copy.
pub fn is_small(node: Node<'_>) -> bool {
    let mut open = vec![node];
    let mut count = 0;
    while let Some(node) = open.pop() {
        count += 1;
        if count + open.len() > FEW {
            return false;
        }
        let node = node.resolve();
        open.extend(entries(node).into_iter().map(|it| it.value));
        open.extend(node.elements());
    }
    true
}

/// The data of a node, to be written again elsewhere.
pub fn copy(node: Node<'_>) -> Value {
    let node = node.resolve();
    match node.kind() {
        Kind::Sequence => Value::seq(node.elements().map(copy).collect::<Vec<_>>()),
        Kind::Mapping => Value::map(
            entries(node)
                .into_iter()
                .filter_map(|it| Some((it.key.value()?.to_owned(), copy(it.value))))
                .collect::<Vec<_>>(),
        ),
        Kind::Scalar | Kind::Alias => Data::copied(node).unwrap_or(Data::Null).into(),
    }
}
