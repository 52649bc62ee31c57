//! Files: found, read and written back atomically; the only module that touches them.
//!
//! It knows nothing of YAML. A file is written by putting a finished copy in its place, so that
//! it is the old one or the new one at every moment, whatever stops the program. What it was is kept
//! in a journal, so that there is a way back.

#[cfg(target_os = "linux")]
mod attributes;
mod draft;
mod exclude;
mod find;
mod git;
mod journal;
mod lexical;
mod output;
mod passed;
mod place;
mod read;
mod real;
mod shard;
mod walk;
mod within;
mod write;

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

pub use draft::permit;
pub use exclude::{Exclude, Excluded, Pattern, Reach};
pub use find::{Found, Named, Search, find, find_upwards, root};
pub use git::{Unsaved, unsaved};
pub use journal::{Cause, Entry, Journal, Now, Run, Standing, digest, runs, runs_below};
pub use lexical::{absolute, clean};
pub use output::Output;
pub use passed::{Passed, Why};
pub use place::Place;
pub use read::{Bytes, Source, changed, read, read_beside, read_stdin};
pub use real::{Reals, Upwards};
pub use shard::Shard;
pub use within::{Folder, Within};
pub use write::{blocked, create, take_away, unchanged, write};

/// What one argument on the command line asks to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input, written `-`.
    Stdin,
    /// A file or a folder; a file called `-` is written `./-`.
    Path(PathBuf),
}

/// What standard input is called where a path is named.
pub const STDIN: &str = "<stdin>";

/// What a command line is called that stands in no file.
pub const COMMAND: &str = "<command>";

/// The folder that a file lies in, from the root; nothing for standard input. Links are not followed: what `..` leads
/// to is read from the path.
pub fn folder(path: &Path) -> Option<PathBuf> {
    if path == Path::new(STDIN) || path == Path::new(COMMAND) {
        return None;
    }
    std::path::absolute(path).ok()?.parent().map(Path::to_owned)
}

/// A folder or a file from the root, links not followed; nothing for standard input.
pub fn from_the_root(path: &Path) -> Option<PathBuf> {
    // An empty path is the folder that the program runs in.
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    (path != Path::new(STDIN) && path != Path::new(COMMAND))
        .then(|| std::path::absolute(path).ok())
        .flatten()
}

/// Whether a folder is the root of a repository.
pub fn is_repository(folder: &Path) -> bool {
    folder.join(".git").exists()
}

impl From<PathBuf> for Input {
    fn from(argument: PathBuf) -> Input {
        if argument.as_os_str() == "-" { Input::Stdin } else { Input::Path(argument) }
    }
}

/// A file or folder the program could not work with; whatever it was, it is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError {
    /// The file or folder, as the user would name it.
    pub path: PathBuf,
    /// What is wrong, in lower case, and what to do about it.
    pub problem: String,
}

impl SourceError {
    fn new(path: &Path, problem: impl Into<String>) -> SourceError {
        SourceError { path: path.to_path_buf(), problem: problem.into() }
    }

    fn io(path: &Path, error: &io::Error) -> SourceError {
        SourceError::new(path, in_our_words(error))
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.path.display(), self.problem)
    }
}

impl std::error::Error for SourceError {}

fn in_our_words(error: &io::Error) -> String {
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::StorageFull => "the disk is full: free some space and run again",
        ErrorKind::QuotaExceeded => "the disk quota is used up: free some space and run again",
        ErrorKind::FileTooLarge => "larger than the file system or a limit of the shell allows",
        ErrorKind::ReadOnlyFilesystem => "the file system is mounted read-only",
        ErrorKind::ResourceBusy => {
            "the file is a mount point and cannot be replaced: mount the folder it is in instead"
        }
        ErrorKind::NotADirectory => "a file is where a folder should be",
        _ => {
            let text = error.to_string().to_lowercase();
            return text.split(" (os error").next().unwrap_or_default().to_owned();
        }
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_is_standard_input_and_a_path_to_a_dash_is_a_file() {
        assert_eq!(Input::from(PathBuf::from("-")), Input::Stdin);
        assert_eq!(Input::from(PathBuf::from("./-")), Input::Path(PathBuf::from("./-")));
    }

    #[test]
    fn an_error_names_the_file_and_says_what_to_do() {
        let error = io::Error::from(ErrorKind::StorageFull);
        assert_eq!(
            SourceError::io(Path::new("compose.yaml"), &error).to_string(),
            "compose.yaml: the disk is full: free some space and run again"
        );
    }
}
