//! Which of the chosen fixes an edit is refused for.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Choice, fix};
use crate::finding::{FileId, Finding};
use crate::workload::Files;
use crate::yaml::{Change, EditError, Span, Tree};

/// For each refusal the chosen fix that touches its bytes most closely, the last of several.
pub(super) fn culprits(
    files: &Files<'_>,
    findings: &[Finding],
    kept: &[Choice],
    errors: Vec<(FileId, EditError)>,
) -> BTreeMap<usize, String> {
    let mut reached: Vec<(FileId, Span, usize)> = Vec::new();
    for (at, choice) in kept.iter().enumerate() {
        for edit in &fix(findings, *choice).edits {
            let others = edit.shared.iter().filter_map(|it| it.otherwise.as_ref().ok()).flatten();
            let all = others.map(|it| (it.0, &it.1)).chain([(edit.file, &edit.change)]);
            reached.extend(all.map(|(file, it)| (file, reach(&files.get(file).tree, it), at)));
        }
    }
    let culprit = |(file, error): (FileId, EditError)| {
        let touches = |it: &&(FileId, Span, usize)| {
            it.0 == file && it.1.start <= error.span.end && error.span.start <= it.1.end
        };
        let near = reached.iter().filter(touches);
        let near = near.min_by_key(|it| (it.1.end - it.1.start, Reverse(it.2)))?;
        Some((near.2, error.message))
    };
    errors.into_iter().filter_map(culprit).collect()
}

/// The bytes of the node that a change gets to.
fn reach(tree: &Tree, change: &Change) -> Span {
    change.way(tree).last().unwrap_or(tree.node(change.at)).full_span()
}
