//! Which lists of a pod are merged item by item, and by what those are called.

use serde_json::{Map, Value};

/// The key that tells the items of a list apart; nothing for one that is replaced whole.
pub(super) fn key_of(list: &str) -> Option<&'static str> {
    match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "volumes"
        | "env"
        | "imagePullSecrets" => Some("name"),
        "volumeMounts" => Some("mountPath"),
        "volumeDevices" => Some("devicePath"),
        "ports" => Some("containerPort"),
        "hostAliases" => Some("ip"),
        "topologySpreadConstraints" => Some("topologyKey"),
        _ => None,
    }
}

/// Lists in which nothing hangs on the order.
const SETS: &[&str] = &["volumes", "volumeMounts", "imagePullSecrets"];

/// What a value means to the API server: an empty list says nothing, nor does an empty context, and mounts have no order.
pub(super) fn meant(value: &Value) -> Value {
    match value {
        Value::Object(all) => {
            let meant = |(key, it): (&String, &Value)| {
                let mut value = meant(it);
                if let Value::Array(items) = &mut value
                    && SETS.contains(&key.as_str())
                {
                    items.sort_by_cached_key(Value::to_string);
                }
                (key.clone(), value)
            };
            let is_nothing = |key: &str, it: &Value| match it {
                Value::Null => true,
                Value::Array(all) => all.is_empty(),
                Value::Object(all) => all.is_empty() && OPTIONAL.contains(&key),
                Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            };
            let all = all.iter().map(meant);
            let all: Map<String, Value> = all.filter(|it| !is_nothing(&it.0, &it.1)).collect();
            Value::Object(all)
        }
        Value::Array(all) => Value::Array(all.iter().map(meant).collect()),
        it => it.clone(),
    }
}

/// Mappings that are as if they were not there where they are empty.
const OPTIONAL: &[&str] = &[
    "securityContext",
    "capabilities",
    "annotations",
    "labels",
    "metadata",
    "seccompProfile",
    "appArmorProfile",
    "seLinuxOptions",
    "windowsOptions",
    "resources",
];

/// The keys that lead to the first difference between what is said and what is to be; nothing where they mean the same.
pub(super) fn difference(said: &Value, goal: &Value) -> Option<Vec<String>> {
    let (said, goal) = (meant(said), meant(goal));
    let mut path = Vec::new();
    differs(&said, &goal, &mut path).then_some(path)
}

fn differs(said: &Value, goal: &Value, path: &mut Vec<String>) -> bool {
    match (said, goal) {
        (Value::Object(said), Value::Object(goal)) => {
            for key in said.keys().chain(goal.keys()) {
                let (one, other) = (said.get(key), goal.get(key));
                let (one, other) = (one.unwrap_or(&Value::Null), other.unwrap_or(&Value::Null));
                path.push(key.clone());
                if differs(one, other, path) {
                    return true;
                }
                path.pop();
            }
            false
        }
        (Value::Array(said), Value::Array(goal)) if said.len() == goal.len() => {
            said.iter().zip(goal).any(|(said, goal)| differs(said, goal, path))
        }
        (said, goal) => said != goal,
    }
}
