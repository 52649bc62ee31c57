//! What objects say of the host that are of no kind whose pods are known: reported where it stands.

use std::collections::HashSet;

use super::kinds::{NOT_WORKLOADS, fits};
use super::kustomize::values;
use super::objects::KUSTOMIZE;
use super::scalar::boolean;
use super::{KINDS, Object, OwnKind, name_of, objects, pods, scalar};
use crate::finding::{FileId, Site};
use crate::workload::detect::first_line;
use crate::workload::paths::host_path;
use crate::workload::{Files, view};
use crate::yaml::{Kind, Node, NodeId};

/// Something that an object says of the host.
pub struct Aside {
    /// What people call the object: `OpenTelemetryCollector/otel`.
    pub name: String,
    /// What it says.
    pub what: Hold,
    /// Where.
    pub site: Site,
}

/// A hold on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// A container is privileged.
    Privileged,
    /// It is in the host's network.
    Network,
    /// It sees the host's processes.
    Processes,
    /// It shares memory with the host.
    Memory,
    /// It mounts this path of the host, cleaned.
    Path(String),
}

/// Groups and kinds beside those that are no workloads whose objects are none that could run, or are judged elsewhere.
const ELSEWHERE: &[(&str, &str)] = &[
    ("*", "SecurityContextConstraints"),
    ("", "PersistentVolume"),
    ("policy.open-cluster-management.io", "*"),
    ("policies.kubewarden.io", "*"),
];

/// What the objects of a file say of the host beside the pods that are judged.
pub fn asides(files: &Files<'_>, file: FileId, own: &[OwnKind]) -> Vec<Aside> {
    let objects = files.get(file).tree.documents().flat_map(objects);
    objects.flat_map(|it| of(&it, file, own)).collect()
}

fn of(object: &Object<'_>, file: FileId, own: &[OwnKind]) -> Vec<Aside> {
    let is = |list: &[(&str, &str)]| {
        list.iter().any(|it| fits(it.0, &object.group) && fits(it.1, object.kind))
    };
    let roots: Vec<Node<'_>> = match &*object.group {
        KUSTOMIZE | "builtin" => values(object.node),
        _ if is(NOT_WORKLOADS) || is(ELSEWHERE) => return Vec::new(),
        group if KINDS.iter().any(|it| it.is(group, object.kind)) => return Vec::new(),
        _ => {
            let entries = view::entries(object.node).into_iter();
            let said = entries.filter(|it| !matches!(it.key.value(), Some("metadata" | "status")));
            said.map(|it| it.value).collect()
        }
    };
    // What is judged as a pod says the same in full.
    let mut known: HashSet<NodeId> =
        pods(file, object, own).iter().map(|it| it.spec.id()).collect();
    let name = match name_of(object.node).and_then(Node::value) {
        Some(name) => format!("{}/{name}", object.kind),
        None => object.kind.to_owned(),
    };
    let mut found = Vec::new();
    let mut open: Vec<Node<'_>> = roots.into_iter().rev().collect();
    while let Some(node) = open.pop() {
        if !known.insert(node.id()) {
            continue;
        }
        let entries = view::entries(node);
        for it in &entries {
            let Some((what, at)) = hold(it) else { continue };
            let site = Site { file, span: first_line(at) };
            found.push(Aside { name: name.clone(), what, site });
        }
        let values = entries.into_iter().map(|it| it.value).chain(node.items().map(Node::resolve));
        let inner = values.filter(|it| matches!(it.kind(), Kind::Mapping | Kind::Sequence));
        let from = open.len();
        open.extend(inner);
        open[from..].reverse();
    }
    // What is merged into several places stands at one.
    let mut sites = HashSet::new();
    found.retain(|it| sites.insert(it.site.span.start));
    found
}

/// The hold on the host that an entry of a mapping gives, and where it stands.
fn hold<'t>(entry: &view::Entry<'t>) -> Option<(Hold, Node<'t>)> {
    let key = entry.key.value()?;
    let is_on = |it: Node<'_>| boolean(it) == Some(true);
    let namespace = match key {
        "hostNetwork" => Some(Hold::Network),
        "hostPID" => Some(Hold::Processes),
        "hostIPC" => Some(Hold::Memory),
        _ => None,
    };
    if let Some(what) = namespace {
        return is_on(entry.value).then_some((what, entry.written));
    }
    if key == "hostPath" {
        let path = view::lookup(entry.value, "path").map_or(entry.written, |it| it.written);
        let text = path.value().filter(|it| it.starts_with('/'))?;
        return Some((Hold::Path(host_path(text)), path));
    }
    if key != "securityContext" && !key.ends_with("SecurityContext") {
        return None;
    }
    // Charts switch a whole context off by a key of their own.
    let is_off = scalar(entry.value, "enabled") == Some("false");
    let privileged = view::lookup(entry.value, "privileged").filter(|it| is_on(it.value))?;
    (!is_off).then_some((Hold::Privileged, privileged.written))
}
