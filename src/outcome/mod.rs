//! What a run comes to: one value, which the formats render and from which the exit status follows.
//!
//! Nothing in it depends on how it is shown, on the clock, or on the number of threads.

mod checked;
mod count;
pub mod edits;
mod joint;
mod mended;
mod postures;
mod remark;
mod table;
mod waivers;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use crate::batch::Problem;
use crate::decisions::By;
use crate::evidence::Raise;
use crate::finding::{Confidence, ContainerId, Finding, Severity};
use crate::source::{Passed, Shard};
use crate::standard::Standing;
use crate::workload::File;
use crate::yaml::{Replacement, replacements};

pub use crate::fingerprint::Fingerprint;
pub use checked::Checking;
pub use count::{Count, by_rule};
pub use mended::Written;
pub use postures::{Held, PosturePair, held, pairs};
pub use remark::{Remark, remarks};
pub use waivers::{Covered, Form, Waiver};

/// What a run was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// To report what is weak.
    Check,
    /// To show what would be written.
    Plan,
    /// To write.
    Write,
}

/// What a run comes to.
pub struct Outcome {
    /// What it was for.
    pub action: Action,
    /// The version of Kubernetes that pods are judged by.
    pub kubernetes: (u32, u32),
    /// The files that were judged, in the order of the run, and behind them those that are only spoken of.
    pub files: Vec<Judged>,
    /// The containers, in the order of the files.
    pub containers: Vec<Container>,
    /// The findings, by file and place.
    pub findings: Vec<Reported>,
    /// Where pods stand in the Pod Security Standards.
    pub pods: Vec<Pod>,
    /// The waivers of the run.
    pub waivers: Vec<Waiver>,
    /// What else is said once: what was left alone and why, for what engine a file is judged.
    pub remarks: Vec<Remark>,
    /// Rules that the configuration switches off.
    pub off: Vec<&'static str>,
    /// What could not be done.
    pub problems: Vec<Problem>,
    /// The part of all files that was judged; nothing for all of them.
    pub shard: Option<Shard>,
    /// The least severity that fails a check.
    pub least: Severity,
    /// The baseline that was heeded.
    pub baseline: Option<Heeded>,
    /// Inputs that could not be done.
    pub failed: usize,
    /// What was passed over.
    pub passed: Vec<Passed>,
    /// The run in the journal that wrote it, where it can be taken back.
    pub way_back: Option<String>,
}

/// What could not be judged or written: the file, line and column where there are, and why.
pub type Failed<'o> = (&'o Path, Option<(usize, usize)>, &'o str);

/// A baseline that a run heeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heeded {
    /// The file.
    pub path: PathBuf,
    /// How many of its findings are there no more.
    pub gone: usize,
}

/// A file that was judged.
pub struct Judged {
    /// As the user names it.
    pub path: PathBuf,
    /// As it was read.
    pub before: Arc<File>,
    /// With all accepted fixes, where there are any.
    pub after: Option<Arc<File>>,
    /// What became of it.
    pub state: FileState,
    /// Whether it was asked for.
    pub named: bool,
}

/// What is wanted of an outcome beside the findings.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What each fix does to the bytes of files.
    pub edits: bool,
    /// Whether everything is judged that the configuration speaks of, so that what covers nothing can be told.
    pub whole: bool,
    /// The answers of the checklist for the containers of each project; none where nobody asks.
    pub postures: Vec<HashMap<ContainerId, PosturePair>>,
}

impl Wanted {
    /// The answers for a project, which are taken out.
    fn pairs_of(&mut self, number: usize) -> HashMap<ContainerId, PosturePair> {
        self.postures.get_mut(number).map(std::mem::take).unwrap_or_default()
    }
}

impl Judged {
    /// It as it is after the run.
    pub fn now(&self) -> &Arc<File> {
        self.after.as_ref().filter(|_| self.state == FileState::Changed).unwrap_or(&self.before)
    }

