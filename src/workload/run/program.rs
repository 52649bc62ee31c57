//! Who reads a command line: Docker, Podman or nerdctl, and what may stand before its command.

use super::flags::{COMMON, Flag, NERDCTL, PODMAN};

/// Who reads a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    Docker,
    Podman,
    Nerdctl,
}

impl Program {
    /// That of a word, with or without the folder that it lies in.
    pub(super) fn of(word: &str) -> Option<Program> {
        match word.rsplit('/').next()? {
            "docker" => Some(Program::Docker),
            "podman" => Some(Program::Podman),
            "nerdctl" => Some(Program::Nerdctl),
            _ => None,
        }
    }

    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Program::Docker => "docker",
            Program::Podman => "podman",
            Program::Nerdctl => "nerdctl",
        }
    }

    pub(super) fn own(self) -> &'static [Flag] {
        match self {
            Program::Docker => &[],
            Program::Podman => PODMAN,
            Program::Nerdctl => NERDCTL,
        }
    }

    /// Its flag of that name.
    pub(super) fn flag(self, name: &str) -> Option<&'static Flag> {
        COMMON.iter().chain(self.own()).find(|it| it.name == name)
    }

    /// Its flag of that letter.
    pub(super) fn letter(self, letter: char) -> Option<&'static Flag> {
        COMMON.iter().chain(self.own()).find(|it| it.letter == Some(letter))
    }

    /// Its flags before the command that take a value.
    pub(super) fn takes_value_before(self, word: &str) -> bool {
        let all: &[&str] = match self {
            Program::Docker => &[
                "--config",
                "--context",
                "-c",
                "--host",
                "-H",
                "--log-level",
                "-l",
                "--tlscacert",
                "--tlscert",
                "--tlskey",
            ],
            Program::Podman => &[
                "--cdi-spec-dir",
                "--cgroup-manager",
                "--conmon",
                "--connection",
                "-c",
                "--events-backend",
                "--hooks-dir",
                "--identity",
                "--imagestore",
                "--log-level",
                "--module",
                "--network-cmd-path",
                "--network-config-dir",
                "--root",
                "--runroot",
                "--runtime",
                "--runtime-flag",
                "--ssh",
                "--storage-driver",
                "--storage-opt",
                "--tmpdir",
                "--url",
                "--volumepath",
            ],
            Program::Nerdctl => &[
                "--address",
                "-a",
                "--host",
                "-H",
                "--cgroup-manager",
                "--cni-netconfpath",
                "--cni-path",
                "--data-root",
                "--hosts-dir",
                "--namespace",
                "-n",
                "--snapshotter",
                "--storage-driver",
            ],
        };
        all.contains(&word)
    }

    /// Its flags before the command that take none.
    pub(super) fn knows_before(self, word: &str) -> bool {
        let all: &[&str] = match self {
            Program::Docker => &["--debug", "-D", "--tls", "--tlsverify"],
            Program::Podman => &["--noout", "--remote", "-r", "--syslog", "--transient-store"],
            Program::Nerdctl => {
                &["--debug", "--debug-full", "--experimental", "--insecure-registry"]
            }
        };
        all.contains(&word)
    }
}
