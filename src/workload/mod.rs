//! One view of all dialects: where the settings of a container live in Compose, in Kubernetes and on command lines, not
//! whether they are good.
//!
//! A Compose service is a workload of one container; a Kubernetes pod template is a workload of several. What is read
//! here is what the container effectively is; what is written goes where the value stands.

pub mod act;
pub mod ask;
pub mod compose;
pub mod detect;
pub mod dotenv;
mod files;
pub mod host;
pub mod json;
pub mod kubernetes;
mod memo;
pub mod paths;
pub mod run;
pub mod shapes;
mod tags;
pub mod text;
mod variables;
mod ways;

use std::borrow::Cow;
use std::sync::Arc;

use crate::finding::{ContainerId, Edit, FileId, Site};
pub use crate::source::{absolute, clean};
use crate::yaml::Node;
pub use crate::yaml::view;
pub use files::{Builds, Content, File, Files, FoundBy, Texts, alone, beside, plain};
pub use text::{Certainty, Text};
pub use variables::{Told, Uses, Variables};

/// Workloads below this number are not worth a second thread.
pub(crate) const PARALLEL: usize = 64;

/// Why something cannot be written where it would have to be; what to do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked(pub String);

/// The edits of a change, or why there are none.
pub type Written = Result<Vec<Edit>, Blocked>;

/// Why a Compose service gets no settings of Linux: all but its hold on the engine is left alone.
pub const WINDOWS: &str = "a Windows container";

/// A pod: containers that are placed together and share namespaces and volumes. A Compose service is one of its own.
pub struct Workload<'t> {
    /// What people call it: `service web`, `Deployment/api`.
    pub name: Arc<str>,
    /// Its containers in file order.
    pub containers: Vec<Container<'t>>,
    /// What casehard leaves alone in it, and why: a Windows or provider service, a kind it may not write.
    pub skipped: Option<&'static str>,
    /// Whether it serves the platform itself, so that every confidence drops one step.
    pub system: bool,
    /// The dialect's own view.
    pub dialect: Dialect<'t>,
}

/// The dialect in which a workload is written.
pub enum Dialect<'t> {
    /// A service of a Compose project.
    Compose(compose::Service<'t>),
    /// A pod template.
    Kubernetes(kubernetes::Pod<'t>),
}

/// One container.
pub struct Container<'t> {
    /// Its number in the project.
    pub id: ContainerId,
    /// Its name: the service's or the container's.
    pub name: String,
    /// Its place among the workload's containers.
    pub index: usize,
    /// What it is in: `service web`, `Deployment/api container app`.
    pub subject: Arc<str>,
    /// The image as written, if any.
    pub image: Option<Text<'t>>,
    /// What to underline when something is missing: its name.
    pub site: Site,
    /// The mapping that holds its settings.
    pub node: Node<'t>,
    /// What is mounted into it.
    pub mounts: Vec<Mount<'t>>,
    /// Its capability lists.
    pub capabilities: Capabilities<'t>,
    /// The settings that take a wall of the platform down.
    pub breaches: Vec<Breach<'t>>,
}

/// A yes-or-no setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing is said: the platform's default holds.
    Unset,
    /// Set, and true.
    On(Site),
    /// Set, and false.
    Off(Site),
    /// Set to what cannot be known.
    Unknown(Site),
}

/// The yes-or-no settings that both dialects spell with one boolean key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Every capability, every device, no filter.
    Privileged,
    /// The root filesystem cannot be written.
    ReadOnlyRoot,
}

impl Flag {
    /// Its key in a Compose service.
    pub fn compose(self) -> &'static str {
        match self {
            Flag::Privileged => "privileged",
            Flag::ReadOnlyRoot => "read_only",
        }
    }

    /// Its key in a container's `securityContext`.
    pub fn kubernetes(self) -> &'static str {
        match self {
            Flag::Privileged => "privileged",
            Flag::ReadOnlyRoot => "readOnlyRootFilesystem",
        }
    }
}

/// A namespace that the host could share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// Interfaces, ports, loopback.
    Network,
    /// Processes.
    Pid,
    /// Shared memory and message queues.
    Ipc,
    /// The host name.
    Uts,
    /// The view of the control groups.
    Cgroup,
    /// The mapping of user ids.
    User,
}

/// Whose namespace a workload is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    /// Its own, or nothing is said.
    Own,
    /// The host's.
    Host(Site),
    /// Another container's, or shareable; the value as written.
    Peer(Site, String),
    /// What cannot be known.
    Unknown(Site),
}

/// A user or group id as a file gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Id {
    /// Nothing is said.
    Unset,
    /// A number.
    Number(u32),
    /// A name, to be read in the image's passwd.
    Name(String),
    /// What cannot be known.
    Unknown,
}

/// Who a container runs as, as far as its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub user: Id,
    /// The group.
    pub group: Id,
    /// Where it says so.
    pub site: Option<Site>,
    /// Whether the platform refuses to start it as root (Kubernetes `runAsNonRoot`); an explicit false is worth a finding.
    pub non_root: State,
}

