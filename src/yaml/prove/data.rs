//! Whether nodes hold the data that was asked for.

use crate::yaml::change::Data;
use crate::yaml::scalar::{Scalar, resolve};
use crate::yaml::tree::{Kind, NONE, Style};
use crate::yaml::{Node, Written};

/// Whether a node's data is this, types included.
pub(super) fn is(node: Node<'_>, data: &Data) -> bool {
    let node = if node.is_recursive_alias() { node } else { node.resolve() };
    let scalar = if node.kind() == Kind::Scalar { node.scalar() } else { None };
    match data {
        Data::Null => node.is_null(),
        Data::Bool(value) => scalar == Some(Scalar::Bool(*value)),
        Data::Int(value) => {
            scalar == Some(Scalar::Int(*value)) && node.raw().parse::<i64>().is_ok() && {
                let digits = node.raw().trim_start_matches(['-', '+']);
                !node.raw().starts_with('+') && (digits == "0" || !digits.starts_with('0'))
            }
        }
        Data::Written(it) => is_copy(node, it),
        Data::Str(text) => {
            let standard = ["!!str", "!", "!<tag:yaml.org,2002:str>"];
            scalar == Some(Scalar::Str(text)) && node.tag().is_none_or(|it| standard.contains(&it))
        }
        Data::Seq(values) => {
            let items: Vec<_> = node.elements().collect();
            node.kind() == Kind::Sequence
                && items.len() == values.len()
                && items.iter().zip(values).all(|(item, value)| is(*item, &value.data))
        }
        Data::Map(wanted) => {
            let entries: Vec<_> = node.pairs().collect();
            node.kind() == Kind::Mapping
                && entries.len() == wanted.len()
                && node.duplicate_key().is_none()
                && wanted.iter().all(|(key, value)| {
                    let mut found = entries.iter().filter(|(it, _)| it.value() == Some(key));
                    found.next().is_some_and(|(_, it)| is(*it, &value.data))
                })
        }
    }
}

/// Whether a node that was written holds the data for readers of YAML 1.1 and 1.2 alike; its own anchor and tag may stay.
pub(super) fn is_written(node: Node<'_>, data: &Data) -> bool {
    match data {
        Data::Written(it) => is_copy(node, it),
        Data::Seq(values) => {
            let items: Vec<_> = node.elements().collect();
            node.kind() == Kind::Sequence
                && items.len() == values.len()
                && items.iter().zip(values).all(|(it, value)| is_fresh(*it, &value.data))
        }
        Data::Map(wanted) => {
            let entries: Vec<_> = node.pairs().collect();
            node.kind() == Kind::Mapping
                && entries.len() == wanted.len()
                && node.duplicate_key().is_none()
                && entries.iter().all(|(key, _)| key.data().props == NONE && !is_trap(*key))
                && wanted.iter().all(|(key, value)| {
                    let mut found = entries.iter().filter(|(it, _)| it.value() == Some(key));
                    found.next().is_some_and(|(_, it)| is_fresh(*it, &value.data))
                })
        }
        data => node.kind() == Kind::Scalar && !is_trap(node) && is(node, data),
    }
}

/// The same of a node inside: it has no anchor, and no tag but one that was copied.
pub(super) fn is_fresh(node: Node<'_>, data: &Data) -> bool {
    let bare = match data {
        Data::Written(it) => node.anchor().is_none() && node.tag() == it.tag.as_deref(),
        _ => node.data().props == NONE,
    };
    bare && is_written(node, data)
}

/// Whether a node has the text and the tag of a scalar of somewhere else, and is plain if that is, unless its text is a
/// string to all readers.
fn is_copy(node: Node<'_>, of: &Written) -> bool {
    let plain = node.style() == Style::Plain;
    let string = || !is_trap_text(&of.text) && matches!(resolve(&of.text), Scalar::Str(_));
    let class = of.plain == plain || of.tag.is_none() && string() || of.tag.is_some() && of.plain;
    node.value() == Some(&of.text) && node.tag() == of.tag.as_deref() && class
}

/// Whether a plain string is something else to readers of YAML 1.1.
fn is_trap(node: Node<'_>) -> bool {
    if node.style() != Style::Plain || node.tag().is_some() {
        return false;
    }
    let Some(Scalar::Str(text)) = node.scalar() else { return false };
    is_trap_text(text)
}

/// Whether text is a number, a boolean or a date to readers of YAML 1.1.
fn is_trap_text(text: &str) -> bool {
    let word = text.to_lowercase();
    let boolean = matches!(word.as_str(), "y" | "n" | "yes" | "no" | "on" | "off" | "<<" | "=");
    let digits = word.strip_prefix(['-', '+']).unwrap_or(&word);
    let number = digits.trim_start_matches('.').starts_with(|it: char| it.is_ascii_digit())
        && digits.bytes().all(|it| it.is_ascii_digit() || matches!(it, b'_' | b':' | b'.'));
    let rest = ["0b", "0x", "0o"].iter().find_map(|it| digits.strip_prefix(it));
    let based = rest.is_some_and(|it| it.bytes().all(|it| it.is_ascii_hexdigit() || it == b'_'));
    let date = digits.len() >= 8
        && digits.bytes().take(4).all(|it| it.is_ascii_digit())
        && digits.as_bytes()[4] == b'-'
        && digits.as_bytes()[5].is_ascii_digit();
    boolean || number || based || date
}

/// Whether two values are the same data.
pub(super) fn same(one: &Data, other: &Data) -> bool {
    match (one, other) {
        (Data::Seq(one), Data::Seq(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| same(&one.data, &other.data))
        }
        (Data::Map(one), Data::Map(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((a, one), (b, other))| a == b && same(&one.data, &other.data))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::edit::resolves;

    #[track_caller]
    fn check(text: &str) {
        assert!(resolves(text) || !is_trap_text(text), "{text} is written plain, and refused");
    }

    #[test]
    fn what_is_written_plain_is_no_trap() {
        for text in
            ["0x/var", "0o/var/cache", "0b-data", "2020-data/x", "-.5/x", "+.y", "..1", "0x", "-+0"]
        {
            check(text);
        }
        for text in ["0x1F", "0o7", "0b1", "2001-01-01", "22:22", "1_000", ".5", "yes", "<<"] {
            assert!(is_trap_text(text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_proof_refuses_no_text_that_is_written_plain(text in "[-+.]{0,2}[0-9]{0,4}[-_:.0-9a-fox/n]{0,9}") {
            check(&text);
        }
    }
}
