//! Patches applied as kustomize applies them, for the proof alone: a road of its own, which shares no code with the one
//! that says what has to be changed.

use serde_json::{Map, Value};

use super::lists::key_of;

/// An object with a strategic merge patch over it.
pub(super) fn merged(base: &Value, patch: &Value) -> Value {
    let (Value::Object(base), Value::Object(patch)) = (base, patch) else { return cleaned(patch) };
    let mut all = base.clone();
    for (key, value) in patch.iter().filter(|it| *it.0 != "$patch") {
        let merged = match (base.get(key), value) {
            (_, Value::Null) => None,
            (Some(old @ Value::Object(_)), Value::Object(_)) => Some(merged(old, value)),
            (old, Value::Array(new)) => match (old.and_then(Value::as_array), key_of(key)) {
                (Some(old), Some(by)) => Some(Value::Array(list(by, old, new))),
                _ => Some(cleaned(value)),
            },
            _ => Some(cleaned(value)),
        };
        match merged {
            Some(it) => drop(all.insert(key.clone(), it)),
            None => drop(all.remove(key)),
        }
    }
    Value::Object(all)
}

/// What the patch names comes first, in its order; then the others.
fn list(by: &str, old: &[Value], new: &[Value]) -> Vec<Value> {
    let mut rest = old.to_vec();
    let mut first = Vec::new();
    for patch in new {
        let at = rest.iter().position(|it| it.get(by) == patch.get(by));
        let own = at.map(|at| rest.remove(at));
        if patch.get("$patch").and_then(Value::as_str) != Some("delete") {
            first.push(own.map_or_else(|| cleaned(patch), |own| merged(&own, patch)));
        }
    }
    first.extend(rest);
    first
}

/// What a patch says where nothing was: without what it takes away.
fn cleaned(patch: &Value) -> Value {
    match patch {
        Value::Object(all) => {
            let kept = all.iter().filter(|it| *it.0 != "$patch" && !it.1.is_null());
            Value::Object(kept.map(|(key, it)| (key.clone(), cleaned(it))).collect::<Map<_, _>>())
        }
        Value::Array(all) => Value::Array(all.iter().map(cleaned).collect()),
        it => it.clone(),
    }
}

/// An object after the operations of a JSON patch; nothing where one of them cannot be done, or tests something else.
pub(super) fn operated(base: &Value, operations: &[Value]) -> Option<Value> {
    let mut all = base.clone();
    for it in operations {
        let path = it.get("path")?.as_str()?;
        match it.get("op")?.as_str()? {
            "test" => (all.pointer(path)? == it.get("value")?).then_some(())?,
            "replace" => *all.pointer_mut(path)? = it.get("value")?.clone(),
            "add" => add(&mut all, path, it.get("value")?.clone())?,
            "remove" => remove(&mut all, path)?,
            _ => return None,
        }
    }
    Some(all)
}

fn parted(path: &str) -> Option<(&str, String)> {
    let (holder, key) = path.rsplit_once('/')?;
    Some((holder, key.replace("~1", "/").replace("~0", "~")))
}

fn add(all: &mut Value, path: &str, value: Value) -> Option<()> {
    let (holder, key) = parted(path)?;
    match all.pointer_mut(holder)? {
        Value::Object(map) => drop(map.insert(key, value)),
        Value::Array(list) if key == "-" => list.push(value),
        Value::Array(list) => {
            let at: usize = key.parse().ok().filter(|it| *it <= list.len())?;
            list.insert(at, value);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    }
    Some(())
}

fn remove(all: &mut Value, path: &str) -> Option<()> {
    let (holder, key) = parted(path)?;
    match all.pointer_mut(holder)? {
        Value::Object(map) => drop(map.remove(&key)?),
        Value::Array(list) => {
            let at: usize = key.parse().ok().filter(|it| *it < list.len())?;
            drop(list.remove(at));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    }
    Some(())
}
