//! The arena: every node of a text in one flat list, in the order of the text.

use std::cmp::Reverse;
use std::sync::{Arc, OnceLock};

use super::error::ParseError;
use super::keys::Keys;
use super::lines::{Lines, Position};
use super::node::Node;
use super::pieces::Piece;
use super::stream::Unread;
use super::{parse, referee};

/// Bytes of [`Tree::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The place between two bytes.
    pub(super) fn empty(at: usize) -> Span {
        Span { start: at, end: at }
    }
}

/// A node's number in its tree.
#[derive(Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// Its place in the order of all nodes.
    #[must_use]
    pub fn number(self) -> usize {
        self.0 as usize
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Keys with values.
    Mapping,
    /// Items.
    Sequence,
    /// Text, or nothing at all.
    Scalar,
    /// A reference to an anchor.
    Alias,
}

/// How a node is written; aliases count as plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// A collection by indentation.
    Block,
    /// A collection in brackets or braces.
    Flow,
    /// A scalar without quotes.
    Plain,
    /// A scalar in `'`.
    SingleQuoted,
    /// A scalar in `"`.
    DoubleQuoted,
    /// A scalar after `|`.
    Literal,
    /// A scalar after `>`.
    Folded,
}

/// A comment of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of the line.
    pub span: Span,
    /// Whether nothing else is on the line.
    pub own_line: bool,
}

/// What a node is to its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Root,
    Key,
    Value,
    Item,
}

/// The number that stands for "none" in the arena.
pub(super) const NONE: u32 = u32::MAX;
/// The text of a scalar is its raw bytes.
pub(super) const RAW: u32 = u32::MAX;
/// The text of a scalar is what its quotes enclose.
pub(super) const INNER: u32 = u32::MAX - 1;

/// One node. Invariant: `start <= end`, children lie inside, `skip` is the node after its subtree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Raw {
    pub(super) kind: Kind,
    pub(super) style: Style,
    pub(super) role: Role,
    pub(super) full: u32,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) parent: u32,
    pub(super) skip: u32,
    /// A value's key, an item's number, a root's document.
    pub(super) place: u32,
    /// The dash, colon or question mark before the node.
    pub(super) indicator: u32,
    /// A scalar's text in the pool, or an alias's target.
    pub(super) text: u32,
    pub(super) props: u32,
}

/// What stands before a node: what it is to its parent, its place there, and the indicator.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) role: Role,
    pub(super) place: u32,
    pub(super) indicator: u32,
}

impl Raw {
    /// A node without children, anchor and tag, whose text is its bytes.
    pub(super) fn new(
        id: u32,
        parent: u32,
        Place { role, place, indicator }: Place,
        (kind, style): (Kind, Style),
        Span { start, end }: Span,
    ) -> Raw {
        let (start, end) = (start as u32, end as u32);
        let (full, skip, text, props) = (start, id + 1, RAW, NONE);
        Raw { kind, style, role, full, start, end, parent, skip, place, indicator, text, props }
    }
}

/// An anchor and a tag.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Props {
    pub(super) node: u32,
    pub(super) anchor: Option<Span>,
    pub(super) tag: Option<Span>,
    pub(super) aliases: u32,
}

/// What a reader makes of a text.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) nodes: Vec<Raw>,
    pub(super) props: Vec<Props>,
    pub(super) roots: Vec<u32>,
    pub(super) pool: Vec<Box<str>>,
    pub(super) comments: Vec<Comment>,
}

/// Which of the two readers read a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The byte scanner, which declines what is odd; of a stream it may have read most documents, and the parser the rest.
    Scanner,
    /// yaml-rust2's parser.
    Parser,
}

/// A text and the exact places of all its nodes.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Shared with who holds what was read.
    pub(super) text: Arc<String>,
    pub(super) lines: Lines,
    pub(super) nodes: Vec<Raw>,
    pub(super) props: Vec<Props>,
    pub(super) roots: Vec<u32>,
    pub(super) pool: Vec<Box<str>>,
    pub(super) comments: Vec<Comment>,
    pub(super) refusal: Option<Box<ParseError>>,
    pub(super) reader: Reader,
    /// Documents that could not be read and hold nothing of ours.
    pub(super) unread: Vec<Unread>,
    /// The documents, where they were read one by one.
    pub(super) pieces: Vec<Piece>,
    /// What the referee said, once it was asked.
    pub(super) verdict: OnceLock<Result<(), Span>>,
    /// The keys of large mappings, once one of them is asked for.
    pub(super) keys: OnceLock<Box<Keys>>,
    /// Whether any mapping may merge another, once somebody asks.
    pub(super) merges: OnceLock<bool>,
    /// Whether the nodes stand for another text, in whose order they need not be.
    pub(super) is_shown: bool,
}

impl Tree {
    /// Reads a text of any number of documents.
    ///
    /// # Errors
    /// What cannot be read at all; what can be read but not edited is for [`Tree::editable`].
    pub fn parse(text: impl Into<String>) -> Result<Tree, ParseError> {
        parse::parse(text.into(), Reader::Scanner)
    }