/// One entry of a capability list.
#[derive(Clone)]
pub struct Capability<'t> {
    /// Upper case, without the `CAP_` prefix.
    pub name: String,
    /// As written.
    pub written: Cow<'t, str>,
    /// Where.
    pub site: Site,
    /// The item, for edits.
    pub item: Item<'t>,
}

/// An item of a list setting, with the list that holds it.
#[derive(Clone, Copy)]
pub struct Item<'t> {
    /// The file it stands in.
    pub file: FileId,
    /// The entry of the list in its mapping.
    pub list: view::Entry<'t>,
    /// The item as written.
    pub node: Node<'t>,
}

/// The capability lists of a container.
pub struct Capabilities<'t> {
    /// Added to the default set.
    pub add: Vec<Capability<'t>>,
    /// Dropped from it.
    pub drop: Vec<Capability<'t>>,
    /// Whether some of what is dropped cannot be known.
    pub drop_unknown: bool,
}

/// A wall of the platform that a container can have taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// The system call filter.
    Seccomp,
    /// AppArmor or SELinux.
    SecurityModule,
    /// The masked and read-only paths of /proc and /sys.
    MaskedPaths,
}

/// A setting that takes a wall down or replaces it.
#[derive(Clone)]
pub struct Breach<'t> {
    /// Which wall.
    pub wall: Wall,
    /// The value as written.
    pub written: String,
    /// Whether it replaces the wall by one of its own rather than taking it down.
    pub custom: bool,
    /// Where.
    pub site: Site,
    /// What is written to put the wall back.
    pub remedy: Remedy<'t>,
}

/// How a wall is put back.
#[derive(Clone)]
pub enum Remedy<'t> {
    /// Remove this item of a list.
    RemoveItem(Item<'t>),
    /// Set or remove these settings of a pod.
    Settings(Vec<Repair<'t>>),
}

/// A setting of a pod or container that is set or goes.
#[derive(Clone)]
pub struct Repair<'t> {
    /// The mapping from which the keys lead to it.
    pub at: Node<'t>,
    /// The keys.
    pub path: Vec<&'t str>,
    /// What it is set to; nothing where it goes.
    pub by: Option<&'static str>,
}

/// Where the content of a mount comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A path of the host, cleaned; relative and `~` paths as written.
    Host(String),
    /// A volume that the platform manages, by name.
    Volume(String),
    /// A volume without a name.
    Anonymous,
    /// Memory or scratch space that goes with the container.
    Scratch,
    /// Something else: a configuration, a secret, an image.
    Other(String),
    /// What cannot be known.
    Unknown,
}

/// Something mounted into a container.
#[derive(Clone)]
pub struct Mount<'t> {
    /// Where its content comes from.
    pub origin: Origin,
    /// The path of the host as written, where the origin says what it means; with an unknown origin, one that may lead
    /// anywhere.
    pub written: Option<String>,
    /// Where it appears, cleaned; nothing when it cannot be known.
    pub target: Option<String>,
    /// Whether the container cannot write to it.
    pub read_only: bool,
    /// Whether it relabels the host (`z`, `Z`).
    pub relabels: bool,
    /// Propagation towards the host, as written: `shared`, `rshared`, `Bidirectional`.
    pub propagation: Option<String>,
    /// What was read of it, where it lies beside the file.
    pub content: Option<&'t Content>,
    /// Options of a tmpfs: `uid`, `mode`, … as written.
    pub options: String,
    /// Where it is written.
    pub site: Site,
    /// For edits.
    pub handle: Handle<'t>,
}

impl Mount<'_> {
    /// What to call a path of the host: as it is written, with what it means where that is something else.
    pub fn called(&self, path: &str) -> String {
        match &self.written {
            Some(written) => format!("{written} ({path})"),
            None => path.to_owned(),
        }
    }
}

/// The text behind a mount.
#[derive(Clone, Copy)]
pub enum Handle<'t> {
    /// An item of a list: Compose `volumes`, `tmpfs`, …
    Item(Item<'t>),
    /// A `volumeMounts` item and its pod volume.
    Pod {
        /// The mount; nothing for a volume that no container mounts.
        mount: Option<Node<'t>>,
        /// The volume.
        volume: Option<Node<'t>>,
    },
    /// A whole key.
    Key(FileId, view::Entry<'t>),
}

/// A port of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// Its number.
    pub number: u16,
    /// Whether it is spoken to by datagrams.
    pub udp: bool,
}

/// A variable of a container's environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value; nothing where that cannot be known.
    pub value: Option<String>,
}

/// A path that must be writable, as a tmpfs or emptyDir.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scratch {
    /// The path in the container.
    pub path: String,
    /// Owner, when the process needs one.
    pub owner: Option<(u32, u32)>,
    /// Mode in octal: `1777`.
    pub mode: Option<String>,
    /// Whether programs are run or mapped from it.
    pub exec: bool,
}

/// A capability to keep, with why it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Upper case, without prefix.
    pub name: String,
    /// One short phrase.
    pub why: String,
}
