//! `casehard check`: what is weak, and nothing is written.

use super::Failure;
use super::inputs::{is_stdin, read, read_stdin};
use super::policy::decide;
use super::progress::Progress;
use super::tell::Teller;
use crate::cli::{Inputs, Telling};
use crate::evidence::Stance;
use crate::finding::Confidence;
use crate::outcome::Outcome;

/// Reports what is weak; with a confidence only what has a fix that is as sure.
pub(super) fn check(
    inputs: &Inputs,
    telling: &Telling,
    sure: Option<Confidence>,
) -> Result<u8, Failure> {
    let progress = Progress::of(inputs, telling);
    let teller = Teller::open(telling)?;
    let (policy, excluded) = decide(inputs, Stance::Proven)?;
    let batch = match is_stdin(inputs) {
        true => read_stdin(inputs)?,
        false => read(inputs, &excluded, &progress)?,
    };
    let part = progress.part("judging", batch.projects.len());
    let analyses = batch.analyse(&policy, &|path, took| part.step(path, took));
    drop(part);
    let mut outcome = Outcome::checked(&batch, analyses, &policy, teller.wants_edits());
    if let Some(sure) = sure {
        outcome.keep(|it| it.finding.confidence() >= sure);
    }
    teller.filter(&mut outcome);
    let status = teller.tell(&outcome);
    progress.tell_slowest();
    status
}
