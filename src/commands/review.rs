//! `casehard fix` on a terminal.

use std::collections::HashMap;

use super::decided::{Store, who};
use super::fix::write_file;
use super::inputs::summary;
use super::output::print;
use super::tell::tell_problems;
use super::{DONE, FAILED, FOUND, Failure, INTERRUPTED};
use crate::batch::{Batch, Project};
use crate::cli;
use crate::decisions::{By, Decisions};
use crate::finding::FileId;
use crate::mend::Policy;
use crate::report::shown::Shown;
use crate::review::{self, World};
use crate::source::{self, Source, SourceError};

/// Asks about every fix and writes what is accepted.
pub(super) fn review(batch: &mut Batch, policy: &Policy, args: &cli::Fix) -> Result<u8, Failure> {
    let problems = batch.problems();
    tell_problems(&problems);
    let mut summary = summary(batch, policy);
    let inputs = &batch.inputs;
    // What was written once may be written again: it is then what was written.
    let mut newer: HashMap<usize, Source> = HashMap::new();
    let mut write = |project: &Project, id: FileId, text: &str| -> Result<(), SourceError> {
        let input = project.inputs[id.0 as usize];
        match input.and_then(|it| newer.get(&it)) {
            Some(source) => source::write(source, text.as_bytes())?,
            None => write_file(inputs, project, id, text)?,
        }
        if let Some(input) = input {
            newer.insert(input, source::read(&project.files[id.0 as usize].path)?);
        }
        Ok(())
    };
    let mut store = Store::open(&args.inputs)?;
    let known = policy.decisions.count();
    let before = if known > 0 {
        vec![format!("{known} answers of earlier sessions are in {}.", store.name())]
    } else {
        Vec::new()
    };
    let mut keep = |all: &Decisions| store.keep(all);
    let world = World {
        by: By { name: who(), on: policy.today },
        write: &mut write,
        keep: &mut keep,
        before,
    };
    let ended = review::review(&mut batch.projects, policy, &mut summary, world)
        .map_err(|it| Failure(format!("the terminal cannot be set up: {it}")))?;
    print(&Shown::own(&summary.mended()))?;
    if !ended.left.is_empty() {
        let command = review::command(&args.inputs, &ended.left);
        print(&Shown::line(&format!("  to come back to it: {command}")))?;
    }
    Ok(match (ended.interrupted, ended.failed || problems.iter().any(|it| it.fails)) {
        (true, _) => INTERRUPTED,
        (false, true) => FAILED,
        (false, false) if ended.open => FOUND,
        (false, false) => DONE,
    })
}
