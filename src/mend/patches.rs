//! What is found in the patches that kustomizations hold or name: reported where it stands, and never written.

use super::analysis::{Members, Policy, view};
use crate::finding::{ContainerId, FileId, Finding, Severity};
use crate::rules;
use crate::workload::kubernetes::{self, InlinePatch};
use crate::workload::{File, Files};
use crate::yaml::Tree;

const BY_HAND: &str = "it stands in a patch, or is said of a whole pod that an operator makes: change it there by hand";

/// What the patches of a project say.
pub(super) fn findings(files: &Files<'_>, members: &Members, policy: &Policy) -> Vec<Finding> {
    let Members::Kubernetes(id) = members else { return Vec::new() };
    let patches = kubernetes::inline_patches(files, *id);
    let judged = |it: &InlinePatch| {
        let file = it.place.start().file;
        judged(files.get(file), file, it, policy)
    };
    let mut found: Vec<Finding> = patches.iter().flat_map(judged).collect();
    found.extend(kubernetes::unfollowed(files, *id).iter().map(rules::judge_unfollowed));
    found
}

fn judged(file: &File, id: FileId, patch: &InlinePatch, policy: &Policy) -> Vec<Finding> {
    let Ok(tree) = Tree::parse(patch.text.as_str()) else { return Vec::new() };
    let text = [std::sync::Arc::new(file.with_tree(tree))];
    let alone = view(&text);
    let workloads = kubernetes::workloads(&alone, FileId(0), &policy.kinds, 0);
    let found = workloads.iter().flat_map(|it| rules::judge(it, &policy.settings).findings);
    let found = found.filter(|it| it.severity > Severity::Info);
    let moved = found.map(|mut it| {
        it.site = patch.place.of(&patch.text, it.site.span);
        it.site.file = id;
        it.container = ContainerId::NOBODY;
        it.subject = format!("patch of {}", it.subject).into();
        it.fixes = Vec::new();
        it.advice = Some(BY_HAND.to_owned());
        it
    });
    moved.collect()
}
