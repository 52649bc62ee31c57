//! Which paths of the host give it away (SPEC 5.1).

use crate::finding::Severity;
use crate::workload::compose;
use crate::workload::text::UNKNOWN;

/// Prefixes of names of runtime sockets.
const SOCKET_NAMES: &[&str] = &[
    "docker",
    "containerd",
    "crio",
    "podman",
    "buildkitd",
    "cri-dockerd",
    "dockershim",
    "balena",
    "k3s",
    "incus",
    "lxd",
];

/// Sockets whose name does not say what they are.
const SOCKETS: &[&str] = &[
    "/var/lib/lxd/unix.socket",
    "/var/lib/incus/unix.socket",
    "/run/systemd/private",
    "/run/dbus/system_bus_socket",
    "/var/lib/kubelet/device-plugins/kubelet.sock",
    "/var/lib/kubelet/pod-resources/kubelet.sock",
];

/// Folders that hold a runtime socket.
const FOLDERS: &[&str] = &[
    "/",
    "/run",
    "/var",
    "/run/docker",
    "/run/containerd",
    "/run/crio",
    "/run/podman",
    "/run/buildkit",
    "/run/k3s",
    "/run/user",
    "~",
    "~/.docker",
    "~/.docker/run",
    "/var/lib/kubelet",
];

/// How a host path reaches a container runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It is a socket.
    Socket,
    /// It holds one.
    Folder,
}

/// Whether a cleaned host path is, or holds, the socket of a container runtime.
pub fn socket(path: &str) -> Option<Reach> {
    let path = path.strip_suffix('/').filter(|it| !it.is_empty()).unwrap_or(path);
    let name = path.rsplit('/').next().unwrap_or(path);
    if SOCKETS.contains(&path) || is_socket_name(name) {
        return Some(Reach::Socket);
    }
    let user = path.strip_prefix("/run/user/").is_some_and(|it| !it.contains('/'));
    let holds = |it: &str| FOLDERS.contains(&it);
    let home = || in_a_home(path).is_some_and(|it| holds(&it));
    (user || holds(path) || home()).then_some(Reach::Folder)
}

/// A path below the home of a user, as it would be written from there.
fn in_a_home(path: &str) -> Option<String> {
    if let Some(below) = path.strip_prefix("/root/") {
        return Some(format!("~/{below}"));
    }
    let users = path.strip_prefix("/home/").or_else(|| path.strip_prefix("/Users/"))?;
    users.split_once('/').map(|(_, below)| format!("~/{below}"))
}

/// Whether it is, or holds, a socket, or a part of the host that nobody should have.
pub fn gives_away(path: &str) -> bool {
    let bad = |it| matches!(it, HostPath::Bad(severity) if severity >= Severity::High);
    socket(path).is_some() || bad(judge(path, false, false))
}

fn is_socket_name(name: &str) -> bool {
    if name == "docker_engine" || name.starts_with("dockerDesktop") {
        return true;
    }
    let stem = name.strip_suffix(".socket").or_else(|| name.strip_suffix(".sock"));
    stem.is_some_and(|stem| {
        let word = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '.' | '-');
        SOCKET_NAMES
            .iter()
            .any(|it| stem.strip_prefix(it).is_some_and(|rest| rest.chars().all(word)))
    })
}

/// Paths that are the host, whole or in its vital parts.
const CRITICAL: &[&str] = &[
    "/",
    "/proc",
    "/sys",
    "/dev",
    "/boot",
    "/etc",
    "/root",
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/var",
    "/var/lib",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/kubelet",
    "/var/lib/etcd",
    "/var/lib/rancher",
    "/etc/kubernetes",
    "/sys/fs/cgroup",
    "/sys/kernel/debug",
];

/// Paths that hold credentials or what the host runs.
const HIGH: &[&str] = &[
    "/home",
    "~",
    "~/.ssh",
    "~/.aws",
    "~/.kube",
    "~/.docker",
    "/var/spool/cron",
    "/etc/docker",
    "/etc/systemd",
    "/etc/ssh",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/crontab",
];

/// Files and folders that containers read to agree with the host.
const BENIGN: &[&str] = &[
    "/etc/localtime",
    "/etc/timezone",
    "/etc/machine-id",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/ssl",
    "/etc/pki",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
    "/lib/modules",
];

/// What a mount of a host path amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostPath {
    /// Nothing to say of it.
    Fine,
    /// Only read, and it is mounted writable: it can be protected unnoticed.
    Protect,
    /// It should not be there.
    Bad(Severity),
}

