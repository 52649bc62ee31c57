//! What the scanner writes down: nodes, and the collections that are open.

use super::scalar::{Text, Token};
use super::{Ahead, DEPTH, Frame, Pending, Scanner};
use crate::yaml::tree::{Kind, NONE, Place, Props, Raw, Role, Span, Style};

impl Scanner<'_> {
    pub(super) fn scalar(&mut self, place: Place, ahead: Option<Ahead>, token: Token) -> u32 {
        let span = Span { start: token.start, end: token.end };
        let id = self.push(place, ahead, (Kind::Scalar, token.style), span);
        self.parts.nodes[id as usize].text = match token.text {
            Text::As(text) => text,
            Text::Decoded(text) => {
                self.parts.pool.push(text);
                self.parts.pool.len() as u32 - 1
            }
        };
        id
    }

    /// Begins a block collection.
    pub(super) fn open(
        &mut self,
        (kind, place, ahead): (Kind, Place, Option<Ahead>),
        start: usize,
        column: usize,
    ) -> Option<()> {
        let node = self.push(place, ahead, (kind, Style::Block), Span::empty(start));
        self.frame(node, kind, (column, column + 1))
    }

    pub(super) fn frame(
        &mut self,
        node: u32,
        kind: Kind,
        (column, least): (usize, usize),
    ) -> Option<()> {
        let (children, last, pending) = (0, NONE, None);
        let complete = false;
        self.frames.push(Frame { node, kind, column, least, children, last, pending, complete });
        (self.frames.len() <= DEPTH).then_some(())
    }

    /// Ends the block collection on top.
    pub(super) fn close(&mut self) -> Option<()> {
        self.absent()?;
        let frame = self.frames.pop()?;
        let end = self.parts.nodes.get(frame.last as usize)?.end;
        self.end(frame.node, end)
    }

    /// Ends a collection, with all nodes so far in it.
    pub(super) fn end(&mut self, node: u32, end: u32) -> Option<()> {
        let skip = self.parts.nodes.len() as u32;
        let node = self.parts.nodes.get_mut(node as usize)?;
        (node.end, node.skip) = (end, skip);
        Some(())
    }

    /// Writes down that a child of the collection on top is not there.
    pub(super) fn absent(&mut self) -> Option<()> {
        if let Some(Pending { place, ahead, at }) = self.frames.last_mut()?.pending.take() {
            ahead.is_none().then_some(())?;
            self.push(place, None, (Kind::Scalar, Style::Plain), Span::empty(at));
        }
        Some(())
    }

    /// Writes down a node, with its anchor and tag.
    pub(super) fn push(
        &mut self,
        place: Place,
        ahead: Option<Ahead>,
        kind: (Kind, Style),
        span: Span,
    ) -> u32 {
        let id = self.parts.nodes.len() as u32;
        let parent = self.frames.last_mut().map_or(NONE, |frame| {
            frame.last = id;
            frame.node
        });
        if place.role == Role::Root {
            self.parts.roots.push(id);
        }
        self.parts.nodes.push(Raw::new(id, parent, place, kind, span));
        if let Some(ahead) = ahead {
            self.attach(id, ahead);
        }
        id
    }

    /// Gives a node its anchor and tag.
    fn attach(&mut self, id: u32, ahead: Ahead) {
        let Ahead { start, anchor, tag } = ahead;
        let node = &mut self.parts.nodes[id as usize];
        (node.full, node.props) = (start as u32, self.parts.props.len() as u32);
        self.parts.props.push(Props { node: id, anchor, tag, aliases: 0 });
        if let Some(anchor) = anchor {
            self.anchors.insert(&self.text[anchor.start + 1..anchor.end], id);
        }
    }
}
