//! The byte scanner: the tree of most texts in one pass, without decoding what need not be.
//!
//! It reads what people write and declines whatever is odd (explicit and complex keys, directives,
//! indicators of indentation, tabs where the parser takes none), so that it never has to know what YAML says of
//! that. What it declines is read by yaml-rust2's events, and what it accepts yields exactly the
//! tree that these would: [`super::referee`] compares before anything is written.

mod arena;
mod block;
mod flow;
mod lines;
mod properties;
mod quoted;
mod scalar;

use foldhash::HashMap;

use super::lines::{BOM, Lines};
use super::tree::{Comment, Kind, NONE, Parts, Place, Role, Span, Style};
use scalar::Token;

/// The deepest nesting that is read here; deeper texts are for the parser, which has the message.
const DEPTH: usize = 200;

/// Reads a text whose characters have passed the gate; `None` where it holds anything odd.
pub(super) fn scan(text: &str, lines: &Lines) -> Option<Parts> {
    let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: start,
        line_start: start,
        // Most lines are a key and a value: room that is not used costs nothing, and a move costs all that was read.
        parts: Parts { nodes: Vec::with_capacity(2 * lines.count() + 16), ..Parts::default() },
        frames: Vec::new(),
        anchors: HashMap::default(),
        rooted: false,
        marker: None,
    };
    scanner.stream()?;
    Some(scanner.parts)
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// The first byte of the line at hand.
    line_start: usize,
    parts: Parts,
    frames: Vec<Frame>,
    /// The node of every anchor of the document, by name.
    anchors: HashMap<&'t str, u32>,
    /// Whether the document has its root.
    rooted: bool,
    /// The byte after the `---` of the document.
    marker: Option<usize>,
}

/// A collection that may go on.
struct Frame {
    node: u32,
    kind: Kind,
    /// The column of a block collection's keys or dashes.
    column: usize,
    /// The least column of the lines of what is in it.
    least: usize,
    children: u32,
    /// The last child, whose end is the end of a block collection.
    last: u32,
    /// What stands before a child whose content has not come yet.
    pending: Option<Pending>,
    /// Whether a flow collection is at the end of an entry.
    complete: bool,
}

/// An anchor and a tag, read before their node.
#[derive(Clone, Copy)]
struct Ahead {
    start: usize,
    anchor: Option<Span>,
    tag: Option<Span>,
}

#[derive(Clone, Copy)]
struct Pending {
    place: Place,
    ahead: Option<Ahead>,
    /// Where the node is if there is nothing of it.
    at: usize,
}

/// How a line begins.
enum Line {
    /// Content at a column.
    Content(usize),
    /// `---`.
    Marker,
    End,
}

