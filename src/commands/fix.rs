//! `casehard fix`: what is accepted is written, or shown.

use std::io::IsTerminal as _;
use std::path::Path;

use super::decided::{follow_links, must_be_there, stray, told};
use super::inputs::{Read, is_stdin, read};
use super::output::complain;
use super::policy::{decide, is_whole};
use super::posture::as_they_are;
use super::progress::Progress;
use super::tell::Teller;
use super::undo::tell_trouble;
use super::{FAILED, Failure, filter, plan, review, verify, written};
use crate::batch::{Loaded, Project};
use crate::cli;
use crate::finding::FileId;
use crate::outcome::{Outcome, pairs};
use crate::report::shown::Shown;
use crate::source::{self, Cause, Journal, SourceError};

/// Writes what is accepted, or shows it.
pub(super) fn fix(args: &cli::Fix) -> Result<u8, Failure> {
    let stdin = is_stdin(&args.inputs) || args.command.is_some();
    let asks = !args.yes && !args.diff && args.plan.is_none();
    if asks && !stdin && !has_terminal() {
        return Err(Failure(no_terminal(args).to_owned()));
    }
    if !asks || stdin {
        must_be_there(&args.inputs)?;
    }
    if args.emit.is_some() && stdin {
        return Err(Failure("--emit needs files: standard input has none beside it".to_owned()));
    }
    if args.emit.is_some() && args.inputs.shard.is_some() {
        return Err(Failure(
            "--emit makes files, and with them --shard would divide the others anew: leave one of the two out".to_owned(),
        ));
    }
    if args.verify && stdin {
        return Err(Failure("--verify needs files: standard input has no project".to_owned()));
    }
    let is_tried = !args.verify || verify::before_writing(&args.inputs, &args.trial)?;
    let status = write_or_show(args, (stdin, asks))?;
    Ok(if is_tried { status } else { status.max(FAILED) })
}

/// Writes what is accepted, or shows it, once all that was to be tried is tried.
fn write_or_show(args: &cli::Fix, (stdin, asks): (bool, bool)) -> Result<u8, Failure> {
    let progress = Progress::of(&args.inputs, args.telling.quiet);
    let teller = Teller::open(&args.telling)?;
    let threshold = args.least();
    let (mut policy, excluded) = decide(&args.inputs, threshold)?;
    if stdin {
        return filter::filter(args, &policy, teller);
    }
    let mut batch = read(&args.inputs, &excluded, &progress)?;
    follow_links(&mut policy, &batch);
    match args.emit {
        Some(cli::Emit::Override) => batch.emit(args.emit_to.as_deref()).map_err(Failure)?,
        Some(cli::Emit::Kustomize) if args.emit_to.is_some() => {
            let why =
                "--emit-to names an override: a kustomization lies with what it builds, or above";
            return Err(Failure(why.to_owned()));
        }
        Some(cli::Emit::Kustomize) => batch.emit_patches(),
        None => batch.without_patches(),
    }
    Read { batch: &batch, inputs: &args.inputs, policy: &policy, baseline: None }
        .spare(teller.sinks())?;
    if asks {
        return review::review(&mut batch, &policy, args, teller);
    }
    let before = teller.wants_postures().then(|| as_they_are(&batch, &policy));
    let part = progress.part("mending", batch.projects.len());
    let step = |path: &Path, took| part.step(path, took);
    let mut mended = batch.carry_out(&policy, Some(threshold), &step);
    batch.settle(&mut mended);
    drop(part);
    if let Some(to) = &args.plan {
        return plan::save(args, to, &batch, &policy, &mended);
    }
    let mut wanted = teller.wanted(is_whole(&args.inputs, &policy));
    if let Some(before) = before {
        wanted.postures = pairs(before, &batch.projects, &mended, &policy);
    }
    let mut journal = Journal::of_user(Cause::Fix);
    let written = (!args.diff).then(|| written::write(&mut journal, &batch, &mended));
    let mut outcome = Outcome::mended(&batch, mended, &policy, written.as_ref(), wanted);
    outcome.way_back = journal.run().map(str::to_owned);
    let gone = told(&stray(&outcome, &policy), &args.inputs).filter(|_| !args.telling.quiet);
    gone.iter().for_each(|it| complain(&Shown::line(it)));
    teller.filter(&mut outcome);
    let status = teller.tell(&outcome);
    progress.tell_slowest();
    status.map_err(|it| match outcome.way_back {
        Some(_) => {
            Failure(format!("{}; the fixes are written: `casehard undo` takes them back", it.0))
        }
        None => it,
    })
}

/// What does without somebody to ask.
fn no_terminal(args: &cli::Fix) -> &'static str {
    match args.verify {
        true => {
            "there is no terminal to review the fixes on: use --verify --yes to try them and write those that passed \
             or are of confidence likely and up, or `casehard verify` and then --diff to see them"
        }
        false => {
            "there is no terminal to review the fixes on: use --yes to accept those of confidence likely and up, \
             --diff to see them, or --check to report what is weak"
        }
    }
}

/// Whether there is somebody to ask: keys come from standard input, questions go to standard error.
fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Writes a file of a project; says once where there will be no way back.
///
/// # Errors
/// It cannot be written, and is as it was.
pub(super) fn write_file(
    journal: &mut Journal,
    inputs: &[Loaded],
    project: &Project,
    id: FileId,
    text: &str,
) -> Result<(), SourceError> {
    let source = |it: &Option<usize>| it.and_then(|it| inputs[it].source.as_ref());
    let input = project.inputs.get(id.0 as usize).and_then(source);
    if project.emits.is_some() {
        // What they say is what the override was made for.
        project.inputs.iter().filter_map(source).try_for_each(source::unchanged)?;
        let path = &project.files[id.0 as usize].path;
        let there = inputs.iter().find(|it| it.path == *path).and_then(|it| it.source.as_ref());
        match there {
            None => return source::create(path, text.as_bytes()),
            Some(it) if input.is_none() => {
                let written = source::write(journal, it, text.as_bytes());
                tell_trouble(journal);
                return written;
            }
            Some(_) => (),
        }
    }
    let written = input.map_or(Ok(()), |it| source::write(journal, it, text.as_bytes()));
    tell_trouble(journal);
    written
}
