//! Why an image cannot be read.

use std::fmt;
use std::io;

/// What is wrong with an image, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerError(pub String);

impl LayerError {
    /// It ends before its end, or is no such thing.
    pub(super) fn broken(what: &str, error: &io::Error) -> LayerError {
        if let Some(own) = error.get_ref().and_then(|it| it.downcast_ref::<LayerError>()) {
            return own.clone();
        }
        // The reader of archives has no kind of its own for it.
        let text = error.to_string().to_lowercase();
        let is_cut = error.kind() == io::ErrorKind::UnexpectedEof
            || ["unexpected eof", "failed to read entire block"].iter().any(|it| text.contains(it));
        if text.contains("cksum") || text.contains("numeric field") {
            return LayerError(format!(
                "{what} is no tar archive, or is damaged: fetch or save it again"
            ));
        }
        match is_cut {
            true => LayerError(format!("{what} ends in the middle: fetch or save it again")),
            false => LayerError(format!("{what} cannot be read: {error}")),
        }
    }
}

impl From<LayerError> for io::Error {
    fn from(error: LayerError) -> io::Error {
        io::Error::other(error)
    }
}

impl fmt::Display for LayerError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for LayerError {}
