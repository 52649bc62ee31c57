//! Where a change of a pod is written: at the pod when all its containers agree, else at the container.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::HashSet;

use super::share::{Asker, alone};
use super::{Pod, Role, Shape, Told, scalar};
use crate::finding::Shared;
use crate::workload::view;
use crate::workload::{Blocked, Item, Joined, Namespace, Origin, Repair, Scratch, Written};
use crate::yaml::{Action, Data, Kind, Node, Step, Value};

const SECURITY: &str = "securityContext";
const PORT_START: &str = "net.ipv4.ip_unprivileged_port_start";

impl<'t> Pod<'t> {
    /// Changes something of the pod below a node of the file.
    pub fn change(&self, at: Node<'t>, path: &[&str], action: Action) -> Written {
        self.written(Asker::Pod, at, &steps(path), action)
    }

    /// Changes something of a container below a node of the file.
    pub fn change_own(&self, index: usize, at: Node<'t>, path: &[&str], action: Action) -> Written {
        self.written(Asker::One(index), at, &steps(path), action)
    }

    /// Sets a value of the container's security context.
    pub fn set_own(&self, index: usize, path: &[&str], value: Value) -> Written {
        let path: Vec<&str> = [SECURITY].into_iter().chain(path.iter().copied()).collect();
        self.change_own(index, self.slots[index].node, &path, Action::Ensure(value))
    }

    /// Sets a value of the security context: at the pod when every container that it reaches agrees.
    pub fn set_shared(&self, index: usize, key: &str, value: Value, inner: &[&str]) -> Written {
        let path: Vec<&str> = [SECURITY, key].into_iter().chain(inner.iter().copied()).collect();
        if self.stands_in(index) {
            // A patch of annotations alone has no spec yet.
            let is_bare = self.spec.id() == self.template.id();
            let path = [if is_bare { &["spec"][..] } else { &[] }, &path].concat();
            return self.change(self.spec, &path, Action::Ensure(value));
        }
        let own =
            self.change_own(index, self.slots[index].node, &path, Action::Ensure(value.clone()));
        // What a pod that is told in part does not say would reach containers that are not told.
        let of_pod =
            self.shape == Shape::Pod && (self.told == Told::Whole || self.pod_level(key).is_some());
        if self.own(index, key).is_some() || !of_pod {
            return own;
        }
        if self.pod_level(key).is_some_and(|it| inner.is_empty() && says(it.value, &value)) {
            return Ok(Vec::new());
        }
        let Ok(mut edits) = self.change(self.spec, &path, Action::Ensure(value)) else {
            return own;
        };
        // Other pods share the place, with containers of theirs.
        if edits.iter().any(|it| it.shared.is_some()) {
            return own;
        }
        let otherwise: Result<_, Cow<'static, str>> = own.map_err(|it| it.0.into()).and_then(alone);
        let users = self.reached_by(key);
        edits.iter_mut().for_each(|it| {
            it.shared = Some(Shared { users: Arc::clone(&users), otherwise: otherwise.clone() });
        });
        Ok(edits)
    }

    /// Refuses to add to a capability list that is no list.
    pub fn refuse_bare_capabilities(&self, index: usize) -> Result<(), Blocked> {
        let lists = self.own(index, "capabilities");
        let bare = ["add", "drop"].into_iter().find(|key| {
            let list = lists.and_then(|it| view::lookup(it.value, key));
            list.is_some_and(|it| it.value.kind() == Kind::Scalar && !scalar::is_null(it.value))
        });
        match bare {
            Some(key) => Err(Blocked(format!(
                "`{key}` has to be a list, as in `{key}: [ALL]`: the API server refuses it as it is"
            ))),
            None => Ok(()),
        }
    }

    /// Runs the container as this user and group, and never as root.
    pub fn run_as(&self, index: usize, uid: u32, gid: u32) -> Written {
        let mut edits = self.set_shared(index, "runAsNonRoot", Value::from(true), &[])?;
        edits.extend(self.set_shared(index, "runAsUser", Value::from(i64::from(uid)), &[])?);
        edits.extend(self.set_shared(index, "runAsGroup", Value::from(i64::from(gid)), &[])?);
        if self.shape == Shape::Pod
            && self.told == Told::Whole
            && !self.gives_data_away(gid)
            && self.honours_fs_group()
            && self.names_fs_group(index)
            && self.pod_level("fsGroup").is_none()
        {
            edits.extend(self.pod_only("fsGroup", Value::from(i64::from(gid)))?);
            edits.extend(self.pod_only("fsGroupChangePolicy", Value::from("OnRootMismatch"))?);
        }
        Ok(edits)
    }

    /// Whether others than root can be let listen on a port: by the sysctl that the pod has, or can be given.
    pub fn can_open(&self, port: u16) -> bool {
        match self.sysctls().iter().find(|it| it.name == PORT_START) {
            Some(said) => said.value.parse::<u16>().is_ok_and(|it| it <= port),
            None => self.namespace(Namespace::Network) == Joined::Own && self.shape == Shape::Pod,
        }
    }

