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

/// The items that differ, each under what it is called. What a patch names comes first of all, in the patch's order: so
/// the items before the last one that differs are named too, and the list keeps its order.
fn items((list, by): (&str, &str), old: &[Value], new: &[Value]) -> Result<Option<Value>, Why> {
    [old, new].into_iter().try_for_each(|it| unique((list, by), it))?;
    let named = |all: &[Value], name: &Value| all.iter().any(|it| it.get(by) == name.get(by));
    let mut said = Vec::new();
    let mut count = 0;
    for (number, goal) in new.iter().enumerate() {
        let Some(base) = old.iter().find(|it| it.get(by) == goal.get(by)) else {
            said.push(goal.clone());
            count = number + 1;
            continue;
        };
        let mut patch = patch(base, goal)?.unwrap_or_default();
        if !patch.is_empty() {
            count = number + 1;
        }
        patch.extend(called((list, by), base));
        said.push(Value::Object(patch));
    }
    let rest = old.iter().filter(|it| named(new, it) && !named(&new[..count], it));
    let keeps = rest.map(|it| it.get(by)).eq(new[count..].iter().map(|it| it.get(by)));
    if keeps {
        said.truncate(count);
    }
    for gone in old.iter().filter(|it| !named(new, it)) {
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

/// Why no patch at all can be put over an object: kustomize keeps one of several items of the same name in every list
/// that it merges, also where the patch says nothing of them.
pub(super) fn doubled(base: &Value) -> Option<Why> {
    match base {
        Value::Array(all) => all.iter().find_map(doubled),
        Value::Object(all) => all.iter().find_map(|(list, value)| {
            let items = value.as_array().map_or(&[][..], Vec::as_slice);
            let by = key_of(list).filter(|_| list != "imagePullSecrets");
            by.and_then(|by| twice((list, by), items)).or_else(|| doubled(value))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// The second item of a list that is called as the first.
fn twice((list, by): (&str, &str), all: &[Value]) -> Option<Why> {
    // A second key tells them apart where all of them have it.
    let second = match list {
        "ports" => Some("protocol"),
        "topologySpreadConstraints" => Some("whenUnsatisfiable"),
        _ => None,
    };
    let second = second.filter(|key| all.iter().all(|it| it.get(*key).is_some()));
    let name = |it: &Value| {
        let first = it.get(by).filter(|it| !is_nothing(it))?.clone();
        Some((first, second.and_then(|key| it.get(key)).cloned()))
    };
    let names: Vec<_> = all.iter().map(name).collect();
    let at = (0..names.len()).find(|at| names[*at].is_some() && names[..*at].contains(&names[*at]));
    let name = &all[at?][by];
    let why = format!(
        "two items of `{list}` have the {by} {name}, and kustomize drops one of them under any patch"
    );
    Some(Why::new(list, why))
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(all) => all.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => false,
    }
}
