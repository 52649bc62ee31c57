//! The JSON Schema of the file, by which editors complete and check it.

use serde_json::{Map, Value, json};

use super::file::File;
use crate::severity::Severity;

/// The JSON Schema of `casehard.toml`, generated from the types that read it.
pub fn schema(known_rules: &[&str]) -> Value {
    let mut schema = schemars::schema_for!(File).to_value();
    schema["properties"]["rules"]["properties"] = levels(known_rules);
    schema["properties"]["rules"]["additionalProperties"] = json!(false);
    schema
}

/// Every rule with the levels it can be given, which the types cannot tell.
fn levels(known_rules: &[&str]) -> Value {
    let names: Vec<_> = ["off"].into_iter().chain(Severity::ALL.map(Severity::name)).collect();
    let levels = known_rules.iter().map(|rule| ((*rule).to_owned(), json!({ "enum": names })));
    Value::Object(levels.collect::<Map<_, _>>())
}