impl<'t> Scanner<'t> {
    fn stream(&mut self) -> Option<()> {
        loop {
            match self.line()? {
                Line::Content(column) => self.content(column)?,
                Line::Marker => {
                    self.end_document()?;
                    self.at += 3;
                    self.marker = Some(self.at);
                    self.rest_of_line()?;
                }
                Line::End => {
                    self.end_document()?;
                    return (!self.parts.roots.is_empty()).then_some(());
                }
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Whether a byte is white space or the end.
    fn is_blank(&self, at: usize) -> bool {
        self.bytes.get(at).is_none_or(|it| matches!(it, b' ' | b'\n' | b'\r'))
    }

    fn is_dash(&self) -> bool {
        self.peek() == Some(b'-') && self.is_blank(self.at + 1)
    }

    /// The least column of further lines of a scalar or of brackets.
    fn least(&self) -> usize {
        self.frames.last().map_or(0, |it| it.least)
    }

    /// Steps over spaces and tabs; tells whether there were any.
    fn blanks(&mut self) -> bool {
        let from = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        from < self.at
    }

    fn spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    /// Steps over the end of a line; nothing where it is none.
    fn line_end(&mut self) -> Option<()> {
        match self.peek() {
            None => (),
            Some(b'\n') => self.at += 1,
            Some(b'\r') => self.at += 2,
            Some(_) => return None,
        }
        self.line_start = self.at;
        Some(())
    }

    /// Steps over blanks, a comment and the end of the line, which must come next.
    fn rest_of_line(&mut self) -> Option<()> {
        let apart = self.blanks();
        if self.peek() == Some(b'#') {
            apart.then_some(())?;
            self.comment(false);
        }
        self.line_end()
    }

    /// Steps over a comment, up to the end of its line.
    fn comment(&mut self, own_line: bool) {
        let rest = &self.bytes[self.at..];
        let width = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let span = Span { start: self.at, end: self.at + width };
        self.parts.comments.push(Comment { span, own_line });
        self.at = span.end;
    }

    /// Steps over empty lines and comments, to what comes next.
    fn line(&mut self) -> Option<Line> {
        loop {
            let start = self.at;
            self.spaces();
            match self.peek() {
                None => return Some(Line::End),
                Some(b'\n' | b'\r') => self.line_end()?,
                Some(b'#') => {
                    self.comment(true);
                    self.line_end()?;
                }
                Some(_) if start < self.at => return Some(Line::Content(self.at - start)),
                Some(b'%') => return None,
                Some(b'-' | b'.') if self.is_marker() => {
                    let begins = self.peek() == Some(b'-') && self.is_blank(self.at + 3);
                    return begins.then_some(Line::Marker);
                }
                Some(_) => return Some(Line::Content(0)),
            }
        }
    }

    /// Whether the cursor is at what is or resembles a document marker, were it at column zero.
    fn is_marker(&self) -> bool {
        self.bytes[self.at..].starts_with(b"---") || self.bytes[self.at..].starts_with(b"...")
    }

    fn end_document(&mut self) -> Option<()> {
        while !self.frames.is_empty() {
            self.close()?;
        }
        if let Some(at) = self.marker.take().filter(|_| !self.rooted) {
            self.push(self.root(), None, (Kind::Scalar, Style::Plain), Span::empty(at));
        }
        self.rooted = false;
        self.anchors.clear();
        Some(())
    }

    fn root(&self) -> Place {
        Place { role: Role::Root, place: self.parts.roots.len() as u32, indicator: NONE }
    }

    /// A line's content: the next entry of a collection, or the node that one waits for.
    fn content(&mut self, column: usize) -> Option<()> {
        let dash = self.is_dash();
        while let Some(top) = self.frames.last() {
            let sequence = top.kind == Kind::Sequence;
            // The dashes of a mapping's value may stand below its keys.
            let here = sequence == dash || dash && top.pending.is_some();
            if top.column < column || top.column == column && here {
                break;
            }
            self.close()?;
        }
        let Some(top) = self.frames.last_mut() else {
            let place = (!self.rooted).then(|| self.root())?;
            return self.node(place, None, Some(column));
        };
        if top.column < column || dash && top.kind == Kind::Mapping {
            let Pending { place, ahead, .. } = top.pending.take()?;
            return self.node(place, ahead, Some(column));
        }
        self.absent()?;
        if dash { self.item() } else { self.entry() }
    }

    /// An item of the block sequence on top, from its dash.
    fn item(&mut self) -> Option<()> {
        let top = self.frames.last_mut()?;
        let place = Place { role: Role::Item, place: top.children, indicator: self.at as u32 };
        top.children += 1;
        self.at += 1;
        self.value(place, true)
    }

    /// An entry of the block mapping on top, from its key.
    fn entry(&mut self) -> Option<()> {
        let token = self.token(false)?;
        self.is_key(&token).then(|| self.pair(token))?
    }

    /// An entry of the block mapping on top, from its colon.
    fn pair(&mut self, key: Token) -> Option<()> {
        let place = self.key(key)?;
        self.value(place, false)
    }

    /// A key of the mapping on top with its colon: the place of the value.
    fn key(&mut self, key: Token) -> Option<Place> {
        let top = self.frames.last_mut()?;
        let place = Place { role: Role::Key, place: top.children, indicator: NONE };
        top.children += 1;
        let key = self.scalar(place, None, key);
        self.spaces();
        self.at += 1;
        Some(Place { role: Role::Value, place: key, indicator: self.at as u32 - 1 })
    }

    /// What follows a dash or a colon: the node, or the end of the line and the node later.
    fn value(&mut self, place: Place, is_item: bool) -> Option<()> {
        let at = self.at;
        self.spaces();
        match self.peek() {
            None | Some(b'\n' | b'\r' | b'#') => self.later(Pending { place, ahead: None, at }),
            Some(_) => {
                let column = self.at - self.line_start;
                self.node(place, None, is_item.then_some(column))
            }
        }
    }

    /// Leaves a node for the lines below.
    fn later(&mut self, pending: Pending) -> Option<()> {
        self.at = pending.at;
        self.frames.last_mut()?.pending = Some(pending);
        self.rest_of_line()
    }

    /// A node; a block collection only where one may begin, at a column.
    fn node(&mut self, place: Place, ahead: Option<Ahead>, column: Option<usize>) -> Option<()> {
        self.rooted = true;
        // After an anchor or a tag on a line above come collections, or it would be read differently.
        let above = ahead.is_some() && column.is_some();
        match self.peek()? {
            b'-' if self.is_dash() => {
                let node = (Kind::Sequence, place, ahead);
                self.open(node, self.at, column?)?;
                self.item()
            }
            b'&' | b'!' if ahead.is_none() => self.properties(place),
            _ if above => {
                let token = self.token(false)?;
                self.mapping(place, ahead, column?, token)
            }
            b'*' if ahead.is_none() => {
                self.alias(place)?;
                self.rest_of_line()
            }
            b'[' | b'{' => {
                self.flow(place, ahead)?;
                self.rest_of_line()
            }
            b'|' | b'>' => self.block_scalar(place, ahead),
            _ => {
                let token = self.token(false)?;
                if self.is_key(&token) {
                    return self.mapping(place, ahead, column?, token);
                }
                // A text that is a whole document is not worth its rules.
                (place.role != Role::Root).then_some(())?;
                let token = self.continued(token)?;
                self.scalar(place, ahead, token);
                self.rest_of_line()
            }
        }
    }

    /// A block mapping, from its first key.
    fn mapping(
        &mut self,
        place: Place,
        ahead: Option<Ahead>,
        column: usize,
        key: Token,
    ) -> Option<()> {
        self.is_key(&key).then_some(())?;
        self.open((Kind::Mapping, place, ahead), key.start, column)?;
        self.pair(key)
    }
}
