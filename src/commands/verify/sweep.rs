//! What killed trials left: in the engine, and among the files that are there for a while.

use std::env;
use std::fs;

use super::super::output::complain;
use super::bench::PREFIX;
use crate::engine::{Engine, mark};
use crate::report::shown::Shown;

/// Takes away what is left of trials, and tells how many things there were.
pub(super) fn sweep(engine: &Engine, of: impl Fn(&str) -> bool) -> usize {
    engine.sweep(of).unwrap_or_else(|it| {
        complain(&Shown::line(&it.to_string()));
        0
    })
}

/// Takes away the files of trials that were killed, and tells how many there were. Those of others, which may not be
/// taken away, stay.
pub(super) fn sweep_files() -> usize {
    let entries = fs::read_dir(env::temp_dir()).into_iter().flatten().flatten();
    let is_left = |it: &fs::DirEntry| {
        let name = it.file_name().to_string_lossy().into_owned();
        let mark = name.strip_prefix(PREFIX).and_then(|it| it.rsplit_once('-'));
        mark.is_some_and(|it| mark::is_dead(it.0))
    };
    let gone = entries.filter(is_left).filter(|it| {
        let is_folder = it.file_type().is_ok_and(|it| it.is_dir());
        let remove = if is_folder { fs::remove_dir_all } else { fs::remove_file };
        remove(it.path()).is_ok()
    });
    gone.count()
}
