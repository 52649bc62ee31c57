//! A node as JSON, as the API server is sent it: aliases and merges written out.

use serde_json::{Map, Number, Value};

use super::kubernetes::scalar::{Sent, sent, whole};
use super::view;
use crate::yaml::{Kind, Node};

/// Bounds what aliases can expand to.
const NODES: usize = 200_000;
/// Bounds how deep the JSON is.
const DEPTH: usize = 100;

/// The JSON of a node; nothing when aliases make it too large or too deep.
pub fn json(node: Node<'_>) -> Option<Value> {
    let mut left = NODES;
    value(node, DEPTH, &mut left)
}

fn value(node: Node<'_>, depth: usize, left: &mut usize) -> Option<Value> {
    *left = left.checked_sub(1)?;
    let depth = depth.checked_sub(1)?;
    let node = node.resolve();
    match node.kind() {
        Kind::Mapping => {
            let mut map = Map::new();
            for entry in view::entries(node) {
                let key = entry.key.value()?.to_owned();
                map.insert(key, value(entry.written, depth, left)?);
            }
            Some(Value::Object(map))
        }
        Kind::Sequence => {
            let items = node.items().map(|it| value(it, depth, left));
            items.collect::<Option<Vec<_>>>().map(Value::Array)
        }
        Kind::Scalar => Some(scalar(node)),
        Kind::Alias => None,
    }
}

fn scalar(node: Node<'_>) -> Value {
    match sent(node) {
        None | Some(Sent::Null) => Value::Null,
        Some(Sent::Bool(flag)) => Value::Bool(flag),
        Some(Sent::Int(number)) => Value::from(number),
        Some(Sent::Float(number)) => match whole(number) {
            Some(number) => Value::from(number),
            None => Number::from_f64(number).map_or(Value::Null, Value::Number),
        },
        Some(Sent::Text(text)) => Value::from(text),
        Some(Sent::Refused) => Value::from(node.value().unwrap_or("")),
    }
}
