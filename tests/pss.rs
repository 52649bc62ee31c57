//! What is mended under `--confidence risky` meets the restricted Pod Security Standard.
//!
//! A second implementation of the standard judges every pod of the corpus, where it is at hand, and of
//! `golden/kubernetes/files`; the program's own Pod Security line has to agree with it, before and after.

#[path = "pss/pods.rs"]
mod pods;
#[path = "pss/standard.rs"]
mod standard;

use std::path::{Path, PathBuf};

use casehard::batch::Batch;
use casehard::cli::{Cli, Command};
use casehard::finding::{Confidence, Finding};
use casehard::mend::{Analysis, Mended, Policy, Shared};
use casehard::plan::accept;
use casehard::standard::Level;
use clap::Parser;
use pods::{Pod, pods};

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = ["golden/kubernetes/files", "../shared/corpus/k8s"].map(|it| root.join(it));
    all.into_iter().filter(|it| it.is_dir()).collect()
}

fn policy(minor: u32) -> Policy {
    let version = format!("--kubernetes=1.{minor}");
    let cli = Cli::parse_from(["casehard", "check", &version, env!("CARGO_MANIFEST_DIR")]);
    let Command::Check(args) = cli.command else { unreachable!() };
    casehard::commands::policy(&args.inputs, Confidence::Risky)
        .unwrap_or_else(|it| panic!("{}", it.0))
}

/// Mends every file in memory; nothing is written.
fn mended(minor: u32) -> Vec<(Vec<Shared>, Mended)> {
    let mut all = Vec::new();
    for folder in folders() {
        let mut batch = Batch::read(&[folder]);
        let outcomes = batch.mend(&policy(minor), |found| accept(found, Confidence::Risky));
        for (project, outcome) in batch.projects.iter().zip(outcomes) {
            let mended =
                outcome.unwrap_or_else(|it| panic!("{}: {}", it.path.display(), it.message));
            all.push((project.files.clone(), mended));
        }
    }
    assert!(!all.is_empty());
    all
}

/// Whether the owner has to act on the pod, or said that it may stay as it is.
fn is_left_to_the_owner(analysis: &Analysis, pod: &Pod) -> bool {
    let concerns = |it: &Finding| it.subject.starts_with(&pod.name);
    let waived = analysis.judged.waived.iter().any(|it| concerns(&it.finding));
    let skipped = analysis.skipped.iter().any(|it| it.0.starts_with(&pod.name));
    waived || skipped || analysis.judged.open.iter().any(concerns)
}

#[test]
fn every_pod_that_is_left_to_nobody_meets_restricted() {
    let mut wrong = Vec::new();
    let mut good = 0;
    for (_, mended) in mended(37) {
        for file in &mended.files {
            for pod in pods(&file.tree) {
                if pod.is_windows() || is_left_to_the_owner(&mended.after, &pod) {
                    continue;
                }
                let found = standard::violations(&pod.spec, &pod.annotations, 37);
                match found.baseline.is_empty() && found.restricted.is_empty() {
                    true => good += 1,
                    false => {
                        wrong.push(format!("{}: {}: {found:?}", file.path.display(), pod.name));
                    }
                }
            }
        }
    }
    println!("{good} pods meet restricted");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_pod_security_line_agrees_with_the_second_implementation() {
    for minor in [25, 28, 30, 31, 33, 34, 35, 37] {
        for (old, mended) in mended(minor) {
            agrees(&old, &mended.before, minor);
            agrees(&mended.files, &mended.after, minor);
        }
    }
}

#[track_caller]
fn agrees(files: &[Shared], analysis: &Analysis, minor: u32) {
    for file in files {
        for pod in pods(&file.tree) {
            let found = standard::violations(&pod.spec, &pod.annotations, minor);
            let level = match (found.baseline.is_empty(), found.restricted.is_empty()) {
                (false, _) => Level::Privileged,
                (true, false) => Level::Baseline,
                (true, true) => Level::Restricted,
            };
            let said: Vec<Level> = analysis
                .standings
                .iter()
                .filter(|it| {
                    it.site.span.start >= pod.span.start && it.site.span.end <= pod.span.end
                })
                .map(|it| it.level)
                .collect();
            let path = file.path.display();
            assert!(
                said.iter().all(|it| *it == level),
                "{path}: {}: {said:?}, but {found:?} in 1.{minor}",
                pod.name
            );
        }
    }
}

#[test]
fn what_is_left_has_no_fix() {
    for (_, mended) in mended(37) {
        let refused: Vec<&str> = mended.refused.iter().map(|it| &*it.0.message).collect();
        let open = mended.after.judged.open.iter();
        let fixable: Vec<_> =
            open.filter(|it| !it.fixes.is_empty() && !refused.contains(&&*it.message)).collect();
        assert!(fixable.is_empty(), "{fixable:#?}");
    }
}