    /// Reads a text by yaml-rust2's parser alone, to compare with [`Tree::parse`].
    ///
    /// # Errors
    /// As [`Tree::parse`].
    pub fn parse_by_parser(text: impl Into<String>) -> Result<Tree, ParseError> {
        parse::parse(text.into(), Reader::Parser)
    }

    /// A text that is no YAML, of which only the places are asked.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Tree {
        let text = Arc::new(text.into());
        Tree::bare(Lines::new(&text), text)
    }

    /// The same text without nodes.
    pub fn only_text(&self) -> Tree {
        let bare = Tree::bare(self.lines.clone(), Arc::clone(&self.text));
        Tree { is_shown: self.is_shown, ..bare }
    }

    fn bare(lines: Lines, text: Arc<String>) -> Tree {
        Tree {
            lines,
            text,
            nodes: Vec::new(),
            props: Vec::new(),
            roots: Vec::new(),
            pool: Vec::new(),
            comments: Vec::new(),
            refusal: None,
            reader: Reader::Scanner,
            unread: Vec::new(),
            pieces: Vec::new(),
            verdict: OnceLock::new(),
            keys: OnceLock::new(),
            merges: OnceLock::new(),
            is_shown: false,
        }
    }

    /// Which of the two readers read the text.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader
    }

    /// Whether the documents were read one by one, some of them by the parser, which may not read them as one text.
    #[must_use]
    pub fn is_in_pieces(&self) -> bool {
        !self.pieces.is_empty()
    }

    /// Whether yaml-rust2 reads the text as the scanner did; nothing to ask where it was the reader. Asked once.
    ///
    /// # Errors
    /// The bytes where the readers part.
    pub fn referee(&self) -> Result<(), Span> {
        *self.verdict.get_or_init(|| referee::agree(self))
    }

    /// Whether two readers made exactly the same of a text, places included.
    #[must_use]
    pub fn is_same(&self, other: &Tree) -> bool {
        self.text == other.text
            && self.nodes == other.nodes
            && self.props == other.props
            && self.roots == other.roots
            && self.pool == other.pool
            && self.comments == other.comments
            && self.refusal == other.refusal
    }

    /// The text as it was given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, to be held by others as well.
    #[must_use]
    pub fn shared_text(&self) -> Arc<String> {
        Arc::clone(&self.text)
    }

    /// Whether the text may be edited: all YAML readers must agree on what it says.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn editable(&self) -> Result<(), ParseError> {
        match &self.refusal {
            Some(error) => Err((**error).clone()),
            None => Ok(()),
        }
    }

    /// Whether any node has an anchor or a tag.
    #[must_use]
    pub fn has_properties(&self) -> bool {
        !self.props.is_empty()
    }

    /// Documents of a stream that cannot be read and are left as they are: they hold no pods.
    #[must_use]
    pub fn unread(&self) -> &[Unread] {
        &self.unread
    }

    /// The root node of every document.
    pub fn documents(&self) -> impl Iterator<Item = Node<'_>> {
        self.roots.iter().map(|id| self.node(NodeId(*id)))
    }

    /// The node with a number that this tree gave.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Node<'_> {
        Node { tree: self, id: id.0 }
    }

    /// The innermost node that begins at a byte or is the last to begin before it.
    #[must_use]
    pub fn node_at(&self, offset: usize) -> Option<Node<'_>> {
        if self.is_shown {
            let before = self.nodes.iter().enumerate().filter(|it| it.1.start as usize <= offset);
            let last = before.max_by_key(|(at, it)| (it.start, Reverse(it.end), *at))?;
            return Some(self.node(NodeId(last.0 as u32)));
        }
        let after = self.nodes.partition_point(|it| it.start as usize <= offset);
        Some(self.node(NodeId(u32::try_from(after.checked_sub(1)?).ok()?)))
    }

    /// The line and column of a byte.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        self.lines.position(offset, &self.text)
    }

    /// The bytes of a line, counted from one, without its terminator.
    #[must_use]
    pub fn line_span(&self, line: usize) -> Span {
        self.lines.span(line.max(1) - 1, &self.text)
    }

    /// How many lines there are; a final line feed opens an empty last one.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.lines.count()
    }

    /// The comments that speak of a line: behind what stands on it, and on the lines right above it.
    pub fn comments_beside(&self, offset: usize) -> Vec<&str> {
        let mut number = self.position(offset).line;
        let line = self.line_span(number);
        let next = self.comments.partition_point(|it| it.span.start < line.start);
        let text = |it: &Comment| &self.text()[it.span.start..it.span.end];
        let behind = self.comments.get(next).filter(|it| it.span.start < line.end);
        let mut found: Vec<&str> = behind.map(text).into_iter().collect();
        for comment in self.comments[..next].iter().rev() {
            let above = self.position(comment.span.start).line;
            if !comment.own_line || above + 1 != number {
                break;
            }
            found.push(text(comment));
            number = above;
        }
        found
    }

    /// All comments in the order of the text.
    pub fn comments(&self) -> impl Iterator<Item = Comment> + '_ {
        self.comments.iter().copied()
    }
}
