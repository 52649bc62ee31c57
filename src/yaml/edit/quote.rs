//! When text needs quotes: it must mean the same under YAML 1.1 and 1.2.

use crate::yaml::Written;

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    /// Without quotes where that is safe.
    Plain,
    /// In `'`.
    Single,
    /// In `"`.
    Double,
}

/// What surrounds a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Around {
    /// Block style.
    Block,
    /// Brackets or braces.
    Flow,
}

/// A string as wished for, or in the given quotes where that is not possible.
pub(super) fn written(text: &str, wish: Quote, needed: Quote, around: Around) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write(&mut out, text, wish, needed, around);
    out
}

/// Appends a string as wished for, or in the given quotes where that is not possible.
pub(super) fn write(out: &mut String, text: &str, wish: Quote, needed: Quote, around: Around) {
    match wish {
        Quote::Plain if is_plain(text, around) && !resolves(text) => out.push_str(text),
        Quote::Plain if needed == Quote::Plain => quote(out, text, Quote::Double),
        Quote::Plain => quote(out, text, needed),
        Quote::Single | Quote::Double => quote(out, text, wish),
    }
}

/// A scalar of somewhere else: its own bytes where they mean the same here, else its text in quotes.
pub(super) fn again(out: &mut String, scalar: &Written, around: Around) {
    if let Some(tag) = &scalar.tag {
        out.push_str(tag);
        if !scalar.raw.is_empty() || around == Around::Flow {
            out.push(' ');
        }
    }
    let text = scalar.text.as_str();
    if scalar.plain && stays_plain(text, around) {
        out.push_str(text);
    } else if !scalar.plain && scalar.is_one_line() {
        out.push_str(&scalar.raw);
    } else {
        quote(out, text, Quote::Double);
    }
}

/// Whether text that was plain somewhere is so here: lines of it are joined, brackets are in the way of some, and a colon at
/// the end and a dash alone are only plain in a key.
fn stays_plain(text: &str, around: Around) -> bool {
    let flow = |it: char| matches!(it, ',' | '[' | ']' | '{' | '}');
    let free = || !text.contains(flow) && !text.starts_with(['?', ':']);
    let is_indicator = matches!(text, "-" | "?" | ":");
    !text.contains('\n')
        && !text.ends_with(':')
        && !is_indicator
        && (around == Around::Block || free())
}

/// A string under `!!str`, where only the syntax asks for quotes.
pub(super) fn write_tagged(text: &str, wish: Quote, needed: Quote, around: Around) -> String {
    if wish == Quote::Plain && is_plain(text, around) {
        return text.to_owned();
    }
    written(text, wish, needed, around)
}

fn quote(out: &mut String, text: &str, quote: Quote) {
    if quote == Quote::Single && text.chars().all(is_printable) {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        return out.push('\'');
    }
    out.push('"');
    for it in text.chars() {
        match it {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            it if is_printable(it) => out.push(it),
            it => out.push_str(&format!("\\u{:04x}", it as u32)),
        }
    }
    out.push('"');
}

fn is_printable(it: char) -> bool {
    let odd = matches!(it, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    !it.is_control() && !odd
}

/// Whether text is a plain scalar as far as syntax goes.
fn is_plain(text: &str, around: Around) -> bool {
    is_simple(text) || is_plain_by_rule(text, around)
}

/// Most of what is written: a letter or a slash, then nothing that any indicator is made of.
fn is_simple(text: &str) -> bool {
    let mut bytes = text.bytes();
    let word =
        |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.' | b'/' | b'=');
    bytes.next().is_some_and(|it| it.is_ascii_alphabetic() || it == b'/') && bytes.all(word)
}

fn is_plain_by_rule(text: &str, around: Around) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return false };
    let second = chars.next();
    let starts = match first {
        '-' => second.is_some_and(|it| it.is_alphanumeric() || matches!(it, '-' | '_' | '.' | '/')),
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
        | '@' | '`' | '?' | ':' | '=' => false,
        _ => true,
    };
    let flow = |it: char| matches!(it, ',' | '[' | ']' | '{' | '}');
    starts
        && text.trim() == text
        && text.chars().all(is_printable)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.contains("{{")
        && !(around == Around::Flow && text.contains(flow))
}

