//! The volumes of a pod and what its containers mount.

use super::{Pod, Shape, scalar};
use crate::finding::Site;
use crate::workload::detect::first_line;
use crate::workload::paths::{clean_target, host_path};
use crate::workload::view;
use crate::workload::{Handle, Item, Mount, Origin};
use crate::yaml::Node;

impl<'t> Pod<'t> {
    /// The volumes of the pod.
    pub fn volumes(&self) -> &[Node<'t>] {
        &self.volumes.all
    }

    /// Whether the object has a pod spec: else volumes stand elsewhere.
    pub(super) fn has_spec(&self) -> bool {
        self.shape != Shape::Containers
    }

    /// Whether a mounted volume takes its group from `fsGroup` (SPEC 5.4), and is closed to others without it.
    pub(super) fn honours_fs_group(&self) -> bool {
        *self.once.honours_fs_group.get_or_init(|| self.has_volume_of_a_group())
    }

    fn has_volume_of_a_group(&self) -> bool {
        let claims = self.kind == "StatefulSet"
            && self
                .object
                .get("spec")
                .is_some_and(|it| it.resolve().get("volumeClaimTemplates").is_some());
        let known = &self.volumes;
        let used =
            |it: Node<'t>| scalar(it, "name").is_some_and(|name| known.mounts.contains_key(name));
        claims || known.all.iter().any(|it| used(*it) && takes_group(*it))
    }

    /// Why the pod cannot have users of its own, if so: what it mounts cannot map them, or its ids lie outside of them.
    pub fn needs_host_users(&self) -> Option<String> {
        let kinds = self.volumes().iter().copied().flat_map(view::entries);
        let kind = kinds.filter_map(|it| it.key.value()).find(|it| UNMAPPED.contains(it));
        if let Some(kind) = kind {
            return Some(format!("volumes of type {kind} cannot map users: replace it first"));
        }
        let has = |index: &usize| view::lookup(self.slots[*index].node, "volumeDevices").is_some();
        if (0..self.slots.len()).any(|it| has(&it)) {
            return Some("block devices (volumeDevices) cannot map users".to_owned());
        }
        let ids = ["runAsUser", "runAsGroup", "fsGroup"].into_iter().flat_map(|key| {
            let own = (0..self.slots.len()).filter_map(move |it| self.own(it, key));
            own.chain(self.pod_level(key)).map(|it| it.value)
        });
        let groups = self.pod_level("supplementalGroups");
        let mut ids = ids.chain(groups.into_iter().flat_map(|it| it.value.items()));
        let outside = |it: Node<'_>| scalar::integer(it).is_some_and(|it| it > 65535);
        ids.find(|it| outside(*it)).map(|it| {
            format!("{} lies outside of a pod's own ids, 0 to 65535", it.value().unwrap_or(""))
        })
    }

