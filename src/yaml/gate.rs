//! The gate: what YAML readers are known to read differently is never edited, and some not read.

use super::error::{ParseError, Problem};
use super::lines::{BOM, Lines, position_in_bytes};

/// Reads bytes as UTF-8 text, the only encoding that is edited.
///
/// # Errors
/// UTF-16 and UTF-32 are named in the message; other bytes give the first that is not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, ParseError> {
    let refuse = |message: &str, offset| ParseError {
        problem: Problem::Encoding,
        message: message.to_owned(),
        offset,
        position: position_in_bytes(bytes, offset),
    };
    if let Some(name) = foreign_encoding(bytes) {
        return Err(refuse(&format!("the text is {name}, only UTF-8 is edited"), 0));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        refuse(&format!("byte {at} (0x{:02x}) is not UTF-8", bytes[at]), at)
    })
}

/// The name of the UTF-16 or UTF-32 encoding that a byte order mark or zero bytes give away.
fn foreign_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [1..=0x7f, 0, 0, 0, ..] => Some("UTF-32 (little endian)"),
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, 1..=0x7f, ..] => Some("UTF-32 (big endian)"),
        [0xff, 0xfe, ..] | [1..=0x7f, 0, 1..=0x7f, 0, ..] => Some("UTF-16 (little endian)"),
        [0xfe, 0xff, ..] | [0, 1..=0x7f, 0, 1..=0x7f, ..] => Some("UTF-16 (big endian)"),
        _ => None,
    }
}

/// The first NUL byte: yaml-rust2 takes it for the end, so that the rest would be invisible.
pub(super) fn nul(text: &str, lines: &Lines) -> Result<(), ParseError> {
    match memchr::memchr(0, text.as_bytes()) {
        Some(offset) => Err(character(text, lines, offset, '\0')),
        None => Ok(()),
    }
}

/// How many bytes are looked at together.
const STRETCH: usize = 64;

/// Whether bytes are printable ASCII, tabs and line feeds: eight at a time, without a way out.
fn is_plain(bytes: &[u8; STRETCH]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x80 * ONES;
    // The top bit of each byte below 0x80 that is smaller.
    let below = |word: u64, than: u64| !((word | TOPS) - than * ONES) & TOPS;
    let is = |word: u64, byte: u64| below(word ^ (byte * ONES), 1);
    let odd = |word: u64| {
        let control = below(word, 0x20) & !is(word, 0x09) & !is(word, 0x0a);
        word & TOPS | control | is(word, 0x7f)
    };
    let (eights, _) = bytes.as_chunks();
    eights.iter().fold(0, |all, it| all | odd(u64::from_le_bytes(*it))) == 0
}

/// The first character that YAML readers treat differently.
pub(super) fn ambiguous_character(text: &str, lines: &Lines) -> Option<ParseError> {
    let bytes = text.as_bytes();
    let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let suspect = |at: &usize| match bytes[*at] {
        b'\t' | b'\n' | 0x20..=0x7e => false,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        // The leads of C1 controls, of U+2028/9, and of U+FEFF and the noncharacters.
        0xc2 => bytes[at + 1] < 0xa0,
        0xe2 => matches!(bytes[at + 1..], [0x80, 0xa8 | 0xa9, ..]),
        0xef => matches!(bytes[at + 1..], [0xbb, 0xbf, ..] | [0xbf, 0xbe | 0xbf, ..]),
        byte => byte < 0x20 || byte == 0x7f,
    };
    // Most text is plain, and a whole stretch of it is looked at in one go.
    let stretches = (start..bytes.len()).step_by(STRETCH);
    let odd = stretches.filter(|at| !bytes[*at..].first_chunk().is_some_and(is_plain));
    let found = odd.flat_map(|at| at..bytes.len().min(at + STRETCH)).find(suspect)?;
    let first = text[found..].chars().next().unwrap_or('\0');
    Some(character(text, lines, found, first))
}

fn character(text: &str, lines: &Lines, offset: usize, found: char) -> ParseError {
    let name = match found {
        '\0' => "a NUL byte".to_owned(),
        '\r' => "a carriage return without a line feed".to_owned(),
        '\u{feff}' => "a byte order mark in the middle".to_owned(),
        '\u{85}' | '\u{2028}' | '\u{2029}' => {
            format!("U+{:04X}, a line break to some YAML readers", found as u32)
        }
        other => format!("the character U+{:04X}", other as u32),
    };
    ParseError {
        problem: Problem::AmbiguousCharacter,
        message: format!("{name} is read differently by different programs"),
        offset,
        position: lines.position(offset, text),
    }
}

/// Whether a text that does not parse looks like a Helm or Jinja template: braces stand where a line or a value starts.
pub(super) fn looks_like_template(text: &str) -> bool {
    text.lines().any(|line| {
        let brace = line.find("{{").or_else(|| line.find("{%"));
        brace.is_some_and(|brace| {
            let before = line[..brace].trim_end();
            before.is_empty() || before.ends_with([':', '-'])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_bytes(bytes: &[u8], message: &str) {
        let error = decode(bytes).unwrap_err();
        assert_eq!((error.problem, error.message.as_str()), (Problem::Encoding, message));
    }

    #[test]
    fn only_utf8_passes() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let little = "the text is UTF-16 (little endian), only UTF-8 is edited";
        check_bytes(&utf16("\u{feff}a: 1\n"), little);
        check_bytes(&utf16("a: 1\n"), little);
        check_bytes(b"a: \xe9\n", "byte 3 (0xe9) is not UTF-8");
        assert_eq!(decode("a: é".as_bytes()).unwrap(), "a: é");
        assert_eq!(decode(b"a\0b").unwrap(), "a\0b");
    }

    #[test]
    fn a_stretch_is_plain_if_each_of_its_bytes_is() {
        for byte in 0..=u8::MAX {
            let is_plain_byte = matches!(byte, b'\t' | b'\n' | 0x20..=0x7e);
            for at in 0..STRETCH {
                for beside in [b' ', b'\n', b'~'] {
                    let mut bytes = [beside; STRETCH];
                    bytes[at] = byte;
                    assert_eq!(is_plain(&bytes), is_plain_byte, "{byte:#x} at {at}");
                }
            }
        }
    }

    #[test]
    fn ambiguous_characters_are_found_and_others_pass() {
        let find = |text: &str| ambiguous_character(text, &Lines::new(text)).map(|it| it.offset);
        for bad in ["\u{85}", "\u{2028}", "\u{2029}", "\u{feff}", "\u{fffe}", "\x07", "\x7f", "\r"]
        {
            assert_eq!(find(&format!("# é {bad}x")), Some(5), "{bad:?}");
        }
        assert_eq!(find("\u{feff}a: \u{a0}\u{3000}\u{200b}😀\r\n\tx…"), None);
    }
}
