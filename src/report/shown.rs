//! The one door of everything that is shown: what stands in files, names and paths drives no terminal and forges no line.
//!
//! The program prints [`Shown`] alone, and there is no other way to one than through here.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use annotate_snippets::{Group, Renderer};
use anstyle::Style;

use super::style::{BOLD, NEW, OLD, PLACE, paint};

/// Text that may go to a terminal or a log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Shown(String);

impl Shown {
    /// One line, whatever stands in it.
    pub fn line(text: &str) -> Shown {
        let mut line = no_command(clean(text)).into_owned();
        line.push('\n');
        Shown(line)
    }

    /// The lines of a text that the program alone laid out: no name of a file stands in it unclean.
    pub fn own(text: &str) -> Shown {
        Shown::all(text.lines().map(Shown::line))
    }

    /// A line with styles, whose parts have been cleaned one by one.
    pub(super) fn painted(text: &str) -> Shown {
        let mut line = String::with_capacity(text.len() + 1);
        line.push_str(&no_command(styled(text)));
        line.push('\n');
        Shown(line)
    }

    /// One after the other.
    pub fn all(parts: impl IntoIterator<Item = Shown>) -> Shown {
        let parts: Vec<Shown> = parts.into_iter().collect();
        let mut all = String::with_capacity(parts.iter().map(|it| it.0.len()).sum());
        parts.iter().for_each(|it| all.push_str(&it.0));
        Shown(all)
    }

    /// What a program reads and a terminal never sees: a patch, to the byte.
    pub fn exact(text: String) -> Shown {
        Shown(text)
    }

    /// A patch for people: the same lines without what a terminal would obey, in colour.
    pub fn patch(text: &str) -> Shown {
        let style = |line: &str| match line.as_bytes() {
            [b'-', b'-', b'-', b' ', ..] | [b'+', b'+', b'+', b' ', ..] | [b'#', ..] => BOLD,
            [b'-', ..] => OLD,
            [b'+', ..] => NEW,
            [b'@', ..] => PLACE,
            _ => Style::new(),
        };
        let lines = text.split_terminator('\n').map(|it| it.trim_end_matches('\r'));
        Shown(lines.fold(String::new(), |all, it| all + &paint(style(it), &clean(it)) + "\n"))
    }

    /// JSON, in which what would drive a terminal is written as an escape.
    pub fn json(text: &str) -> Shown {
        let mut out = String::with_capacity(text.len() + 1);
        escaped(text, &mut out);
        out.push('\n');
        Shown(out)
    }

    /// A command to the runner of GitHub's jobs: an annotation. Nothing of it ends it early.
    pub(super) fn command(level: &str, of: &[(&str, String)], message: &str) -> Shown {
        let data = |text: &str| {
            let lines: Vec<String> = text.lines().map(|it| clean(it).replace('%', "%25")).collect();
            lines.join("%0A")
        };
        let of: Vec<String> = of
            .iter()
            .map(|(key, text)| {
                format!("{key}={}", data(text).replace(':', "%3A").replace(',', "%2C"))
            })
            .collect();
        Shown(format!("::{level} {}::{}\n", of.join(","), data(message)))
    }

    /// A baseline, on many lines, so that its changes are seen in a diff.
    pub fn baseline(it: &crate::baseline::Baseline) -> Shown {
        Shown::value(it, true)
    }

    /// A value as JSON, on one line or many, in which what would drive a terminal is written as an escape.
    pub(super) fn value(value: &impl serde::Serialize, pretty: bool) -> Shown {
        let mut out = Escaping(String::new());
        // Nothing in a report can fail to be written: its keys are words.
        let _ = match pretty {
            true => serde_json::to_writer_pretty(&mut out, value),
            false => serde_json::to_writer(&mut out, value),
        };
        out.0.push('\n');
        Shown(out.0)
    }

    /// Annotated source and an empty line; titles, labels and lines in it have been cleaned one by one. The place that
    /// the renderer shows becomes another one.
    pub(super) fn rendered(
        renderer: &Renderer,
        groups: &[Group<'_>],
        (place, is): (&str, &str),
    ) -> Shown {
        let text = renderer.render(groups);
        let text = if place == is { text } else { text.replacen(place, is, 1) };
        Shown(styled(&text).into_owned() + "\n\n")
    }

    /// The text, with the styles that only a terminal takes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text without styles.
    pub fn plain(&self) -> Cow<'_, str> {
        if memchr::memchr(0x1b, self.0.as_bytes()).is_none() {
            return Cow::Borrowed(&self.0);
        }
        let mut out = String::with_capacity(self.0.len());
        let mut rest = &*self.0;
        while let Some(at) = memchr::memchr(0x1b, rest.as_bytes()) {
            out.push_str(&rest[..at]);
            let length = style(&rest[at..]);
            // What is no style is no business of this.
            out.push_str(if length.is_none() { "\u{1b}" } else { "" });
            rest = &rest[at + length.unwrap_or(1)..];
        }
        out.push_str(rest);
        Cow::Owned(out)
    }
}

/// JSON that is written piece by piece, each of them text.
struct Escaping(String);

impl io::Write for Escaping {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        escaped(text, &mut self.0);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Adds JSON with escapes in place of what would drive a terminal.
fn escaped(text: &str, out: &mut String) {
    let mut from = 0;
    for (at, it) in text.char_indices().filter(|it| it.1 != '\n' && drives(it.1)) {
        out.push_str(&text[from..at]);
        let _ = write!(out, "\\u{:04x}", u32::from(it));
        from = at + it.len_utf8();
    }
    out.push_str(&text[from..]);
}

/// The text on one line, with what would drive a terminal, turn the order of reading or command a runner of jobs
/// written as escapes.
pub fn clean(text: &str) -> Cow<'_, str> {
    if first(text, drives).is_none() && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for it in text.chars() {
        match it {
            it if !drives(it) => out.push(it),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            it if it.is_ascii() => {
                let _ = write!(out, "\\x{:02x}", u32::from(it));
            }
            it => out.extend(it.escape_unicode()),
        }
    }
    // Runners of GitHub and Azure obey these wherever they stand in a line.
    Cow::Owned(out.replace("##[", "#\\x23[").replace("##vso[", "#\\x23vso["))
}

