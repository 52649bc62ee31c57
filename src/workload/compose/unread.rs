//! What takes part in a project and was not understood, whoever it concerns.

use std::path::{Path, PathBuf};

use foldhash::HashSet;

use super::{Chain, Unread, included, is_remote, references};
use crate::finding::{FileId, Site};
use crate::workload::Files;
use crate::workload::beside;
use crate::yaml::{Node, Span};

/// Files that are included or merged and that could not be read.
pub fn unread(files: &Files<'_>, members: &[FileId]) -> Vec<Unread> {
    let Chain { mut roots, .. } = Chain::of(files, members);
    // What is judged in a project of its own is told there.
    roots.retain(|it| !files.get(it.0).judged_elsewhere);
    let mut named = HashSet::default();
    let mut found = Vec::new();
    for &(file, root) in &roots {
        let from = files.get(file);
        named.extend(references(root, &from.variables).iter().map(|it| beside(&from.path, it)));
        for node in included(root) {
            let name = node.value().unwrap_or("");
            let text = from.variables.interpolate(name);
            named.extend(text.known().map(|it| beside(&from.path, it)));
            let why = match text.known() {
                _ if is_remote(name) => "which is not on this machine",
                None => "whose variable is not known",
                Some(it) => match files.named_by(from, it).map(|it| files.get(it)) {
                    None => from.unread(Path::new(it)),
                    Some(file) if !file.in_scope && !file.judged_elsewhere => {
                        "which was not named: its services are not judged"
                    }
                    Some(_) if moved(&from.path, node, it) => {
                        "whose project_directory is another folder: what that changes is not judged"
                    }
                    Some(_) => continue,
                },
            };
            let site = Site { file, span: node.span() };
            found.push(Unread { site, what: format!("it includes {name}, {why}") });
        }
    }
    roots.dedup_by_key(|it| it.0);
    for (id, root) in roots {
        found.extend(overrides(files, id, root).filter(|it| !named.contains(it.0)).map(|it| it.1));
    }
    found
}

/// Whether an include names another folder than the file's own, from which its paths and variables are read.
fn moved(from: &Path, path: Node<'_>, file: &str) -> bool {
    let mut above = std::iter::successors(path.parent(), |it| it.parent()).take(2);
    let named = above.find_map(|it| it.get("project_directory")).and_then(Node::value);
    named.is_some_and(|it| beside(from, file).parent() != Some(beside(from, it).as_path()))
}

/// Files that would be merged over one, with their paths.
fn overrides<'f>(
    files: &Files<'f>,
    id: FileId,
    root: Node<'f>,
) -> impl Iterator<Item = (&'f PathBuf, Unread)> {
    let start = root.span().start;
    let site = Site { file: id, span: Span { start, end: start } };
    files.get(id).unread.iter().map(move |(path, why)| {
        (path, Unread { site, what: format!("{} is merged over it, {why}", path.display()) })
    })
}
