//! Writing a file back: all of it or nothing, and only over what was read.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::SourceError;
use super::draft::Draft;
use super::journal::Journal;
use super::read::{Source, changed};

/// Puts `new` in the place of what was read, atomically.
///
/// A symbolic link stays one and its target is written. Owner, group, mode and extended attributes
/// are kept. The file is refused, and left as it is, when it is read-only, when it has other hard
/// links, when its owner cannot be kept, and when it changed since it was read. What it was is kept in the journal of
/// the run before it is replaced; where that cannot be, the journal knows why, and the file is written all the same.
pub fn write(journal: &mut Journal, source: &Source, new: &[u8]) -> Result<(), SourceError> {
    let (target, mut draft) = begin(source)?;
    journal.enter(target.parent().unwrap_or(Path::new("/")));
    draft.fill(new).map_err(|error| SourceError::io(&source.path, &error))?;
    journal.keep(&target, &source.bytes, new);
    let placed = place(source, draft, &target);
    match placed {
        Ok(()) => flush(target.parent().unwrap_or(Path::new("/"))),
        Err(_) => journal.strike(&target),
    }
    placed
}

/// Makes a file that is not there, all of it or nothing, and the folders that it lies in.
///
/// # Errors
/// It is there already, or cannot be made.
pub fn create(path: &Path, new: &[u8]) -> Result<(), SourceError> {
    let failed = |error: io::Error| SourceError::io(path, &error);
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let mut draft = Draft::fresh(folder).map_err(failed)?;
    draft.fill(new).map_err(failed)?;
    match draft.found(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(SourceError::new(
            path,
            "was made by somebody else meanwhile: left as it is, run again",
        )),
        made => {
            made.map_err(failed)?;
            flush(folder);
            Ok(())
        }
    }
}

/// Takes a file that was just made away again, and its folder where nothing else lies in it.
///
/// # Errors
/// The file stays.
pub fn take_away(path: &Path) -> Result<(), SourceError> {
    fs::remove_file(path).map_err(|error| SourceError::io(path, &error))?;
    if let Some(folder) = path.parent() {
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}

/// Sees to it that a file is what was read.
///
/// # Errors
/// It changed.
pub fn unchanged(source: &Source) -> Result<(), SourceError> {
    match changed(source) {
        true => Err(SourceError::new(&source.path, CHANGED)),
        false => Ok(()),
    }
}

const CHANGED: &str = "changed since it was read: nothing was written for it, run again";

/// Why a file could not be written now, before anybody goes to the trouble of deciding about it.
pub fn blocked(source: &Source) -> Option<SourceError> {
    begin(source).err()
}

/// The file itself, and a draft for it that has its owner, mode and attributes.
fn begin(source: &Source) -> Result<(PathBuf, Draft), SourceError> {
    let failed = |error: io::Error| SourceError::io(&source.path, &error);
    let refused = |problem: String| SourceError::new(&source.path, problem);
    let target = fs::canonicalize(&source.path).map_err(failed)?;
    let old = File::open(&target).map_err(failed)?;
    let metadata = old.metadata().map_err(failed)?;
    if let Some(problem) = locked(&target, &metadata) {
        return Err(refused(problem));
    }
    let folder = target.parent().unwrap_or(Path::new("/"));
    let draft = Draft::in_folder(folder).map_err(|error| in_folder(source, &error))?;
    draft.own_like(&metadata).map_err(|error| {
        let words = super::in_our_words(&error);
        refused(format!("cannot keep its owner ({words}): run as that user or as root"))
    })?;
    draft.dress_like(&old).map_err(failed)?;
    Ok((target, draft))
}

/// Puts the draft in the place of the file, if that is still what was read.
fn place(source: &Source, draft: Draft, target: &Path) -> Result<(), SourceError> {
    // Asked as late as can be: what is left open is the time of a rename.
    if changed(source) {
        let problem = "changed since it was read: left as it is, run again";
        return Err(SourceError::new(&source.path, problem));
    }
    draft.replace(target).map_err(|error| SourceError::io(&source.path, &error))
}

/// Says why a file must not be replaced, although a rename could do it.
fn locked(target: &Path, metadata: &Metadata) -> Option<String> {
    // The mode says so even to root, whom nothing stops.
    if metadata.permissions().readonly() {
        return Some("the file is read-only: `chmod u+w` it first".to_owned());
    }
    // Replacing a file asks its folder for permission; the owner of the file is asked here.
    if let Err(error) = File::options().append(true).open(target) {
        return Some(format!("cannot be written: {}", super::in_our_words(&error)));
    }
    match hard_links(metadata) {
        0 | 1 => None,
        links => Some(format!(
            "has {links} hard links, which replacing it would part: give it a single name, \
             or write the output of `casehard fix --yes -` over it"
        )),
    }
}

#[cfg(unix)]
pub(super) fn hard_links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
pub(super) fn hard_links(_metadata: &Metadata) -> u64 {
    1
}

fn in_folder(source: &Source, error: &io::Error) -> SourceError {
    let words = super::in_our_words(error);
    SourceError::new(&source.path, format!("cannot write to its folder: {words}"))
}

/// Makes the rename last through a power cut.
///
/// Failing is no error: the file is new and whole, and some file systems cannot flush a folder.
fn flush(folder: &Path) {
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = folder;
}
