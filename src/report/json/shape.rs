//! The structures of the reports for programs, versioned and published.

use std::borrow::Cow;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Confidence, Severity};
use crate::outcome::{Action, Form};
use crate::report::json::path;
use crate::report::places::address;

/// The version of these structures: it changes where a reader of the one before would go wrong.
pub(crate) const VERSION: u32 = 1;

/// A run.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "What a run of casehard comes to")]
pub(crate) struct Report<'o> {
    /// The version of this structure.
    pub(super) version: u32,
    pub(super) tool: Tool,
    pub(super) action: Action,
    /// The version of Kubernetes that pods are judged by: `1.NN`.
    pub(super) kubernetes: String,
    /// The part of all files that was judged, `I/N`; `casehard merge` joins all N of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) shard: Option<String>,
    pub(super) summary: Summary,
    pub(super) files: Vec<FileEntry<'o>>,
    pub(super) containers: Vec<ContainerEntry<'o>>,
    pub(super) findings: Vec<FindingEntry<'o>>,
    pub(super) pods: Vec<PodEntry<'o>>,
    pub(super) waivers: Vec<WaiverEntry<'o>>,
    pub(super) remarks: Vec<RemarkEntry<'o>>,
    pub(super) problems: Vec<ProblemEntry<'o>>,
    pub(super) passed_over: Vec<PassedEntry>,
    /// Rules that were not judged.
    pub(super) rules_off: Vec<&'o str>,
}

/// A line of `jsonl`.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(title = "A line of what a run of casehard comes to")]
pub(crate) enum Line<'o> {
    /// The first line.
    Run {
        /// The version of this structure.
        version: u32,
        /// What made it.
        tool: Tool,
        /// What the run was for.
        action: Action,
        /// The version of Kubernetes that pods are judged by: `1.NN`.
        kubernetes: String,
        /// The part of all files that was judged, `I/N`.
        #[serde(skip_serializing_if = "Option::is_none")]
        shard: Option<String>,
        /// Rules that were not judged.
        rules_off: Vec<&'o str>,
    },
    /// A file.
    File(FileEntry<'o>),
    /// A container.
    Container(ContainerEntry<'o>),
    /// A finding.
    Finding(FindingEntry<'o>),
    /// A pod.
    Pod(PodEntry<'o>),
    /// A waiver.
    Waiver(WaiverEntry<'o>),
    /// Something to know about a file.
    Remark(RemarkEntry<'o>),
    /// Something that could not be done.
    Problem(ProblemEntry<'o>),
    /// Something that was passed over.
    PassedOver(PassedEntry),
    /// The last line.
    Summary(Summary),
}

/// What made the report.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Tool {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

/// How much there is of what.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Default)]
pub(crate) struct Summary {
    /// Files that were judged.
    pub(crate) files: usize,
    pub(crate) containers: usize,
    /// Files that were, or would be, written.
    pub(crate) written: usize,
    /// Findings that are, or would be, mended.
    pub(crate) fixed: usize,
    /// Findings that are left and can fail a check, by the confidence of their best fix.
    pub(crate) left: Left,
    /// Findings of severity info that are left.
    pub(crate) info: usize,
    /// Of those that are left, those whose fix was chosen and could not be carried out.
    pub(crate) refused: usize,
    pub(crate) waived: usize,
    /// Findings that the baseline has.
    pub(crate) known: usize,
    /// Findings of the baseline that are there no more.
    pub(crate) gone: usize,
    /// Inputs that could not be done.
    pub(crate) failed: usize,
}

/// Findings by the confidence of their best fix.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Default)]
pub(crate) struct Left {
    pub(crate) safe: usize,
    pub(crate) likely: usize,
    pub(crate) risky: usize,
    pub(crate) manual: usize,
}

impl Summary {
    /// Findings that are left and can fail a check.
    pub(crate) fn left(&self) -> usize {
        let left = &self.left;
        left.safe + left.likely + left.risky + left.manual
    }

    /// Counts what another run counted too.
    pub(crate) fn add(&mut self, it: &Summary) {
        let own = [
            (&mut self.files, it.files),
            (&mut self.containers, it.containers),
            (&mut self.written, it.written),
            (&mut self.fixed, it.fixed),
            (&mut self.left.safe, it.left.safe),
            (&mut self.left.likely, it.left.likely),
            (&mut self.left.risky, it.left.risky),
            (&mut self.left.manual, it.left.manual),
            (&mut self.info, it.info),
            (&mut self.refused, it.refused),
            (&mut self.waived, it.waived),
            (&mut self.known, it.known),
            (&mut self.gone, it.gone),
            (&mut self.failed, it.failed),
        ];
        own.into_iter().for_each(|(own, more)| *own += more);
    }
}

/// Where a file is.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PathEntry {
    /// As it was named or found, with `/` between folders.
    path: String,
    /// The same to the byte, as an address has it (`%E9`), where it is no text and `path` stands for others too.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
}

impl PathEntry {
    pub(crate) fn of(it: &Path) -> PathEntry {
        let bytes = it.to_str().is_none().then(|| address(it));
        PathEntry { path: path(it), path_bytes: bytes }
    }
}

/// A file.
#[derive(Serialize, JsonSchema)]
pub(crate) struct FileEntry<'o> {
    #[serde(flatten)]
    pub(super) path: PathEntry,
    /// Whether it was judged; others are only spoken of.
    pub(super) judged: bool,
    pub(super) state: FileWord,
    /// Why it could not be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'o str>,
    /// What all accepted fixes together do, or did, to it.
    pub(super) edits: Vec<Edit<'o>>,
}

/// What became of a file.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FileWord {
    Same,
    Changed,
    Failed,
}

/// Bytes of a file, and the text that takes their place.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Edit<'o> {
    /// The first byte that goes, from zero.
    pub(super) start: usize,
    /// The byte behind the last one that goes.
    pub(super) end: usize,
    pub(super) text: Cow<'o, str>,
}

/// A container.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ContainerEntry<'o> {
    #[serde(flatten)]
    pub(super) path: PathEntry,
    /// From one.
    pub(super) line: usize,
    pub(super) name: &'o str,
    /// As written; `…` where a variable without a value stands.
    pub(super) image: Option<&'o str>,
    /// What would make its risky fixes likely.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to_be_sure: Option<String>,
}

/// A finding.
#[derive(Serialize, JsonSchema)]
pub(crate) struct FindingEntry<'o> {
    pub(super) rule: &'o str,
    pub(super) severity: Severity,
    pub(super) confidence: Confidence,
    pub(super) state: StateWord,
    /// Why it is waived or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'o str>,
    #[serde(flatten)]
    pub(super) path: PathEntry,
    /// From one, like the three that follow; columns count characters.
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
    /// The first byte of the place, from zero, in the file as it was read; in a run that writes, what is left is placed
    /// in the file as it was written.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whom it is about: `service web`, `Deployment/api container app`.
    pub(super) subject: &'o str,
    pub(super) message: &'o str,
    /// The same for the same weakness, wherever its lines move and whatever the file is called.
    pub(super) fingerprint: String,
    /// The ways to mend it, the best first; of what is mended the one that did it.
    pub(super) fixes: Vec<FixEntry<'o>>,
    /// What the owner can do, or has to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<&'o str>,
    /// What somebody answered to it in a review, who and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decided: Option<String>,
}

