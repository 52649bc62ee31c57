//! The text of a patch: what is there already changes no more than it has to.

use serde_json::{Map, Value, json};

use super::resource::Id;
use super::rewrite::{Order, rewritten, written};
use crate::workload::File;
use crate::workload::json::json;
use crate::yaml::{Action, Change, Kind, Sharing, Step, Tree, edit};

/// A patch.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Patch {
    /// What is merged over the object, by its schema.
    Strategic(Map<String, Value>),
    /// Operations, one after the other.
    Operations(Vec<Value>),
}

/// What a patch file says of an object; nothing where it is none for that.
pub(super) fn said(tree: &Tree, id: &Id) -> Option<Patch> {
    let mut documents = tree.documents().filter(|it| !it.is_null());
    let (root, None) = (documents.next()?.resolve(), documents.next()) else { return None };
    match (root.kind(), json(root)?) {
        (Kind::Sequence, Value::Array(all)) if !id.is_built_in() => Some(Patch::Operations(all)),
        (Kind::Mapping, Value::Object(all)) if id.is_built_in() => {
            let is = |path: &str, wanted: Option<&str>| {
                Value::Object(all.clone()).pointer(path).and_then(Value::as_str) == wanted
            };
            let is_it = is("/apiVersion", Some(&id.api_version))
                && is("/kind", Some(&id.kind))
                && is("/metadata/name", Some(&id.name))
                && is("/metadata/namespace", id.namespace.as_deref());
            is_it.then_some(Patch::Strategic(all))
        }
        _ => None,
    }
}

const HEAD: &str = "# Hardens ";
const TAIL: &str = ", which stays as it is: kustomize puts this over it.";

/// Whether a text says of itself that it is a patch of ours.
pub fn is_patch(text: &str) -> bool {
    text.lines().map(str::trim_end).any(|it| it.starts_with(HEAD) && it.ends_with(TAIL))
}

/// The text of a patch of a manifest's object; nothing where something of it cannot be written.
pub(super) fn text(own: &File, id: &Id, manifest: &str, patch: &Patch) -> Option<String> {
    let whole = match patch {
        Patch::Strategic(it) => whole(id, it),
        Patch::Operations(all) => Value::from(all.clone()),
    };
    if let Some(old) = said(&own.tree, id) {
        let old = match old {
            Patch::Strategic(it) => Value::Object(it),
            Patch::Operations(all) => Value::from(all),
        };
        if old == whole {
            return Some(own.tree.text().to_owned());
        }
        let root = own.tree.documents().find(|it| !it.is_null())?.resolve();
        let text = rewritten(&own.tree, &[(root, &old, &whole)], Order::Kept);
        let is_it = |text: &String| Tree::parse(text.as_str()).is_ok_and(|it| says(&it, &whole));
        if let Some(text) = text.filter(is_it) {
            return Some(text);
        }
    }
    let manifest = if manifest.contains(char::is_control) { "the manifest" } else { manifest };
    let head = format!("{HEAD}{} of {manifest}{TAIL}\n", id.called());
    let text = match patch {
        Patch::Strategic(_) => mapping(&head, &whole)?,
        Patch::Operations(all) => head + &all.iter().map(operation).collect::<String>(),
    };
    says(&Tree::parse(text.as_str()).ok()?, &whole).then_some(text)
}

fn says(tree: &Tree, whole: &Value) -> bool {
    let mut documents = tree.documents();
    documents.next().and_then(json).as_ref() == Some(whole) && documents.next().is_none()
}

/// A strategic patch with what it is for.
fn whole(id: &Id, patch: &Map<String, Value>) -> Value {
    let mut all = patch.clone();
    all.insert("apiVersion".to_owned(), id.api_version.as_str().into());
    all.insert("kind".to_owned(), id.kind.as_str().into());
    let metadata = all.entry("metadata").or_insert_with(|| json!({}));
    metadata["name"] = id.name.as_str().into();
    if let Some(namespace) = &id.namespace {
        metadata["namespace"] = namespace.as_str().into();
    }
    Value::Object(all)
}

fn mapping(head: &str, whole: &Value) -> Option<String> {
    let start = format!("{head}apiVersion: {}\n", whole["apiVersion"].as_str()?);
    let tree = Tree::parse(start).ok()?;
    let at = tree.documents().next()?.id();
    let mut changes = Vec::new();
    let all = whole.as_object()?;
    let first = ["kind", "metadata"];
    let rest = all.keys().map(String::as_str).filter(|it| !first.contains(it));
    for key in first.into_iter().chain(rest).filter(|it| *it != "apiVersion") {
        changes.push(Change {
            at,
            path: vec![Step::from(key)],
            action: Action::Ensure(written(&all[key])?),
            sharing: Sharing::Refuse,
        });
    }
    edit(&tree, &changes).ok()
}

/// An operation as people write them; its value is JSON, which YAML takes.
fn operation(it: &Value) -> String {
    let text = |key: &str| it[key].as_str().unwrap_or("").to_owned();
    let path = text("path");
    let is_plain = path.bytes().all(|it| it.is_ascii_alphanumeric() || b"/-_.".contains(&it));
    let path = if is_plain { path } else { Value::from(path).to_string() };
    let value = it.get("value").map_or(String::new(), |it| format!("  value: {}\n", spaced(it)));
    format!("- op: {}\n  path: {path}\n{value}", text("op"))
}

/// JSON with a blank behind each colon and comma.
fn spaced(value: &Value) -> String {
    let joined = |all: Vec<String>| all.join(", ");
    match value {
        Value::Array(all) => format!("[{}]", joined(all.iter().map(spaced).collect())),
        Value::Object(all) => {
            let entry = |(key, it): (&String, &Value)| {
                format!("{}: {}", Value::from(key.as_str()), spaced(it))
            };
            format!("{{{}}}", joined(all.iter().map(entry).collect()))
        }
        it => it.to_string(),
    }
}
