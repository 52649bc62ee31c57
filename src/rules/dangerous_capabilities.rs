//! `dangerous-capabilities`: a capability is added that gives the host away.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::Severity;
use crate::workload::Capability;

pub(super) static RULE: Rule = Rule {
    id: "dangerous-capabilities",
    summary: "a capability is added that reaches the host",
    severity: Severity::High,
    docs: "What some capabilities allow does not end at the container. The worst are root on the host by another name, and \
several widen the default system call filter as well (SYS_ADMIN allows mount, bpf and unshare).\n\n**The fix may break** whatever the capability was added for.",
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

/// What reaches past the container: how bad that is, and what whoever has it can do.
static REACHING: [(&str, Severity, &str); 30] = [
    ("ALL", Severity::Critical, "holds all there are, as root of the host does"),
    (
        "SYS_ADMIN",
        Severity::Critical,
        "can mount file systems and do most of what root does on the host",
    ),
    ("SYS_MODULE", Severity::Critical, "can load code into the host's kernel"),
    ("SYS_PTRACE", Severity::Critical, "can read and change other processes"),
    ("SYS_RAWIO", Severity::Critical, "can reach the host's memory and disks past the kernel"),
    ("DAC_READ_SEARCH", Severity::Critical, "can read files of the host by their number"),
    ("BPF", Severity::Critical, "can load programs into the host's kernel"),
    ("PERFMON", Severity::Critical, "can watch the kernel and all processes of the host"),
    ("SYS_BOOT", Severity::Critical, "can restart the host"),
    ("MAC_ADMIN", Severity::Critical, "can change the rules of AppArmor or SELinux"),
    ("NET_ADMIN", Severity::High, "can change addresses, routes and the firewall of its network"),
    ("SYS_TIME", Severity::High, "can set the host's clock"),
    ("SYSLOG", Severity::High, "can read the kernel's log"),
    ("MKNOD", Severity::High, "can make device files"),
    ("NET_RAW", Severity::High, "can forge packets and listen to its neighbours in the network"),
    ("LINUX_IMMUTABLE", Severity::High, "can make files that nobody else can change or remove"),
    ("SYS_NICE", Severity::High, "can take processor time from all else on the host"),
    ("SYS_RESOURCE", Severity::High, "can go past limits and quotas"),
    ("MAC_OVERRIDE", Severity::High, "can pass by the rules of AppArmor or SELinux"),
    ("AUDIT_CONTROL", Severity::High, "can switch the host's audit off"),
    ("AUDIT_READ", Severity::High, "can read the host's audit log"),
    ("BLOCK_SUSPEND", Severity::High, "can keep the host from sleeping"),
    ("CHECKPOINT_RESTORE", Severity::High, "can restore processes with numbers of its choice"),
    ("IPC_LOCK", Severity::High, "can lock as much of the host's memory as there is"),
    ("IPC_OWNER", Severity::High, "can read and change shared memory of others"),
    ("LEASE", Severity::High, "can hold up others who open a file"),
    ("NET_BROADCAST", Severity::High, "can send to all of its network"),
    ("SYS_PACCT", Severity::High, "can switch the host's accounting of processes"),
    ("SYS_TTY_CONFIG", Severity::High, "can take over the host's terminals"),
    ("WAKE_ALARM", Severity::High, "can wake the host"),
];

/// How bad it is to add a capability.
pub(super) fn severity(name: &str) -> Option<Severity> {
    REACHING.iter().find(|it| it.0 == name).map(|it| it.1)
}

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    if case.workload.is_windows() {
        return Vec::new();
    }
    let lists = &case.container.capabilities;
    lists.add.iter().filter_map(|it| dangerous(case, it)).collect()
}

fn dangerous(case: &Case<'_, '_>, capability: &Capability<'_>) -> Option<Weakness> {
    let name = &capability.name;
    let &(_, severity, reach) = REACHING.iter().find(|it| it.0 == *name)?;
    if case.settings.keep.contains(name) {
        return None;
    }
    let found = Weakness::new(capability.site, format!("{name} is added: whoever has it {reach}"))
        .severity(severity);
    if let Some(kept) = case.evidence.keep.value.iter().find(|it| it.name == *name) {
        return Some(found.advice(format!(
            "the service needs it ({}): allow it with that reason, or remove it where that is not wanted",
            kept.why
        )));
    }
    let written = case.workload.remove_capabilities(case.container, &[capability]);
    let fix = Proposal::risky(
        format!("do not add {name}"),
        written,
        format!("what {name} was added for"),
    );
    Some(found.fix(fix))
}
