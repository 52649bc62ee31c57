//! `unsafe-sysctl`: a kernel setting that is not namespaced, or not known to be harmless.

use super::{Case, Check, Rule, Scope, Weakness};
use crate::finding::{Severity, Site};
use crate::workload::Dialect;

pub(super) static RULE: Rule = Rule {
    id: "unsafe-sysctl",
    summary: "a kernel setting outside the safe list is changed",
    severity: Severity::Medium,
    docs: "Settings outside the list of the Pod Security Standards can starve neighbours or the node, and the kubelet \
refuses them unless it is told not to. Only the owner knows whether the service needs them.",
    example: "services:\n  web:\n    image: example\n    sysctls:\n      net.core.somaxconn: 1024\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  securityContext:\n    sysctls:\n      - {name: net.core.somaxconn, value: \"1024\"}\n  containers:\n    - name: web\n      image: example\n",
    references: &["PSS baseline", "KSV-0026", "C-0211"],
    follows: &[],
    scope: Scope::saying(&["sysctls"]),
    check: Check::Workload(check),
};

/// The settings that the baseline standard admits, with the Kubernetes version from which it does.
pub static SAFE: &[(&str, (u32, u32))] = &[
    ("kernel.shm_rmid_forced", (1, 0)),
    ("net.ipv4.ip_local_port_range", (1, 0)),
    ("net.ipv4.ip_unprivileged_port_start", (1, 0)),
    ("net.ipv4.tcp_syncookies", (1, 0)),
    ("net.ipv4.ping_group_range", (1, 0)),
    ("net.ipv4.ip_local_reserved_ports", (1, 27)),
    ("net.ipv4.tcp_keepalive_time", (1, 29)),
    ("net.ipv4.tcp_fin_timeout", (1, 29)),
    ("net.ipv4.tcp_keepalive_intvl", (1, 29)),
    ("net.ipv4.tcp_keepalive_probes", (1, 29)),
    ("net.ipv4.tcp_rmem", (1, 32)),
    ("net.ipv4.tcp_wmem", (1, 32)),
    ("net.ipv4.tcp_slow_start_after_idle", (1, 37)),
    ("net.ipv4.tcp_notsent_lowat", (1, 37)),
];

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let set: Vec<(String, Site)> = match &case.workload.dialect {
        Dialect::Compose(service) => service.sysctls(),
        Dialect::Kubernetes(pod) => {
            pod.sysctls().into_iter().map(|it| (it.name, it.site)).collect()
        }
    };
    let version = match case.workload.is_kubernetes() {
        true => case.settings.kubernetes,
        false => crate::evidence::NEWEST_KUBERNETES,
    };
    let safe = |name: &str| SAFE.iter().any(|it| it.0 == name && it.1 <= version);
    let odd = set.into_iter().filter(|(name, _)| !safe(name));
    odd.map(|(name, site)| {
        Weakness::new(site, format!("{name} is not on the list of safe kernel settings"))
            .advice("remove it, or set it on the host for everybody")
    })
    .collect()
}
