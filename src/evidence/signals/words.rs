//! Signals in what a container runs, and in its environment.

use super::Scene;
use crate::evidence::programs::{Program, programs};
use crate::evidence::sources::by_variables;
use crate::evidence::subject::Subject;
use crate::workload::Id;

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
    let raising = |it: &&Program| RAISING.contains(&it.name.as_str());
    if let Some(found) = scene.run.iter().find(raising) {
        return Some(format!("its command uses {}", found.name));
    }
    let aside = scene.aside.iter().find(raising);
    aside.map(|it| format!("its health check or hook uses {}", it.name))
}

/// Programs that only work for root, or for whoever its rules name: they change to another account.
const CHANGING: &[&str] = &[
    "sudo",
    "su",
    "doas",
    "runuser",
    "gosu",
    "su-exec",
    "setpriv",
    "chpst",
    "setuidgid",
    "s6-setuidgid",
    "crontab",
    "cron",
    "crond",
];

pub(super) fn changes_account(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let all = scene.run.iter().chain(&scene.aside);
    let found = all.into_iter().find(|it| CHANGING.contains(&it.name.as_str()))?;
    Some(format!("its command, health check or hook calls {}", found.name))
}

/// What its health checks and hooks run.
/// What calls a program of a kind: its command, or in a pod its hooks, which run as the container does.
fn caller(scene: &Scene<'_, '_, '_>, kind: fn(&Program) -> bool) -> Option<String> {
    if let Some(found) = scene.run.iter().find(|it| kind(it)) {
        return Some(format!("its command calls {}", found.name));
    }
    let found = scene.subject.is_kubernetes().then(|| scene.aside.iter().find(|it| kind(it)))??;
    Some(format!("its hook calls {}", found.name))
}

/// Everything that the command runs, that of its Dockerfile where the file names none.
pub(super) fn run(subject: &Subject<'_, '_>) -> Vec<Program> {
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

pub(super) fn user_by_variable(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let unknown = scene.subject.identity.user == Id::Unknown && scene.subject.user_may_differ();
    unknown.then(|| "its user is a variable that is not known".to_owned())
}

pub(super) fn changes_owners(scene: &Scene<'_, '_, '_>) -> Option<String> {
    caller(scene, is_of_owners)
}

pub(super) fn changes_the_system(scene: &Scene<'_, '_, '_>) -> Option<String> {
    caller(scene, is_of_system)
}

/// Hooks of a service can have a user and privileges of their own.
pub(super) fn hook_changes(scene: &Scene<'_, '_, '_>) -> Option<String> {
    if scene.subject.is_kubernetes() {
        return None;
    }
    let found = scene.aside.iter().find(|it| {
        is_of_owners(it) || is_of_system(it) || is_of_kernel(it) || it.name == "sysctl"
    })?;
    Some(format!("its hook calls {}", found.name))
}

fn is_of_owners(program: &Program) -> bool {
    matches!(program.name.as_str(), "chown" | "chmod" | "chgrp")
}

fn is_of_system(program: &Program) -> bool {
    let has = |words: &[&str]| program.arguments.iter().any(|it| words.contains(&it.as_str()));
    match program.name.as_str() {
        "setcap" | "apt-get" | "apt" | "useradd" | "usermod" | "groupmod" | "adduser" => true,
        "apk" => has(&["add", "update", "upgrade", "del", "fix"]),
        "yum" | "dnf" | "microdnf" => has(&["install", "update", "upgrade", "remove", "-y"]),
        _ => false,
    }
}

/// The settings that the container writes into the kernel: by sysctl, or into the files below /proc/sys.
fn kernel_settings(scene: &Scene<'_, '_, '_>) -> Vec<String> {
    const FILES: &str = "/proc/sys/";
    let mut found = Vec::new();
    for program in &scene.run {
        let words = &program.arguments;
        let says = |flag: &str| words.iter().any(|it| it == flag);
        let writes = says("-w") || says("--write");
        if program.name == "sysctl" {
            let named = words.iter().filter(|it| !it.starts_with('-'));
            let set = named.filter(|it| writes || it.contains('='));
            found.extend(set.filter_map(|it| it.split('=').next()).map(str::to_owned));
        }
        let redirected = words.iter().enumerate().filter_map(|(at, it)| {
            let into = at.checked_sub(1).is_some_and(|it| words[it].ends_with('>'));
            let bare = it.trim_start_matches('>');
            (into || bare != it || program.name == "tee").then_some(bare)?.strip_prefix(FILES)
        });
        found.extend(redirected.map(str::to_owned));
    }
    let dotted = found.into_iter().map(|it| it.trim().replace('/', "."));
    dotted.filter(|it| it.contains('.')).collect()
}

/// Whether each container can have a value of its own.
fn is_namespaced(name: &str) -> bool {
    const NAMESPACED: &[&str] = &["net.", "kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."];
    NAMESPACED.iter().any(|it| name.starts_with(it))
}

pub(super) fn sets_the_kernel(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let found = kernel_settings(scene);
    let own = found.iter().all(|it| is_namespaced(it)).then(|| found.first()).flatten()?;
    Some(format!("its command sets {own}"))
}

pub(super) fn sets_the_hosts_kernel(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let found = kernel_settings(scene).into_iter().find(|it| !is_namespaced(it))?;
    Some(format!("its command sets {found}"))
}

pub(super) fn mounts_or_filters(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let found = scene.run.iter().find(|it| is_of_kernel(it))?;
    Some(format!("its command calls {}", found.name))
}

/// Programs that need rights over the kernel; `mount` without a word only lists what is mounted.
fn is_of_kernel(program: &Program) -> bool {
    const PROGRAMS: &[&str] =
        &["umount", "modprobe", "insmod", "swapoff", "iptables", "ip6tables", "nft"];
    let name = program.name.as_str();
    PROGRAMS.contains(&name) || name == "mount" && !program.arguments.is_empty()
}

pub(super) fn writes_elsewhere(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let found = scene.subject.strange_paths().first()?;
    Some(format!("{} names {}", found.by, found.path))
}
