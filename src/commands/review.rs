//! `casehard fix` on a terminal.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::decided::{Store, told, who};
use super::fix::write_file;
use super::output::complain;
use super::owned::Owned;
use super::policy::is_whole;
use super::posture::as_they_are;
use super::tell::{Teller, tell_problems};
use super::undo::tell_version_control;
use super::{DONE, FAILED, FOUND, Failure, INTERRUPTED};
use crate::batch::{Batch, Emits, Loaded, Project};
use crate::cli;
use crate::decisions::{By, Decisions};
use crate::finding::FileId;
use crate::mend::Policy;
use crate::outcome::{Outcome, pairs};
use crate::report::{self, shown::Shown};
use crate::review::{self, Asks, Ended, OfImage, There, World};
use crate::source::{self, Cause, Journal, Source, SourceError};

/// Asks about every fix, writes what is accepted, and tells what became of everything.
pub(super) fn review(
    batch: &mut Batch,
    policy: &Policy,
    args: &cli::Fix,
    teller: Teller,
) -> Result<u8, Failure> {
    let problems = batch.problems();
    tell_problems(&problems);
    tell_version_control(batch);
    let before = teller.wants_postures().then(|| as_they_are(batch, policy));
    let files: Vec<_> = batch.projects.iter().map(|it| it.files.clone()).collect();
    let (mut ended, way_back) = ask(batch, policy, args)?;
    batch.projects.iter_mut().zip(files).for_each(|(project, files)| project.files = files);
    let policy = ended.policy.take().unwrap_or_else(|| policy.clone());
    let mut mended = std::mem::take(&mut ended.projects);
    batch.settle(&mut mended);
    let mut wanted = teller.wanted(is_whole(&args.inputs, &policy));
    if let Some(before) = before {
        wanted.postures = pairs(before, &batch.projects, &mended, &policy);
    }
    let mut outcome = Outcome::mended(batch, mended, &policy, Some(&ended.written), wanted);
    outcome.way_back = way_back;
    teller.filter(&mut outcome);
    teller.tell_session(&outcome, &ended)?;
    if !ended.left.is_empty() && !args.telling.quiet {
        // Where everything is answered and written, nothing would be asked.
        let command = review::command(args, &ended.left, !(ended.open || ended.waiting));
        let why = match ended.waiting {
            true => "what was accepted is not written; to write it",
            false => "to come back to it",
        };
        complain(&Shown::line(&format!("  {why}: {command}")));
    }
    Ok(match (ended.interrupted, ended.failed || problems.iter().any(|it| it.fails)) {
        (true, _) => INTERRUPTED,
        (false, true) => FAILED,
        (false, false) if ended.open || ended.waiting => FOUND,
        (false, false) => DONE,
    })
}

/// The session itself, and the name of the run that takes back what it wrote.
fn ask(
    batch: &mut Batch,
    policy: &Policy,
    args: &cli::Fix,
) -> Result<(Ended, Option<String>), Failure> {
    let journal = RefCell::new(Journal::of_user(Cause::Fix));
    let inputs = &batch.inputs;
    let mut files = Files { inputs, journal: &journal, newer: HashMap::new() };
    let mut write = |project: &Project, id: FileId, text: &str| files.write(project, id, text);
    let mut store = Store::open(&args.inputs)?;
    let mut policy = policy.clone();
    let said = Arc::clone(&policy.decisions);
    let old = RefCell::new(match args.again {
        true => std::mem::replace(&mut policy.decisions, Arc::new(said.cleared())),
        false => Arc::default(),
    });
    let greeting = greeting(&store, &said, args.again);
    let before = |there: &[There]| -> Vec<String> {
        let there = there.iter().map(|it| (&*it.0, it.1.as_deref()));
        let stray = said.stray(there, &|it| it.exists());
        let old = &mut *old.borrow_mut();
        stray.iter().for_each(|it| Arc::make_mut(old).forget(it));
        let told = told(&stray, &args.inputs).filter(|_| !args.again);
        greeting.iter().cloned().chain(told).collect()
    };
    let blocked = |project: &Project, id: FileId| -> Option<String> {
        // Where another file takes the fixes, nothing is asked of this one.
        let id = project.emits.as_ref().map_or(id, Emits::file);
        let source = inputs[project.inputs[id.0 as usize]?].source.as_ref()?;
        source::blocked(source).map(|it| it.to_string())
    };
    let source = policy.allowed.source.as_ref().map(|it| &*it.0);
    let mut owned = Owned::new(source, store.root(), &journal);
    let mut images = |what: OfImage<'_>| owned.change(what);
    let mut keep = |all: &Decisions| {
        let mut all = all.clone();
        all.join((**old.borrow()).clone());
        store.keep(all)
    };
    let world = World {
        by: By { name: who(), on: policy.today },
        asks: Asks {
            severity: args.telling.min_severity.map(Into::into),
            confidence: args.confidence.map(Into::into),
        },
        write: &mut write,
        keep: &mut keep,
        images: &mut images,
        before: &before,
        blocked: &blocked,
    };
    let mut ended = review::review(&mut batch.projects, &policy, world)
        .map_err(|it| Failure(format!("the terminal cannot be set up: {it}")))?;
    if let Some(policy) = &mut ended.policy {
        Arc::make_mut(&mut policy.decisions).join((**old.borrow()).clone());
    }
    let way_back = journal.borrow().run().map(str::to_owned);
    Ok((ended, way_back))
}

/// The files of a session.
struct Files<'f> {
    inputs: &'f [Loaded],
    journal: &'f RefCell<Journal>,
    /// What was written once may be written again: it is then what was written.
    newer: HashMap<PathBuf, Source>,
}

impl Files<'_> {
    fn write(&mut self, project: &Project, id: FileId, text: &str) -> Result<(), SourceError> {
        let path = &project.files[id.0 as usize].path;
        let journal = &mut self.journal.borrow_mut();
        match self.newer.get(path) {
            Some(source) => source::write(journal, source, text.as_bytes())?,
            None => write_file(journal, self.inputs, project, id, text)?,
        }
        self.newer.insert(path.clone(), source::read(path)?);
        Ok(())
    }
}

/// What is said of earlier answers before the first question.
fn greeting(store: &Store, decisions: &Decisions, again: bool) -> Option<String> {
    let count = decisions.count();
    if count == 0 {
        return None;
    }
    let answers = report::summary::count(count, "answer");
    let what = match again {
        true => "everything is asked again",
        false => "what they speak of is asked no more (--again asks it)",
    };
    Some(format!("{answers} of earlier sessions in {}: {what}.", store.name()))
}
