//! Characters in two escapes (`"\ud83d\ude00"`), as JSON has them beyond U+FFFF: readers of YAML refuse them, and those
//! of Kubernetes read a text that is JSON throughout as JSON.

use serde::de::IgnoredAny;

use super::ambiguous::Ambiguity;
use super::events::Builder;
use super::tree::{Kind, Style, Tree};

/// How long the two escapes are.
const PAIR: usize = 12;

/// What stands for two escapes where a reader of YAML is asked: it is as long, and valid.
const OTHER: &[u8; PAIR] = br"\ue000\ue000";

/// A text that is JSON with other characters in place of those in two escapes; nothing where there are none, or the text
/// is no JSON.
pub(super) fn without_pairs(text: &str) -> Option<String> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let pairs = pairs(text);
    if pairs.is_empty() || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for at in pairs {
        bytes[at..at + PAIR].copy_from_slice(OTHER);
    }
    String::from_utf8(bytes).ok()
}

/// Gives the scalars of a text that is JSON the characters that their escapes stand for.
pub(super) fn put_back(built: &mut Builder<'_>) {
    for node in built.nodes.iter().filter(|it| it.style == Style::DoubleQuoted) {
        let raw = &built.cursor.text[node.start as usize..node.end as usize];
        let pooled = built.pool.get_mut(node.text as usize).filter(|_| !pairs(raw).is_empty());
        if let Some((pooled, text)) = pooled.zip(serde_json::from_str::<String>(raw).ok()) {
            *pooled = text.into();
        }
    }
}

/// Where two escapes of a text stand for one character.
fn pairs(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let code = |at: usize| {
        let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(step) = memchr::memchr(b'\\', &bytes[at..]) {
        at += step;
        let first = code(at).is_some_and(|it| (0xd800..0xdc00).contains(&it));
        let second = first && code(at + 6).is_some_and(|it| (0xdc00..0xe000).contains(&it));
        if second {
            found.push(at);
        }
        at = (at + if second { PAIR } else { 2 }).min(bytes.len());
    }
    found
}

/// The first scalar that only readers of JSON can read.
#[must_use]
pub fn only_json(tree: &Tree) -> Option<Ambiguity> {
    if !tree.text().contains("\\ud") && !tree.text().contains("\\uD") {
        return None;
    }
    let mut open: Vec<_> = tree.documents().collect();
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        if node.kind() == Kind::Scalar
            && node.style() == Style::DoubleQuoted
            && !pairs(node.raw()).is_empty()
        {
            found.push(node.span());
        }
        open.extend(node.children());
    }
    let span = found.into_iter().min_by_key(|it| it.start)?;
    let message =
        "a character in two escapes is read in JSON alone: write the character itself".to_owned();
    Some(Ambiguity { span, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_with_characters_in_two_escapes() {
        let text = r#"{"a\ud83d\ude00": "x\uD83D\uDE00\\ud83d\ude00\u00e9", "b": "\\ud83d"}"#;
        assert!(Tree::parse(text).is_err(), "half of one");
        let text = text.replace(r"\\ud83d\ude00", r"\\ud83d");
        let tree = Tree::parse(text.as_str()).unwrap();
        let root = tree.documents().next().unwrap();
        assert_eq!(root.get("a😀").and_then(|it| it.value()), Some("x😀\\ud83dé"));
        assert_eq!(root.get("b").and_then(|it| it.value()), Some("\\ud83d"));
        assert_eq!(only_json(&tree).map(|it| it.span.start), Some(1));
    }

    #[test]
    fn what_is_no_json_throughout_is_not_read_so() {
        for text in [
            r#"a: "\ud83d\ude00""#,
            r#"{a: "\ud83d\ude00"}"#,
            "{\"a\": \"\\ud83d\\ude00\"}\n---\n{}",
            r#"{"a": "\ud83d"}"#,
            r#"{"a": "\ude00\ud83d"}"#,
        ] {
            assert!(Tree::parse(text).is_err(), "{text}");
        }
    }
}
