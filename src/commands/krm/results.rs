//! What a run found and did, as the results of a function.

use serde_json::{Map, Value, json};

use super::list::{List, references};
use crate::finding::{Finding, Severity, Site};
use crate::mend::{Mended, keys_at};
use crate::workload::json::json as data;
use crate::yaml::{Node, NodeId, Step, Tree};

/// The results: what was mended, then what is left.
pub(super) fn results(list: &List, mended: &Mended) -> Vec<Value> {
    let after = &mended.files[0].tree;
    let now = after.documents().find(|it| !it.is_null()).and_then(data).unwrap_or_default();
    let mut all = Vec::new();
    for it in &mended.fixed {
        let is_it = |other: &&Finding| {
            (other.rule, other.container, &other.message) == (it.rule, it.container, &it.message)
        };
        let path = match mended.before.judged.open.iter().find(is_it) {
            Some(found) => path(&list.tree, found),
            None => path_of_site(&it.text.tree, it.site),
        };
        let told = Told {
            message: format!("{}: {} (mended: {})", it.subject, it.message, it.title),
            severity: "info",
            rule: it.rule,
            tier: it.confidence.name(),
            proposed: at(&now, &path).cloned(),
        };
        all.push(result(list, &path, told));
    }
    let refused = |it: &Finding| {
        let same = |other: &&(crate::finding::Finding, String)| {
            (other.0.rule, other.0.container, &other.0.message)
                == (it.rule, it.container, &it.message)
        };
        mended.refused.iter().find(same).map(|it| it.1.clone())
    };
    for it in &mended.after.judged.open {
        let why = refused(it).map_or(String::new(), |why| format!(" (not mended: {why})"));
        let told = Told {
            message: format!("{}: {}{why}", it.subject, it.message),
            severity: severity(it.severity),
            rule: it.rule,
            tier: it.confidence().name(),
            proposed: None,
        };
        all.push(result(list, &path(after, it), told));
    }
    all
}

/// What is told of a finding.
struct Told {
    message: String,
    severity: &'static str,
    rule: &'static str,
    tier: &'static str,
    proposed: Option<Value>,
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "info",
    }
}

fn result(list: &List, path: &[Step], told: Told) -> Value {
    let mut all = Map::new();
    all.insert("message".to_owned(), told.message.into());
    all.insert("severity".to_owned(), told.severity.into());
    // The first two steps lead to the item.
    let item = at(&list.data, path.get(..2).unwrap_or_default()).filter(|_| path.len() >= 2);
    if let Some(item) = item {
        let (reference, file) = references(item);
        all.insert("resourceRef".to_owned(), reference);
        let below = &path[2..];
        let mut field = Map::from_iter([("path".to_owned(), Value::from(written(below)))]);
        let values = [("currentValue", at(item, below).cloned()), ("proposedValue", told.proposed)];
        for (key, value) in values {
            let value = value.filter(|it| !it.is_object() && !it.is_array() && !it.is_null());
            field.extend(value.map(|it| (key.to_owned(), it)));
        }
        if !below.is_empty() {
            all.insert("field".to_owned(), Value::Object(field));
        }
        all.extend(file.map(|it| ("file".to_owned(), it)));
    }
    all.insert("tags".to_owned(), json!({"rule": told.rule, "tier": told.tier}));
    Value::Object(all)
}

/// The keys to what a finding is about: what its fix writes, or else what is underlined.
fn path(tree: &Tree, finding: &Finding) -> Vec<Step> {
    let first = finding.fixes.first().and_then(|it| it.edits.first());
    match first.filter(|it| it.file == finding.site.file) {
        Some(edit) => [steps(tree, edit.change.at), edit.change.path.clone()].concat(),
        None => path_of_site(tree, finding.site),
    }
}

fn path_of_site(tree: &Tree, site: Site) -> Vec<Step> {
    keys_at(tree, site.span.start)
}

/// The keys from the root of a document to a node.
fn steps(tree: &Tree, id: NodeId) -> Vec<Step> {
    let above = std::iter::successors(Some(tree.node(id)), |it| it.parent());
    let mut all: Vec<Step> = above
        .filter_map(|it| match (it.index(), it.key().and_then(Node::value)) {
            (Some(index), _) => Some(Step::Index(index)),
            (None, key) => key.map(Step::from),
        })
        .collect();
    all.reverse();
    all
}

fn at<'v>(value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(value, |it, step| match step {
        Step::Key(key) => it.get(key.as_str()),
        Step::Index(index) => it.get(*index),
    })
}

/// Keys as results write them: `spec.containers[0].image`.
fn written(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.push_str(&format!(".{key}")),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}
