//! The interactive session: each finding is shown with the difference its fix makes, and a key decides.
//!
//! `board` knows the questions and the answers, `bench` what they come to in one project, `talk` leads the conversation,
//! `last` writes, and only `screen` touches the terminal. Each answer is kept at once; nothing is written before the
//! last question of its file. What a fix brings to light is asked about in a further round: nobody has seen its
//! difference yet.

mod acts;
mod along;
mod bench;
mod board;
mod closing;
mod diff;
mod edit;
mod editor;
mod end;
mod filter;
mod go;
mod held;
mod keys;
mod last;
mod line;
mod list;
mod many;
mod number;
mod own;
mod preview;
mod raw;
mod scope;
mod screen;
mod show;
mod step;
mod sweep;
mod table;
mod talk;
mod told;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use foldhash::HashMap;

use crate::batch::{Emits, Project};
use crate::decisions::By;
use crate::evidence::Own;
use crate::finding::FileId;
use crate::images::Knowledge;
use crate::mend::{Mended, Policy, Shared, Unproven};
use crate::outcome::Written;
use crate::series::series;
use crate::source::SourceError;
pub use bench::Asks;
use board::Board;
pub use closing::{command, options, path};
pub use last::Keep;
pub use screen::is_dumb;
use screen::{Gone, Screen};
use talk::Talk;

/// Writes the new text of a file of a project.
pub type Write<'w> = &'w mut dyn FnMut(&Project, FileId, &str) -> Result<(), SourceError>;

/// A change of what is known of images, in the configuration.
#[derive(Debug, Clone, Copy)]
pub enum OfImage<'i> {
    /// These values hold for the image.
    Add {
        /// The image, as written.
        image: &'i str,
        /// Its values.
        own: &'i Own,
    },
    /// What was added last does not hold.
    TakeBack,
}

/// Changes what is known of images, and yields all of it; or says why it is as it was.
pub type Images<'w> = &'w mut dyn FnMut(OfImage<'_>) -> Result<Arc<Knowledge>, String>;

/// What is to be said before the first question; it is given all containers that there are, and the files that have none.
pub type Before<'w> = &'w dyn Fn(&[There]) -> Vec<String>;

/// A file, and what people call a container in it.
pub type There = (PathBuf, Option<Arc<str>>);

/// Why a file of a project could not be written, in words that begin with its name.
pub type Blocked<'w> = &'w dyn Fn(&Project, FileId) -> Option<String>;

/// How a review ended.
#[derive(Default)]
pub struct Ended {
    /// The files in which findings are left.
    pub left: Vec<PathBuf>,
    /// Whether something could not be written or proven.
    pub failed: bool,
    /// Whether somebody stopped the program.
    pub interrupted: bool,
    /// Whether there are questions that nobody answered.
    pub open: bool,
    /// Whether something was accepted, and is not written.
    pub waiting: bool,
    /// What became of each project.
    pub projects: Vec<Result<Mended, Unproven>>,
    /// How each file was written that was to be.
    pub written: HashMap<(usize, FileId), Written>,
    /// What holds at the end, with what was answered.
    pub policy: Option<Policy>,
}

/// What a review needs of the world beside the terminal.
pub struct World<'w> {
    /// Who answers.
    pub by: By,
    /// What is asked about.
    pub asks: Asks,
    /// Writes a file.
    pub write: Write<'w>,
    /// Keeps the answers.
    pub keep: Keep<'w>,
    /// Changes what is known of images.
    pub images: Images<'w>,
    /// What is to be said before the first question, by the files and containers that there are.
    pub before: Before<'w>,
    /// Why a file of a project could not be written.
    pub blocked: Blocked<'w>,
}

/// Reviews the projects; those that others extend come first.
///
/// # Errors
/// A terminal that cannot be set up.
pub fn review(projects: &mut [Project], policy: &Policy, world: World<'_>) -> io::Result<Ended> {
    let screen = Screen::open()?;
    let mut talk = Talk {
        screen: &screen,
        board: Board::new(projects, policy, (world.by, world.asks)),
        writer: last::Writer::new(world.write),
        keep: world.keep,
        images: world.images,
        blocked: world.blocked,
        least: policy.accepts,
        shown: None,
        round: 0,
        explained: false,
        quits: false,
    };
    let before = (world.before)(&talk.board.there());
    let outcome = before.iter().try_for_each(|it| screen.remark(it));
    let outcome = outcome.and_then(|()| talk.talk());
    if let Err(gone) = outcome {
        talk.writer.ended.interrupted = gone == Gone::Interrupted;
        let _ = screen.remark("\nNothing more is written; your answers are kept.");
    }
    // Nobody may be left to read it.
    let _ = talk.tell();
    Ok(talk.writer.end(&talk.board))
}

/// What people call a project: its files.
fn name(project: &Project) -> String {
    let emits = project.emits.as_ref().map(|it| it.file().0 as usize);
    let files = project.files.iter().zip(&project.inputs).enumerate();
    let own = files.filter(|(at, (file, input))| {
        file.in_scope && input.is_some() && emits.is_none_or(|it| it != *at)
    });
    joined(own.map(|it| it.1.0))
}

/// The files of a project that are written.
fn written(project: &Project) -> String {
    let own = |it: &Emits| joined(std::iter::once(&project.files[it.file().0 as usize]));
    match &project.emits {
        Some(it @ Emits::Override { .. }) => own(it),
        Some(it @ Emits::Patches(_)) => format!("{} and its patches", own(it)),
        None => name(project),
    }
}

fn joined<'f>(files: impl Iterator<Item = &'f Shared>) -> String {
    series(&files.map(|it| it.path.to_string_lossy()).collect::<Vec<_>>())
}
