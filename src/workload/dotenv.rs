//! The syntax of `.env` files, as Docker Compose's own reader has it.

use std::borrow::Cow;

/// One variable that a file sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment<'t> {
    /// Its name.
    pub name: &'t str,
    /// The line it stands in, from 1.
    pub line: usize,
    /// What it is set to.
    pub value: Written<'t>,
}

/// A value as a file gives it, quotes and escapes read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written<'t> {
    /// Only the name stands there: the shell's value is handed on.
    HandedOn,
    /// Text in which `$` means nothing.
    Literal(Cow<'t, str>),
    /// Text in which variables are read.
    Template(Cow<'t, str>),
}

/// A line at which Compose stops and refuses the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

/// The variables of a file in order, up to the first line that cannot be read.
pub fn assignments(text: &str) -> (Vec<Assignment<'_>>, Option<Misread>) {
    let mut found = Vec::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    while let Some(start) = statement(rest) {
        line += newlines(&rest[..rest.len() - start.len()]);
        let (name, after) = match name(start) {
            Ok(it) => it,
            Err(message) => return (found, Some(Misread { line, message })),
        };
        let (value, left) = match after {
            After::Nothing(left) => (Written::HandedOn, left),
            After::Value(text) => match value(text) {
                Some(it) => it,
                None => {
                    let message = format!("the quotes around {name} are not closed");
                    return (found, Some(Misread { line, message }));
                }
            },
        };
        if !name.is_empty() {
            found.push(Assignment { name, line, value });
        }
        line += newlines(&start[..start.len() - left.len()]);
        rest = left;
    }
    (found, None)
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|it| *it == b'\n').count()
}

/// The text from the next name on; comments and blank lines are passed over.
fn statement(text: &str) -> Option<&str> {
    let mut rest = text.trim_start();
    while rest.starts_with('#') {
        rest = rest[rest.find('\n')?..].trim_start();
    }
    (!rest.is_empty()).then_some(rest)
}

/// What follows a name.
enum After<'t> {
    /// The next line.
    Nothing(&'t str),
    /// Its value.
    Value(&'t str),
}

fn name(text: &str) -> Result<(&str, After<'_>), String> {
    let exported = text.strip_prefix("export").filter(|it| it.starts_with(char::is_whitespace));
    let text = exported.map_or(text, |it| it.trim_start_matches(is_blank));
    for (at, c) in text.char_indices() {
        match c {
            '=' | ':' | '\n' => {
                let name = text[..at].trim_end();
                if name.contains(' ') {
                    return Err(format!("the name `{name}` holds a space"));
                }
                let left = text[at + 1..].trim_start_matches(is_blank);
                let after = if c == '\n' { After::Nothing(left) } else { After::Value(left) };
                return Ok((name, after));
            }
            '_' | '.' | '-' | '[' | ']' => (),
            _ if is_blank(c) || c.is_alphanumeric() => (),
            _ => return Err(format!("`{c}` cannot stand in the name of a variable")),
        }
    }
    // A name at the very end of a file sets nothing.
    Ok(("", After::Nothing("")))
}

fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

/// A value and what follows it; nothing when its quotes are not closed.
fn value(text: &str) -> Option<(Written<'_>, &str)> {
    match text.as_bytes().first() {
        Some(b'\'') => {
            let (inner, left) = quoted(text, '\'')?;
            Some((Written::Literal(inner.into()), left))
        }
        Some(b'"') => {
            let (inner, left) = quoted(text, '"')?;
            Some((Written::Template(unescaped(&inner).into()), left))
        }
        _ => {
            let (line, left) = text.split_once('\n').unwrap_or((text, ""));
            let value = line.split_once(" #").map_or(line, |it| it.0).trim_end();
            Some((Written::Template(value.into()), left))
        }
    }
}

/// What stands between quotes, in which only the quote itself is escaped.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return Some((out, &text[at + 1..]));
        }
        if c == '\\' && !escaped {
            escaped = true;
            continue;
        }
        if escaped && c != quote {
            out.push('\\');
        }
        escaped = false;
        out.push(c);
    }
    None
}

