//! Where the pods of an object stand.

use std::collections::HashSet;

use super::kinds::fits;
use crate::workload::view;
use crate::yaml::{Kind, Node};

/// The nodes at a path, each with the mapping that leads to it; how a path is written says [`super::kinds::PodKind`].
pub(super) fn descend<'t>(from: Node<'t>, path: &str) -> Vec<(Node<'t>, Node<'t>)> {
    let mut at = vec![(from, from)];
    for step in path.split('.') {
        at = at
            .into_iter()
            .flat_map(|(_, it)| step.split('|').flat_map(move |key| below(it, key)))
            .collect();
    }
    at.retain(|it| matches!(it.1.kind(), Kind::Mapping | Kind::Sequence));
    at
}

/// The template that would hold a spec at a path: patches leave that out where they speak of annotations alone.
pub(super) fn without_spec<'t>(object: Node<'t>, path: &str) -> Option<Node<'t>> {
    let steps = path.strip_suffix("spec")?.split_terminator('.');
    let mut steps = steps.map(|key| (key, key.contains(['[', '*', '|'])));
    steps.try_fold(object, |node, (key, several)| {
        view::lookup(node, key).filter(|_| !several).map(|it| it.value)
    })
}

/// What stands under a key, or each of its items, or of theirs.
fn below<'t>(node: Node<'t>, step: &str) -> Vec<(Node<'t>, Node<'t>)> {
    if let Some(list) = step.strip_suffix("[]") {
        let lists = below(node, list).into_iter();
        return lists.flat_map(|(_, it)| it.items().map(move |to| (it, to.resolve()))).collect();
    }
    let found: Vec<Node<'t>> = match step.starts_with('*') {
        true => view::entries(node)
            .into_iter()
            .filter(|it| it.key.value().is_some_and(|name| fits(step, name)))
            .map(|it| it.value)
            .collect(),
        false => view::lookup(node, step).map(|it| it.value).into_iter().collect(),
    };
    found.into_iter().map(|to| (node, to)).collect()
}

/// Mappings with a list of containers, in an object of unknown kind: at least one of them has a name and an image.
pub(super) fn pod_like<'t>(object: Node<'t>) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    let mut open = vec![object];
    // Aliases can lead to the same place many times over.
    let mut known = HashSet::new();
    while let Some(node) = open.pop() {
        if !known.insert(node.id()) {
            continue;
        }
        let is_container = |it: Node<'_>| it.get("name").is_some() && it.get("image").is_some();
        if node.get("containers").is_some_and(|it| it.items().any(is_container)) {
            found.push(node);
            continue;
        }
        let values =
            node.entries().into_iter().map(|it| it.value).chain(node.items().map(Node::resolve));
        let mut inner: Vec<_> =
            values.filter(|it| matches!(it.kind(), Kind::Mapping | Kind::Sequence)).collect();
        inner.reverse();
        open.extend(inner);
    }
    found
}

/// The keys that tell the pods of one object apart: `workerGroupSpecs[1]`.
pub(super) fn place(object: Node<'_>, spec: Node<'_>) -> String {
    const SAME: &[&str] = &["spec", "template", "podTemplate"];
    let mut parts: Vec<String> = Vec::new();
    let mut number = String::new();
    let above = std::iter::successors(Some(spec), |it| it.parent());
    for node in above.take_while(|it| it.id() != object.id()) {
        if let Some(index) = node.index() {
            number.insert_str(0, &format!("[{index}]"));
        }
        let Some(key) = node.key().and_then(Node::value) else { continue };
        if !SAME.contains(&key) || !number.is_empty() {
            parts.push(format!("{key}{}", std::mem::take(&mut number)));
        }
    }
    parts.reverse();
    parts.join(".")
}
