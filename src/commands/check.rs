//! `casehard check`: what is weak, and nothing is written.

use rayon::prelude::*;

use super::Failure;
use super::inputs::{is_stdin, read, read_stdin};
use super::policy::decide;
use super::tell::Teller;
use crate::cli::{Inputs, Telling};
use crate::evidence::Stance;
use crate::finding::Confidence;
use crate::mend::{Analysis, analyse};
use crate::outcome::{Extras, Outcome};

/// Reports what is weak; with a confidence only what has a fix that is as sure.
pub(super) fn check(
    inputs: &Inputs,
    telling: &Telling,
    sure: Option<Confidence>,
) -> Result<u8, Failure> {
    let teller = Teller::open(telling)?;
    let (policy, excluded) = decide(inputs, Stance::Proven)?;
    let batch = match is_stdin(inputs) {
        true => read_stdin(inputs)?,
        false => read(inputs, &excluded)?,
    };
    let analyses: Vec<Analysis> =
        batch.projects.par_iter().map(|it| analyse(&it.files, &it.members, &policy)).collect();
    let extras = Extras { edits: teller.wants_edits(), ..Extras::default() };
    let mut outcome = Outcome::checked(&batch, analyses, &policy, extras);
    if let Some(sure) = sure {
        outcome.keep(|it| it.finding.confidence() >= sure);
    }
    teller.filter(&mut outcome);
    teller.tell(&outcome)
}
