//! A cursor along the source: it finds what an event announces, or says that it is not there.

use std::borrow::Cow;

use super::lines::{BOM, Lines};
use super::tree::{Comment, Span};

/// The source does not hold what the parser announced.
#[derive(Debug)]
pub(super) struct Mismatch;

/// A place in the source that only moves forward.
pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) comments: Vec<Comment>,
    /// A byte and its column on the line of the last column question, so that long lines stay linear.
    column_known: (usize, usize, usize),
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, at: usize) -> Cursor<'t> {
        Cursor { text, at, comments: Vec::new(), column_known: (0, 0, 0) }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Whether the cursor is at this byte followed by white space or the end.
    pub(super) fn is_indicator(&self, byte: u8) -> bool {
        self.peek() == Some(byte)
            && self.text.as_bytes().get(self.at + 1).is_none_or(|it| is_white(*it))
    }

    pub(super) fn is_line_start(&self, lines: &Lines) -> bool {
        lines.start(lines.line(self.at), self.text) == self.at
    }

    /// Whether the cursor is at a document marker, `---` or `...`.
    pub(super) fn is_marker(&self, marker: &str, lines: &Lines) -> bool {
        self.text[self.at..].starts_with(marker)
            && self.text.as_bytes().get(self.at + 3).is_none_or(|it| is_white(*it))
            && self.is_line_start(lines)
    }

    /// Steps over a byte that must be there.
    pub(super) fn expect(&mut self, byte: u8) -> Result<usize, Mismatch> {
        if self.peek() != Some(byte) {
            return Err(Mismatch);
        }
        self.at += 1;
        Ok(self.at - 1)
    }

    /// Steps over white space and comments.
    pub(super) fn trivia(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'#' => self.comment(),
                _ => break,
            }
        }
    }

    /// Steps over a comment and keeps it, once.
    fn comment(&mut self) {
        let span = Span { start: self.at, end: line_end(self.text, self.at) };
        if self.comments.last().is_none_or(|it| it.span.start < span.start) {
            let before = &self.text[..span.start];
            let before = before.strip_prefix(BOM).unwrap_or(before);
            let before = before.trim_end_matches([' ', '\t']);
            let own_line = before.is_empty() || before.ends_with(['\n', '\r']);
            self.comments.push(Comment { span, own_line });
        }
        self.at = span.end;
    }

    /// The column of the cursor in characters, from zero.
    pub(super) fn column(&mut self, lines: &Lines) -> usize {
        let (line, at, column) = self.column_known;
        let start = lines.start(lines.line(self.at), self.text);
        let (from, known) = if line == start && at >= start { (at, column) } else { (start, 0) };
        let column = known + self.text[from..self.at].chars().count();
        self.column_known = (start, self.at, column);
        column
    }

    /// Steps over an anchor or alias, sign and name.
    pub(super) fn name(&mut self) -> Span {
        let start = self.at;
        self.at += 1 + scan(&self.text[start + 1..], |it| !is_white(it) && !is_flow(it));
        Span { start, end: self.at }
    }

    /// Steps over a tag.
    pub(super) fn tag(&mut self) -> Result<Span, Mismatch> {
        let start = self.at;
        let rest = &self.text[start..];
        self.at += if rest.starts_with("!<") {
            rest.find('>').ok_or(Mismatch)? + 1
        } else {
            scan(rest, |it| !is_white(it) && !is_flow(it))
        };
        Ok(Span { start, end: self.at })
    }

    /// Steps over a quoted scalar.
    pub(super) fn quoted(&mut self, quote: u8) -> Result<Span, Mismatch> {
        let bytes = self.text.as_bytes();
        let start = self.expect(quote)?;
        loop {
            match bytes.get(self.at).ok_or(Mismatch)? {
                b'\\' if quote == b'"' => self.at += 2,
                byte if *byte == quote
                    && quote == b'\''
                    && bytes.get(self.at + 1) == Some(&quote) =>
                {
                    self.at += 2;
                }
                byte if *byte == quote => break,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Ok(Span { start, end: self.at })
    }

    /// Steps over a plain scalar: folding changes only white space, so that the text leads.
    pub(super) fn plain(&mut self, value: &str) -> Result<Span, Mismatch> {
        let start = self.at;
        if self.text[start..].starts_with(value) {
            self.at += value.len();
            return Ok(Span { start, end: self.at });
        }
        self.at = follow(self.text, start, value)?;
        Ok(Span { start, end: self.at })
    }

    /// Steps over a block scalar, from its indicator to the end of its last line.
    pub(super) fn block(&mut self, indicator: u8, value: &str) -> Result<Span, Mismatch> {
        let start = self.expect(indicator)?;
        self.at += scan(&self.text[self.at..], |it| matches!(it, b'+' | b'-' | b'0'..=b'9'));
        let header_end = self.at;
        self.at += scan(&self.text[self.at..], |it| matches!(it, b' ' | b'\t'));
        if self.peek() == Some(b'#') {
            self.comment();
        }
        // Of blank lines at the end of the text the parser takes one, although nothing keeps it.
        let keeps = self.text[start..header_end].contains('+');
        let value = if keeps || value.contains(|it| it != '\n') { value } else { "" };
        let end = if indicator == b'|' { self.literal(value)? } else { self.folded(value)? };
        self.at = end.unwrap_or(header_end);
        Ok(Span { start, end: self.at })
    }

    /// What a block scalar says that was just read. One without a line of its own has no more than the line breaks that it
    /// is told to keep, whatever the parser makes of the end of the text.
    pub(super) fn block_text<'v>(&self, raw: &str, value: &'v str) -> Cow<'v, str> {
        let (header, body) = raw.split_once('\n').unwrap_or((raw, ""));
        if !body.trim().is_empty() || value.contains(|it| it != '\n') {
            return value.into();
        }
        let keeps = header.split('#').next().is_some_and(|it| it.contains('+'));
        let rest = &self.text[self.at..];
        match keeps {
            true if rest.trim().is_empty() => {
                let breaks = raw.matches('\n').count() + rest.matches('\n').count();
                "\n".repeat(breaks.saturating_sub(1)).into()
            }
            true => value.into(),
            false => "".into(),
        }
    }

    /// The end of a literal's last line: its lines are the source's, without indentation.
    fn literal(&self, value: &str) -> Result<Option<usize>, Mismatch> {
        let mut end = None;
        let mut header_or_line_end = self.at;
        for line in value.lines() {
            let Some(next) = next_line(self.text, header_or_line_end) else {
                return if line.is_empty() { Ok(end) } else { Err(Mismatch) };
            };
            header_or_line_end = line_end(self.text, next);
            if !self.text[next..header_or_line_end].ends_with(line) {
                return Err(Mismatch);
            }
            end = Some(header_or_line_end);
        }
        Ok(end)
    }

    /// The end of a folded scalar's last line.
    fn folded(&self, value: &str) -> Result<Option<usize>, Mismatch> {
        let solid = value.trim_end_matches([' ', '\t', '\n', '\r']);
        let mut end = None;
        let mut at = self.at;
        let mut tail = value;
        if !solid.is_empty() {
            at = line_end(self.text, follow(self.text, at, solid)?);
            end = Some(at);
            tail = value[solid.len()..].split_once('\n').map_or("", |(_, tail)| tail);
        }
        for _ in tail.lines() {
            let Some(next) = next_line(self.text, at) else { break };
            at = line_end(self.text, next);
            end = Some(at);
        }
        Ok(end)
    }
}

