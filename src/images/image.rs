//! Knows what one entry of the knowledge says, and answers questions about it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::evidence::{Evidence, Fact};
use super::exactness;
use super::parts::{
    Api, Data, Direct, Family, Feature, Level, SocketUse, Variable, Verdict, Why, Writable,
};
use super::version::{Range, Version};

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
    /// The first version for which the facts were read; nothing for the first of all.
    pub since: Option<Version>,
    /// The last one; nothing for the newest.
    pub until: Option<Version>,
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
    /// Names of the image's own start scripts, as globs: an entrypoint that is one of them is the image's own.
    #[serde(default)]
    pub entrypoint: Vec<String>,
    /// Names of the image's main program that a command may begin with for it to still be the server, as globs.
    #[serde(default)]
    pub server: Vec<String>,
    /// The least capabilities for a start as root.
    #[serde(default)]
    pub caps_root: Vec<String>,
    /// Capabilities that an unprivileged start needs as well.
    #[serde(default)]
    pub caps_direct: Vec<String>,
    /// File capabilities of the main binary: exec fails where the bounding set lacks one.
    #[serde(default)]
    pub file_caps: Vec<String>,
    /// Whether it works with no-new-privileges.
    pub nnp: Verdict,
    /// Whether it works under the default system call filter.
    #[serde(default = "fine")]
    pub seccomp: Verdict,
    /// Whether it works with a read-only root filesystem.
    pub read_only: Verdict,
    /// What breaks, or may, for each setting that is not fine.
    #[serde(default)]
    pub why: Why,
    /// What must stay writable beside the volumes.
    #[serde(default)]
    pub writable: Vec<Writable>,
    /// The `VOLUME` lines of the image.
    #[serde(default)]
    pub volumes: Vec<String>,
    /// Where its data lie, and whose those folders are in the image.
    #[serde(default)]
    pub data: Vec<Data>,
    /// Folders with files of the image that a mount over them would hide.
    #[serde(default)]
    pub ships: Vec<String>,
    /// The ports it listens on.
    #[serde(default)]
    pub ports: Vec<u16>,
    /// What it uses the runtime socket for, if it has a use for it.
    pub docker_socket: Option<SocketUse>,
    /// What it asks of the engine behind that socket, where that was read.
    pub docker_api: Option<Api>,
    /// What it takes from the host by purpose.
    #[serde(default)]
    pub host: Vec<String>,
    /// Environment variables that fixes write.
    #[serde(default)]
    pub env: Vec<Variable>,
    /// What only some uses of it need.
    #[serde(default)]
    pub features: Vec<Feature>,
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
    /// The month in which they were read: `2026-11`.
    pub checked: Option<String>,
    /// How often public catalogues use it.
    #[serde(default)]
    pub seen: u32,
}

impl Image {
    /// An entry that says nothing.
    pub(super) fn of_nothing() -> Image {
        Image {
            id: String::new(),
            repositories: Vec::new(),
            tags: Vec::new(),
            since: None,
            until: None,
            family: Family::Review,
            image_user: None,
            user_varies: false,
            uid: None,
            gid: None,
            user_name: None,
            drops_with: None,
            direct: Direct::Unknown,
            entrypoint: Vec::new(),
            server: Vec::new(),
            caps_root: Vec::new(),
            caps_direct: Vec::new(),
            file_caps: Vec::new(),
            nnp: Verdict::Unknown,
            seccomp: Verdict::Ok,
            read_only: Verdict::Unknown,
            why: Why::default(),
            writable: Vec::new(),
            volumes: Vec::new(),
            data: Vec::new(),
            ports: Vec::new(),
            docker_socket: None,
            docker_api: None,
            host: Vec::new(),
            ships: Vec::new(),
            env: Vec::new(),
            features: Vec::new(),
            silent: None,
            notes: None,
            evidence: BTreeMap::new(),
            confidence: Level::High,
            sources: Vec::new(),
            checked: None,
            seen: 0,
        }
    }

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
        if self.is_own_program(word) {
            return true;
        }
        let name = word.rsplit('/').next().unwrap_or(word);
        if self.server.is_empty() {
            return !matches!(self.family, Family::Base | Family::BaseMaster) && !is_shell(name);
        }
        word.starts_with('-')
    }

    /// Whether root may create files in a directory of another owner, so that writable paths may carry uid and gid.
    pub fn overrides_owners(&self) -> bool {
        self.caps_root.iter().any(|it| it == "DAC_OVERRIDE")
    }

    /// The paths that must be writable in every case.
    pub fn required_writable(&self) -> impl Iterator<Item = &Writable> {
        self.writable.iter().filter(|it| !it.optional && it.when.is_none())
    }

    /// The versions for which its facts hold.
    pub fn range(&self) -> Range {
        Range { since: self.since.clone(), until: self.until.clone() }
    }

    /// The versions for which its facts hold, in words; nothing for all of them.
    pub fn versions(&self) -> Option<String> {
        match (&self.since, &self.until) {
            (None, None) => None,
            (Some(since), None) => Some(format!("{since} and newer")),
            (None, Some(until)) => Some(format!("up to {until}")),
            (Some(since), Some(until)) if since == until => Some(since.to_string()),
            (Some(since), Some(until)) => Some(format!("{since} to {until}")),
        }
    }

    /// Whether a word is one of the image's own start scripts or its main program, by name or by path.
    pub fn is_own_program(&self, word: &str) -> bool {
        let name = word.rsplit('/').next().unwrap_or(word);
        let mut own = self.entrypoint.iter().chain(&self.server);
        !name.is_empty() && own.any(|it| exactness::fits(it, name))
    }

    /// Whether it was read what the folder of its data belongs to: an owner other than root.
    pub fn has_data_of_another(&self) -> bool {
        self.data.iter().any(|it| it.uid.is_some_and(|uid| uid != 0))
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
            (Family::Host, _) => "uses the host on purpose".to_owned(),
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

/// What holds of the system call filter where nothing is said: images run under it wherever Docker runs them.
fn fine() -> Verdict {
    Verdict::Ok
}

/// Whether a user, as an image or a file writes it, is root; nothing written is.
pub fn is_root(user: &str) -> bool {
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
