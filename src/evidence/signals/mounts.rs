//! Signals in what a container is handed: mounts, devices, capabilities, root.

use super::Scene;
use crate::config::Target;
use crate::evidence::RunsAs;
use crate::evidence::facts::Doubt;
use crate::evidence::host::{Reach, socket};
use crate::evidence::target::Platform;
use crate::finding::Confidence;
use crate::images::dockerfile::User;
use crate::workload::{Dialect, Flag, Mount, Origin, State};

pub(super) fn mounts_itself(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let subject = scene.subject;
    if subject
        .container
        .capabilities
        .add
        .iter()
        .any(|it| matches!(it.name.as_str(), "SYS_ADMIN" | "ALL"))
    {
        return Some("SYS_ADMIN is added".to_owned());
    }
    let devices = subject.workload.device_paths();
    let device = devices.iter().find(|it| matches!(it.as_str(), "/dev/fuse" | "/dev/net/tun"));
    if let Some(device) = device {
        return Some(format!("{device} is handed in"));
    }
    let device = subject.mounts().iter().find_map(|it| match &it.origin {
        Origin::Host(path) if matches!(path.as_str(), "/dev/fuse" | "/dev/net/tun") => Some(path),
        _ => None,
    });
    if let Some(device) = device {
        return Some(format!("{device} is handed in"));
    }
    let shared = |it: &&Mount<'_>| {
        it.propagation.as_deref().is_some_and(|it| it.ends_with("shared") || it == "Bidirectional")
    };
    let mount = subject.mounts().iter().find(shared)?;
    Some(format!("{} is shared with the host", mount.target.as_deref().unwrap_or("a mount")))
}

pub(super) fn system_bus(scene: &Scene<'_, '_, '_>) -> Option<String> {
    // What lies elsewhere under such a name holds files.
    let bus = |path: &str| {
        let mut parts = path.strip_prefix("/run").into_iter().flat_map(|it| it.split('/'));
        path == "/run" || parts.any(|it| matches!(it, "dbus" | "systemd" | "bus"))
    };
    scene.subject.mounts().iter().find_map(|it| match (&it.origin, it.target.as_deref()) {
        (Origin::Host(path), _) if bus(path) => Some(format!("{path} is mounted")),
        (Origin::Unknown, Some(path)) if bus(path.strip_prefix("/var").unwrap_or(path)) => {
            Some(format!("{path} is mounted"))
        }
        _ => None,
    })
}

pub(super) fn is_privileged(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let subject = scene.subject;
    let on = matches!(subject.workload.flag(subject.container, Flag::Privileged), State::On(_));
    on.then(|| "it is privileged".to_owned())
}

pub(super) fn control_groups(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let subject = scene.subject;
    let init = |it: &str| {
        matches!(it, "systemd" | "/sbin/init" | "/usr/sbin/init") || it.ends_with("/systemd")
    };
    if let Some(word) = subject.spoken().find(|it| init(it)) {
        return Some(format!("it runs {word}"));
    }
    let image = &scene.image;
    if let Some(name) = ["k3s", "kindest", "cadvisor", "systemd"]
        .iter()
        .find(|it| super::names::has_part(image, it))
    {
        return Some(format!("the image is {name}"));
    }
    let mounted = subject.mounts().iter().any(|it| {
        matches!(&it.origin, Origin::Host(path) if path.starts_with("/sys/fs/cgroup") || path == "/sys")
    });
    mounted.then(|| "/sys/fs/cgroup is mounted".to_owned())
}

/// Whether it is root by the owner's word: in the file, or by the Dockerfile's own `USER`.
fn says_root(scene: &Scene<'_, '_, '_>) -> bool {
    let built = scene.subject.built.and_then(|it| it.user.as_ref());
    let undecided = scene.runs_as == RunsAs::Undecided;
    scene.runs_as == RunsAs::Root || undecided && built.is_some_and(User::is_root)
}

pub(super) fn root_by_owner(scene: &Scene<'_, '_, '_>) -> Option<String> {
    says_root(scene).then(|| match scene.runs_as == RunsAs::Root {
        true => "root is written here on purpose".to_owned(),
        false => "its Dockerfile says root on purpose".to_owned(),
    })
}

pub(super) fn root_for_the_socket(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let subject = scene.subject;
    let (grouped, api) = match &subject.workload.dialect {
        Dialect::Compose(service) => {
            (service.entry("group_add").is_some(), service.boolean("use_api_socket"))
        }
        Dialect::Kubernetes(pod) => (pod.pod_level("supplementalGroups").is_some(), State::Unset),
    };
    // With its group another user may open it, which is for the owner to try.
    if grouped {
        return None;
    }
    if matches!(api, State::On(_)) {
        return Some("the socket of the engine is handed in, which belongs to root".to_owned());
    }
    let is_socket = |path: &str| socket(path) == Some(Reach::Socket);
    subject.mounts().iter().find_map(|it| match (&it.origin, it.target.as_deref()) {
        (Origin::Host(path), _) if is_socket(path) => Some(format!(
            "{path} is mounted, which belongs to {}",
            if path.starts_with("/run/user/") { "the user of the host" } else { "root" }
        )),
        (Origin::Unknown, Some(path)) if is_socket(path.strip_prefix("/var").unwrap_or(path)) => {
            Some(format!("{path} is mounted, which belongs to root"))
        }
        _ => None,
    })
}

pub(super) fn host_data(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let subject = scene.subject;
    if let Some(device) = subject.workload.device_paths().first() {
        return Some(format!("{device} is handed in"));
    }
    let own = |it: &Mount<'_>| it.target.as_deref().is_some_and(|it| scene.facts.is_its_own(it));
    subject.mounts().iter().find_map(|it| match &it.origin {
        Origin::Host(path) if !own(it) => Some(format!("{path} of the host is mounted")),
        _ => None,
    })
}

/// Podman maps the ids of the user who starts it: another user in the file is another one on the host.
pub(super) fn keeps_its_id(scene: &Scene<'_, '_, '_>, platform: &Platform) -> Option<Doubt> {
    let Dialect::Compose(service) = &scene.subject.workload.dialect else { return None };
    let mode = service.text("userns_mode")?.text;
    (platform.target == Target::Podman && mode.value.starts_with("keep-id")).then(|| Doubt {
        rules: &["root-user"],
        at_most: Confidence::Risky,
        seen: "Podman keeps the id of the user who starts it".into(),
        so: Some("files that belong to that user".into()),
    })
}

/// Whether the command calls one of the programs.
pub(super) fn calls(scene: &Scene<'_, '_, '_>, names: &[&str]) -> Option<String> {
    let found = scene.run.iter().find(|it| names.contains(&it.name.as_str()))?;
    Some(found.name.clone())
}
