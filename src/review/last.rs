//! What answers come to, shown and counted before it is written, and written then.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use foldhash::HashSet;
use rayon::prelude::*;

use super::bench::{Bench, Stage};
use super::board::Board;
use super::{Ended, Write};
use crate::batch::{Changed, Emits, Project};
use crate::decisions::Answer;
use crate::finding::{Confidence, FileId, Severity};
use crate::mend::{Analysis, Mended, Policy, Shared, Unproven, analyse};
use crate::report::standing;

/// What the answers to one project come to.
pub(super) struct Part {
    /// The number of the project.
    pub(super) bench: usize,
    /// What was carried out, in memory.
    pub(super) mended: Mended,
}

impl Part {
    /// Whether anything is to be written.
    pub(super) fn changes(&self) -> bool {
        !self.mended.changed.is_empty()
    }

    /// How many of the fixes are risky.
    pub(super) fn risky(&self) -> usize {
        self.mended.fixed.iter().filter(|it| it.confidence == Confidence::Risky).count()
    }
}

/// Bounds how often projects wait for each other.
const ROUNDS: usize = 6;

/// Who writes what was accepted.
pub(super) struct Writer<'w> {
    write: Write<'w>,
    /// How the review ends.
    pub(super) ended: Ended,
    changed: Changed,
    /// What is to be told, in lines.
    pub(super) notes: Vec<String>,
    /// What became of each project of which something was written, or was to be.
    done: BTreeMap<usize, Mended>,
    unproven: Vec<Unproven>,
    /// Those of them that read what was written since.
    stale: HashSet<usize>,
}

