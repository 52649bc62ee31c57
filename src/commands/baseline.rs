//! `casehard baseline`, and what a check makes of one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::decided::must_be_there;
use super::inputs::{Read, is_stdin, judge, read, read_stdin};
use super::output::{Sink, complain, print};
use super::policy::{decide, is_whole};
use super::progress::Progress;
use super::tell::tell_problems;
use super::{DONE, FAILED, Failure};
use crate::baseline::{Baseline, Entry, Extent, Key, relative};
use crate::cli::{self, Inputs};
use crate::finding::Confidence;
use crate::mend::Policy;
use crate::outcome::{Heeded, Outcome, Reported, State, Wanted};
use crate::report::shown::Shown;
use crate::report::summary::count;
use crate::source::{self, Shard, Why};
use crate::workload::clean;

/// Writes down what is found.
pub(super) fn baseline(args: &cli::Baseline) -> Result<u8, Failure> {
    let sink = Sink::open(Some(&args.output))?;
    if args.inputs.shard.is_some() {
        return Err(Failure("a baseline is one of all files: leave out --shard".to_owned()));
    }
    must_be_there(&args.inputs)?;
    let (policy, excluded) = decide(&args.inputs, Confidence::Likely)?;
    let progress = Progress::of(&args.inputs, false);
    let mut batch = match is_stdin(&args.inputs) {
        true => read_stdin(&args.inputs)?,
        false => read(&args.inputs, &excluded, &progress)?,
    };
    batch.put_patches_over();
    Read { batch: &batch, inputs: &args.inputs, policy: &policy, baseline: None }.spare(&sink)?;
    let mut analyses = judge(&batch, &policy, &progress, false);
    batch.in_their_places(&mut analyses);
    let wanted = Wanted { whole: is_whole(&args.inputs, &policy), ..Wanted::default() };
    let outcome = Outcome::checked(&batch, analyses, &policy, wanted);
    tell_problems(&outcome.problems);
    let keys = keys(&outcome, &args.output);
    let left = outcome.findings.iter().zip(keys).filter(|it| it.0.is_left()).map(|it| it.1);
    let (found, dead): (Vec<Key>, Vec<Key>) = left.partition(Key::is_kept);
    let written = Shown::baseline(&Baseline::of(&found));
    let lost = lost(&args.output, &outcome);
    let found = count(found.len(), "finding");
    let path = args.output.display();
    match sink {
        Some(sink) => {
            sink.write(&written)?;
            print(&Shown::line(&format!(
                "{found} written down in {path}: `casehard check --baseline {path}` fails on what is new"
            )))?;
        }
        None => {
            print(&written)?;
            complain(&Shown::line(&format!("{found} written down")));
        }
    }
    if let Some(root) = elsewhere(&args.output) {
        complain(&Shown::line(&format!(
            "hook and pipeline look for it in {}: write it there, for the whole tree",
            root.display()
        )));
    }
    if lost > 0 {
        complain(&Shown::line(&format!(
            "{} of files that were not looked at stood in it, and no longer do: name the whole tree to keep them",
            count(lost, "finding")
        )));
    }
    if !dead.is_empty() {
        complain(&Shown::line(&format!(
            "{} is in no baseline, and fails every check: `casehard check --waivers` tells which",
            match dead.len() {
                1 => "a waiver that does not hold".to_owned(),
                many => format!("each of {many} waivers that do not hold"),
            }
        )));
    }
    if outcome.is_failed() {
        complain(&Shown::line(
            "what could not be judged is not in it, and fails every check: mend it, or pass it over by exclude = [\"...\"] in casehard.toml",
        ));
        return Ok(FAILED);
    }
    Ok(DONE)
}

/// The root of this repository, where a baseline of the usual name is written below it.
fn elsewhere(path: &Path) -> Option<PathBuf> {
    let root = absolute(&source::root(Path::new("."))?);
    (path == Path::new(cli::BASELINE) && folder(path) != root).then_some(root)
}

