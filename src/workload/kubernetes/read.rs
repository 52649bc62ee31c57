//! What a pod template says, container over pod.

use super::{Pod, Role, Shape, Slot, Told, containers, scalar};
use crate::finding::{FileId, Site};
use crate::images::capability_name;
use crate::workload::view::{self, Entry};
use crate::workload::{
    Capabilities, Capability, Flag, Id, Identity, Item, Joined, Namespace, State,
};
use crate::yaml::Node;
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
    /// Its value.
    pub value: String,
    /// Where.
    pub site: Site,
}

const SECURITY: &str = "securityContext";

impl<'t> Pod<'t> {
    /// An entry of the container's security context, or of the template that its steps are made from.
    pub fn own(&self, index: usize, key: &str) -> Option<Entry<'t>> {
        let contexts = self.slots[index].contexts.into_iter().flatten();
        contexts.filter_map(|it| view::lookup(it, key)).find_map(present)
    }

    /// What a task of Tekton says for all its steps.
    pub(super) fn step_template(&self, step: Node<'t>) -> Option<Node<'t>> {
        containers::step_template(self.shape, step)
    }

    /// Whether the container stands for those of a patch that names none.
    pub fn stands_in(&self, index: usize) -> bool {
        self.slots[index].node.id() == self.template.id()
    }

    /// Whether no more of the container is told than what changes it.
    pub fn is_partial(&self, index: usize) -> bool {
        self.slots[index].told == Told::Part
    }

    /// An entry of the pod's security context.
    pub fn pod_level(&self, key: &str) -> Option<Entry<'t>> {
        if self.shape == Shape::Containers {
            return None;
        }
        present(view::lookup(self.context?, key)?)
    }

    /// The key of the pod's security context.
    pub(super) fn pod_context_key(&self) -> &'static str {
        if self.shape == Shape::Spark { "podSecurityContext" } else { SECURITY }
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
        match scalar::boolean(entry.value) {
            Some(true) => State::On(site),
            Some(false) => State::Off(site),
            None => State::Unknown(site),
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

    /// Whether one of its containers is a process of a Windows host.
    pub fn is_host_process(&self) -> bool {
        let own = (0..self.slots.len()).filter_map(|it| self.own(it, "windowsOptions"));
        self.pod_level("windowsOptions").into_iter().chain(own).any(|it| {
            let value = view::lookup(it.value, "hostProcess");
            matches!(self.state(value), State::On(_))
        })
    }

    /// Who the container runs as.
    pub fn identity(&self, index: usize) -> Identity {
        let user = self.effective(index, "runAsUser");
        let group = self.effective(index, "runAsGroup");
        let non_root = self.state(self.effective(index, "runAsNonRoot"));
        let site = user.or_else(|| self.effective(index, "runAsNonRoot")).map(|it| self.site(&it));
        Identity { user: id(user), group: id(group), site, non_root }
    }

    /// The user and group that the pod names for containers that name none, where that is not root.
    pub fn default_user(&self) -> Option<(u32, u32)> {
        let of = |key| match id(self.pod_level(key)) {
            Id::Number(number) if number > 0 => Some(number),
            Id::Number(_) | Id::Unset | Id::Name(_) | Id::Unknown => None,
        };
        let user = of("runAsUser")?;
        Some((user, of("runAsGroup").unwrap_or(user)))
    }

    /// Whether objects beside the pod's grant rights in the cluster.
    pub fn is_granted_rights(&self) -> bool {
        let mut objects = self.object.tree().documents().flat_map(super::objects);
        objects.any(|it| it.group == "rbac.authorization.k8s.io")
    }

    /// The capability lists.
    pub fn capabilities(&self, index: usize) -> Capabilities<'t> {
        let lists = self.own(index, "capabilities");
        let read = |key| -> Vec<Capability<'t>> {
            let Some(list) = lists.and_then(|it| view::lookup(it.value, key)) else {
                return Vec::new();
            };
            let items = list.value.items().filter_map(|node| {
                let written = node.resolve().value()?;
                let name = capability_name(written);
                let item = Item { file: self.file, list, node };
                let site = Site { file: self.file, span: node.span() };
                Some(Capability { name, written: Cow::Borrowed(written), site, item })
            });
            items.collect()
        };
        let drop = read("drop");
        let drop_unknown = drop.iter().any(|it| it.written.contains("${"));
        Capabilities { add: read("add"), drop, drop_unknown }
    }

    /// Whether a seccomp profile is named for the container, at either level or in the old annotations.
    pub fn has_seccomp(&self, index: usize) -> bool {
        self.effective(index, "seccompProfile").is_some_and(|it| it.value.get("type").is_some())
    }

    /// Whether the container names a profile of its own.
    pub fn own_seccomp(&self, index: usize) -> bool {
        self.own(index, "seccompProfile").is_some()
    }

    /// An annotation of the pod.
    pub fn annotation(&self, key: &str) -> Option<Entry<'t>> {
        let metadata = view::lookup(self.template, "metadata")?.value;
        view::lookup(view::lookup(metadata, "annotations")?.value, key)
    }

    /// The annotations of the pod whose name starts so.
    pub fn annotations(&self, start: &'static str) -> impl Iterator<Item = Entry<'t>> + use<'t> {
        let metadata = view::lookup(self.template, "metadata");
        let all = metadata.and_then(|it| view::lookup(it.value, "annotations"));
        let all = all.into_iter().flat_map(|it| view::entries(it.value));
        all.filter(move |it| it.key.value().is_some_and(|it| it.starts_with(start)))
    }

    /// The pod's sysctls.
    pub fn sysctls(&self) -> Vec<Sysctl> {
        let Some(list) = self.pod_level("sysctls") else { return Vec::new() };
        let names = list.value.items().filter_map(|it| {
            let name = view::lookup(it, "name")?;
            let site = Site { file: self.file, span: name.written.span() };
            let value = view::lookup(it, "value").and_then(|it| it.value.value());
            let value = value.unwrap_or_default().to_owned();
            Some(Sysctl { name: name.value.value()?.to_owned(), value, site })
        });
        names.collect()
    }

    /// The items of a list of the pod's security context.
    pub fn pod_items(&self, key: &str) -> Vec<Item<'t>> {
        let Some(list) = self.pod_level(key) else { return Vec::new() };
        list.value.items().map(|node| Item { file: self.file, list, node }).collect()
    }

    /// The items of a container's `ports`.
    pub fn ports(&self, index: usize) -> Vec<Node<'t>> {
        let list = view::lookup(self.slots[index].node, "ports");
        list.into_iter().flat_map(|it| it.value.items()).map(Node::resolve).collect()
    }

    /// The hosts that the container's probes and hooks make the node call, where they name one.
    pub fn probed_hosts(&self, index: usize) -> Vec<Entry<'t>> {
        const PLACES: &[&[&str]] = &[
            &["livenessProbe"],
            &["readinessProbe"],
            &["startupProbe"],
            &["lifecycle", "postStart"],
            &["lifecycle", "preStop"],
        ];
        let mut found = Vec::new();
        for place in PLACES {
            for call in ["httpGet", "tcpSocket"] {
                let path = place.iter().chain([&call]);
                let call = path.copied().try_fold(self.slots[index].node, |node, key| {
                    view::lookup(node, key).map(|it| it.value)
                });
                let host = call.and_then(|it| view::lookup(it, "host")).and_then(present);
                found.extend(host.filter(|it| it.value.value() != Some("")));
            }
        }
        found
    }

    /// The containers that a setting of the pod would reach: those of its kinds that may be written.
    pub fn written_slots(&self) -> impl Iterator<Item = (usize, &Slot<'t>)> {
        self.slots.iter().enumerate().filter(|(_, it)| it.role != Role::Ephemeral)
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

fn present(entry: Entry<'_>) -> Option<Entry<'_>> {
    (!scalar::is_null(entry.value)).then_some(entry)
}

fn id(entry: Option<Entry<'_>>) -> Id {
    match entry.map(|it| scalar::integer(it.value)) {
        None => Id::Unset,
        Some(number) => number.and_then(|it| it.try_into().ok()).map_or(Id::Unknown, Id::Number),
    }
}