    /// What all accepted fixes together do to it.
    pub fn edits(&self) -> Vec<Replacement> {
        let after = self.after.as_ref();
        after.map_or(Vec::new(), |it| replacements(self.before.tree.text(), it.tree.text()))
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    /// Nothing was to be written.
    Same,
    /// It was written, or would be.
    Changed,
    /// It could not be written, or was not proven; it is as it was.
    Failed(String),
}

/// A container that was looked at.
pub struct Container {
    /// The file that it stands in.
    pub file: usize,
    /// Its line, from one.
    pub line: usize,
    /// What people call it: `service web`, `Deployment/api container app`.
    pub name: Arc<str>,
    /// Its image as written.
    pub image: Option<String>,
    /// What would make its risky fixes likely, where it has some that are open.
    pub raise: Option<Raise>,
    /// The decision checklist, where it was asked for.
    pub posture: Option<Box<PosturePair>>,
    /// Whether something was found in it that is not to be shown.
    pub is_filtered: bool,
}

/// What was answered to a finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decided {
    /// What becomes of it without questions.
    pub course: Course,
    /// The answer: `accepted`, `left` or `allowed`.
    pub word: &'static str,
    /// Who gave it.
    pub by: By,
}

impl Decided {
    /// The answer, and who gave it, in words.
    pub fn text(&self) -> String {
        format!("{} {}", self.word, self.by)
    }
}

/// What an answer makes of a finding where nobody is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Course {
    /// A fix is written, however sure it is.
    Mends,
    /// None is written.
    Stays,
    /// What was answered is not offered any more: it goes as if nobody had been asked.
    Free,
}

/// A finding, and what became of it.
pub struct Reported {
    /// What was found.
    pub finding: Finding,
    /// The file that it stands in.
    pub file: usize,
    /// The text that its place is in: the one before the run, or after it.
    pub text: Arc<File>,
    /// The container, where it is about one.
    pub container: Option<usize>,
    /// What became of it.
    pub state: State,
    /// What each of its fixes does by itself to the files, where that was asked for.
    pub edits: Vec<Edits>,
    /// What somebody answered to it in a review, who and when: `left by Ann on 2026-11-26`.
    pub decided: Option<Box<Decided>>,
    /// What it is known by, where its text does not say so any more.
    prints: Option<Box<Prints>>,
}

/// What a finding is known by.
struct Prints {
    own: Fingerprint,
    /// Those of weaknesses that would have been at least as bad.
    worse: Vec<Fingerprint>,
}

impl Prints {
    fn of(it: &Reported) -> Prints {
        Prints { own: it.fingerprint(), worse: it.worse() }
    }
}

/// What a fix does to files, by their numbers; nothing where it needs another fix first.
pub type Edits = Option<Vec<(usize, Vec<Replacement>)>>;

/// What became of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is left.
    Open,
    /// It is mended, or would be, by the first of its fixes.
    Fixed,
    /// It was to be mended, and could not be.
    Refused(String),
    /// An owner allows it.
    Waived(String),
    /// The baseline has it.
    Known,
}

impl State {
    /// The word for it.
    pub fn name(&self) -> &'static str {
        match self {
            State::Open => "open",
            State::Fixed => "fixed",
            State::Refused(_) => "refused",
            State::Waived(_) => "waived",
            State::Known => "known",
        }
    }
}

/// A pod.
pub struct Pod {
    /// The file that it stands in.
    pub file: usize,
    /// Its line, from one.
    pub line: usize,
    /// Where it stands, or stood before it was mended.
    pub before: Standing,
    /// Where it stands after it was mended.
    pub after: Option<Standing>,
}

impl Pod {
    /// Where it stands now.
    pub fn now(&self) -> &Standing {
        self.after.as_ref().unwrap_or(&self.before)
    }
}

impl Reported {
    /// The same for the same weakness, wherever its lines move and whatever the file is called.
    pub fn fingerprint(&self) -> Fingerprint {
        match &self.prints {
            Some(it) => it.own,
            None => Fingerprint::of(&self.finding, &self.text),
        }
    }

