//! The difference of two objects of a built-in kind as a strategic merge patch.

use serde_json::{Map, Value};

use super::Why;
use super::lists::{key_of, meant};

/// What has to be merged over an object so that it becomes another one; nothing where they mean the same.
///
/// # Errors
/// A list whose items cannot be told apart.
pub(super) fn patch(base: &Value, goal: &Value) -> Result<Option<Map<String, Value>>, Why> {
    match (base, goal) {
        (Value::Object(base), Value::Object(goal)) => mappings(base, goal),
        _ => Err(Why::new("metadata", "it is no mapping".to_owned())),
    }
}

fn mappings(
    base: &Map<String, Value>,
    goal: &Map<String, Value>,
) -> Result<Option<Map<String, Value>>, Why> {
    let mut patch = Map::new();
    for (key, old) in base {
        let new = goal.get(key).filter(|it| !is_nothing(it));
        if new.is_none() && !is_nothing(old) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    for (key, new) in goal.iter().filter(|it| !is_nothing(it.1)) {
        let old = base.get(key).filter(|it| !is_nothing(it));
        let said = match old {
            None => Some(new.clone()),
            Some(old) if meant(old) == meant(new) => None,
            Some(old) => value(key, old, new)?,
        };
        patch.extend(said.map(|it| (key.clone(), it)));
    }
    Ok((!patch.is_empty()).then_some(patch))
}

fn value(key: &str, old: &Value, new: &Value) -> Result<Option<Value>, Why> {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => Ok(mappings(old, new)?.map(Value::Object)),
        (Value::Array(old), Value::Array(new)) => match key_of(key) {
            Some(by) => items((key, by), old, new),
            None => Ok(Some(Value::Array(new.clone()))),
        },
        (_, new) => Ok(Some(new.clone())),
    }
}

/// The items that differ, each under what it is called.
fn items((list, by): (&str, &str), old: &[Value], new: &[Value]) -> Result<Option<Value>, Why> {
    [old, new].into_iter().try_for_each(|it| unique((list, by), it))?;
    let mut said = Vec::new();
    for goal in new {
        let Some(base) = old.iter().find(|it| it.get(by) == goal.get(by)) else {
            said.push(goal.clone());
            continue;
        };
        if let Some(mut patch) = patch(base, goal)? {
            patch.extend(called((list, by), base));
            said.push(Value::Object(patch));
        }
    }
    for gone in old.iter().filter(|it| !new.iter().any(|goal| goal.get(by) == it.get(by))) {
        let mut delete = called((list, by), gone);
        delete.insert("$patch".to_owned(), "delete".into());
        said.push(Value::Object(delete));
    }
    Ok((!said.is_empty()).then_some(Value::Array(said)))
}

/// What an item is called. A port that names its protocol is found by both.
fn called((list, by): (&str, &str), item: &Value) -> Map<String, Value> {
    let protocol = (list == "ports").then(|| item.get("protocol")).flatten();
    let protocol = protocol.map(|it| ("protocol".to_owned(), it.clone()));
    let name = (by.to_owned(), item[by].clone());
    [name].into_iter().chain(protocol).collect()
}

/// Every item of a list is called something, and no two of them the same.
fn unique((list, by): (&str, &str), all: &[Value]) -> Result<(), Why> {
    for (number, item) in all.iter().enumerate() {
        let Some(name) = item.get(by).filter(|it| !is_nothing(it)) else {
            let why = format!("an item of `{list}` has no `{by}`, by which a patch would find it");
            return Err(Why::new(list, why));
        };
        if all[..number].iter().any(|it| it.get(by) == Some(name)) {
            let why =
                format!("two items of `{list}` have the {by} {name}: a patch would mean both");
            return Err(Why::new(list, why));
        }
    }
    Ok(())
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(all) => all.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => false,
    }
}
