//! A text so changed that it says something else, as it would be changed in place.

use serde_json::Value;

use crate::yaml::{
    Action, Change, Data, Node, NodeId, Sharing, Step, Tree, Value as Written, edit,
};

/// What becomes of items that come before others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// They may stand behind them: in what is merged the order of what comes is nobody's.
    Free,
    /// The list is written anew.
    Kept,
}

/// The text in which these nodes say something else, told with what they say; nothing where it cannot be so changed.
pub(super) fn rewritten(
    tree: &Tree,
    all: &[(Node<'_>, &Value, &Value)],
    order: Order,
) -> Option<String> {
    let mut changes = Vec::new();
    for (node, old, new) in all {
        let mut path = Vec::new();
        value((node.id(), &mut path), (old, new), (order, &mut changes))?;
    }
    edit(tree, &changes).ok()
}

type At<'p> = (NodeId, &'p mut Vec<Step>);
type To<'c> = (Order, &'c mut Vec<Change>);

fn value(at: At<'_>, (old, new): (&Value, &Value), (order, changes): To<'_>) -> Option<()> {
    let (root, path) = at;
    match (old, new) {
        (old, new) if old == new => (),
        (Value::Object(old), Value::Object(new)) => {
            for key in old.keys().filter(|it| !new.contains_key(*it)) {
                path.push(Step::from(key.as_str()));
                changes.push(change((root, path), Action::Remove));
                path.pop();
            }
            for (key, new) in new {
                path.push(Step::from(key.as_str()));
                match old.get(key) {
                    Some(old) => value((root, path), (old, new), (order, changes))?,
                    None => changes.push(change((root, path), Action::Ensure(written(new)?))),
                }
                path.pop();
            }
        }
        (Value::Array(old), Value::Array(new)) => list((root, path), (old, new), (order, changes))?,
        (_, new) => changes.push(change((root, path), Action::Replace(written(new)?))),
    }
    Some(())
}

/// Items that go, those that differ, and those that come at the end; a list of another order is another list.
fn list(at: At<'_>, (old, new): (&[Value], &[Value]), (order, changes): To<'_>) -> Option<()> {
    let (root, path) = at;
    let name = |it: &Value| {
        ["mountPath", "name", "containerPort", "path"].iter().find_map(|key| it.get(key).cloned())
    };
    let is_same = |one: &Value, other: &Value| {
        one == other || name(one).is_some() && name(one) == name(other)
    };
    let mut found = Vec::new();
    for it in old {
        found.push(new.iter().position(|other| is_same(it, other)));
    }
    let kept: Vec<usize> = found.iter().flatten().copied().collect();
    let come: Vec<usize> = (0..new.len()).filter(|it| !kept.contains(it)).collect();
    let comes_last = come.first().is_none_or(|first| kept.iter().all(|it| it < first));
    let in_order =
        kept.is_sorted_by(|one, other| one < other) && (order == Order::Free || comes_last);
    if !in_order || kept.is_empty() {
        changes.push(change((root, path), Action::Replace(written(&Value::from(new.to_vec()))?)));
        return Some(());
    }
    for (number, at) in found.iter().enumerate() {
        path.push(Step::from(number));
        match at {
            Some(at) => value((root, path), (&old[number], &new[*at]), (order, changes))?,
            None => changes.push(change((root, path), Action::Remove)),
        }
        path.pop();
    }
    for at in come {
        changes.push(change((root, path), Action::Append(written(&new[at])?)));
    }
    Some(())
}

fn change((at, path): (NodeId, &[Step]), action: Action) -> Change {
    Change { at, path: path.to_vec(), action, sharing: Sharing::Refuse }
}

/// A value as it is written; nothing for a number that is no integer.
pub(super) fn written(value: &Value) -> Option<Written> {
    Some(match value {
        Value::Null => Data::written_null().into(),
        Value::Bool(it) => (*it).into(),
        Value::Number(it) => it.as_i64()?.into(),
        Value::String(it) => it.as_str().into(),
        Value::Array(all) => {
            let all: Option<Vec<Written>> = all.iter().map(written).collect();
            Written::seq(all?)
        }
        Value::Object(all) => {
            let mut keys: Vec<&String> = all.keys().collect();
            keys.sort_by_key(|it| FIRST.iter().position(|key| it == key).unwrap_or(FIRST.len()));
            let entries = keys.into_iter().map(|it| Some((it.as_str(), written(&all[it])?)));
            Written::map(entries.collect::<Option<Vec<_>>>()?)
        }
    })
}

/// The keys that come before all others, in this order.
const FIRST: &[&str] =
    &["apiVersion", "kind", "metadata", "name", "mountPath", "containerPort", "path", "$patch"];
