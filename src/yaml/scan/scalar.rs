//! Scalars on one line: plain and in quotes.

use super::Scanner;
use crate::yaml::tree::{INNER, RAW, Style};

/// A key longer than this is for the parser: some readers take 1,024 characters at most.
pub(super) const KEY: usize = 1_000;

/// A scalar that has been read but is not a node yet.
pub(super) struct Token {
    pub(super) style: Style,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: Text,
}

/// A scalar's text.
pub(super) enum Text {
    /// [`RAW`] or [`INNER`]: as it is written.
    As(u32),
    Decoded(Box<str>),
}

/// What a byte can be in a plain scalar.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    /// Always part of it.
    Part,
    Space,
    Colon,
    Hash,
    /// A bracket or comma, which ends it in flow style.
    Flow,
    /// The end of a line.
    End,
    /// Not read here.
    Odd,
}

/// The class of every byte.
const CLASSES: [Class; 256] = {
    let mut classes = [Class::Part; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' => Class::Space,
            b':' => Class::Colon,
            b'#' => Class::Hash,
            b',' | b'[' | b']' | b'{' | b'}' => Class::Flow,
            b'\n' | b'\r' => Class::End,
            b'\t' => Class::Odd,
            _ => Class::Part,
        };
        byte += 1;
    }
    classes
};

impl Scanner<'_> {
    /// Reads a scalar that ends on its line.
    pub(super) fn token(&mut self, flow: bool) -> Option<Token> {
        match self.peek()? {
            b'"' => self.double_quoted(),
            b'\'' => self.single_quoted(),
            _ => self.plain(flow),
        }
    }

    /// Whether the token just read is a key of a block mapping: blanks, a colon, and a blank or the end.
    pub(super) fn is_key(&self, token: &Token) -> bool {
        let mut at = self.at;
        while self.bytes.get(at) == Some(&b' ') {
            at += 1;
        }
        self.bytes.get(at) == Some(&b':') && self.is_blank(at + 1) && at - token.start < KEY
    }

    fn plain(&mut self, flow: bool) -> Option<Token> {
        let start = self.at;
        match self.bytes[start] {
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`' | b'?' | b':' | b' ' | b'\t' | b'\n' | b'\r' => {
                return None;
            }
            b'-' if self.is_blank(start + 1) => return None,
            _ => (),
        }
        let mut at = start;
        // The end of what is solid so far.
        let mut end = start;
        while let Some(byte) = self.bytes.get(at) {
            match CLASSES[*byte as usize] {
                Class::Part => (),
                Class::Space => {
                    at += 1;
                    continue;
                }
                Class::Colon if self.is_blank(at + 1) => break,
                Class::Colon if self.bytes[at + 1] == b'\t' => return None,
                Class::Colon if flow && is_flow(self.bytes[at + 1]) => return None,
                Class::Hash if end < at => break,
                Class::Colon | Class::Hash => (),
                Class::Flow if !flow => (),
                // The parser takes no dash there, even at the end of a word.
                Class::Flow if self.bytes[at - 1] == b'-' => return None,
                Class::Flow | Class::End => break,
                Class::Odd => return None,
            }
            at += 1;
            end = at;
        }
        self.at = end;
        Some(Token { style: Style::Plain, start, end, text: Text::As(RAW) })
    }

    fn single_quoted(&mut self) -> Option<Token> {
        let start = self.at;
        let mut at = start + 1;
        let mut doubled = false;
        loop {
            at += memchr::memchr3(b'\'', b'\n', b'\r', &self.bytes[at..])?;
            match self.bytes[at..] {
                [b'\'', b'\'', ..] => {
                    doubled = true;
                    at += 2;
                }
                [b'\'', ..] => break,
                _ => return None,
            }
        }
        self.at = at + 1;
        let inner = &self.text[start + 1..at];
        let text = match doubled {
            true => Text::Decoded(inner.replace("''", "'").into()),
            false => Text::As(INNER),
        };
        Some(Token { style: Style::SingleQuoted, start, end: self.at, text })
    }

    fn double_quoted(&mut self) -> Option<Token> {
        let start = self.at;
        let mut at = start + 1;
        let mut escaped = false;
        loop {
            let byte = *self.bytes.get(at)?;
            match byte {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    at += 2;
                }
                b'\n' | b'\r' => return None,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        let inner = &self.text[start + 1..at];
        let text = match escaped {
            true => Text::Decoded(unescaped(inner)?.into()),
            false => Text::As(INNER),
        };
        Some(Token { style: Style::DoubleQuoted, start, end: self.at, text })
    }
}

/// The text that usual escapes stand for.
fn unescaped(inner: &str) -> Option<String> {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        text.push(match after.bytes().next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            _ => return None,
        });
        rest = &after[1..];
    }
    text.push_str(rest);
    Some(text)
}

pub(super) fn is_flow(byte: u8) -> bool {
    matches!(byte, b',' | b'[' | b']' | b'{' | b'}')
}
