//! What a pod template says, container over pod.

use super::{Pod, Role, Shape, Slot, scalar};
use crate::finding::{FileId, Site};
use crate::workload::paths::{clean_target, host_path};
use crate::workload::view::{self, Entry};
use crate::workload::{
    Breach, Capabilities, Capability, Flag, Handle, Id, Identity, Item, Joined, Mount, Namespace,
    Origin, Remedy, State, Wall,
};
use crate::yaml::{Kind, Node, Scalar};
use std::borrow::Cow;

/// Volume types that the restricted standard admits.
pub static ALLOWED_VOLUMES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// A kernel setting of the pod.
pub struct Sysctl {
    /// Its name.
    pub name: String,
    /// Where.
    pub site: Site,
}

const SECURITY: &str = "securityContext";

/// Host paths that only the platform itself mounts.
const PLATFORM_PATHS: &[&str] = &[
    "/opt/cni",
    "/etc/cni",
    "/var/lib/kubelet",
    "/var/lib/cni",
    "/lib/modules",
    "/run/flannel",
    "/var/run/calico",
    "/run/calico",
];

impl<'t> Pod<'t> {
    /// An entry of the container's security context.
    pub fn own(&self, index: usize, key: &str) -> Option<Entry<'t>> {
        let context = view::lookup(self.slots[index].node, SECURITY)?;
        present(view::lookup(context.value, key)?)
    }

    /// An entry of the pod's security context.
    pub fn pod_level(&self, key: &str) -> Option<Entry<'t>> {
        if self.shape == Shape::Containers {
            return None;
        }
        let context = view::lookup(self.spec, SECURITY)?;
        present(view::lookup(context.value, key)?)
    }

    /// An entry of the security context, container over pod.
    pub fn effective(&self, index: usize, key: &str) -> Option<Entry<'t>> {
        self.own(index, key).or_else(|| self.pod_level(key))
    }

    /// Where an entry's value stands.
    pub fn site(&self, entry: &Entry<'t>) -> Site {
        Site { file: self.file, span: entry.written.span() }
    }

    /// Reads a boolean of the container's security context.
    pub fn flag(&self, index: usize, flag: Flag) -> State {
        self.state(self.own(index, flag.kubernetes()))
    }

    /// Reads `allowPrivilegeEscalation`, the other way round.
    pub fn no_new_privileges(&self, index: usize) -> State {
        match self.state(self.own(index, "allowPrivilegeEscalation")) {
            State::On(site) => State::Off(site),
            State::Off(site) => State::On(site),
            other => other,
        }
    }

    /// A boolean entry's state.
    pub fn state(&self, entry: Option<Entry<'t>>) -> State {
        let Some(entry) = entry else { return State::Unset };
        let site = self.site(&entry);
        match entry.value.scalar() {
            Some(Scalar::Bool(true)) => State::On(site),
            Some(Scalar::Bool(false)) => State::Off(site),
            _ => State::Unknown(site),
        }
    }

    /// Whose namespace the pod is in.
    pub fn namespace(&self, namespace: Namespace) -> Joined {
        if self.shape == Shape::Containers {
            return Joined::Own;
        }
        let key = match namespace {
            Namespace::Network => "hostNetwork",
            Namespace::Pid => "hostPID",
            Namespace::Ipc => "hostIPC",
            Namespace::Uts | Namespace::Cgroup | Namespace::User => return Joined::Own,
        };
        match self.state(view::lookup(self.spec, key).and_then(present)) {
            State::On(site) => Joined::Host(site),
            State::Unknown(site) => Joined::Unknown(site),
            State::Off(_) | State::Unset => Joined::Own,
        }
    }

    /// Who the container runs as.
    pub fn identity(&self, index: usize) -> Identity {
        let user = self.effective(index, "runAsUser");
        let group = self.effective(index, "runAsGroup");
        let non_root = self.state(self.effective(index, "runAsNonRoot"));
        let site = user.or_else(|| self.effective(index, "runAsNonRoot")).map(|it| self.site(&it));
        Identity { user: id(user), group: id(group), site, non_root }
    }

    /// The capability lists.
    pub fn capabilities(&self, index: usize) -> Capabilities<'t> {
        let lists = self.own(index, "capabilities");
        let mut unknown = false;
        let mut read = |key| -> Vec<Capability<'t>> {
            let Some(list) = lists.and_then(|it| view::lookup(it.value, key)) else {
                return Vec::new();
            };
            let items = list.value.items().filter_map(|node| {
                let written = node.resolve().value()?;
                unknown |= written.contains("${");
                let upper = written.to_ascii_uppercase();
                let name = upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned();
                let item = Item { file: self.file, list, node };
                let site = Site { file: self.file, span: node.span() };
                Some(Capability { name, written: Cow::Borrowed(written), site, item })
            });
            items.collect()
        };
        Capabilities { add: read("add"), drop: read("drop"), unknown }
    }

    /// Whether a seccomp profile is named for the container, at either level or in the old annotations.
    pub fn has_seccomp(&self, index: usize) -> bool {
        self.effective(index, "seccompProfile").is_some_and(|it| it.value.get("type").is_some())
    }

    /// Whether the container names a profile of its own.
    pub fn own_seccomp(&self, index: usize) -> bool {
        self.own(index, "seccompProfile").is_some()
    }

    /// The settings that take a wall down: those of the pod count for its first container.
    pub fn breaches(&self, index: usize) -> Vec<Breach<'t>> {
        let mut all = Vec::new();
        let mut contexts = vec![self.context(self.slots[index].node)];
        if index == 0 && self.shape == Shape::Pod {
            contexts.push(self.context(self.spec));
        }
        for context in contexts.into_iter().flatten() {
            self.profiles(context, index, &mut all);
            self.labels(context, &mut all);
        }
        if let Some(entry) = self.own(index, "procMount") {
            if entry.value.value() == Some("Unmasked") {
                all.push(self.breach(
                    Wall::MaskedPaths,
                    &entry,
                    Remedy::RemoveKeys(vec![(self.file, entry.key)]),
                ));
            }
        }
        if self.shape == Shape::Pod {
            self.annotations(index, &mut all);
        }
        all
    }

    fn context(&self, holder: Node<'t>) -> Option<Node<'t>> {
        view::lookup(holder, SECURITY).map(|it| it.value)
    }

    fn profiles(&self, context: Node<'t>, index: usize, all: &mut Vec<Breach<'t>>) {
        for (key, wall) in
            [("seccompProfile", Wall::Seccomp), ("appArmorProfile", Wall::SecurityModule)]
        {
            let Some(profile) = view::lookup(context, key) else { continue };
            let Some(kind) = view::lookup(profile.value, "type") else { continue };
            if kind.value.value() != Some("Unconfined") {
                continue;
            }
            let remedy = match wall {
                Wall::Seccomp => Remedy::Replace {
                    file: self.file,
                    scalar: kind.written,
                    by: "RuntimeDefault",
                    remove: Vec::new(),
                },
                Wall::SecurityModule | Wall::MaskedPaths => {
                    let annotation = self.apparmor_annotation(index).map(|it| (self.file, it.key));
                    Remedy::RemoveKeys(
                        [(self.file, profile.key)].into_iter().chain(annotation).collect(),
                    )
                }
            };
            all.push(self.breach(wall, &kind, remedy));
        }
    }

    fn labels(&self, context: Node<'t>, all: &mut Vec<Breach<'t>>) {
        const FINE: &[&str] =
            &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
        let Some(labels) = view::lookup(context, "seLinuxOptions") else { return };
        for entry in view::entries(labels.value) {
            let weak = match entry.key.value() {
                Some("type") => entry.value.value().is_some_and(|it| !FINE.contains(&it)),
                Some("user" | "role") => entry.value.value().is_some_and(|it| !it.is_empty()),
                _ => false,
            };
            if weak {
                all.push(self.breach(
                    Wall::SecurityModule,
                    &entry,
                    Remedy::RemoveKeys(vec![(self.file, entry.key)]),
                ));
            }
        }
    }

    fn annotations(&self, index: usize, all: &mut Vec<Breach<'t>>) {
        if let Some(entry) = self.apparmor_annotation(index) {
            let known = all.iter().any(|it| matches!(&it.remedy, Remedy::RemoveKeys(keys) if keys.iter().any(|key| key.1.id() == entry.key.id())));
            if entry.value.value() == Some("unconfined") && !known {
                all.push(self.breach(
                    Wall::SecurityModule,
                    &entry,
                    Remedy::RemoveKeys(vec![(self.file, entry.key)]),
                ));
            }
        }
        let name = scalar(self.slots[index].node, "name").unwrap_or("");
        let own = format!("container.seccomp.security.alpha.kubernetes.io/{name}");
        let pod = (index == 0).then_some("seccomp.security.alpha.kubernetes.io/pod");
        for key in [Some(own.as_str()), pod].into_iter().flatten() {
            let Some(entry) = self.annotation(key) else { continue };
            if entry.value.value() == Some("unconfined") {
                all.push(self.breach(
                    Wall::Seccomp,
                    &entry,
                    Remedy::RemoveKeys(vec![(self.file, entry.key)]),
                ));
            }
        }
    }

    fn breach(&self, wall: Wall, entry: &Entry<'t>, remedy: Remedy<'t>) -> Breach<'t> {
        let key = entry.key.value().unwrap_or("");
        let written = format!("{key}: {}", entry.value.value().unwrap_or(""));
        Breach { wall, written, custom: false, site: self.site(entry), remedy }
    }

    fn apparmor_annotation(&self, index: usize) -> Option<Entry<'t>> {
        let name = scalar(self.slots[index].node, "name")?;
        self.annotation(&format!("container.apparmor.security.beta.kubernetes.io/{name}"))
    }

    /// An annotation of the pod.
    pub fn annotation(&self, key: &str) -> Option<Entry<'t>> {
        let metadata = view::lookup(self.template, "metadata")?.value;
        view::lookup(view::lookup(metadata, "annotations")?.value, key)
    }

    /// The volumes of the pod.
    pub fn volumes(&self) -> Vec<Node<'t>> {
        if self.shape == Shape::Containers {
            return Vec::new();
        }
        let list = view::lookup(self.spec, "volumes");
        list.into_iter().flat_map(|it| it.value.items()).map(Node::resolve).collect()
    }

    /// What is mounted into a container.
    pub fn mounts(&self, index: usize) -> Vec<Mount<'t>> {
        let volumes = self.volumes();
        let list = view::lookup(self.slots[index].node, "volumeMounts");
        let items = list.into_iter().flat_map(|it| it.value.items()).map(Node::resolve);
        items.map(|node| self.mount(&volumes, node)).collect()
    }

    fn mount(&self, volumes: &[Node<'t>], node: Node<'t>) -> Mount<'t> {
        let name = scalar(node, "name").unwrap_or("");
        let volume = volumes.iter().copied().find(|it| scalar(*it, "name") == Some(name));
        let propagation = scalar(node, "mountPropagation").filter(|it| *it == "Bidirectional");
        let claim = matches!(self.kind.as_str(), "StatefulSet");
        Mount {
            origin: match volume {
                Some(it) => volume_origin(it),
                None if claim => Origin::Volume(name.to_owned()),
                None => Origin::Unknown,
            },
            target: scalar(node, "mountPath").map(clean_target),
            read_only: view::lookup(node, "readOnly").and_then(|it| it.value.value())
                == Some("true"),
            relabels: false,
            propagation: propagation.map(str::to_owned),
            options: String::new(),
            site: Site {
                file: self.file,
                span: crate::workload::detect::first_line(
                    view::lookup(node, "mountPath").map_or(node, |it| it.value),
                ),
            },
            handle: Handle::Pod { mount: Some(node), volume },
        }
    }

    /// The host path volumes of the pod, whether mounted or not.
    pub fn host_paths(&self) -> Vec<Mount<'t>> {
        let volumes = self.volumes().into_iter();
        let hosts = volumes.filter_map(|volume| {
            let path = view::lookup(view::lookup(volume, "hostPath")?.value, "path")?;
            let name = scalar(volume, "name").unwrap_or("");
            let mounts = (0..self.slots.len()).flat_map(|it| self.mounts(it));
            let mounts: Vec<_> = mounts.filter(|it| mount_name(it) == Some(name)).collect();
            Some(Mount {
                origin: volume_origin(volume),
                target: mounts.first().and_then(|it| it.target.clone()),
                read_only: !mounts.is_empty() && mounts.iter().all(|it| it.read_only),
                relabels: false,
                propagation: mounts.iter().find_map(|it| it.propagation.clone()),
                options: String::new(),
                site: Site { file: self.file, span: path.written.span() },
                handle: Handle::Pod { mount: None, volume: Some(volume) },
            })
        });
        hosts.collect()
    }

    /// The pod's sysctls.
    pub fn sysctls(&self) -> Vec<Sysctl> {
        let Some(list) = self.pod_level("sysctls") else { return Vec::new() };
        let names = list.value.items().filter_map(|it| {
            let name = view::lookup(it, "name")?;
            let site = Site { file: self.file, span: name.written.span() };
            Some(Sysctl { name: name.value.value()?.to_owned(), site })
        });
        names.collect()
    }

    /// The items of a container's `ports`.
    pub fn ports(&self, index: usize) -> Vec<Node<'t>> {
        let list = view::lookup(self.slots[index].node, "ports");
        list.into_iter().flat_map(|it| it.value.items()).map(Node::resolve).collect()
    }

    /// The containers that a setting of the pod would reach: those of its kinds that may be written.
    pub fn written_slots(&self) -> impl Iterator<Item = (usize, &Slot<'t>)> {
        self.slots.iter().enumerate().filter(|(_, it)| it.role != Role::Ephemeral)
    }

    /// Whether the pod serves the platform itself (SPEC 3).
    pub fn is_system(&self) -> bool {
        let metadata = view::lookup(self.object, "metadata").map(|it| it.value);
        let namespace = metadata.and_then(|it| scalar(it, "namespace")).unwrap_or("");
        let reserved = namespace == "kube-node-lease" || namespace.ends_with("-system");
        if reserved || self.shape == Shape::Containers {
            return reserved;
        }
        let critical = scalar(self.spec, "priorityClassName")
            .is_some_and(|it| it.starts_with("system-") && it.ends_with("-critical"));
        let hosts = self.host_paths();
        let platform = hosts.iter().any(|it| match &it.origin {
            Origin::Host(path) => PLATFORM_PATHS.iter().any(|known| {
                path == known || path.strip_prefix(known).is_some_and(|rest| rest.starts_with('/'))
            }),
            _ => false,
        });
        let bidirectional = hosts.iter().any(|it| it.propagation.is_some());
        critical || platform || bidirectional || self.on_every_node(!hosts.is_empty())
    }

    fn on_every_node(&self, has_host_path: bool) -> bool {
        let tolerations = view::lookup(self.spec, "tolerations");
        let blanket = tolerations
            .into_iter()
            .flat_map(|it| it.value.items())
            .any(|it| scalar(it, "operator") == Some("Exists") && it.get("key").is_none());
        let mirrored = metadata_annotation(self.object, "kubernetes.io/config.source").is_some();
        (self.kind == "DaemonSet" && blanket && has_host_path) || mirrored
    }

    /// The first boolean or null of a key of the pod spec.
    pub fn spec_entry(&self, key: &str) -> Option<Entry<'t>> {
        if self.shape == Shape::Containers {
            return None;
        }
        view::lookup(self.spec, key).and_then(present)
    }

    /// The file.
    pub fn file(&self) -> FileId {
        self.file
    }
}

