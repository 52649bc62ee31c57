//! One word of a command line: what it says once quotes and variables are read, and which bytes say each part of it.

use super::Refused;
use super::clip::Clip;
use crate::yaml::Span;

/// A word.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// All of its bytes in the file.
    pub(super) span: Span,
    /// What it says, as Compose writes it: `$$` for a dollar, `${NAME}` for what cannot be known.
    pub(super) value: String,
    /// The bytes of the file behind each byte of the value.
    pub(super) map: Vec<Span>,
    /// An expansion outside of quotes, which may be no word or several.
    pub(super) splits: bool,
    /// An array or all arguments, which are several words in quotes as well.
    pub(super) is_many: bool,
}

impl Word {
    /// Whether nobody knows how it begins, so that it may be anything.
    pub(super) fn begins_unknown(&self) -> bool {
        self.value.starts_with("${") || self.value.is_empty() && self.splits
    }
}

/// What reads a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// A shell.
    Shell,
    /// systemd, a word of several.
    Systemd,
    /// systemd, a line that is one value, quotes among it.
    Line,
}

/// What stands for an expression that has no name.
const NAMELESS: &str = "EXPRESSION";

/// Reads the word between two bytes of a clip.
///
/// # Errors
/// What may be several words, or cannot be read.
pub(super) fn word(clip: &Clip, (start, end): (usize, usize), by: Reader) -> Result<Word, Refused> {
    let mut read = Read {
        clip,
        at: start,
        end,
        by,
        quote: None,
        word: Word {
            span: clip.span(start, end),
            value: String::new(),
            map: Vec::new(),
            splits: false,
            is_many: false,
        },
    };
    while read.at < end {
        read.next()?;
    }
    match read.quote {
        Some(_) => Err(read.refuse(start, "a quote that is not closed")),
        None => Ok(read.word),
    }
}

struct Read<'c> {
    clip: &'c Clip,
    at: usize,
    end: usize,
    by: Reader,
    /// The quote that is open.
    quote: Option<char>,
    word: Word,
}

impl<'c> Read<'c> {
    fn refuse(&self, at: usize, message: &str) -> Refused {
        Refused { at: self.clip.at(at), message: message.to_owned() }
    }

