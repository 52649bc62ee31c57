//! Scalars and keys, plain or in quotes.

use super::Scanner;
use crate::yaml::locate::is_flow;
use crate::yaml::tree::{RAW, Style};

/// A key longer than this is for the parser: some readers take 1,024 characters at most.
const KEY: usize = 1_000;

/// A scalar that has been read but is not a node yet.
pub(super) struct Token {
    pub(super) style: Style,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: Text,
}

/// A scalar's text.
pub(super) enum Text {
    /// As it is written, with or without its quotes.
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
}

/// The class of every byte.
const CLASSES: [Class; 256] = {
    let mut classes = [Class::Part; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' | b'\t' => Class::Space,
            b':' => Class::Colon,
            b'#' => Class::Hash,
            b',' | b'[' | b']' | b'{' | b'}' => Class::Flow,
            b'\n' | b'\r' => Class::End,
            _ => Class::Part,
        };
        byte += 1;
    }
    classes
};

impl Scanner<'_> {
    /// Reads a scalar: a plain one on its line, a quoted one to its end.
    pub(super) fn token(&mut self, flow: bool) -> Option<Token> {
        match self.peek()? {
            b'"' | b'\'' => self.quoted(),
            _ => self.plain(flow),
        }
    }

    /// Whether the token just read is a key of a block mapping: blanks, a colon, and a blank or the end.
    pub(super) fn is_key(&self, token: &Token) -> bool {
        let mut at = self.at;
        while self.bytes.get(at) == Some(&b' ') {
            at += 1;
        }
        self.bytes.get(at) == Some(&b':') && self.is_blank(at + 1) && self.is_short(token)
    }

    /// Whether the token just read is short enough for a key, and on one line.
    pub(super) fn is_short(&self, token: &Token) -> bool {
        token.start >= self.line_start && self.at - token.start < KEY
    }

    fn plain(&mut self, flow: bool) -> Option<Token> {
        let start = self.at;
        match self.bytes[start] {
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`' | b'?' | b':' | b' ' | b'\t' | b'\n' | b'\r' => {
                return None;
            }
            b'-' if self.is_blank(start + 1) || self.bytes[start + 1] == b'\t' => return None,
            _ => (),
        }
        self.plain_line(flow)?;
        Some(Token { style: Style::Plain, start, end: self.at, text: Text::As(RAW) })
    }

    /// Steps over what a plain scalar has on this line.
    pub(super) fn plain_line(&mut self, flow: bool) -> Option<()> {
        let mut at = self.at;
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
                Class::Hash if self.at < at => break,
                Class::Colon | Class::Hash => (),
                Class::Flow if !flow => (),
                // The parser takes no dash there, even at the end of a word.
                Class::Flow if self.bytes[at - 1] == b'-' => return None,
                Class::Flow | Class::End => break,
            }
            at += 1;
            self.at = at;
        }
        Some(())
    }
}
