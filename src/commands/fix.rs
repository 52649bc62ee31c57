//! `casehard fix`: what is accepted is written, or shown.

use std::io::IsTerminal as _;
use std::path::Path;

use foldhash::HashMap;

use super::inputs::{Read, is_stdin, read};
use super::policy::{decide, is_whole};
use super::posture::as_they_are;
use super::progress::Progress;
use super::tell::Teller;
use super::{Failure, filter, review};
use crate::batch::{Batch, Loaded, Project};
use crate::cli;
use crate::finding::{Confidence, FileId};
use crate::mend::{Mended, Unproven};
use crate::outcome::{Outcome, Written, pairs};
use crate::source::{self, SourceError};

/// Writes what is accepted, or shows it.
pub(super) fn fix(args: &cli::Fix) -> Result<u8, Failure> {
    let stdin = is_stdin(&args.inputs);
    if !args.yes && !args.diff && !stdin && !has_terminal() {
        return Err(Failure(
            "there is no terminal to review the fixes on: use --yes to accept those of confidence likely and up, \
             --diff to see them, or --check to report what is weak"
                .to_owned(),
        ));
    }
    let progress = Progress::of(&args.inputs, args.telling.quiet);
    let teller = Teller::open(&args.telling)?;
    let threshold: Confidence = args.confidence.into();
    let (policy, excluded) = decide(&args.inputs, threshold)?;
    if stdin {
        return filter::filter(args, &policy, teller);
    }
    let mut batch = read(&args.inputs, &excluded, &progress)?;
    Read { batch: &batch, inputs: &args.inputs, policy: &policy, baseline: None }
        .spare(teller.sinks())?;
    if !args.yes && !args.diff {
        return review::review(&mut batch, &policy, args);
    }
    let before = teller.wants_postures().then(|| as_they_are(&batch, &policy));
    let part = progress.part("mending", batch.projects.len());
    let step = |path: &Path, took| part.step(path, took);
    let mended = batch.carry_out(&policy, Some(threshold), &step);
    drop(part);
    let mut wanted = teller.wanted(is_whole(&args.inputs, &policy));
    if let Some(before) = before {
        wanted.postures = pairs(before, &batch.projects, &mended, &policy);
    }
    let written = (!args.diff).then(|| write(&batch, &mended));
    let mut outcome = Outcome::mended(&batch, mended, &policy, written.as_ref(), wanted);
    teller.filter(&mut outcome);
    let status = teller.tell(&outcome);
    progress.tell_slowest();
    status
}

/// Whether there is somebody to ask: keys come from standard input, questions go to standard error.
fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Writes the files that changed; nothing waits for what is told of them.
fn write(batch: &Batch, mended: &[Result<Mended, Unproven>]) -> HashMap<(usize, FileId), Written> {
    let mut all = HashMap::default();
    for (number, (project, mended)) in batch.projects.iter().zip(mended).enumerate() {
        let Ok(mended) = mended else { continue };
        for &id in &mended.changed {
            let text = mended.files[id.0 as usize].tree.text();
            let written = write_file(&batch.inputs, project, id, text);
            all.insert((number, id), written.map_err(|it| it.to_string()));
        }
    }
    all
}

/// Writes a file of a project.
///
/// # Errors
/// It cannot be written, and is as it was.
pub(super) fn write_file(
    inputs: &[Loaded],
    project: &Project,
    id: FileId,
    text: &str,
) -> Result<(), SourceError> {
    let input = project.inputs[id.0 as usize].and_then(|it| inputs[it].source.as_ref());
    input.map_or(Ok(()), |it| source::write(it, text.as_bytes()))
}
