//! Kubernetes objects: where their pod templates are and what those say.

mod kinds;
mod once;
mod persistent;
mod places;
mod read;
mod share;
mod spark;
mod system;
mod uses;
mod volumes;
mod walls;
mod windows;
mod write;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kube_core::GroupVersion;

use super::detect::first_line;
use super::{Container, Dialect, Files, Variables, Workload, view};
use crate::finding::{ContainerId, FileId, Site};
use crate::yaml::{Kind, Node};
pub use kinds::{KINDS, PodKind, Shape};
use kinds::{LISTS, NOT_WORKLOADS, fits};
pub use persistent::{HostVolume, host_volumes};
use places::{descend, place, pod_like};
pub use read::{ALLOWED_VOLUMES, Sysctl, boolean};
pub use write::volume_name;

/// What part a container plays in its pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs for as long as the pod does.
    Main,
    /// Runs before the others, or beside them when its `restartPolicy` is `Always`.
    Init,
    /// Added to a running pod; a manifest with one is rejected.
    Ephemeral,
}

/// A container of a pod template.
#[derive(Clone, Copy)]
pub struct Slot<'t> {
    /// Its mapping.
    pub node: Node<'t>,
    /// Its part.
    pub role: Role,
    /// Its number in the project.
    pub id: ContainerId,
}

/// A pod template.
pub struct Pod<'t> {
    /// The file.
    pub file: FileId,
    /// The object that holds it.
    pub object: Node<'t>,
    /// The object's kind.
    pub kind: String,
    /// The mapping that holds the pod's `metadata` beside its `spec`.
    pub template: Node<'t>,
    /// The pod spec; for a bare list of containers, the object.
    pub spec: Node<'t>,
    /// How much of a pod may be written.
    pub shape: Shape,
    /// Its containers in file order: init, main, ephemeral.
    pub slots: Vec<Slot<'t>>,
    /// Whether it runs on Windows nodes.
    pub windows: bool,
    /// Its volumes, and what mounts them.
    volumes: Box<once::Volumes<'t>>,
    /// Its annotations from before the fields, by the number of the container that they are for.
    old_annotations: HashMap<usize, Vec<view::Entry<'t>>>,
    /// What was found out of it once.
    once: Box<once::Once>,
    /// What the containers of the file share.
    uses: Arc<uses::Uses<'t>>,
}

/// A kind that the owner allows casehard to write.
#[derive(Debug, Clone)]
pub struct OwnKind {
    /// The API group, without version.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The path to its pod spec.
    pub path: String,
}

/// The API group and the kind of an object.
pub fn identify<'t>(object: Node<'t>) -> Option<(String, &'t str)> {
    let api_version = object.get("apiVersion")?.resolve().value()?;
    let kind = object.get("kind")?.resolve().value()?;
    // Transformers of kustomize have no group: what they hold is a patch.
    let group = match api_version {
        "builtin" => "builtin".to_owned(),
        _ => api_version.parse::<GroupVersion>().ok()?.group,
    };
    Some((group, kind))
}

/// The objects of a document: itself, or the items of a list at any depth.
pub fn objects<'t>(root: Node<'t>) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    let mut open = vec![root];
    // Aliases can make a list its own item many times over.
    let mut known = HashSet::new();
    while let Some(node) = open.pop() {
        let node = node.resolve();
        if !known.insert(node.id()) {
            continue;
        }
        let Some((group, kind)) = identify(node) else { continue };
        let list = LISTS.iter().find(|it| it.0 == group && it.1 == kind).map(|it| it.2);
        let key = list.or_else(|| kind.ends_with("List").then_some("items"));
        match key.and_then(|it| node.get(it)) {
            Some(items) => {
                let items: Vec<_> = items.resolve().items().collect();
                open.extend(items.into_iter().rev());
            }
            None => found.push(node),
        }
    }
    found
}

