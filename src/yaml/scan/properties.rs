//! Anchors, tags and aliases.

use super::{Ahead, Pending, Scanner};
use crate::yaml::tree::{Kind, Place, Span, Style};

impl Scanner<'_> {
    /// A node's anchor and tag, and the node where it is on the line.
    pub(super) fn properties(&mut self, place: Place) -> Option<()> {
        let start = self.at;
        let (mut anchor, mut tag) = (None, None);
        loop {
            let kind = self.peek()?;
            let found = match kind {
                b'&' => &mut anchor,
                b'!' => &mut tag,
                _ => break,
            };
            let from = self.at;
            let width = if self.bytes[from..].starts_with(b"!!") { 2 } else { 1 };
            let end = name_end(self.bytes, from + width);
            if found.is_some() || end == from + width || !self.is_blank(end) {
                return None;
            }
            *found = Some(Span { start: from, end });
            self.at = end;
            self.spaces();
            if self.peek().is_none_or(|it| matches!(it, b'\n' | b'\r' | b'#')) {
                let ahead = Some(Ahead { start, anchor, tag });
                return self.later(Pending { place, ahead, at: end });
            }
        }
        self.node(place, Some(Ahead { start, anchor, tag }), None)
    }

    pub(super) fn alias(&mut self, place: Place) -> Option<()> {
        let start = self.at;
        let end = name_end(self.bytes, start + 1);
        let target = *self.anchors.get(&self.text[start + 1..end])?;
        let id = self.push(place, None, (Kind::Alias, Style::Plain), Span { start, end });
        self.parts.nodes[id as usize].text = target;
        let props = self.parts.nodes[target as usize].props;
        self.parts.props.get_mut(props as usize)?.aliases += 1;
        self.at = end;
        Some(())
    }
}

/// The end of a name that all readers end there.
fn name_end(bytes: &[u8], from: usize) -> usize {
    let plain = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
    bytes[from..].iter().position(|it| !plain(it)).map_or(bytes.len(), |width| from + width)
}
