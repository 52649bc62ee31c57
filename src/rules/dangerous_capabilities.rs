//! `dangerous-capabilities`: a capability is added that gives the host away.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::Severity;
use crate::workload::Capability;

pub(super) static RULE: Rule = Rule {
    id: "dangerous-capabilities",
    summary: "a capability is added that reaches the host",
    severity: Severity::High,
    docs: "Some capabilities are root on the host by another name; several widen the default system call filter as well \
(SYS_ADMIN allows mount, bpf and unshare).\n\n**The fix may break** whatever the capability was added for.",
    example: "services:\n  web:\n    image: example\n    cap_add:\n      - SYS_ADMIN\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n      securityContext:\n        capabilities: {add: [SYS_ADMIN]}\n",
    references: &[
        "CIS Docker 5.4",
        "CIS Kubernetes 5.2.9",
        "PSS baseline",
        "CKV_K8S_39",
        "KSV-0005",
        "C-0046",
    ],
    follows: &["kept-capabilities"],
    scope: Scope::saying(&["cap_add"]),
    check: Check::Container(check),
};

const CRITICAL: &[&str] = &[
    "ALL",
    "SYS_ADMIN",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "DAC_READ_SEARCH",
    "BPF",
    "PERFMON",
    "SYS_BOOT",
    "MAC_ADMIN",
];

const HIGH: &[&str] = &[
    "NET_ADMIN",
    "SYS_TIME",
    "SYSLOG",
    "MKNOD",
    "NET_RAW",
    "LINUX_IMMUTABLE",
    "SYS_NICE",
    "SYS_RESOURCE",
    "MAC_OVERRIDE",
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "BLOCK_SUSPEND",
    "CHECKPOINT_RESTORE",
    "IPC_LOCK",
    "IPC_OWNER",
    "LEASE",
    "NET_BROADCAST",
    "SYS_PACCT",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
];

/// How bad it is to add a capability.
pub(super) fn severity(name: &str) -> Option<Severity> {
    if CRITICAL.contains(&name) {
        Some(Severity::Critical)
    } else if HIGH.contains(&name) {
        Some(Severity::High)
    } else {
        None
    }
}

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    if case.workload.is_windows() {
        return Vec::new();
    }
    let lists = &case.container.capabilities;
    lists.add.iter().filter_map(|it| dangerous(case, it)).collect()
}

fn dangerous(case: &Case<'_, '_>, capability: &Capability<'_>) -> Option<Weakness> {
    let severity = severity(&capability.name)?;
    let name = &capability.name;
    if case.settings.keep.contains(name) {
        return None;
    }
    let found = Weakness::new(capability.site, format!("{name} is added")).severity(severity);
    if case.evidence.keep.value.iter().any(|it| it.name == *name) {
        return Some(found.advice(
            "the image is known to need it: leave it only if the service's use of it is wanted",
        ));
    }
    let written = case.workload.remove_capabilities(case.container, &[capability]);
    let fix = Proposal::risky(
        format!("do not add {name}"),
        written,
        format!("what {name} was added for"),
    );
    Some(found.fix(fix))
}
