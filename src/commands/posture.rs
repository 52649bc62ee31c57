//! `casehard posture`: the decision checklist for every container, before and after the fixes; nothing is written.

use std::path::Path;

use foldhash::HashMap;

use super::decided::{follow_links, must_be_there};
use super::inputs::{Read, is_stdin, read, read_stdin};
use super::output::{Sink, complain, print};
use super::policy::decide;
use super::progress::Progress;
use super::tell::{problems, width};
use super::{DONE, FAILED, Failure};
use crate::batch::Batch;
use crate::cli::{self, PostureFormat};
use crate::finding::{Confidence, ContainerId};
use crate::mend::{Policy, Postures, postures};
use crate::outcome::{Outcome, PosturePair, Wanted, pairs};
use crate::parallel;
use crate::report::posture;
use crate::report::shown::Shown;

/// Tells it.
pub(super) fn posture(args: &cli::Posture) -> Result<u8, Failure> {
    let format = args.format().map_err(Failure)?;
    must_be_there(&args.inputs)?;
    let sink = Sink::open(args.output.as_deref())?;
    let (mut policy, excluded) = decide(&args.inputs, args.confidence.into())?;
    let progress = Progress::of(&args.inputs, false);
    let mut batch = match is_stdin(&args.inputs) {
        true => read_stdin(&args.inputs)?,
        false => read(&args.inputs, &excluded, &progress)?,
    };
    batch.put_patches_over();
    follow_links(&mut policy, &batch);
    Read { batch: &batch, inputs: &args.inputs, policy: &policy, baseline: None }.spare(&sink)?;
    let threshold: Confidence = args.confidence.into();
    let before = as_they_are(&batch, &policy);
    let part = progress.part("mending", batch.projects.len());
    let step = |path: &Path, took| part.step(path, took);
    let mut mended = batch.carry_out(&policy, Some(threshold), &step);
    batch.settle(&mut mended);
    drop(part);
    let postures = pairs(before, &batch.projects, &mended, &policy);
    let wanted = Wanted { postures, ..Wanted::default() };
    let outcome = Outcome::mended(&batch, mended, &policy, None, wanted);
    problems(&outcome);
    if outcome.containers.iter().all(|it| it.posture.is_none()) {
        complain(&Shown::line("there is no container to ask of"));
        if outcome.is_failed() {
            return Ok(FAILED);
        }
    }
    let text = match format {
        PostureFormat::Table => {
            posture::table(&outcome, if sink.is_none() { width() } else { None })
        }
        PostureFormat::Markdown => posture::markdown(&outcome),
        PostureFormat::Json => posture::json(&outcome),
    };
    match sink {
        Some(sink) => sink.write(&text)?,
        None => print(&text)?,
    }
    Ok(if outcome.is_failed() { FAILED } else { DONE })
}

/// The answers before the fixes of a confidence and after them, where nothing is to be mended: the batch stays as it is.
pub(super) fn foreseen(
    batch: &mut Batch,
    policy: &Policy,
    threshold: Confidence,
) -> Vec<HashMap<ContainerId, PosturePair>> {
    let before = as_they_are(batch, policy);
    // What others take from a file is told of it as it was.
    let files: Vec<_> = batch.projects.iter().map(|it| it.files.clone()).collect();
    let mended = batch.carry_out(policy, Some(threshold), &|_, _| ());
    let pairs = pairs(before, &batch.projects, &mended, policy);
    batch.projects.iter_mut().zip(files).for_each(|(project, files)| project.files = files);
    pairs
}

/// The answers for all containers of a batch as its files are.
pub(super) fn as_they_are(batch: &Batch, policy: &Policy) -> Vec<Postures> {
    let of = |it: &crate::batch::Project| postures(&it.files, &it.members, policy);
    parallel::map(&batch.projects, 1, of)
}
