//! Rules that belong together when one looks for what broke a service.

/// Fixes that are tried together: one without the other says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Who it runs as, and the capabilities that go with that.
    User,
    /// The read-only root, with what stays writable.
    Filesystem,
    /// New privileges.
    Escalation,
    /// The namespaces of the host.
    Namespaces,
    /// The runtime's socket, devices and folders of the host.
    Host,
    /// Everything else.
    Other,
}

/// All of them, in the order in which they are tried: what others build on comes before them.
pub const GROUPS: [Group; 6] = [
    Group::Other,
    Group::Escalation,
    Group::Namespaces,
    Group::Host,
    Group::User,
    Group::Filesystem,
];

impl Group {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Group::User => "the user and the capabilities",
            Group::Filesystem => "the read-only root",
            Group::Escalation => "new privileges",
            Group::Namespaces => "the host's namespaces",
            Group::Host => "the runtime's socket and the host's files",
            Group::Other => "the other fixes",
        }
    }
}

/// The group of a rule.
pub fn group_of(rule: &str) -> Group {
    match rule {
        "root-user"
        | "kept-capabilities"
        | "useless-capabilities"
        | "dangerous-capabilities"
        | "added-capabilities"
        | "root-group"
        | "privileged" => Group::User,
        "writable-rootfs" => Group::Filesystem,
        "privilege-escalation" => Group::Escalation,
        "host-network" | "host-pid" | "host-ipc" | "host-uts" | "host-cgroup" | "host-userns" => {
            Group::Namespaces
        }
        "runtime-socket" | "host-mount" | "host-device" => Group::Host,
        _ => Group::Other,
    }
}
