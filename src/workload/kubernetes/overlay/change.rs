//! What a patch changes of a pod: the keys from the pod's spec on, whatever form the patch has.

use crate::workload::kubernetes::{Found, Shape, scalar};
use crate::workload::view;
use crate::yaml::{Kind, Node};

/// The key that stands for the annotations beside a pod's spec.
pub(super) const ANNOTATIONS: &str = "annotations";

/// Groups with pods whose lists kustomize merges by the names of their items.
const BUILT_IN: &[&str] = &["", "apps", "batch", "extensions"];

/// A change of a pod.
pub(super) struct Change<'p> {
    /// The keys from the pod's spec on: numbers and names of items among them.
    pub(super) keys: Vec<String>,
    /// The value, where one is given.
    pub(super) value: Option<Node<'p>>,
    /// What to point at where there is no value.
    pub(super) at: Node<'p>,
    /// Whether the value takes the place of all that is there, rather than being merged into it.
    pub(super) replaces: bool,
    /// Whether lists that are merged take the place of those that are there, as in kinds that kustomize does not know.
    pub(super) lists: bool,
    /// Whether an item is put before another one or after the last.
    pub(super) inserts: bool,
}

/// The changes of one document of a patch: of a list of operations, or of an object that is merged over another.
pub(super) fn changes<'p>(root: Node<'p>, found: &Found<'_>) -> Vec<Change<'p>> {
    let path = path(found);
    if root.kind() == Kind::Sequence {
        return root.items().filter_map(|it| operation(it.resolve(), &path)).collect();
    }
    let lists = !BUILT_IN.contains(&&*found.group);
    let merged = |keys, value| Change {
        keys,
        value: Some(value),
        at: value,
        replaces: false,
        lists,
        inserts: false,
    };
    let mut all: Vec<Change<'p>> = below(root, &path).map(|it| merged(Vec::new(), it)).collect();
    let Some((_, template)) = path.split_last() else { return all };
    for it in below(root, template).filter_map(|it| view::lookup(it, "metadata")) {
        let annotations = view::lookup(it.value, ANNOTATIONS).map(|it| it.value);
        all.extend(annotations.map(|it| merged(vec![ANNOTATIONS.to_owned()], it)));
    }
    all
}

/// The keys from the object to the pod's spec; to what holds the containers, where that is no pod.
fn path(found: &Found<'_>) -> Vec<String> {
    let spec = match found.shape {
        Shape::Pod | Shape::ContainersOnly | Shape::Spark => Some(found.spec),
        Shape::Containers => found.spec.parent(),
    };
    let above = std::iter::successors(spec, |it| it.parent());
    let above = above.take_while(|it| it.id() != found.object.id());
    let step = |it: Node<'_>| match it.index() {
        Some(index) => Some(index.to_string()),
        None => it.key().and_then(Node::value).map(str::to_owned),
    };
    let mut path: Vec<String> = above.filter_map(step).collect();
    path.reverse();
    path
}

/// The nodes at a path; every item of a list, since patches know items by other means than numbers.
fn below<'p>(root: Node<'p>, path: &[String]) -> impl Iterator<Item = Node<'p>> + use<'p> {
    let mut at = vec![root];
    for step in path {
        let next = |it: Node<'p>| match it.kind() {
            Kind::Sequence => it.items().map(Node::resolve).collect(),
            _ => view::lookup(it, step).map(|it| it.value).into_iter().collect::<Vec<_>>(),
        };
        at = at.into_iter().flat_map(next).collect();
    }
    at.into_iter()
}

/// What an operation of a JSON patch changes of the pod; nothing where it lies elsewhere.
fn operation<'p>(operation: Node<'p>, path: &[String]) -> Option<Change<'p>> {
    let steps: Vec<String> = scalar(operation, "path")?
        .strip_prefix('/')?
        .split('/')
        .map(|it| it.replace("~1", "/").replace("~0", "~"))
        .collect();
    let op = scalar(operation, "op")?;
    let written = view::lookup(operation, "value").map(|it| it.value);
    let value = written.filter(|_| matches!(op, "add" | "replace" | "test"));
    let (keys, value) = within(&steps, value, path)?;
    let at = value.unwrap_or(operation);
    let is_item = keys.last().is_some_and(|it| it == "-" || it.parse::<usize>().is_ok());
    let inserts = op == "add" && is_item;
    Some(Change { keys, value, at, replaces: op != "test", lists: false, inserts })
}

/// The steps below the pod's spec, or the part of the value that is the spec.
fn within<'p>(
    steps: &[String],
    value: Option<Node<'p>>,
    path: &[String],
) -> Option<(Vec<String>, Option<Node<'p>>)> {
    let same = |(one, other): (&String, &String)| one == other || one == "-";
    if !steps.iter().zip(path).all(same) {
        let (last, template) = path.split_last()?;
        let beside = [template, &["metadata".to_owned(), ANNOTATIONS.to_owned()]].concat();
        let is_beside = last == "spec" && steps.starts_with(&beside);
        return is_beside.then(|| (steps[template.len() + 1..].to_vec(), value));
    }
    match path.get(steps.len()..) {
        Some(rest) if !rest.is_empty() => Some((Vec::new(), Some(below(value?, rest).next()?))),
        _ => Some((steps[path.len()..].to_vec(), value)),
    }
}
