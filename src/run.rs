//! A run: arguments and files in, reports and files out.

mod door;
mod inputs;
mod lookup;
mod policy;
mod variables;

use std::collections::HashSet;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use rayon::prelude::*;

use crate::batch::{Batch, Loaded, Project};
use crate::cli::{Cli, Color, Command, Inputs};
use crate::evidence::Stance;
use crate::finding::{Confidence, FileId, Finding, Severity};
use crate::images;
use crate::mend::{Analysis, Mended, Policy, Unproven, analyse, mend};
use crate::plan::accept;
use crate::report::shown::Shown;
use crate::report::summary::Summary;
use crate::report::{diff, left_alone, notes, standing, text};
use crate::review;
use crate::source;
use door::{complain, print, print_patch, raw};
use inputs::{complain_of, is_stdin, read, stdin, summary};
use policy::decide;
pub use policy::policy;
pub use variables::sources;

/// A run that cannot start: what is wrong, and what to do.
#[derive(Debug)]
pub struct Failure(pub String);

/// Nothing to report, or everything accepted was written.
const DONE: u8 = 0;
/// Findings remain, or there is a diff.
const FOUND: u8 = 1;
/// Some input could not be done.
const FAILED: u8 = 2;
/// Somebody stopped the program, in the way of shells.
const INTERRUPTED: u8 = 130;

/// Runs the program.
pub fn run(cli: Cli) -> ExitCode {
    choose_color(cli.color);
    if matches!(cli.command, Command::Fix(_) | Command::Check(_)) {
        // Whoever asks first finds it read, or waits for less.
        rayon::spawn(|| {
            images::all();
        });
    }
    let outcome = match cli.command {
        Command::Fix(args) if args.check => check(&args.inputs, Severity::Low),
        Command::Fix(args) => fix(&args),
        Command::Check(args) => check(&args.inputs, args.min_severity.into()),
        Command::Explain { rule } => lookup::explain(rule.as_deref()),
        Command::Rules(args) => lookup::list_rules(args.markdown),
        Command::Images(args) => lookup::images(&args),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            complain(&Shown::line(&format!("casehard: {}", failure.0)));
            ExitCode::from(FAILED)
        }
    }
}

