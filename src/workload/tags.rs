//! `!reset` and `!override` where Compose does not see them: it looks for them on the way down from the root, neither
//! below one of them, nor in a list of merges, nor in what the root merges; and `!reset` on what is merged all the same.

use foldhash::HashSet;

use super::view;
use crate::yaml::{Ambiguity, Kind, Node, NodeId, Tree};

/// Tags that do nothing, in the order of the text.
pub(super) fn without_effect(tree: &Tree) -> Vec<Ambiguity> {
    if !tree.text().contains("!reset") && !tree.text().contains("!override") {
        return Vec::new();
    }
    let mut found: Vec<Node<'_>> = Vec::new();
    let mut open: Vec<Node<'_>> = tree.documents().collect();
    found.extend(tree.documents().filter_map(Node::merge).flat_map(inside));
    while let Some(node) = open.pop() {
        if tag(node).is_some() {
            found.extend(inside(node));
            continue;
        }
        found.extend(merged_anyway(node));
        let merges = node.merge().map(Node::resolve).filter(|it| it.kind() == Kind::Sequence);
        found.extend(merges.into_iter().flat_map(|it| it.items().flat_map(inside)));
        open.extend(node.children());
    }
    found.sort_by_key(|it| it.span().start);
    found.dedup_by_key(|it| it.id());
    found.into_iter().map(ambiguity).collect()
}

fn ambiguity(value: Node<'_>) -> Ambiguity {
    let tag = tag(value).unwrap_or_default();
    let is_merged =
        value.parent().is_some_and(|it| merged_anyway(it).any(|it| it.id() == value.id()));
    let message = match is_merged {
        true => format!(
            "`{tag}` takes away no more than what stands here, and `<<` brings the key again: take one of the two away"
        ),
        false => format!(
            "`{tag}` does nothing here: Compose looks for it neither inside a value that is replaced whole nor in what \
             comes by a list of merges or into the whole file: write it where the service is"
        ),
    };
    Ambiguity { span: value.span(), message }
}

/// The values of a mapping that a `!reset` takes out of it before `<<` is read, which has their keys too.
fn merged_anyway<'t>(mapping: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let fragments = mapping.merge().map_or_else(Vec::new, |_| view::fragments(mapping));
    let own = if fragments.is_empty() { Vec::new() } else { view::own_entries(mapping) };
    let is_reset = |it: Node<'_>| it.tag() == Some("!reset");
    own.into_iter()
        .filter(move |(_, it)| is_reset(it.written) || is_reset(it.value))
        .filter(move |(key, _)| fragments.iter().any(|it| it.has_own(key)))
        .map(|it| it.1.written)
}

fn tag(node: Node<'_>) -> Option<&str> {
    node.tag().filter(|it| matches!(*it, "!reset" | "!override"))
}

/// The tagged values inside a value, aliases followed.
fn inside(value: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut seen: HashSet<NodeId> = HashSet::default();
    let mut open: Vec<Node<'_>> = vec![value];
    while let Some(node) = open.pop() {
        let node = node.resolve();
        if seen.insert(node.id()) {
            found.extend(node.children().filter(|it| tag(*it).is_some()));
            open.extend(node.children());
        }
    }
    found
}
