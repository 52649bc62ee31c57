//! No fix that is called safe changes what a process can see: the state of every container is computed before and after
//! `fix --yes --confidence safe`, on real files and on generated ones, by means of its own.
//!
//! `STATES=100000 cargo test --test effective` tries more generated files than a day's run does; `CORPUS=folder` reads
//! the real ones from elsewhere.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "effective/capabilities.rs"]
mod capabilities;
#[path = "effective/compose.rs"]
mod compose;
#[path = "effective/data.rs"]
mod data;
#[path = "effective/manifests.rs"]
mod manifests;
#[path = "effective/mounts.rs"]
mod mounts;
#[path = "effective/pods.rs"]
mod pods;
#[path = "effective/posture.rs"]
mod posture;
#[path = "effective/services.rs"]
mod services;
#[path = "effective/state.rs"]
mod state;
#[path = "effective/words.rs"]
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use casehard::batch::{Batch, Loaded, Outcome, Project, parse, projects};
use casehard::finding::Confidence;
use casehard::mend::{Members, Mended, Policy, Shared, mend, view};
use casehard::plan::accept;
use casehard::source::Named;
use casehard::workload::{Dialect, Workload, compose as services_of, kubernetes};
use clap::Parser as _;
use rayon::prelude::*;

use compose::World;
use state::State;
use words::Words;

/// How often each safe fix was written, by its rule and what it does.
type Written = BTreeMap<(&'static str, String), usize>;

fn policy() -> Policy {
    let words = ["casehard", "check", env!("CARGO_MANIFEST_DIR")];
    let cli = casehard::cli::Cli::parse_from(words);
    let casehard::cli::Command::Check(args) = cli.command else { unreachable!() };
    casehard::commands::policy(&args.inputs, Confidence::Likely)
        .unwrap_or_else(|it| panic!("{}", it.0))
}

/// The states of all containers by their names, in both worlds of variables.
fn states(files: &[Shared], members: &Members, policy: &Policy) -> Vec<(String, State)> {
    let view = view(files);
    let workloads = match members {
        Members::Compose(it) => services_of::workloads(&view, &it.merged, 0),
        Members::Kubernetes(id) => kubernetes::workloads(&view, *id, &policy.kinds, 0),
    };
    workloads.iter().flat_map(states_of).collect()
}

fn states_of(workload: &Workload<'_>) -> Vec<(String, State)> {
    let named = |index: usize| workload.containers[index].subject.to_string();
    match &workload.dialect {
        Dialect::Compose(service) => {
            let worlds = [World::Defaults, World::Set];
            worlds.map(|world| (named(0), compose::state(service, world))).into()
        }
        Dialect::Kubernetes(pod) => {
            (0..pod.slots.len()).map(|index| (named(index), pods::state(pod, index))).collect()
        }
    }
}

/// What differs between the files as they were and as they are.
fn differences(
    before: &[Shared],
    mended: &Mended,
    members: &Members,
    policy: &Policy,
) -> Vec<String> {
    let (old, new) = (states(before, members, policy), states(&mended.files, members, policy));
    assert_eq!(old.len(), new.len(), "{}: containers came or went", before[0].path.display());
    let mut found = Vec::new();
    for ((name, old), (_, new)) in old.iter().zip(&new) {
        found.extend(old.differences(new).into_iter().map(|it| {
            let path = before[0].path.display();
            format!("{path}: {name}: {}\n  was {}\n  is  {}", it.field, it.before, it.after)
        }));
    }
    found
}

fn note(mended: &Mended, written: &mut Written) {
    for fixed in &mended.fixed {
        assert_eq!(fixed.confidence, Confidence::Safe);
        *written.entry((fixed.rule, fixed.title.to_string())).or_default() += 1;
    }
}

/// Where the checklist and the states of the containers of a batch say different things; how much of it was compared.
fn compare_postures(projects: &[Project]) -> posture::Compared {
    let policy = policy();
    let mut all = posture::Compared::default();
    for project in projects {
        let view = view(&project.files);
        let workloads = match &project.members {
            Members::Compose(it) => services_of::workloads(&view, &it.merged, 0),
            Members::Kubernetes(id) => kubernetes::workloads(&view, *id, &policy.kinds, 0),
        };
        all.add(&view, &workloads, &policy);
    }
    all
}

#[test]
fn the_checklist_of_generated_files_says_what_their_states_are() {
    let generated = (1..=600u64).filter_map(|seed| {
        let mut words = Words::new(seed);
        let text = match words.one_in(2) {
            true => services::write(&mut words),
            false => manifests::write(&mut words),
        };
        read(&text)
    });
    let compared = compare_postures(&generated.collect::<Vec<_>>());
    compared.agree(5_000);
}

#[test]
fn the_checklist_of_real_files_says_what_their_states_are() {
    compare_postures(&Batch::read(&golden()).projects).agree(5_000);
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folders: Vec<PathBuf> = ["compose", "k8s"].iter().map(|it| corpus.join(it)).collect();
    match folders.iter().all(|it| it.is_dir()) {
        true => compare_postures(&Batch::read(&folders).projects).agree(8_000),
        false => println!("skipped: there is no corpus in {}", corpus.display()),
    }
}

/// What is wrong with a batch of files, and what was written.
fn judge(paths: &[PathBuf]) -> (Vec<String>, Written) {
    let policy = policy();
    let mut batch = Batch::read(paths);
    // A base is refreshed once its own project was mended: what counts is what it was at first.
    let before: Vec<Vec<Shared>> = batch.projects.iter().map(|it| it.files.clone()).collect();
    let outcomes = batch.mend(&policy, |all| accept(all, Confidence::Safe));
    let (mut wrong, mut written) = (Vec::new(), Written::new());
    for ((project, before), outcome) in batch.projects.iter().zip(&before).zip(outcomes) {
        match outcome {
            // Whose bases changed is compared too, though nothing of its own did.
            Ok(mended) if mended.changed.is_empty() && project.bases.is_empty() => (),
            Ok(mended) => {
                wrong.extend(differences(before, &mended, &project.members, &policy));
                note(&mended, &mut written);
            }
            Err(it) => wrong.push(format!("{}: not proven: {}", it.path.display(), it.message)),
        }
    }
    (wrong, written)
}

fn agree(wrong: &[String], written: &Written) {
    let shown: Vec<String> =
        written.iter().map(|((rule, title), count)| format!("{count} × {rule}: {title}")).collect();
    println!("safe fixes written:\n{}", shown.join("\n"));
    let first = wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} settings are not what they were\n{first}", wrong.len());
}

