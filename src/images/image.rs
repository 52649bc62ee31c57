//! Knows what one entry of the knowledge says, and answers questions about it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::evidence::{Evidence, Fact};
use super::exactness;

/// A family of images that behave alike.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// The unique name of the entry.
    pub id: String,
    /// The repositories it stands for, as globs.
    pub repositories: Vec<String>,
    /// The tags it stands for, as globs; empty for every tag.
    #[serde(default)]
    pub tags: Vec<String>,
    /// How the image starts.
    pub family: Family,
    /// `USER` of the image as written, if it is known and the same everywhere.
    pub image_user: Option<String>,
    /// Whether the user differs between the tags or releases that this entry stands for.
    #[serde(default)]
    pub user_varies: bool,
    /// The user id that the service ends up with.
    pub uid: Option<u32>,
    /// The group id that the service ends up with.
    pub gid: Option<u32>,
    /// The name of that account.
    pub user_name: Option<String>,
    /// What the entrypoint drops privileges with.
    pub drops_with: Option<String>,
    /// Whether a file may start it as `uid:gid`.
    pub direct: Direct,
    /// Words that a command may begin with for it to still be the server, as globs.
    #[serde(default)]
    pub server: Vec<String>,
    /// The least capabilities for a start as root.
    #[serde(default)]
    pub caps_root: Vec<String>,
    /// Capabilities that only named features need.
    #[serde(default)]
    pub caps_root_optional: Vec<String>,
    /// Capabilities that an unprivileged start needs as well.
    #[serde(default)]
    pub caps_direct: Vec<String>,
    /// File capabilities of the main binary: exec fails where the bounding set lacks one.
    #[serde(default)]
    pub file_caps: Vec<String>,
    /// Whether it works with no-new-privileges.
    pub nnp: Verdict,
    /// Whether it works with a read-only root filesystem.
    pub read_only: Verdict,
    /// What must stay writable beside the volumes.
    #[serde(default)]
    pub writable: Vec<Writable>,
    /// The `VOLUME` lines of the image.
    #[serde(default)]
    pub volumes: Vec<String>,
    /// Paths whose owner decides whether a change of user is safe.
    #[serde(default)]
    pub data: Vec<String>,
    /// The ports it listens on.
    #[serde(default)]
    pub ports: Vec<u16>,
    /// What it uses the runtime socket for, if it has a use for it.
    pub docker_socket: Option<SocketUse>,
    /// What it takes from the host by purpose.
    #[serde(default)]
    pub host: Vec<String>,
    /// Environment variables that a hardened container needs.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// What breaks without an error.
    pub silent: Option<String>,
    /// What else is worth knowing.
    pub notes: Option<String>,
    /// How each fact is known.
    #[serde(default)]
    pub evidence: BTreeMap<Fact, Evidence>,
    /// How far the entry can be trusted.
    pub confidence: Level,
    /// Where the facts were read.
    #[serde(default)]
    pub sources: Vec<String>,
    /// How often public catalogues use it.
    #[serde(default)]
    pub seen: u32,
}

/// How an image starts.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Unprivileged from the start.
    Nonroot,
    /// As root to repair ownership, then as its own user.
    Drop,
    /// A root master with unprivileged workers.
    Master,
    /// As root because no `USER` was set.
    Rootplain,
    /// An s6 init that must start as root.
    S6,
    /// The linuxserver init that must start as root.
    Lsio,
    /// With the host's resources by purpose.
    Host,
    /// A base that the workload completes.
    Base,
    /// A base with a root master.
    BaseMaster,
    /// A command line tool.
    Tool,
    /// In a way that is not known well enough.
    Review,
}

/// Whether a file may start an image as the account that its service ends up with.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Direct {
    /// The image starts so already.
    Already,
    /// It works.
    Ok,
    /// The project's documentation says that it works.
    Documented,
    /// It works under conditions named in the notes.
    Caveat,
    /// It fails.
    No,
    /// Nothing is known.
    Unknown,
}

/// Whether an image works with a setting.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It works.
    Ok,
    /// The project's documentation says that it works.
    Documented,
    /// It works under conditions named in the notes.
    Caveat,
    /// It fails.
    No,
    /// Nothing is known.
    Unknown,
}

/// A path that must stay writable under a read-only root filesystem.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Writable {
    /// The absolute path.
    pub path: String,
    /// The owner it needs, in direct mode or beside DAC_OVERRIDE.
    pub uid: Option<u32>,
    /// The group it needs, under the same condition.
    pub gid: Option<u32>,
    /// The octal mode as written in a mount option.
    pub mode: Option<String>,
    /// Whether files are run or mapped as code from there.
    #[serde(default)]
    pub exec: bool,
    /// Whether the service runs without it.
    #[serde(default)]
    pub optional: bool,
    /// The only case in which it is needed.
    pub when: Option<String>,
    /// What is written there.
    pub why: Option<String>,
}

/// Whether an image needs the runtime socket.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum SocketUse {
    /// It is of no use without.
    Required,
    /// Some of its features need it.
    Optional,
}

/// How far an entry can be trusted.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Hardly checked.
    Low,
    /// Partly checked.
    Medium,
    /// Checked at the source or by experiment.
    High,
}

impl Image {
    /// How a fact is known, if the entry says so.
    pub fn known_by(&self, fact: Fact) -> Option<&Evidence> {
        self.evidence.get(&fact)
    }

    /// Whether a fact is more than unverified knowledge.
    pub fn is_verified(&self, fact: Fact) -> bool {
        self.known_by(fact).is_some_and(Evidence::is_verified)
    }

    /// Whether the container starts as root when the file says nothing; true also when that is not known.
    pub fn starts_as_root(&self) -> bool {
        self.family != Family::Nonroot && self.image_user.as_deref().is_none_or(is_root)
    }

