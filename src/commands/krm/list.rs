//! A ResourceList as a function is given it, and with the results that it gives back.

use serde_json::{Value, json};

use crate::commands::Failure;
use crate::workload::json::json as data;
use crate::yaml::{
    Action, Change, Data, Kind, Node, Sharing, Step, Tree, Value as Written, decode, edit, prove,
};

/// The versions of lists that are known.
const VERSIONS: [&str; 2] = ["config.kubernetes.io/v1", "config.kubernetes.io/v1beta1"];

/// A list.
pub(super) struct List {
    /// Its text.
    pub(super) tree: Tree,
    /// What it says.
    pub(super) data: Value,
}

impl List {
    /// Reads a list.
    ///
    /// # Errors
    /// It is none, or one of another version: what is wrong and where.
    pub(super) fn read(bytes: &[u8]) -> Result<List, Failure> {
        let broken = |it: crate::yaml::ParseError| {
            failure((it.position.line, it.position.column), &it.message)
        };
        let text = decode(bytes).map_err(broken)?;
        let tree = Tree::parse(text).map_err(broken)?;
        let data = checked(&tree)?;
        Ok(List { tree, data })
    }

    /// What is wrong with what stands at some keys.
    pub(super) fn failure(&self, path: &[&str], why: &str) -> Failure {
        let mut span = 0;
        let mut node = self.tree.documents().find(|it| !it.is_null());
        for key in path {
            let Some(entry) = node.and_then(|it| it.resolve().entry(key)) else { break };
            span = entry.key.span().start;
            node = Some(entry.value);
        }
        at(&self.tree, span, why)
    }
}

/// What a tree says, if that is a list of a known version.
fn checked(tree: &Tree) -> Result<Value, Failure> {
    let mut documents = tree.documents().filter(|it| !it.is_null());
    let Some(root) = documents.next().map(Node::resolve) else {
        let why = "a function reads one ResourceList: kustomize and kpt hand it over by themselves, and \
                   `casehard fix -` reads a stream of manifests";
        return Err(failure((1, 1), why));
    };
    if let Some(it) = documents.next() {
        let is_list = it.resolve().get("kind").and_then(Node::value) == Some("ResourceList");
        let what = if is_list { "a second list" } else { "something behind the list" };
        let why = format!("{what}: a function reads one ResourceList and nothing else");
        return Err(at(tree, it.span().start, &why));
    }
    if root.kind() != Kind::Mapping
        || root.get("kind").and_then(Node::value) != Some("ResourceList")
    {
        let why = "no ResourceList: `casehard fix -` reads a stream of manifests";
        return Err(at(tree, root.span().start, why));
    }
    let version = root.get("apiVersion");
    if !version.and_then(Node::value).is_some_and(|it| VERSIONS.contains(&it)) {
        let place = version.unwrap_or(root).span().start;
        let why =
            format!("a ResourceList of another version: known are {}", VERSIONS.join(" and "));
        return Err(at(tree, place, &why));
    }
    for key in ["items", "results"] {
        let list = root.get(key).map(Node::resolve).filter(|it| !it.is_null());
        if let Some(it) = list.filter(|it| it.kind() != Kind::Sequence) {
            return Err(at(tree, it.span().start, &format!("`{key}` has to be a list")));
        }
    }
    data(root).ok_or_else(|| at(tree, 0, "the list is too large to be written out"))
}

fn at(tree: &Tree, start: usize, why: &str) -> Failure {
    let position = tree.position(start);
    failure((position.line, position.column), why)
}

fn failure((line, column): (usize, usize), why: &str) -> Failure {
    Failure(format!("stdin:{line}:{column}: {why}"))
}

/// Whether a result is one that an earlier run gave.
fn is_own(result: &Value) -> bool {
    result.pointer("/tags/rule").is_some() && result.pointer("/tags/tier").is_some()
}

