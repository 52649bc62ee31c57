//! What a Compose file includes, and the variables that it hands to that.

use std::path::Path;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::{DEPTH, env_file_paths};
use crate::finding::FileId;
use crate::workload::{Content, File, Files, Variables, clean, view};
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

/// Where a Compose document names the files that it includes, in the order in which they are merged.
pub fn included<'t>(root: Node<'t>) -> Vec<Node<'t>> {
    include_items(root).flat_map(included_by).collect()
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

/// The files that a document includes, directly or by others.
pub(super) type Within = HashMap<(FileId, usize), Vec<FileId>>;

/// Files in merge order, with all that they include.
#[derive(Default)]
pub(super) struct Chain<'t> {
    pub(super) known: Vec<FileId>,
    seen: HashSet<FileId>,
    pub(super) roots: Vec<(FileId, Node<'t>)>,
    pub(super) within: Within,
}

impl<'t> Chain<'t> {
    pub(super) fn of(files: &Files<'t>, members: &[FileId]) -> Chain<'t> {
        let mut chain = Chain::default();
        members.iter().for_each(|it| chain.add(files, *it, DEPTH));
        chain
    }

    /// Adds the documents of a file: what one includes, so deep, is weaker than the document itself. A file that is
    /// included twice counts once.
    fn add(&mut self, files: &Files<'t>, id: FileId, depth: usize) {
        if !self.seen.insert(id) {
            return;
        }
        self.known.push(id);
        let file = files.get(id);
        for root in file.tree.documents() {
            let from = self.known.len();
            for name in included(root).into_iter().filter(|_| depth > 0) {
                let text = file.variables.interpolate(name.value().unwrap_or(""));
                if let Some(other) = text.known().and_then(|it| files.named_by(file, it)) {
                    self.add(files, other, depth - 1);
                }
            }
            if self.known.len() > from {
                self.within.insert((id, root.document()), self.known[from..].to_vec());
            }
            self.roots.push((id, root));
        }
    }
}
