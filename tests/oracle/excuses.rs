//! What the consumer reads and nobody runs.

use serde_json::Value;

/// Whether the API server refuses it, so that nobody runs it: a kind or the name of a container with blanks.
pub(crate) fn is_refused(data: &Value) -> bool {
    let has_blank = |it: &Value| it.as_str().is_some_and(|it| it.contains(char::is_whitespace));
    match data {
        Value::Array(items) => items.iter().any(is_refused),
        Value::Object(object) => {
            let containers = object.get("containers").and_then(Value::as_array);
            object.get("kind").is_some_and(has_blank)
                || containers.into_iter().flatten().any(|it| has_blank(&it["name"]))
                || object.values().any(is_refused)
        }
        _ => false,
    }
}

/// Whether it is about a patch that takes an object away, whatever else it says.
pub(crate) fn is_taken_away(data: &Value, who: &str) -> bool {
    let takes = |it: &&Value| it["$patch"] == "delete";
    let named = |it: &Value| it["metadata"]["name"].as_str().is_some_and(|it| who.contains(it));
    data.as_array().into_iter().flatten().filter(takes).any(named)
}
