//! What was found and what would mend it: data that outlives the files it was read from.

use std::borrow::Cow;
use std::sync::Arc;

pub use crate::severity::Severity;
use crate::yaml::{Change, Span};

/// How sure it is that a fix leaves the service working, least first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Only the owner can decide or supply the value: never written.
    Manual,
    /// It may stop a container that relies on the weak setting.
    Risky,
    /// Evidence speaks for these very values in this very container.
    Likely,
    /// The process is the same before and after: it is only written down, or spelled right.
    Safe,
}

impl Confidence {
    /// The name, as written in reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Manual => "manual",
            Confidence::Risky => "risky",
            Confidence::Likely => "likely",
            Confidence::Safe => "safe",
        }
    }

    /// One step less sure, as system workloads are treated; nothing that can be written becomes manual.
    pub fn demoted(self) -> Confidence {
        match self {
            Confidence::Manual => Confidence::Manual,
            Confidence::Risky | Confidence::Likely => Confidence::Risky,
            Confidence::Safe => Confidence::Likely,
        }
    }
}

/// A file of the run, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A container of a project, by number in the order in which the files name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId(pub u32);

impl ContainerId {
    /// No container: what a finding is about that is none, and a user of a shared place that is none, so that not all
    /// users of it can agree.
    pub const NOBODY: ContainerId = ContainerId(u32::MAX);
}

/// A stretch of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// The file.
    pub file: FileId,
    /// The bytes to underline.
    pub span: Span,
}

/// One weakness of one container or workload.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The container, or the first one of the workload.
    pub container: ContainerId,
    /// What it is in: `service web`, `Deployment/api container app`.
    pub subject: Arc<str>,
    /// What to underline.
    pub site: Site,
    /// What is wrong, in a clause without a full stop.
    pub message: Cow<'static, str>,
    /// The ways to mend it, the best first. Without any, only the owner can decide.
    pub fixes: Vec<Fix>,
    /// What the owner can do where no fix can be written.
    pub advice: Option<String>,
}

impl Finding {
    /// What tells it from the other findings of a project, across a rewrite too.
    pub fn key(&self) -> (&'static str, ContainerId, &str) {
        (self.rule, self.container, &self.message)
    }

    /// Its best fix that is at least so sure, by number.
    pub fn sure_fix(&self, least: Confidence) -> Option<usize> {
        self.fixes.iter().position(|it| it.confidence >= least)
    }

    /// The confidence of its best fix; manual without one.
    pub fn confidence(&self) -> Confidence {
        self.fixes.first().map_or(Confidence::Manual, |it| it.confidence)
    }
}

/// One way to mend a finding.
#[derive(Debug, Clone)]
pub struct Fix {
    /// What it does, in the imperative: "set read_only: true, with a tmpfs on /tmp".
    pub title: Cow<'static, str>,
    /// How sure it is that the service goes on working.
    pub confidence: Confidence,
    /// What the confidence rests on.
    pub basis: Cow<'static, str>,
    /// What may stop working.
    pub may_break: Option<Cow<'static, str>>,
    /// What is written.
    pub edits: Vec<Edit>,
    /// Rules whose findings on this container must be mended as well for this fix to be valid.
    pub needs: Vec<&'static str>,
}

impl Fix {
    /// The files that it writes, and those that it may write instead.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        let instead =
            self.edits.iter().filter_map(|it| it.shared.as_ref()?.otherwise.as_ref().ok());
        let instead = instead.flatten().map(|it| it.0);
        self.edits.iter().map(|it| it.file).chain(instead)
    }
}

/// One change of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// The file.
    pub file: FileId,
    /// What to change.
    pub change: Change,
    /// Set when the place serves other containers too.
    pub shared: Option<Shared>,
}

/// Who else a change reaches, and what to do when they do not all want it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// Every container that the change reaches: one list for all that ask.
    pub users: Arc<[ContainerId]>,
    /// The edits that serve this container alone, or why there are none.
    pub otherwise: Result<Vec<(FileId, Change)>, Cow<'static, str>>,
}