fn metadata_annotation<'t>(object: Node<'t>, key: &str) -> Option<Entry<'t>> {
    let metadata = view::lookup(object, "metadata")?.value;
    view::lookup(view::lookup(metadata, "annotations")?.value, key)
}

fn present(entry: Entry<'_>) -> Option<Entry<'_>> {
    (!entry.value.is_null()).then_some(entry)
}

fn id(entry: Option<Entry<'_>>) -> Id {
    match entry.and_then(|it| it.value.scalar()) {
        None => Id::Unset,
        Some(Scalar::Int(number)) => u32::try_from(number).map_or(Id::Unknown, Id::Number),
        Some(_) => Id::Unknown,
    }
}

/// The name of the volume that a mount uses.
pub fn mount_name<'t>(mount: &Mount<'t>) -> Option<&'t str> {
    match mount.handle {
        Handle::Pod { mount: Some(node), .. } => scalar(node, "name"),
        _ => None,
    }
}

/// Where a pod volume's content comes from.
fn volume_origin(volume: Node<'_>) -> Origin {
    let typed = view::entries(volume).into_iter().find(|it| {
        it.key.value() != Some("name") && it.value.kind() != Kind::Scalar
            || it.value.is_null() && it.key.value() != Some("name")
    });
    let Some(entry) = typed else { return Origin::Scratch };
    match entry.key.value().unwrap_or("") {
        "hostPath" => match scalar(entry.value, "path") {
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
