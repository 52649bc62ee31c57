//! The objects that a kustomization builds, of all the files and folders that it leads to: a patch has to mean one of
//! them, and an earlier patch has to mean one still.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::{FOLDER, Why};
use crate::mend::{Id, is_patch, resources};
use crate::source;
use crate::workload::json::json;
use crate::workload::kubernetes::{NAMES, named};
use crate::workload::{File, clean};
use crate::yaml::{Kind, Node, Tree, decode};

/// How deep kustomizations lead to one another.
const DEPTH: usize = 32;

/// Files that are looked at and take nothing, by their paths.
#[derive(Default)]
pub(super) struct Looked(HashMap<PathBuf, Option<Arc<Tree>>>);

/// What a kustomization builds.
#[derive(Default)]
pub(super) struct Built {
    objects: Vec<Object>,
    /// Whether something could not be read.
    is_partial: bool,
}

/// An object with all names under which kustomize knows it.
struct Object {
    path: PathBuf,
    line: usize,
    names: Vec<String>,
    namespaces: Vec<String>,
    data: Value,
}

impl Looked {
    /// What a file says; nothing where it cannot be read.
    pub(super) fn tree(&mut self, path: &Path) -> Option<Arc<Tree>> {
        let read = || {
            let source = source::read(path).ok()?;
            Tree::parse(decode(&source.bytes).ok()?).ok().map(Arc::new)
        };
        self.0.entry(clean(path)).or_insert_with(read).clone()
    }

    /// The kustomization in a folder.
    fn kustomization(&mut self, folder: &Path) -> Option<Arc<Tree>> {
        NAMES.iter().find_map(|name| self.tree(&folder.join(name)))
    }

    /// The kustomization and the components that it takes in, each with its folder.
    pub(super) fn together(&mut self, folder: &Path, own: &Tree) -> Vec<(PathBuf, Arc<Tree>)> {
        let mut all: Vec<(PathBuf, Arc<Tree>)> = Vec::new();
        let mut open: Vec<PathBuf> = inner(folder, &named(own).components);
        while let Some(folder) = open.pop().filter(|_| all.len() < DEPTH) {
            let Some(tree) = self.kustomization(&folder) else { continue };
            open.extend(inner(&folder, &named(&tree).components));
            all.push((folder, tree));
        }
        all
    }

    /// What a kustomization in a folder builds.
    pub(super) fn built(&mut self, folder: &Path, own: &Tree) -> Built {
        let mut built = Built::default();
        self.add(folder, own, DEPTH, &mut built);
        built
    }

    fn add(&mut self, folder: &Path, own: &Tree, depth: usize, built: &mut Built) {
        let named = named(own);
        for path in inner(folder, &[named.resources, named.components].concat()) {
            if path.is_dir() && depth > 0 {
                let Some(tree) = self.kustomization(&path) else { continue };
                let first = built.objects.len();
                self.add(&path, &tree, depth - 1, built);
                built.objects[first..].iter_mut().for_each(|it| it.renamed(&tree));
                continue;
            }
            let tree = self.tree(&path);
            match tree.as_ref().and_then(|it| Some((it, resources(it)?))) {
                Some((tree, all)) => built.objects.extend(all.into_iter().map(|it| {
                    let line = tree.position(it.node.span().start).line;
                    Object::of(&path, line, it.node, it.data)
                })),
                None => built.is_partial = true,
            }
        }
    }
}

fn inner(folder: &Path, names: &[String]) -> Vec<PathBuf> {
    names.iter().map(|it| clean(&folder.join(it))).collect()
}

fn text<'v>(data: &'v Value, path: &str) -> &'v str {
    data.pointer(path).and_then(Value::as_str).unwrap_or("")
}

/// What is written below keys: to kustomize a name is what is written, whatever else YAML has it mean (`n`, `1e3`).
fn said(node: Node<'_>, keys: &[&str]) -> String {
    let found = keys.iter().try_fold(node.resolve(), |it, key| it.get(key));
    found.filter(|it| !it.is_null()).and_then(Node::value).unwrap_or("").to_owned()
}

/// The namespace as kustomize compares it.
fn namespace(text: &str) -> String {
    if text.is_empty() { "default".to_owned() } else { text.to_owned() }
}

impl Object {
    fn of(path: &Path, line: usize, node: Node<'_>, data: Value) -> Object {
        let names = vec![said(node, &["metadata", "name"])];
        let namespaces = vec![namespace(&said(node, &["metadata", "namespace"]))];
        Object { path: path.to_owned(), line, names, namespaces, data }
    }

