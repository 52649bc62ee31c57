//! `casehard fix` on a terminal.

use super::fix::write_file;
use super::inputs::summary;
use super::output::print;
use super::tell::tell_problems;
use super::undo::tell_version_control;
use super::{DONE, FAILED, Failure, INTERRUPTED};
use crate::batch::{Batch, Project};
use crate::cli;
use crate::finding::FileId;
use crate::mend::Policy;
use crate::report::shown::Shown;
use crate::report::undo::WAY_BACK;
use crate::review;
use crate::source::{Cause, Journal};

/// Asks about every fix and writes what is accepted.
pub(super) fn review(batch: &mut Batch, policy: &Policy, args: &cli::Fix) -> Result<u8, Failure> {
    let problems = batch.problems();
    tell_problems(&problems);
    let mut summary = summary(batch, policy);
    tell_version_control(batch);
    let inputs = &batch.inputs;
    let mut journal = Journal::of_user(Cause::Fix);
    let mut write = |project: &Project, id: FileId, text: &str| {
        write_file(&mut journal, inputs, project, id, text)
    };
    let ended = review::review(&mut batch.projects, policy, &mut summary, &mut write)
        .map_err(|it| Failure(format!("the terminal cannot be set up: {it}")))?;
    print(&Shown::own(&summary.mended()))?;
    if journal.run().is_some() {
        print(&Shown::line(&format!("  {WAY_BACK}")))?;
    }
    if !ended.left.is_empty() {
        let command = review::command(&args.inputs, &ended.left);
        print(&Shown::line(&format!("  to come back to it: {command}")))?;
    }
    Ok(match (ended.interrupted, ended.failed || problems.iter().any(|it| it.fails)) {
        (true, _) => INTERRUPTED,
        (false, true) => FAILED,
        (false, false) => DONE,
    })
}
