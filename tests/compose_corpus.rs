//! Real Compose files: those in `golden/files`, and the corpus beside the repository where it is there.
//!
//! `tests/compose_schema.py` asks the schema of Compose the same question: what was valid is valid after.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::{Path, PathBuf};

use casehard::batch::{Batch, Outcome, Project, parse};
use casehard::finding::{Confidence, Severity};
use casehard::mend::{Mended, Policy, mend};
use casehard::plan::accept;
use casehard::source::Named;
use casehard::yaml::Tree;
use clap::Parser as _;
use rayon::prelude::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn policy() -> Policy {
    let words = ["casehard", "check", env!("CARGO_MANIFEST_DIR")];
    let cli = casehard::cli::Cli::parse_from(words);
    let casehard::cli::Command::Check(args) = cli.command else { unreachable!() };
    casehard::commands::policy(&args.inputs, casehard::finding::Confidence::Risky)
        .unwrap_or_else(|it| panic!("{}", it.0))
}

/// Every input of `golden/files`, named outright.
fn kept() -> Vec<PathBuf> {
    let folders = fs::read_dir(root().join("golden/files")).unwrap();
    let mut inputs: Vec<PathBuf> =
        folders.map(|it| it.unwrap().path().join("input.yaml")).filter(|it| it.is_file()).collect();
    inputs.sort();
    inputs
}

fn batches() -> Vec<Batch> {
    let mut batches = vec![Batch::read(&kept())];
    let corpus = root().join("../shared/corpus/compose");
    if corpus.is_dir() {
        batches.push(Batch::read(&[corpus]));
    }
    batches
}

#[test]
fn every_real_file_is_mended_or_refused_with_a_reason() {
    let policy = policy();
    for mut batch in batches() {
        for problem in batch.problems() {
            assert!(problem.message.len() > 10, "{}", problem.path.display());
            let plain = problem.place.is_some() || !problem.fails;
            assert!(plain, "{}: {} has no place", problem.path.display(), problem.message);
        }
        let outcomes = batch.mend(&policy, |all| accept(all, Confidence::Risky));
        assert!(outcomes.len() > 50);
        let wrong: Vec<String> = batch
            .projects
            .par_iter()
            .zip(outcomes)
            .filter_map(|(project, outcome)| {
                let checked =
                    outcome.map_err(|it| it.message).and_then(|it| check(project, &it, &policy));
                Some(format!("{}: {}", project.files[0].path.display(), checked.err()?))
            })
            .collect();
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}

fn check(project: &Project, mended: &Mended, policy: &Policy) -> Result<(), String> {
    for id in &mended.changed {
        let (old, new) = (&project.files[id.0 as usize], &mended.files[id.0 as usize]);
        let again = parse(&new.path, Named::Outright, new.tree.text().as_bytes());
        let before = parse(&old.path, Named::Outright, old.tree.text().as_bytes());
        match (before, again) {
            (Outcome::Ready(_, before), Outcome::Ready(_, after)) if before == after => (),
            _ => return Err("the new text is read as something else".to_owned()),
        }
        keeps_comments(&old.tree, &new.tree)?;
    }
    let again = mend(&mended.files, &project.members, policy, |all| accept(all, Confidence::Risky));
    if !again.map_err(|it| it.message)?.changed.is_empty() {
        return Err("a second run writes".to_owned());
    }
    let refused = |rule: &str| mended.refused.iter().any(|it| it.0.rule == rule);
    let left = mended.after.judged.open.iter().find(|it| {
        it.confidence() != Confidence::Manual && it.severity > Severity::Info && !refused(it.rule)
    });
    left.map_or(Ok(()), |it| Err(format!("{} is left: {}", it.rule, it.message)))
}

/// The comments on lines of their own are there, in their order.
fn keeps_comments(old: &Tree, new: &Tree) -> Result<(), String> {
    let own = |tree: &Tree| -> Vec<String> {
        let comments = tree.comments().filter(|it| it.own_line);
        comments.map(|it| tree.text()[it.span.start..it.span.end].to_owned()).collect()
    };
    let mut found = own(new).into_iter();
    match own(old).into_iter().find(|wanted| !found.any(|it| it == *wanted)) {
        Some(lost) => Err(format!("a comment is lost: {lost}")),
        None => Ok(()),
    }
}
