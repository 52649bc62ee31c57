//! `casehard undo`, and what is said of the way back before and after files are written.

use std::path::Path;
use std::time::SystemTime;

use super::output::{complain, near, print, print_patch};
use super::{DONE, FAILED, FOUND, Failure};
use crate::batch::Batch;
use crate::cli;
use crate::report::patch::{Change, patch};
use crate::report::shown::Shown;
use crate::report::summary::count;
use crate::report::undo::{before_writing, heading, list, trouble};
use crate::series::series;
use crate::source::{self, Cause, Entry, Journal, Now, Run, Source};
use crate::suggestion;
use crate::yaml::Tree;

/// How many runs are listed unless all are asked for.
const LISTED: usize = 20;

/// How many names an error takes.
const NAMED: usize = 3;

/// Takes a run back, shows what that would write, or lists the runs.
pub(super) fn undo(args: &cli::Undo) -> Result<u8, Failure> {
    let runs = source::runs().map_err(|it| Failure(it.to_string()))?;
    if args.list_all {
        return list_runs(&runs);
    }
    if args.list {
        let status = list_runs(&runs[..runs.len().min(LISTED)])?;
        if runs.len() > LISTED {
            let more = runs.len() - LISTED;
            complain(&Shown::line(&format!(
                "{more} older: `casehard undo --list-all` lists them too"
            )));
        }
        return Ok(status);
    }
    let run = match &args.run {
        Some(name) => named(&runs, name)?,
        None => last(&runs)?,
    };
    // Held until the end: what is written here may clear old runs away.
    let held = run.hold();
    let status = match args.diff {
        true => show(run),
        false => take_back(run),
    };
    drop(held);
    status
}

/// Says once that there is no way back.
pub(super) fn tell_trouble(journal: &mut Journal) {
    if let Some(why) = journal.trouble() {
        complain(&trouble(&why));
    }
}

/// Says what of the files that are about to be asked about could not be had back from version control.
pub(super) fn tell_version_control(batch: &Batch) {
    let files = batch.projects.iter().flat_map(|it| it.files.iter().zip(&it.inputs));
    let files = files.filter(|it| it.0.in_scope && it.1.is_some());
    let files: Vec<&Path> = files.map(|it| &*it.0.path).collect();
    let width = console::Term::stderr().size_checked().map_or(100, |it| usize::from(it.1));
    if let Some(sentence) = before_writing(&source::unsaved(&files), width) {
        complain(&sentence);
    }
}

fn list_runs(runs: &[Run]) -> Result<u8, Failure> {
    if runs.is_empty() {
        print(&Shown::line("nothing was written that could be taken back"))?;
        return Ok(DONE);
    }
    let standings: Vec<_> = runs.iter().map(Run::standing).collect();
    print(&list(runs, &standings, SystemTime::now()))?;
    Ok(DONE)
}

/// The run that a name or its beginning means.
fn named<'r>(runs: &'r [Run], name: &str) -> Result<&'r Run, Failure> {
    let found: Vec<&Run> = runs.iter().filter(|it| it.name.starts_with(name)).collect();
    match found.as_slice() {
        [run] if run.is_newer => Err(Failure(format!(
            "run {} was written by a newer casehard: undo it with that",
            run.name
        ))),
        [run] => Ok(run),
        [] => Err(Failure(unknown(runs, name))),
        many => Err(Failure(format!(
            "`{name}` begins the names of {} runs, such as {}: write more of it",
            many.len(),
            names(many.iter().copied())
        ))),
    }
}

fn unknown(runs: &[Run], name: &str) -> String {
    if runs.is_empty() {
        return format!("there is no run `{name}`: nothing was written that could be taken back");
    }
    let near = match suggestion::closest(name, runs.iter().map(|it| it.name.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            format!("the last are {}; `casehard undo --list-all` lists all", names(runs.iter()))
        }
    };
    format!("there is no run `{name}`: {near}")
}

fn names<'r>(runs: impl Iterator<Item = &'r Run>) -> String {
    series(&runs.take(NAMED).map(|it| it.name.as_str()).collect::<Vec<_>>())
}

