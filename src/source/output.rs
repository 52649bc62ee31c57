//! A file that the program makes of its own: a report, a baseline. It is opened before anything else is done, and written
//! when all is known.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::draft::Draft;
use super::write::hard_links;
use super::{Place, SourceError};

/// Where it goes.
pub struct Output {
    path: PathBuf,
    place: Place,
    to: To,
}

enum To {
    /// What takes the file's place once it is whole.
    Draft(Draft),
    /// A file that cannot be replaced without taking something from it: another name, its owner, its mount.
    Itself(File),
    /// A device or a pipe.
    Device(File),
}

impl Output {
    /// Opens a file. Links are followed, and stay; a file that is there keeps its mode and its owner.
    ///
    /// # Errors
    /// It cannot be written, or is not to be.
    pub fn open(path: &Path) -> Result<Output, SourceError> {
        let failed = |error: io::Error| SourceError::io(path, &error);
        let place = Place::of(path);
        let to = match fs::metadata(path) {
            Ok(it) if it.is_dir() => {
                return Err(SourceError::new(path, "is a folder: name a file in it"));
            }
            Ok(it) if it.is_file() => over(path, &place)?,
            Ok(_) => To::Device(File::options().write(true).open(path).map_err(failed)?),
            // What the path or its links lead to is not there yet.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let folder = place.path().parent().unwrap_or(Path::new("/"));
                To::Draft(Draft::fresh(folder).map_err(failed)?)
            }
            Err(error) => return Err(failed(error)),
        };
        Ok(Output { path: path.to_owned(), place, to })
    }

    /// The path as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the path leads to.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether it is the standard output of this process under another name.
    pub fn is_stdout(&self) -> bool {
        #[cfg(unix)]
        let stdout = Place::of_open(io::stdout());
        #[cfg(not(unix))]
        let stdout: Option<Place> = None;
        !self.place.is_null() && stdout.is_some_and(|it| it.is(&self.place))
    }

    /// Writes it, all of it or nothing where that can be had. A reader that goes away is no failure.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(self, bytes: &[u8]) -> Result<(), SourceError> {
        let failed = |error: io::Error| SourceError::io(&self.path, &error);
        match self.to {
            To::Device(mut file) => match file.write_all(bytes) {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(failed(error)),
                _ => Ok(()),
            },
            To::Itself(file) => overwrite(file, bytes).map_err(failed),
            To::Draft(mut draft) => {
                draft.fill(bytes).map_err(failed)?;
                match draft.replace(self.place.path()) {
                    // What is mounted by itself stays where it is.
                    Err(error) if error.kind() == ErrorKind::ResourceBusy => {
                        let file = File::options().write(true).open(self.place.path());
                        file.and_then(|it| overwrite(it, bytes)).map_err(failed)
                    }
                    other => other.map_err(failed),
                }
            }
        }
    }
}

fn overwrite(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// How a file is written that is there.
fn over(path: &Path, place: &Place) -> Result<To, SourceError> {
    let failed = |error: io::Error| SourceError::io(path, &error);
    let metadata = fs::metadata(place.path()).map_err(failed)?;
    // The mode says so even to root, whom nothing stops.
    if metadata.permissions().readonly() {
        let problem = "the file is read-only: `chmod u+w` it first, or name another file";
        return Err(SourceError::new(path, problem));
    }
    let file = File::options().write(true).open(place.path()).map_err(failed)?;
    if hard_links(&metadata) > 1 {
        return Ok(To::Itself(file));
    }
    let folder = place.path().parent().unwrap_or(Path::new("/"));
    let dressed = || {
        let old = File::open(place.path())?;
        let draft = Draft::in_folder(folder)?;
        draft.own_like(&metadata)?;
        draft.dress_like(&old)?;
        io::Result::Ok(draft)
    };
    Ok(dressed().map_or(To::Itself(file), To::Draft))
}
