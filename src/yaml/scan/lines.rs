//! Scalars that go on below: plain ones, and what they share with quoted ones.

use super::Scanner;
use super::scalar::{Text, Token};
use crate::yaml::tree::Style;

impl Scanner<'_> {
    /// A scalar with the lines below that belong to it, if it is plain.
    pub(super) fn continued(&mut self, token: Token) -> Option<Token> {
        if token.style != Style::Plain {
            return Some(token);
        }
        let mut text = None;
        while let Some(breaks) = self.below() {
            let text = text.get_or_insert_with(|| self.text[token.start..token.end].to_owned());
            fold(text, breaks);
            let from = self.at;
            self.plain_line(false)?;
            text.push_str(&self.text[from..self.at]);
        }
        let text = text.map_or(token.text, |it| Text::Decoded(it.into()));
        Some(Token { end: self.at, text, ..token })
    }

    /// Steps to the next line of a plain scalar and gives the number of line breaks; stays where there is none.
    fn below(&mut self) -> Option<usize> {
        let (at, line_start) = (self.at, self.line_start);
        self.blanks();
        let ends = matches!(self.peek(), Some(b'\n' | b'\r'));
        let breaks = if ends { self.breaks().filter(|_| self.peek() != Some(b'#')) } else { None };
        if breaks.is_none() {
            (self.at, self.line_start) = (at, line_start);
        }
        breaks
    }

    /// Steps over the end of a line and empty lines, to what is further to the right; gives the number of line breaks.
    pub(super) fn breaks(&mut self) -> Option<usize> {
        let least = self.least();
        let mut count = 0;
        while matches!(self.peek()?, b'\n' | b'\r') {
            self.line_end()?;
            self.spaces();
            count += 1;
        }
        let column = self.at - self.line_start;
        let odd = self.peek() == Some(b'\t') || column == 0 && self.is_marker();
        (column >= least && !odd).then_some(count)
    }
}

/// Joins lines: one line break is a space, of more the first is lost.
pub(super) fn fold(text: &mut String, breaks: usize) {
    match breaks {
        1 => text.push(' '),
        _ => text.extend((1..breaks).map(|_| '\n')),
    }
}
