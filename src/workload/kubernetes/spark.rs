//! Spark's drivers and executors: pods whose fields stand flat beside those of their main container.

use super::{Role, Shape, scalar};
use crate::workload::view;
use crate::yaml::{Kind, Node};

/// The containers of a driver or executor: it is the main one itself.
pub(super) fn containers<'t>(part: Node<'t>) -> Vec<(Role, Node<'t>)> {
    let list = |role: Role, key: &str| {
        let items = view::lookup(part, key).into_iter().flat_map(|it| it.value.items());
        items.map(move |it| (role, it.resolve())).collect::<Vec<_>>()
    };
    let mut all = list(Role::Init, "initContainers");
    all.push((Role::Main, part));
    all.extend(list(Role::Main, "sidecars"));
    all.retain(|it| it.1.kind() == Kind::Mapping);
    all
}

/// Whether the containers stand in a pod template, with which flat fields are merged.
pub(super) fn has_template(part: Node<'_>) -> bool {
    let path = ["template", "spec", "containers"];
    path.iter().try_fold(part, |it, key| Some(view::lookup(it, key)?.value)).is_some()
}

/// The name of a driver or executor: its key.
pub(super) fn name(shape: Shape, container: Node<'_>) -> Option<Node<'_>> {
    container.key().filter(|_| shape == Shape::Spark)
}

/// The image of the application, for parts of it that name none.
pub(super) fn image(shape: Shape, container: Node<'_>) -> Option<&str> {
    name(shape, container)?;
    scalar(container.parent()?, "image")
}
