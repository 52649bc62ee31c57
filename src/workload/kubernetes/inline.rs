//! Patches that stand in a kustomization or in files that it names: as text, or as operations of JSON patches.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::kinds::KINDS;
use super::kustomize::{self, Form, Patch};
use super::whole::of_whole_pods;
use super::{Object, objects, scalar};
use crate::finding::{FileId, Site};
use crate::workload::detect::first_line;
use crate::workload::json::json;
use crate::workload::{Files, clean};
use crate::yaml::{Kind, Node, Span, Style, Tree};

/// A patch that stands in another object, or what that says of whole pods.
#[derive(Clone)]
pub struct InlinePatch {
    /// It as a document of its own: a strategic patch.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

/// Where the text of a patch stands in its file.
#[derive(Clone)]
pub enum Place {
    /// All of it at one place.
    One(Site),
    /// Each of its lines on a line of its own, from here on.
    Lines(FileId, Vec<Span>),
    /// It is all of a file.
    All(FileId),
}

impl Place {
    /// Where something in the patch's own text stands.
    pub fn of(&self, text: &str, at: Span) -> Site {
        let (file, lines) = match self {
            Place::One(site) => return *site,
            Place::Lines(file, lines) => (*file, lines),
            Place::All(file) => return Site { file: *file, span: at },
        };
        let before = &text[..at.start.min(text.len())];
        let number = before.matches('\n').count();
        let column = before.len() - before.rfind('\n').map_or(0, |it| it + 1);
        let line = lines.get(number).copied().unwrap_or(Span { start: 0, end: 0 });
        let start = (line.start + column).min(line.end);
        Site { file, span: Span { start, end: (start + (at.end - at.start)).min(line.end) } }
    }

    /// Where its text begins.
    pub fn start(&self) -> Site {
        self.of("", Span { start: 0, end: 0 })
    }
}

/// The patches that the kustomizations of a file hold, or name where nobody else judges them.
pub fn inline_patches(files: &Files<'_>, file: FileId) -> Vec<InlinePatch> {
    let objects = files.get(file).tree.documents().flat_map(objects);
    objects.flat_map(|it| [patches(files, &it, file), of_whole_pods(&it, file)].concat()).collect()
}

fn patches(files: &Files<'_>, object: &Object<'_>, file: FileId) -> Vec<InlinePatch> {
    let read = |it: Patch<'_>| match it.form {
        Form::Text => {
            let tree = Tree::parse(it.written.value()?).ok()?;
            Some(read(it.target, &tree, &|| place(it.written, file)))
        }
        Form::Named => {
            let at = files.at(&beside(files, file, it.written)?)?;
            let named = files.get(at);
            let whole = || Place::All(at);
            (!named.judged_elsewhere).then(|| read(it.target, &named.tree, &whole))
        }
    };
    kustomize::patches(object).into_iter().filter_map(read).flatten().collect()
}

/// The path that a file names.
fn beside(files: &Files<'_>, file: FileId, name: Node<'_>) -> Option<PathBuf> {
    let folder = files.get(file).path.parent().unwrap_or(Path::new(""));
    Some(clean(&folder.join(name.value()?)))
}

/// A patch in a file of its own that could not be read.
pub struct Unfollowed {
    /// Where it is named.
    pub site: Site,
    /// Its name, and why.
    pub what: String,
}

/// The patches that the kustomizations of a file name and that could not be read, each once.
pub fn unfollowed(files: &Files<'_>, file: FileId) -> Vec<Unfollowed> {
    let objects = files.get(file).tree.documents().flat_map(objects);
    let patches = objects.flat_map(|it| kustomize::patches(&it));
    let mut known = HashSet::new();
    let unread = patches.filter(|it| it.form == Form::Named).filter_map(|it| {
        let path = beside(files, file, it.written)?;
        let why = files.get(file).unread.get(&path)?;
        let name = it.written.value()?;
        let site = Site { file, span: first_line(it.written) };
        known.insert(path).then(|| Unfollowed { site, what: format!("the patch {name}, {why}") })
    });
    unread.collect()
}

