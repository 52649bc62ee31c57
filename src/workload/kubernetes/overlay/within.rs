//! What stands anywhere within a value of a patch.

use crate::workload::kubernetes::scalar::integer;
use crate::workload::view;
use crate::yaml::{Kind, Node};

/// The numbers under a key in items of a list, in one of them, or as the value itself.
pub(super) fn numbers(value: Option<Node<'_>>, key: &str) -> Vec<i64> {
    let Some(value) = value else { return Vec::new() };
    let own = std::iter::once(value).chain(value.items().map(Node::resolve));
    let listed = own.filter_map(|it| integer(view::lookup(it, key)?.value));
    listed.chain(integer(value)).collect()
}

/// Whether a scalar at any depth is that text.
pub(super) fn holds(node: Node<'_>, text: &str) -> bool {
    inner(node).iter().any(|it| it.value() == Some(text))
}

/// Whether a mapping at any depth has that key.
pub(super) fn has_key(node: Node<'_>, key: &str) -> bool {
    inner(node).iter().any(|it| it.get(key).is_some())
}

/// A node and all below it, as it stands in its file.
fn inner(node: Node<'_>) -> Vec<Node<'_>> {
    let (mut open, mut found) = (vec![node], Vec::new());
    while let Some(node) = open.pop() {
        found.push(node);
        if matches!(node.kind(), Kind::Mapping | Kind::Sequence) {
            open.extend(node.children());
        }
    }
    found
}