impl<'w> Writer<'w> {
    pub(super) fn new(write: Write<'w>) -> Writer<'w> {
        Writer {
            write,
            ended: Ended::default(),
            changed: Changed::default(),
            notes: Vec::new(),
            done: BTreeMap::new(),
            unproven: Vec::new(),
            stale: HashSet::default(),
        }
    }

    /// Works out what the answers to these projects come to; what cannot be proven is told.
    pub(super) fn prepare(&mut self, board: &mut Board<'_>, which: &[usize]) -> Vec<Part> {
        let (projects, policy) = (&*board.projects, &board.policy);
        let wanted = |it: &&usize| {
            let bench = &board.benches[**it];
            !matches!(bench.stage, Stage::Written | Stage::Failed) && is_accepted(board, **it)
        };
        let wanted: Vec<usize> = which.iter().filter(wanted).copied().collect();
        let mended: Vec<_> =
            wanted.par_iter().map(|it| (*it, carry_out(&projects[*it], policy))).collect();
        let mut parts = Vec::new();
        for (bench, mended) in mended {
            match mended {
                Ok(mended) => parts.push(Part { bench, mended }),
                Err(unproven) => self.fail(board, bench, &unproven),
            }
        }
        parts
    }

    /// Notes what could not be proven; nothing of that project is written.
    pub(super) fn fail(&mut self, board: &mut Board<'_>, bench: usize, unproven: &Unproven) {
        board.benches[bench].stage = Stage::Failed;
        self.tell_unproven(unproven);
    }

    /// The same for what the board found out by itself.
    pub(super) fn tell_unproven(&mut self, unproven: &Unproven) {
        self.ended.failed = true;
        self.unproven.push(unproven.clone());
        let path = unproven.path.display();
        self.notes.push(format!("{path}: internal error: {}", unproven.message));
        self.notes.push("nothing of it is written: please file a bug with this file".to_owned());
    }

    /// Writes parts in their order, and then what these make possible in other projects.
    pub(super) fn write(&mut self, board: &mut Board<'_>, parts: Vec<Part>) {
        for part in parts {
            self.part(board, part);
        }
        for _ in 0..ROUNDS {
            if !self.again(board) {
                break;
            }
        }
    }

    fn part(&mut self, board: &mut Board<'_>, part: Part) {
        let number = part.bench;
        let mut mended = part.mended;
        // What it reads may have been written since, by a part before it.
        if board.projects[number].inputs.contains(&None) {
            board.projects[number].refresh(&self.changed);
            board.follow(&HashSet::from_iter([number]));
            mended = match carry_out(&board.projects[number], &board.policy) {
                Ok(it) => it,
                Err(unproven) => return self.fail(board, number, &unproven),
            };
        }
        if !self.files(&board.projects[number], number, &mended) {
            board.benches[number].stage = Stage::Failed;
            self.done.entry(number).or_insert(mended);
            return;
        }
        self.tell(&board.projects[number], &mended);
        board.wrote(number);
        let open = board.benches[number].open(&board.policy).next().is_some();
        board.projects[number].files.clone_from(&mended.files);
        self.note(number, mended);
        if open {
            board.renew(&std::iter::once(number).collect());
        } else {
            board.benches[number].stage = Stage::Written;
        }
        self.refresh(board);
    }

    /// Notes what became of a project, beside what was written of it before.
    fn note(&mut self, number: usize, mended: Mended) {
        match self.done.get_mut(&number) {
            Some(done) => done.go_on(mended),
            None => drop(self.done.insert(number, mended)),
        }
    }

    /// Writes the files of a project that changed; tells whether all of them are written.
    fn files(&mut self, project: &Project, number: usize, mended: &Mended) -> bool {
        let mut all = true;
        for &id in &mended.changed {
            // A kustomization comes last, and names no patch that is not there.
            let names =
                matches!(&project.emits, Some(Emits::Patches(it)) if it.kustomization == id);
            if names && !all {
                let why = "not written, as a patch could not be".to_owned();
                self.ended.written.insert((number, id), Err(why));
                continue;
            }
            all &= self.file(project, (number, id), &mended.files[id.0 as usize]);
        }
        all
    }

    /// Writes a file; tells whether it is written.
    fn file(&mut self, project: &Project, at: (usize, FileId), file: &Shared) -> bool {
        let written = (self.write)(project, at.1, file.tree.text()).map_err(|it| it.to_string());
        match &written {
            Ok(()) => self.changed.add([file.clone()]),
            Err(error) => {
                self.notes.push(format!("Not written: {error}"));
                self.ended.failed = true;
            }
        }
        let is_written = written.is_ok();
        self.ended.written.insert(at, written);
        is_written
    }

    /// Writes what the owner made of a file; tells whether it is written.
    pub(super) fn edited(&mut self, board: &mut Board<'_>, number: usize, mended: Mended) -> bool {
        if !self.files(&board.projects[number], number, &mended) {
            return false;
        }
        for &id in &mended.changed {
            let path = mended.files[id.0 as usize].path.display();
            self.notes.push(format!("Written: {path} (edited)"));
        }
        board.projects[number].files.clone_from(&mended.files);
        board.wrote(number);
        self.note(number, mended);
        true
    }

    fn tell(&mut self, project: &Project, mended: &Mended) {
        for (finding, why) in &mended.refused {
            self.notes.push(format!("{}: {} is refused: {why}", finding.subject, finding.rule));
        }
        let left = mended.after.judged.open.len();
        let (fixed, waived) = (mended.fixed.len(), mended.waived);
        let verb = if mended.changed.is_empty() { "Left as it is" } else { "Written" };
        let name = match mended.changed.is_empty() {
            true => super::name(project),
            false => super::written(project),
        };
        self.notes.push(format!("{verb}: {name} ({fixed} fixed, {waived} waived, {left} left)"));
        for (before, after) in mended.before.standings.iter().zip(&mended.after.standings) {
            if before.level != after.level {
                let file = &project.files[after.site.file.0 as usize];
                self.notes.push(standing::change(file, before, after));
            }
        }
    }

    /// Has those judged anew that read what was written; their answers stay, and what was accepted for many holds for
    /// what comes to light.
    fn refresh(&mut self, board: &mut Board<'_>) {
        let mut stale = HashSet::default();
        for number in 0..board.projects.len() {
            let is_asked = board.benches[number].stage == Stage::Open;
            if is_asked && board.projects[number].refresh(&self.changed) {
                stale.insert(number);
            }
        }
        self.stale.extend(stale.iter().filter(|it| board.written.contains(it)));
        board.follow(&stale);
    }

    /// Carries out once more what was decided in projects that were written and read what others wrote since.
    fn again(&mut self, board: &mut Board<'_>) -> bool {
        let mut any = false;
        for number in self.done.keys().copied().collect::<Vec<_>>() {
            let stage = board.benches[number].stage;
            let fresh = board.projects[number].refresh(&self.changed);
            if !self.stale.remove(&number) && !fresh {
                continue;
            }
            board.follow(&HashSet::from_iter([number]));
            let later = carry_out(&board.projects[number], &board.policy);
            board.benches[number].stage = stage;
            // What was proven stays so, whatever the second attempt comes to.
            let Ok(later) = later else { continue };
            if later.changed.is_empty() || !self.files(&board.projects[number], number, &later) {
                continue;
            }
            any = true;
            board.projects[number].files.clone_from(&later.files);
            self.note(number, later);
            if stage == Stage::Open {
                board.renew(&HashSet::from_iter([number]));
            }
        }
        any
    }

    /// How the review ends, with what became of each project.
    pub(super) fn end(mut self, board: &Board<'_>) -> Ended {
        let mut ended = std::mem::take(&mut self.ended);
        ended.open = board.benches.iter().any(|it| it.open(&board.policy).next().is_some());
        let waits = |(number, it): (usize, &Bench)| {
            it.stage != Stage::Written && is_accepted(board, number)
        };
        ended.waiting = board.benches.iter().enumerate().any(waits);
        ended.policy = Some(board.policy.clone());
        for (number, project) in board.projects.iter().enumerate() {
            let all = self.project(board, number);
            if let Ok(mended) = &all {
                add(&mut ended.left, project, &mended.after);
            }
            ended.projects.push(all);
        }
        ended
    }

    fn project(&mut self, board: &Board<'_>, number: usize) -> Result<Mended, Unproven> {
        let (project, bench) = (&board.projects[number], &board.benches[number]);
        let done = self.done.remove(&number);
        if done.is_none() {
            let is_it = |it: &&Unproven| project.files.iter().any(|file| file.path == it.path);
            if let Some(it) = self.unproven.iter().find(is_it) {
                return Err(it.clone());
            }
        }
        if matches!(bench.stage, Stage::Written | Stage::Failed)
            && let Some(done) = done
        {
            return Ok(done);
        }
        let analysis = match bench.stage == Stage::Open && same(bench, project) {
            true => bench.analysis.clone(),
            false => analyse(&project.files, &project.members, &board.policy),
        };
        Ok(match done {
            Some(done) => Mended { after: analysis, ..done },
            None => Mended::untouched(project.files.clone(), analysis),
        })
    }
}

/// The files in which something is left that counts.
fn add(left: &mut Vec<PathBuf>, project: &Project, analysis: &Analysis) {
    let first = left.len();
    for finding in analysis.judged.open.iter().filter(|it| it.severity > Severity::Info) {
        let path = &project.files[finding.site.file.0 as usize].path;
        if !left[first..].contains(path) {
            left.push(path.clone());
        }
    }
}

/// Whether anything was accepted or allowed in a project.
fn is_accepted(board: &Board<'_>, number: usize) -> bool {
    let bench = &board.benches[number];
    // What answers brought to light is asked of what they made: something was accepted then.
    let accepted =
        |it: usize| matches!(board.answer((number, it)), Some(Answer::Fix(_) | Answer::Allow(_)));
    bench.round > 0 || !same(bench, &board.projects[number]) || (0..bench.order.len()).any(accepted)
}

/// What the answers to a project come to, where it is to be written.
fn carry_out(project: &Project, policy: &Policy) -> Result<Mended, Unproven> {
    project.carry_out(&project.files, policy, None)
}

/// Whether a project is asked about as it is on the disk.
fn same(bench: &Bench, project: &Project) -> bool {
    let mut both = bench.files.iter().zip(&project.files);
    both.all(|(a, b)| std::sync::Arc::ptr_eq(&a.tree, &b.tree))
}

/// Keeps the answers, wherever that is.
pub type Keep<'k> = &'k mut dyn FnMut(&crate::decisions::Decisions) -> io::Result<()>;
