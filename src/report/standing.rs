//! The Pod Security line: which level of the standard each workload meets.

use super::shown::Shown;
use crate::evidence::NEWEST_KUBERNETES;
use crate::outcome::{Outcome, Pod};
use crate::standard::{Level, Standing};
use crate::workload::File;

/// One line on a workload: where it stands, or how that changed.
pub fn line(outcome: &Outcome, pod: &Pod) -> Shown {
    let path = outcome.files[pod.file].path.display();
    let now = pod.now();
    let workload = &now.workload;
    let text = match &pod.after {
        None => format!("{path}:{}: {workload}: Pod Security: {}", pod.line, level(now)),
        Some(after) if after.level == pod.before.level => {
            format!("{path}: {workload}: Pod Security: stays {}", level(after))
        }
        Some(after) => {
            let before = pod.before.level.name();
            format!("{path}: {workload}: Pod Security: {before} → {}", level(after))
        }
    };
    Shown::line(&text)
}

/// One line on a workload that was mended in a review.
pub fn change(file: &File, before: &Standing, after: &Standing) -> String {
    let path = file.path.display();
    let workload = &after.workload;
    let (old, new) = (before.level.name(), level(after));
    let levels = if before.level == after.level {
        format!("stays {new}")
    } else {
        format!("{old} → {new}")
    };
    format!("{path}: {workload}: Pod Security: {levels}")
}

/// The level, and what keeps the workload from the next one.
fn level(standing: &Standing) -> String {
    let next = match standing.level {
        Level::Privileged => Level::Baseline,
        Level::Baseline => Level::Restricted,
        Level::Restricted => return standing.level.name().to_owned(),
    };
    let mut rules: Vec<&str> = Vec::new();
    for rule in standing.unmet.iter().map(|it| rule(it)) {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    format!("{} (not {}: {})", standing.level.name(), next.name(), rules.join(", "))
}

/// The rule that speaks of what a check of the standard asks for.
pub fn rule(check: &str) -> &str {
    match check {
        "allowPrivilegeEscalation" => "privilege-escalation",
        "appArmorProfile" | "seLinuxOptions" => "lsm-off",
        "capabilities" => "dangerous-capabilities",
        "capabilities_restricted" => "kept-capabilities",
        "hostNamespaces" => "host namespaces",
        "hostPathVolumes" => "host paths",
        "hostPorts" => "host-port",
        "hostProbesAndHostLifecycle" => "probe-host",
        "procMount" | "procMount_restricted" => "unmasked-paths",
        "restrictedVolumes" => "volume-type",
        "runAsNonRoot" | "runAsUser" => "root-user",
        "seccompProfile_baseline" | "seccompProfile_restricted" => "seccomp-off",
        "sysctls" => "unsafe-sysctl",
        "hostProcess" => "host-process",
        other => other,
    }
}

/// How many workloads meet each level, as part of a summary; nothing without pods.
pub fn counts(levels: [usize; 3], version: Option<(u32, u32)>) -> Option<String> {
    let parts: Vec<String> = Level::ALL
        .iter()
        .zip(levels)
        .filter(|(_, number)| *number > 0)
        .map(|(level, number)| format!("{number} {}", level.name()))
        .collect();
    let (major, minor) = version.unwrap_or(NEWEST_KUBERNETES);
    (!parts.is_empty()).then(|| {
        format!("Pod Security Standards of Kubernetes {major}.{minor}: {}", parts.join(", "))
    })
}