    /// Takes in what a kustomization makes of its name; kustomize knows it by each that it had.
    fn renamed(&mut self, kustomization: &Tree) {
        for root in kustomization.documents().map(Node::resolve) {
            let said = |key: &str| root.get(key).and_then(Node::value).unwrap_or("");
            let last = self.names.last().cloned().unwrap_or_default();
            let name = format!("{}{last}{}", said("namePrefix"), said("nameSuffix"));
            if name != last {
                self.names.push(name);
            }
            if !said("namespace").is_empty() {
                self.namespaces.push(said("namespace").to_owned());
            }
        }
    }

    fn is(&self, kind: &str, name: &str, within: Option<&str>) -> bool {
        text(&self.data, "/kind") == kind
            && self.names.iter().any(|it| it == name)
            && within.is_none_or(|within| self.namespaces.contains(&namespace(within)))
    }
}

impl Built {
    /// Another object that a patch for this one would mean too: where it stands, with its line.
    pub(super) fn other(&self, id: &Id) -> Option<(&Path, usize)> {
        let (group, _) = id.group_and_version();
        let is_group = |it: &&Object| {
            let version = text(&it.data, "/apiVersion");
            version.split_once('/').map_or("", |it| it.0) == group
        };
        // A selector without a namespace selects in all of them.
        let within = id.namespace.as_deref().or_else(|| id.is_built_in().then_some(""));
        let same = self.objects.iter().filter(|it| it.is(&id.kind, &id.name, within));
        let mut same: Vec<&Object> = same.filter(is_group).collect();
        if same.len() < 2 {
            return None;
        }
        // The one that is listed itself has no other name and comes first where it is written first.
        same.sort_by_key(|it| it.path.components().count());
        same.last().map(|it| (it.path.as_path(), it.line))
    }

    /// An earlier patch that a kustomization names and whose object, or container, is there no more.
    pub(super) fn stale(&self, looked: &mut Looked, folder: &Path, own: &File) -> Option<Why> {
        let roots = own.tree.documents().map(Node::resolve);
        let entries = roots.filter_map(|it| it.get("patches")).flat_map(Node::items);
        for entry in entries.map(Node::resolve) {
            let name = said(entry, &["path"]);
            let path = folder.join(&name);
            if !clean(Path::new(&name)).starts_with(FOLDER) {
                continue;
            }
            let Some(tree) = looked.tree(&path).filter(|it| is_patch(it.text())) else { continue };
            let Some(patch) = tree.documents().next() else { continue };
            if let Some(what) = self.missing(entry, patch) {
                let message = format!(
                    "a patch of {what}, which {} builds no more: remove it, and its entry there",
                    own.path.display()
                );
                return Some((path, None, message));
            }
        }
        None
    }

    /// What of a patch is there no more.
    fn missing(&self, entry: Node<'_>, patch: Node<'_>) -> Option<String> {
        let is_list = patch.resolve().kind() == Kind::Sequence;
        let (of, name) = if is_list { (entry, "target") } else { (patch, "metadata") };
        let namespace = said(of, &[name, "namespace"]);
        // A selector without a namespace selects in all of them.
        let within = Some(namespace.as_str()).filter(|it| !is_list || !it.is_empty());
        let name = said(of, &[name, "name"]).replace("\\.", ".");
        let kind = &match is_list {
            true => said(entry, &["target", "kind"]),
            false => said(patch, &["kind"]),
        };
        let patch = &json(patch)?;
        let Some(object) = self.objects.iter().find(|it| it.is(kind, &name, within)) else {
            return (!self.is_partial).then(|| format!("{kind} {name}"));
        };
        ["containers", "initContainers"].iter().find_map(|list| {
            let there = items(&object.data, list);
            let mut own = items(patch, list).into_iter();
            let gone = own.find(|it| {
                it.get("image").is_none()
                    && it.get("$patch").is_none()
                    && !there.iter().any(|other| other.get("name") == it.get("name"))
            })?;
            Some(format!("container {} of {kind} {name}", text(gone, "/name")))
        })
    }
}

/// The items of all lists of this name.
fn items<'v>(data: &'v Value, list: &str) -> Vec<&'v Value> {
    match data {
        Value::Object(all) => {
            let each = all.iter().flat_map(|(key, it)| match it {
                Value::Array(all) if key == list => all.iter().collect(),
                it => items(it, list),
            });
            each.collect()
        }
        _ => Vec::new(),
    }
}
