//! Scalars in quotes.

use super::Scanner;
use super::lines::fold;
use super::scalar::{Text, Token};
use crate::yaml::tree::{INNER, Style};

impl Scanner<'_> {
    /// A quoted scalar, to its closing quote.
    pub(super) fn quoted(&mut self) -> Option<Token> {
        let start = self.at;
        let quote = self.bytes[start];
        let style = if quote == b'"' { Style::DoubleQuoted } else { Style::SingleQuoted };
        let inner = &self.bytes[start + 1..];
        let special =
            |it: &u8| *it == quote || matches!(it, b'\n' | b'\r') || *it == b'\\' && quote == b'"';
        let width = inner.iter().position(special)?;
        let closed =
            inner[width] == quote && (quote == b'"' || inner.get(width + 1) != Some(&quote));
        let text = if closed {
            self.at = start + 1 + width + 1;
            Text::As(INNER)
        } else {
            self.at = start + 1;
            Text::Decoded(self.decoded(quote)?.into())
        };
        Some(Token { style, start, end: self.at, text })
    }

    /// The text up to the closing quote, with escapes and lines resolved.
    fn decoded(&mut self, quote: u8) -> Option<String> {
        let mut text = String::new();
        // How much of the text a line break leaves: blanks at the end of a line do not count.
        let mut solid = 0;
        loop {
            let from = self.at;
            match self.peek()? {
                b' ' | b'\t' => {
                    text.push(char::from(self.bytes[from]));
                    self.at += 1;
                    continue;
                }
                b'\n' | b'\r' => {
                    text.truncate(solid);
                    fold(&mut text, self.breaks()?);
                }
                b'\\' if quote == b'"' => self.escape(&mut text)?,
                byte if byte == quote => {
                    self.at += 1;
                    if quote == b'"' || self.peek() != Some(quote) {
                        return Some(text);
                    }
                    self.at += 1;
                    text.push('\'');
                }
                _ => {
                    let special =
                        |it: &u8| matches!(it, b' ' | b'\t' | b'\n' | b'\r' | b'\\' | b'"' | b'\'');
                    let rest = &self.bytes[from + 1..];
                    self.at += 1 + rest.iter().position(special)?;
                    text.push_str(&self.text[from..self.at]);
                }
            }
            solid = text.len();
        }
    }

    /// Steps over a backslash and what it stands before.
    fn escape(&mut self, text: &mut String) -> Option<()> {
        let byte = *self.bytes.get(self.at + 1)?;
        let code = |width: usize| {
            let digits = self.bytes.get(self.at + 2..self.at + 2 + width)?;
            let hexadecimal = digits.iter().all(u8::is_ascii_hexdigit);
            let digits = std::str::from_utf8(digits).ok().filter(|_| hexadecimal)?;
            Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, 2 + width))
        };
        let (letter, width) = match byte {
            b'"' | b'\\' | b'/' | b' ' => (char::from(byte), 2),
            b'0' => ('\0', 2),
            b'b' => ('\u{8}', 2),
            b'e' => ('\u{1b}', 2),
            b'f' => ('\u{c}', 2),
            b'n' => ('\n', 2),
            b'r' => ('\r', 2),
            b't' => ('\t', 2),
            b'x' => code(2)?,
            b'u' => code(4)?,
            b'\n' | b'\r' => {
                self.at += 1;
                return (self.breaks()? == 1).then_some(());
            }
            _ => return None,
        };
        text.push(letter);
        self.at += width;
        Some(())
    }
}