/// Whether plain text is something else than a string to some reader.
pub(in crate::yaml) fn resolves(text: &str) -> bool {
    let first = text.bytes().next().unwrap_or(b' ').to_ascii_lowercase();
    match first {
        b'0'..=b'9' | b'.' | b'+' | b'-' => (),
        b'y' | b'n' | b'o' | b't' | b'f' | b'~' | b'<' | b'=' if text.len() <= 5 => (),
        _ => return false,
    }
    let word = text.to_ascii_lowercase();
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "<<", "="];
    if words.contains(&word.as_str()) {
        return true;
    }
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(&word);
    if matches!(unsigned, ".inf" | ".nan") {
        return true;
    }
    // Numbers with any base, digits grouped or in base 60, floats, and dates.
    let numeric =
        |it: u8| it.is_ascii_digit() || matches!(it, b'_' | b':' | b'.' | b'+' | b'-' | b'e');
    let based = ["0x", "0o", "0b"].iter().find_map(|it| unsigned.strip_prefix(it));
    let date = unsigned.len() >= 8
        && unsigned.bytes().take(4).all(|it| it.is_ascii_digit())
        && unsigned.as_bytes()[4] == b'-'
        && unsigned.as_bytes()[5].is_ascii_digit();
    let begins = unsigned.starts_with(|it: char| it.is_ascii_digit() || it == '.')
        && unsigned.contains(|it: char| it.is_ascii_digit());
    begins && (unsigned.bytes().all(numeric) || date)
        || based.is_some_and(|it| it.bytes().all(|it| it.is_ascii_hexdigit() || it == b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Data, Tree};

    #[track_caller]
    fn check(text: &str, around: Around, expected: &str) {
        assert_eq!(written(text, Quote::Plain, Quote::Double, around), expected);
    }

    #[test]
    fn safe_text_stays_plain() {
        let safe = [
            "ALL",
            "/tmp",
            "no-new-privileges:true",
            "/tmp:mode=1777",
            "64M",
            "nginx:1.27",
            "-f",
            "${A:-b}",
            ".",
            "./x",
            "a b",
            "größe ✓",
            "it's",
            "sha256:0abc",
        ];
        for text in safe {
            check(text, Around::Block, text);
        }
        let mount = "/var/cache/nginx:uid=101,gid=101,mode=0755";
        check(mount, Around::Block, mount);
        check(mount, Around::Flow, &format!("\"{mount}\""));
    }

    #[test]
    fn an_indicator_that_was_a_key_is_no_value() {
        let tree = Tree::parse("-: a\n'x': b\n").unwrap();
        let root = tree.documents().next().unwrap();
        let (key, _) = root.pairs().next().unwrap();
        assert_eq!(key.value(), Some("-"));
        let Some(Data::Written(it)) = Data::copied(key) else { panic!("a scalar") };
        for around in [Around::Block, Around::Flow] {
            let mut out = String::new();
            again(&mut out, &it, around);
            assert_eq!(out, "\"-\"");
        }
    }

    #[test]
    fn text_that_could_be_read_otherwise_is_quoted() {
        for text in [
            "",
            "10001:10001",
            "22:22",
            "1000",
            "1_000",
            "0x1F",
            "0o7",
            "1e3",
            "1.5",
            ".5",
            "yes",
            "No",
            "y",
            "~",
            "null",
            "<<",
            "=",
            "2001-01-01",
            "2001-01-01 10:00",
            "- a",
            "?x",
            ":x",
            "*x",
            "&x",
            "!x",
            "a: b",
            "a #b",
            "a:",
            " a",
            "a ",
            "@x",
            "%x",
            "---",
            "-",
            "{{ x }}",
            ".inf",
            "0b11",
            "+1",
            "-1",
            "12e03",
        ] {
            check(text, Around::Block, &format!("\"{text}\""));
        }
        check("a\n\"b\"\\\u{85}\u{7f}", Around::Block, "\"a\\n\\\"b\\\"\\\\\\u0085\\u007f\"");
        assert_eq!(written("it's", Quote::Single, Quote::Double, Around::Block), "'it''s'");
        assert_eq!(written("a\nb", Quote::Single, Quote::Double, Around::Block), "\"a\\nb\"");
    }
}