/// A text with styles, in which nothing but those, tabs and line ends is left that would drive a terminal.
pub fn styled(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = first(rest, |it| drives(it) && it != '\n') {
        let (before, from) = rest.split_at(at);
        let length = style(from).or_else(|| from.chars().next().map(char::len_utf8)).unwrap_or(1);
        if out.is_empty() {
            out.reserve(text.len() + 8);
        }
        out.push_str(before);
        match style(from) {
            Some(length) => out.push_str(&from[..length]),
            None => out.push_str(&clean(&from[..length])),
        }
        rest = &from[length..];
    }
    if out.is_empty() {
        return Cow::Borrowed(rest);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The length of the style that a text begins with: colour, weight, nothing that moves or writes.
fn style(text: &str) -> Option<usize> {
    let codes = text.strip_prefix("\u{1b}[")?;
    let end = codes.find(|it: char| !it.is_ascii_digit() && it != ';')?;
    codes[end..].starts_with('m').then_some(end + 3)
}

/// Where the first character of a kind stands, none of which is plain text: most is, and everything that is shown goes
/// through here.
fn first(text: &str, is: impl Fn(char) -> bool) -> Option<usize> {
    let is_plain = |it: &u8| (0x20..0x7f).contains(it) || *it == b'\t';
    // Many at once, without a branch for each.
    let chunks = text.as_bytes().chunks_exact(16);
    let whole =
        chunks.take_while(|it| it.iter().fold(true, |all, it| all & is_plain(it))).count() * 16;
    let start = whole + text.as_bytes()[whole..].iter().position(|it| !is_plain(it))?;
    text[start..].find(is).map(|at| start + at)
}

/// Whether a character does something to a terminal or to the order of reading instead of being seen.
fn drives(it: char) -> bool {
    it.is_control() && it != '\t'
        || matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The length of what a runner of jobs does not see at the start of a text.
fn blank_or_style(text: &str) -> Option<usize> {
    style(text).or_else(|| Some(text.chars().next().filter(|it| it.is_whitespace())?.len_utf8()))
}

/// A line that no runner of jobs takes for a command: those of GitHub begin with two colons.
fn no_command(line: Cow<'_, str>) -> Cow<'_, str> {
    let mut start = 0;
    while let Some(length) = blank_or_style(&line[start..]) {
        start += length;
    }
    match line[start..].strip_prefix("::") {
        Some(rest) => Cow::Owned(format!("{}\\x3a:{rest}", &line[..start])),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_a_terminal_is_shown_and_not_obeyed() {
        assert_eq!(
            clean("a\u{1b}[2Jb\u{202e}c\td\r\n\u{85}\u{7f}\0"),
            "a\\x1b[2Jb\\u{202e}c\td\\r\\n\\u{85}\\x7f\\x00"
        );
        assert_eq!(
            clean("\u{200e}\u{200f}\u{61c}\u{2028}\u{2069}"),
            "\\u{200e}\\u{200f}\\u{61c}\\u{2028}\\u{2069}"
        );
        assert!(matches!(clean("service é ✓"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_line_stays_one_and_commands_nobody() {
        assert_eq!(Shown::line("a\n::add-mask::x").as_str(), "a\\n::add-mask::x\n");
        assert_eq!(Shown::line(" ::add-mask::x").as_str(), " \\x3a:add-mask::x\n");
        assert_eq!(Shown::line("a ##[debug]##vso[x]").as_str(), "a #\\x23[debug]#\\x23vso[x]\n");
        assert_eq!(Shown::line("[::]:80").as_str(), "[::]:80\n");
    }

    #[test]
    fn styles_alone_pass() {
        assert_eq!(styled("\u{1b}[1;31ma\u{1b}[0m\n\tb"), "\u{1b}[1;31ma\u{1b}[0m\n\tb");
        assert_eq!(styled("a\u{1b}[2Jb\u{1b}]0;x\u{7}"), "a\\x1b[2Jb\\x1b]0;x\\x07");
        assert_eq!(styled("a\u{1b}"), "a\\x1b");
        assert_eq!(styled("a\u{9b}31mé"), "a\\u{9b}31mé");
    }

    #[test]
    fn styles_alone_are_taken_out() {
        let text = "\u{1b}[1;31ma\u{1b}[0mb — \u{1b}[2Jc\u{1b}";
        assert_eq!(Shown::exact(text.to_owned()).plain(), "ab — \u{1b}[2Jc\u{1b}");
        let styled = Shown::painted("\u{1b}[32mno news\u{1b}[0m é");
        assert_eq!(styled.plain(), anstream::adapter::strip_str(styled.as_str()).to_string());
    }

    #[test]
    fn json_and_patches_keep_what_they_mean() {
        assert_eq!(
            Shown::json("{\n\"a\": \"\u{202e}é\"\n}").as_str(),
            "{\n\"a\": \"\\u202eé\"\n}\n"
        );
        let patch =
            anstream::adapter::strip_str(Shown::patch("-a\u{202e}\r\n+b\n").as_str()).to_string();
        assert_eq!(patch, "-a\\u{202e}\n+b\n");
    }
}
