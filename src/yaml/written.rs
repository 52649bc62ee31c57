//! A scalar as somebody wrote it, to be written again elsewhere with the same meaning to every reader.

use compact_str::{CompactString, ToCompactString};

use super::Node;
use super::change::Data;
use super::scalar::{Scalar, resolve};
use super::tree::Style;

/// A scalar's source: no reader of YAML is asked what it means, for they differ (`0777`, `1_000`, `on`, dates).
#[derive(Clone, Debug)]
pub struct Written {
    /// The bytes of the scalar, perhaps of several lines.
    pub(super) raw: CompactString,
    /// The tag as written.
    pub(super) tag: Option<CompactString>,
    /// Whether it has no quotes and is no block scalar, so that the text decides the type.
    pub(super) plain: bool,
    /// The decoded text.
    pub(super) text: CompactString,
}

impl Data {
    /// What a scalar of a tree says, as it is written there; other nodes are no source.
    #[must_use]
    pub fn copied(node: Node<'_>) -> Option<Data> {
        // What an alias stands for is copied, not its name.
        let node = node.resolve();
        let mut text = node.value()?;
        let block = matches!(node.style(), Style::Literal | Style::Folded);
        let raw = node.raw();
        if block && node.span().end == node.tree().text().len() && !raw.ends_with('\n') {
            // Programs written in Go add no line break that the file has not.
            text = text.strip_suffix('\n').unwrap_or(text);
        }
        if node.is_null() {
            return Some(Data::Null);
        }
        Some(Data::Written(Written {
            raw: raw.to_compact_string(),
            tag: node.tag().map(Into::into),
            plain: node.style() == Style::Plain,
            text: text.to_compact_string(),
        }))
    }
}

impl Data {
    /// Nothing, in so many letters.
    #[must_use]
    pub fn written_null() -> Data {
        let null = CompactString::const_new("null");
        Data::Written(Written { raw: null.clone(), tag: None, plain: true, text: null })
    }

    /// Nothing, under a tag.
    #[must_use]
    pub fn tagged_null(tag: &str) -> Data {
        let null = CompactString::const_new("null");
        Data::Written(Written { raw: null.clone(), tag: Some(tag.into()), plain: true, text: null })
    }
}

impl Written {
    /// The decoded text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the text is one line in quotes or without, which can stand anywhere as it is.
    pub(super) fn is_one_line(&self) -> bool {
        !self.raw.contains(['\n', '\r']) && !self.raw.starts_with(['|', '>'])
    }

    /// Whether the text says the same in quotes and without.
    pub(super) fn is_free_of_style(&self) -> bool {
        if self.tag.is_some() { self.plain } else { is_string(&self.text) }
    }

    /// The text, where that alone is said and it is a string to every reader.
    fn string(&self) -> Option<&str> {
        let string = self.tag.is_none() && (!self.plain || is_string(&self.text));
        string.then_some(&self.text)
    }
}

/// Whether plain text is a string to readers of YAML 1.1 and 1.2 alike.
pub(super) fn is_string(text: &str) -> bool {
    matches!(resolve(text), Scalar::Str(_)) && !super::edit::resolves(text)
}

/// What two values are compared by.
#[derive(PartialEq)]
enum Meaning<'d> {
    Bool(bool),
    Int(i64),
    Str(&'d str),
    Other(Option<&'d str>, bool, &'d str),
}

fn meaning(data: &Data) -> Option<Meaning<'_>> {
    match data {
        Data::Bool(it) => Some(Meaning::Bool(*it)),
        Data::Int(it) => Some(Meaning::Int(*it)),
        Data::Str(it) => Some(Meaning::Str(it)),
        Data::Written(it) => Some(match (it.string(), it.tag.as_deref(), resolve(&it.text)) {
            (Some(text), ..) => Meaning::Str(text),
            (None, None, Scalar::Bool(value)) => Meaning::Bool(value),
            (None, None, Scalar::Int(value)) if it.text == value.to_compact_string() => {
                Meaning::Int(value)
            }
            (None, tag, _) => Meaning::Other(tag, it.plain, &it.text),
        }),
        Data::Null | Data::Seq(_) | Data::Map(_) => None,
    }
}

/// The same data, however it is written.
impl PartialEq for Data {
    fn eq(&self, other: &Data) -> bool {
        match (self, other) {
            (Data::Null, Data::Null) => true,
            (Data::Seq(one), Data::Seq(other)) => one == other,
            (Data::Map(one), Data::Map(other)) => one == other,
            (one, other) => match (meaning(one), meaning(other)) {
                (Some(one), Some(other)) => one == other,
                _ => false,
            },
        }
    }
}
