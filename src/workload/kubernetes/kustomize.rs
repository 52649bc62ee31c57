//! What a kustomization names: the files that it is made of, and the patches over them.

use std::path::Path;

use super::objects::{KUSTOMIZE, objects};
use super::places::descend;
use super::{Object, scalar};
use crate::yaml::{Kind, Node, Tree};

/// The names by which kustomize finds a kustomization in its folder.
pub const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A patch that a kustomization holds or names.
#[derive(Clone, Copy)]
pub(super) struct Patch<'t> {
    /// What selects the objects that it is for; nothing where the patch says so itself.
    pub target: Option<Node<'t>>,
    /// Its text, or the path of its file.
    pub written: Node<'t>,
    /// Which of the two.
    pub form: Form,
}

/// How a patch is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As text.
    Text,
    /// In a file of its own.
    Named,
}

/// What a kustomization names, as written.
#[derive(Debug, Default)]
pub struct Named {
    /// Files and folders of objects.
    pub resources: Vec<String>,
    /// Folders of components, which change the objects of whoever names them.
    pub components: Vec<String>,
    /// Files that change objects.
    pub patches: Vec<String>,
    /// Whether it changes more of an object than what all kustomizations may: its name, its labels.
    pub changes: bool,
}

/// Whether a file is one that kustomize looks for.
pub fn is_kustomization(path: &Path) -> bool {
    path.file_name().is_some_and(|it| NAMES.iter().any(|name| it == *name))
}

/// What the kustomization of a file names.
pub fn named(tree: &Tree) -> Named {
    let mut named = Named::default();
    for root in tree.documents().map(Node::resolve) {
        named.resources.extend(texts(root, &["resources", "bases"]));
        named.components.extend(texts(root, &["components"]));
        let patches = patches_of(root);
        named.changes |= !patches.is_empty()
            || ["images", "imageTags", "replacements"].iter().any(|it| root.get(it).is_some());
        let files = patches.iter().filter(|it| it.form == Form::Named);
        named.patches.extend(files.filter_map(|it| it.written.value()).map(str::to_owned));
    }
    named
}

/// The files that hold patches which the objects of a file name: kustomizations, whatever their file is called, and
/// transformers.
pub fn patch_files(tree: &Tree) -> Vec<String> {
    let all = tree.documents().flat_map(objects);
    let named = all.flat_map(|it| patches(&it)).filter(|it| it.form == Form::Named);
    named.filter_map(|it| it.written.value()).map(str::to_owned).collect()
}

fn texts(root: Node<'_>, keys: &[&str]) -> Vec<String> {
    let lists = keys.iter().filter_map(|it| root.get(it));
    lists.flat_map(Node::items).filter_map(|it| it.value()).map(str::to_owned).collect()
}

/// The values that a kustomization hands to charts.
pub(super) fn values(node: Node<'_>) -> Vec<Node<'_>> {
    let charts = node.get("helmCharts").into_iter().flat_map(Node::items).map(Node::resolve);
    charts.chain([node]).filter_map(|it| it.get("valuesInline")).map(Node::resolve).collect()
}

/// The patches of an object: a kustomization, a transformer of kustomize, or what Flux and Argo CD hand to kustomize.
pub(super) fn patches<'t>(object: &Object<'t>) -> Vec<Patch<'t>> {
    let node = object.node;
    let paths: &[&str] = match &*object.group {
        KUSTOMIZE => return patches_of(node),
        "kustomize.toolkit.fluxcd.io" => &["spec"],
        "helm.toolkit.fluxcd.io" => &["spec.postRenderers[].kustomize"],
        "argoproj.io" => &["spec.source.kustomize", "spec.sources[].kustomize"],
        "builtin" => return transformer(node),
        _ => &[],
    };
    paths.iter().flat_map(|it| descend(node, it)).flat_map(|it| patches_of(it.1)).collect()
}

/// The patches of a kustomization.
pub(super) fn patches_of(kustomization: Node<'_>) -> Vec<Patch<'_>> {
    let items = |key| kustomization.get(key).into_iter().flat_map(Node::items);
    let mut all: Vec<Patch<'_>> = Vec::new();
    for item in items("patches").chain(items("patchesJson6902")) {
        all.extend(given(item, "patch", Form::Text));
        all.extend(given(item, "path", Form::Named));
    }
    for item in items("patchesStrategicMerge").chain(items("transformers")).map(Node::resolve) {
        all.push(Patch { target: None, written: item, form: form(item) });
    }
    all
}

/// What a transformer of kustomize says.
fn transformer(node: Node<'_>) -> Vec<Patch<'_>> {
    let target = node.get("target");
    let texts = ["patch", "patches", "jsonOp"].iter().filter_map(|it| node.get(it));
    let texts = texts.map(|it| Patch { target, written: it, form: Form::Text });
    let file = given(node, "path", Form::Named)
        .filter(|_| scalar(node, "kind").is_some_and(|it| it.starts_with("Patch")));
    texts.chain(file).collect()
}

fn given<'t>(item: Node<'t>, key: &str, form: Form) -> Option<Patch<'t>> {
    Some(Patch { target: item.get("target"), written: item.get(key)?, form })
}

/// An item that may be either is a path where it is no more than a word.
fn form(item: Node<'_>) -> Form {
    let text = item.value().unwrap_or("");
    let is_scalar = |it: Node<'_>| it.resolve().kind() == Kind::Scalar;
    let is_path = !text.contains('\n')
        && Tree::parse(text).is_ok_and(|it| it.documents().all(is_scalar))
        && !text.is_empty();
    if is_path { Form::Named } else { Form::Text }
}
