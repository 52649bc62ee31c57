//! What is known of a container beyond its security settings, and the values that would serve it.
//!
//! Without knowledge of the image the values are the owner's defaults and the confidence is risky.

mod decide;
mod escalation;
mod mode;
mod situation;
mod writable;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::USER_RULE;
use super::own::Own;
use crate::config;
pub use crate::config::{Target, User};
use crate::finding::{Confidence, ContainerId};
use crate::images::{Knowledge, SocketUse};
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
    /// What is known of images.
    pub images: Arc<Knowledge>,
    /// How far a change may go where the image could also start as root.
    pub stance: Stance,
    /// Rules that are asked for by configuration or command line, although they are off by themselves.
    pub opted_in: Vec<String>,
    /// What the owner chose for single containers of the project at hand.
    pub own: BTreeMap<ContainerId, Own>,
}

/// Which of two sound ways is taken for an image that starts as root and drops to its own user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stance {
    /// The way that keeps the service working for certain: root with the least capabilities where data may be another's.
    Proven,
    /// The stricter way, never as root, as one who accepts risky fixes wants it.
    Strict,
    /// As it starts now, since nothing is to change the user.
    Unchanged,
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
            images: Arc::new(Knowledge::builtin()),
            stance: Stance::Proven,
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
    /// What that comes to, with the image's own user where the file names none.
    pub runs_as: RunsAs,
    /// What the image is known to be, in a line; nothing when nothing is known.
    pub image: Option<String>,
    /// The user to run as; nothing for an image that must start as root.
    pub user: Option<Advice<User>>,
    /// Why there is no user to run as.
    pub no_user: Option<&'static str>,
    /// Whether the image keeps its folders writable for group 0 on purpose, so that any user can run it.
    pub for_group_zero: bool,
    /// Whether it listens on a port below 1024: no capability of a user's opens it once new privileges are forbidden.
    pub low_port: bool,
    /// The capabilities to keep.
    pub keep: Advice<Vec<Kept>>,
    /// The paths to keep writable under a read-only root.
    pub scratch: Advice<Vec<Scratch>>,
    /// Whether new privileges can be forbidden.
    pub no_new_privileges: Advice<()>,
    /// What the image uses the runtime's socket for.
    pub socket: Option<SocketUse>,
    /// Whether the image needs the host by purpose.
    pub needs_host: bool,
    /// Whether capabilities and writable paths serve the user that is proposed, and not the start as root.
    pub for_user: bool,
    /// The paths at which the image keeps its data.
    pub data: Vec<String>,
}

impl Evidence {
    /// The rule that comes first where values serve only the proposed user.
    pub fn user_first(&self) -> Vec<&'static str> {
        if self.for_user { vec![USER_RULE] } else { Vec::new() }
    }

    /// What is known of a container.
    pub fn of(workload: &Workload<'_>, container: &Container<'_>, settings: &Settings) -> Evidence {
        decide::decide(workload, container, settings)
    }
}

/// What values for a user may break that are sure once the user is.
pub(super) const START_AS_ROOT: &str = "the start as root, unless the user is changed as well";

/// A path as scratch space: anybody's, as `/tmp` is.
pub(super) fn scratch(path: &str) -> Scratch {
    Scratch { path: path.to_owned(), owner: None, mode: Some("1777".to_owned()), exec: false }
}
