//! Each check of the standard, as `kubernetes/pod-security-admission` has it.

use super::{Level, Requirement};
use crate::rules::SAFE_SYSCTLS;
use crate::workload::kubernetes::{ALLOWED_VOLUMES, Pod, scalar};
use crate::workload::view::{self, Entry};
use crate::workload::{Capability, Flag, Joined, Namespace, State};
use crate::yaml::Node;

use Level::{Baseline, Restricted};

const fn check(
    name: &'static str,
    level: Level,
    since: u32,
    met: fn(&Pod<'_>, u32) -> bool,
) -> Requirement {
    Requirement { name, level, since, met }
}

/// Every check, in the order of the standard's page.
pub(super) static ALL: &[Requirement] = &[
    check("hostProcess", Baseline, 0, |pod, _| {
        settings(pod, "windowsOptions")
            .all(|it| it.value.get("hostProcess").and_then(scalar::boolean) != Some(true))
    }),
    check("hostNamespaces", Baseline, 0, |pod, _| {
        let all = [Namespace::Network, Namespace::Pid, Namespace::Ipc];
        all.into_iter().all(|it| pod.namespace(it) == Joined::Own)
    }),
    check("privileged", Baseline, 0, |pod, _| {
        indices(pod)
            .all(|it| matches!(pod.flag(it, Flag::Privileged), State::Off(_) | State::Unset))
    }),
    check("capabilities", Baseline, 0, |pod, _| {
        indices(pod).all(|it| within(&pod.capabilities(it).add, BASELINE_CAPABILITIES))
    }),
    check("hostPathVolumes", Baseline, 0, |pod, _| {
        pod.volumes().iter().all(|it| it.get("hostPath").is_none_or(scalar::is_null))
    }),
    check("hostPorts", Baseline, 0, |pod, _| {
        let mut ports = indices(pod).flat_map(|it| pod.ports(it));
        ports.all(|it| {
            let port = it.get("hostPort");
            port.is_none_or(|it| scalar::is_null(it) || scalar::integer(it) == Some(0))
        })
    }),
    check("hostProbesAndHostLifecycle", Baseline, 34, |pod, _| {
        indices(pod).all(|it| pod.probed_hosts(it).is_empty())
    }),
    check("appArmorProfile", Baseline, 0, |pod, _| {
        profiles(pod, "appArmorProfile").all(|it| is_profile(&it))
            && pod.annotations("container.apparmor.security.beta.kubernetes.io/").all(|it| {
                it.value.value().filter(|_| !scalar::is_null(it.value)).is_none_or(|it| {
                    it.is_empty() || it == "runtime/default" || it.starts_with("localhost/")
                })
            })
    }),
    check("seLinuxOptions", Baseline, 0, |pod, minor| {
        settings(pod, "seLinuxOptions").all(|it| {
            let kind = it.value.get("type").filter(|it| !scalar::is_null(*it));
            let type_is_fine = match kind.and_then(Node::value) {
                None | Some("" | "container_t" | "container_init_t" | "container_kvm_t") => true,
                Some("container_engine_t") => minor >= 31,
                Some(_) => false,
            };
            let empty = |key| unset_or(view::lookup(it.value, key), &[""]);
            type_is_fine && empty("user") && empty("role")
        })
    }),
    check("procMount", Baseline, 0, |pod, minor| masked(pod) || own_users(pod, minor)),
    check("seccompProfile_baseline", Baseline, 0, |pod, minor| match minor {
        0..19 => {
            let pod_wide = pod.annotations("seccomp.security.alpha.kubernetes.io/pod");
            let own = pod.annotations("container.seccomp.security.alpha.kubernetes.io/");
            pod_wide.chain(own).all(|it| !is(Some(it), "unconfined"))
        }
        _ => profiles(pod, "seccompProfile").all(|it| is_profile(&it)),
    }),
    check("sysctls", Baseline, 0, |pod, minor| {
        let safe = |name: &str| SAFE_SYSCTLS.iter().any(|it| it.0 == name && it.1.1 <= minor);
        pod.sysctls().iter().all(|it| safe(&it.name))
    }),
    check("restrictedVolumes", Restricted, 0, |pod, _| {
        let mut kinds = pod.volumes().iter().copied().flat_map(view::entries);
        kinds.all(|it| {
            let name = it.key.value().unwrap_or("");
            name == "name" || ALLOWED_VOLUMES.contains(&name) || scalar::is_null(it.value)
        })
    }),
    check("allowPrivilegeEscalation", Restricted, 8, |pod, minor| {
        exempt(pod, minor)
            || indices(pod).all(|it| matches!(pod.no_new_privileges(it), State::On(_)))
    }),
    check("runAsNonRoot", Restricted, 0, |pod, minor| {
        own_users(pod, minor)
            || indices(pod)
                .all(|it| matches!(pod.state(pod.effective(it, "runAsNonRoot")), State::On(_)))
    }),
    check("runAsUser", Restricted, 23, |pod, minor| {
        own_users(pod, minor)
            || settings(pod, "runAsUser").all(|it| scalar::integer(it.value) != Some(0))
    }),
    check("seccompProfile_restricted", Restricted, 19, |pod, minor| {
        exempt(pod, minor)
            || indices(pod).all(|it| {
                pod.effective(it, "seccompProfile")
                    .and_then(|it| view::lookup(it.value, "type"))
                    .is_some_and(|it| is_profile(&it))
            })
    }),
    check("capabilities_restricted", Restricted, 22, |pod, minor| {
        exempt(pod, minor)
            || indices(pod).all(|it| {
                let lists = pod.capabilities(it);
                lists.drop.iter().any(|it| it.written == "ALL")
                    && within(&lists.add, &["NET_BIND_SERVICE"])
            })
    }),
    check("procMount_restricted", Restricted, 35, |pod, _| masked(pod)),
];

/// What baseline lets a container add.
const BASELINE_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn indices(pod: &Pod<'_>) -> std::ops::Range<usize> {
    0..pod.slots.len()
}

/// A setting of the pod's security context and of each container's.
fn settings<'t>(pod: &Pod<'t>, key: &'static str) -> impl Iterator<Item = Entry<'t>> {
    let own: Vec<_> = indices(pod).filter_map(|it| pod.own(it, key)).collect();
    pod.pod_level(key).into_iter().chain(own)
}

/// The types of the profiles that the pod and its containers name.
fn profiles<'t>(pod: &Pod<'t>, key: &'static str) -> impl Iterator<Item = Entry<'t>> {
    settings(pod, key).filter_map(|it| view::lookup(it.value, "type"))
}

fn is_profile(kind: &Entry<'_>) -> bool {
    matches!(kind.value.value(), Some("RuntimeDefault" | "Localhost"))
}

fn is(entry: Option<Entry<'_>>, text: &str) -> bool {
    entry.and_then(|it| it.value.value()) == Some(text)
}

fn unset_or(entry: Option<Entry<'_>>, fine: &[&str]) -> bool {
    entry.is_none_or(|it| {
        scalar::is_null(it.value) || it.value.value().is_some_and(|it| fine.contains(&it))
    })
}

/// Whether every added capability is in the list, to the letter.
fn within(added: &[Capability<'_>], list: &[&str]) -> bool {
    added.iter().all(|it| list.contains(&&*it.written))
}

fn masked(pod: &Pod<'_>) -> bool {
    settings(pod, "procMount").all(|it| it.value.value() == Some("Default"))
}

/// Whether the pod has users of its own, which relaxes some checks from 1.35 on.
fn own_users(pod: &Pod<'_>, minor: u32) -> bool {
    minor >= 35 && matches!(pod.state(pod.spec_entry("hostUsers")), State::Off(_))
}

/// Whether the checks that mean nothing on Windows are waived; only `os.name` counts.
fn exempt(pod: &Pod<'_>, minor: u32) -> bool {
    let os = pod.spec_entry("os").and_then(|it| view::lookup(it.value, "name"));
    minor >= 25 && is(os, "windows")
}