    /// Lets every user of the pod listen on ports below 1024; nothing to do in the host's network, which forbids it.
    pub fn open_low_ports(&self) -> Written {
        let said = self.sysctls().iter().any(|it| it.name == PORT_START);
        if said || !self.can_open(0) {
            return Ok(Vec::new());
        }
        let name = Value::from(PORT_START).with_comment("ports below 1024 need no root");
        let item = Value::map([("name", name), ("value", Value::from("0"))]);
        self.change(self.spec, &[SECURITY, "sysctls"], Action::Append(item))
    }

    /// Whether a container of the pod gives files to another group itself: the kubelet, which looks at the folder on top,
    /// would walk the whole volume back at every start.
    fn gives_data_away(&self, gid: u32) -> bool {
        let groups = self.once.given_to.get_or_init(|| self.given_to());
        let group = gid.to_string();
        groups.as_ref().is_some_and(|it| gid == 0 || it.iter().any(|it| *it != group))
    }

    /// The groups that containers of the pod give files to; nothing where none does.
    fn given_to(&self) -> Option<HashSet<String>> {
        let says = |node: Node<'t>, key| {
            let words = view::lookup(node, key).into_iter().flat_map(|it| it.value.items());
            words.filter_map(|it| it.resolve().value()).collect::<Vec<_>>()
        };
        let mut groups = None;
        for slot in &self.slots {
            let words = [says(slot.node, "command"), says(slot.node, "args")].concat().join(" ");
            if !words.contains("chown") {
                continue;
            }
            let owners = words.split_whitespace().filter_map(|it| it.split_once(':'));
            let owners = owners.filter(|it| !it.0.contains('/') && !it.1.is_empty());
            let groups: &mut HashSet<String> = groups.get_or_insert_default();
            groups.extend(owners.map(|it| it.1.to_owned()));
        }
        groups
    }

    fn pod_only(&self, key: &str, value: Value) -> Written {
        self.change(self.spec, &[SECURITY, key], Action::Ensure(value))
    }

    /// Whether the volumes of the pod take this container's group: the first main one that mounts any.
    fn names_fs_group(&self, index: usize) -> bool {
        let mounts = |it: &usize| view::lookup(self.slots[*it].node, "volumeMounts").is_some();
        let of = |role: Role| (0..self.slots.len()).filter(move |it| self.slots[*it].role == role);
        let find = || of(Role::Main).chain(of(Role::Init)).find(mounts);
        *self.once.names_fs_group.get_or_init(find) == Some(index)
    }

    /// Sets a key of the pod spec.
    pub fn set_spec(&self, key: &str, value: Value) -> Written {
        self.change(self.spec, &[key], Action::Ensure(value))
    }

    /// Removes an entry; the security context that it leaves empty stays as `{}`.
    pub fn remove_key(&self, key: Node<'t>) -> Written {
        self.remove_entry(Asker::Pod, key)
    }

    /// Removes an entry of a container.
    pub fn remove_own_key(&self, index: usize, key: Node<'t>) -> Written {
        self.remove_entry(Asker::One(index), key)
    }

    fn remove_entry(&self, asker: Asker, key: Node<'t>) -> Written {
        let Some(mapping) = key.parent() else { return Ok(Vec::new()) };
        self.written(asker, mapping, &steps(&[key.value().unwrap_or("")]), Action::Remove)
    }

    /// Sets or removes a setting of a container, or of its pod.
    pub fn repair(&self, index: usize, repair: &Repair<'t>) -> Written {
        let action = match repair.by {
            Some(value) => Action::Ensure(Value::from(value)),
            None => Action::Remove,
        };
        let of_pod = [self.spec.id(), self.template.id()].contains(&repair.at.id());
        match of_pod && self.shape != Shape::Spark || repair.path[0] != SECURITY {
            true => self.change(repair.at, &repair.path, action),
            false => self.change_own(index, repair.at, &repair.path, action),
        }
    }

    /// Removes items of a container's lists. That a list which loses all of them goes with its key is the plan's business.
    pub fn remove_items(&self, index: usize, items: &[Item<'t>]) -> Written {
        self.remove(Asker::One(index), items)
    }

    /// Removes items of the pod's own lists.
    pub fn remove_pod_items(&self, items: &[Item<'t>]) -> Written {
        self.remove(Asker::Pod, items)
    }

    fn remove(&self, asker: Asker, items: &[Item<'t>]) -> Written {
        let mut edits = Vec::new();
        for item in items {
            edits.extend(self.change_item(asker, item, Action::Remove)?);
        }
        edits.dedup();
        Ok(edits)
    }

    /// Replaces an item of a container's list.
    pub fn replace_item(&self, index: usize, item: &Item<'t>, by: Value) -> Written {
        self.change_item(Asker::One(index), item, Action::Ensure(by))
    }

    fn change_item(&self, asker: Asker, item: &Item<'t>, action: Action) -> Written {
        let index = item.node.index().ok_or_else(|| Blocked("it is no item of a list".into()))?;
        self.written(asker, item.list.value, &[Step::from(index)], action)
    }

    /// Removes a volume of the pod with its mounts in every container.
    pub fn remove_volume(&self, volume: Node<'t>) -> Written {
        if self.shape == Shape::Spark {
            return Err(Blocked(
                "its volumes are for driver and executor: remove it there with all that mounts it"
                    .into(),
            ));
        }
        let mounts: Vec<_> = self.items_mounting(volume).map(|it| it.1).collect();
        let mut edits = self.remove(Asker::Pod, &mounts)?;
        if let Some(items) = self.volumes.items.get(&volume.id()) {
            edits.extend(self.remove(Asker::Pod, items)?);
        }
        edits.dedup();
        Ok(edits)
    }

    /// Makes a path of the container writable by an emptyDir; nothing to do where something writable covers it.
    pub fn add_scratch(&self, index: usize, scratch: &Scratch) -> Written {
        let path = scratch.path.trim_end_matches('/');
        for mount in self.mounts(index) {
            let Some(target) = mount.target.as_deref() else { continue };
            let folder = target.trim_end_matches('/');
            let above = path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
            if target == path {
                return Ok(Vec::new());
            }
            if above && (mount.read_only || read_only_by_nature(&mount.origin)) {
                return Err(Blocked(format!(
                    "{path} lies below {target}, which is mounted read-only: mount a writable volume there"
                )));
            }
            if above {
                return Ok(Vec::new());
            }
        }
        let name = self.free_name(index, path);
        let volume = Value::map([
            ("name", Value::from(name.clone())),
            ("emptyDir", Value::from(Data::Map(Vec::new()))),
        ]);
        let mount = Value::map([("name", Value::from(name)), ("mountPath", Value::from(path))]);
        let mut edits = self.change_own(
            index,
            self.slots[index].node,
            &["volumeMounts"],
            Action::Append(mount),
        )?;
        edits.extend(self.change(self.spec, &["volumes"], Action::Append(volume))?);
        Ok(edits)
    }

    fn free_name(&self, index: usize, path: &str) -> String {
        let container = scalar(self.slots[index].node, "name").unwrap_or("container");
        let name = volume_name(container, path);
        let twin = self.first_with_scratch(path, &name).is_some_and(|it| it < index);
        if self.is_taken(&name) || twin {
            hashed(&name, &format!("{index} {container} {path}"))
        } else {
            name
        }
    }

    /// Whether the container may be written at all.
    pub fn is_ephemeral(&self, index: usize) -> bool {
        self.slots[index].role == Role::Ephemeral
    }
}

fn says(node: Node<'_>, value: &Value) -> bool {
    match &value.data {
        Data::Int(wanted) => scalar::integer(node) == Some(*wanted),
        Data::Bool(wanted) => scalar::boolean(node) == Some(*wanted),
        Data::Null | Data::Str(_) | Data::Written(_) | Data::Seq(_) | Data::Map(_) => false,
    }
}

fn read_only_by_nature(origin: &Origin) -> bool {
    matches!(origin, Origin::Other(kind) if matches!(kind.as_str(), "configMap" | "secret" | "downwardAPI" | "projected" | "image"))
}

fn steps(path: &[&str]) -> Vec<Step> {
    path.iter().map(|it| Step::from(*it)).collect()
}

/// How the names of emptyDirs begin that a fix adds.
pub(super) const SCRATCH: &str = "ch-";

/// The name of the emptyDir of a container and path: a DNS label of at most 63 characters.
pub fn volume_name(container: &str, path: &str) -> String {
    let name = format!("{SCRATCH}{}-{}", slug(container), slug(path));
    if name.len() <= 63 { name } else { hashed(&name, &format!("{container} {path}")) }
}

/// Letters and digits in lower case, with a dash for whatever stands between them.
fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    let mut is_apart = false;
    for it in text.chars() {
        if it.is_ascii_alphanumeric() {
            slug.extend((is_apart && !slug.is_empty()).then_some('-'));
            slug.push(it.to_ascii_lowercase());
        }
        is_apart = !it.is_ascii_alphanumeric();
    }
    slug
}

/// The name cut, with a hash of what makes it unique (FNV-1a, so that it stays the same everywhere).
fn hashed(name: &str, unique: &str) -> String {
    let hash = unique
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, it| (hash ^ u32::from(it)).wrapping_mul(0x0100_0193));
    let cut: String = name.chars().take(54).collect();
    format!("{}-{hash:08x}", cut.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volume_names_are_labels() {
        assert_eq!(volume_name("app", "/tmp"), "ch-app-tmp");
        assert_eq!(volume_name("App_1", "/var/cache/nginx"), "ch-app-1-var-cache-nginx");
        assert_eq!(volume_name("-a_.B", "//é/x//"), "ch-a-b-x");
        let long = volume_name(&"x".repeat(80), "/tmp");
        assert!(long.len() <= 63 && long.starts_with("ch-xxx"), "{long}");
    }
}