/// The text of a list with results behind those that others gave; those of an earlier run go.
///
/// # Errors
/// They cannot be written.
pub(super) fn with_results(tree: &Tree, results: &[Value]) -> Result<String, Failure> {
    let Some(root) = tree.documents().find(|it| !it.is_null()) else {
        return Ok(tree.text().to_owned());
    };
    let there = root.get("results").map(Node::resolve);
    let items = there.into_iter().flat_map(Node::items);
    let old: Vec<bool> = items.map(|it| data(it).is_some_and(|it| is_own(&it))).collect();
    let change = |rest: Option<Step>, action| Change {
        at: root.id(),
        path: std::iter::once(Step::from("results")).chain(rest).collect(),
        action,
        sharing: Sharing::Refuse,
    };
    let values = results.iter().map(written);
    let goes = |it: &usize| old[*it];
    let gone = (0..old.len()).filter(goes);
    let changes: Vec<Change> = match there {
        None if results.is_empty() => Vec::new(),
        None => vec![change(None, Action::Ensure(Written::seq(values)))],
        Some(_) if results.is_empty() && !old.contains(&true) => Vec::new(),
        Some(_) if !old.contains(&false) => {
            vec![change(None, Action::Replace(Written::seq(values)))]
        }
        Some(_) => {
            let gone = gone.map(|it| change(Some(Step::from(it)), Action::Remove));
            gone.chain(values.map(|it| change(None, Action::Append(it)))).collect()
        }
    };
    if changes.is_empty() {
        return Ok(tree.text().to_owned());
    }
    let failed = |why: &str| Failure(format!("stdin: the results cannot be written: {why}"));
    let text = edit(tree, &changes).map_err(|it| failed(&it.message))?;
    let after = Tree::parse(text.as_str()).map_err(|it| failed(&it.to_string()))?;
    prove(tree, &after, &changes).map_err(|it| failed(&it.message))?;
    Ok(text)
}

/// The keys of a result in their order.
const ORDER: &[&str] = &[
    "message",
    "severity",
    "resourceRef",
    "apiVersion",
    "kind",
    "namespace",
    "name",
    "field",
    "path",
    "currentValue",
    "proposedValue",
    "file",
    "index",
    "tags",
    "rule",
    "tier",
];

fn written(value: &Value) -> Written {
    match value {
        Value::Null => Data::Null.into(),
        Value::Bool(it) => (*it).into(),
        Value::Number(it) => it.as_i64().map_or_else(|| it.to_string().into(), Into::into),
        Value::String(it) => it.as_str().into(),
        Value::Array(all) => Written::seq(all.iter().map(written)),
        Value::Object(all) => {
            let mut keys: Vec<&String> = all.keys().collect();
            keys.sort_by_key(|it| ORDER.iter().position(|key| it == key));
            Written::map(keys.into_iter().map(|it| (it.as_str(), written(&all[it]))))
        }
    }
}

/// The annotations that name the file of an item, the newest first, each with that of its place there.
const PATHS: [(&str, &str); 2] = [
    ("internal.config.kubernetes.io/path", "internal.config.kubernetes.io/index"),
    ("config.kubernetes.io/path", "config.kubernetes.io/index"),
];

/// What is told of an item in a result: what it is, and the file that it came from.
pub(super) fn references(item: &Value) -> (Value, Option<Value>) {
    let mut reference = serde_json::Map::new();
    for (key, path) in [
        ("apiVersion", "/apiVersion"),
        ("kind", "/kind"),
        ("namespace", "/metadata/namespace"),
        ("name", "/metadata/name"),
    ] {
        let text = item.pointer(path).filter(|it| it.is_string());
        reference.extend(text.map(|it| (key.to_owned(), it.clone())));
    }
    let annotations = &item["metadata"]["annotations"];
    let file = PATHS.iter().find_map(|(path, index)| {
        let path = annotations[*path].as_str()?;
        let index = match &annotations[*index] {
            Value::String(it) => it.parse::<i64>().ok(),
            it => it.as_i64(),
        };
        Some(json!({"path": path, "index": index.unwrap_or(0)}))
    });
    (Value::Object(reference), file)
}
