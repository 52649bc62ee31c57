//! What the platforms demand of a file, whatever its posture (SPEC 5.6).

use crate::finding::FileId;
use crate::workload::compose::Service;
use crate::workload::kubernetes::Pod;
use crate::workload::{Dialect, Flag, Joined, Namespace, Origin, State, Workload, view};
use crate::yaml::Kind;
use std::collections::HashSet;

/// Something that the platform would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    /// The file.
    pub(super) file: FileId,
    /// What.
    pub(super) message: String,
}

/// What the platform would refuse in a workload.
pub(super) fn check(workload: &Workload<'_>) -> Vec<Violation> {
    let Some(file) = workload.containers.first().map(|it| it.site.file) else { return Vec::new() };
    let messages = match &workload.dialect {
        Dialect::Compose(service) => compose(service),
        Dialect::Kubernetes(pod) => kubernetes(workload, pod),
    };
    let name = &workload.name;
    messages.into_iter().map(|it| Violation { file, message: format!("{name}: {it}") }).collect()
}

fn compose(service: &Service<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut targets = HashSet::new();
    for mount in service.mounts() {
        if matches!(&mount.origin, Origin::Other(_)) {
            continue;
        }
        if let Some(target) = mount.target.filter(|it| !targets.insert(it.clone())) {
            found.push(format!("two mounts at {target}"));
        }
    }
    if service.entry("network_mode").is_some() && service.entry("networks").is_some() {
        found.push("network_mode beside networks".to_owned());
    }
    if service.boolean("read_only") != State::Unset && service.injects_files().is_some() {
        found.push("a read-only root beside files that are written at start".to_owned());
    }
    found.extend(twice(service));
    for key in ["cap_add", "cap_drop", "security_opt", "tmpfs", "volumes", "user"] {
        let null = service.levels.iter().any(|it| {
            view::lookup(it.node, key)
                .is_some_and(|it| it.value.is_null() && it.written.tag().is_none())
        });
        if null {
            found.push(format!("{key} is left empty"));
        }
    }
    found
}

/// Items that stand twice: Compose unites the capabilities of its layers, and appends the security options.
fn twice(service: &Service<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for key in ["cap_add", "cap_drop", "security_opt"] {
        let mut known = HashSet::new();
        for item in service.list(key) {
            let layer = (key != "security_opt").then(|| (item.file, item.list.value.id()));
            let text = item.node.resolve().value();
            if let Some(text) = text.filter(|it| !known.insert((layer, *it))) {
                found.push(format!("{text} stands twice in {key}"));
            }
        }
    }
    found
}

fn kubernetes(workload: &Workload<'_>, pod: &Pod<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for container in &workload.containers {
        let name = &container.name;
        let privileged = matches!(workload.flag(container, Flag::Privileged), State::On(_));
        let locked = matches!(workload.no_new_privileges(container), State::On(_));
        let lists = workload.capabilities(container);
        let admin = lists.add.iter().any(|it| it.name == "SYS_ADMIN");
        if locked && (privileged || admin) {
            found.push(format!(
                "{name}: allowPrivilegeEscalation is false beside privileged or SYS_ADMIN"
            ));
        }
        let mounts = workload.mounts(container);
        if !privileged && mounts.iter().any(|it| it.propagation.is_some()) {
            found.push(format!("{name}: Bidirectional propagation needs privileged"));
        }
        let mut targets = HashSet::new();
        for target in mounts.iter().filter_map(|it| it.target.clone()) {
            if target.contains(':') || !targets.insert(target.clone()) {
                found.push(format!("{name}: two mounts at {target}"));
            }
        }
        let unmasked = pod
            .own(container.index, "procMount")
            .is_some_and(|it| it.value.value() == Some("Unmasked"));
        let own_users = matches!(pod.state(pod.spec_entry("hostUsers")), State::Off(_));
        if unmasked && !own_users {
            found.push(format!("{name}: procMount Unmasked needs hostUsers: false"));
        }
    }
    found.extend(volumes(pod));
    let in_host = |it| matches!(workload.namespace(it), Joined::Host(_));
    let own_users = matches!(pod.state(pod.spec_entry("hostUsers")), State::Off(_));
    if own_users && [Namespace::Network, Namespace::Pid, Namespace::Ipc].into_iter().any(in_host) {
        found.push("hostUsers: false beside a host namespace".to_owned());
    }
    if in_host(Namespace::Pid)
        && matches!(pod.state(pod.spec_entry("shareProcessNamespace")), State::On(_))
    {
        found.push("hostPID beside shareProcessNamespace".to_owned());
    }
    found
}

fn volumes(pod: &Pod<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut names = HashSet::new();
    for volume in pod.volumes() {
        let Some(name) = view::lookup(volume, "name").and_then(|it| it.value.value()) else {
            continue;
        };
        let label = !name.is_empty()
            && name.len() <= 63
            && name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
        if !names.insert(name)
            || !label && volume.kind() == Kind::Mapping && name.starts_with("ch-")
        {
            found.push(format!("the volume name {name} is taken or no label"));
        }
    }
    found
}
