//! The containers that a place holds, and how much of each it tells.

use super::{Found, Role, Shape, Slot, Told, scalar, spark, walls};
use crate::finding::ContainerId;
use crate::workload::view;
use crate::yaml::{Kind, Node};

/// What a pod spec without containers can say all the same.
const OF_THE_POD: &[&str] = &[
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostUsers",
    "securityContext",
    "shareProcessNamespace",
    "volumes",
];

/// The containers of a place in file order.
pub(super) fn slots<'t>(found: &Found<'t>, first: u32) -> Vec<Slot<'t>> {
    let mut nodes = match found.shape {
        Shape::Pod | Shape::ContainersOnly => listed(found.spec),
        Shape::Containers => items(Role::Main, found.spec),
        Shape::Spark => spark::containers(found.spec),
    };
    nodes.retain(|(_, it)| it.kind() == Kind::Mapping && !is_directive(*it));
    let directed = is_directed(found.object) || is_directed(found.spec);
    let told = |node: Node<'t>| {
        // The image of a DeploymentConfig can come from its triggers.
        let has_image = image(found, node).is_some() || found.kind == "DeploymentConfig";
        if has_image && !directed && !is_directed(node) { Told::Whole } else { Told::Part }
    };
    let numbered = nodes.into_iter().zip(first..);
    let all = numbered.map(|((role, node), id)| Slot {
        node,
        role,
        id: ContainerId(id),
        told: told(node),
        contexts: contexts(found.shape, node),
    });
    let all: Vec<_> = all.collect();
    match stand_in(found).filter(|_| all.is_empty()) {
        Some(node) => {
            let (id, contexts) = (ContainerId(first), contexts(found.shape, node));
            vec![Slot { node, role: Role::Main, id, told: Told::Part, contexts }]
        }
        None => all,
    }
}

/// The security context of a container, and that of the template that it is made from.
fn contexts(shape: Shape, container: Node<'_>) -> [Option<Node<'_>>; 2] {
    [Some(container), step_template(shape, container)].map(|it| it?.get("securityContext"))
}

/// Whether an item of a patch takes a container away, or speaks of the list alone.
fn is_directive(item: Node<'_>) -> bool {
    match scalar(item, "$patch") {
        Some("delete") => true,
        Some(_) => item.entries().len() == 1,
        None => false,
    }
}

/// Whether a mapping says anything of a pod.
pub(super) fn is_pod(spec: Node<'_>) -> bool {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    lists.iter().chain(OF_THE_POD).any(|it| spec.get(it).is_some())
}

fn listed<'t>(spec: Node<'t>) -> Vec<(Role, Node<'t>)> {
    let lists = [
        (Role::Init, "initContainers"),
        (Role::Main, "containers"),
        (Role::Ephemeral, "ephemeralContainers"),
    ];
    let lists = lists.into_iter().filter_map(|(role, key)| Some((role, spec.get(key)?)));
    lists.flat_map(|(role, list)| items(role, list)).collect()
}

fn items<'t>(role: Role, list: Node<'t>) -> Vec<(Role, Node<'t>)> {
    let one = (list.kind() == Kind::Mapping).then_some(list);
    one.into_iter().chain(list.items().map(Node::resolve)).map(|it| (role, it)).collect()
}

/// What stands for the containers of a patch that names none and speaks of their pod: the template.
fn stand_in<'t>(found: &Found<'t>) -> Option<Node<'t>> {
    let is_pod = matches!(found.shape, Shape::Pod | Shape::ContainersOnly);
    let says = OF_THE_POD.iter().any(|it| found.spec.get(it).is_some())
        || walls::has_profiles(found.template);
    (is_pod && says && found.template.kind() == Kind::Mapping).then_some(found.template)
}

/// The image that the file names for a container.
pub(super) fn image<'t>(found: &Found<'t>, container: Node<'t>) -> Option<&'t str> {
    let own = scalar(container, "image").or_else(|| spark::image(found.shape, container));
    own.or_else(|| scalar(step_template(found.shape, container)?, "image"))
}

/// What a task of Tekton says for all its steps.
pub(super) fn step_template<'t>(shape: Shape, step: Node<'t>) -> Option<Node<'t>> {
    let steps = step.parent().filter(|_| shape == Shape::Containers)?;
    let is_list = steps.key().and_then(Node::value) == Some("steps");
    let task = steps.parent().filter(|_| is_list)?;
    view::lookup(task, "stepTemplate").map(|it| it.value)
}

/// Whether a mapping holds directives of a strategic merge patch by which more than it says is there.
fn is_directed(node: Node<'_>) -> bool {
    let replaces = scalar(node, "$patch") == Some("replace");
    let directive = |key: &str| {
        key == "$retainKeys"
            || key == "$patch" && !replaces
            || key.starts_with("$setElementOrder/")
            || key.starts_with("$deleteFromPrimitiveList/")
    };
    node.entries().iter().any(|it| it.key.value().is_some_and(directive))
}
