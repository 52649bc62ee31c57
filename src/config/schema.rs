//! The JSON Schema of the file, by which editors complete and check it.

use serde_json::{Map, Value, json};

use super::file::File;
use super::{ALL, NEWEST_KUBERNETES, OLDEST_KUBERNETES};
use crate::severity::Severity;

/// The JSON Schema of `casehard.toml`, generated from the types that read it. It takes no more than they do: rules by
/// their names, keys of images, values.
pub fn schema(known_rules: &[&str], image_keys: &[String]) -> Value {
    let mut schema = schemars::schema_for!(File).to_value();
    schema["properties"]["rules"]["properties"] = levels(known_rules);
    schema["properties"]["rules"]["additionalProperties"] = json!(false);
    let rules: Vec<&str> = [ALL].into_iter().chain(known_rules.iter().copied()).collect();
    let rule = json!({ "enum": rules });
    schema["$defs"]["AllowEntry"]["properties"]["rule"] = json!({
        "description": "The rule or rules whose findings are allowed; `*` for all of them.",
        "anyOf": [rule, { "type": "array", "items": rule, "minItems": 1 }],
    });
    let keys = image_keys.iter().map(|it| (it.clone(), json!({})));
    schema["properties"]["image"]["items"] = json!({
        "type": "object",
        "properties": keys.collect::<Map<_, _>>(),
        "required": ["repositories"],
        "additionalProperties": false,
    });
    for (name, pattern) in [
        ("Reason", "\\S"),
        ("User", "^0*[1-9][0-9]*:[0-9]+$"),
        ("WritablePath", r"^(/(?!\.{1,2}(/|$))[^/:,$\\]+)+$"),
    ] {
        restrict(&mut schema, name, &json!({ "type": "string", "pattern": pattern }));
    }
    let ((major, from), (_, to)) = (OLDEST_KUBERNETES, NEWEST_KUBERNETES);
    let versions: Vec<String> = (from..=to).map(|it| format!("{major}.{it}")).collect();
    restrict(&mut schema, "Version", &json!({ "enum": versions }));
    schema
}

/// Gives a type the restriction that its reader makes.
fn restrict(schema: &mut Value, name: &str, to: &Value) {
    let Some(own) = schema["$defs"][name].as_object_mut() else { return };
    let description = own.get("description").cloned();
    *own = to.as_object().cloned().unwrap_or_default();
    own.extend(description.map(|it| ("description".to_owned(), it)));
}

/// Every rule with the levels it can be given, which the types cannot tell.
fn levels(known_rules: &[&str]) -> Value {
    let names: Vec<_> = ["off"].into_iter().chain(Severity::ALL.map(Severity::name)).collect();
    let levels = known_rules.iter().map(|rule| ((*rule).to_owned(), json!({ "enum": names })));
    Value::Object(levels.collect::<Map<_, _>>())
}
