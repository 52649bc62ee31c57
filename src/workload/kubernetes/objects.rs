//! The objects of a document, and what each of them is.

use foldhash::HashSet;
use kube_core::GroupVersion;

use super::kinds::LISTS;
use crate::workload::view::Entry;
use crate::yaml::Node;

/// An object of the API.
pub(super) struct Object<'t> {
    /// Its mapping.
    pub node: Node<'t>,
    /// Its API group, without version.
    pub group: String,
    /// Its kind.
    pub kind: &'t str,
}

/// The API group and the kind of an object.
pub fn identify<'t>(object: Node<'t>) -> Option<(String, &'t str)> {
    if let Some(kind) = kustomization(object) {
        return Some((KUSTOMIZE.to_owned(), kind));
    }
    let kind = said(object, "kind")?;
    Some((group(object.get("apiVersion")?.value()?)?, kind))
}

/// The API group of kustomizations.
pub(super) const KUSTOMIZE: &str = "kustomize.config.k8s.io";

/// The kind of a kustomization that leaves out what it is, or one half of it, as kustomize lets it.
fn kustomization<'t>(object: Node<'t>) -> Option<&'t str> {
    match (said(object, "apiVersion"), said(object, "kind")) {
        (None, Some(kind)) => ["Kustomization", "Component"].contains(&kind).then_some(kind),
        (Some(version), None) => (group(version)? == KUSTOMIZE).then_some("Kustomization"),
        (None, None) => is_kustomization(object).then_some("Kustomization"),
        (Some(_), Some(_)) => None,
    }
}

/// Whether it is one by what else it says: kustomize refuses keys that it does not know.
fn is_kustomization(object: Node<'_>) -> bool {
    const CHANGES: &[&str] =
        &["patches", "patchesStrategicMerge", "patchesJson6902", "transformers", "helmCharts"];
    let entries = object.entries();
    let is_list = |key: &str| object.get(key).is_some_and(|it| it.items().next().is_some());
    let fits = |it: &Entry<'_>| it.key.value().is_some_and(|it| FIELDS.contains(&it));
    entries.iter().all(fits) && CHANGES.iter().any(|it| is_list(it))
}

/// What a kustomization can say.
const FIELDS: &[&str] = &[
    "apiVersion",
    "bases",
    "buildMetadata",
    "commonAnnotations",
    "commonLabels",
    "components",
    "configMapGenerator",
    "configurations",
    "crds",
    "generatorOptions",
    "generators",
    "helmChartInflationGenerator",
    "helmCharts",
    "helmGlobals",
    "imageTags",
    "images",
    "inventory",
    "kind",
    "labels",
    "metadata",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "openapi",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "replicas",
    "resources",
    "secretGenerator",
    "sortOptions",
    "transformers",
    "validators",
    "vars",
];

fn said<'t>(object: Node<'t>, key: &str) -> Option<&'t str> {
    object.get(key).filter(|it| !it.is_null())?.value().filter(|it| !it.is_empty())
}

fn group(api_version: &str) -> Option<String> {
    // Transformers of kustomize have no group: what they hold is a patch.
    match api_version {
        "builtin" => Some("builtin".to_owned()),
        _ => api_version.parse::<GroupVersion>().ok().map(|it| it.group),
    }
}

/// The objects of a document: itself, or the items of a list at any depth.
pub(super) fn objects<'t>(root: Node<'t>) -> Vec<Object<'t>> {
    let mut found = Vec::new();
    let mut open: Vec<(Node<'t>, Option<(String, &'t str)>)> = vec![(root, None)];
    // Aliases can make a list its own item many times over.
    let mut known = HashSet::default();
    while let Some((node, listed)) = open.pop() {
        let node = node.resolve();
        if !known.insert(node.id()) {
            continue;
        }
        let Some(object) = object(node, listed) else {
            open.extend(items_without_version(node).into_iter().rev().map(|it| (it, None)));
            continue;
        };
        let list = LISTS.iter().find(|it| it.0 == object.group && it.1 == object.kind);
        let key = list.map(|it| it.2).or(object.kind.ends_with("List").then_some("items"));
        let Some(items) = key.and_then(|it| node.get(it)) else {
            found.push(object);
            continue;
        };
        let item_kind = object.kind.strip_suffix("List").filter(|it| !it.is_empty());
        let of = item_kind.map(|it| (object.group, it));
        let items: Vec<_> = items.items().map(|it| (it, of.clone())).collect();
        open.extend(items.into_iter().rev());
    }
    found
}

/// The items of a list that leaves its version out: the API's clients open it by its kind alone, and its items say for
/// themselves what they are.
fn items_without_version<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let is_list = said(node, "kind").is_some_and(|it| it.ends_with("List"));
    let items = node.get("items").filter(|_| is_list);
    items.into_iter().flat_map(Node::items).collect()
}

/// Whether a document holds what Kubernetes knows, if only as the items of a list.
pub fn is_manifest(root: Node<'_>) -> bool {
    identify(root).is_some() || !objects(root).is_empty()
}

/// What a mapping is: the items of a typed list need not say it themselves.
fn object<'t>(node: Node<'t>, listed: Option<(String, &'t str)>) -> Option<Object<'t>> {
    let (group_of_list, kind_of_list) = listed.unzip();
    let own = said(node, "kind");
    // What leaves its kind out is what the list is of, whatever version it names.
    let group = match said(node, "apiVersion").filter(|_| own.is_some() || group_of_list.is_none())
    {
        Some(api_version) => group(api_version),
        None => group_of_list,
    };
    match own.or(kind_of_list).zip(group) {
        Some((kind, group)) => Some(Object { node, group, kind }),
        None => identify(node).map(|(group, kind)| Object { node, group, kind }),
    }
}
