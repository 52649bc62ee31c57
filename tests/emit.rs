//! Real Compose files: a base with its emitted override is judged as the file that is mended in place, and so it stays.
//!
//! `tests/oracles/emitted.py` asks Docker Compose's own loader the same question.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use casehard::batch::{Batch, Project};
use casehard::finding::{Confidence, Finding};
use casehard::mend::{Mended, Policy, Shared, carry_out, postures};
use clap::Parser as _;
use rayon::prelude::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn policy(confidence: Confidence) -> Policy {
    let words = ["casehard", "check", env!("CARGO_MANIFEST_DIR")];
    let cli = casehard::cli::Cli::parse_from(words);
    let casehard::cli::Command::Check(args) = cli.command else { unreachable!() };
    casehard::commands::policy(&args.inputs, confidence).unwrap_or_else(|it| panic!("{}", it.0))
}

/// The inputs of `golden/files`, what the oracles have, and the corpus beside the repository where it is there.
fn folders() -> Vec<PathBuf> {
    ["golden/files", "tests/oracles/projects", "../shared/corpus/compose"]
        .map(|it| root().join(it))
        .into_iter()
        .filter(|it| it.is_dir())
        .collect()
}

#[test]
fn an_override_means_what_mending_in_place_means() {
    for confidence in [Confidence::Likely, Confidence::Risky] {
        let policy = policy(confidence);
        let mut emitted = 0;
        // Where the most is written the most can differ.
        let is_wanted =
            |it: &PathBuf| confidence == Confidence::Risky || it.starts_with(root().join("tests"));
        for folder in folders().into_iter().filter(is_wanted) {
            let mut batch = Batch::read(std::slice::from_ref(&folder));
            batch.emit(None).unwrap();
            let checked = batch.projects.par_iter().map(|it| checked(it, &policy, confidence));
            let (said, wrong): (Vec<_>, Vec<_>) =
                checked.collect::<Vec<_>>().into_iter().partition(Result::is_ok);
            let wrong: Vec<String> = wrong.into_iter().filter_map(Result::err).collect();
            assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
            emitted += said.iter().flatten().filter(|it| **it).count();
        }
        assert!(emitted > 0);
    }
}

/// Whether something was emitted.
fn checked(project: &Project, policy: &Policy, confidence: Confidence) -> Result<bool, String> {
    let path = project.path().display();
    let failed = |why: &str| format!("{path} ({}): {why}", confidence.name());
    let unproven = |it: casehard::mend::Unproven| failed(&it.message);
    let own = project.emits.as_ref().unwrap().file();
    let emitted = project.carry_out(&project.files, policy, Some(confidence)).map_err(unproven)?;
    let in_place =
        carry_out(&project.files, &project.members, policy, Some(confidence)).map_err(unproven)?;
    if emitted.changed.iter().any(|it| *it != own) {
        return Err(failed("the base changed"));
    }
    for (at, (old, new)) in project.files.iter().zip(&emitted.files).enumerate() {
        if at != own.0 as usize && !Arc::ptr_eq(old, new) {
            return Err(failed("the base is another one"));
        }
    }
    let refused = |it: &Mended| it.refused.iter().map(|it| named(&it.0)).collect::<BTreeSet<_>>();
    if !refused(&emitted).is_superset(&refused(&in_place)) {
        return Err(failed("what in place cannot be done is done by the override"));
    }
    let cannot = &refused(&emitted) - &refused(&in_place);
    if cannot.is_empty() {
        compare(project, policy, (&emitted, &in_place)).map_err(|it| failed(&it))?;
    }
    let again = project.carry_out(&emitted.files, policy, Some(confidence)).map_err(unproven)?;
    if !again.changed.is_empty() {
        return Err(failed("a second run changes something"));
    }
    Ok(!emitted.changed.is_empty())
}

/// What is left, and how every container stands.
fn compare(
    project: &Project,
    policy: &Policy,
    (one, other): (&Mended, &Mended),
) -> Result<(), String> {
    let left = |it: &Mended| {
        let mut all: Vec<String> = it.after.judged.open.iter().map(named).collect();
        all.sort();
        all
    };
    if left(one) != left(other) {
        return Err(format!("left: {:#?}\nin place: {:#?}", left(one), left(other)));
    }
    let (said, wanted) =
        (standing(&one.files, project, policy), standing(&other.files, project, policy));
    // Some are judged for another engine by a mount that the base still has, and that the override takes away.
    let engines =
        |it: &Mended| it.after.notes.iter().map(|it| it.platform.target).collect::<Vec<_>>();
    match said == wanted || engines(one) != engines(other) {
        true => Ok(()),
        false => Err(format!("stands: {said:#?}\nin place: {wanted:#?}")),
    }
}

fn named(it: &Finding) -> String {
    format!("{}: {}", it.subject, it.rule)
}

/// The answers of the checklist for each container, without who says so.
fn standing(files: &[Shared], project: &Project, policy: &Policy) -> BTreeMap<u32, Vec<String>> {
    let all = postures(files, &project.members, policy);
    let answers = |it: &casehard::posture::Posture| {
        it.answers
            .iter()
            .flat_map(|it| it.parts.iter().map(|part| format!("{} {:?}", part.name, part.value)))
            .collect()
    };
    all.iter().map(|(id, it)| (id.0, answers(it))).collect()
}
