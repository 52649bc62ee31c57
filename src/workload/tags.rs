//! `!reset` and `!override` where Compose does not see them: it looks for them on the way down from the root, neither
//! below one of them nor in a list of merges.

use foldhash::HashSet;

use crate::yaml::{Ambiguity, Kind, Node, NodeId, Tree};

/// Tags that do nothing, in the order of the text.
pub(super) fn without_effect(tree: &Tree) -> Vec<Ambiguity> {
    if !tree.text().contains("!reset") && !tree.text().contains("!override") {
        return Vec::new();
    }
    let mut found: Vec<Node<'_>> = Vec::new();
    let mut open: Vec<Node<'_>> = tree.documents().collect();
    while let Some(node) = open.pop() {
        if tag(node).is_some() {
            found.extend(inside(node));
            continue;
        }
        let merges = node.merge().map(Node::resolve).filter(|it| it.kind() == Kind::Sequence);
        found.extend(merges.into_iter().flat_map(|it| it.items().flat_map(inside)));
        open.extend(node.children());
    }
    found.sort_by_key(|it| it.span().start);
    found.dedup_by_key(|it| it.id());
    let ambiguity = |it: Node<'_>| Ambiguity {
        span: it.span(),
        message: format!(
            "`{}` does nothing here: Compose looks for it neither inside a value that is replaced whole nor in what \
             comes by a list of merges: write it where the service is",
            tag(it).unwrap_or_default()
        ),
    };
    found.into_iter().map(ambiguity).collect()
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
