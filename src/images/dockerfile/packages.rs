//! Knows which packages bring programs that gain privileges through their file.

use super::programs::{name, operands};

/// Packages with setuid programs or with servers that start such.
const RAISING: [&str; 38] = [
    "at",
    "bubblewrap",
    "busybox-suid",
    "cron",
    "cronie",
    "cronutils",
    "dcron",
    "dcron-openrc",
    "doas",
    "doas-sudo-shim",
    "exim4",
    "exim4-daemon-light",
    "fcron",
    "fuse",
    "fuse-overlayfs",
    "fuse3",
    "inetutils-ping",
    "iputils",
    "iputils-arping",
    "iputils-ping",
    "iputils-tracepath",
    "msmtp-mta",
    "nullmailer",
    "opendoas",
    "openssh",
    "openssh-server",
    "pkexec",
    "policykit-1",
    "polkit",
    "postfix",
    "sendmail",
    "shadow",
    "shadow-uidmap",
    "slirp4netns",
    "ssh",
    "sshfs",
    "sudo",
    "uidmap",
];

/// The raising packages that a program installs.
pub(super) fn installed(program: &[String]) -> Vec<&'static str> {
    let verbs: &[&str] = match name(&program[0]) {
        "apt" | "apt-get" | "aptitude" | "yum" | "dnf" | "microdnf" | "tdnf" | "zypper" => {
            &["install", "in", "reinstall", "localinstall"]
        }
        "apk" => &["add"],
        "pacman" => &["-S", "-Sy", "-Syu", "-Syyu"],
        "install_packages" | "clean-install" => &[],
        _ => return Vec::new(),
    };
    if !verbs.is_empty() && !program.iter().any(|it| verbs.contains(&it.as_str())) {
        return Vec::new();
    }
    let valued = ["-t", "--virtual", "-X", "--repository", "-o", "-c"];
    operands(program, &valued).filter_map(raising).collect()
}

fn raising(word: &str) -> Option<&'static str> {
    let end = word.find(['=', '@', ':', '~', '<', '>', '/']).unwrap_or(word.len());
    RAISING.iter().copied().find(|it| *it == &word[..end])
}
