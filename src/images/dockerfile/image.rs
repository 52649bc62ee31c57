//! What starting an image does, by the scripts that are in it.

use std::collections::BTreeMap;

use super::copies::{Copy, Origin, Shape};
use super::facts::{Act, Place, Script, Unread};
use super::paths::Folder;
use super::programs;
use super::scripts::{self, ALL_RUN, BaseStarts, Start};
use super::shell::Command;

/// What starts in an image.
pub struct Starts<'s> {
    /// The words of its entrypoint, then those of its command.
    pub words: &'s [String],
    /// The folder that it starts in.
    pub workdir: &'s str,
    /// Variables by which its scripts name paths and accounts.
    pub environment: &'s BTreeMap<String, String>,
    /// Files in folders all of whose files run, by absolute path.
    pub all_run: &'s [String],
}

/// Follows what starts in an image through the scripts that it calls; `files` is asked for them by absolute path.
pub fn started(
    starts: &Starts<'_>,
    files: &mut dyn FnMut(&str) -> Script,
) -> (Vec<Act>, Vec<Unread>) {
    let context = |from: &str, to: &str, shape| Copy {
        origin: Origin::Context(vec![from.to_owned()]),
        to: to.to_owned(),
        shape,
        line: 0,
    };
    let mut copies = vec![context("", "/", Shape::Folder)];
    copies.extend(starts.all_run.iter().map(|it| context(&it[1..], it, Shape::File)));
    let command = Command { words: starts.words.to_vec(), ..Command::default() };
    let mut of_context = |path: &str| files(&format!("/{path}"));
    let start = Start {
        copies: &copies,
        environment: starts.environment,
        workdir: Folder::new(Some(starts.workdir)),
        files: &mut of_context,
    };
    let started = scripts::follow(vec![command], BaseStarts::No, start);
    (started.acts, started.unread)
}

/// Whether all files of a folder run when a container starts.
pub fn runs_all(folder: &str) -> bool {
    ALL_RUN.contains(&folder)
}

/// The words of the innermost of the programs that run one another: behind `tini --`, `gosu app` and the like.
pub fn innermost(words: &[String]) -> &[String] {
    programs::run_by(words).last().copied().unwrap_or_default()
}

/// Where an act is done: a script of the image and the line, or the entrypoint itself.
pub fn place(act: &Act) -> (Option<String>, usize) {
    match &act.said.place {
        Place::Script(path) => (Some(format!("/{}", path.trim_start_matches('/'))), act.said.line),
        Place::Dockerfile => (None, 0),
    }
}
