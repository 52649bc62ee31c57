//! What rules have written, spelled by the dialect.

use super::paths::host_path;
use super::{
    Blocked, Breach, Capability, Container, Dialect, Flag, Handle, Item, Kept, Mount, Namespace,
    Remedy, Scratch, Workload, Written, compose, kubernetes,
};
use crate::finding::Edit;
use crate::yaml::{Action, Change, Node, Sharing, Step, Value, has_commented_out};

impl<'t> Workload<'t> {
    /// Sets a yes-or-no setting of a container.
    pub fn set_flag(&self, container: &Container<'t>, flag: Flag, value: Switch) -> Written {
        let value = value == Switch::On;
        match &self.dialect {
            Dialect::Compose(service) => service.set_bool(flag.compose(), value),
            Dialect::Kubernetes(pod) => {
                pod.set_own(container.index, &[flag.kubernetes()], Value::from(value))
            }
        }
    }

    /// Leaves the host's namespace.
    pub fn leave_host(&self, namespace: Namespace) -> Written {
        match &self.dialect {
            Dialect::Compose(service) => service.leave_host(namespace),
            Dialect::Kubernetes(pod) => leave_host(pod, namespace),
        }
    }

    /// Runs a container as this user and group.
    pub fn run_as(&self, container: &Container<'t>, uid: u32, gid: u32) -> Written {
        match &self.dialect {
            Dialect::Compose(service) => service.run_as(uid, gid),
            Dialect::Kubernetes(pod) => pod.run_as(container.index, uid, gid),
        }
    }

    /// Drops all capabilities and keeps these, each with a comment that says why.
    pub fn drop_all(&self, container: &Container<'t>, keep: &[Kept]) -> Written {
        let known = &container.capabilities;
        let added = |kept: &&Kept| known.add.iter().all(|it| it.name != kept.name);
        let keep: Vec<Value> = keep.iter().filter(added).map(kept_value).collect();
        let mut edits = match &self.dialect {
            Dialect::Compose(service) => service.only_item("cap_drop", &Value::from("ALL"))?,
            Dialect::Kubernetes(pod) => {
                pod.refuse_bare_capabilities(container.index)?;
                let path = ["securityContext", "capabilities", "drop"];
                let all = Action::Append(Value::from("ALL"));
                let mut edits = pod.change_own(container.index, container.node, &path, all)?;
                let old: Vec<Item<'t>> = known.drop.iter().map(|it| it.item).collect();
                edits.extend(pod.remove_items(container.index, &old)?);
                edits
            }
        };
        for it in keep {
            edits.extend(match &self.dialect {
                Dialect::Compose(service) => service.append("cap_add", it)?,
                Dialect::Kubernetes(pod) => {
                    let path = ["securityContext", "capabilities", "add"];
                    pod.change_own(container.index, container.node, &path, Action::Append(it))?
                }
            });
        }
        Ok(edits)
    }