/// The last run that wrote below this folder and of which something can be taken back.
fn last(runs: &[Run]) -> Result<&Run, Failure> {
    if runs.is_empty() {
        return Err(Failure("nothing to undo: casehard wrote nothing yet".to_owned()));
    }
    let here = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
    let mut some = runs.iter().filter(|it| it.standing().as_written > 0).peekable();
    let Some(first) = some.peek().copied() else {
        return Err(Failure(
            "nothing to undo: no file is as casehard wrote it: `casehard undo --list` lists the runs"
                .to_owned(),
        ));
    };
    some.find(|run| run.files.iter().any(|it| it.path.starts_with(&here))).ok_or_else(|| {
        Failure(format!(
            "nothing to undo below this folder: the last run, in {}, is taken back by `casehard undo {}`; --list lists more",
            first.folder.display(),
            first.name
        ))
    })
}

/// What becomes of a file.
enum Step<'r> {
    /// It is put back.
    Back(&'r Entry, Source, Vec<u8>),
    /// It is as it was.
    Done(&'r Entry),
    /// It is left alone, and why.
    Left(&'r Entry, String),
}

/// What becomes of each file of a run; everything is read before anything is written.
fn steps(run: &Run) -> Vec<Step<'_>> {
    let kept = |it: &Entry| run.kept(it).display().to_string();
    let step = |entry| match Entry::now(entry) {
        Now::AsWritten(source) => match run.before(entry) {
            Ok(bytes) => Step::Back(entry, source, bytes),
            Err(error) => Step::Left(entry, format!("what it was cannot be read: {error}")),
        },
        Now::AsBefore => Step::Done(entry),
        Now::Changed => Step::Left(
            entry,
            format!("changed since: left as it is; what it was is in {}", kept(entry)),
        ),
        Now::Gone => Step::Left(entry, format!("is gone; what it was is in {}", kept(entry))),
        Now::Unread(error) => Step::Left(entry, error.problem),
    };
    run.files.iter().map(step).collect()
}

/// Prints what would be put back.
fn show(run: &Run) -> Result<u8, Failure> {
    let (mut texts, mut failed) = (Vec::new(), false);
    for step in steps(run) {
        match step {
            Step::Back(entry, source, bytes) => {
                let both = [source.bytes.into_vec(), bytes]
                    .map(|it| String::from_utf8_lossy(&it).into_owned());
                texts.push((near(&entry.path), Tree::parse(both[0].as_str()).ok(), both));
            }
            Step::Done(_) => (),
            Step::Left(entry, why) => {
                failed = true;
                tell_left(entry, &why);
            }
        }
    }
    let changes = texts.iter().map(|(path, tree, both)| {
        let [old, new] = both;
        Change { path, old, tree: tree.as_ref(), new, is_new: false }
    });
    let changes: Vec<Change<'_>> = changes.collect();
    let here = std::env::current_dir().unwrap_or_default();
    let patch = patch(&changes, &here);
    let status = match (failed, patch.is_empty()) {
        (true, _) => FAILED,
        (false, false) => FOUND,
        (false, true) => DONE,
    };
    print_patch(patch)?;
    complain(&heading(run, SystemTime::now()));
    Ok(status)
}

/// Puts back what can be put back; yields the exit status.
fn take_back(run: &Run) -> Result<u8, Failure> {
    let mut journal = Journal::of_user(Cause::Undo(run.name.clone()));
    let mut lines = vec![heading(run, SystemTime::now())];
    let (mut back, mut left) = (0, 0);
    for step in steps(run) {
        let (entry, why) = match step {
            Step::Back(entry, source, bytes) => {
                let written = source::write(&mut journal, &source, &bytes);
                tell_trouble(&mut journal);
                (entry, written.err().map(|it| it.problem))
            }
            Step::Done(entry) => {
                lines.push(line(entry, "was so already"));
                continue;
            }
            Step::Left(entry, why) => (entry, Some(why)),
        };
        match why {
            None => {
                back += 1;
                lines.push(line(entry, "as it was before"));
            }
            Some(why) => {
                left += 1;
                tell_left(entry, &why);
            }
        }
    }
    let mut total = format!("{} taken back", count(back, "file"));
    if left > 0 {
        total += &format!(", {left} left alone");
    }
    if journal.run().is_some() {
        total += "; `casehard undo` once more takes that back";
    }
    lines.push(Shown::line(&total));
    print(&Shown::all(lines))?;
    Ok(if left > 0 { FAILED } else { DONE })
}

fn line(entry: &Entry, what: &str) -> Shown {
    Shown::line(&format!("  {}: {what}", near(&entry.path).display()))
}

fn tell_left(entry: &Entry, why: &str) {
    complain(&Shown::line(&format!("{}: {why}", near(&entry.path).display())));
}
