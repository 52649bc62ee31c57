//! Scalars as the API server's clients read them: YAML 1.1 in go-yaml's way, then JSON, then a field of a type.

use crate::yaml::{Node, Style};

/// What a scalar is sent as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sent<'t> {
    /// Nothing is said.
    Null,
    /// A boolean; YAML 1.1 has twenty-two spellings.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number, and whole ones that are written with a point or an exponent.
    Float(f64),
    /// Text.
    Text(&'t str),
    /// A tag and a text that do not fit: no reader takes the file.
    Refused,
}

/// What a scalar is sent as; nothing for collections.
pub fn sent(node: Node<'_>) -> Option<Sent<'_>> {
    let node = node.resolve();
    let text = node.value()?;
    let Some(tag) = node.tag() else {
        return Some(if node.style() == Style::Plain { resolve(text) } else { Sent::Text(text) });
    };
    let long = |it: &'_ str| it.starts_with("!<tag:yaml.org,2002:") && it.ends_with('>');
    let name = match tag.strip_prefix("!!") {
        Some(name) => name,
        None if long(tag) => &tag["!<tag:yaml.org,2002:".len()..tag.len() - 1],
        None => "",
    };
    // A tag counts in quotes too, and octal is octal under !!float.
    Some(match (name, resolve(text)) {
        ("bool", it @ Sent::Bool(_))
        | ("int", it @ Sent::Int(_))
        | ("float", it @ (Sent::Float(_) | Sent::Int(_)))
        | ("null", it @ Sent::Null) => it,
        ("bool" | "int" | "float" | "null", _) => Sent::Refused,
        _ => Sent::Text(text),
    })
}

/// Whether a scalar says nothing.
pub fn is_null(node: Node<'_>) -> bool {
    sent(node) == Some(Sent::Null)
}

/// What a boolean field reads; nothing where the API server refuses it.
pub fn boolean(node: Node<'_>) -> Option<bool> {
    match sent(node)? {
        Sent::Bool(it) => Some(it),
        Sent::Null | Sent::Int(_) | Sent::Float(_) | Sent::Text(_) | Sent::Refused => None,
    }
}

/// What a field for whole numbers reads; nothing where the API server refuses it.
pub fn integer(node: Node<'_>) -> Option<i64> {
    match sent(node)? {
        Sent::Int(it) => Some(it),
        Sent::Float(it) => whole(it),
        Sent::Null | Sent::Bool(_) | Sent::Text(_) | Sent::Refused => None,
    }
}

/// The number that a float's JSON is to a field for whole numbers.
pub fn whole(number: f64) -> Option<i64> {
    // JSON has no trailing zeros, so that 1e3 is 1000 there.
    let text = format!("{number}");
    if text == "-0" { Some(0) } else { text.parse().ok() }
}

/// The meaning of a plain scalar.
fn resolve(text: &str) -> Sent<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Sent::Null,
        "true" | "True" | "TRUE" | "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
            return Sent::Bool(true);
        }
        "false" | "False" | "FALSE" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return Sent::Bool(false);
        }
        _ => (),
    }
    let number = match text.as_bytes()[0] {
        b'0'..=b'9' | b'+' | b'-' => number(&text.replace('_', "")),
        b'.' => float(text),
        _ => None,
    };
    number.unwrap_or(Sent::Text(text))
}

/// A number without underscores.
fn number(text: &str) -> Option<Sent<'static>> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let of = |radix, digits: &str| {
        let fine = !digits.is_empty() && digits.bytes().all(|it| char::from(it).is_digit(radix));
        let sign = if text.starts_with('-') { "-" } else { "" };
        let number = i128::from_str_radix(&format!("{sign}{digits}"), radix).ok()?;
        fine.then_some(number)
    };
    let based = |start: &[&str]| start.iter().find_map(|it| unsigned.strip_prefix(it));
    let number = if let Some(digits) = based(&["0x", "0X"]) {
        of(16, digits)
    } else if let Some(digits) = based(&["0b", "0B"]) {
        of(2, digits)
    } else if let Some(digits) = based(&["0o", "0O"]) {
        of(8, digits)
    } else {
        // What is no octal, as 08, is a float.
        of(if unsigned.starts_with('0') { 8 } else { 10 }, unsigned)
    };
    match number.map(i64::try_from) {
        Some(Ok(number)) => Some(Sent::Int(number)),
        Some(Err(_)) | None => float(text),
    }
}

/// A float without underscores, in digits: hexadecimal ones and those out of range are text.
fn float(text: &str) -> Option<Sent<'static>> {
    let digits = |it: &u8| it.is_ascii_digit() || matches!(it, b'.' | b'e' | b'E' | b'+' | b'-');
    if !text.bytes().all(|it| digits(&it)) || !text.bytes().any(|it| it.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|it: &f64| it.is_finite()).map(Sent::Float)
}
