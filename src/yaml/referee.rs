//! Whether yaml-rust2 reads a text as the scanner did: two readers that share no code.

use std::borrow::Cow;

use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::{Marker, TScalarStyle};

use super::Node;
use super::lines::BOM;
use super::pieces::Piece;
use super::stream;
use super::tree::{Kind, NONE, Reader, Span, Style, Tree};
use crate::parallel;

/// Whether the parser's events are the tree's nodes: the same kinds, styles and values, the same
/// anchors and tags, and every scalar where the parser saw it. A tree of the parser is right as it is.
///
/// # Errors
/// The bytes where the readers part.
pub(super) fn agree(tree: &Tree) -> Result<(), Span> {
    if tree.reader == Reader::Parser {
        return Ok(());
    }
    let whole = Span { start: 0, end: tree.text.len() };
    let whole = [Piece { span: whole, node: 0, reader: Reader::Scanner }];
    let pieces = if tree.pieces.is_empty() { &whole[..] } else { &tree.pieces };
    let masked = match tree.unread.is_empty() {
        true => Cow::Borrowed(&**tree.text),
        false => stream::without(&tree.text, &tree.unread).into(),
    };
    let all: Vec<(usize, &Piece)> = pieces.iter().enumerate().collect();
    let asked = |(number, piece): &(usize, &Piece)| {
        let end = match pieces.get(number + 1) {
            Some(next) => (next.node, number + 1),
            None => (tree.nodes.len() as u32, tree.roots.len()),
        };
        match piece.reader {
            Reader::Parser => Ok(()),
            Reader::Scanner => agree_on(tree, (&masked, piece.span), (piece.node, *number), end),
        }
    };
    parallel::map(&all, FEW, asked).into_iter().collect()
}

/// So few documents are read one after the other.
const FEW: usize = 16;

/// The same of a part of the text that begins a line, which has the nodes and documents from these to those.
fn agree_on(
    tree: &Tree,
    (text, span): (&str, Span),
    (node, document): (u32, usize),
    end: (u32, usize),
) -> Result<(), Span> {
    let line = tree.lines.line(span.start);
    let mut referee = Referee {
        tree,
        next: node,
        open: Vec::new(),
        anchors: Vec::new(),
        documents: document,
        first_line: line,
        line,
        known: (tree.lines.start(line, &tree.text), 0),
        end,
    };
    let text = &text[span.start..span.end];
    let mut parser = Parser::new_from_str(text.strip_prefix(BOM).unwrap_or(text));
    loop {
        let seen = parser.next_token().ok();
        let done = matches!(seen, Some((Event::StreamEnd, _)));
        if seen.and_then(|(event, marker)| referee.event(&event, marker)).is_none() {
            return Err(referee.place());
        }
        if done {
            return Ok(());
        }
    }
}

struct Referee<'t> {
    tree: &'t Tree,
    /// The node that the next event is to be.
    next: u32,
    /// The collections that are open.
    open: Vec<u32>,
    /// The node of every anchor, by the parser's number less one.
    anchors: Vec<u32>,
    documents: usize,
    /// The line on which it began, from zero.
    first_line: usize,
    /// The line that was reached, from zero.
    line: usize,
    /// A byte on that line and its column.
    known: (usize, usize),
    /// The nodes and documents that there are to be at its end.
    end: (u32, usize),
}

impl<'t> Referee<'t> {
    /// Where the referee stands.
    fn place(&self) -> Span {
        let nodes = &self.tree.nodes;
        let at = nodes.get(self.next as usize).map_or(self.tree.text.len(), |it| it.start as usize);
        Span::empty(at)
    }

