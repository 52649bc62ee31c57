//! What tells places apart that say the same: where they stand, and of what image.

use std::fmt::Write as _;

use crate::images::parse_reference;
use crate::workload::{File, view};
use crate::yaml::{Kind, Node, Span};

/// How long an item of a list may be that tells its places apart.
const SHORT: usize = 300;

/// How many keys a container or an object has at most.
const MANY: usize = 200;

/// The keys above a place, the item of a list that it stands in, and the namespace of its object: what is the same
/// however the lines move.
pub(super) fn around(file: &File, span: Span) -> String {
    let mut out = String::new();
    let Some(start) = file.tree.node_at(span.start) else { return out };
    let mut item = false;
    let (mut node, mut top) = (Some(start), start);
    while let Some(it) = node {
        if let Some(key) = it.key().and_then(Node::value) {
            let _ = write!(out, "{key}/");
        }
        let inside = it.parent().is_some_and(|it| it.kind() == Kind::Sequence);
        // A container is no place in one: a fix elsewhere in it would make another of it.
        if inside && !item && !is_container(it) {
            item = true;
            let text = text(file, it);
            if text.len() <= SHORT {
                let words: Vec<&str> = text.split_whitespace().collect();
                let _ = write!(out, "[{}]/", words.join(" "));
            }
        }
        top = it;
        node = it.parent();
    }
    let namespace = entry(top, "metadata").and_then(|it| entry(it, "namespace"));
    if let Some(name) = namespace.and_then(Node::value) {
        let _ = write!(out, "@{name}");
    }
    out
}

fn is_container(item: Node<'_>) -> bool {
    let list = item.parent().and_then(Node::key).and_then(Node::value);
    list.is_some_and(|it| it.ends_with("ontainers")) || image_of(item).is_some()
}

/// The repository of the image that a place belongs to, as far as it is written there.
pub(super) fn image(file: &File, span: Span) -> Option<String> {
    let start = file.tree.node_at(span.start)?;
    // The name of a service stands for what is said of it.
    let below = start.parent().and_then(|it| entry(it, start.value()?));
    let found = below.and_then(image_of);
    let above = std::iter::successors(Some(start), |it| it.parent());
    let written = found.or_else(|| above.into_iter().find_map(image_of))?;
    Some(parse_reference(written).map_or_else(|| written.to_owned(), |it| it.repository))
}

fn image_of(node: Node<'_>) -> Option<&str> {
    entry(node, "image").and_then(Node::value)
}

fn entry<'t>(node: Node<'t>, key: &str) -> Option<Node<'t>> {
    // No container says so much: these are the services of a file.
    if node.kind() != Kind::Mapping || node.size() > MANY {
        return None;
    }
    view::entries(node).into_iter().find(|it| it.key.value() == Some(key)).map(|it| it.value)
}

fn text<'f>(file: &'f File, node: Node<'_>) -> &'f str {
    let span = node.span();
    file.tree.text().get(span.start..span.end).unwrap_or_default()
}
