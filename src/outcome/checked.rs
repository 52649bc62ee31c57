//! What a check comes to.

use super::edits::edits;
use super::table::Table;
use super::waivers::Count;
use super::{Action, Course, Decided, Outcome, Remark, State, Wanted, remarks};
use crate::batch::Batch;
use crate::decisions::{Answer, Word};
use crate::finding::Severity;
use crate::mend::{Analysis, Policy};

impl Outcome {
    /// What was found in a batch.
    pub fn checked(
        batch: &Batch,
        analyses: Vec<Analysis>,
        policy: &Policy,
        mut wanted: Wanted,
    ) -> Outcome {
        let mut table = Table::of(&batch.projects);
        let findings = |it: &Analysis| it.judged.open.len() + it.judged.waived.len();
        let containers = analyses.iter().map(|it| it.subjects.len()).sum();
        table.reserve(analyses.iter().map(findings).sum(), containers);
        let mut waivers = Count::default();
        for (number, (project, analysis)) in batch.projects.iter().zip(analyses).enumerate() {
            let numbers = table.enter(project, (&analysis.subjects, &project.files), &analysis);
            table.pose(&numbers, wanted.pairs_of(number));
            table.remarks.extend(remarks(project, &analysis));
            waivers.add(&numbers, &analysis);
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
        Outcome::of(Action::Check, batch, (table, waivers), policy, &wanted)
    }

    /// What a table comes to.
    pub(super) fn of(
        action: Action,
        batch: &Batch,
        (mut table, waivers): (Table, Count),
        policy: &Policy,
        wanted: &Wanted,
    ) -> Outcome {
        let waivers = waivers.close(&mut table, policy, wanted.whole);
        table.sort();
        decided(&mut table, policy);
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
            problems: batch.problems(),
            shard: batch.shard,
            least: Severity::Low,
            baseline: None,
            failed: batch.failed(),
            passed: batch.passed.clone(),
            way_back: None,
        }
    }
}

/// Notes what was answered to findings.
fn decided(table: &mut Table, policy: &Policy) {
    if policy.decisions.is_empty() {
        return;
    }
    for it in &mut table.findings {
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