/// The escapes of double quotes; a dollar that is escaped stays one when variables are read.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let one = |c: char| (c.to_string(), 1);
        let (piece, used) = match tail.as_bytes().first() {
            Some(b'a') => one('\u{7}'),
            Some(b'b') => one('\u{8}'),
            Some(b'f') => one('\u{c}'),
            Some(b'n') => one('\n'),
            Some(b'r') => one('\r'),
            Some(b't') => one('\t'),
            Some(b'v') => one('\u{b}'),
            Some(b'$') => ("$$".to_owned(), 1),
            Some(b'"') => one('"'),
            Some(b'\\') => one('\\'),
            Some(b'0') => octal(&tail[1..]),
            _ => ("\\".to_owned(), 0),
        };
        out.push_str(&piece);
        rest = &tail[used..];
    }
    out.push_str(rest);
    out
}

/// `\0` with up to three digits; other than three octal ones Compose leaves standing without the zero.
fn octal(digits: &str) -> (String, usize) {
    let count = digits.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let digits = &digits[..count];
    let value = u8::from_str_radix(digits, 8).ok().filter(|_| count == 3);
    let text = value.map_or_else(|| format!("\\{digits}"), |it| char::from(it).to_string());
    (text, count + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, usize, &str)]) {
        let (found, misread) = assignments(text);
        let said = |it: &Assignment<'_>| match &it.value {
            Written::HandedOn => "(handed on)".to_owned(),
            Written::Literal(value) => format!("'{value}'"),
            Written::Template(value) => value.to_string(),
        };
        let found: Vec<_> = found.iter().map(|it| (it.name, it.line, said(it))).collect();
        let found: Vec<_> = found.iter().map(|it| (it.0, it.1, it.2.as_str())).collect();
        assert_eq!(found, expected, "{text:?}");
        assert_eq!(misread, None, "{text:?}");
    }

    #[test]
    fn lines_are_read_as_compose_does() {
        check("A=1\nB = two words \n", &[("A", 1, "1"), ("B", 2, "two words")]);
        check("\n# c\n\nexport A=1 # no\n", &[("A", 4, "1")]);
        check("A=#x\nB=a#b\nC= #y", &[("A", 1, "#x"), ("B", 2, "a#b"), ("C", 3, "#y")]);
        check("A: yes\r\nB='x' # c\r\n", &[("A", 1, "yes"), ("B", 2, "'x'")]);
        check("A=\nB=1", &[("A", 1, ""), ("B", 2, "1")]);
        check("A\nB=1", &[("A", 1, "(handed on)"), ("B", 2, "1")]);
        check("A=\"one\ntwo\"\nB=1", &[("A", 1, "one\ntwo"), ("B", 3, "1")]);
        check("A=\"x\"B=2", &[("A", 1, "x"), ("B", 1, "2")]);
        check("\u{feff}A=1", &[("A", 1, "1")]);
        check("A=1\nB", &[("A", 1, "1")]);
        check("", &[]);
        check("#", &[]);
    }

    #[test]
    fn quotes_escape_as_in_compose() {
        check(r#"A="a\"b\n\$C\q""#, &[("A", 1, "a\"b\n$$C\\q")]);
        check(r"A='it\'s \n $B'", &[("A", 1, r"'it's \n $B'")]);
        check(r#"A="\\""#, &[("A", 1, r"\")]);
        check(r#"A="\0101\012\0""#, &[("A", 1, r"A\12\")]);
    }

    #[test]
    fn what_compose_refuses_is_said_with_its_line() {
        let line = |text| assignments(text).1.map(|it| it.line);
        assert_eq!(line("A=1\n\nB C=2\n"), Some(3));
        assert_eq!(line("A=1\n{x}=2\n"), Some(2));
        assert_eq!(line("A=\"x\n\n"), Some(1));
        assert_eq!(assignments("A=1\n{x}=2\n").0.len(), 1);
    }
}
