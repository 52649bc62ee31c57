//! Kubernetes objects: where their pod templates are and what those say.

mod aside;
mod containers;
mod environment;
mod inline;
mod kinds;
mod kustomize;
mod objects;
mod once;
mod operators;
mod overlay;
mod own;
mod persistent;
mod places;
mod read;
mod removed;
pub mod scalar;
mod share;
mod spark;
mod system;
mod uses;
mod volumes;
mod walls;
mod whole;
mod windows;
mod write;

use std::collections::HashMap;
use std::sync::Arc;

use super::detect::first_line;
use super::{Container, Dialect, Files, Text, Variables, Workload, view};
use crate::finding::{ContainerId, FileId, Site};
use crate::yaml::Node;
pub use aside::{Aside, Hold, asides};
pub use environment::EnvironmentEntry;
pub use inline::{InlinePatch, Unfollowed, inline_patches, unfollowed};
pub use kinds::{KINDS, PodKind, Shape};
use kinds::{NOT_WORKLOADS, fits};
pub use kustomize::{NAMES, Named, is_kustomization, named, patch_files};
use objects::{Object, objects};
pub use objects::{identify, is_manifest};
use overlay::Overlays;
pub use overlay::{Touch, What};
pub use own::{Misplaced, OwnKind, misplaced};
pub use persistent::{HostVolume, host_volumes};
use places::{descend, place, pod_like};
pub use read::{ALLOWED_VOLUMES, Sysctl};
pub use removed::Removal;
pub use walls::is_contained_type;
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
    /// How much of it the file tells.
    pub told: Told,
    /// Its security context, and that of the template that steps are made from: asked for by every rule.
    contexts: [Option<Node<'t>>; 2],
}

/// How much of a container its file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// All: what is left out is unset.
    Whole,
    /// What changes a container that an operator makes or another file holds: what is left out is told there.
    Part,
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
    /// The pod's security context.
    context: Option<Node<'t>>,
    /// Whether it runs on Windows nodes.
    pub windows: bool,
    /// Whether all of the pod is told here, with every container.
    pub told: Told,
    /// What kustomizations of the run change of it.
    pub touches: Vec<Touch>,
    /// Its volumes, and what mounts them.
    volumes: Box<once::Volumes<'t>>,
    /// Its annotations from before the fields, by the number of the container that they are for.
    old_annotations: HashMap<usize, Vec<view::Entry<'t>>>,
    /// What was found out of it once.
    once: Box<once::Once>,
    /// What the containers of the file share.
    uses: Arc<uses::Uses<'t>>,
    /// The maps of the file that hand variables on.
    maps: Arc<environment::Maps<'t>>,
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
    let overlays = Overlays::read(files, file);
    let mut maps = environment::Maps::default();
    for root in files.get(file).tree.documents() {
        for object in objects(root) {
            maps.add(&object);
            let pods = pods(file, &object, own);
            let several = pods.len() > 1;
            for pod in pods {
                let place = several.then(|| place(object.node, pod.spec));
                let (mut workload, used) = workload(&pod, place, next);
                if let Dialect::Kubernetes(it) = &mut workload.dialect {
                    it.touches = overlays.touches(&pod, it);
                }
                // A pod that says nothing keeps its number, for one fix may leave it so.
                next += used.max(1);
                // What says nothing of containers or their pod is nothing to judge.
                all.extend((used > 0).then_some(workload));
            }
        }
    }
    uses::note(&mut all);
    environment::note(maps, &mut all);
    all
}

fn pods<'t>(file: FileId, object: &Object<'t>, own: &[OwnKind]) -> Vec<Found<'t>> {
    let Object { node: object, group, kind } = object;
    let (object, kind) = (*object, *kind);
    if NOT_WORKLOADS.iter().any(|it| it.0 == *group && fits(it.1, kind)) {
        return Vec::new();
    }
    let known = KINDS.iter().filter(|it| it.is(group, kind));
    let known = known.flat_map(|it| it.paths.iter().map(|path| ((*path).to_owned(), it.shape)));
    let owned = match own::said(object, (group, kind), own) {
        own::Said::There(paths) => paths,
        own::Said::Nowhere(_) => Vec::new(),
    };
    let mut places: Vec<(String, Shape)> =
        known.chain(owned.into_iter().map(|it| (it.clone(), Shape::Pod))).collect();
    places.dedup();
    let place = |(template, spec): (Node<'t>, Node<'t>), shape, unknown_kind| Found {
        file,
        object,
        group: group.clone(),
        kind: kind.to_owned(),
        template,
        spec,
        shape,
        unknown_kind,
    };
    let mut found: Vec<Found<'t>> = places
        .iter()
        .flat_map(|(path, shape)| {
            let found = descend(object, path).into_iter();
            let found = found.filter(|it| *shape != Shape::Spark || !spark::has_template(it.1));
            found.map(|it| place(it, *shape, false))
        })
        .collect();
    if let ([], [(path, Shape::Pod)]) = (found.as_slice(), places.as_slice()) {
        let bare = places::without_spec(object, path).into_iter();
        found.extend(bare.map(|it| place((it, it), Shape::Pod, false)));
    }
    if places.is_empty() {
        let like = pod_like(object).into_iter().map(|it| (it.parent().unwrap_or(it), it));
        found.extend(like.map(|it| place(it, Shape::Pod, true)));
    }
    found
}