/// The workloads of a file.
pub fn workloads<'t>(
    files: &Files<'t>,
    file: FileId,
    own: &[OwnKind],
    first: u32,
) -> Vec<Workload<'t>> {
    let mut all = Vec::new();
    let mut next = first;
    for root in files.get(file).tree.documents() {
        for object in objects(root) {
            let pods = pods(file, object, own);
            let several = pods.len() > 1;
            for pod in pods {
                let place = several.then(|| place(object, pod.spec));
                let (workload, used) = workload(pod, place, next);
                next += used;
                all.push(workload);
            }
        }
    }
    uses::note(&mut all);
    all
}

fn pods<'t>(file: FileId, object: Node<'t>, own: &[OwnKind]) -> Vec<Found<'t>> {
    let Some((group, kind)) = identify(object) else { return Vec::new() };
    if NOT_WORKLOADS.iter().any(|it| it.0 == group && fits(it.1, kind)) {
        return Vec::new();
    }
    let known = KINDS.iter().filter(|it| it.is(&group, kind));
    let known = known.flat_map(|it| it.paths.iter().map(|path| ((*path).to_owned(), it.shape)));
    let owned = own.iter().filter(|it| it.group == group && it.kind == kind);
    let mut places: Vec<(String, Shape)> =
        known.chain(owned.map(|it| (it.path.clone(), Shape::Pod))).collect();
    places.dedup();
    let place = |spec: Node<'t>, shape, unknown_kind| Found {
        file,
        object,
        kind: kind.to_owned(),
        spec,
        shape,
        unknown_kind,
    };
    let mut found: Vec<Found<'t>> = places
        .iter()
        .flat_map(|(path, shape)| {
            let found = descend(object, path).into_iter();
            let found = found.filter(|it| *shape != Shape::Spark || !spark::has_template(*it));
            found.map(|it| place(it, *shape, false))
        })
        .collect();
    if places.is_empty() {
        found.extend(pod_like(object).into_iter().map(|it| place(it, Shape::Pod, true)));
    }
    found
}

/// A place that holds a pod.
struct Found<'t> {
    file: FileId,
    object: Node<'t>,
    kind: String,
    spec: Node<'t>,
    shape: Shape,
    unknown_kind: bool,
}

const UNKNOWN_KIND: &str =
    "a kind that casehard does not know: name it under [[kind]] in casehard.toml to have it mended";
const PATCH: &str = "a patch: mend the workload that it is applied to";

fn workload<'t>(found: Found<'t>, place: Option<String>, first: u32) -> (Workload<'t>, u32) {
    let patch = is_patch(&found);
    let slots = if patch { Vec::new() } else { slots(&found, first) };
    let used = u32::try_from(slots.len()).expect("fewer than 2^32 containers");
    let mut name = format!("{}/{}", found.kind, object_name(found.object));
    if let Some(place) = place.filter(|it| !it.is_empty()) {
        name = format!("{name} {place}");
    }
    let skipped = match (patch, found.unknown_kind) {
        (true, _) => Some(PATCH),
        (false, true) => Some(UNKNOWN_KIND),
        (false, false) => None,
    };
    let mut pod = Pod {
        file: found.file,
        object: found.object,
        template: found.spec.parent().unwrap_or(found.spec),
        spec: match found.shape {
            Shape::Pod | Shape::ContainersOnly | Shape::Spark => found.spec,
            Shape::Containers => found.object,
        },
        windows: found.shape != Shape::Containers && windows::is_windows(found.spec),
        shape: found.shape,
        kind: found.kind,
        slots,
        volumes: Box::default(),
        old_annotations: HashMap::default(),
        once: Box::default(),
        uses: Arc::default(),
    };
    pod.volumes = Box::new(pod.read_volumes());
    pod.old_annotations = pod.read_annotations();
    let containers = (0..pod.slots.len()).map(|index| container(&pod, &name, index)).collect();
    let system = pod.is_system();
    (
        Workload {
            name: name.into(),
            containers,
            skipped,
            system,
            dialect: Dialect::Kubernetes(pod),
        },
        used,
    )
}