    /// `None` where the event is not what the tree says.
    fn event(&mut self, event: &Event, marker: Marker) -> Option<()> {
        match event {
            Event::Nothing | Event::StreamStart | Event::DocumentEnd => Some(()),
            Event::DocumentStart => {
                let root = self.tree.roots.get(self.documents);
                self.documents += 1;
                (root == Some(&self.next)).then_some(())
            }
            Event::StreamEnd => {
                let all = (self.next, self.documents) == self.end && self.open.is_empty();
                all.then_some(())
            }
            Event::Alias(anchor) => {
                let node = self.node(Kind::Alias)?;
                let target = *self.anchors.get(anchor.checked_sub(1)?)?;
                self.is_at(node, marker)?;
                (node.data().text == target).then_some(())
            }
            Event::Scalar(value, style, anchor, tag) => {
                let node = self.node(Kind::Scalar)?;
                self.properties(node, *anchor, tag.as_ref())?;
                let block = matches!(style, TScalarStyle::Literal | TScalarStyle::Folded);
                if !block && !node.is_empty() {
                    self.is_at(node, marker)?;
                }
                (is_style(node.style(), *style) && node.value() == Some(value)).then_some(())
            }
            Event::SequenceStart(anchor, tag) => self.open(Kind::Sequence, *anchor, tag.as_ref()),
            Event::MappingStart(anchor, tag) => self.open(Kind::Mapping, *anchor, tag.as_ref()),
            Event::SequenceEnd => self.close(Kind::Sequence),
            Event::MappingEnd => self.close(Kind::Mapping),
        }
    }

    /// The next node, which must be of a kind.
    fn node(&mut self, kind: Kind) -> Option<Node<'t>> {
        let raw = self.tree.nodes.get(self.next as usize)?;
        let parent = self.open.last().copied().unwrap_or(NONE);
        let node = Node { tree: self.tree, id: self.next };
        self.next += 1;
        (raw.kind == kind && raw.parent == parent).then_some(node)
    }

    fn open(&mut self, kind: Kind, anchor: usize, tag: Option<&Tag>) -> Option<()> {
        let node = self.node(kind)?;
        self.open.push(node.id);
        self.properties(node, anchor, tag)
    }

    fn close(&mut self, kind: Kind) -> Option<()> {
        let raw = &self.tree.nodes[self.open.pop()? as usize];
        (raw.kind == kind && raw.skip == self.next).then_some(())
    }

    fn properties(&mut self, node: Node<'t>, anchor: usize, tag: Option<&Tag>) -> Option<()> {
        if anchor > 0 {
            self.anchors.push(node.id);
            (self.anchors.len() == anchor).then_some(())?;
        }
        let same = match (node.tag(), tag) {
            (None, None) => true,
            (Some(written), Some(tag)) => {
                let short = if tag.handle == "tag:yaml.org,2002:" { "!!" } else { &tag.handle };
                written.strip_prefix(short) == Some(&tag.suffix)
            }
            (None, Some(_)) | (Some(_), None) => false,
        };
        (same && node.anchor().is_some() == (anchor > 0)).then_some(())
    }

    /// Whether the parser saw a node's content where the tree has it.
    fn is_at(&mut self, node: Node<'_>, marker: Marker) -> Option<()> {
        let (tree, start) = (self.tree, node.span().start);
        while self.line + 1 < tree.lines.count()
            && tree.lines.start(self.line + 1, &tree.text) <= start
        {
            self.line += 1;
            self.known = (tree.lines.start(self.line, &tree.text), 0);
        }
        let (from, column) = self.known;
        let column = column + tree.text[from..start].chars().count();
        self.known = (start, column);
        (marker.line() == self.line - self.first_line + 1 && marker.col() == column).then_some(())
    }
}

fn is_style(style: Style, seen: TScalarStyle) -> bool {
    match seen {
        TScalarStyle::Plain => style == Style::Plain,
        TScalarStyle::SingleQuoted => style == Style::SingleQuoted,
        TScalarStyle::DoubleQuoted => style == Style::DoubleQuoted,
        TScalarStyle::Literal => style == Style::Literal,
        TScalarStyle::Folded => style == Style::Folded,
    }
}
