//! The model that Compose prints, as JSON or as YAML.

use serde_json::{Map, Number, Value};

use crate::yaml::{Kind, Node, Style, Tree};

/// Reads it.
///
/// # Errors
/// It is neither.
pub fn read(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|it| it.to_string());
    }
    let tree = Tree::parse(text).map_err(|it| it.to_string())?;
    let mut documents = tree.documents();
    Ok(documents.next().map_or(Value::Null, value))
}

fn value(node: Node<'_>) -> Value {
    let node = node.resolve();
    match node.kind() {
        Kind::Mapping => {
            let pairs = crate::workload::view::entries(node).into_iter();
            let pairs = pairs.filter_map(|it| Some((it.key.value()?.to_owned(), value(it.value))));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Kind::Sequence => Value::Array(node.items().map(value).collect()),
        _ if node.is_null() => Value::Null,
        _ => scalar(node),
    }
}

/// A plain scalar by what it looks like, as Compose's own printers quote everything else.
fn scalar(node: Node<'_>) -> Value {
    let text = node.value().unwrap_or_default();
    if node.style() != Style::Plain {
        return Value::String(text.to_owned());
    }
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match text.parse::<i64>() {
            Ok(number) => Value::Number(Number::from(number)),
            Err(_) => Value::String(text.to_owned()),
        },
    }
}
