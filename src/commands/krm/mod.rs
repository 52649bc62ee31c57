//! `casehard krm`: a function of kustomize and kpt, which takes a list of resources and gives it back mended.

mod list;
mod options;
mod results;

use super::inputs::stdin;
use super::output::{complain, raw};
use super::policy::decide;
use super::tell::tell_problems;
use super::variables::sources;
use super::{DONE, FAILED, Failure};
use crate::batch::Batch;
use crate::report::shown::Shown;
use crate::report::summary::count;
use list::{List, with_results};

/// Mends the items of the list on standard input.
pub(super) fn krm() -> Result<u8, Failure> {
    let bytes = stdin()?;
    let list = List::read(&bytes)?;
    let (inputs, confidence) = options::options(&list)?;
    let (policy, _) = decide(&inputs, confidence)?;
    let mut batch = Batch::stream_with(&bytes, &sources(&inputs)?);
    let problems = batch.problems();
    tell_problems(&problems);
    if problems.iter().any(|it| it.fails) {
        return Ok(FAILED);
    }
    let mut mended = batch.carry_out(&policy, Some(confidence), &|_, _| ());
    let Some(mended) = mended.pop() else {
        raw(list.tree.text().as_bytes())?;
        return Ok(DONE);
    };
    let mended = mended.map_err(|it| {
        Failure(format!("stdin: internal error: {}; please file a bug with this list", it.message))
    })?;
    let results = results::results(&list, &mended);
    raw(with_results(&mended.files[0].tree, &results)?.as_bytes())?;
    let (fixed, left) = (mended.fixed.len(), mended.after.judged.open.len());
    complain(&Shown::line(&format!("{} fixed, {left} left", count(fixed, "finding"))));
    Ok(DONE)
}