/// A place that holds a pod.
struct Found<'t> {
    file: FileId,
    object: Node<'t>,
    group: String,
    kind: String,
    template: Node<'t>,
    spec: Node<'t>,
    shape: Shape,
    unknown_kind: bool,
}

const UNKNOWN_KIND: &str =
    "a kind that casehard does not know: name it under [[kind]] in casehard.toml to have it mended";

fn workload<'t>(found: &Found<'t>, place: Option<String>, first: u32) -> (Workload<'t>, u32) {
    let slots = containers::slots(found, first);
    let used = u32::try_from(slots.len()).expect("fewer than 2^32 containers");
    let mut name = format!("{}/{}", found.kind, object_name(found.object));
    if let Some(place) = place.filter(|it| !it.is_empty()) {
        name = format!("{name} {place}");
    }
    let in_part = operators::completes(found) || slots.iter().any(|it| it.told == Told::Part);
    let mut pod = Pod {
        file: found.file,
        object: found.object,
        template: found.template,
        spec: match found.shape {
            Shape::Pod | Shape::ContainersOnly | Shape::Spark => found.spec,
            Shape::Containers => found.object,
        },
        windows: found.shape != Shape::Containers && windows::is_windows(found.spec),
        told: if in_part { Told::Part } else { Told::Whole },
        touches: Vec::new(),
        shape: found.shape,
        context: None,
        kind: found.kind.clone(),
        slots,
        volumes: Box::default(),
        old_annotations: HashMap::default(),
        once: Box::default(),
        uses: Arc::default(),
        maps: Arc::default(),
    };
    pod.context = pod.spec.get(pod.pod_context_key());
    pod.volumes = Box::new(pod.read_volumes());
    pod.old_annotations = pod.read_annotations();
    let number = 0..pod.slots.len();
    let containers = number.map(|index| container(&pod, found, &name, index)).collect();
    let system = pod.is_system();
    (
        Workload {
            name: name.into(),
            containers,
            skipped: found.unknown_kind.then_some(UNKNOWN_KIND),
            system,
            dialect: Dialect::Kubernetes(pod),
        },
        used,
    )
}

fn container<'t>(pod: &Pod<'t>, found: &Found<'t>, workload: &str, index: usize) -> Container<'t> {
    let slot = pod.slots[index];
    let named = slot.node.get("name").or_else(|| spark::name(pod.shape, slot.node));
    let name = named.and_then(Node::value).unwrap_or("(unnamed)").to_owned();
    let image = match containers::image(found, slot.node) {
        Some(image) => Some(Variables::default().interpolate(image)),
        None => operators::image(found, slot.node, slot.role)
            .map(|it| Text { value: it.into(), ..Text::plain("") }),
    };
    let (subject, named) = match pod.stands_in(index) {
        true => (workload.to_owned(), name_of(found.object)),
        false => (format!("{workload} container {name}"), named),
    };
    let named = named.unwrap_or(slot.node);
    Container {
        id: slot.id,
        subject: subject.into(),
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
    name_of(object).and_then(Node::value).unwrap_or("(unnamed)")
}

fn name_of<'t>(object: Node<'t>) -> Option<Node<'t>> {
    let metadata = object.get("metadata")?;
    metadata.get("name").or_else(|| metadata.get("generateName"))
}

/// The text of a scalar entry, merges and aliases followed.
fn scalar<'t>(mapping: Node<'t>, key: &str) -> Option<&'t str> {
    view::lookup(mapping, key).and_then(|it| it.value.value())
}
