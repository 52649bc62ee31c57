//! Compose files with lines of others mixed in: what is still Compose is mended and proven, whatever it has become.
//!
//! `MUTATIONS=100000 cargo test --test mutations` tries more of them than a day's run does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::{Path, PathBuf};

use casehard::batch::Loaded;
use casehard::batch::{Outcome, Project, parse, projects};
use casehard::finding::Confidence;
use casehard::mend::{Policy, mend};
use casehard::plan::{Choice, accept};
use casehard::source::Named;
use clap::Parser as _;
use rayon::prelude::*;

/// A small generator of numbers: the same seed gives the same file on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }

    fn pick<'a>(&mut self, all: &'a [String]) -> &'a str {
        &all[self.below(all.len())]
    }
}

/// Every small input in `golden`.
fn inputs() -> Vec<String> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")];
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.file_name().is_some_and(|it| it == "input.yaml") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let texts = paths.into_iter().filter_map(|it| fs::read_to_string(it).ok());
    texts.filter(|it| it.len() < 4_000 && it.contains("services:") && !it.contains("? ")).collect()
}

/// Lines of a service as they stand in many files.
fn settings(texts: &[String]) -> Vec<String> {
    let lines = texts
        .iter()
        .flat_map(|it| it.lines())
        .filter(|it| it.starts_with("    ") && !it.starts_with("     "));
    // A key that opens a block needs its block.
    let whole = lines.filter(|it| !it.trim_end().ends_with(':'));
    let mut lines: Vec<String> = whole.map(str::to_owned).collect();
    lines.sort();
    lines.dedup();
    lines
}

fn mutated(texts: &[String], settings: &[String], random: &mut Random) -> String {
    let mut lines: Vec<String> = random.pick(texts).lines().map(str::to_owned).collect();
    for _ in 0..=random.below(4) {
        let at = random.below(lines.len());
        match random.below(10) {
            0 if lines.len() > 3 => drop(lines.remove(at)),
            1 => lines[at] = lines[at].replacen(": ", ": &n ", 1),
            2 => lines[at] += [" # why", " &a", " *a", "  "][random.below(4)],
            3 => {
                let other = random.below(lines.len());
                lines.swap(at, other);
            }
            _ => {
                // Before another key of a service, where it is one as well.
                let is_key = |it: &String| it.starts_with("    ") && !it.starts_with("     ");
                let keys = (0..lines.len()).filter(|it| is_key(&lines[*it])).collect::<Vec<_>>();
                let Some(at) = keys.get(random.below(keys.len())) else { continue };
                lines.insert(*at, random.pick(settings).to_owned());
            }
        }
    }
    lines.join(["\n", "\n", "\n", "\r\n"][random.below(4)])
}

fn policy() -> Policy {
    let words = ["casehard", "check", env!("CARGO_MANIFEST_DIR")];
    let cli = casehard::cli::Cli::parse_from(words);
    let casehard::cli::Command::Check(args) = cli.command else { unreachable!() };
    casehard::commands::policy(&args.inputs, Confidence::Risky)
        .unwrap_or_else(|it| panic!("{}", it.0))
}

fn read(text: &str) -> Option<Project> {
    let path = PathBuf::from("mutated.yaml");
    let outcome = parse(&path, Named::Outright, text.as_bytes());
    let judged = matches!(outcome, Outcome::Ready(..));
    let mut inputs = vec![Loaded::new(path, None, outcome)];
    judged.then(|| projects(&mut inputs).remove(0))
}

fn check(text: &str, policy: &Policy, random: &mut Random) -> Result<bool, String> {
    let Some(project) = read(text) else { return Ok(false) };
    let all = |findings: &[_]| accept(findings, Confidence::Risky);
    let mended = mend(&project.files, &project.members, policy, all).map_err(|it| it.message)?;
    let again = mend(&mended.files, &project.members, policy, all).map_err(|it| it.message)?;
    if !again.changed.is_empty() {
        return Err("a second run writes".to_owned());
    }
    let mut some = |findings: &[_]| -> Vec<Choice> {
        accept(findings, Confidence::Risky).into_iter().filter(|_| random.below(2) == 0).collect()
    };
    mend(&project.files, &project.members, policy, &mut some).map_err(|it| it.message)?;
    Ok(true)
}

#[test]
fn mixed_files_are_mended_and_proven() {
    let count = std::env::var("MUTATIONS").ok().and_then(|it| it.parse().ok()).unwrap_or(400u64);
    let (texts, policy) = (inputs(), policy());
    let settings = settings(&texts);
    let tried: Vec<bool> = (1..=count)
        .into_par_iter()
        .map(|seed| {
            let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
            let text = mutated(&texts, &settings, &mut random);
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                check(&text, &policy, &mut random)
            }));
            match result {
                Ok(Ok(judged)) => judged,
                Ok(Err(message)) => panic!("seed {seed}: {message}\n{text}"),
                Err(_) => panic!("seed {seed} panics\n{text}"),
            }
        })
        .collect();
    let judged = tried.iter().filter(|it| **it).count();
    assert!(judged * 4 > tried.len(), "only {judged} of {} could be judged", tried.len());
}
