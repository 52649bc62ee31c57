//! The model that Compose prints, as JSON or as YAML.

use serde_json::Value;

use crate::workload::json::json;
use crate::yaml::Tree;

/// Reads it.
///
/// # Errors
/// It is neither.
pub fn read(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|it| it.to_string());
    }
    let tree = Tree::parse(text).map_err(|it| it.to_string())?;
    match tree.documents().next() {
        Some(model) => json(model).ok_or_else(|| "it expands without end".to_owned()),
        None => Ok(Value::Null),
    }
}