    fn rest(&self) -> &'c str {
        &self.clip.text[self.at..self.end]
    }

    /// Says this in the place of so many bytes.
    fn say(&mut self, value: &str, length: usize) {
        let span = self.clip.span(self.at, self.at + length);
        self.word.value.push_str(value);
        self.word.map.resize(self.word.value.len(), span);
        self.at += length;
    }

    fn next(&mut self) -> Result<(), Refused> {
        let Some(char) = self.rest().chars().next() else { return Ok(()) };
        match (char, self.quote) {
            ('$', Some('\'')) if self.clip.is_unknown(self.at) => return self.dollar(),
            (_, Some('\'')) if self.by == Reader::Shell && char != '\'' => self.literal(char),
            (it, Some(open)) if it == open => {
                self.quote = None;
                self.at += 1;
            }
            ('\'' | '"', None) if self.by != Reader::Line => {
                self.quote = Some(char);
                self.at += 1;
            }
            ('\\', _) => return self.escape(),
            ('$', _) => return self.dollar(),
            ('%', _) if self.by != Reader::Shell => self.specifier(),
            ('`', _) if self.by == Reader::Shell => return self.backquoted(),
            ('*' | '?', None) if self.by == Reader::Shell => {
                self.word.splits = true;
                self.say(&format!("${{{NAMELESS}}}"), 1);
            }
            ('{', None) if self.by == Reader::Shell && self.is_brace_expansion() => {
                return Err(self.refuse(
                    self.at,
                    "braces that the shell makes several words of: write them out",
                ));
            }
            ('<' | '>', None) if self.by == Reader::Shell => {
                return Err(self.refuse(
                    self.at,
                    "a file that the shell makes of a command: write it in a line of its own",
                ));
            }
            _ => self.literal(char),
        }
        Ok(())
    }

    fn literal(&mut self, char: char) {
        match char {
            '$' => self.say("$$", 1),
            _ => self.say(&char.to_string(), char.len_utf8()),
        }
    }

    fn escape(&mut self) -> Result<(), Refused> {
        let Some(char) = self.rest().chars().nth(1) else {
            return Err(self.refuse(self.at, "a backslash with nothing behind it"));
        };
        let quoted = self.quote == Some('"');
        if char == '\n' && self.by == Reader::Shell && !quoted {
            return Err(self.refuse(self.at, "a word goes over a line: write it on one"));
        }
        if char == '\n' {
            self.at += 2;
            return Ok(());
        }
        let stays = match self.by {
            Reader::Shell => quoted && !matches!(char, '$' | '`' | '"' | '\\'),
            Reader::Systemd if matches!(char, '"' | '\'' | '\\') => false,
            Reader::Systemd | Reader::Line => {
                return Err(
                    self.refuse(self.at, "an escape of systemd: write the character itself")
                );
            }
        };
        match (stays, char) {
            (true, _) => self.literal('\\'),
            (false, '$') => self.say("$$", 2),
            (false, _) => self.say(&char.to_string(), 1 + char.len_utf8()),
        }
        Ok(())
    }

    /// `%i` and the like, which systemd fills in.
    fn specifier(&mut self) {
        match self.rest().chars().nth(1) {
            Some('%') => self.say("%", 2),
            Some(it) if it.is_ascii_alphabetic() => {
                self.say(&format!("${{SPECIFIER_{it}}}"), 2);
            }
            _ => self.say("%", 1),
        }
    }

    fn dollar(&mut self) -> Result<(), Refused> {
        let rest = self.rest();
        let name =
            rest[1..].chars().take_while(|it| it.is_ascii_alphanumeric() || *it == '_').count();
        let unquoted = self.quote.is_none();
        match rest[1..].chars().next() {
            Some('$') if self.by != Reader::Shell => self.say("$$", 2),
            Some('{') => {
                let inner = closing(&rest[1..], ('{', '}')).map(|it| rest[2..=it].to_owned());
                let Some(inner) = inner else {
                    return Err(self.refuse(self.at, "a brace that is not closed"));
                };
                self.word.is_many |= inner.contains("[@]") || inner.contains("[*]") || inner == "@";
                self.word.splits |= unquoted && self.by == Reader::Shell;
                self.say(&variable(&inner), inner.len() + 3);
            }
            Some('(') if self.by == Reader::Shell => {
                let Some(last) = closing(&rest[1..], ('(', ')')) else {
                    return Err(self.refuse(self.at, "a bracket that is not closed"));
                };
                self.word.splits |= unquoted;
                let name = if rest[2..=last].trim() == "pwd" { "PWD" } else { NAMELESS };
                self.say(&format!("${{{name}}}"), last + 2);
            }
            Some('@' | '*') if self.by == Reader::Shell => {
                self.word.is_many = true;
                self.say(&format!("${{{NAMELESS}}}"), 2);
            }
            Some('#' | '?' | '!' | '$' | '-') if self.by == Reader::Shell => {
                self.word.splits |= unquoted;
                self.say(&format!("${{{NAMELESS}}}"), 2);
            }
            Some('\'' | '"') if self.by == Reader::Shell && unquoted => {
                return Err(
                    self.refuse(self.at, "a quote with `$` before it: write it in plain quotes")
                );
            }
            Some(it) if it.is_ascii_alphabetic() || it == '_' => {
                self.word.splits |= unquoted;
                let value = format!("${{{}}}", &rest[1..=name]);
                self.say(&value, 1 + name);
            }
            Some(it) if it.is_ascii_digit() && self.by == Reader::Shell => {
                self.word.splits |= unquoted;
                self.say(&format!("${{ARGUMENT_{it}}}"), 2);
            }
            _ => self.say("$$", 1),
        }
        Ok(())
    }

    fn backquoted(&mut self) -> Result<(), Refused> {
        let Some(last) = self.rest()[1..].find('`') else {
            return Err(self.refuse(self.at, "a backquote that is not closed"));
        };
        self.word.splits |= self.quote.is_none();
        let name = if self.rest()[1..=last].trim() == "pwd" { "PWD" } else { NAMELESS };
        self.say(&format!("${{{name}}}"), last + 2);
        Ok(())
    }

    fn is_brace_expansion(&self) -> bool {
        let inner = closing(self.rest(), ('{', '}')).map(|it| &self.rest()[1..it]);
        inner.is_some_and(|it| it.contains(',') || it.contains(".."))
    }
}

