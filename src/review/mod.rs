//! The interactive session: each finding is shown with the difference its fix makes, and a key decides.
//!
//! `session` knows the questions and answers, `desk` what comes of them, `talk` leads the conversation, and only
//! `screen` touches the terminal. A project is written after its last question, never before. What a fix brings to
//! light is asked about in a further round: nobody has seen its difference yet.

mod acts;
mod closing;
mod desk;
mod diff;
mod edit;
mod keys;
mod preview;
mod screen;
mod session;
mod show;
mod talk;

use std::io;
use std::path::PathBuf;

use rayon::prelude::*;

use crate::batch::{Changed, Project};
use crate::finding::{Confidence, FileId, Severity};
use crate::mend::{Analysis, Policy, Shared, analyse};
use crate::outcome::remarks;
use crate::report::standing;
use crate::report::summary::Summary;
use crate::source::SourceError;
pub use closing::command;
use desk::Desk;
pub use screen::is_dumb;
use screen::{Gone, Screen};
use talk::{Stop, Talk};

/// How questions are answered that the owner does not want to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Yes to fixes that are at least as sure.
    Accept(Confidence),
    /// No.
    Leave,
}

/// Writes the new text of a file of a project.
pub type Write<'w> = &'w mut dyn FnMut(&Project, FileId, &str) -> Result<(), SourceError>;

/// How a review ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// The files in which findings are left.
    pub left: Vec<PathBuf>,
    /// Whether something could not be written or proven.
    pub failed: bool,
    /// Whether somebody stopped the program.
    pub interrupted: bool,
}

/// Reviews the projects one after the other; those that others extend come first.
///
/// # Errors
/// A terminal that cannot be set up.
pub fn review(
    projects: &mut [Project],
    policy: &Policy,
    summary: &mut Summary,
    write: Write<'_>,
) -> io::Result<Ended> {
    let screen = Screen::open()?;
    let analyses: Vec<Analysis> =
        projects.par_iter().map(|it| analyse(&it.files, &it.members, policy)).collect();
    let asked = analyses.iter().filter(|it| !it.judged.open.is_empty()).count();
    let mut review = Review {
        screen,
        policy,
        summary,
        write,
        ended: Ended::default(),
        rest: None,
        stopped: false,
        number: (0, asked),
    };
    let mut changed = Changed::default();
    for (project, analysis) in projects.iter_mut().zip(analyses) {
        let analysis = match project.refresh(&changed) {
            true => analyse(&project.files, &project.members, policy),
            false => analysis,
        };
        changed.add(review.project(project, analysis));
    }
    Ok(review.ended)
}

/// A review on its way from project to project.
struct Review<'r, 'w> {
    screen: Screen,
    policy: &'r Policy,
    summary: &'r mut Summary,
    write: Write<'w>,
    ended: Ended,
    rest: Option<Rest>,
    /// Whether nothing more is asked and nothing more is done.
    stopped: bool,
    number: (usize, usize),
}

impl Review<'_, '_> {
    /// Reviews and writes a project; returns the files that changed.
    fn project(&mut self, project: &Project, analysis: Analysis) -> Vec<Shared> {
        if self.stopped || analysis.judged.open.is_empty() {
            self.count(project, &analysis);
            return Vec::new();
        }
        self.number.0 += 1;
        let mut desk = Desk::new(project, self.policy, analysis);
        let mut talk = Talk {
            screen: &self.screen,
            desk: &mut desk,
            name: name(project),
            number: self.number,
            rest: None,
            rest_of_all: self.rest,
            quits: false,
        };
        let outcome = talk.talk();
        self.rest = talk.rest_of_all;
        self.stopped = talk.quits;
        match outcome {
            Ok(()) => self.finish(project, &desk),
            Err(stop) => {
                self.leave(project, stop);
                Vec::new()
            }
        }
    }

    /// Writes what was accepted.
    fn finish(&mut self, project: &Project, desk: &Desk<'_>) -> Vec<Shared> {
        for (finding, why) in &desk.refused {
            self.note(&format!("{}: {} is refused: {why}", finding.subject, finding.rule));
        }
        let mut written = Vec::new();
        for &id in &desk.changed {
            let file = &desk.files[id.0 as usize];
            if file.tree.text() == project.files[id.0 as usize].tree.text() {
                continue;
            }
            match (self.write)(project, id, file.tree.text()) {
                Ok(()) => written.push(file.clone()),
                Err(error) => {
                    self.note(&format!("Not written: {error}"));
                    self.summary.failed += 1;
                    self.ended.failed = true;
                }
            }
        }
        if written.len() < desk.changed.len() {
            // What the files say that were not written is what they said before.
            self.count(project, &analyse(&project.files, &project.members, self.policy));
            return written;
        }
        self.summary.written += written.len();
        self.summary.mend(desk.fixed.iter().map(|it| &*it.subject));
        self.summary.refused += desk.refused.len();
        self.count(project, &desk.analysis);
        let left = desk.analysis.judged.open.len();
        let (fixed, waived) = (desk.fixed.len(), desk.waived);
        let verb = if written.is_empty() { "Left as it is" } else { "Written" };
        self.note(&format!(
            "{verb}: {} ({fixed} fixed, {waived} waived, {left} left)",
            name(project)
        ));
        for (before, after) in desk.standings.iter().zip(&desk.analysis.standings) {
            if before.level != after.level {
                let file = &project.files[after.site.file.0 as usize];
                self.note(&standing::change(file, before, after));
            }
        }
        written
    }

    /// Says why nothing of a project is written.
    fn leave(&mut self, project: &Project, stop: Stop) {
        let name = name(project);
        match stop {
            Stop::Quit => self.stopped = true,
            Stop::Gone(gone) => {
                self.stopped = true;
                self.ended.interrupted = gone == Gone::Interrupted;
                self.note("");
            }
            Stop::Unproven(unproven) => {
                self.summary.failed += 1;
                self.ended.failed = true;
                let path = unproven.path.display();
                self.note(&format!("{path}: internal error: {}", unproven.message));
                self.note("please file a bug with this file");
            }
        }
        self.note(&format!("Left as it is: {name}"));
        self.count(project, &analyse(&project.files, &project.members, self.policy));
    }

    /// Says something in one line, whether or not anybody is left to read it.
    fn note(&self, text: &str) {
        let _ = self.screen.remark(&show::clean(text));
    }

    /// Counts what is left in a project, and says what of it was left alone.
    fn count(&mut self, project: &Project, analysis: &Analysis) {
        if !self.stopped {
            for it in remarks(project, analysis) {
                self.note(&format!("{}: {}", it.path.display(), it.sentence()));
            }
        }
        self.summary.containers += analysis.containers;
        self.summary.waived += analysis.judged.waived.len();
        self.summary.stand(&analysis.standings);
        let first = self.ended.left.len();
        for finding in &analysis.judged.open {
            self.summary.leave(finding);
            let path = &project.files[finding.site.file.0 as usize].path;
            if finding.severity > Severity::Info && !self.ended.left[first..].contains(path) {
                self.ended.left.push(path.clone());
            }
        }
    }
}

/// What people call a project: its files.
fn name(project: &Project) -> String {
    let files = project.files.iter().filter(|it| it.in_scope);
    files.map(|it| it.path.to_string_lossy()).collect::<Vec<_>>().join(" and ")
}
