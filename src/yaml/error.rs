//! Why a text is not read, or may be read but not edited.

use std::fmt;

use super::lines::Position;

/// The class of reason for which a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// The bytes are not UTF-8.
    Encoding,
    /// A character that YAML readers treat differently, or that is not allowed.
    AmbiguousCharacter,
    /// An anchor or alias whose name YAML readers split differently.
    AmbiguousAnchor,
    /// A construct that YAML readers understand differently.
    AmbiguousSyntax,
    /// The text is not YAML.
    Syntax,
    /// The parser and the source do not agree on where things are.
    Disagreement,
    /// The nesting is deeper than 255 levels.
    TooDeep,
    /// The text is larger than 4 GiB.
    TooLarge,
    /// The text is a template (Helm, Jinja), not yet YAML.
    Template,
}

impl Problem {
    /// The reason as one stable word for machines.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Problem::Encoding => "encoding",
            Problem::AmbiguousCharacter => "ambiguous-character",
            Problem::AmbiguousAnchor => "ambiguous-anchor",
            Problem::AmbiguousSyntax => "ambiguous-syntax",
            Problem::Syntax => "syntax",
            Problem::Disagreement => "disagreement",
            Problem::TooDeep => "too-deep",
            Problem::TooLarge => "too-large",
            Problem::Template => "template",
        }
    }
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The class of the reason.
    pub problem: Problem,
    /// The reason for people: lower case, without the place.
    pub message: String,
    /// The byte at which it shows.
    pub offset: usize,
    /// The same place for people.
    pub position: Position,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}