    /// Those of weaknesses that would have been at least as bad.
    pub fn worse(&self) -> Vec<Fingerprint> {
        match &self.prints {
            Some(it) => it.worse.clone(),
            None => Fingerprint::of_worse(&self.finding, &self.text),
        }
    }

    /// Line and column of its place, from one.
    pub fn place(&self) -> (usize, usize) {
        let position = self.text.tree.position(self.finding.site.span.start);
        (position.line, position.column)
    }

    /// Line and column of the end of its place, from one.
    pub fn end(&self) -> (usize, usize) {
        let position = self.text.tree.position(self.finding.site.span.end);
        (position.line, position.column)
    }

    /// Whether it counts against the run.
    pub fn is_left(&self) -> bool {
        matches!(self.state, State::Open | State::Refused(_))
    }
}

impl Outcome {
    /// Whether anything is left that fails a check, a diff has something to show, or something that was accepted could
    /// not be written.
    pub fn found(&self) -> bool {
        let fails = |it: &Reported| it.is_left() && it.finding.severity >= self.least;
        let refused = |it: &Reported| matches!(it.state, State::Refused(_));
        match self.action {
            Action::Check => self.findings.iter().any(fails),
            Action::Plan => self.files.iter().any(|it| it.state == FileState::Changed),
            Action::Write => self.findings.iter().any(refused),
        }
    }

    /// Whether some input could not be done.
    pub fn is_failed(&self) -> bool {
        self.problems.iter().any(|it| it.fails)
            || self.files.iter().any(|it| matches!(it.state, FileState::Failed(_)))
    }

    /// What could not be judged or written.
    pub fn failures(&self) -> Vec<Failed<'_>> {
        let problems = self.problems.iter().filter(|it| it.fails);
        let problems = problems.map(|it| (&*it.path, it.place, &*it.message));
        let files = self.files.iter().filter_map(|it| match &it.state {
            FileState::Failed(why) => Some((&*it.path, None, &**why)),
            FileState::Same | FileState::Changed => None,
        });
        problems.chain(files).collect()
    }

    /// How many findings of the baseline are there no more.
    pub fn gone(&self) -> usize {
        self.baseline.as_ref().map_or(0, |it| it.gone)
    }

    /// Takes out the findings that are not to be shown.
    pub fn keep(&mut self, wanted: impl Fn(&Reported) -> bool) {
        for it in self.findings.iter().filter(|it| !wanted(it)) {
            if let Some(at) = it.container {
                self.containers[at].is_filtered = true;
            }
        }
        self.findings.retain(wanted);
    }

    /// What would make fixes likely that are told, with the containers.
    pub fn raises(&self) -> Vec<(usize, &Raise)> {
        let mut wanted = vec![false; self.containers.len()];
        for it in self.findings.iter().filter(|it| it.is_left()) {
            if let Some(at) = it.container.filter(|_| it.finding.confidence() == Confidence::Risky)
            {
                wanted[at] = true;
            }
        }
        let all = self.containers.iter().enumerate().filter(|it| wanted[it.0]);
        all.filter_map(|(at, it)| Some((at, it.raise.as_ref()?))).collect()
    }

    /// The pods of which something is told, or that were mended.
    pub fn pods_told(&self) -> impl Iterator<Item = &Pod> {
        let told = self.findings.iter().filter(|it| it.is_left());
        let told: HashSet<(usize, &str)> = told
            .map(|it| (it.file, it.finding.subject.split(' ').next().unwrap_or_default()))
            .collect();
        self.pods.iter().filter(move |it| {
            it.after.is_some()
                || told
                    .contains(&(it.file, it.before.workload.split(' ').next().unwrap_or_default()))
        })
    }

    /// The findings about a container, or about none, in their order.
    pub fn findings_of(&self, container: Option<usize>) -> impl Iterator<Item = &Reported> {
        self.findings.iter().filter(move |it| it.container == container)
    }
}
