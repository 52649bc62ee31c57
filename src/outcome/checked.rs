//! What a check comes to.

use super::edits::edits;
use super::table::Table;
use super::{Action, Extras, Outcome, State, remarks};
use crate::batch::Batch;
use crate::finding::Severity;
use crate::mend::{Analysis, Policy};

impl Outcome {
    /// What was found in a batch.
    pub fn checked(
        batch: &Batch,
        analyses: Vec<Analysis>,
        policy: &Policy,
        mut extras: Extras,
    ) -> Outcome {
        let mut table = Table::of(&batch.projects);
        for (number, (project, analysis)) in batch.projects.iter().zip(analyses).enumerate() {
            let numbers = table.enter(project, (&analysis.subjects, &project.files), &analysis);
            table.pose(&numbers, extras.pairs_of(number));
            table.remarks.extend(remarks(project, &analysis));
            for it in &analysis.standings {
                table.stand(&numbers, &project.files, it, None);
            }
            let mut edits = match extras.edits {
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
        table.sort();
        Outcome::of(Action::Check, batch, table, policy)
    }

    /// What a table comes to.
    pub(super) fn of(action: Action, batch: &Batch, table: Table, policy: &Policy) -> Outcome {
        Outcome {
            action,
            kubernetes: policy.settings.kubernetes,
            files: table.files,
            containers: table.containers,
            findings: table.findings,
            pods: table.pods,
            remarks: table.remarks,
            off: policy.off.clone(),
            problems: batch.problems(),
            least: Severity::Low,
            failed: batch.failed(),
            passed: batch.passed.clone(),
        }
    }
}
