//! Where lines begin, and which line and column a byte is on.

use super::tree::Span;

/// The byte order mark.
pub(super) const BOM: &str = "\u{feff}";

/// A place for people: line and column count from one, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from one.
    pub line: usize,
    /// The column in characters, from one.
    pub column: usize,
}

/// The first byte of every line. `\n`, `\r\n` and a lone `\r` end a line, as in YAML.
#[derive(Debug, Clone)]
pub(super) struct Lines(Vec<u32>);

impl Lines {
    pub(super) fn new(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let first = if text.starts_with(BOM) { BOM.len() } else { 0 };
        let mut starts = vec![first as u32];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at as u32 + 1);
            }
        }
        Lines(starts)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The line of a byte, from zero.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start as usize <= offset).max(1) - 1
    }

    /// The first byte of a line, from zero; the end of the text for a line past the last.
    pub(super) fn start(&self, line: usize, text: &str) -> usize {
        self.0.get(line).map_or(text.len(), |start| *start as usize)
    }

    /// The bytes of a line, from zero, without its terminator.
    pub(super) fn span(&self, line: usize, text: &str) -> Span {
        let start = self.start(line, text);
        let next = self.start(line + 1, text);
        let body = &text[start..next.max(start)];
        let body = body.strip_suffix('\n').unwrap_or(body);
        let body = body.strip_suffix('\r').unwrap_or(body);
        Span { start, end: start + body.len() }
    }

    /// The byte at a line and a column in characters, both from zero.
    pub(super) fn offset(&self, line: usize, column: usize, text: &str) -> usize {
        let start = self.start(line, text);
        text[start..].char_indices().nth(column).map_or(text.len(), |(at, _)| start + at)
    }

    pub(super) fn position(&self, offset: usize, text: &str) -> Position {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset);
        let start = self.start(line, text).min(offset);
        Position { line: line + 1, column: text[start..offset].chars().count() + 1 }
    }
}

/// The place of a byte in bytes that need not be UTF-8.
pub(super) fn position_in_bytes(bytes: &[u8], offset: usize) -> Position {
    let before = &bytes[..offset.min(bytes.len())];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    Position { line, column: String::from_utf8_lossy(&before[start..]).chars().count() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_starts_a_line() {
        let text = "\u{feff}a\r\nbé c\rd\n";
        let lines = Lines::new(text);
        assert_eq!(lines.count(), 4);
        assert_eq!(lines.position(3, text), Position { line: 1, column: 1 });
        assert_eq!(lines.position(text.find('c').unwrap(), text), Position { line: 2, column: 4 });
        assert_eq!(&text[lines.span(1, text).start..lines.span(1, text).end], "bé c");
        assert_eq!(lines.position(text.len(), text), Position { line: 4, column: 1 });
    }
}
