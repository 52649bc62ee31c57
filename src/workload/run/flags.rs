//! The flags of `docker run` and `docker create`, of `podman run` and of `nerdctl run`: which take a value, and what
//! they are in a service of Compose.

/// A flag.
#[derive(Debug)]
pub(super) struct Flag {
    /// Its name, without dashes.
    pub(super) name: &'static str,
    /// Its letter, if it has one.
    pub(super) letter: Option<char>,
    /// What stands behind it.
    pub(super) takes: Takes,
    /// What it is in a service.
    pub(super) says: Says,
}

/// What stands behind a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nothing, or `=true` and `=false`.
    Nothing,
    /// A value; the flag stands once.
    One,
    /// A value; the flag may stand again.
    Many,
}

/// What a flag is in a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// A key that is true or false.
    Truth(&'static str),
    /// A key with this one value.
    Text(&'static str),
    /// An item of a list.
    Item(&'static str),
    /// A program without arguments.
    Entrypoint,
    /// Whose network it is in, or a network of its own.
    Network,
    /// Containers whose volumes it has, by their own names.
    VolumesFrom,
    /// A pod whose network and namespaces it shares.
    Pod,
    /// A mount in pairs of names and values.
    Mount,
    /// The test of its health.
    Test,
    /// That nobody asks for its health.
    NoTest,
    /// Nothing that is judged: it stays as it is.
    Nothing,
}

use Says::{Entrypoint, Item, Mount, Network, NoTest, Pod, Test, Text, Truth, VolumesFrom};
use Takes::{Many, One};

const fn flag(name: &'static str, letter: Option<char>, takes: Takes, says: Says) -> Flag {
    Flag { name, letter, takes, says }
}

const fn truth(name: &'static str, key: &'static str) -> Flag {
    flag(name, None, Takes::Nothing, Truth(key))
}

const fn text(name: &'static str, key: &'static str) -> Flag {
    flag(name, None, One, Text(key))
}

const fn item(name: &'static str, key: &'static str) -> Flag {
    flag(name, None, Many, Item(key))
}

const fn plain(name: &'static str) -> Flag {
    flag(name, None, Takes::Nothing, Says::Nothing)
}

const fn one(name: &'static str) -> Flag {
    flag(name, None, One, Says::Nothing)
}

const fn many(name: &'static str) -> Flag {
    flag(name, None, Many, Says::Nothing)
}

/// What Docker, Podman and nerdctl understand.
pub(super) static COMMON: &[Flag] = &[
    item("add-host", "extra_hosts"),
    flag("attach", Some('a'), Many, Says::Nothing),
    one("blkio-weight"),
    many("blkio-weight-device"),
    item("cap-add", "cap_add"),
    item("cap-drop", "cap_drop"),
    text("cgroup-parent", "cgroup_parent"),
    text("cgroupns", "cgroup"),
    one("cidfile"),
    one("cpu-count"),
    one("cpu-percent"),
    one("cpu-period"),
    one("cpu-quota"),
    one("cpu-rt-period"),
    one("cpu-rt-runtime"),
    flag("cpu-shares", Some('c'), One, Says::Nothing),
    one("cpus"),
    one("cpuset-cpus"),
    one("cpuset-mems"),
    flag("detach", Some('d'), Takes::Nothing, Says::Nothing),
    one("detach-keys"),
    item("device", "devices"),
    item("device-cgroup-rule", "device_cgroup_rules"),
    many("device-read-bps"),
    many("device-read-iops"),
    many("device-write-bps"),
    many("device-write-iops"),
    plain("disable-content-trust"),
    item("dns", "dns"),
    item("dns-opt", "dns_opt"),
    item("dns-option", "dns_opt"),
    item("dns-search", "dns_search"),
    text("domainname", "domainname"),
    flag("entrypoint", None, One, Entrypoint),
    flag("env", Some('e'), Many, Item("environment")),
    item("env-file", "env_file"),
    item("expose", "expose"),
    one("gpus"),
    item("group-add", "group_add"),
    flag("health-cmd", None, One, Test),
    one("health-interval"),
    one("health-retries"),
    one("health-start-interval"),
    one("health-start-period"),
    one("health-timeout"),
    plain("help"),
    flag("hostname", Some('h'), One, Text("hostname")),
    truth("init", "init"),
    flag("interactive", Some('i'), Takes::Nothing, Truth("stdin_open")),
    one("io-maxbandwidth"),
    one("io-maxiops"),
    one("ip"),
    one("ip6"),
    text("ipc", "ipc"),
    text("isolation", "isolation"),
    one("kernel-memory"),
    flag("label", Some('l'), Many, Item("labels")),
    many("label-file"),
    many("link"),
    many("link-local-ip"),
    one("log-driver"),
    many("log-opt"),
    one("mac-address"),
    flag("memory", Some('m'), One, Says::Nothing),
    one("memory-reservation"),
    one("memory-swap"),
    one("memory-swappiness"),
    flag("mount", None, Many, Mount),
    text("name", "container_name"),
    flag("net", None, Many, Network),
    many("net-alias"),
    flag("network", None, Many, Network),
    many("network-alias"),
    flag("no-healthcheck", None, Takes::Nothing, NoTest),
    plain("oom-kill-disable"),
    one("oom-score-adj"),
    text("pid", "pid"),
    one("pids-limit"),
    text("platform", "platform"),
    truth("privileged", "privileged"),
    flag("publish", Some('p'), Many, Item("ports")),
    flag("publish-all", Some('P'), Takes::Nothing, Says::Nothing),
    one("pull"),
    flag("quiet", Some('q'), Takes::Nothing, Says::Nothing),
    truth("read-only", "read_only"),
    text("restart", "restart"),
    plain("rm"),
    text("runtime", "runtime"),
    item("security-opt", "security_opt"),
    text("shm-size", "shm_size"),
    plain("sig-proxy"),
    one("stop-signal"),
    one("stop-timeout"),
    many("storage-opt"),
    item("sysctl", "sysctls"),
    item("tmpfs", "tmpfs"),
    flag("tty", Some('t'), Takes::Nothing, Truth("tty")),
    many("ulimit"),
    flag("user", Some('u'), One, Text("user")),
    text("userns", "userns_mode"),
    text("uts", "uts"),
    flag("volume", Some('v'), Many, Item("volumes")),
    one("volume-driver"),
    flag("volumes-from", None, Many, VolumesFrom),
    flag("workdir", Some('w'), One, Text("working_dir")),
    many("annotation"),
    truth("use-api-socket", "use_api_socket"),
];

/// What only Podman understands.
pub(super) static PODMAN: &[Flag] = &[
    one("arch"),
    one("authfile"),
    one("cgroup-conf"),
    one("cgroups"),
    one("chrootdirs"),
    one("conmon-pidfile"),
    one("decryption-key"),
    plain("env-host"),
    many("env-merge"),
    many("gidmap"),
    one("group-entry"),
    one("health-log-destination"),
    one("health-max-log-count"),
    one("health-max-log-size"),
    one("health-on-failure"),
    one("health-startup-cmd"),
    one("health-startup-interval"),
    one("health-startup-retries"),
    one("health-startup-success"),
    one("health-startup-timeout"),
    many("hosts-file"),
    many("hooks-dir"),
    plain("http-proxy"),
    one("image-volume"),
    one("hostuser"),
    one("init-path"),
    plain("no-hostname"),
    plain("no-hosts"),
    one("os"),
    one("passwd-entry"),
    plain("passwd"),
    one("personality"),
    one("pidfile"),
    flag("pod", None, One, Pod),
    one("pod-id-file"),
    many("preserve-fd"),
    one("preserve-fds"),
    one("rdt-class"),
    plain("read-only-tmpfs"),
    plain("replace"),
    many("requires"),
    one("retry"),
    one("retry-delay"),
    plain("rmi"),
    plain("rootfs"),
    one("sdnotify"),
    one("seccomp-policy"),
    many("secret"),
    one("subgidname"),
    one("subuidname"),
    one("systemd"),
    one("timeout"),
    plain("tls-verify"),
    one("tz"),
    many("uidmap"),
    one("umask"),
    many("unsetenv"),
    plain("unsetenv-all"),
    one("variant"),
];

/// What only nerdctl understands.
pub(super) static NERDCTL: &[Flag] = &[
    one("blkio-cgroup-parent"),
    many("cni-path"),
    one("cosign-key"),
    one("ipfs-address"),
    one("pidfile"),
    one("rdt-class"),
    one("rootfs"),
    one("snapshotter"),
    one("umask"),
    one("verify"),
];

/// The name of a network in the value of its flag: `name=NAME,alias=ALIAS`, or the name with options.
pub(super) fn network_name(value: &str) -> &str {
    value.split(',').find_map(|it| it.strip_prefix("name=")).unwrap_or(value)
}

/// Whether a network is none that has a name of its own: the host's, none at all, that of another container, or one
/// that is not known.
pub(super) fn is_mode(network: &str) -> bool {
    let modes =
        ["host", "none", "bridge", "default", "container", "ns", "slirp4netns", "pasta", "private"];
    modes.contains(&network.split(':').next().unwrap_or(network)) || network.contains('$')
}

/// The flag that says an item of a list of a service, or its key.
pub(super) fn saying(key: &str) -> Option<&'static Flag> {
    let says = |it: &&Flag| match it.says {
        Truth(own) | Text(own) | Item(own) => own == key,
        Entrypoint | Network | Mount | Test | NoTest | VolumesFrom | Pod | Says::Nothing => false,
    };
    COMMON.iter().find(says)
}

#[cfg(test)]
mod tests {
    use super::super::program::Program;
    use super::*;

    #[test]
    fn no_name_and_no_letter_means_two_things() {
        for program in [Program::Docker, Program::Podman, Program::Nerdctl] {
            let all: Vec<&Flag> = COMMON.iter().chain(program.own()).collect();
            for (at, one) in all.iter().enumerate() {
                for other in &all[at + 1..] {
                    assert_ne!(one.name, other.name);
                    assert!(one.letter.is_none() || one.letter != other.letter, "{}", one.name);
                }
            }
        }
    }
}
