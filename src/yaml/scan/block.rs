//! Scalars after `|` and `>`.

use super::scalar::{Text, Token};
use super::{Ahead, Scanner};
use crate::yaml::tree::{Place, Role, Style};

/// What becomes of the line breaks at the end.
#[derive(Clone, Copy, PartialEq)]
enum Chomp {
    Clip,
    Strip,
    Keep,
}

/// The lines of a block scalar.
struct Body<'t> {
    /// Without indentation and line breaks; empty lines at the end are not here.
    lines: Vec<&'t str>,
    /// The end of the last of these lines.
    end: usize,
    /// The ends of the empty lines after them.
    blank: Vec<usize>,
}

impl<'t> Scanner<'t> {
    pub(super) fn block_scalar(&mut self, place: Place, ahead: Option<Ahead>) -> Option<()> {
        // One that is a whole document is read differently by different programs.
        (place.role != Role::Root).then_some(())?;
        let start = self.at;
        let style = if self.peek() == Some(b'|') { Style::Literal } else { Style::Folded };
        self.at += 1;
        let chomp = match self.peek()? {
            b'-' => Chomp::Strip,
            b'+' => Chomp::Keep,
            _ => Chomp::Clip,
        };
        self.at += usize::from(chomp != Chomp::Clip);
        self.rest_of_line()?;
        let body = self.body(self.least())?;
        let mut text = if style == Style::Literal { body.lines.join("\n") } else { folded(&body) };
        let mut end = body.end;
        match chomp {
            Chomp::Strip => (),
            Chomp::Clip => text.push('\n'),
            Chomp::Keep => {
                text.push('\n');
                text.extend(body.blank.iter().map(|_| '\n'));
                end = body.blank.last().copied().unwrap_or(end);
            }
        }
        self.scalar(place, ahead, Token { style, start, end, text: Text::Decoded(text.into()) });
        Some(())
    }

    /// Reads the lines that are indented at least so far, and stops at the start of the next one.
    fn body(&mut self, least: usize) -> Option<Body<'t>> {
        let mut indent = None;
        let mut body = Body { lines: Vec::new(), end: 0, blank: Vec::new() };
        while self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            let end = self.at + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &self.text[self.at..end];
            (!line.ends_with('\r')).then_some(())?;
            let solid = line.trim_start_matches(' ');
            let width = line.len() - solid.len();
            if solid.is_empty() {
                // Blanks beyond the indentation would be content, and so may be those at the end.
                let content = width > indent.unwrap_or(least) || end == self.bytes.len();
                (!content).then_some(())?;
                body.blank.push(end);
            } else if width < indent.unwrap_or(least) {
                break;
            } else {
                let indent = *indent.get_or_insert(width);
                (!line.contains('\t')).then_some(())?;
                body.lines.extend(body.blank.drain(..).map(|_| ""));
                body.lines.push(&line[indent..]);
                body.end = end;
            }
            self.at = end;
            self.line_end()?;
        }
        (!body.lines.is_empty()).then_some(body)
    }
}

/// The text of a folded scalar: lines that are indented further keep the line breaks around them.
fn folded(body: &Body<'_>) -> String {
    let mut text = String::new();
    let mut breaks = 0;
    let mut apart = true;
    for line in &body.lines {
        if line.is_empty() {
            breaks += 1;
            continue;
        }
        let deeper = line.starts_with(' ');
        let keep = !text.is_empty() && (apart || deeper);
        match breaks + usize::from(keep) {
            0 if !text.is_empty() => text.push(' '),
            count => text.extend((0..count).map(|_| '\n')),
        }
        (breaks, apart) = (0, deeper);
        text.push_str(line);
    }
    text
}