fn choose_color(color: Color) {
    let choice = match color {
        // Where a job of CI has such a terminal, it still is one.
        Color::Auto if review::is_dumb() && !is_forced() => anstream::ColorChoice::Never,
        Color::Auto => return,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Whether colour is asked for, whatever the terminal is (<https://bixense.com/clicolors>).
fn is_forced() -> bool {
    std::env::var_os("CLICOLOR_FORCE").is_some_and(|it| it != "0")
}

fn fix(args: &crate::cli::Fix) -> Result<u8, Failure> {
    let stdin = is_stdin(&args.inputs);
    if !args.yes && !args.diff && !stdin && !has_terminal() {
        return Err(Failure(
            "there is no terminal to review the fixes on: use --yes to accept those of confidence likely and up, \
             --diff to see them, or --check to report what is weak"
                .to_owned(),
        ));
    }
    let stance = match args.confidence {
        crate::cli::Confidence::Risky if args.yes || args.diff || stdin => Stance::Strict,
        _ => Stance::Proven,
    };
    let (policy, excluded) = decide(&args.inputs, stance)?;
    let threshold: Confidence = args.confidence.into();
    if stdin {
        return filter(&policy, args);
    }
    let mut batch = read(&args.inputs, &excluded)?;
    let mut summary = summary(&batch, &policy);
    let mut code = complain_of(&batch);
    if !args.yes && !args.diff {
        return Ok(code.max(review(&mut batch, &policy, args, summary)?));
    }
    let mended = batch.mend(&policy, |all| accept(all, threshold));
    for (project, outcome) in batch.projects.iter().zip(mended) {
        code = code.max(finish(project, outcome, &batch.inputs, args.diff, &mut summary));
    }
    if args.diff {
        complain(&Shown::own(&summary.planned()));
    } else {
        print(&Shown::own(&summary.mended()));
    }
    Ok(code)
}

/// Whether there is somebody to ask: keys come from standard input, questions go to standard error.
fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks about every fix and writes what is accepted.
fn review(
    batch: &mut Batch,
    policy: &Policy,
    args: &crate::cli::Fix,
    mut summary: Summary,
) -> Result<u8, Failure> {
    let inputs = &batch.inputs;
    let mut write = |project: &Project, id: FileId, text: &str| {
        let source = project.inputs[id.0 as usize].and_then(|it| inputs[it].source.as_ref());
        source.map_or(Ok(()), |it| source::write(it, text.as_bytes()))
    };
    let ended = review::review(&mut batch.projects, policy, &mut summary, &mut write)
        .map_err(|it| Failure(format!("the terminal cannot be set up: {it}")))?;
    print(&Shown::own(&summary.mended()));
    if !ended.left.is_empty() {
        let command = review::command(&args.inputs, &ended.left);
        print(&Shown::line(&format!("  to come back to it: {command}")));
    }
    Ok(match (ended.interrupted, ended.failed) {
        (true, _) => INTERRUPTED,
        (false, true) => FAILED,
        (false, false) => DONE,
    })
}

/// Writes, or shows, what became of a project.
fn finish(
    project: &Project,
    outcome: Result<Mended, Unproven>,
    inputs: &[Loaded],
    show: bool,
    summary: &mut Summary,
) -> u8 {
    let mended = match outcome {
        Ok(mended) => mended,
        Err(unproven) => {
            summary.failed += 1;
            let (path, message) = (unproven.path.display(), unproven.message);
            let what = format!("{path}: internal error, the file is left as it was: {message}");
            complain(&Shown::line(&what));
            complain(&Shown::line("  please file a bug with this file"));
            return FAILED;
        }
    };
    let mut code = DONE;
    for &id in &mended.changed {
        let old = &project.files[id.0 as usize];
        let new = mended.files[id.0 as usize].tree.text();
        if show {
            print_patch(diff::unified(&old.path, old.tree.text(), new));
            summary.written += 1;
            code = code.max(FOUND);
            continue;
        }
        let input = project.inputs[id.0 as usize].and_then(|it| inputs[it].source.as_ref());
        let written = input.map(|it| source::write(it, new.as_bytes()));
        match written {
            Some(Ok(())) => summary.written += 1,
            Some(Err(error)) => {
                complain(&Shown::line(&error.to_string()));
                summary.failed += 1;
                code = FAILED;
            }
            None => (),
        }
    }
    if code == FAILED {
        summary.containers += mended.before.containers;
        mended.before.judged.open.iter().for_each(|it| summary.leave(it));
    } else {
        report_mended(project, &mended, show, summary);
    }
    code
}

fn report_mended(project: &Project, mended: &Mended, show: bool, summary: &mut Summary) {
    summary.mend(mended.fixed.iter().map(|it| &*it.subject));
    summary.waived += mended.after.judged.waived.len();
    summary.refused += mended.refused.len();
    summary.containers += mended.after.containers;
    summary.stand(&mended.after.standings);
    mended.after.judged.open.iter().for_each(|it| summary.leave(it));
    complain_skipped(project, &mended.after);
    complain_refused(project, mended);
    if show {
        return;
    }
    for fixed in &mended.fixed {
        let written = fixed.files.iter().find(|it| mended.changed.contains(it));
        let file = &project.files[written.map_or(fixed.site.file.0, |it| it.0) as usize];
        let line = format!(
            "{}: {}: {} ({}, {})",
            file.path.display(),
            fixed.subject,
            fixed.title,
            fixed.rule,
            fixed.confidence.name()
        );
        print(&Shown::line(&line));
    }
    if mended.changed.is_empty() {
        return;
    }
    for (before, after) in mended.before.standings.iter().zip(&mended.after.standings) {
        let file = &project.files[after.site.file.0 as usize];
        print(&Shown::line(&standing::change(file, before, after)));
    }
}

/// Says what was left alone, and why.
fn complain_skipped(project: &Project, analysis: &Analysis) {
    left_alone::lines(project, analysis).iter().for_each(|it| complain(&Shown::line(it)));
    notes::platforms(project, analysis).iter().for_each(|it| complain(&Shown::line(it)));
}

/// Says which chosen fixes could not be carried out, and why.
fn complain_refused(project: &Project, mended: &Mended) {
    for (finding, why) in &mended.refused {
        let file = &project.files[finding.site.file.0 as usize];
        let (path, subject, rule) = (file.path.display(), &finding.subject, finding.rule);
        complain(&Shown::line(&format!("{path}: {subject}: {rule} is refused: {why}")));
    }
}

fn check(inputs: &Inputs, least: Severity) -> Result<u8, Failure> {
    let (policy, excluded) = decide(inputs, Stance::Proven)?;
    let batch = if is_stdin(inputs) {
        Batch::stream_with(&stdin()?, &sources(inputs)?)
    } else {
        read(inputs, &excluded)?
    };
    let mut summary = summary(&batch, &policy);
    let mut code = complain_of(&batch);
    let analyses: Vec<_> =
        batch.projects.par_iter().map(|it| analyse(&it.files, &it.members, &policy)).collect();
    let width = width();
    let mut told = HashSet::new();
    for (project, analysis) in batch.projects.iter().zip(&analyses) {
        complain_skipped(project, analysis);
        summary.waived += analysis.judged.waived.len();
        summary.containers += analysis.containers;
        let mut open: Vec<&Finding> = analysis.judged.open.iter().collect();
        open.sort_by_key(|it| (it.site.file, it.site.span.start));
        for finding in open {
            summary.leave(finding);
            if finding.severity >= least {
                code = code.max(FOUND);
            }
            print(&text::finding(&project.files, finding, width));
        }
        for (subjects, raise) in notes::all(analysis) {
            let note = text::note(&subjects.join(", "), raise, width);
            // What one file lacks another often lacks as well, such as the knowledge of an image.
            if told.insert(note.clone()) {
                print(&note);
            }
        }
        summary.stand(&analysis.standings);
        for it in &analysis.standings {
            let file = &project.files[it.site.file.0 as usize];
            print(&Shown::line(&standing::line(file, it)));
        }
    }
    print(&Shown::own(&summary.checked()));
    Ok(code)
}

/// How wide the terminal is that shows what is printed, if one does.
fn width() -> Option<usize> {
    console::Term::stdout().size_checked().map(|it| usize::from(it.1))
}

/// Standard input to standard output; messages go to standard error.
fn filter(policy: &Policy, args: &crate::cli::Fix) -> Result<u8, Failure> {
    let (threshold, show): (Confidence, _) = (args.confidence.into(), args.diff);
    let original = stdin()?;
    let batch = Batch::stream_with(&original, &sources(&args.inputs)?);
    if complain_of(&batch) == FAILED {
        return Ok(FAILED);
    }
    let Some(project) = batch.projects.first() else {
        if !show {
            raw(&original);
        }
        return Ok(DONE);
    };
    let mended = mend(&project.files, &project.members, policy, |it| accept(it, threshold))
        .map_err(|it| Failure(format!("internal error, nothing is written: {}", it.message)))?;
    let new = mended.files[0].tree.text();
    if show {
        let old = project.files[0].tree.text();
        let diff =
            if old == new { String::new() } else { diff::unified(Path::new("stdin"), old, new) };
        let code = if diff.is_empty() { DONE } else { FOUND };
        print_patch(diff);
        return Ok(code);
    }
    raw(new.as_bytes());
    let mut summary = summary(&batch, policy);
    summary.written = mended.changed.len();
    summary.mend(mended.fixed.iter().map(|it| &*it.subject));
    summary.waived = mended.after.judged.waived.len();
    summary.refused = mended.refused.len();
    summary.containers = mended.after.containers;
    summary.stand(&mended.after.standings);
    complain_skipped(project, &mended.after);
    complain_refused(project, &mended);
    mended.after.judged.open.iter().for_each(|it| summary.leave(it));
    complain(&Shown::own(&summary.mended()));
    Ok(DONE)
}