/// The byte after the last solid character of a value, found in order from `at`.
fn follow(text: &str, at: usize, value: &str) -> Result<usize, Mismatch> {
    let bytes = text.as_bytes();
    let mut at = at;
    for wanted in value.bytes().filter(|it| !is_white(*it)) {
        while bytes.get(at).is_some_and(|it| is_white(*it)) {
            at += 1;
        }
        if bytes.get(at) != Some(&wanted) {
            return Err(Mismatch);
        }
        at += 1;
    }
    Ok(at)
}

/// How many leading bytes satisfy a condition.
fn scan(text: &str, wanted: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|it| !wanted(it)).unwrap_or(text.len())
}

/// The end of the line that a byte is on, before its terminator.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    at + scan(&text[at..], |it| !matches!(it, b'\n' | b'\r'))
}

/// The start of the line after a line's end, where there is one with content or a terminator.
pub(super) fn next_line(text: &str, end: usize) -> Option<usize> {
    let rest = &text[end..];
    let width = if rest.starts_with("\r\n") { 2 } else { 1 };
    (rest.len() > width).then_some(end + width)
}

fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether a byte is a bracket or comma of flow style.
pub(super) fn is_flow(byte: u8) -> bool {
    matches!(byte, b',' | b'[' | b']' | b'{' | b'}')
}
