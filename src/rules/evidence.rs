//! What is known of a container beyond its security settings, and the values that would serve it.
//!
//! Without knowledge of the image the values are the owner's defaults and the confidence is risky.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::own::Own;
use crate::config;
pub use crate::config::{Target, User};
use crate::finding::{Confidence, ContainerId};
use crate::workload::{Container, Id, Identity, Kept, Scratch, State, Workload};

/// What the owner set for a run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The user of containers of which nothing is known.
    pub user: User,
    /// The paths that stay writable where nothing is known.
    pub writable: Vec<String>,
    /// Capabilities to keep, by the owner's word.
    pub keep: Vec<String>,
    /// What runs Compose files.
    pub target: Target,
    /// The version of Kubernetes to judge by.
    pub kubernetes: (u32, u32),
    /// Rules that are asked for by configuration or command line, although they are off by themselves.
    pub opted_in: Vec<String>,
    /// What the owner chose for single containers of the project at hand.
    pub own: BTreeMap<ContainerId, Own>,
}

/// The newest version of Kubernetes whose rules are known.
pub const NEWEST_KUBERNETES: (u32, u32) = (1, 37);

impl Default for Settings {
    fn default() -> Self {
        let config = config::Config::default();
        Settings {
            user: config.user,
            writable: config.writable,
            keep: Vec::new(),
            target: config.target,
            kubernetes: NEWEST_KUBERNETES,
            opted_in: Vec::new(),
            own: BTreeMap::new(),
        }
    }
}

/// Who a container runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunsAs {
    /// The file, or the image, says root.
    Root,
    /// Nothing says so: the image decides, and most images say root.
    Undecided,
    /// This uid, which is not root.
    User(u32),
    /// Not root, but by a name or by whatever the image says.
    SomeoneElse,
    /// A variable decides: it cannot be known.
    Opaque,
}

impl RunsAs {
    /// What the identity in the file comes to.
    pub fn of(identity: &Identity) -> RunsAs {
        match &identity.user {
            Id::Number(0) => RunsAs::Root,
            Id::Number(uid) => RunsAs::User(*uid),
            Id::Name(name) if name == "root" => RunsAs::Root,
            Id::Name(_) => RunsAs::SomeoneElse,
            Id::Unknown => RunsAs::Opaque,
            Id::Unset if matches!(identity.non_root, State::On(_)) => RunsAs::SomeoneElse,
            Id::Unset => RunsAs::Undecided,
        }
    }

    /// Whether it is certain that the process is not root.
    pub fn is_not_root(self) -> bool {
        matches!(self, RunsAs::User(_) | RunsAs::SomeoneElse)
    }
}

/// A value to write, how sure it is, and why.
#[derive(Debug, Clone)]
pub struct Advice<T> {
    /// The value.
    pub value: T,
    /// How sure it is that the service goes on working.
    pub confidence: Confidence,
    /// What that rests on.
    pub basis: Cow<'static, str>,
    /// What may stop working.
    pub may_break: Option<Cow<'static, str>>,
}

/// Everything that rules want to know of a container beyond its file.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Who the file says it runs as.
    pub identity: Identity,
    /// What that comes to.
    pub runs_as: RunsAs,
    /// The user to run as.
    pub user: Advice<User>,
    /// The capabilities to keep.
    pub keep: Advice<Vec<Kept>>,
    /// The paths to keep writable under a read-only root.
    pub scratch: Advice<Vec<Scratch>>,
    /// Whether new privileges can be forbidden.
    pub no_new_privileges: Advice<()>,
}

const NOTHING_KNOWN: &str = "nothing is known of this image";

impl Evidence {
    /// What is known of a container.
    pub fn of(workload: &Workload<'_>, container: &Container<'_>, settings: &Settings) -> Evidence {
        let identity = workload.identity(container);
        let runs_as = RunsAs::of(&identity);
        Evidence {
            user: Advice {
                value: settings.user,
                confidence: Confidence::Risky,
                basis: NOTHING_KNOWN.into(),
                may_break: Some(
                    "files and volumes that belong to root, ports below 1024 on the host's network"
                        .into(),
                ),
            },
            keep: keep(runs_as, settings),
            scratch: Advice {
                value: settings.writable.iter().map(|it| scratch(it)).collect(),
                confidence: Confidence::Risky,
                basis: NOTHING_KNOWN.into(),
                may_break: Some("writes outside of volumes and the paths kept writable".into()),
            },
            no_new_privileges: no_new_privileges(workload, container),
            identity,
            runs_as,
        }
    }
}

fn keep(runs_as: RunsAs, settings: &Settings) -> Advice<Vec<Kept>> {
    let kept = |name: &String| Kept { name: name.clone(), why: "kept by the owner".to_owned() };
    let value = settings.keep.iter().map(kept).collect();
    match runs_as.is_not_root() {
        true => Advice {
            value,
            confidence: Confidence::Likely,
            basis: "a process that is not root holds no capability to lose".into(),
            may_break: Some("programs with file capabilities, such as ping".into()),
        },
        false => Advice {
            value,
            confidence: Confidence::Risky,
            basis: NOTHING_KNOWN.into(),
            may_break: Some("entrypoints that change owners or switch to their own user".into()),
        },
    }
}

/// A path as scratch space: anybody's, as `/tmp` is.
pub fn scratch(path: &str) -> Scratch {
    Scratch { path: path.to_owned(), owner: None, mode: Some("1777".to_owned()), exec: false }
}

fn no_new_privileges(workload: &Workload<'_>, container: &Container<'_>) -> Advice<()> {
    let words = workload.words(container);
    let raising = words
        .entrypoint
        .iter()
        .chain(&words.command)
        .flat_map(|it| it.split_whitespace())
        .find(|it| matches!(it.rsplit('/').next(), Some("sudo" | "su" | "doas")));
    match raising {
        Some(word) => Advice {
            value: (),
            confidence: Confidence::Risky,
            basis: format!("the command uses {word}").into(),
            may_break: Some(format!("{word}, when it does not start as root").into()),
        },
        None => Advice {
            value: (),
            confidence: Confidence::Safe,
            basis: "entrypoints that drop from root to their own user go on working".into(),
            may_break: None,
        },
    }
}
