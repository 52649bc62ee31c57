//! What a kustomization does to an object beside our patch, so that nobody knows what the patch would come to.

use std::path::Path;
use std::sync::Arc;

use regex::Regex;
use serde_json::Value;

use super::FOLDER;
use super::built::Looked;
use crate::mend::{Id, is_patch};
use crate::workload::json::json;
use crate::workload::{File, clean};
use crate::yaml::{Node, Tree};

/// The lists of patches that a kustomization can have.
const LISTS: [&str; 3] = ["patches", "patchesJson6902", "patchesStrategicMerge"];

/// Why no patch can be put over these objects; nothing where one can.
pub(super) fn unknown(
    looked: &mut Looked,
    (folder, own): (&Path, &File),
    ids: &[Id],
) -> Option<String> {
    let mut all = vec![(folder.to_owned(), Arc::clone(&own.tree), own.path.clone())];
    for (folder, tree) in looked.together(folder, &own.tree) {
        all.push((folder.clone(), tree, folder));
    }
    for (folder, tree, path) in all {
        for root in tree.documents().map(Node::resolve) {
            let at = |node: Node<'_>| {
                format!("{}:{}", path.display(), tree.position(node.span().start).line)
            };
            if let Some(it) = root.get("openapi").filter(|it| !it.is_null()) {
                let at = at(it);
                return Some(format!("{at} gives kustomize a schema of its own, by `openapi`"));
            }
            let items = LISTS.iter().filter_map(|it| root.get(it)).flat_map(Node::items);
            for item in items.map(Node::resolve) {
                let Some(said) = Said::read(looked, &folder, item) else { continue };
                if let Some((id, what)) = ids.iter().find_map(|id| Some((id, said.harm(id)?))) {
                    return Some(format!("a patch at {} {what} {}", at(item), id.called()));
                }
            }
        }
    }
    None
}

/// A patch of somebody else.
struct Said {
    target: Option<Value>,
    renames: bool,
    documents: Vec<Value>,
}

impl Said {
    fn read(looked: &mut Looked, folder: &Path, item: Node<'_>) -> Option<Said> {
        let named = |looked: &mut Looked, path: &str| {
            let tree = looked.tree(&folder.join(path))?;
            let is_own = clean(Path::new(path)).starts_with(FOLDER) && is_patch(tree.text());
            (!is_own).then_some(tree)
        };
        let parsed = |text: &str| Tree::parse(text).ok().map(Arc::new);
        let value = |key: &str| item.get(key).and_then(Node::value);
        let tree = match (item.value(), value("patch"), value("path")) {
            (Some(text), _, _) if text.contains('\n') || text.contains('{') => parsed(text),
            (Some(path), _, _) => named(looked, path),
            (None, Some(text), _) => parsed(text),
            (None, None, Some(path)) => named(looked, path),
            (None, None, None) => None,
        }?;
        let options = item.get("options").and_then(json).unwrap_or(Value::Null);
        let renames = ["allowNameChange", "allowKindChange"].iter().any(|it| options[*it] == true);
        let documents = tree.documents().filter_map(json).collect();
        Some(Said { target: item.get("target").and_then(json), renames, documents })
    }

    /// What it does to an object that a patch behind it cannot rest on.
    fn harm(&self, id: &Id) -> Option<&'static str> {
        let meant = self.documents.iter().filter(|it| self.means(it, id));
        meant.into_iter().find_map(|it| if self.renames { Some("renames") } else { harm(it) })
    }

    fn means(&self, document: &Value, id: &Id) -> bool {
        let Some(target) = &self.target else {
            let name = document.pointer("/metadata/name").and_then(Value::as_str);
            return document["kind"] == id.kind.as_str() && name == Some(&id.name);
        };
        // Selectors are patterns.
        let fits = |key: &str, own: &str| match target[key].as_str().filter(|it| !it.is_empty()) {
            Some(it) => Regex::new(&format!("^(?:{it})$")).map_or(true, |it| it.is_match(own)),
            None => true,
        };
        fits("kind", &id.kind) && fits("name", &id.name)
    }
}

fn harm(document: &Value) -> Option<&'static str> {
    match document {
        Value::Array(all) => all.iter().find_map(operation),
        Value::Object(all) => all.iter().find_map(|(key, it)| match (key.as_str(), it) {
            ("$patch", _) => Some("deletes or replaces parts of"),
            ("$retainKeys" | "$setElementOrder", _) => Some("puts another order to"),
            ("metadata", _) => None,
            (_, Value::Null) => Some("takes something away from"),
            ("initContainers", _) => Some("changes the init containers of"),
            (_, Value::Array(all)) => all.iter().filter(|it| it.is_object()).find_map(harm),
            (_, it) => harm(it),
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Keys by which something is found, and lists and mappings with such keys in them.
const KEYS: [&str; 12] = [
    "",
    "name",
    "namespace",
    "kind",
    "apiVersion",
    "mountPath",
    "containers",
    "initContainers",
    "volumes",
    "volumeMounts",
    "template",
    "spec",
];

fn operation(it: &Value) -> Option<&'static str> {
    let path = it["path"].as_str().unwrap_or("");
    let aside = ["/metadata/labels", "/metadata/annotations", "/spec/replicas"];
    if aside.iter().any(|it| path.starts_with(it)) {
        return None;
    }
    let (holder, key) = path.rsplit_once('/').unwrap_or(("", ""));
    let is_item = key == "-" || key.parse::<usize>().is_ok();
    match it["op"].as_str().unwrap_or("") {
        "test" => None,
        "remove" | "move" => Some("takes something away from"),
        _ if is_item && holder.ends_with("/initContainers") => {
            Some("changes the init containers of")
        }
        "replace" if is_item => Some("replaces parts of"),
        _ if KEYS.contains(&key) => Some("replaces parts of"),
        _ => None,
    }
}
