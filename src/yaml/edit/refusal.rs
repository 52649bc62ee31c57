//! Why an edit is not made.

use std::fmt;

use crate::yaml::{Node, ParseError, Problem, Span};

/// The class of reason for which an edit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The text as a whole may not be edited.
    Text(Problem),
    /// The way leads through an alias, or ends at one where an item should be appended.
    Alias,
    /// The node, or one around it, has an anchor that aliases refer to.
    AnchorShared,
    /// The key occurs more than once in its mapping.
    DuplicateKey,
    /// The document holds nothing.
    EmptyDocument,
    /// The changes contradict each other.
    Conflict,
    /// The value's tag does not fit the new value.
    Tag,
    /// There is no such place.
    Path,
    /// A comment would lose its place.
    Comment,
    /// A scalar of several lines cannot be moved.
    MultiLine,
    /// Text after a block scalar that ends without a line break would change its value.
    UnterminatedBlock,
}

impl Refusal {
    /// The reason as one stable word for machines.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Refusal::Text(problem) => problem.id(),
            Refusal::Alias => "alias",
            Refusal::AnchorShared => "anchor-shared",
            Refusal::DuplicateKey => "duplicate-key",
            Refusal::EmptyDocument => "empty-document",
            Refusal::Conflict => "conflict",
            Refusal::Tag => "tag",
            Refusal::Path => "path",
            Refusal::Comment => "comment-in-the-way",
            Refusal::MultiLine => "multi-line",
            Refusal::UnterminatedBlock => "unterminated-block",
        }
    }
}

/// Why changes are not made, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditError {
    /// The class of the reason.
    pub refusal: Refusal,
    /// The reason for people: lower case, without the place.
    pub message: String,
    /// The bytes in the way.
    pub span: Span,
}

impl EditError {
    pub(super) fn new(refusal: Refusal, message: &str, node: Node<'_>) -> EditError {
        EditError { refusal, message: message.to_owned(), span: node.full_span() }
    }
}

impl From<ParseError> for EditError {
    fn from(error: ParseError) -> EditError {
        let span = Span { start: error.offset, end: error.offset };
        EditError { refusal: Refusal::Text(error.problem), message: error.message, span }
    }
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EditError {}
