//! What a run reads, what of it is passed over, and what could not be read.

use std::path::Path;

use super::output::{Sink, complain};
use super::progress::Progress;
use super::tell::tell_problems;
use super::{Failure, sources};
use crate::batch::{Batch, Loaded, Outcome, Problem, Sources};
use crate::cli::Inputs;
use crate::mend::{Analysis, Policy};
use crate::outcome;
use crate::report::shown::Shown;
use crate::report::summary::{by_reason, passed_over};
use crate::source::{self, Excluded, Passed, Search};

/// Whether standard input is read.
pub(super) fn is_stdin(inputs: &Inputs) -> bool {
    inputs.paths.len() == 1 && inputs.paths[0].as_os_str() == "-"
}

/// Reads standard input as a batch.
///
/// # Errors
/// It cannot be read; there is nothing in it to judge, unless that is all right.
pub(super) fn read_stdin(inputs: &Inputs) -> Result<Batch, Failure> {
    if inputs.shard.is_some() {
        return Err(Failure("--shard divides files: standard input is one".to_owned()));
    }
    let batch = Batch::stream_with(&stdin()?, &sources(inputs)?);
    if batch.judged() == 0 && batch.failed() == 0 && !inputs.allow_empty {
        return Err(nothing(inputs, &batch.problems(), &batch.passed));
    }
    Ok(batch)
}

/// Reads standard input.
pub(super) fn stdin() -> Result<Vec<u8>, Failure> {
    source::read_stdin().map_err(|it| Failure(it.to_string()))
}

/// How many files a long run takes at once, about: of what it is done with it keeps what is told.
const PART: usize = 2048;

/// What a run reads, in parts that are read when their turn comes.
pub(super) struct Parts<'r> {
    inputs: &'r Inputs,
    progress: &'r Progress,
    sources: Sources,
    /// Those that are left; standard input is one by itself.
    left: std::vec::IntoIter<Part>,
    /// Whether there is more than one.
    pub(super) are_many: bool,
    /// Whether there may be nothing to judge.
    may_be_empty: bool,
}

enum Part {
    Search(Search),
    Read(Box<Batch>),
}

impl<'r> Parts<'r> {
    /// The parts of what the arguments mean.
    ///
    /// # Errors
    /// Standard input beside files; it or the variables cannot be read.
    pub(super) fn of(
        inputs: &'r Inputs,
        excluded: &Excluded,
        progress: &'r Progress,
    ) -> Result<Parts<'r>, Failure> {
        if is_stdin(inputs) {
            let part = Part::Read(Box::new(read_stdin(inputs)?));
            return Ok(Parts::new(inputs, progress, (Sources::default(), true), vec![part]));
        }
        let (search, sources, is_part) = search(inputs, excluded)?;
        // A part is read twice, once for what belongs together.
        let parts = match search.found.len() > 2 * PART {
            true => search.in_parts(PART),
            false => vec![search],
        };
        let parts = parts.into_iter().map(Part::Search).collect();
        Ok(Parts::new(inputs, progress, (sources, is_part), parts))
    }

    fn new(
        inputs: &'r Inputs,
        progress: &'r Progress,
        (sources, is_part): (Sources, bool),
        parts: Vec<Part>,
    ) -> Parts<'r> {
        let may_be_empty = is_part || inputs.allow_empty;
        Parts {
            inputs,
            progress,
            sources,
            are_many: parts.len() > 1,
            may_be_empty,
            left: parts.into_iter(),
        }
    }

    /// The next part.
    pub(super) fn next(&mut self) -> Option<Batch> {
        Some(match self.left.next()? {
            Part::Read(batch) => *batch,
            Part::Search(search) => taken(self.inputs, search, &self.sources, self.progress),
        })
    }

    /// Sees to it that there was something to judge.
    ///
    /// # Errors
    /// There was nothing, and that is not all right.
    pub(super) fn end(&self, outcome: &outcome::Outcome) -> Result<(), Failure> {
        let is_empty = outcome.files.iter().all(|it| !it.named) && outcome.failed == 0;
        if is_empty && !self.may_be_empty {
            return Err(nothing(self.inputs, &outcome.problems, &outcome.passed));
        }
        Ok(())
    }
}

/// Reads files and folders.
///
/// # Errors
/// Nothing that can be judged, unless that is all right.
pub(super) fn read(
    inputs: &Inputs,
    excluded: &Excluded,
    progress: &Progress,
) -> Result<Batch, Failure> {
    let (search, sources, is_part) = search(inputs, excluded)?;
    let batch = taken(inputs, search, &sources, progress);
    // What could not be read was meant to be judged, and is told by itself.
    if batch.judged() == 0 && batch.failed() == 0 && !inputs.allow_empty && !is_part {
        return Err(nothing(inputs, &batch.problems(), &batch.passed));
    }
    Ok(batch)
}

