//! Knows why an image needs a capability, in words short enough for a comment.

use super::image::Image;
use super::parts::Family;

/// Why an image needs a capability: a short phrase for the comment beside it.
pub fn why(cap: &str, image: &Image) -> &'static str {
    if image.file_caps.iter().any(|it| it == cap) {
        return "file capability of its binary";
    }
    match (cap, image.family) {
        ("CHOWN", Family::Master | Family::BaseMaster) => "gives its directories to the workers",
        ("CHOWN", Family::Drop | Family::S6 | Family::Lsio) => {
            "entrypoint changes owner of the data"
        }
        ("SETUID", Family::Master | Family::BaseMaster) => "workers run as their own user",
        ("SETGID", Family::Master | Family::BaseMaster) => "workers run as their own group",
        ("SETUID", Family::S6 | Family::Lsio) => "services run as their own user",
        ("SETGID", Family::S6 | Family::Lsio) => "services run as their own group",
        ("SETUID", _) => "drops to its own user",
        ("SETGID", _) => "drops to its own group",
        ("KILL", Family::Master | Family::BaseMaster) => "stops workers of another user",
        (_, _) => by_capability(cap),
    }
}

fn by_capability(cap: &str) -> &'static str {
    match cap {
        "AUDIT_WRITE" => "writes to the audit log",
        "BPF" => "loads BPF programs",
        "CHOWN" => "changes owner of files",
        "DAC_OVERRIDE" => "root enters directories of another owner",
        "DAC_READ_SEARCH" => "reads files of every owner",
        "FOWNER" => "changes mode of files of another owner",
        "FSETID" => "keeps set-id bits on files it changes",
        "IPC_LOCK" => "locks secrets in memory",
        "KILL" => "stops children of another user",
        "MKNOD" => "makes device files",
        "NET_ADMIN" => "changes network interfaces and routes",
        "NET_BIND_SERVICE" => "listens on a port below 1024",
        "NET_RAW" => "sends raw packets such as ping",
        "PERFMON" => "reads performance counters",
        "SETFCAP" => "sets capabilities on its binary at start",
        "SETPCAP" => "changes its own capability sets",
        "SYS_ADMIN" => "mounts or enters namespaces",
        "SYS_CHROOT" => "locks itself into a directory",
        "SYS_MODULE" => "loads kernel modules",
        "SYS_NICE" => "raises scheduling priority",
        "SYS_PTRACE" => "reads other processes",
        "SYS_RAWIO" => "talks to disks directly",
        "SYS_RESOURCE" => "raises resource limits",
        "SYS_TIME" => "sets the clock",
        _ => "named by the image's knowledge",
    }
}
