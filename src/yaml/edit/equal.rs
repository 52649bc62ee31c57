//! When a node holds a value already.

use compact_str::CompactString;

use crate::yaml::Node;
use crate::yaml::change::{Data, Value};
use crate::yaml::scalar::Scalar;
use crate::yaml::tree::{Kind, Style};

/// Whether two values are the same data, whatever their comments.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (&one.data, &other.data) {
        (Data::Seq(one), Data::Seq(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Data::Map(one), Data::Map(other)) => {
            let equal = |((key, one), (name, other)): (
                &(CompactString, Value),
                &(CompactString, Value),
            )| { key == name && same(one, other) };
            one.len() == other.len() && one.iter().zip(other).all(equal)
        }
        (one, other) => one == other,
    }
}

/// Whether a node's data is equal to a value; a mapping's order does not matter.
pub(super) fn equals(node: Node<'_>, data: &Data) -> bool {
    let node = node.resolve();
    match data {
        Data::Null => node.is_null(),
        Data::Bool(value) => node.scalar() == Some(Scalar::Bool(*value)),
        // `010` is 8 to some readers, so only the usual spelling is this number.
        Data::Int(value) => {
            node.scalar() == Some(Scalar::Int(*value)) && node.value() == Some(&value.to_string())
        }
        Data::Written(it) => {
            let plain = node.style() == Style::Plain;
            let same = node.value() == Some(&it.text) && node.tag() == it.tag.as_deref();
            same && (it.plain == plain || it.is_free_of_style())
        }
        Data::Str(text) => node.scalar() == Some(Scalar::Str(text)) && has_plain_meaning(node),
        Data::Seq(values) => {
            node.kind() == Kind::Sequence
                && node.elements().count() == values.len()
                && node.elements().zip(values).all(|(item, value)| equals(item, &value.data))
        }
        Data::Map(entries) => {
            node.kind() == Kind::Mapping
                && node.pairs().count() == entries.len()
                && node.duplicate_key().is_none()
                && entries
                    .iter()
                    .all(|(key, value)| node.at_key(key).is_some_and(|it| equals(it, &value.data)))
        }
    }
}

/// Whether a string is one to all readers: not under a tag of the file's own.
fn has_plain_meaning(node: Node<'_>) -> bool {
    node.tag().is_none_or(|tag| matches!(tag, "!!str" | "!" | "!<tag:yaml.org,2002:str>"))
}
