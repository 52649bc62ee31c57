//! `host-network`, `host-pid`, `host-ipc`, `host-users`, `host-uts`, `host-cgroup`: the workload shares a namespace with the host.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::evidence::Target;
use crate::finding::{Confidence, Severity, Site};
use crate::workload::{Dialect, Flag, Joined, Namespace, State};
use crate::yaml::Value;

pub(super) static NETWORK: Rule = Rule {
    id: "host-network",
    summary: "the workload is in the host's network",
    severity: Severity::High,
    docs: "Sharing the host's network exposes services that listen on loopback only and removes network policy.\n\n\
**The fix may break** reachability: the ports that the service listens on must then be published (`ports:`), and other \
services reach it by its name instead of `localhost`.",
    example: "services:\n  web:\n    image: example\n    network_mode: host\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  hostNetwork: true\n  containers:\n    - name: web\n      image: example\n",
    references: &[
        "CIS Docker 5.10",
        "CIS Kubernetes 5.2.5",
        "PSS baseline",
        "CKV_K8S_19",
        "KSV-0009",
        "C-0041",
    ],
    follows: &[],
    scope: Scope::saying(&["network_mode", "networks"]),
    check: Check::Workload(|case| host(case, Namespace::Network)),
};

pub(super) static PID: Rule = Rule {
    id: "host-pid",
    summary: "the workload sees the host's processes",
    severity: Severity::High,
    docs: "Seeing host processes exposes their arguments and lets a privileged peer enter them.\n\n**The fix may break** \
monitoring agents that read the host's processes.",
    example: "services:\n  web:\n    image: example\n    pid: host\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  hostPID: true\n  containers:\n    - name: web\n      image: example\n",
    references: &[
        "CIS Docker 5.16",
        "CIS Kubernetes 5.2.3",
        "PSS baseline",
        "CKV_K8S_17",
        "KSV-0010",
        "C-0038",
    ],
    follows: &[],
    scope: Scope::saying(&["pid"]),
    check: Check::Workload(|case| host(case, Namespace::Pid)),
};

pub(super) static IPC: Rule = Rule {
    id: "host-ipc",
    summary: "the workload shares memory with the host",
    severity: Severity::High,
    docs: "In the host's IPC namespace a container reads and writes the shared memory of host processes. Own shared \
memory is always there, 64 MB of it; where an application needs more, `shm_size` gives it more, and in a pod an \
emptyDir with `medium: Memory` at /dev/shm.\n\n**The fix may break** GPU, MPI and database processes that share much \
memory.",
    example: "services:\n  web:\n    image: example\n    ipc: host\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  hostIPC: true\n  containers:\n    - name: web\n      image: example\n",
    references: &[
        "CIS Docker 5.17",
        "CIS Kubernetes 5.2.4",
        "PSS baseline",
        "CKV_K8S_18",
        "KSV-0008",
        "C-0038",
    ],
    follows: &[],
    scope: Scope::saying(&["ipc"]),
    check: Check::Workload(|case| host(case, Namespace::Ipc)),
};

pub(super) static USERS: Rule = Rule {
    id: "host-users",
    summary: "the workload's users are the host's",
    severity: Severity::Medium,
    docs: "Mapping container root to a nobody on the host makes an escape land without power. `userns_mode: host` \
switches that mapping off where the engine has it. In Kubernetes `hostUsers: false` asks for it: that finding is off \
unless the configuration gives the rule a severity, since nodes need Linux 6.3 and containerd 2.0 or CRI-O 1.25.\n\n**The fix may break** access to files that belong \
to users of the host, and pods on nodes that are too old.",
    example: "services:\n  web:\n    image: example\n    userns_mode: host\n",
    pod: "",
    references: &["CIS Docker 5.31"],
    follows: &["host-network", "host-pid", "host-ipc"],
    scope: Scope::saying(&["userns_mode"]),
    check: Check::Workload(users),
};

pub(super) static UTS: Rule = Rule {
    id: "host-uts",
    summary: "the workload shares the host's name",
    severity: Severity::Low,
    docs: "In the host's UTS namespace a container with the right capability renames the host. A host name of its own is \
set with `hostname:`.\n\n**The fix may break** what goes by the host's name.",
    example: "services:\n  web:\n    image: example\n    uts: host\n",
    pod: "",
    references: &["CIS Docker 5.21"],
    follows: &[],
    scope: Scope::saying(&["uts"]),
    check: Check::Workload(|case| host(case, Namespace::Uts)),
};

