//! How much there is of what.

use std::collections::{BTreeMap, BTreeSet};

use super::{Course, FileState, Outcome, Reported, State};
use crate::finding::{Confidence, Severity};

/// The numbers of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// Files that were judged.
    pub files: usize,
    /// Containers in them.
    pub containers: usize,
    /// Files that were, or would be, written.
    pub written: usize,
    /// Findings that are, or would be, mended.
    pub fixed: usize,
    /// Findings that are left, by the confidence of their best fix.
    pub left: [usize; 4],
    /// Of those, the ones that nobody decided to leave; what was decided to be mended counts as likely.
    pub open: [usize; 4],
    /// Findings of severity info that are left.
    pub info: usize,
    /// Of those that are left, those whose fix was chosen and could not be carried out.
    pub refused: usize,
    /// Findings that a waiver covers.
    pub waived: usize,
    /// Findings that the baseline has.
    pub known: usize,
    /// Inputs that could not be done.
    pub failed: usize,
    /// Pods by the level of the Pod Security Standards that they meet.
    pub levels: [usize; 3],
    /// Pods and Jobs among what is mended: a cluster does not change them in place.
    pub frozen: usize,
}

impl Count {
    /// The numbers of an outcome.
    pub fn of(outcome: &Outcome) -> Count {
        let state = |wanted: fn(&FileState) -> bool| {
            outcome.files.iter().filter(|it| wanted(&it.state)).count()
        };
        let mut count = Count {
            files: outcome.files.iter().filter(|it| it.named).count(),
            containers: outcome.containers.iter().filter(|it| outcome.files[it.file].named).count(),
            written: state(|it| *it == FileState::Changed),
            failed: outcome.failed + state(|it| matches!(it, FileState::Failed(_))),
            ..Count::default()
        };
        let mut frozen = BTreeSet::new();
        for it in &outcome.findings {
            match &it.state {
                // Where somebody said that it counts, it does.
                State::Open | State::Refused(_)
                    if it.finding.severity == Severity::Info && outcome.least > Severity::Info =>
                {
                    count.info += 1;
                }
                State::Open | State::Refused(_) => {
                    count.left[it.finding.confidence() as usize] += 1;
                    match it.decided.as_ref().map(|it| it.course) {
                        Some(Course::Stays) => (),
                        Some(Course::Mends) => count.open[Confidence::Likely as usize] += 1,
                        Some(Course::Free) | None => {
                            count.open[it.finding.confidence() as usize] += 1;
                        }
                    }
                    count.refused += usize::from(it.state != State::Open);
                }
                State::Fixed => {
                    count.fixed += 1;
                    frozen.extend(is_frozen(it).map(|name| (it.file, name)));
                }
                State::Waived(_) => count.waived += 1,
                State::Known => count.known += 1,
            }
        }
        count.frozen = frozen.len();
        outcome.pods.iter().for_each(|it| count.levels[it.now().level as usize] += 1);
        count
    }

    /// How many findings are left that can fail a check.
    pub fn remaining(&self) -> usize {
        self.left.iter().sum()
    }

    /// How many somebody decided to leave.
    pub fn declined(&self) -> usize {
        self.remaining() - self.open.iter().sum::<usize>()
    }

    /// How many are left of a confidence.
    pub fn of_confidence(&self, it: Confidence) -> usize {
        self.left[it as usize]
    }
}

/// The workload of a finding, where a cluster does not change it in place.
fn is_frozen(it: &Reported) -> Option<&str> {
    let workload = it.finding.subject.split(' ').next().unwrap_or("");
    (workload.starts_with("Pod/") || workload.starts_with("Job/")).then_some(workload)
}

/// The findings of each rule that are left, by the confidence of their best fix; the rules in the order of `ALL`.
pub fn by_rule(outcome: &Outcome) -> Vec<(&'static str, [usize; 4])> {
    let mut counts: BTreeMap<usize, (&'static str, [usize; 4])> = BTreeMap::new();
    let order = |id: &str| crate::rules::ALL.iter().position(|it| it.id == id);
    for it in outcome.findings.iter().filter(|it| it.is_left()) {
        let place = order(it.finding.rule).unwrap_or(usize::MAX);
        let entry = counts.entry(place).or_insert((it.finding.rule, [0; 4]));
        entry.1[it.finding.confidence() as usize] += 1;
    }
    counts.into_values().collect()
}
