//! The grammar of a Caddyfile: words in lines, and blocks that a last `{` opens and a lone `}` closes.

/// A line of words, and whether it opens a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The words, without the brace that opens a block.
    pub(super) words: Vec<String>,
    /// Its number, from 1.
    pub(super) number: usize,
    /// What it does to the blocks.
    pub(super) brace: Brace,
}

/// What a line does to the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brace {
    /// Nothing.
    None,
    /// It opens one.
    Opens,
    /// It closes one.
    Closes,
}

/// The lines that hold words or braces.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut cursor = Cursor { rest: text, line: 1 };
    let mut words: Vec<(String, bool)> = Vec::new();
    let mut number = 1;
    while let Some(next) = cursor.peek() {
        match next {
            '\n' => {
                lines.extend(line(std::mem::take(&mut words), number));
                cursor.bump();
                continue;
            }
            '#' => {
                cursor.take_while(|it| it != '\n');
                continue;
            }
            it if it.is_whitespace() || it == '\u{feff}' => {
                cursor.bump();
                continue;
            }
            _ => (),
        }
        if words.is_empty() {
            number = cursor.line;
        }
        words.extend(cursor.word());
    }
    lines.extend(line(words, number));
    lines
}

/// A line of words, each with whether it is bare, that is without quotes.
fn line(mut words: Vec<(String, bool)>, number: usize) -> Option<Line> {
    let is = |word: Option<&(String, bool)>, brace: &str| {
        word.is_some_and(|(text, bare)| *bare && text == brace)
    };
    let brace = if is(words.last(), "{") {
        words.pop();
        Brace::Opens
    } else if is(words.first(), "}") {
        words.clear();
        Brace::Closes
    } else if words.is_empty() {
        return None;
    } else {
        Brace::None
    };
    Some(Line { words: words.into_iter().map(|it| it.0).collect(), number, brace })
}

struct Cursor<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Cursor<'t> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.skip(next.len_utf8());
        Some(next)
    }

    fn skip(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|it| !wanted(it)).unwrap_or(self.rest.len());
        self.skip(end)
    }

    /// One word, and whether it is bare; nothing for a backslash that joins two lines.
    fn word(&mut self) -> Option<(String, bool)> {
        match self.peek()? {
            '`' => {
                self.bump();
                let word = self.take_while(|it| it != '`').to_owned();
                self.bump();
                Some((word, false))
            }
            '"' => {
                self.bump();
                Some((self.quoted(), false))
            }
            '\\' if self.rest[1..].trim_start_matches('\r').starts_with('\n') => {
                self.take_while(|it| it != '\n');
                self.bump();
                None
            }
            _ => {
                let word = self.take_while(|it| !it.is_whitespace());
                match word.strip_prefix("<<").filter(|it| !it.is_empty()) {
                    Some(marker) => Some((self.here_document(marker), false)),
                    None => Some((word.to_owned(), true)),
                }
            }
        }
    }

    fn quoted(&mut self) -> String {
        let mut word = String::new();
        while let Some(next) = self.bump() {
            match next {
                '\\' if self.peek() == Some('"') => word.extend(self.bump()),
                '"' => break,
                next => word.push(next),
            }
        }
        word
    }

    /// Goes behind the marker that ends a here-document.
    fn here_document(&mut self, marker: &str) -> String {
        while !self.rest.is_empty() {
            self.take_while(|it| it != '\n');
            self.bump();
            let line = self.rest.trim_start_matches([' ', '\t']);
            if line.starts_with(marker) {
                let indent = self.rest.len() - line.len();
                self.skip(indent + marker.len());
                break;
            }
        }
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_lines() {
        #[track_caller]
        fn check(text: &str, expected: &[(&str, usize, Brace)]) {
            let lines = lines(text);
            let found: Vec<(String, usize, Brace)> =
                lines.iter().map(|it| (it.words.join("|"), it.number, it.brace)).collect();
            let found: Vec<_> = found.iter().map(|it| (it.0.as_str(), it.1, it.2)).collect();
            assert_eq!(found, expected, "{text}");
        }
        use Brace::{Closes, None, Opens};
        check(":80 {\n\tlog # x\n}\n", &[(":80", 1, Opens), ("log", 2, None), ("", 3, Closes)]);
        check("a \"b \\\" c\" `d\ne` \\\n f", &[("a|b \" c|d\ne|f", 1, None)]);
        check("respond <<X\n {\n X\nlog {", &[("respond|", 1, None), ("log", 4, Opens)]);
        check("a \"{\"\n{$X:y} #", &[("a|{", 1, None), ("{$X:y}", 2, None)]);
        check("respond <<X", &[("respond|", 1, None)]);
        check("", &[]);
    }
}
