//! `casehard.toml`: what a project decided once, so that nobody has to say it again.
//!
//! It knows the file's text, not where it lies: finding and reading it is `source`'s work.

mod allow;
mod error;
mod file;
mod kind;
mod kubernetes;
mod probe;
mod schema;
mod user;
mod writable;
mod written;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

pub use allow::{ALL, Allow, Covered, Whom};
pub use error::ConfigError;
pub use file::load;
pub use kind::Kind;
pub use kubernetes::{NEWEST_KUBERNETES, OLDEST_KUBERNETES, kubernetes_version};
pub use probe::{Address, Port, Probe, Words};
pub use schema::schema;
pub use user::{User, UserError};
pub use writable::{WritableError, writable_path};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::severity::Severity;
use crate::source::Pattern;
use crate::suggestion::unknown;

/// The name of the file, looked for from the input's folder upwards.
pub const FILE_NAME: &str = "casehard.toml";

/// What a project decided, or the defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// The user a container gets when nothing tells which one it needs.
    pub user: User,
    /// The paths that stay writable when nothing tells which ones are needed.
    pub writable: Vec<String>,
    /// What runs Compose files.
    pub target: Option<Target>,
    /// The version of Kubernetes to judge by; none means the newest known.
    pub kubernetes: Option<(u32, u32)>,
    /// Rules that are off or count for more or less than they do by themselves.
    pub rules: BTreeMap<String, Level>,
    /// Findings that the project lives with.
    pub allow: Vec<Allow>,
    /// What is not to be judged.
    pub exclude: Vec<Pattern>,
    /// Custom resources that hold a pod and may be rewritten.
    pub kinds: Vec<Kind>,
    /// What the project knows about its images, as written.
    pub images: Vec<toml::Value>,
    /// What `casehard verify` asks of services, by their names.
    pub probes: BTreeMap<String, Probe>,
    /// The folder of the file, which its paths are relative to.
    pub folder: PathBuf,
    /// The file and its text; nothing where there is none.
    pub source: Option<(PathBuf, Arc<str>)>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            user: User { uid: 10001, gid: 10001 },
            writable: vec!["/tmp".to_owned()],
            target: None,
            kubernetes: None,
            rules: BTreeMap::new(),
            allow: Vec::new(),
            exclude: Vec::new(),
            kinds: Vec::new(),
            images: Vec::new(),
            probes: BTreeMap::new(),
            folder: PathBuf::new(),
            source: None,
        }
    }
}

impl Config {
    /// The path of `file` as the file's own globs mean it, if it lies below the folder.
    ///
    /// Both paths have to be absolute, or relative to the same folder.
    pub fn relative<'a>(&self, file: &'a Path) -> Option<&'a Path> {
        file.strip_prefix(&self.folder).ok()
    }
}

/// How much the project lets a rule count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Level {
    /// Not at all.
    Off,
    /// As much as this.
    Severity(Severity),
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Level, String> {
        let severity = Severity::ALL.into_iter().find(|it| it.name() == text);
        match (text, severity) {
            ("off", _) => Ok(Level::Off),
            (_, Some(severity)) => Ok(Level::Severity(severity)),
            _ => Err(unknown(
                "level",
                text,
                Severity::ALL.map(Severity::name).into_iter().chain(["off"]),
            )),
        }
    }
}

impl TryFrom<String> for Level {
    type Error = String;

    fn try_from(text: String) -> Result<Level, String> {
        text.parse()
    }
}

/// What runs the Compose files, which decides what it honours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// `docker compose up`.
    #[serde(alias = "compose")]
    Docker,
    /// `docker stack deploy`.
    Swarm,
    /// `podman compose` or `podman-compose`.
    Podman,
}