/// The patches of a text: operations each for itself.
fn read(target: Option<Node<'_>>, tree: &Tree, place: &dyn Fn() -> Place) -> Vec<InlinePatch> {
    let text = tree.text();
    if tree.documents().all(|it| it.resolve().kind() != Kind::Sequence) {
        return vec![InlinePatch { text: text.to_owned(), place: place() }];
    }
    let operations = || tree.documents().flat_map(Node::items);
    let path = |it: Node<'_>| scalar(it, "path").map(str::to_owned);
    let changes = |it: &Node<'_>| matches!(scalar(*it, "op"), Some("replace" | "remove"));
    let changed: HashSet<String> = operations().filter(changes).filter_map(path).collect();
    // What is only made sure of before it is changed is not so afterwards.
    let is_passing = |it: Node<'_>| {
        scalar(it, "op") == Some("test") && path(it).is_some_and(|it| changed.contains(&it))
    };
    let operations = operations().filter(|it| !is_passing(*it)).filter_map(|operation| {
        let (path, value, at) = said(operation)?;
        let site = place().of(text, first_line(at));
        let text = document(target, path, value)?;
        Some(InlinePatch { text, place: Place::One(site) })
    });
    operations.collect()
}

/// Where an operation of a JSON patch says something, what a strategic patch would say there, and where it is written.
fn said<'t>(operation: Node<'t>) -> Option<(&'t str, Value, Node<'t>)> {
    let value = || operation.entry("value").map(|it| it.written);
    let gone = |key| {
        let path = scalar(operation, key)?;
        // Of a list that loses an item nothing says what is left.
        let whole = path.trim_end_matches(|it: char| it.is_ascii_digit()).strip_suffix('/');
        Some((whole.unwrap_or(path), Value::Null, operation.entry(key)?.written))
    };
    match scalar(operation, "op")? {
        "add" => Some((scalar(operation, "path")?, json(value()?)?, value()?)),
        "test" => {
            let tested = json(value()?).filter(|it| !it.is_null())?;
            Some((scalar(operation, "path")?, tested, value()?))
        }
        "replace" => {
            let (path, mut by) = (scalar(operation, "path")?, json(value()?)?);
            if let Value::Object(by) = &mut by
                && ["/securityContext", "/capabilities"].iter().any(|it| path.ends_with(it))
            {
                by.insert("$patch".to_owned(), "replace".into());
            }
            Some((path, by, value()?))
        }
        "remove" => gone("path"),
        "move" => gone("from"),
        _ => None,
    }
}

/// Where the text of a scalar stands.
pub(super) fn place(node: Node<'_>, file: FileId) -> Place {
    if node.style() != Style::Literal {
        return Place::One(Site { file, span: first_line(node) });
    }
    let text = node.tree().text();
    let first = node.tree().position(node.span().start).line;
    let is_header = text[node.span().start..].starts_with('|');
    let lines = node.value().unwrap_or("").split('\n').zip(first + usize::from(is_header)..);
    let line = |(content, number): (&str, usize)| {
        let span = node.tree().line_span(number);
        let raw = text[span.start..span.end].trim_end_matches(['\n', '\r']);
        Span {
            start: span.start + raw.len().saturating_sub(content.len()),
            end: span.start + raw.len(),
        }
    };
    Place::Lines(file, lines.map(line).collect())
}

/// The strategic patch that says what an operation adds.
fn document(target: Option<Node<'_>>, path: &str, value: Value) -> Option<String> {
    let steps: Vec<String> = path
        .strip_prefix('/')?
        .split('/')
        .map(|it| it.replace("~1", "/").replace("~0", "~"))
        .collect();
    let mut value = value;
    for step in steps.iter().rev() {
        value = match step == "-" || step.bytes().all(|it| it.is_ascii_digit()) {
            true => {
                if let Value::Object(item) = &mut value {
                    item.entry("name").or_insert_with(|| format!("[{step}]").into());
                }
                Value::Array(vec![value])
            }
            false => Value::Object(Map::from_iter([(step.clone(), value)])),
        };
    }
    let Value::Object(mut object) = value else { return None };
    let of = |key| target.and_then(|it| scalar(it, key));
    let kind = of("kind").unwrap_or(match path {
        _ if path.starts_with("/spec/jobTemplate") => "CronJob",
        _ if path.starts_with("/spec/template") => "Deployment",
        _ => "Pod",
    });
    let group = of("group").or_else(|| Some(KINDS.iter().find(|it| it.kind == kind)?.group))?;
    let version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
    object.insert("apiVersion".to_owned(), version.into());
    object.insert("kind".to_owned(), kind.into());
    let metadata = object.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    metadata.as_object_mut()?.insert("name".to_owned(), of("name").unwrap_or("…").into());
    Some(Value::Object(object).to_string())
}
