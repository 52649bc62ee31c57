//! What the API server and the kubelet demand of a pod (SPEC 5.6, the Kubernetes part).

use foldhash::HashSet;

use crate::workload::kubernetes::{Pod, Shape, scalar};
use crate::workload::view::{self, Entry};
use crate::workload::{Container, Flag, Joined, Namespace, State, Workload};
use crate::yaml::Node;

/// What would be refused in a pod.
pub(super) fn check(workload: &Workload<'_>, pod: &Pod<'_>) -> Vec<String> {
    let mut found: Vec<String> =
        workload.containers.iter().flat_map(|it| container(workload, pod, it)).collect();
    if pod.shape == Shape::Containers {
        return found;
    }
    found.extend(volume_names(pod));
    found.extend(namespaces(workload, pod));
    found.extend(host_processes(workload, pod));
    found
}

fn container(workload: &Workload<'_>, pod: &Pod<'_>, container: &Container<'_>) -> Vec<String> {
    let index = container.index;
    let mut found = Vec::new();
    let privileged = is_on(workload.flag(container, Flag::Privileged));
    let locked = is_on(workload.no_new_privileges(container));
    let admin = container.capabilities.add.iter().any(|it| it.name == "SYS_ADMIN");
    if locked && (privileged || admin) {
        found.push("allowPrivilegeEscalation is false beside privileged or SYS_ADMIN".to_owned());
    }
    let mounts = &container.mounts;
    if !privileged && mounts.iter().any(|it| it.propagation.is_some()) {
        found.push("Bidirectional propagation needs privileged".to_owned());
    }
    let mut targets = HashSet::default();
    for target in mounts.iter().filter_map(|it| it.target.clone()) {
        if target.contains(':') || !targets.insert(target.clone()) {
            found.push(format!("two mounts at {target}"));
        }
    }
    let unmasked = pod.own(index, "procMount").is_some_and(|it| text(&it) == "Unmasked");
    if unmasked && !has_own_users(pod) {
        found.push("procMount Unmasked needs hostUsers: false".to_owned());
    }
    // Windows has no numbers of users: its kubelet looks at names alone.
    if !pod.windows
        && is_on(pod.state(pod.effective(index, "runAsNonRoot")))
        && pod.effective(index, "runAsUser").is_some_and(|it| is_root(&it))
    {
        found.push("runAsNonRoot beside runAsUser: 0".to_owned());
    }
    found.extend(profiles(pod, index));
    found.extend(ports(workload, pod, index));
    found.into_iter().map(|it| format!("{}: {it}", container.name)).collect()
}

/// The older annotation and the field must say the same of AppArmor; only Localhost profiles name a file.
fn profiles(pod: &Pod<'_>, index: usize) -> Vec<String> {
    let mut found = Vec::new();
    for key in ["seccompProfile", "appArmorProfile"] {
        let Some(profile) = pod.own(index, key) else { continue };
        let kind = view::lookup(profile.value, "type").map(|it| text(&it));
        let file = view::lookup(profile.value, "localhostProfile")
            .is_some_and(|it| !scalar::is_null(it.value));
        if file != (kind == Some("Localhost")) {
            found.push(format!("{key} names a file exactly when its type is Localhost"));
        }
        let annotation =
            (key == "appArmorProfile").then(|| pod.apparmor_annotation(index)).flatten();
        if let (Some(annotation), Some(kind)) = (annotation, kind) {
            let said = match text(&annotation) {
                "runtime/default" => "RuntimeDefault",
                "unconfined" => "Unconfined",
                _ => "Localhost",
            };
            if said != kind {
                found.push("the AppArmor annotation and field differ".to_owned());
            }
        }
    }
    found
}

/// In the host's network a port is the host's: both numbers must be the same.
fn ports(workload: &Workload<'_>, pod: &Pod<'_>, index: usize) -> Vec<String> {
    if !matches!(workload.namespace(Namespace::Network), Joined::Host(_)) {
        return Vec::new();
    }
    let number = |port: Node<'_>, key| port.get(key).and_then(scalar::integer);
    let ports = pod.ports(index).into_iter();
    let odd = ports.filter(|it| {
        number(*it, "hostPort").is_some_and(|host| Some(host) != number(*it, "containerPort"))
    });
    odd.map(|_| "hostPort differs from containerPort in the host's network".to_owned()).collect()
}

fn volume_names(pod: &Pod<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut names = HashSet::default();
    for volume in pod.volumes() {
        let Some(name) = view::lookup(*volume, "name").and_then(|it| it.value.value()) else {
            continue;
        };
        if !names.insert(name) {
            found.push(format!("two volumes are called {name}"));
        }
        if name.starts_with("ch-") && !is_label(name) {
            found.push(format!("the volume name {name} is no DNS label"));
        }
    }
    found
}

fn is_label(name: &str) -> bool {
    let fine = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    (1..=63).contains(&name.len()) && name.bytes().all(fine) && !name.ends_with('-')
}

fn namespaces(workload: &Workload<'_>, pod: &Pod<'_>) -> Vec<String> {
    let in_host = |it| matches!(workload.namespace(it), Joined::Host(_));
    let mut found = Vec::new();
    if has_own_users(pod)
        && [Namespace::Network, Namespace::Pid, Namespace::Ipc].into_iter().any(in_host)
    {
        found.push("hostUsers: false beside a host namespace".to_owned());
    }
    if in_host(Namespace::Pid) && is_on(pod.state(pod.spec_entry("shareProcessNamespace"))) {
        found.push("hostPID beside shareProcessNamespace".to_owned());
    }
    found
}

/// Windows: processes of the host need its network, and are so in every container or in none.
fn host_processes(workload: &Workload<'_>, pod: &Pod<'_>) -> Vec<String> {
    if !pod.is_host_process() {
        return Vec::new();
    }
    let mut found = Vec::new();
    if !matches!(workload.namespace(Namespace::Network), Joined::Host(_)) {
        found.push("a HostProcess container outside of the host's network".to_owned());
    }
    let is_host = |index: usize| {
        let options = pod.effective(index, "windowsOptions");
        is_on(pod.state(options.and_then(|it| view::lookup(it.value, "hostProcess"))))
    };
    if !(0..pod.slots.len()).all(is_host) {
        found.push("HostProcess in some containers only".to_owned());
    }
    found
}

fn has_own_users(pod: &Pod<'_>) -> bool {
    matches!(pod.state(pod.spec_entry("hostUsers")), State::Off(_))
}

fn is_on(state: State) -> bool {
    matches!(state, State::On(_))
}

fn is_root(entry: &Entry<'_>) -> bool {
    scalar::integer(entry.value) == Some(0)
}

fn text<'t>(entry: &Entry<'t>) -> &'t str {
    entry.value.value().unwrap_or("")
}
