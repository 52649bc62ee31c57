//! Whether nodes hold the data that was asked for.

use crate::yaml::Node;
use crate::yaml::change::Data;
use crate::yaml::scalar::Scalar;
use crate::yaml::tree::{Kind, NONE, Style};

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

/// Whether a node that was written holds the data for readers of YAML 1.1 and 1.2 alike.
pub(super) fn is_written(node: Node<'_>, data: &Data) -> bool {
    let written = node.id as usize..node.data().skip as usize;
    let clean = node.tree.nodes[written].iter().enumerate().all(|(at, raw)| {
        let inner = node.at(node.id + at as u32);
        raw.kind != Kind::Alias && (at == 0 || raw.props == NONE) && !is_trap(inner)
    });
    clean && is(node, data)
}

/// Whether a plain string is something else to readers of YAML 1.1.
fn is_trap(node: Node<'_>) -> bool {
    if node.style() != Style::Plain || node.tag().is_some() {
        return false;
    }
    let Some(Scalar::Str(text)) = node.scalar() else { return false };
    let word = text.to_lowercase();
    let boolean = matches!(word.as_str(), "y" | "n" | "yes" | "no" | "on" | "off" | "<<" | "=");
    let digits = word.trim_start_matches(['-', '+', '.']);
    let number = digits.starts_with(|it: char| it.is_ascii_digit())
        && digits.bytes().all(|it| it.is_ascii_digit() || matches!(it, b'_' | b':' | b'.'));
    boolean || number
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
