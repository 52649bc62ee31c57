//! The way out: standard output, standard error and the files of reports.
//!
//! Whether something can be printed decides nothing but itself: a reader that went away is no failure, and anything else
//! that keeps a text from where it belongs is one.

use std::borrow::Cow;
use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::report::full::wrap;
use crate::report::shown::{Shown, clean};
use crate::source::{Output, Place, SourceError};

/// Prints to standard output.
///
/// # Errors
/// It cannot be written; a closed pipe is none.
pub(super) fn print(text: &Shown) -> Result<(), Failure> {
    let stdout = io::stdout();
    match anstream::AutoStream::choice(&stdout) {
        // At once: a stream that takes styles out writes what lies between them piece by piece.
        anstream::ColorChoice::Never => raw(text.plain().as_bytes()),
        _ => send(anstream::stdout().lock(), text.as_str().as_bytes()),
    }
}

/// Prints what the program says of itself, with its styles.
///
/// # Errors
/// As [`print`].
pub(super) fn print_help(text: &str) -> Result<(), Failure> {
    send(anstream::stdout().lock(), text.as_bytes())
}

/// Prints to standard error, whether or not anybody reads it.
pub(super) fn complain(text: &Shown) {
    let mut out = anstream::stderr().lock();
    let _ = out.write_all(text.as_str().as_bytes());
}

/// The same for a line of what a file or a path says, which is broken at its blanks where a terminal shows it.
pub(super) fn complain_line(text: &str) {
    match console::Term::stderr().size_checked() {
        Some((_, width)) => complain(&Shown::own(&wrap(&clean(text), usize::from(width).max(40)))),
        None => complain(&Shown::line(text)),
    }
}

/// Prints patches: to the byte where a program reads them, clean and in colour where somebody looks at them.
///
/// # Errors
/// As [`print`].
pub(super) fn print_patch(patch: String) -> Result<(), Failure> {
    let stdout = io::stdout();
    let colored = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
    match stdout.is_terminal() || colored {
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

/// A path from the current folder on, where it lies below, by links or without.
pub(super) fn near(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let real = std::fs::canonicalize(&here).unwrap_or_default();
    let below = path.strip_prefix(here).or_else(|_| path.strip_prefix(real));
    below.unwrap_or(path).to_owned()
}

/// An error of the system in our words.
pub(super) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// A file of a report, opened before anything else is written.
pub(super) struct Sink(Output);

impl Sink {
    /// Opens a file; nothing for standard output, by `-` or by a path that leads there.
    ///
    /// # Errors
    /// It cannot be written there.
    pub(super) fn open(path: Option<&Path>) -> Result<Option<Sink>, Failure> {
        let Some(path) = path.filter(|it| it.as_os_str() != "-") else { return Ok(None) };
        let output = Output::open(path).map_err(|it| failed(&it))?;
        Ok((!output.is_stdout()).then_some(Sink(output)))
    }

    /// Whether both write to one file.
    pub(super) fn is(&self, other: &Sink) -> bool {
        !self.0.place().is_null() && self.0.place().is(other.0.place())
    }

    /// The path as it was named.
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Whether it would write over a file.
    pub(super) fn covers(&self, path: &Path) -> bool {
        self.0.place().is_there() && self.0.place().is(&Place::of(path))
    }

    /// Writes the report, without styles.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn write(self, text: &Shown) -> Result<(), Failure> {
        let text = text.as_str();
        let plain: Cow<'_, str> = match text.contains('\u{1b}') {
            true => anstream::adapter::strip_str(text).to_string().into(),
            false => text.into(),
        };
        self.0.write(plain.as_bytes()).map_err(|it| failed(&it))
    }
}

fn failed(error: &SourceError) -> Failure {
    Failure(format!("{}: the report cannot be written: {}", error.path.display(), error.problem))
}