pub(super) static CGROUP: Rule = Rule {
    id: "host-cgroup",
    summary: "the workload sees the host's control groups",
    severity: Severity::Low,
    docs: "In the host's cgroup namespace a container sees, and with more rights changes, the limits of everything else \
on the host.\n\n**The fix may break** what reads or manages the host's control groups: systemd in a container, cAdvisor, k3s.",
    example: "services:\n  web:\n    image: example\n    cgroup: host\n",
    pod: "",
    references: &["CIS Docker 5.25"],
    follows: &[],
    scope: Scope::saying(&["cgroup", "cgroup_parent"]),
    check: Check::Workload(|case| {
        host(case, Namespace::Cgroup).into_iter().chain(parent_group(case)).collect()
    }),
};

/// A control group of the host that the engine is to put the service below.
fn parent_group(case: &Case<'_, '_>) -> Option<Weakness> {
    let Dialect::Compose(service) = &case.workload.dialect else { return None };
    let site = service.entry("cgroup_parent")?.site();
    Some(
        Weakness::new(site, "the host's control group above it is chosen here")
            .advice("remove it unless that group is there to limit the service"),
    )
}

fn host(case: &Case<'_, '_>, namespace: Namespace) -> Vec<Weakness> {
    let mut found = match case.workload.namespace(namespace) {
        Joined::Host(site) => vec![leave(case, namespace, site)],
        Joined::Peer(site, peer) => peers(case, namespace, site, &peer),
        Joined::Own | Joined::Unknown(_) => Vec::new(),
    };
    found.extend(shared_processes(case, namespace));
    found.extend(by_its_networks(case, namespace));
    found
}

/// A stack has no `network_mode`: it names an external network called host. Other engines take that, or refuse it.
fn by_its_networks(case: &Case<'_, '_>, namespace: Namespace) -> Option<Weakness> {
    let Dialect::Compose(service) = &case.workload.dialect else { return None };
    if namespace != Namespace::Network {
        return None;
    }
    let site = service.external_host_network()?;
    let advice = match case.evidence.platform.target {
        Target::Swarm => "give it an overlay network and publish the ports that it listens on",
        Target::Docker | Target::Podman => {
            "give it a network of its own and publish the ports that it listens on"
        }
    };
    Some(Weakness::new(site, "the workload is in the host's network").advice(advice))
}

fn leave(case: &Case<'_, '_>, namespace: Namespace, site: Site) -> Weakness {
    let written = case.workload.leave_host(namespace);
    let (message, title, risk) = match namespace {
        Namespace::Network => (
            "the workload is in the host's network",
            "leave the host's network",
            "clients that reach it at the host's address: publish the ports that it listens on",
        ),
        Namespace::Pid => (
            "the workload sees the host's processes",
            "leave the host's process namespace",
            "reading or signalling processes of the host",
        ),
        Namespace::Ipc => (
            "the workload shares memory with the host",
            "leave the host's IPC namespace",
            "memory that it shares with others, and more than 64 MB of it",
        ),
        Namespace::User => (
            "the user mapping of the engine is switched off",
            "keep the engine's user mapping",
            "files that belong to users of the host",
        ),
        Namespace::Uts => (
            "the workload shares the host's name",
            "leave the host's UTS namespace",
            "what goes by the host's name: it gets a new one with each container",
        ),
        Namespace::Cgroup => (
            "the workload sees the host's control groups",
            "leave the host's cgroup namespace",
            "reading or changing the host's control groups",
        ),
    };
    let proposal = Proposal::risky(title, written, risk);
    let found = Weakness::new(site, message).fix(proposal);
    match (namespace, &case.workload.dialect) {
        (Namespace::Ipc, Dialect::Compose(_)) => {
            found.advice("where it needs more than 64 MB of shared memory, add `shm_size`")
        }
        (Namespace::Ipc, Dialect::Kubernetes(_)) => found.advice(
            "where it needs more than 64 MB of shared memory, mount an emptyDir with `medium: Memory` at /dev/shm",
        ),
        _ => found,
    }
}

