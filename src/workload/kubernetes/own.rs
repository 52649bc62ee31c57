//! Kinds that the owner names in the configuration: where their pods are, if they are there.

use super::containers::is_pod;
use super::places::descend;
use super::{name_of, object_name, objects};
use crate::finding::{FileId, Site};
use crate::workload::Files;
use crate::workload::detect::first_line;
use crate::yaml::Node;

/// A kind that the owner allows casehard to write.
#[derive(Debug, Clone)]
pub struct OwnKind {
    /// The API group, without version.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The path to its pod spec.
    pub path: String,
}

/// An object whose pod is not where the owner says.
pub struct Misplaced {
    /// What people call it: `Widget/web`.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Where its pod should be.
    pub paths: Vec<String>,
    /// Where its name stands.
    pub site: Site,
}

/// Where the owner says that the pods of an object are.
pub(super) enum Said<'k> {
    /// At these paths; at none where no such kind is named.
    There(Vec<&'k String>),
    /// At these, and nothing of a pod is at any of them.
    Nowhere(Vec<&'k String>),
}

/// Where the owner says that the pods of an object are.
pub(super) fn said<'k>(
    object: Node<'_>,
    (group, kind): (&str, &str),
    own: &'k [OwnKind],
) -> Said<'k> {
    let owned = own.iter().filter(|it| it.group == *group && it.kind == kind);
    let paths: Vec<&String> = owned.map(|it| &it.path).collect();
    let is_there = |path: &&String| descend(object, path).iter().any(|it| is_pod(it.1));
    match paths.is_empty() || paths.iter().any(is_there) {
        true => Said::There(paths),
        false => Said::Nowhere(paths),
    }
}

/// The objects of a file whose pods are not where the owner says.
pub fn misplaced(files: &Files<'_>, file: FileId, own: &[OwnKind]) -> Vec<Misplaced> {
    let objects = files.get(file).tree.documents().flat_map(objects).filter(|_| !own.is_empty());
    let lost = objects.filter_map(|it| {
        let Said::Nowhere(paths) = said(it.node, (&it.group, it.kind), own) else { return None };
        let at = name_of(it.node).unwrap_or(it.node);
        Some(Misplaced {
            name: format!("{}/{}", it.kind, object_name(it.node)),
            kind: it.kind.to_owned(),
            paths: paths.into_iter().cloned().collect(),
            site: Site { file, span: first_line(at) },
        })
    });
    lost.collect()
}
