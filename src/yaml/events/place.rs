//! What stands around a node: indicators before it, its anchor and tag.

use yaml_rust2::parser::Tag;

use super::{Builder, Shape, Step, failure};
use crate::yaml::error::Problem;
use crate::yaml::lines::Lines;
use crate::yaml::locate::Mismatch;
use crate::yaml::tree::{Kind, NONE, Place, Props, Raw, Role, Span, Style};

/// Whether there is anything of a node in the source.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Presence {
    /// Neither content nor anchor nor tag.
    Absent,
    Present,
}

impl Builder<'_> {
    /// Steps over what stands before a node in its parent: dash, comma, question mark, colon.
    pub(super) fn before(&mut self, presence: Presence, step: Step<'_>) -> Result<Place, Mismatch> {
        let Some(frame) = self.frames.last_mut() else {
            let place = self.roots.len() as u32;
            return Ok(Place { role: Role::Root, place, indicator: NONE });
        };
        let cursor = &mut self.cursor;
        let (number, last) = (frame.children, frame.last);
        let shape = frame.shape;
        let resting = cursor.at;
        frame.children += 1;
        cursor.trivia();
        if shape == Shape::BlockSequence {
            if !cursor.is_indicator(b'-') {
                return Err(Mismatch);
            }
            let indicator = cursor.expect(b'-')? as u32;
            return Ok(Place { role: Role::Item, place: number, indicator });
        }
        let value = shape != Shape::FlowSequence && number % 2 == 1;
        if matches!(shape, Shape::FlowSequence | Shape::FlowMapping) && number > 0 && !value {
            cursor.expect(b',')?;
            cursor.trivia();
        }
        if shape == Shape::FlowSequence {
            return Ok(Place { role: Role::Item, place: number, indicator: NONE });
        }
        if !value {
            let mut place = Place { role: Role::Key, place: number / 2, indicator: NONE };
            frame.explicit = None;
            if cursor.is_indicator(b'?') {
                frame.explicit = Some(cursor.column(step.lines));
                place.indicator = cursor.expect(b'?')? as u32;
            }
            return Ok(place);
        }
        let mut place = Place { role: Role::Value, place: last, indicator: NONE };
        let block = shape == Shape::BlockMapping;
        let colon = match frame.explicit.filter(|_| block) {
            _ if cursor.peek() != Some(b':') => false,
            Some(column) => cursor.is_indicator(b':') && column == cursor.column(step.lines),
            None => !block || cursor.is_indicator(b':'),
        };
        if colon {
            place.indicator = cursor.expect(b':')? as u32;
        } else if presence == Presence::Absent {
            // The entry has no colon: its value is nothing, right after the key.
            cursor.at = resting;
        } else {
            return Err(Mismatch);
        }
        Ok(place)
    }

    pub(super) fn push(&mut self, place: Place, kind: Kind, style: Style) -> u32 {
        let id = self.nodes.len() as u32;
        let parent = self.frames.last_mut().map_or(NONE, |frame| {
            frame.last = id;
            frame.node
        });
        if place.role == Role::Root {
            self.roots.push(id);
        }
        let here = Span::empty(self.cursor.at);
        let mut node = Raw::new(id, parent, place, (kind, style), here);
        if kind == Kind::Alias {
            node.text = NONE;
        }
        self.nodes.push(node);
        id
    }

    /// Steps over a node's anchor and tag, in any order.
    pub(super) fn properties(
        &mut self,
        id: u32,
        props: &(usize, Option<Tag>),
        step: Step<'_>,
    ) -> Result<(), Mismatch> {
        let (mut anchor, mut tag) = (props.0 > 0, props.1.is_some());
        if !anchor && !tag {
            return Ok(());
        }
        let mut found = Props { node: id, anchor: None, tag: None, aliases: 0 };
        while anchor || tag {
            self.cursor.trivia();
            match self.cursor.peek() {
                Some(b'&') if anchor => {
                    let name = self.cursor.name();
                    self.check_name(
                        &self.cursor.text[name.start + 1..name.end],
                        (name.start, step.lines),
                    );
                    found.anchor = Some(name);
                    anchor = false;
                }
                Some(b'!') if tag => {
                    found.tag = Some(self.cursor.tag()?);
                    tag = false;
                }
                _ => return Err(Mismatch),
            }
        }
        self.nodes[id as usize].props = self.props.len() as u32;
        self.props.push(found);
        if props.0 > 0 {
            self.anchors.push(id);
        }
        if self.anchors.len() == props.0 || props.0 == 0 { Ok(()) } else { Err(Mismatch) }
    }

    /// Anchor names outside `[A-Za-z0-9_-]` are split differently by different readers.
    pub(super) fn check_name(&mut self, name: &str, at: (usize, &Lines)) {
        let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
        if !name.bytes().all(plain) {
            let message =
                format!("the anchor name `{name}` is read differently by different programs");
            self.find(Problem::AmbiguousAnchor, message, at);
        }
    }

    /// Keeps the first reason against editing.
    pub(super) fn find(&mut self, problem: Problem, message: String, at: (usize, &Lines)) {
        if self.finding.is_none() {
            self.finding = Some(failure(problem, message, (self.cursor.text, at.1, at.0)));
        }
    }
}