    /// Takes capabilities out of the added ones.
    pub fn remove_capabilities(
        &self,
        container: &Container<'t>,
        capabilities: &[&Capability<'t>],
    ) -> Written {
        let items: Vec<Item<'t>> = capabilities.iter().map(|it| it.item).collect();
        self.remove_items(container, "cap_add", &items)
    }

    /// Writes a capability in another way.
    pub fn respell(
        &self,
        container: &Container<'t>,
        key: &str,
        capability: &Capability<'t>,
        name: &str,
    ) -> Written {
        self.replace_item(container, key, &capability.item, &Value::from(name))
    }

    /// Removes items of one of the service's or container's lists; `key` names it in Compose.
    pub fn remove_items(
        &self,
        container: &Container<'t>,
        key: &str,
        items: &[Item<'t>],
    ) -> Written {
        match &self.dialect {
            Dialect::Compose(service) => service.remove_items(key, items),
            Dialect::Kubernetes(pod) => pod.remove_items(container.index, items),
        }
    }

    /// Replaces an item of one of the service's or container's lists; `key` names it in Compose.
    pub fn replace_item(
        &self,
        container: &Container<'t>,
        key: &str,
        item: &Item<'t>,
        by: &Value,
    ) -> Written {
        match &self.dialect {
            Dialect::Compose(service) => service.replace_item(key, item, by),
            Dialect::Kubernetes(pod) => pod.replace_item(container.index, item, by.clone()),
        }
    }

    /// Forbids new privileges.
    pub fn forbid_new_privileges(&self, container: &Container<'t>) -> Written {
        match &self.dialect {
            Dialect::Kubernetes(pod) => {
                pod.set_own(container.index, &["allowPrivilegeEscalation"], Value::from(false))
            }
            Dialect::Compose(service) => service.forbid_new_privileges(),
        }
    }

    /// Puts a wall back.
    pub fn restore(&self, container: &Container<'t>, breach: &Breach<'t>) -> Written {
        let index = container.index;
        match (&self.dialect, &breach.remedy) {
            (_, Remedy::RemoveItem(item)) => self.remove_items(container, "security_opt", &[*item]),
            (Dialect::Kubernetes(pod), Remedy::Settings(all)) => {
                let edits: Result<Vec<_>, Blocked> =
                    all.iter().map(|it| pod.repair(index, it)).collect();
                Ok(edits?.into_iter().flatten().collect())
            }
            (Dialect::Compose(_), Remedy::Settings(_)) => {
                Err(Blocked("it stands where casehard cannot write it".into()))
            }
        }
    }

    /// Names the platform's default system call filter for a container.
    pub fn filter_system_calls(&self, container: &Container<'t>) -> Written {
        match &self.dialect {
            Dialect::Compose(_) => Ok(Vec::new()),
            Dialect::Kubernetes(pod) => pod.set_shared(
                container.index,
                "seccompProfile",
                Value::from("RuntimeDefault"),
                &["type"],
            ),
        }
    }

    /// Takes a mount away with those that it hides, and with the volumes that nothing else uses.
    pub fn remove_mount(&self, mount: &Mount<'t>, below: &[Item<'t>]) -> Written {
        match (&self.dialect, mount.handle) {
            (Dialect::Compose(service), Handle::Item(item)) => {
                let key = item.list.key.value().unwrap_or("volumes").to_owned();
                let mut edits = service.remove_with(&key, &item, below)?;
                let gone = std::iter::once(&item).chain(below);
                let alone = gone.filter_map(|it| service.sole_volume(it));
                edits.extend(alone.map(|(file, entry)| removal(file, entry.key)));
                Ok(edits)
            }
            (Dialect::Compose(service), Handle::Key(_, entry)) => {
                service.unset(entry.key.value().unwrap_or(""))
            }
            (Dialect::Kubernetes(pod), Handle::Pod { volume: Some(volume), .. }) => {
                pod.remove_volume(volume)
            }
            _ => Err(Blocked("its volume is not in this file".into())),
        }
    }

    /// Makes a mount read-only.
    pub fn protect_mount(&self, mount: &Mount<'t>) -> Written {
        match (&self.dialect, mount.handle) {
            (Dialect::Compose(service), Handle::Item(item)) => {
                protect_volume(service, mount, &item)
            }
            (Dialect::Kubernetes(pod), Handle::Pod { volume: Some(volume), .. }) => {
                let protect =
                    |(_, node)| pod.change(node, &["readOnly"], Action::Ensure(Value::from(true)));
                let edits: Result<Vec<_>, Blocked> = pod.mounts_of(volume).map(protect).collect();
                Ok(edits?.into_iter().flatten().collect())
            }
            _ => Err(Blocked("its volume is not in this file".into())),
        }
    }

    /// Sets a variable of a container's environment that is not set.
    pub fn set_variable(&self, container: &Container<'t>, name: &str, value: &str) -> Written {
        match &self.dialect {
            Dialect::Compose(service) => service.set_variable(name, value),
            Dialect::Kubernetes(pod) => {
                let item = Value::map([("name", Value::from(name)), ("value", Value::from(value))]);
                pod.change_own(container.index, container.node, &["env"], Action::Append(item))
            }
        }
    }

    /// Makes a path writable that a read-only root would close.
    pub fn add_scratch(&self, container: &Container<'t>, scratch: &Scratch) -> Written {
        match &self.dialect {
            Dialect::Compose(service) => add_tmpfs(service, container, scratch),
            Dialect::Kubernetes(pod) => pod.add_scratch(container.index, scratch),
        }
    }

    /// Whether a path can have a new volume of its own: a pod's claims are the cluster's business.
    pub fn can_have_volume(&self, path: &str) -> bool {
        match &self.dialect {
            Dialect::Compose(service) => service.can_have_volume(path),
            Dialect::Kubernetes(_) => false,
        }
    }

    /// Keeps what is written at paths in new volumes.
    pub fn add_own_volumes(&self, paths: &[String]) -> Written {
        match &self.dialect {
            Dialect::Compose(service) => service.add_own_volumes(paths),
            Dialect::Kubernetes(_) if paths.is_empty() => Ok(Vec::new()),
            Dialect::Kubernetes(_) => Err(Blocked("a claim is the cluster's business".into())),
        }
    }
}

/// The two positions of a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// True.
    On,
    /// False.
    Off,
}

