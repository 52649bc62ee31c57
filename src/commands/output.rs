//! The way out: standard output, standard error and the files of reports.
//!
//! Whether something can be printed decides nothing but itself: a reader that went away is no failure, and anything else
//! that keeps a text from where it belongs is one.

use std::fs::{self, File};
use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Failure;
use crate::report::shown::Shown;

/// Prints to standard output.
///
/// # Errors
/// It cannot be written; a closed pipe is none.
pub(super) fn print(text: &Shown) -> Result<(), Failure> {
    send(anstream::stdout().lock(), text.as_str().as_bytes())
}

/// Prints to standard error, whether or not anybody reads it.
pub(super) fn complain(text: &Shown) {
    let mut out = anstream::stderr().lock();
    let _ = out.write_all(text.as_str().as_bytes());
}

/// Prints patches: to the byte where a program reads them, clean where somebody looks at them.
///
/// # Errors
/// As [`print`].
pub(super) fn print_patch(patch: String) -> Result<(), Failure> {
    match io::stdout().is_terminal() {
        true => print(&Shown::patch(&patch)),
        // Nothing that styles a terminal is looked for in it, and nothing is taken out.
        false => raw(Shown::exact(patch).as_str().as_bytes()),
    }
}

/// Writes bytes to standard output as they are.
///
/// # Errors
/// As [`print`].
pub(super) fn raw(bytes: &[u8]) -> Result<(), Failure> {
    send(io::stdout().lock(), bytes)
}

fn send(mut out: impl Write, bytes: &[u8]) -> Result<(), Failure> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure(format!("standard output cannot be written: {}", words(&error))))
        }
        _ => Ok(()),
    }
}

/// An error of the system in our words.
pub(super) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// A file of a report, opened before anything else is written.
pub(super) struct Sink {
    path: PathBuf,
    to: To,
}

enum To {
    /// What takes the file's place once it is whole.
    Draft(NamedTempFile),
    /// A device or a pipe.
    Device(File),
}

impl Sink {
    /// Opens a file; nothing for standard output.
    ///
    /// # Errors
    /// It cannot be written there.
    pub(super) fn open(path: Option<&Path>) -> Result<Option<Sink>, Failure> {
        let Some(path) = path else { return Ok(None) };
        let failed = |error: io::Error| {
            Failure(format!("{}: the report cannot be written: {}", path.display(), words(&error)))
        };
        if path.is_dir() {
            return Err(Failure(format!(
                "{}: a folder: name a file for the report",
                path.display()
            )));
        }
        let is_special = fs::metadata(path).is_ok_and(|it| !it.is_file());
        let to = match is_special {
            true => To::Device(File::options().write(true).open(path).map_err(failed)?),
            false => {
                let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
                let mut draft = tempfile::Builder::new();
                permit(draft.prefix(".casehard-"));
                To::Draft(draft.tempfile_in(folder.unwrap_or(Path::new("."))).map_err(failed)?)
            }
        };
        Ok(Some(Sink { path: path.to_owned(), to }))
    }

    /// Writes the report, without styles.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn write(self, text: &Shown) -> Result<(), Failure> {
        let path = self.path;
        let failed = |error: io::Error| {
            Failure(format!("{}: the report cannot be written: {}", path.display(), words(&error)))
        };
        let plain = anstream::adapter::strip_str(text.as_str()).to_string();
        match self.to {
            To::Device(mut file) => match file.write_all(plain.as_bytes()) {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(failed(error)),
                _ => Ok(()),
            },
            To::Draft(mut draft) => {
                draft.write_all(plain.as_bytes()).and_then(|()| draft.flush()).map_err(&failed)?;
                draft.persist(&path).map_err(|it| failed(it.error))?;
                Ok(())
            }
        }
    }
}

/// A report is read by whoever may read what is written here.
#[cfg(unix)]
pub(super) fn permit(draft: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt as _;
    draft.permissions(fs::Permissions::from_mode(0o666));
}

/// Elsewhere the folder decides that.
#[cfg(not(unix))]
pub(super) fn permit(_: &mut tempfile::Builder<'_, '_>) {}