/// What became of a finding.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StateWord {
    Open,
    Fixed,
    Refused,
    Waived,
    Known,
}

/// A way to mend a finding.
#[derive(Serialize, JsonSchema)]
pub(crate) struct FixEntry<'o> {
    pub(super) title: &'o str,
    pub(super) confidence: Confidence,
    /// What the confidence rests on.
    pub(super) basis: &'o str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) may_break: Option<&'o str>,
    /// Rules that are mended with it, since it is valid only then.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub(super) needs: &'o [&'static str],
    /// What it does to files: of a finding that is left, by itself; of one that is mended, its part of what all fixes
    /// do together. What several fixes write in one place is a part of each of them: whoever applies more than one fix
    /// applies equal edits once. None where it cannot be made by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) files: Option<Vec<FixFile<'o>>>,
}

/// What a fix does to a file.
#[derive(Serialize, JsonSchema)]
pub(crate) struct FixFile<'o> {
    #[serde(flatten)]
    pub(super) path: PathEntry,
    pub(super) edits: Vec<Edit<'o>>,
}

/// A pod, in the Pod Security Standards.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PodEntry<'o> {
    #[serde(flatten)]
    pub(super) path: PathEntry,
    pub(super) line: usize,
    pub(super) workload: &'o str,
    pub(super) level: &'static str,
    /// The checks of the next level that it does not meet, by the standard's names.
    pub(super) unmet: &'o [&'static str],
    /// Its level before it was mended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<&'static str>,
}

/// A waiver.
#[derive(Serialize, JsonSchema)]
pub(crate) struct WaiverEntry<'o> {
    #[serde(flatten)]
    pub(super) path: PathEntry,
    pub(super) line: usize,
    pub(super) form: Form,
    pub(super) rules: &'o [String],
    pub(super) reason: &'o str,
    /// The last day on which it holds: `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<String>,
    /// How many findings of each of its rules it covers, in their order.
    pub(super) covers: &'o [usize],
}

/// Something to know about a file.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RemarkEntry<'o> {
    #[serde(flatten)]
    pub(super) path: PathEntry,
    /// Services or pods that were left alone.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub(super) left_alone: &'o [String],
    pub(super) text: &'o str,
}

/// Something that could not be done.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ProblemEntry<'o> {
    #[serde(flatten)]
    pub(super) path: PathEntry,
    pub(super) line: Option<usize>,
    pub(super) column: Option<usize>,
    pub(super) message: &'o str,
    /// Whether the run failed by it.
    pub(super) fails: bool,
}

/// Something that was passed over.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PassedEntry {
    #[serde(flatten)]
    pub(super) path: PathEntry,
    pub(super) why: String,
}