fn kept_value(kept: &Kept) -> Value {
    Value::from(kept.name.as_str()).with_comment(kept.why.as_str())
}

fn leave_host(pod: &kubernetes::Pod<'_>, namespace: Namespace) -> Written {
    let key = match namespace {
        Namespace::Network => "hostNetwork",
        Namespace::Pid => "hostPID",
        Namespace::Ipc => "hostIPC",
        Namespace::Uts | Namespace::Cgroup | Namespace::User => return Ok(Vec::new()),
    };
    if namespace == Namespace::Network && pod.is_host_process() {
        return Err(Blocked(
            "a HostProcess container has to be in the host's network: take both away together"
                .into(),
        ));
    }
    let mut edits = pod.set_spec(key, Value::from(false))?;
    if namespace != Namespace::Network {
        return Ok(edits);
    }
    // In the host's network hostPort had to equal containerPort; outside it, it would claim the host's port.
    for index in 0..pod.slots.len() {
        for port in pod.ports(index) {
            let number = |key| port.get(key).and_then(kubernetes::scalar::integer);
            let host = number("hostPort");
            if host.is_some() && host == number("containerPort") {
                edits.extend(pod.change(port, &["hostPort"], Action::Remove)?);
            }
        }
    }
    if let Some(policy) = pod.spec_entry("dnsPolicy")
        && policy.value.value() == Some("ClusterFirstWithHostNet")
    {
        edits.extend(pod.remove_key(policy.key)?);
    }
    Ok(edits)
}

fn removal(file: crate::finding::FileId, key: Node<'_>) -> Edit {
    let section = key.parent().expect("an entry stands in a mapping");
    // What an alias stands for has to stay.
    let whole =
        section.entries().len() < 2 && section.aliases() == 0 && !has_commented_out(section);
    // A section that nothing is left in goes as a whole, if nothing in it is commented out.
    let gone = match (whole, section.key(), section.parent()) {
        (true, Some(name), Some(root)) => (root, name),
        _ => (section, key),
    };
    let change = Change {
        at: gone.0.id(),
        path: vec![Step::from(gone.1.value().unwrap_or(""))],
        action: Action::Remove,
        sharing: Sharing::Allow,
    };
    Edit { file, change, shared: None }
}

fn protect_volume<'t>(
    service: &compose::Service<'t>,
    mount: &Mount<'t>,
    item: &Item<'t>,
) -> Written {
    let node = item.node.resolve();
    let Some(text) = node.value() else {
        let place = item.list.value.items().position(|it| it.id() == item.node.id());
        let way: Vec<Step> = place.into_iter().map(Step::from).collect();
        return service.set_within(item, &way, "read_only", Value::from(true));
    };
    let mut options: Vec<&str> =
        mount.options.split(',').filter(|it| !it.is_empty() && *it != "rw").collect();
    options.push("ro");
    let bare = match mount.options.is_empty() {
        true => text,
        false => text
            .strip_suffix(mount.options.as_str())
            .and_then(|it| it.strip_suffix(':'))
            .ok_or_else(|| Blocked("its options are interpolated: add `ro` to them".into()))?,
    };
    let protected = format!("{bare}:{}", options.join(","));
    service.replace_item("volumes", item, &Value::from(protected))
}

fn add_tmpfs(
    service: &compose::Service<'_>,
    container: &Container<'_>,
    scratch: &Scratch,
) -> Written {
    // Images link /var/run to /run.
    let path = host_path(&scratch.path);
    let same = |target: &String| host_path(target) == path;
    if container.mounts.iter().any(|it| it.target.as_ref().is_some_and(same)) {
        return Ok(Vec::new());
    }
    let text = tmpfs_text(scratch);
    if let Some(name) = service.heir_with_mount(&text) {
        return Err(Blocked(format!(
            "service {name} extends it and mounts something at {} itself: decide which of them has it",
            scratch.path
        )));
    }
    service.append("tmpfs", Value::from(text))
}

/// A tmpfs in Compose's short syntax (SPEC 5.2).
pub fn tmpfs_text(scratch: &Scratch) -> String {
    let mut options: Vec<String> = Vec::new();
    if let Some((uid, gid)) = scratch.owner {
        options.push(format!("uid={uid},gid={gid}"));
    }
    options.extend(scratch.mode.as_ref().map(|it| format!("mode={it}")));
    options.extend(scratch.exec.then(|| "exec".to_owned()));
    match options.is_empty() {
        true => scratch.path.clone(),
        false => format!("{}:{}", scratch.path, options.join(",")),
    }
}