/// What the arguments mean, where variables come from, and whether it is a part of more.
fn search(inputs: &Inputs, excluded: &Excluded) -> Result<(Search, Sources, bool), Failure> {
    if inputs.paths.iter().any(|it| it.as_os_str() == "-") {
        return Err(Failure("`-` stands alone: standard input is not mixed with files".to_owned()));
    }
    let (mut search, sources) = (source::find(&inputs.paths, excluded), sources(inputs)?);
    let is_part = inputs.shard.is_some_and(|_| !search.found.is_empty());
    if let Some(shard) = inputs.shard {
        let all = search.found.len();
        search.divide(shard);
        if inputs.verbose {
            let part = search.found.len();
            complain(&Shown::line(&format!("part {shard}: {part} of {all} files")));
        }
    }
    Ok((search, sources, is_part))
}

/// Reads what a search found.
fn taken(inputs: &Inputs, search: Search, sources: &Sources, progress: &Progress) -> Batch {
    let part = progress.part("reading", search.found.len());
    let batch = Batch::watched(search, sources, &|path, took| part.step(path, took));
    drop(part);
    if inputs.verbose {
        for it in &batch.passed {
            let path = it.path.display();
            complain(&Shown::line(&format!("{path}: passed over: {}", it.why.reason())));
        }
    }
    batch
}

/// Tells what was wrong with what there was; and that nothing of it could be judged.
fn nothing(inputs: &Inputs, problems: &[Problem], passed: &[Passed]) -> Failure {
    tell_problems(problems);
    let paths: Vec<_> = inputs.paths.iter().map(|it| it.display().to_string()).collect();
    let place = match paths.as_slice() {
        [one] if one == "." => "this folder".to_owned(),
        [one] if one == "-" => "standard input".to_owned(),
        [] | [_] | [_, _] | [_, _, _] => paths.join(", "),
        [first, ..] => format!("{first} and {} others", paths.len() - 1),
    };
    let passed = passed_over(&by_reason(passed)).map(|it| {
        let names = if inputs.verbose { "" } else { "; -v names them" };
        format!(" ({it}{names})")
    });
    Failure(format!(
        "nothing to judge in {place}: no Compose file, no Kubernetes manifest, no command that makes a container{}: name \
         one, or give --allow-empty if that is all right",
        passed.unwrap_or_default()
    ))
}

/// What a run reads, which no report may write over.
pub(super) struct Read<'r> {
    /// The files.
    pub(super) batch: &'r Batch,
    /// The command line, which names files of variables.
    pub(super) inputs: &'r Inputs,
    /// It knows the configuration.
    pub(super) policy: &'r Policy,
    /// The baseline in use.
    pub(super) baseline: Option<&'r Path>,
}

impl Read<'_> {
    /// Sees to it that no report is written over what is read.
    ///
    /// # Errors
    /// One would be.
    pub(super) fn spare<'s>(
        &self,
        sinks: impl IntoIterator<Item = &'s Sink>,
    ) -> Result<(), Failure> {
        sinks.into_iter().try_for_each(|it| match self.what(it) {
            Some(what) => Err(Failure(format!(
                "{}: the report would be written over {what}: name another file; nothing was written",
                it.path().display()
            ))),
            None => Ok(()),
        })
    }

    /// What would be written over.
    fn what(&self, sink: &Sink) -> Option<String> {
        let called = |what: &str, path: &Path| match path == sink.path() {
            true => what.to_owned(),
            false => format!("{what}, {}", path.display()),
        };
        let is = |what: &str, path: &Path| sink.covers(path).then(|| called(what, path));
        let configuration = self.policy.allowed.source.as_ref();
        let refused =
            |it: &&Loaded| matches!(it.outcome, Outcome::Refused(_) | Outcome::Template(_));
        let judged = self.batch.projects.iter().flat_map(|it| &it.files).map(|it| &*it.path);
        let refused = self.batch.inputs.iter().filter(refused).map(|it| &*it.path);
        let mut read = judged.chain(refused);
        configuration
            .and_then(|it| is("the configuration", &it.0))
            .or_else(|| is("the baseline that is in use", self.baseline?))
            .or_else(|| self.inputs.env_file.iter().find_map(|it| is("a file of variables", it)))
            .or_else(|| read.find_map(|it| is("a file that is judged", it)))
    }
}

/// Judges everything that was read, with what each fix writes or without.
pub(super) fn judge(
    batch: &Batch,
    policy: &Policy,
    progress: &Progress,
    edits: bool,
) -> Vec<Analysis> {
    let part = progress.part("judging", batch.projects.len());
    let watch = |path: &Path, took| part.step(path, took);
    batch.analyse(policy, edits, &watch)
}
