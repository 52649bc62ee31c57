//! What a service has of the host or of other containers, so that a second one of it would act on more than itself.

use serde_json::Value;

use super::mount::Mount;
use super::{Place, Terms};
use crate::evidence::DEFAULT_SET;
use crate::severity::Severity;
use crate::workload::host::{HostPath, judge, socket};

/// Capabilities beside the engine's default ones whose use ends at the container's own processes, files and network. Any
/// other acts on the host.
const WITHIN: [&str; 8] = [
    "IPC_LOCK",
    "IPC_OWNER",
    "LEASE",
    "NET_ADMIN",
    "NET_BROADCAST",
    "SYS_NICE",
    "SYS_PTRACE",
    "SYS_RESOURCE",
];

/// Namespaces that a service may share, and what that is.
const SHARED: [(&str, &str); 5] = [
    ("network_mode", "network"),
    ("pid", "processes"),
    ("ipc", "shared memory"),
    ("uts", "name"),
    ("cgroup", "control groups"),
];

/// Why a service acts on the host or on a container that runs, so that it is not run a second time.
pub(super) fn reaches_out(service: &Value, volumes: &Value, terms: &Terms<'_>) -> Option<String> {
    if service["privileged"] == true {
        return Some("it is privileged".to_owned());
    }
    for (key, what) in SHARED {
        let value = service[key].as_str().unwrap_or_default();
        if value == "host" {
            return Some(format!("it is in the host's {what}"));
        }
        if let Some(other) = value.strip_prefix("container:") {
            return Some(format!("it is in the {what} of container {other}, which runs"));
        }
    }
    let texts = |key: &str| service[key].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(other) = texts("volumes_from").find_map(|it| it.strip_prefix("container:")) {
        return Some(format!("it has the volumes of container {other}, which runs"));
    }
    let holds = |key: &str| service[key].as_array().is_some_and(|it| !it.is_empty());
    if holds("devices") || holds("device_cgroup_rules") {
        return Some("it holds devices of the host".to_owned());
    }
    if service["use_api_socket"] == true {
        return Some("it holds a socket of the runtime".to_owned());
    }
    let name = |it: &str| {
        let upper = it.to_ascii_uppercase();
        upper.strip_prefix("CAP_").map(str::to_owned).unwrap_or(upper)
    };
    let acts_on_host = |it: &String| !DEFAULT_SET.iter().chain(&WITHIN).any(|own| own == it);
    if let Some(it) = texts("cap_add").map(name).find(acts_on_host) {
        return Some(format!("it has the capability {it}, which acts on the host"));
    }
    if texts("security_opt").any(|it| it.replace(' ', "") == "systempaths=unconfined") {
        return Some("it may write the host's /proc and /sys".to_owned());
    }
    let mounts = service["volumes"].as_array().into_iter().flatten().filter_map(Mount::of);
    mounts.filter_map(|it| mounted(&it, volumes, terms)).next()
}

/// What a mount hands over that no copy stands for.
fn mounted(mount: &Mount, volumes: &Value, terms: &Terms<'_>) -> Option<String> {
    let source = mount.source.as_deref()?;
    let device = volumes[source]["driver_opts"]["device"].as_str();
    let path = device.or(Some(source)).filter(|it| it.starts_with('/'))?;
    if socket(path).is_some() {
        return Some("it holds a socket of the runtime".to_owned());
    }
    // A folder of its own is copied, wherever it lies.
    let gives_host_away = match judge(path, mount.read_only, false) {
        HostPath::Bad(severity) => severity >= Severity::High,
        HostPath::Fine | HostPath::Protect => false,
    };
    if gives_host_away && !mount.read_only {
        return Some(format!("it holds {path} of the host"));
    }
    // A named volume is copied whatever lies behind it.
    if mount.kind != "bind" {
        return None;
    }
    match (terms.place)(path) {
        Place::Special => Some(format!("it holds {path}, which others of the host may listen at")),
        Place::Folder if mount.read_only => {
            let found = (terms.leads_out)(path)?;
            Some(format!("it holds {path}, which is not copied as it is only read: {found}"))
        }
        Place::Folder | Place::File | Place::Absent => None,
    }
}

/// The services that one cannot start without.
pub(super) fn needs(service: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for key in ["network_mode", "pid", "ipc"] {
        all.extend(
            service[key].as_str().and_then(|it| it.strip_prefix("service:")).map(str::to_owned),
        );
    }
    let from = service["volumes_from"].as_array().into_iter().flatten().filter_map(Value::as_str);
    all.extend(from.filter_map(|it| it.split(':').next()).map(str::to_owned));
    all
}