    /// The numeric `uid:gid` that the service ends up with.
    pub fn account(&self) -> Option<(u32, u32)> {
        Some((self.uid?, self.gid?))
    }

    /// Whether a command with this first word is still the server that the entrypoint prepares.
    ///
    /// `None` is a file without a command, and an empty word is the same. An overridden `entrypoint:` is not asked here.
    pub fn runs_server(&self, command_first_word: Option<&str>) -> bool {
        let Some(word) = command_first_word.map(str::trim).filter(|it| !it.is_empty()) else {
            return true;
        };
        let name = word.rsplit('/').next().unwrap_or(word);
        if self.server.is_empty() {
            return !matches!(self.family, Family::Base | Family::BaseMaster) && !is_shell(name);
        }
        word.starts_with('-') || self.server.iter().any(|it| exactness::fits(it, name))
    }

    /// Whether root may create files in a directory of another owner, so that writable paths may carry uid and gid.
    pub fn overrides_owners(&self) -> bool {
        self.caps_root.iter().any(|it| it == "DAC_OVERRIDE")
    }

    /// The paths that must be writable in every case.
    pub fn required_writable(&self) -> impl Iterator<Item = &Writable> {
        self.writable.iter().filter(|it| !it.optional && it.when.is_none())
    }

    /// One line that says how the image starts: `postgres: starts as root, drops to postgres (999:999)`.
    pub fn description(&self) -> String {
        format!("{}: {}", self.id, self.start())
    }

    /// How the image starts, as a clause without a subject.
    pub fn start(&self) -> String {
        let account = self.account_text();
        match (self.family, account) {
            (Family::Nonroot, Some(account)) => format!("starts as {account}"),
            (Family::Nonroot, None) => format!("starts as {}", self.user_text()),
            (Family::Drop, Some(account)) => format!("starts as root, drops to {account}"),
            (Family::Drop, None) => "starts as root, drops to a user set at start".to_owned(),
            (Family::Master | Family::BaseMaster, Some(account)) => {
                format!("root master, workers run as {account}")
            }
            (Family::Master | Family::BaseMaster, None) => {
                "root master with unprivileged workers".to_owned()
            }
            (Family::Rootplain, Some(account)) => {
                format!("runs as root, has the account {account}")
            }
            (Family::Rootplain, None) => "runs as root".to_owned(),
            (Family::S6 | Family::Lsio, Some(account)) => {
                format!("root init, the service runs as {account}")
            }
            (Family::S6 | Family::Lsio, None) => "root init with unprivileged services".to_owned(),
            (Family::Host, _) => "uses the host by purpose".to_owned(),
            (Family::Base, _) => "a base image, the workload decides".to_owned(),
            (Family::Tool, _) => "a command line tool".to_owned(),
            (Family::Review, _) => "not known well enough".to_owned(),
        }
    }

    fn account_text(&self) -> Option<String> {
        let uid = self.uid?;
        let ids = self.gid.map_or_else(|| uid.to_string(), |gid| format!("{uid}:{gid}"));
        Some(match &self.user_name {
            Some(name) => format!("{name} ({ids})"),
            None => ids,
        })
    }

    fn user_text(&self) -> &str {
        self.image_user.as_deref().unwrap_or("a user that varies")
    }
}

impl Direct {
    /// Whether a file may start the image so without a condition.
    pub fn is_fine(self) -> bool {
        match self {
            Self::Already | Self::Ok | Self::Documented => true,
            Self::Caveat | Self::No | Self::Unknown => false,
        }
    }
}

impl Verdict {
    /// Whether the setting works without a condition.
    pub fn is_fine(self) -> bool {
        match self {
            Self::Ok | Self::Documented => true,
            Self::Caveat | Self::No | Self::Unknown => false,
        }
    }
}

fn is_root(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or(user);
    name == "root" || name.bytes().all(|it| it == b'0')
}

fn is_shell(name: &str) -> bool {
    matches!(
        name,
        "sh" | "bash" | "ash" | "dash" | "zsh" | "busybox" | "env" | "tini" | "dumb-init"
    )
}

#[cfg(test)]
mod tests {
    use super::super::{Found, find};
    use super::*;

    #[track_caller]
    fn check(image: &str, word: Option<&str>, expected: bool) {
        let Found::Image(image, _) = find(image) else { panic!("{image} is not known") };
        assert_eq!(image.runs_server(word), expected, "{} {word:?}", image.id);
    }

    #[test]
    fn command_decides_whether_the_server_runs() {
        check("postgres:16", None, true);
        check("postgres:16", Some(""), true);
        check("postgres:16", Some("postgres"), true);
        check("postgres:16", Some("-c"), true);
        check("postgres:16", Some("/usr/local/bin/docker-entrypoint.sh"), true);
        check("postgres:16", Some("sh"), false);
        check("postgres:16", Some("pg_dump"), false);
        check("redis:7", Some("redis-server"), true);
        check("redis:7", Some("/usr/local/etc/redis/redis.conf"), true);
        check("redis:7", Some("/bin/sh"), false);
        check("mongo:7", Some("mongod"), true);
        check("mariadb:11", Some("mysqld"), true);
        check("nginx", Some("nginx"), true);
        check("nginx", Some("/bin/sh"), false);
        check("prom/prometheus", Some("--config.file=/etc/prometheus/prometheus.yml"), true);
        check("node:22", Some("npm"), false);
    }

    #[test]
    fn root_is_known_in_every_spelling() {
        for user in ["root", "0", "00", "0:0", "root:root", ":1000", ""] {
            assert!(is_root(user), "{user}");
        }
        for user in ["1000", "nobody", "10:0"] {
            assert!(!is_root(user), "{user}");
        }
    }
}
