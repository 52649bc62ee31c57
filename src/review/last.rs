//! What answers come to, shown and counted before it is written, and written then.

use std::io;

use foldhash::HashSet;
use rayon::prelude::*;

use super::bench::{Bench, Stage};
use super::board::Board;
use super::{Ended, Write};
use crate::batch::{Changed, Project};
use crate::decisions::Answer;
use crate::finding::{Confidence, FileId, Severity};
use crate::mend::{Analysis, Mended, Shared, Unproven, analyse};
use crate::outcome::remarks;
use crate::report::standing;
use crate::report::summary::Summary;

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

/// Who writes what was accepted, and counts.
pub(super) struct Writer<'w> {
    write: Write<'w>,
    /// How the review ends.
    pub(super) ended: Ended,
    /// The counts of the run.
    pub(super) summary: &'w mut Summary,
    changed: Changed,
    /// What is to be told, in lines.
    pub(super) notes: Vec<String>,
    /// What is left in each project that was written.
    done: Vec<(usize, Mended)>,
    /// Those of them that read what was written since.
    stale: HashSet<usize>,
}

impl<'w> Writer<'w> {
    pub(super) fn new(write: Write<'w>, summary: &'w mut Summary) -> Writer<'w> {
        Writer {
            write,
            ended: Ended::default(),
            summary,
            changed: Changed::default(),
            notes: Vec::new(),
            done: Vec::new(),
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
            wanted.par_iter().map(|it| (*it, Bench::mended(&projects[*it], policy))).collect();
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
        self.summary.failed += 1;
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
            board.follow(number);
            mended = match Bench::mended(&board.projects[number], &board.policy) {
                Ok(it) => it,
                Err(unproven) => return self.fail(board, number, &unproven),
            };
        }
        if !self.files(&board.projects[number], &mended) {
            board.benches[number].stage = Stage::Failed;
            return;
        }
        self.tell(&board.projects[number], &mended);
        board.wrote(number);
        let open = board.benches[number].open(&board.policy).next().is_some();
        board.projects[number].files.clone_from(&mended.files);
        self.done.retain(|it| it.0 != number);
        self.done.push((number, mended));
        if open {
            board.renew(&std::iter::once(number).collect());
        } else {
            board.benches[number].stage = Stage::Written;
        }
        self.refresh(board);
    }

    /// Writes the files of a project that changed; tells whether all of them are written.
    fn files(&mut self, project: &Project, mended: &Mended) -> bool {
        let mut all = true;
        for &id in &mended.changed {
            all &= self.file(project, id, &mended.files[id.0 as usize]);
        }
        all
    }

    /// Writes a file; tells whether it is written.
    fn file(&mut self, project: &Project, id: FileId, file: &Shared) -> bool {
        match (self.write)(project, id, file.tree.text()) {
            Ok(()) => {
                self.changed.add([file.clone()]);
                true
            }
            Err(error) => {
                self.notes.push(format!("Not written: {error}"));
                self.summary.failed += 1;
                self.ended.failed = true;
                false
            }
        }
    }

    /// Writes what the owner made of a file; tells whether it is written.
    pub(super) fn edited(
        &mut self,
        board: &mut Board<'_>,
        number: usize,
        id: FileId,
        files: Vec<Shared>,
    ) -> bool {
        let file = &files[id.0 as usize];
        if !self.file(&board.projects[number], id, file) {
            return false;
        }
        self.notes.push(format!("Written: {} (edited)", file.path.display()));
        self.summary.written += 1;
        board.projects[number].files = files;
        board.wrote(number);
        true
    }

    fn tell(&mut self, project: &Project, mended: &Mended) {
        for (finding, why) in &mended.refused {
            self.notes.push(format!("{}: {} is left: {why}", finding.subject, finding.rule));
        }
        self.summary.written += mended.changed.len();
        self.summary.mend(mended.fixed.iter().map(|it| &*it.subject));
        self.summary.refused += mended.refused.len();
        let left = mended.after.judged.open.len();
        let (fixed, waived) = (mended.fixed.len(), mended.waived);
        let verb = if mended.changed.is_empty() { "Left as it is" } else { "Written" };
        let name = super::name(project);
        self.notes.push(format!("{verb}: {name} ({fixed} fixed, {waived} waived, {left} left)"));
        for (before, after) in mended.before.standings.iter().zip(&mended.after.standings) {
            if before.level != after.level {
                let file = &project.files[after.site.file.0 as usize];
                self.notes.push(standing::change(file, before, after));
            }
        }
    }

    /// Has those judged anew that read what was written; their answers stay.
    fn refresh(&mut self, board: &mut Board<'_>) {
        let mut stale = HashSet::default();
        for number in 0..board.projects.len() {
            let is_asked = board.benches[number].stage == Stage::Open;
            if is_asked && board.projects[number].refresh(&self.changed) {
                stale.insert(number);
            }
        }
        self.stale.extend(stale.iter().filter(|it| board.written.contains(it)));
        board.renew(&stale);
    }

    /// Carries out once more what was decided in projects that were written and read what others wrote since.
    fn again(&mut self, board: &mut Board<'_>) -> bool {
        let mut any = false;
        for at in 0..self.done.len() {
            let number = self.done[at].0;
            let stage = board.benches[number].stage;
            let fresh = board.projects[number].refresh(&self.changed);
            if !self.stale.remove(&number) && !fresh {
                continue;
            }
            board.follow(number);
            let later = Bench::mended(&board.projects[number], &board.policy);
            board.benches[number].stage = stage;
            // What was proven stays so, whatever the second attempt comes to.
            let Ok(later) = later else { continue };
            if later.changed.is_empty() || !self.files(&board.projects[number], &later) {
                continue;
            }
            any = true;
            self.summary.mend(later.fixed.iter().map(|it| &*it.subject));
            board.projects[number].files.clone_from(&later.files);
            self.done[at].1.go_on(later);
            if stage == Stage::Open {
                board.renew(&HashSet::from_iter([number]));
            }
        }
        any
    }

    /// Counts what is left everywhere, and says what of it was left alone.
    pub(super) fn count(&mut self, board: &Board<'_>) {
        for (number, project) in board.projects.iter().enumerate() {
            let bench = &board.benches[number];
            let done = self.done.iter().find(|it| it.0 == number && bench.stage == Stage::Written);
            let anew;
            let analysis = match done {
                Some((_, mended)) => &mended.after,
                None if bench.round == 0 && bench.stage == Stage::Open => &bench.analysis,
                None => {
                    anew = analyse(&project.files, &project.members, &board.policy);
                    &anew
                }
            };
            for it in remarks(project, analysis) {
                self.notes.push(format!("{}: {}", it.path.display(), it.sentence()));
            }
            add(self.summary, &mut self.ended, project, analysis);
        }
        self.ended.open = board.benches.iter().any(|it| it.open(&board.policy).next().is_some());
    }
}

fn add(summary: &mut Summary, ended: &mut Ended, project: &Project, analysis: &Analysis) {
    summary.containers += analysis.containers;
    summary.waived += analysis.judged.waived.len();
    summary.stand(&analysis.standings);
    let first = ended.left.len();
    for finding in &analysis.judged.open {
        summary.leave(finding);
        let path = &project.files[finding.site.file.0 as usize].path;
        if finding.severity > Severity::Info && !ended.left[first..].contains(path) {
            ended.left.push(path.clone());
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

/// Whether a project is asked about as it is on the disk.
fn same(bench: &Bench, project: &Project) -> bool {
    let mut both = bench.files.iter().zip(&project.files);
    both.all(|(a, b)| std::sync::Arc::ptr_eq(&a.tree, &b.tree))
}

/// Keeps the answers, wherever that is.
pub type Keep<'k> = &'k mut dyn FnMut(&crate::decisions::Decisions) -> io::Result<()>;
