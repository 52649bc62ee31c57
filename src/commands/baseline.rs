//! `casehard baseline`, and what a check makes of one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::inputs::{judge, read};
use super::output::{Sink, print};
use super::policy::{decide, is_whole};
use super::progress::Progress;
use super::tell::tell_problems;
use super::{DONE, FAILED, Failure};
use crate::baseline::{Baseline, Key, relative};
use crate::cli;
use crate::finding::Confidence;
use crate::outcome::{Outcome, Reported, State, Wanted};
use crate::report::shown::Shown;
use crate::report::summary::count;
use crate::source;
use crate::workload::clean;

/// Writes down what is found.
pub(super) fn baseline(args: &cli::Baseline) -> Result<u8, Failure> {
    let sink = Sink::open(Some(&args.output))?;
    let (policy, excluded) = decide(&args.inputs, Confidence::Likely)?;
    let progress = Progress::of(&args.inputs, false);
    let batch = read(&args.inputs, &excluded, &progress)?;
    let analyses = judge(&batch, &policy, &progress);
    let wanted = Wanted { whole: is_whole(&args.inputs, &policy), ..Wanted::default() };
    let outcome = Outcome::checked(&batch, analyses, &policy, wanted);
    tell_problems(&outcome.problems);
    let keys = keys(&outcome, &args.output);
    let found: Vec<Key> =
        outcome.findings.iter().zip(keys).filter(|it| it.0.is_left()).map(|it| it.1).collect();
    if let Some(sink) = sink {
        sink.write(&Shown::baseline(&Baseline::of(&found)))?;
    }
    let path = args.output.display();
    let text = format!(
        "{} written down in {path}: `casehard check --baseline {path}` fails on what is new",
        count(found.len(), "finding")
    );
    print(&Shown::line(&text))?;
    Ok(if outcome.is_failed() { FAILED } else { DONE })
}

/// Marks the findings that a baseline has; yields how many of its own are there no more.
///
/// # Errors
/// It cannot be read, or is that of another tree.
pub(super) fn mark(outcome: &mut Outcome, path: &Path) -> Result<usize, Failure> {
    let failed = |why: String| Failure(format!("{}:{why}", path.display()));
    let source = source::read(path).map_err(|it| Failure(it.to_string()))?;
    let text = String::from_utf8(source.bytes).map_err(|_| failed(" not UTF-8".to_owned()))?;
    let spaced = |why: String| match why.starts_with(|it: char| it.is_ascii_digit()) {
        true => failed(why),
        false => failed(format!(" {why}")),
    };
    let baseline = Baseline::parse(&text).map_err(spaced)?;
    let keys = keys(outcome, path);
    let open: Vec<usize> = (0..keys.len()).filter(|it| outcome.findings[*it].is_left()).collect();
    let found: Vec<Key> = open.iter().map(|it| keys[*it].clone()).collect();
    let folder = folder(path);
    let judged: BTreeSet<String> = outcome
        .files
        .iter()
        .filter(|it| it.named)
        .map(|it| relative(&absolute(&it.path), &folder))
        .collect();
    let matched = baseline.compare(&found, &judged).map_err(spaced)?;
    for (at, _) in open.into_iter().zip(matched.known).filter(|it| it.1) {
        outcome.findings[at].state = State::Known;
    }
    Ok(matched.gone)
}

fn absolute(path: &Path) -> PathBuf {
    clean(&std::path::absolute(path).unwrap_or_default())
}

/// The folder that the paths of a baseline are relative to.
fn folder(path: &Path) -> PathBuf {
    absolute(path).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// What a baseline at a path knows each finding by.
fn keys(outcome: &Outcome, path: &Path) -> Vec<Key> {
    let folder = folder(path);
    let key = |it: &Reported| Key {
        path: relative(&absolute(&outcome.files[it.file].path), &folder),
        rule: it.finding.rule,
        subject: it.finding.subject.to_string(),
        fingerprint: it.fingerprint.to_string(),
    };
    outcome.findings.iter().map(key).collect()
}
