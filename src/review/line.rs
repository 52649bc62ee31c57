//! A line that is typed: it begins with a text, and Escape and Ctrl-D leave it.

use console::Key;

/// A line while it is typed.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: Vec<char>,
    /// Where the next letter goes.
    at: usize,
}

/// What a key makes of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// It goes on.
    More,
    /// It is done.
    Done,
    /// It is left.
    Left,
}

impl Line {
    /// A line that begins with a text.
    pub(super) fn of(text: &str) -> Line {
        let text: Vec<char> = text.chars().collect();
        Line { at: text.len(), text }
    }

    /// What stands in it.
    pub(super) fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// How many letters stand behind the cursor.
    pub(super) fn behind(&self) -> String {
        self.text[self.at..].iter().collect()
    }

    /// Takes a key.
    pub(super) fn press(&mut self, key: &Key) -> Typed {
        match key {
            Key::Enter => return Typed::Done,
            Key::Escape | Key::Char('\u{4}' | '\0') => return Typed::Left,
            Key::Backspace | Key::Char('\u{8}' | '\u{7f}') if self.at > 0 => {
                self.at -= 1;
                self.text.remove(self.at);
            }
            Key::Del if self.at < self.text.len() => drop(self.text.remove(self.at)),
            Key::ArrowLeft => self.at = self.at.saturating_sub(1),
            Key::ArrowRight => self.at = (self.at + 1).min(self.text.len()),
            Key::Home | Key::Char('\u{1}') => self.at = 0,
            Key::End | Key::Char('\u{5}') => self.at = self.text.len(),
            // Ctrl-U clears what is before the cursor, Ctrl-W the word before it.
            Key::Char('\u{15}') => {
                self.text.drain(..self.at);
                self.at = 0;
            }
            Key::Char('\u{17}') => self.rub_out_a_word(),
            Key::Char(it) if !it.is_control() => {
                self.text.insert(self.at, *it);
                self.at += 1;
            }
            _ => (),
        }
        Typed::More
    }

    fn rub_out_a_word(&mut self) {
        let before = &self.text[..self.at];
        let blanks = before.iter().rev().take_while(|it| it.is_whitespace()).count();
        let word = before.iter().rev().skip(blanks).take_while(|it| !it.is_whitespace()).count();
        let start = self.at - blanks - word;
        self.text.drain(start..self.at);
        self.at = start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(begins: &str, keys: &[Key]) -> (String, Typed) {
        let mut line = Line::of(begins);
        let mut last = Typed::More;
        for key in keys {
            last = line.press(key);
        }
        (line.text(), last)
    }

    #[test]
    fn letters_go_where_the_cursor_is() {
        let keys = [Key::Char('x'), Key::ArrowLeft, Key::ArrowLeft, Key::Char('ü'), Key::Enter];
        assert_eq!(typed("ab", &keys), ("aübx".to_owned(), Typed::Done));
        assert_eq!(typed("ab", &[Key::Home, Key::Del, Key::Backspace]).0, "b");
        assert_eq!(typed("ab cd ", &[Key::Char('\u{17}')]).0, "ab ");
        assert_eq!(typed("ab", &[Key::ArrowLeft, Key::Char('\u{15}')]).0, "b");
    }

    #[test]
    fn escape_and_the_end_of_input_leave_it() {
        assert_eq!(typed("ab", &[Key::Escape]).1, Typed::Left);
        assert_eq!(typed("ab", &[Key::Char('\u{4}')]).1, Typed::Left);
        assert_eq!(typed("ab", &[Key::Char('\u{7}')]), ("ab".to_owned(), Typed::More));
    }
}