/// Where the bracket that a text begins with is closed; quotes inside count.
fn closing(text: &str, (open, close): (char, char)) -> Option<usize> {
    let (mut depth, mut quote) = (0, None);
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match (char, quote) {
            ('\\', Some('"') | None) => drop(chars.next()),
            (it, Some(open)) if it == open => quote = None,
            (_, Some(_)) => (),
            ('\'' | '"', None) => quote = Some(char),
            (it, None) if it == open => depth += 1,
            (it, None) if it == close => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => (),
        }
    }
    None
}

/// A variable as Compose writes it; a default stays where it is plain text.
fn variable(inner: &str) -> String {
    let is_name = |it: &str| {
        !it.starts_with(|it: char| it.is_ascii_digit())
            && !it.is_empty()
            && it.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
    };
    let is_plain =
        |it: &str| it.chars().all(|it| it.is_ascii_alphanumeric() || "._-/:@".contains(it));
    match inner.split_once(":-") {
        _ if is_name(inner) => format!("${{{inner}}}"),
        Some((name, default)) if is_name(name) && is_plain(default) => format!("${{{inner}}}"),
        _ => format!("${{{NAMELESS}}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, by: Reader) -> Result<Word, Refused> {
        word(&Clip::whole(text), (0, text.len()), by)
    }

    #[test]
    fn quotes_and_variables_are_read_as_a_shell_does() {
        #[track_caller]
        fn check(text: &str, value: &str) {
            assert_eq!(read(text, Reader::Shell).unwrap().value, value);
        }
        check("/a:/b", "/a:/b");
        check("'/a b':/c", "/a b:/c");
        check("\"/a $X\"", "/a ${X}");
        check("'$X'", "$$X");
        check("\\$X", "$$X");
        check("a\\ b", "a b");
        check("\"a\\nb\"", "a\\nb");
        check("$PWD/x", "${PWD}/x");
        check("${A:-1.2}", "${A:-1.2}");
        check("${A:-$B}", "${EXPRESSION}");
        check("$(id -u):$(id -g)", "${EXPRESSION}:${EXPRESSION}");
        check("`pwd`/x", "${PWD}/x");
        check("$(pwd)/x", "${PWD}/x");
        check("a$", "a$$");
        check("{{.Name}}", "{{.Name}}");
        check("\"a\\\nb\"", "ab");
    }

    #[test]
    fn what_may_be_several_words_is_told_or_refused() {
        let shell = |it: &str| read(it, Reader::Shell);
        assert!(shell("$X").unwrap().splits);
        assert!(!shell("\"$X\"").unwrap().splits);
        assert!(shell("\"${a[@]}\"").unwrap().is_many);
        assert!(shell("\"$@\"").unwrap().is_many);
        assert!(shell("-v{a,b}").is_err());
        assert!(shell("'a").is_err());
        assert!(shell("a\\\nb").is_err());
        assert!(shell("<(x)").is_err());
    }

    #[test]
    fn systemd_has_specifiers_and_no_commands() {
        let systemd = |it: &str| read(it, Reader::Systemd).unwrap().value;
        assert_eq!(systemd("/srv/%i:/x"), "/srv/${SPECIFIER_i}:/x");
        assert_eq!(systemd("50%%"), "50%");
        assert_eq!(systemd("$$X"), "$$X");
        assert_eq!(systemd("'a b'"), "a b");
        assert_eq!(systemd("'${X}'"), "${X}");
    }

    #[test]
    fn each_byte_knows_what_says_it() {
        let word = read("\"$X\":/b", Reader::Shell).unwrap();
        assert_eq!((word.value.as_str(), word.map[0]), ("${X}:/b", Span { start: 1, end: 3 }));
        assert_eq!(word.map[4], Span { start: 4, end: 5 });
    }
}