fn peers(case: &Case<'_, '_>, namespace: Namespace, site: Site, peer: &str) -> Vec<Weakness> {
    if let Some(found) = host_by_a_peer(case, namespace, site, peer) {
        return vec![found];
    }
    let (severity, message) = match namespace {
        Namespace::Pid => (Severity::Low, format!("it shares processes with {peer}")),
        Namespace::Ipc => (Severity::Info, format!("its shared memory is open to others: {peer}")),
        _ => return Vec::new(),
    };
    vec![
        Weakness::new(site, message)
            .severity(severity)
            .advice("remove it if the two need not see each other"),
    ]
}

/// What a service has of the host because the one has it whose namespace it shares.
fn host_by_a_peer(
    case: &Case<'_, '_>,
    namespace: Namespace,
    site: Site,
    peer: &str,
) -> Option<Weakness> {
    let Dialect::Compose(service) = &case.workload.dialect else { return None };
    let by = service.host_by(namespace, peer)?;
    let what = match namespace {
        Namespace::Network => "it is in the host's network",
        Namespace::Pid => "it sees the host's processes",
        Namespace::Ipc => "it shares memory with the host",
        Namespace::Uts | Namespace::Cgroup | Namespace::User => return None,
    };
    let advice =
        format!("let service {by} leave the host, or give this one its own: decide for both");
    Some(Weakness::new(site, format!("{what}, by service {by}")).advice(advice))
}

fn shared_processes(case: &Case<'_, '_>, namespace: Namespace) -> Option<Weakness> {
    let (Dialect::Kubernetes(pod), Namespace::Pid) = (&case.workload.dialect, namespace) else {
        return None;
    };
    match pod.state(pod.spec_entry("shareProcessNamespace")) {
        State::On(site) => {
            let message = "the containers of the pod see each other's processes";
            let found = Weakness::new(site, message).severity(Severity::Low);
            Some(found.advice("remove it if they need not see each other"))
        }
        State::Off(_) | State::Unset | State::Unknown(_) => None,
    }
}

fn users(case: &Case<'_, '_>) -> Vec<Weakness> {
    let workload = case.workload;
    let pod = match &workload.dialect {
        Dialect::Kubernetes(pod) => pod,
        Dialect::Compose(_) => {
            let Joined::Host(site) = workload.namespace(Namespace::User) else {
                return unknown_mapping(case).into_iter().collect();
            };
            if matches!(workload.flag(case.container, Flag::Privileged), State::On(_)) {
                return vec![
                    Weakness::new(site, "the user mapping of the engine is switched off")
                        .advice("a remapped engine needs it for privileged containers: mend `privileged` first"),
                ];
            }
            return vec![leave(case, Namespace::User, site)];
        }
    };
    let asked = case.settings.opted_in.iter().any(|it| it == "host-users");
    if !asked
        || !workload.is_whole()
        || workload.is_windows()
        || pod.spec_entry("hostUsers").is_some()
    {
        return Vec::new();
    }
    let in_host = [Namespace::Network, Namespace::Pid, Namespace::Ipc]
        .iter()
        .any(|it| matches!(workload.namespace(*it), Joined::Host(_)));
    let weakness = Weakness::new(case.container.site, "container root is the host's root");
    if in_host {
        return vec![weakness.advice("leave the host's namespaces first")];
    }
    if let Some(why) = pod.needs_host_users() {
        return vec![weakness.advice(why)];
    }
    let written = pod.set_spec("hostUsers", Value::from(false));
    let fix = Proposal::risky(
        "set hostUsers to false",
        written,
        "the start on nodes that are too old for it: they refuse the pod or ignore the setting",
    );
    let basis = "nothing in the file shows whether the nodes can map users";
    vec![weakness.fix(fix.because(Confidence::Risky, basis))]
}

/// A mapping that only other engines than Docker know.
fn unknown_mapping(case: &Case<'_, '_>) -> Option<Weakness> {
    let Dialect::Compose(service) = &case.workload.dialect else { return None };
    let found = service.text("userns_mode")?;
    let mode = found.text.known().filter(|it| !it.is_empty())?;
    let docker = case.evidence.platform.target != Target::Podman;
    docker.then(|| {
        Weakness::new(found.found.site(), format!("Docker knows no user mapping {mode}"))
            .severity(Severity::Info)
            .advice("remove it: only `host` means anything to Docker")
    })
}
