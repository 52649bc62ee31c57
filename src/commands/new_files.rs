//! Files that the program makes: all of them or none, each of them whole.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Failure;
use super::output::words;
use crate::source::{Output, SourceError, permit};

/// A file to be made.
pub(super) struct NewFile {
    /// Where.
    pub(super) path: PathBuf,
    /// What is in it.
    pub(super) bytes: Vec<u8>,
}

/// What happens to a file that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// It stays, and nothing is made.
    Kept,
    /// It is replaced.
    Replaced,
}

/// Makes the files, and the folders that they lie in. None takes its name before all are written.
///
/// # Errors
/// One that cannot be made, or is there and is to be kept.
pub(super) fn write_all(files: &[NewFile], others: Others) -> Result<(), Failure> {
    if others == Others::Kept {
        files.iter().try_for_each(|it| absent(&it.path))?;
    }
    if others == Others::Replaced {
        return replace_all(files);
    }
    let drafts = files.iter().map(|it| draft(it).map_err(|error| failed(&it.path, &error)));
    let drafts: Vec<NamedTempFile> = drafts.collect::<Result<_, Failure>>()?;
    for (draft, NewFile { path, .. }) in drafts.into_iter().zip(files) {
        draft.persist_noclobber(path).map_err(|it| failed(path, &it.error))?;
    }
    Ok(())
}

/// Writes them over those that are there, whose links, modes and owners stay.
fn replace_all(files: &[NewFile]) -> Result<(), Failure> {
    let open = |it: &NewFile| {
        let folder = it.path.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder).map_err(|error| failed(&it.path, &error))?;
        Output::open(&it.path).map_err(|error| refused(&error))
    };
    let outputs: Vec<Output> = files.iter().map(open).collect::<Result<_, Failure>>()?;
    let write = |(output, it): (Output, &NewFile)| output.write(&it.bytes);
    outputs.into_iter().zip(files).try_for_each(write).map_err(|it| refused(&it))
}

fn refused(error: &SourceError) -> Failure {
    Failure(format!("{}: cannot be written: {}", error.path.display(), error.problem))
}

/// A link that leads nowhere is there too.
fn absent(path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(Failure(format!(
            "{}: is there already: nothing was written; --force writes over it",
            path.display()
        ))),
        Err(_) => Ok(()),
    }
}

fn draft(file: &NewFile) -> io::Result<NamedTempFile> {
    let folder = file.path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut draft = tempfile::Builder::new();
    permit(draft.prefix(".casehard-"));
    let mut draft = draft.tempfile_in(folder)?;
    // It is swept away as nobody's otherwise.
    let _ = draft.as_file().try_lock();
    draft.write_all(&file.bytes)?;
    draft.as_file().sync_all()?;
    Ok(draft)
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure(format!("{}: cannot be written: {}", path.display(), words(error)))
}

/// Takes away a file that the program made.
///
/// # Errors
/// It is there still.
pub(super) fn remove(path: &Path) -> Result<(), String> {
    fs::remove_file(path)
        .map_err(|it| format!("{}: cannot be removed: {}", path.display(), words(&it)))
}
