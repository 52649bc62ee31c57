//! Places in a text as programs count them, and numbers for what looks alike.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use foldhash::HashMap;

use super::json::path;
use crate::outcome::{Fingerprint, Reported};
use crate::yaml::{Span, Tree};

/// What stands in the place of a rule for a file that could not be judged.
pub(super) const NOT_JUDGED: &str = "not-judged";

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its bytes.
    pub(super) span: Span,
    /// Lines and columns from one; columns count characters.
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
    /// The columns again, in bytes.
    pub(super) byte_column: usize,
    pub(super) end_byte_column: usize,
}

impl Place {
    pub(super) fn of(tree: &Tree, span: Span) -> Place {
        let (start, end) = (tree.position(span.start), tree.position(span.end));
        let bytes = |line: usize, at: usize| at - tree.line_span(line).start.min(at) + 1;
        Place {
            span,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            byte_column: bytes(start.line, span.start),
            end_byte_column: bytes(end.line, span.end),
        }
    }
}

/// A path as whoever works in the current folder names it, where it lies below that: services that show a report know
/// the files of a repository by their paths in it.
pub(super) fn near(path: &Path) -> Cow<'_, Path> {
    if path.is_absolute() {
        let here = std::env::current_dir().unwrap_or_default();
        return path.strip_prefix(here).map_or(path.into(), |it| it.to_owned().into());
    }
    path.strip_prefix(".").unwrap_or(path).into()
}

/// A path as it stands in an address, to the byte.
pub(super) fn address(it: &Path) -> String {
    match it.to_str() {
        Some(_) => encoded(path(it).as_bytes(), KEPT),
        None => encoded(it.as_os_str().as_encoded_bytes(), KEPT),
    }
}

const KEPT: &[u8] = b"-._~/@+";

/// Bytes as they stand in an address: letters, digits and what is kept stay, the rest are bytes in hexadecimal.
pub(super) fn encoded(bytes: &[u8], kept: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        match byte.is_ascii_alphanumeric() || kept.contains(byte) {
            true => out.push(char::from(*byte)),
            false => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Counts weaknesses of a file that look alike, so that each has a name of its own in it: what comes to another file
/// changes none of them.
#[derive(Default)]
pub(super) struct Ordinals(HashMap<(usize, Fingerprint), usize>);

impl Ordinals {
    pub(super) fn next(&mut self, it: &Reported) -> String {
        let fingerprint = it.fingerprint();
        let number = self.0.entry((it.file, fingerprint)).or_default();
        *number += 1;
        format!("{fingerprint}:{number}")
    }
}