    /// What is mounted into a container.
    pub fn mounts(&self, index: usize) -> Vec<Mount<'t>> {
        let list = view::lookup(self.slots[index].node, "volumeMounts");
        let items = list.into_iter().flat_map(|it| it.value.items()).map(Node::resolve);
        items.map(|node| self.mount(node)).collect()
    }

    fn mount(&self, node: Node<'t>) -> Mount<'t> {
        let name = scalar(node, "name").unwrap_or("");
        let volume = self.volumes.named.get(name).copied();
        let propagation = scalar(node, "mountPropagation").filter(|it| *it == "Bidirectional");
        let claim = matches!(self.kind.as_str(), "StatefulSet");
        Mount {
            origin: match volume {
                Some(it) => volume_origin(it),
                None if claim => Origin::Volume(name.to_owned()),
                None => Origin::Unknown,
            },
            written: None,
            target: scalar(node, "mountPath").map(clean_target),
            read_only: node.get("readOnly").and_then(scalar::boolean) == Some(true),
            relabels: false,
            propagation: propagation.map(str::to_owned),
            content: None,
            options: String::new(),
            site: Site {
                file: self.file,
                span: first_line(view::lookup(node, "mountPath").map_or(node, |it| it.value)),
            },
            handle: Handle::Pod { mount: Some(node), volume },
        }
    }

    /// What mounts a volume's name, with the number of the container.
    pub(super) fn items_mounting(
        &self,
        volume: Node<'t>,
    ) -> impl Iterator<Item = &(usize, Item<'t>)> {
        let name = scalar(volume, "name").unwrap_or("");
        self.volumes.mounts.get(name).into_iter().flatten()
    }

    /// The mounts of a volume, with the number of the container.
    pub fn mounts_of(&self, volume: Node<'t>) -> impl Iterator<Item = (usize, Node<'t>)> {
        let name = scalar(volume, "name").unwrap_or("");
        let first = self.volumes.named.get(name).is_some_and(|it| it.id() == volume.id());
        let mounts = self.items_mounting(volume).filter(move |_| first);
        mounts.map(|(number, item)| (*number, item.node.resolve()))
    }

    /// The host path volumes of the pod, whether mounted or not.
    pub fn host_paths(&self) -> Vec<Mount<'t>> {
        let hosts = self.volumes().iter().filter_map(|&volume| {
            let path = view::lookup(view::lookup(volume, "hostPath")?.value, "path")?;
            let mounts: Vec<_> =
                self.items_mounting(volume).map(|it| self.mount(it.1.node.resolve())).collect();
            Some(Mount {
                origin: volume_origin(volume),
                written: None,
                target: mounts.first().and_then(|it| it.target.clone()),
                read_only: !mounts.is_empty() && mounts.iter().all(|it| it.read_only),
                relabels: false,
                propagation: mounts.iter().find_map(|it| it.propagation.clone()),
                content: None,
                options: String::new(),
                site: Site { file: self.file, span: path.written.span() },
                handle: Handle::Pod { mount: None, volume: Some(volume) },
            })
        });
        hosts.collect()
    }
}

/// Volumes whose file systems cannot map users.
const UNMAPPED: &[&str] = &["azureFile", "cephfs", "glusterfs", "hostPath", "nfs", "quobyte"];

fn takes_group(volume: Node<'_>) -> bool {
    let of = |kind: &str| view::lookup(volume, kind).map(|it| it.value);
    let written = ["persistentVolumeClaim", "ephemeral", "csi", "emptyDir"];
    let given = ["secret", "configMap", "downwardAPI", "projected"];
    written.iter().any(|it| of(it).is_some())
        || given.iter().filter_map(|it| of(it)).any(is_closed_to_others)
}

/// Whether files that the cluster provides can be read by their owner, root, and its group alone.
fn is_closed_to_others(provided: Node<'_>) -> bool {
    let mut open = vec![provided];
    while let Some(node) = open.pop() {
        let modes = ["defaultMode", "mode"].iter().filter_map(|it| node.get(it));
        if modes.filter_map(scalar::integer).any(|it| it & 0o4 == 0) {
            return true;
        }
        let lists = ["items", "sources"].iter().filter_map(|it| view::lookup(node, it));
        open.extend(lists.flat_map(|it| it.value.items()).map(Node::resolve));
        let sources = ["secret", "configMap", "downwardAPI"];
        open.extend(sources.iter().filter_map(|it| view::lookup(node, it)).map(|it| it.value));
    }
    false
}

/// The source that a volume names: those that are null are not there. The API server takes no second one, and where
/// there is one, the host's counts.
fn source(volume: Node<'_>) -> Option<view::Entry<'_>> {
    let sources = view::entries(volume).into_iter();
    let sources = sources.filter(|it| it.key.value() != Some("name") && !scalar::is_null(it.value));
    let sources: Vec<_> = sources.collect();
    let of_host = sources.iter().find(|it| it.key.value() == Some("hostPath"));
    of_host.or(sources.first()).copied()
}

/// Where a pod volume's content comes from.
fn volume_origin(volume: Node<'_>) -> Origin {
    let Some(entry) = source(volume) else { return Origin::Scratch };
    match entry.key.value().unwrap_or("") {
        "hostPath" => match scalar(entry.value, "path") {
            // The kubelet's own folder is the root.
            Some(path) if !path.contains("${") && !path.starts_with(['/', '\\']) => {
                Origin::Host(host_path(&format!("/{path}")))
            }
            Some(path) if !path.contains("${") => Origin::Host(host_path(path)),
            _ => Origin::Unknown,
        },
        "emptyDir" => Origin::Scratch,
        "persistentVolumeClaim" => {
            Origin::Volume(scalar(entry.value, "claimName").unwrap_or("").to_owned())
        }
        other => Origin::Other(other.to_owned()),
    }
}