/// How many findings of a baseline that is written over are of files that are there and were not looked at.
fn lost(path: &Path, outcome: &Outcome) -> usize {
    let text = source::read(path).ok().and_then(|it| String::from_utf8(it.bytes.into_vec()).ok());
    let Some(before) = text.and_then(|it| Baseline::parse(&it).ok()) else { return 0 };
    let folder = folder(path);
    let judged: BTreeSet<String> = outcome.files.iter().map(|it| near(&it.path, &folder)).collect();
    let is_lost = |it: &&Entry| {
        !judged.contains(&it.path) && clean(&folder.join(&it.path)).symlink_metadata().is_ok()
    };
    before.findings.iter().filter(is_lost).map(|it| it.count).sum()
}

/// Marks the findings that a baseline has, and notes how many of its own are there no more.
///
/// # Errors
/// It cannot be read, or is that of another tree.
pub(super) fn mark(
    outcome: &mut Outcome,
    path: &Path,
    (inputs, policy): (&Inputs, &Policy),
) -> Result<(), Failure> {
    let failed = |why: String| Failure(format!("{}:{why}", path.display()));
    let source = source::read(path).map_err(|it| Failure(it.to_string()))?;
    let text =
        String::from_utf8(source.bytes.into_vec()).map_err(|_| failed(" not UTF-8".to_owned()))?;
    let spaced = |why: String| match why.starts_with(|it: char| it.is_ascii_digit()) {
        true => failed(why),
        false => failed(format!(" {why}")),
    };
    let baseline = Baseline::parse(&text).map_err(spaced)?;
    let extent = extent(&baseline, outcome, &folder(path), (inputs, policy));
    let keys = keys(outcome, path);
    let matched = baseline.compare(&keys, &extent).map_err(spaced)?;
    for (it, known) in outcome.findings.iter_mut().zip(matched.known) {
        // What is waived meets its entry too, and stays waived.
        if known && it.is_left() {
            it.state = State::Known;
        }
    }
    outcome.baseline = Some(Heeded { path: path.to_owned(), gone: matched.gone });
    Ok(())
}

/// What is judged of the tree of a baseline.
fn extent(
    baseline: &Baseline,
    outcome: &Outcome,
    folder: &Path,
    (inputs, policy): (&Inputs, &Policy),
) -> Extent {
    let judged: BTreeSet<String> =
        outcome.files.iter().filter(|it| it.named).map(|it| near(&it.path, folder)).collect();
    // A file that was ours and holds something else now has nothing of what it had.
    let other =
        outcome.passed.iter().filter(|it| it.why == Why::Other).map(|it| near(&it.path, folder));
    let other: BTreeSet<String> = other.collect();
    let roots: Vec<PathBuf> = inputs.paths.iter().map(|it| absolute(it)).collect();
    let mut extent =
        Extent { judged, rules: policy.rules.iter().copied().collect(), ..Extent::default() };
    for path in baseline.paths().into_iter().filter(|it| !extent.judged.contains(*it)) {
        let whole = clean(&folder.join(path));
        let is_gone = whole.symlink_metadata().is_err();
        // Of several parts one tells of it.
        let is_told = is_gone && inputs.shard.is_none_or(Shard::is_first);
        if is_told && roots.iter().any(|it| whole.starts_with(it)) || other.contains(path) {
            extent.covered.insert(path.to_owned());
        }
        if is_gone {
            extent.missing.insert(path.to_owned());
        }
    }
    extent
}

fn absolute(path: &Path) -> PathBuf {
    clean(&std::path::absolute(path).unwrap_or_default())
}

/// A path as a baseline in a folder names it.
fn near(path: &Path, folder: &Path) -> String {
    relative(&absolute(path), folder)
}

/// The folder that the paths of a baseline are relative to.
fn folder(path: &Path) -> PathBuf {
    absolute(path).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// What a baseline at a path knows each finding by.
fn keys(outcome: &Outcome, path: &Path) -> Vec<Key> {
    let folder = folder(path);
    let key = |it: &Reported| Key {
        path: near(&outcome.files[it.file].path, &folder),
        rule: it.finding.rule,
        subject: it.finding.subject.to_string(),
        fingerprint: it.fingerprint().to_string(),
        worse: it.worse().iter().map(ToString::to_string).collect(),
    };
    outcome.findings.iter().map(key).collect()
}
