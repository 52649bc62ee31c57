//! What is wrong with the configuration, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::suggestion::unknown;

/// A mistake in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, in lower case, and what may have been meant.
    pub problem: String,
}

impl ConfigError {
    pub(crate) fn new(path: &Path, text: &str, at: usize, problem: String) -> ConfigError {
        let before = text.get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        ConfigError {
            path: path.to_path_buf(),
            line: line_of(text, at),
            column: line.chars().count() + 1,
            problem,
        }
    }

    pub(crate) fn toml(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
        let span: Range<usize> = error.span().unwrap_or_default();
        ConfigError::new(path, text, span.start, in_our_words(error.message()))
    }
}

/// The line, from 1, that byte `at` of `text` stands on.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// Turns serde's list of what it expected into a guess of what was meant.
fn in_our_words(message: &str) -> String {
    let (thing, rest) = if let Some(rest) = message.strip_prefix("unknown field ") {
        ("key", rest)
    } else if let Some(rest) = message.strip_prefix("unknown variant ") {
        ("value", rest)
    } else {
        return message.replace("missing field", "missing key").replace('\n', ", ");
    };
    // Every second piece between the backticks is a name: first the stranger, then the known.
    let mut names = rest.split('`').skip(1).step_by(2);
    let stranger = names.next().unwrap_or_default();
    unknown(thing, stranger, names)
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConfigError { path, line, column, problem } = self;
        write!(out, "{}:{line}:{column}: {problem}", path.display())
    }
}

impl std::error::Error for ConfigError {}
