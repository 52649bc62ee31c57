//! What a check comes to.

use super::edits::edits;
use super::table::Table;
use super::waivers::Count;
use super::{Action, Course, Decided, Outcome, Remark, State, Wanted, remarks};
use crate::batch::{Batch, Problem};
use crate::decisions::{Answer, Word};
use crate::finding::Severity;
use crate::mend::{Analysis, Policy};
use crate::source::{Passed, Shard};

impl Outcome {
    /// What was found in a batch.
    pub fn checked(
        batch: &Batch,
        analyses: Vec<Analysis>,
        policy: &Policy,
        wanted: Wanted,
    ) -> Outcome {
        let mut checking = Checking::default();
        let whole = wanted.whole;
        checking.add(batch, analyses, policy, wanted);
        checking.close(policy, whole)
    }

    /// What a table comes to.
    pub(super) fn of(
        action: Action,
        mut told: Told,
        (mut table, mut waivers): (Table, Count),
        policy: &Policy,
        whole: bool,
    ) -> Outcome {
        told.in_order();
        let numbers = table.in_order();
        waivers.in_order(numbers.as_deref());
        let all = table.findings.len();
        let waivers = waivers.close(&mut table, policy, whole);
        decided(&mut table, all, policy);
        table.sort();
        let ending = waivers.iter().filter_map(|it| {
            let text = it.ending(policy.today)?;
            let file = &table.files[it.file];
            let line = Some(file.now().tree.position(it.span.start).line);
            Some(Remark { path: file.path.clone(), line, names: Vec::new(), text })
        });
        let remarks = table.remarks.into_iter().chain(ending.collect::<Vec<_>>()).collect();
        Outcome {
            action,
            kubernetes: policy.settings.kubernetes,
            files: table.files,
            containers: table.containers,
            findings: table.findings,
            pods: table.pods,
            waivers,
            remarks,
            off: policy.off.clone(),
            problems: told.problems,
            shard: told.shard,
            least: Severity::Low,
            baseline: None,
            failed: told.failed,
            passed: told.passed,
            way_back: None,
        }
    }
}

/// A check of a run whose parts come one after the other: what is told of each is kept, and no more of it.
#[derive(Default)]
pub struct Checking {
    table: Table,
    waivers: Count,
    told: Told,
}

/// What is told of the inputs of a run beside what was found.
#[derive(Default)]
pub(super) struct Told {
    problems: Vec<Problem>,
    passed: Vec<Passed>,
    failed: usize,
    shard: Option<Shard>,
}

impl Told {
    /// That of a batch.
    pub(super) fn of(batch: &Batch) -> Told {
        Told {
            problems: batch.problems(),
            passed: batch.passed.clone(),
            failed: batch.failed(),
            shard: batch.shard,
        }
    }

    fn add(&mut self, other: Told) {
        self.passed.extend(other.passed);
        self.problems.extend(other.problems);
        self.failed += other.failed;
        self.shard = other.shard;
    }

    /// In the order of the paths, each once: a file of variables may be read for each part.
    fn in_order(&mut self) {
        self.passed.sort();
        self.problems.sort_by(|a, b| a.path.cmp(&b.path));
        self.problems
            .dedup_by(|a, b| (a.place, &a.message, &a.path) == (b.place, &b.message, &b.path));
    }
}

impl Checking {
    /// Takes in what was found in a batch.
    pub fn add(
        &mut self,
        batch: &Batch,
        analyses: Vec<Analysis>,
        policy: &Policy,
        mut wanted: Wanted,
    ) {
        let table = &mut self.table;
        let from = table.findings.len();
        table.take_files(&batch.projects);
        let findings = |it: &Analysis| it.judged.open.len() + it.judged.waived.len();
        let containers = analyses.iter().map(|it| it.subjects.len()).sum();
        table.reserve(analyses.iter().map(findings).sum(), containers);
        for (number, (project, analysis)) in batch.projects.iter().zip(analyses).enumerate() {
            let numbers = table.enter(project, (&analysis.subjects, &project.files), &analysis);
            table.pose(&numbers, wanted.pairs_of(number));
            table.remarks.extend(remarks(project, &analysis));
            self.waivers.add(&numbers, &analysis);
            for it in &analysis.standings {
                table.stand(&numbers, &project.files, it, None);
            }
            // What is judged with the patches over it is another text than the one on the disk.
            let mut edits = match wanted.edits && project.emits.is_none() {
                true => edits(project, &analysis),
                false => Vec::new(),
            }
            .into_iter();
            for it in analysis.judged.open {
                table.report(&numbers, &project.files, it, State::Open);
                table.edit(&numbers, edits.next().unwrap_or_default());
            }
            for it in analysis.judged.waived {
                table.report(&numbers, &project.files, it.finding, State::Waived(it.reason));
            }
        }
        decided(table, from, policy);
        self.told.add(Told::of(batch));
    }

    /// Lets go of what was taken in and is not told: of files in which something is found the text is kept, with what
    /// findings are known by where that is wanted; of others nothing. What holds waivers is kept as it is.
    pub fn let_go(&mut self, prints: bool) {
        let holders = self.waivers.files().collect();
        self.table.let_go(&holders, prints);
    }

    /// What all of it comes to; `whole` says whether everything was judged that the configuration speaks of.
    pub fn close(self, policy: &Policy, whole: bool) -> Outcome {
        Outcome::of(Action::Check, self.told, (self.table, self.waivers), policy, whole)
    }
}

/// Notes what was answered to findings, from one on.
pub(super) fn decided(table: &mut Table, from: usize, policy: &Policy) {
    if policy.decisions.is_empty() {
        return;
    }
    for it in &mut table.findings[from..] {
        let place = policy.decisions.place(&it.finding, &it.text);
        let decisions = &policy.decisions;
        let Some(said) = decisions.said(&place).or_else(|| decisions.no_before(&place)) else {
            continue;
        };
        let word = match said.word {
            _ if said.against.is_some() => "answered both ways, last",
            Word::Yes => "accepted",
            Word::No => "left",
            Word::Allow(_) => "allowed",
        };
        let course = match policy.decided(&it.text, &it.finding) {
            Some(Answer::Fix(_)) => Course::Mends,
            Some(Answer::Leave | Answer::Allow(_) | Answer::Stale(Word::No)) => Course::Stays,
            Some(Answer::Stale(_)) | None => Course::Free,
        };
        it.decided = Some(Box::new(Decided { course, word, by: said.by.clone() }));
    }
}
