//! Signals in what a container runs, and in its environment.

use super::Scene;
use crate::evidence::programs::{Program, programs};
use crate::evidence::sources::{by_variables, strange_paths};

/// Programs that raise privileges: setuid, or with file capabilities.
const RAISING: &[&str] = &[
    "sudo",
    "su",
    "doas",
    "crontab",
    "cron",
    "crond",
    "fusermount",
    "fusermount3",
    "newuidmap",
    "newgidmap",
    "ping",
    "ping6",
];

pub(super) fn raises_privileges(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let subject = scene.subject;
    let raising = |it: &Program| RAISING.contains(&it.name.as_str());
    if let Some(found) = run(scene).into_iter().find(raising) {
        return Some(format!("its command uses {}", found.name));
    }
    let aside = programs(&subject.asides).into_iter().find(raising);
    aside.map(|it| format!("its health check or hook uses {}", it.name))
}

/// Everything that the command runs, that of its Dockerfile where the file names none.
fn run(scene: &Scene<'_, '_, '_>) -> Vec<Program> {
    let subject = scene.subject;
    let own: Vec<String> = subject.command().cloned().collect();
    let mut found = programs(&own);
    if let Some(built) = subject.built {
        if subject.words.entrypoint.is_empty() {
            found.extend(programs(built.entrypoint.as_deref().unwrap_or_default()));
        }
        if subject.words.command.is_empty() {
            found.extend(programs(built.cmd.as_deref().unwrap_or_default()));
        }
    }
    found
}

pub(super) fn raising_variable(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let raising = |name: &str| {
        name == "GRANT_SUDO"
            || name.starts_with("SUDO_")
            || name.ends_with("_CRON")
            || name == "CRON"
            || name.ends_with("_CRON_SCHEDULE")
    };
    let off = |value: Option<&str>| {
        value.is_some_and(|it| {
            matches!(it.to_lowercase().as_str(), "" | "false" | "no" | "0" | "off")
        })
    };
    let mut variables = scene.subject.variables.iter();
    let found = variables.find(|it| raising(&it.name) && !off(it.value.as_deref()))?;
    Some(format!("{} is set", found.name))
}

pub(super) fn account_by_variable(scene: &Scene<'_, '_, '_>) -> Option<String> {
    by_variables(scene.subject)
        .map(|(name, _)| format!("{name} names the account that it drops to"))
}

pub(super) fn changes_owners(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let found = run(scene).into_iter().find(|it| matches!(it.name.as_str(), "chown" | "chmod"))?;
    Some(format!("its command calls {}", found.name))
}

pub(super) fn changes_the_system(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let has = |it: &Program, word: &str| it.arguments.first().is_some_and(|first| first == word);
    let changes = |it: &Program| match it.name.as_str() {
        "setcap" | "apt-get" | "apt" | "mount" | "umount" | "useradd" | "usermod" | "groupmod"
        | "adduser" | "modprobe" | "iptables" | "nft" => true,
        "apk" => has(it, "add") || has(it, "update") || has(it, "--no-cache"),
        "yum" | "dnf" | "microdnf" => has(it, "install") || has(it, "-y"),
        "sysctl" => it.arguments.iter().any(|it| it == "-w" || it.contains('=')),
        _ => false,
    };
    let found = run(scene).into_iter().find(changes)?;
    Some(format!("its command calls {}", found.name))
}

pub(super) fn changes_the_kernel(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let changes = |it: &Program| match it.name.as_str() {
        "mount" | "umount" | "modprobe" | "insmod" | "iptables" | "ip6tables" | "nft"
        | "swapoff" => true,
        "sysctl" => it.arguments.iter().any(|it| it == "-w" || it.contains('=')),
        _ => false,
    };
    let found = run(scene).into_iter().find(changes)?;
    Some(format!("its command calls {}", found.name))
}

pub(super) fn writes_elsewhere(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let found = strange_paths(scene.subject).into_iter().next()?;
    Some(format!("{} names {}", found.by, found.path))
}
