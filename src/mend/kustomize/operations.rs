//! The difference of two objects as the operations of a JSON patch (RFC 6902), each behind a test of what it rests on.

use serde_json::{Map, Value, json};

/// The operations that make another object out of one.
pub(super) fn operations(base: &Value, goal: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    value("", (base, goal), &mut all);
    all
}

fn value(path: &str, (base, goal): (&Value, &Value), all: &mut Vec<Value>) {
    match (base, goal) {
        (base, goal) if base == goal => (),
        (Value::Object(base), Value::Object(goal)) => mappings(path, (base, goal), all),
        (Value::Array(base), Value::Array(goal)) => lists(path, (base, goal), all),
        (base, goal) => {
            all.push(json!({"op": "test", "path": path, "value": base}));
            all.push(json!({"op": "replace", "path": path, "value": goal}));
        }
    }
}

fn mappings(
    path: &str,
    (base, goal): (&Map<String, Value>, &Map<String, Value>),
    all: &mut Vec<Value>,
) {
    for (key, old) in base {
        let path = format!("{path}/{}", escaped(key));
        match goal.get(key) {
            Some(new) => value(&path, (old, new), all),
            None => {
                all.push(json!({"op": "test", "path": path, "value": old}));
                all.push(json!({"op": "remove", "path": path}));
            }
        }
    }
    for (key, new) in goal.iter().filter(|it| !base.contains_key(it.0)) {
        let path = format!("{path}/{}", escaped(key));
        all.push(json!({"op": "add", "path": path, "value": new}));
    }
}

/// Items that change, then those that go, the last first so that no number shifts, then those that come.
fn lists(path: &str, (base, goal): (&[Value], &[Value]), all: &mut Vec<Value>) {
    let mut next = 0;
    let mut gone = Vec::new();
    for (number, old) in base.iter().enumerate() {
        let same = goal.get(next).filter(|it| is_same(old, it) || base.len() == goal.len());
        let Some(new) = same else {
            gone.push((number, old));
            continue;
        };
        next += 1;
        if old != new {
            let path = format!("{path}/{number}");
            if let Some((key, name)) = name(old) {
                all.push(json!({"op": "test", "path": format!("{path}/{key}"), "value": name}));
            }
            value(&path, (old, new), all);
        }
    }
    for (number, old) in gone.into_iter().rev() {
        let path = format!("{path}/{number}");
        all.push(json!({"op": "test", "path": path, "value": old}));
        all.push(json!({"op": "remove", "path": path}));
    }
    for new in &goal[next..] {
        all.push(json!({"op": "add", "path": format!("{path}/-"), "value": new}));
    }
}

/// What an item is called, and by which key.
fn name(item: &Value) -> Option<(&'static str, &Value)> {
    ["mountPath", "name", "containerPort"].into_iter().find_map(|it| Some((it, item.get(it)?)))
}

fn is_same(one: &Value, other: &Value) -> bool {
    one == other || name(one).is_some() && name(one) == name(other)
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
