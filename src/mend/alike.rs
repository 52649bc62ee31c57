//! When two services ask for the same, each in its own words.

use crate::yaml::{Action, Data, Node, Step, Value};

pub(super) fn step(node: Node<'_>) -> Option<Step> {
    let key = node.key().and_then(Node::value).map(Step::from);
    key.or_else(|| node.index().map(Step::from))
}

pub(super) fn with_key(
    key: Option<&str>,
    mut way: Vec<Step>,
    path: &[Step],
) -> Option<(String, Vec<Step>)> {
    match (key, path) {
        (Some(key), path) => {
            way.extend(path.iter().cloned());
            Some((key.to_owned(), way))
        }
        (None, [Step::Key(key), rest @ ..]) if way.is_empty() => {
            Some((key.to_string(), rest.to_vec()))
        }
        (None, _) => None,
    }
}

/// Whether two changes come to the same data.
pub(super) fn alike(one: &Action, other: &Action) -> bool {
    match (one, other) {
        (Action::Remove, Action::Remove) => true,
        (Action::Append(one), Action::Append(other)) => one.data == other.data,
        (
            Action::Ensure(one) | Action::Replace(one),
            Action::Ensure(other) | Action::Replace(other),
        ) => one.data == other.data,
        (Action::Remove | Action::Append(_) | Action::Ensure(_) | Action::Replace(_), _) => false,
    }
}

pub(super) fn text(value: &Value) -> Option<String> {
    match &value.data {
        Data::Bool(it) => Some(it.to_string()),
        Data::Int(it) => Some(it.to_string()),
        Data::Str(it) => Some(it.to_string()),
        Data::Written(it) => Some(it.text().to_owned()),
        Data::Null | Data::Seq(_) | Data::Map(_) => None,
    }
}