#[test]
fn safe_fixes_of_the_corpus_change_no_state() {
    let corpus = std::env::var_os("CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    let folders: Vec<PathBuf> = ["compose", "k8s"].iter().map(|it| corpus.join(it)).collect();
    if !folders.iter().all(|it| it.is_dir()) {
        println!("skipped: there is no corpus in {}", corpus.display());
        return;
    }
    let (wrong, written) = judge(&folders);
    agree(&wrong, &written);
    assert!(written.values().sum::<usize>() > 0, "nothing of the corpus is safe to write");
}

/// The input of every golden case: files named outright, trees walked.
fn golden() -> Vec<PathBuf> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            match name.as_str() {
                "input" | "input.yaml" => found.push(path),
                _ if path.is_dir() => open.push(path),
                _ => (),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn safe_fixes_of_the_golden_cases_change_no_state() {
    let (wrong, written) = judge(&golden());
    agree(&wrong, &written);
    assert!(written.values().sum::<usize>() > 0, "nothing of the golden cases is safe to write");
}

fn read(text: &str) -> Option<Project> {
    let path = PathBuf::from("generated.yaml");
    let outcome = parse(&path, Named::Outright, text.as_bytes());
    let judged = matches!(outcome, Outcome::Ready(..));
    let mut inputs = vec![Loaded::new(path, None, outcome)];
    judged.then(|| projects(&mut inputs).remove(0))
}

/// What is wrong with one generated file, with the file.
fn try_one(seed: u64, policy: &Policy) -> (Vec<String>, Written) {
    let mut words = Words::new(seed);
    let text = match words.one_in(2) {
        true => services::write(&mut words),
        false => manifests::write(&mut words),
    };
    let mut written = Written::new();
    let project = read(&text).unwrap_or_else(|| panic!("seed {seed} cannot be judged\n{text}"));
    let all = |findings: &[_]| accept(findings, Confidence::Safe);
    // What is not proven is not written: other tests ask why.
    let Ok(mended) = mend(&project.files, &project.members, policy, all) else {
        return (Vec::new(), written);
    };
    note(&mended, &mut written);
    let wrong = differences(&project.files, &mended, &project.members, policy);
    let new = || mended.files[0].tree.text();
    let wrong = wrong.iter().map(|it| format!("seed {seed}: {it}\n{text}--->\n{}", new()));
    (wrong.collect(), written)
}

/// The kinds of safe fixes that there are: the rule, and how what it does begins.
const KINDS: [(&str, &str); 6] = [
    ("capability-spelling", "write ALL"),
    ("capability-spelling", "write NET_"),
    ("capability-spelling", "remove "),
    ("root-user", "set runAsNonRoot to true"),
    ("root-user", "remove it from the pod"),
    ("tmpfs-ownership", "remove the second mount"),
];

#[test]
fn safe_fixes_of_generated_files_change_no_state() {
    let count = std::env::var("STATES").ok().and_then(|it| it.parse().ok()).unwrap_or(400u64);
    let policy = policy();
    let all: Vec<(Vec<String>, Written)> =
        (1..=count).into_par_iter().map(|seed| try_one(seed, &policy)).collect();
    let (mut wrong, mut written) = (Vec::new(), Written::new());
    for (one, fixes) in all {
        wrong.extend(one);
        fixes.into_iter().for_each(|(kind, count)| *written.entry(kind).or_default() += count);
    }
    agree(&wrong, &written);
    for (rule, start) in KINDS {
        let there = written.keys().any(|it| it.0 == rule && it.1.starts_with(start));
        assert!(there, "no generated file has `{rule}: {start}`");
    }
}