/// What a mount of a cleaned host path amounts to.
pub fn judge(path: &str, read_only: bool, kubernetes: bool) -> HostPath {
    let benign = BENIGN
        .iter()
        .any(|it| path == *it || path.strip_prefix(it).is_some_and(|rest| rest.starts_with('/')));
    if benign {
        return if read_only { HostPath::Fine } else { HostPath::Protect };
    }
    if CRITICAL.contains(&path) || is_drive(path) {
        return HostPath::Bad(Severity::Critical);
    }
    let high = HIGH.contains(&path)
        || in_a_home(path).is_some_and(|it| HIGH.contains(&it.as_str()))
        || path.starts_with("/etc/cron")
        || path.starts_with("/home/") && path.matches('/').count() == 2;
    if high || (path == "/var/log" && (!read_only || kubernetes)) {
        return HostPath::Bad(Severity::High);
    }
    let absolute = path.starts_with('/') && !path.starts_with("//./pipe/");
    match absolute && (!read_only || kubernetes) {
        true => HostPath::Bad(Severity::Medium),
        false => HostPath::Fine,
    }
}

/// Whether a host path of which pieces are not known can be one that gives the host away.
pub fn may_reach(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let head = path.split(UNKNOWN).next().unwrap_or("");
    let above = head.rsplit_once('/').map_or("", |it| it.0);
    let named = || [SOCKETS, FOLDERS, CRITICAL, HIGH].into_iter().flatten();
    let usual = ["/var/run", "/var/run/docker.sock", "/run/docker.sock"];
    let climbs =
        path.split('/').any(|it| it == ".." || it.starts_with("..") && it.contains(UNKNOWN));
    climbs
        || is_socket_name(name)
        || named().copied().chain(usual).any(|it| compose::may_be(path, it))
        || named().any(|it| *it == above)
}

/// Whether it is a whole drive of Windows.
fn is_drive(path: &str) -> bool {
    let letter = path.strip_suffix('/').and_then(|it| it.strip_suffix(':'));
    letter.is_some_and(|it| it.len() == 1 && it.bytes().all(|it| it.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_known_by_name_and_by_folder() {
        let all = [
            "/run/docker.sock",
            "//./pipe/docker_engine",
            "/run/user/1000/podman/podman.sock",
            "/run/containerd/containerd.sock",
            "/custom/docker-host.sock",
            "~/.docker/run/docker.sock",
        ];
        assert!(all.iter().all(|it| socket(it) == Some(Reach::Socket)));
        assert!(
            ["/", "/run", "/run/user/1000", "/home/me/.docker"]
                .iter()
                .all(|it| socket(it) == Some(Reach::Folder))
        );
        assert!(
            ["/run/mysqld/mysqld.sock", "./docker", "/srv", "/data/dockerfile"]
                .iter()
                .all(|it| socket(it).is_none())
        );
    }

    #[test]
    fn what_begins_or_ends_otherwise_reaches_nothing() {
        let all =
            ["\0", "/\0", "/etc/\0", "/var/\0", "\0/docker.sock", "~/\0", "\0/lib", "/run/\0.sock"];
        assert!(all.iter().all(|it| may_reach(it)));
        assert!(
            !["./\0", "data-\0", "\0/nextcloud", "/srv/\0", "\0.conf"]
                .iter()
                .any(|it| may_reach(it))
        );
    }

    #[test]
    fn host_paths_are_judged_by_the_table() {
        assert_eq!(judge("/etc", true, false), HostPath::Bad(Severity::Critical));
        assert_eq!(judge("/etc/localtime", true, false), HostPath::Fine);
        assert_eq!(judge("/etc/localtime", false, false), HostPath::Protect);
        assert_eq!(judge("/home/me", true, false), HostPath::Bad(Severity::High));
        assert_eq!(judge("/root/.ssh", true, false), HostPath::Bad(Severity::High));
        assert_eq!(judge("/etc/shadow", true, false), HostPath::Bad(Severity::High));
        assert_eq!(judge("c:/", true, false), HostPath::Bad(Severity::Critical));
        assert_eq!(judge("c:/data", false, false), HostPath::Fine);
        assert_eq!(judge("/srv/data", false, false), HostPath::Bad(Severity::Medium));
        assert_eq!(judge("/srv/data", true, false), HostPath::Fine);
        assert_eq!(judge("./data", false, false), HostPath::Fine);
    }
}