/// Whether it changes a workload that stands elsewhere: containers without an image, or directives of a patch.
fn is_patch(found: &Found<'_>) -> bool {
    let directed =
        |node: Node<'_>| node.entries().iter().any(|it| it.key.value().is_some_and(is_directive));
    if directed(found.object) || directed(found.spec) {
        return true;
    }
    if found.shape == Shape::Containers {
        return false;
    }
    // The image of a DeploymentConfig can come from its triggers.
    let named_later = found.kind == "DeploymentConfig";
    let lists = ["initContainers", "containers"];
    let lists = lists.iter().filter_map(|it| view::lookup(found.spec, it));
    let mut items = lists.flat_map(|it| it.value.items()).map(Node::resolve);
    items.any(|it| {
        it.kind() == Kind::Mapping
            && (directed(it) || !named_later && view::lookup(it, "image").is_none())
    })
}

fn is_directive(key: &str) -> bool {
    matches!(key, "$patch" | "$retainKeys")
        || key.starts_with("$setElementOrder/")
        || key.starts_with("$deleteFromPrimitiveList/")
}

fn slots<'t>(found: &Found<'t>, first: u32) -> Vec<Slot<'t>> {
    let lists: Vec<(Role, Node<'t>)> = match found.shape {
        Shape::Pod | Shape::ContainersOnly => [
            (Role::Init, "initContainers"),
            (Role::Main, "containers"),
            (Role::Ephemeral, "ephemeralContainers"),
        ]
        .into_iter()
        .filter_map(|(role, key)| Some((role, view::lookup(found.spec, key)?.value)))
        .collect(),
        Shape::Containers => vec![(Role::Main, found.spec)],
        Shape::Spark => return numbered(spark::containers(found.spec), first),
    };
    let nodes = lists.into_iter().flat_map(|(role, list)| {
        let one = (list.kind() == Kind::Mapping).then_some(list);
        one.into_iter().chain(list.items().map(Node::resolve)).map(move |it| (role, it))
    });
    // In a bare list a container without an image is a patch of one that an operator makes.
    let bare = found.shape == Shape::Containers;
    let nodes = nodes
        .filter(|(_, it)| it.kind() == Kind::Mapping)
        .filter(|(_, it)| !bare || view::lookup(*it, "image").is_some());
    numbered(nodes.collect(), first)
}

fn numbered<'t>(containers: Vec<(Role, Node<'t>)>, first: u32) -> Vec<Slot<'t>> {
    let containers = containers.into_iter().zip(first..);
    containers.map(|((role, node), id)| Slot { node, role, id: ContainerId(id) }).collect()
}

fn container<'t>(pod: &Pod<'t>, workload: &str, index: usize) -> Container<'t> {
    let slot = pod.slots[index];
    let named = slot.node.get("name").or_else(|| spark::name(pod.shape, slot.node));
    let name = scalar(slot.node, "name").or_else(|| spark::name(pod.shape, slot.node)?.value());
    let name = name.unwrap_or("(unnamed)").to_owned();
    let image = scalar(slot.node, "image").or_else(|| spark::image(pod.shape, slot.node));
    let image = image.map(|it| Variables::default().interpolate(it));
    let named = named.unwrap_or(slot.node);
    Container {
        id: slot.id,
        subject: format!("{workload} container {name}").into(),
        index,
        image,
        site: Site { file: pod.file, span: first_line(named) },
        node: slot.node,
        name,
        mounts: pod.mounts(index),
        capabilities: pod.capabilities(index),
        breaches: pod.breaches(index),
    }
}

fn object_name<'t>(object: Node<'t>) -> &'t str {
    let metadata = object.get("metadata").map(Node::resolve);
    let name = metadata.and_then(|it| scalar(it, "name").or_else(|| scalar(it, "generateName")));
    name.unwrap_or("(unnamed)")
}

/// The text of a scalar entry, merges and aliases followed.
fn scalar<'t>(mapping: Node<'t>, key: &str) -> Option<&'t str> {
    view::lookup(mapping, key).and_then(|it| it.value.value())
}
