//! Places in a text as programs count them, and numbers for what looks alike.

use std::fmt::Write as _;

use foldhash::HashMap;

use crate::outcome::{Fingerprint, Reported};
use crate::yaml::{Span, Tree};

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

/// A text as it stands in an address: letters, digits and what is kept stay, the rest are bytes in hexadecimal.
pub(super) fn encoded(text: &str, kept: &[u8]) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            true => out.push(char::from(byte)),
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
        let number = self.0.entry((it.file, it.fingerprint)).or_default();
        *number += 1;
        format!("{}:{number}", it.fingerprint)
    }
}
