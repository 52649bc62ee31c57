//! Knows the parts of an entry: the words for how an image starts and works, its paths, variables and features.

use serde::Deserialize;

use super::when::When;

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
    pub when: Option<When>,
    /// What is written there.
    pub why: Option<String>,
}

/// A folder in which an image keeps its data.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The absolute path.
    pub path: String,
    /// Its owner in the image, where that is known.
    pub uid: Option<u32>,
    /// Its group in the image.
    pub gid: Option<u32>,
    /// Its octal mode in the image.
    pub mode: Option<String>,
    /// Whether the image has it, so that a fresh volume there takes its owner; nothing where that is not known.
    pub made: Option<bool>,
}

impl From<String> for Writable {
    fn from(path: String) -> Self {
        Self {
            path,
            uid: None,
            gid: None,
            mode: None,
            exec: false,
            optional: false,
            when: None,
            why: None,
        }
    }
}

impl From<String> for Data {
    fn from(path: String) -> Self {
        Self { path, uid: None, gid: None, mode: None, made: None }
    }
}

/// A setting that an image can fail with.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// The account that it is started as.
    User,
    /// The capabilities that are dropped.
    Capabilities,
    /// No new privileges.
    Nnp,
    /// The read-only root.
    ReadOnly,
    /// The system call filter.
    Seccomp,
}

/// A variable that a fix writes, so that the image works with it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, which serves everybody.
    pub value: String,
    /// The fix that needs it.
    pub with: Aspect,
}

/// What one use of an image needs.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// What it is, after "when it uses".
    pub name: String,
    /// How a file shows it.
    pub when: When,
    /// Capabilities that it needs.
    #[serde(default)]
    pub caps: Vec<String>,
    /// Paths that it writes to.
    #[serde(default)]
    pub writable: Vec<Writable>,
    /// What it is known to fail with.
    #[serde(default)]
    pub breaks: Vec<Aspect>,
    /// What it may fail with.
    #[serde(default)]
    pub risks: Vec<Aspect>,
    /// Why.
    pub why: Option<String>,
}

/// What breaks, or may, in a clause for each setting.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// A start as its account.
    pub direct: Option<String>,
    /// Fewer capabilities.
    pub caps: Option<String>,
    /// No new privileges.
    pub nnp: Option<String>,
    /// A read-only root.
    pub read_only: Option<String>,
    /// The system call filter.
    pub seccomp: Option<String>,
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

/// What a client asks of the engine, and how it is told where that is.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// The parts of the engine's API that it reads, beside events, pings and the version: `CONTAINERS`, as filtering
    /// proxies name them.
    #[serde(default)]
    pub asks: Vec<String>,
    /// How it is told the engine's address, the best way first.
    #[serde(default)]
    pub ways: Vec<Way>,
    /// What is in its command, or names a variable of it, where it asks for more.
    #[serde(default)]
    pub unless: Vec<String>,
    /// What it does that no filter can allow without giving the host away, or why it cannot be told an address: no proxy
    /// is proposed then.
    pub but: Option<String>,
}

/// How a client is told the engine's address.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// An option of its command: `--providers.docker.endpoint`.
    pub option: Option<String>,
    /// A variable.
    pub variable: Option<String>,
    /// Whether the address has no `tcp://` before it.
    #[serde(default)]
    pub bare: bool,
    /// What an option or variable begins with that has to be there: what a configuration file says is not seen.
    pub beside: Option<String>,
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

impl Aspect {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "its own user",
            Self::Capabilities => "all capabilities dropped",
            Self::Nnp => "no-new-privileges",
            Self::ReadOnly => "a read-only root",
            Self::Seccomp => "the system call filter",
        }
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
