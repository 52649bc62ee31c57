//! The objects of manifests that patches are for.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::Value;

use super::Place;
use crate::batch::Project;
use crate::mend::{Id, resources};
use crate::workload::clean;
use crate::yaml::Tree;

/// The objects of a file that may have pods.
pub(super) fn with_pods(tree: &Tree) -> Vec<(usize, Id)> {
    let all = resources(tree).unwrap_or_default();
    let numbered = all.into_iter().enumerate();
    numbered.filter(|it| has_pods(&it.1.data)).filter_map(|(at, it)| Some((at, it.id?))).collect()
}

/// Keys of which an object with pods has at least one.
const OF_PODS: &[&str] = &[
    "containers",
    "container",
    "initContainers",
    "steps",
    "sidecars",
    "script",
    "driver",
    "executor",
    "image",
    "securityContext",
    "podTemplate",
    "template",
];

fn has_pods(value: &Value) -> bool {
    match value {
        Value::Object(all) => {
            all.keys().any(|it| OF_PODS.contains(&it.as_str())) || all.values().any(has_pods)
        }
        Value::Array(all) => all.iter().any(has_pods),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The projects of which an object is in its kustomization twice, where, and with which other.
pub(super) fn twice(
    placed: &[(Project, Place)],
) -> HashMap<usize, (Option<(usize, usize)>, String)> {
    let mut known: HashMap<(PathBuf, Id), (usize, (usize, usize))> = HashMap::new();
    let mut found = HashMap::new();
    for (number, (project, place)) in placed.iter().enumerate().filter(|it| it.1.1.why.is_none()) {
        let tree = &project.files[0].tree;
        for it in resources(tree).unwrap_or_default() {
            let Some(id) = it.id.clone().filter(|_| has_pods(&it.data)) else { continue };
            let id = Id { has_aliases: false, ..id };
            let position = tree.position(it.node.span().start);
            let own = (number, (position.line, position.column));
            let called = id.called();
            let Some(&first) = known.get(&(clean(&place.file.path), id.clone())) else {
                known.insert((clean(&place.file.path), id), own);
                continue;
            };
            // Neither is the one that a patch means.
            for (here, there) in [(own, first), (first, own)] {
                let (path, line) = (placed[there.0].0.path().display(), there.1.0);
                let message = format!(
                    "{called} stands at {path}:{line} too: a patch would mean both, and kustomize builds neither"
                );
                found.entry(here.0).or_insert((Some(here.1), message));
            }
        }
    }
    found
}
