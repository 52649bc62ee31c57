//! What is known of one container, fact by fact, with where it comes from and how firmly; and what is decided from it.
//!
//! - `sources/` tell facts: the file itself, mounted configuration, the Dockerfile, the knowledge with the owner's word.
//! - `signals/` is one table of what in a file stands against a fix.
//! - `decide/` makes values of the facts: a user, capabilities, writable paths, each with its confidence, the reason and
//!   the risk. Rules only ask.

mod decide;
mod fact;
mod facts;
pub use crate::workload::host;
mod mounted;
mod own;
mod programs;
mod settings;
mod signals;
mod sources;
mod subject;
mod target;
mod tried;

use std::borrow::Cow;

pub use crate::config::{Target, User};
use crate::finding::Confidence;
use crate::images::learned::Verified;
use crate::images::{Api, Aspect, SocketUse};
use crate::workload::{Container, Id, Identity, Kept, Scratch, State, Workload};
pub use decide::{Grounds, Raise};
pub use facts::Doubt;
pub use own::Own;
pub use settings::{NEWEST_KUBERNETES, Settings, Stance};
pub use signals::{SIGNALS, Signal, reason_in_comment};
pub use sources::DEFAULT_SET;
pub use target::{Platform, SAID};
pub use tried::{built, trial};

/// Who a container runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunsAs {
    /// The file says root.
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

/// Everything that rules want to know of a container beyond its settings.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Who the file says it runs as.
    pub identity: Identity,
    /// What that comes to, with the image's own user where the file names none.
    pub runs_as: RunsAs,
    /// What the image is known to be, in a line; nothing when nothing is known.
    pub image: Option<String>,
    /// The user that the image names, as it names it, where that is known.
    pub image_user: Option<String>,
    /// The user to run as; nothing for an image that must start as root.
    pub user: Option<Advice<User>>,
    /// Why there is no user to run as.
    pub no_user: Option<Cow<'static, str>>,
    /// Whether the image keeps its folders writable for group 0 on purpose, so that any user can run it.
    pub for_group_zero: bool,
    /// Whether it listens on a port below 1024: no capability of a user's opens it once new privileges are forbidden.
    pub low_port: bool,
    /// The capabilities to keep.
    pub keep: Advice<Vec<Kept>>,
    /// The paths to keep writable under a read-only root.
    pub scratch: Advice<Vec<Scratch>>,
    /// Folders whose data are to outlast the container, which go into new volumes with it.
    pub volumes: Vec<String>,
    /// Whether new privileges can be forbidden.
    pub no_new_privileges: Advice<()>,
    /// Whether the default filter of system calls can be applied where none is.
    pub filter: Advice<()>,
    /// What the image uses the runtime's socket for.
    pub socket: Option<SocketUse>,
    /// What it asks of the engine behind it.
    pub api: Option<Api>,
    /// Whether the image needs the host by purpose.
    pub needs_host: bool,
    /// Whether capabilities and writable paths serve the user that is proposed, and not the start as root.
    pub for_user: bool,
    /// The paths at which the image keeps its data.
    pub data: Vec<String>,
    /// Variables that go with a fix, so that the image works with it.
    pub variables: Vec<(Aspect, String, String)>,
    /// What runs the file.
    pub platform: Platform,
    /// What stands against fixes.
    pub doubts: Vec<Doubt>,
    /// What would make its risky fixes likely.
    pub raise: Option<Raise>,
    /// What trials of it showed, set up as it is.
    pub tried: Vec<Verified>,
}

impl Evidence {
    /// The rule that comes first where values serve only the proposed user.
    pub fn user_first(&self) -> Vec<&'static str> {
        if self.for_user { vec!["root-user"] } else { Vec::new() }
    }

    /// What is known of a container.
    pub fn of(workload: &Workload<'_>, container: &Container<'_>, settings: &Settings) -> Evidence {
        Grounds::of(workload, container, settings).decide(settings)
    }

    /// What stands most against the fixes of a rule.
    pub fn against(&self, rule: &str) -> Option<&Doubt> {
        self.doubts.iter().filter(|it| it.rules.contains(&rule)).min_by_key(|it| it.at_most)
    }
}

/// What values for a user may break that are sure once the user is.
pub(super) const START_AS_ROOT: &str = "the start as root, unless the user is changed as well";

/// Whether a folder is one for logs.
pub fn holds_logs(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    subject::is_below(path, "/var/log") || matches!(name, "log" | "logs")
}

/// Whether what lies at a path is gone at the next start at the latest, or may be.
pub fn is_fleeting(path: &str) -> bool {
    const FOLDERS: &[&str] = &["/tmp", "/var/tmp", "/run", "/var/run", "/var/cache", "/dev/shm"];
    // They hold nothing else, wherever they are.
    const BY_NAME: &[&str] = &["cache", ".cache", "run", "temp", "tmp"];
    FOLDERS.iter().any(|it| subject::is_below(path, it))
        || path.split('/').any(|it| BY_NAME.contains(&it))
}

/// A path as scratch space: anybody's, as `/tmp` is.
pub(super) fn scratch(path: &str) -> Scratch {
    Scratch { path: path.to_owned(), owner: None, mode: Some("1777".to_owned()), exec: false }
}
