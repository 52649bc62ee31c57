//! What go-yaml reads and yaml-rust2 does not, rewritten so that both read the same.
//!
//! Only blanks change. The tree is still found in the real text, so that a wrong guess here is an
//! error there and never a wrong place.

use foldhash::HashMap;

/// A text for the parser, and how many blanks each of its lines has more than the real one.
pub(super) struct Source {
    pub(super) text: String,
    /// Blanks put before lines, counted from zero.
    pub(super) pads: HashMap<usize, usize>,
}

/// The text with a space for every tab after the colons at some bytes.
pub(super) fn without_tabs(text: &str, colons: &[usize]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for colon in colons {
        let tabs = bytes[colon + 1..].iter().take_while(|it| **it == b'\t').count();
        bytes[colon + 1..colon + 1 + tabs].fill(b' ');
    }
    String::from_utf8(bytes).expect("a tab and a space are both ASCII")
}
