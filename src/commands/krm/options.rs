//! What the function is asked for: the `functionConfig` of a list, a ConfigMap or an object of its own kind.

use serde_json::{Map, Value};

use super::list::List;
use crate::cli::Inputs;
use crate::commands::Failure;
use crate::config::{kubernetes_version, writable_path};
use crate::finding::Confidence;
use crate::rules;

/// What can be asked for.
const KEYS: [&str; 6] = ["confidence", "rules", "skip", "user", "writable", "kubernetes"];

/// What a run takes from the command line, and how sure fixes have to be.
///
/// # Errors
/// A key or a value that means nothing.
pub(super) fn options(list: &List) -> Result<(Inputs, Confidence), Failure> {
    let mut inputs = Inputs { paths: vec!["-".into()], ..Inputs::default() };
    let mut confidence = Confidence::Likely;
    let (section, all) = said(list)?;
    for (key, value) in &all {
        let path = ["functionConfig", section, key.as_str()];
        let failed = |why: String| list.failure(&path, &format!("`{key}`: {why}"));
        let one = || words(value).map(|it| it.join(",")).unwrap_or_default();
        let all = || words(value).ok_or_else(|| failed("has to be a text or a list".to_owned()));
        match key.as_str() {
            "confidence" => {
                confidence = match one().as_str() {
                    "safe" => Confidence::Safe,
                    "likely" => Confidence::Likely,
                    "risky" => Confidence::Risky,
                    _ => return Err(failed("is safe, likely or risky".to_owned())),
                };
            }
            "rules" | "skip" => {
                let all = all()?;
                let id = |it: &String| it.strip_prefix('-').unwrap_or(it).to_owned();
                if let Some(it) = all.iter().map(id).find(|it| rules::find(it).is_none()) {
                    return Err(failed(rules::unknown(&it)));
                }
                *if key == "skip" { &mut inputs.skip } else { &mut inputs.rules } = all;
            }
            "user" => {
                let user = one().parse();
                inputs.user =
                    Some(user.map_err(|_| failed("is UID:GID, as 10001:10001".to_owned()))?);
            }
            "writable" => {
                let paths = all()?.into_iter().map(|it| writable_path(&it));
                inputs.writable =
                    paths.collect::<Result<_, _>>().map_err(|it| failed(it.to_string()))?;
            }
            "kubernetes" => {
                let version = kubernetes_version(&one());
                inputs.kubernetes = Some(version.map_err(failed)?);
            }
            _ => return Err(failed(format!("is not known; known are {}", KEYS.join(", ")))),
        }
    }
    Ok((inputs, confidence))
}

/// The section of the configuration that counts, and what it says.
fn said(list: &List) -> Result<(&'static str, Map<String, Value>), Failure> {
    let config = &list.data["functionConfig"];
    if !config.is_null() && !config.is_object() {
        return Err(list.failure(&["functionConfig"], "`functionConfig` has to be a mapping"));
    }
    let is_map = config["kind"] == "ConfigMap";
    let (section, other) = if is_map { ("data", "spec") } else { ("spec", "data") };
    if !config[other].is_null() {
        let kind = if is_map { "a ConfigMap" } else { "an object of its own kind" };
        let why = format!("`{other}` means nothing here: {kind} says it under `{section}`");
        return Err(list.failure(&["functionConfig", other], &why));
    }
    match &config[section] {
        Value::Null => Ok((section, Map::new())),
        Value::Object(all) => Ok((section, all.clone())),
        _ => {
            let why = format!("`{section}` has to be a mapping");
            Err(list.failure(&["functionConfig", section], &why))
        }
    }
}

/// A list, or a text whose words are separated by commas.
fn words(value: &Value) -> Option<Vec<String>> {
    let word = |it: &Value| match it {
        Value::String(it) => Some(it.clone()),
        Value::Number(it) => Some(it.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match value {
        Value::Array(all) => all.iter().map(word).collect(),
        it => {
            let text = word(it)?;
            let words = text.split(',').map(str::trim).filter(|it| !it.is_empty());
            Some(words.map(str::to_owned).collect())
        }
    }
}
