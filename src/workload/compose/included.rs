//! What a Compose file includes, and the variables that it hands to that.

use std::path::Path;
use std::sync::Arc;

use super::env_file_paths;
use crate::workload::{Content, File, Variables, clean, view};
use crate::yaml::Node;

/// The items of a document's `include`.
pub fn include_items<'t>(root: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    root.get("include").into_iter().flat_map(|it| it.resolve().items())
}

/// Where an item of `include` names its files.
pub fn included_by<'t>(item: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let path = item.resolve().get("path").unwrap_or(item).resolve();
    let paths = std::iter::once(path).chain(path.items().map(Node::resolve));
    paths.filter(|it| it.value().is_some())
}

/// The files of variables that an item of `include` names, which take the place of `.env`.
pub fn include_env_files(item: Node<'_>, variables: &Variables) -> Vec<String> {
    let list = view::lookup(item.resolve(), "env_file");
    list.map(|it| env_file_paths(it.value, variables)).unwrap_or_default()
}

/// The variables of a file that an item of `include` names: those of the including file win over its own.
pub fn variables_within(file: &File, item: Node<'_>, own: &Arc<Variables>) -> Arc<Variables> {
    let names = include_env_files(item, &file.variables);
    if names.is_empty() {
        return Variables::within(&file.variables, own);
    }
    let text = |name: &String| match file.texts.get(&clean(Path::new(name)))? {
        Content::Text(text) => Some((name.clone(), text.as_str())),
        Content::Folder(_) | Content::Closed => None,
    };
    let texts: Vec<_> = names.iter().filter_map(text).collect();
    let handed = Variables::of_files(texts.iter().map(|it| (it.0.as_str(), it.1)));
    Variables::within(&file.variables, &Arc::new(handed))
}
