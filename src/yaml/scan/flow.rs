//! Collections in brackets and braces, on one line or many.

use super::{Ahead, Scanner};
use crate::yaml::tree::{Kind, NONE, Place, Role, Span, Style};

impl Scanner<'_> {
    /// A flow collection with all that is in it.
    pub(super) fn flow(&mut self, place: Place, ahead: Option<Ahead>) -> Option<()> {
        let floor = self.frames.len();
        self.bracket(place, ahead)?;
        while self.frames.len() > floor {
            self.gap()?;
            self.step()?;
        }
        Some(())
    }

    /// Opens a bracket.
    fn bracket(&mut self, place: Place, ahead: Option<Ahead>) -> Option<()> {
        let kind = if self.peek() == Some(b'[') { Kind::Sequence } else { Kind::Mapping };
        // Two braces may be a template's.
        if kind == Kind::Mapping && self.bytes.get(self.at + 1) == Some(&b'{') {
            return None;
        }
        // All lines are further to the right than what the outermost bracket is part of.
        let least = self.least();
        let node = self.push(place, ahead, (kind, Style::Flow), Span::empty(self.at));
        self.at += 1;
        self.frame(node, kind, (least, least))
    }

    /// One bracket, comma or entry.
    fn step(&mut self) -> Option<()> {
        let next = self.peek()?;
        let top = self.frames.last_mut()?;
        match (next, top.kind) {
            (b']', Kind::Sequence) | (b'}', Kind::Mapping) => {
                self.at += 1;
                let node = self.frames.pop()?.node;
                self.end(node, self.at as u32)
            }
            (b',', _) if top.complete => {
                top.complete = false;
                self.at += 1;
                Some(())
            }
            _ if top.complete => None,
            (_, Kind::Sequence) => {
                let place = Place { role: Role::Item, place: top.children, indicator: NONE };
                top.children += 1;
                self.flow_node(place)
            }
            _ => self.flow_entry(),
        }
    }

    /// A key, its colon and its value.
    fn flow_entry(&mut self) -> Option<()> {
        let token = self.token(true)?;
        // Only after quotes may the value follow the colon at once, as in JSON.
        let tight = token.style != Style::Plain && self.peek() == Some(b':');
        (self.is_key(&token) || tight && self.is_short(&token)).then_some(())?;
        let place = self.key(token)?;
        // The parser takes no tab there.
        (self.peek() != Some(b'\t')).then_some(())?;
        self.gap()?;
        self.flow_node(place)
    }

    fn flow_node(&mut self, place: Place) -> Option<()> {
        self.frames.last_mut()?.complete = true;
        match self.peek()? {
            b'[' | b'{' => self.bracket(place, None),
            b'*' => self.alias(place),
            _ => {
                let token = self.token(true)?;
                self.scalar(place, None, token);
                Some(())
            }
        }
    }

    /// Steps over blanks, ends of lines and comments.
    fn gap(&mut self) -> Option<()> {
        loop {
            let from = self.at;
            self.spaces();
            let column = self.at - self.line_start;
            let tabs = self.blanks();
            match self.peek()? {
                b'\n' | b'\r' => self.line_end()?,
                b'#' => {
                    let own_line = from == self.line_start;
                    (own_line || from < self.at).then_some(())?;
                    self.comment(own_line);
                }
                _ if from > self.line_start => return Some(()),
                _ => {
                    let least = self.least();
                    let marker = column == 0 && self.is_marker();
                    let indented = column >= least && (!tabs || least == 0);
                    return (indented && !marker).then_some(());
                }
            }
        }
    }
}
