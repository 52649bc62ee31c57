//! How much of the corpus is known, and how far that carries: containers whose image is known, findings whose fix is safe
//! or likely, and containers that hold the whole posture after `fix --yes`, with what stands in the way of the others.
//!
//! `cargo bench --bench knowledge` prints the tables that stand in README.md, for `../shared/corpus` beside the checkout;
//! `cargo bench --bench knowledge -- FOLDER…` those for other folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use casehard::batch::Batch;
use casehard::cli::{Cli, Command};
use casehard::commands;
use casehard::finding::{Confidence, ContainerId, Finding, Severity};
use casehard::images::Knowledge;
use casehard::mend::{Mended, Policy, analyse, mend};
use casehard::plan::Choice;
use clap::Parser as _;

/// What was counted in a folder.
#[derive(Default)]
struct Count {
    containers: usize,
    known: usize,
    by_confidence: [usize; 4],
    /// Containers that hold the whole posture, before and after `fix --yes`.
    whole: [usize; 2],
    /// For each rule: containers that it alone, or it among others, keeps from the posture.
    missing: BTreeMap<&'static str, [usize; 2]>,
    /// For each confidence of what is left that is least sure: containers.
    least: [usize; 4],
}

fn main() {
    let named: Vec<PathBuf> =
        std::env::args().skip(1).filter(|it| !it.starts_with('-')).map(PathBuf::from).collect();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folders = match named.is_empty() {
        true => ["compose", "k8s"].iter().map(|it| corpus.join(it)).collect(),
        false => named,
    };
    let counts: Vec<(String, Count)> = folders
        .into_iter()
        .filter(|it| it.is_dir())
        .map(|it| {
            (
                it.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned()),
                count(&it),
            )
        })
        .collect();
    println!(
        "| corpus | containers | image known | findings | fix safe or likely | risky | manual |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    counts.iter().for_each(|(name, it)| known(name, it));
    println!("\n| corpus | containers | whole posture before | after `--yes` |");
    println!("| --- | ---: | ---: | ---: |");
    for (name, it) in &counts {
        let [before, after] = it.whole.map(|number| share(number, it.containers));
        println!("| {name} | {} | {before} | {after} |", it.containers);
    }
    counts.iter().for_each(|(name, it)| lacking(name, it));
}

fn count(folder: &Path) -> Count {
    let cli = Cli::parse_from(["casehard", "check", &folder.to_string_lossy()]);
    let Command::Check(args) = cli.command else { unreachable!("the command is check") };
    let policy =
        commands::policy(&args.inputs, Confidence::Likely).expect("there is no configuration");
    let knowledge = Knowledge::builtin();
    let mut count = Count::default();
    for project in &Batch::read(&[folder.to_owned()]).projects {
        let analysis = analyse(&project.files, &project.members, &policy);
        let images = analysis.subjects.iter().filter_map(|it| it.image.as_deref());
        count.known += images.filter(|it| knowledge.find(it).image().is_some()).count();
        for finding in &analysis.judged.open {
            count.by_confidence[finding.confidence() as usize] += 1;
        }
        count.containers += analysis.subjects.len();
        match mend(&project.files, &project.members, &policy, likely) {
            Ok(mended) => note(&mut count, &mended, &policy),
            Err(unproven) => eprintln!("{}: {}", unproven.path.display(), unproven.message),
        }
    }
    count
}

/// What `fix --yes` accepts.
fn likely(open: &[Finding]) -> Vec<Choice> {
    let best = |(finding, it): (usize, &Finding)| {
        let fix = it.fixes.first()?;
        (fix.confidence >= Confidence::Likely).then_some(Choice { finding, fix: 0 })
    };
    open.iter().enumerate().filter_map(best).collect()
}

fn note(count: &mut Count, mended: &Mended, _: &Policy) {
    for (at, analysis) in [&mended.before, &mended.after].into_iter().enumerate() {
        let mut left: BTreeMap<ContainerId, Vec<&Finding>> = BTreeMap::new();
        for it in analysis.judged.open.iter().filter(|it| it.severity > Severity::Info) {
            left.entry(it.container).or_default().push(it);
        }
        let skipped = |name: &str| analysis.skipped.iter().any(|it| &*it.0 == name);
        for subject in analysis.subjects.iter().filter(|it| !skipped(&it.name)) {
            let Some(left) = left.get(&subject.id) else {
                count.whole[at] += 1;
                continue;
            };
            if at == 0 {
                continue;
            }
            let mut rules: Vec<&'static str> = left.iter().map(|it| it.rule).collect();
            rules.sort_unstable();
            rules.dedup();
            for rule in &rules {
                let entry = count.missing.entry(rule).or_default();
                entry[0] += usize::from(rules.len() == 1);
                entry[1] += 1;
            }
            let least = left.iter().map(|it| it.confidence()).min();
            count.least[least.unwrap_or(Confidence::Manual) as usize] += 1;
        }
    }
}

fn share(part: usize, whole: usize) -> String {
    let thousandths = (1000 * part + whole / 2) / whole.max(1);
    format!("{part} ({}.{} %)", thousandths / 10, thousandths % 10)
}

fn known(name: &str, count: &Count) {
    let findings: usize = count.by_confidence.iter().sum();
    let of = |confidence: Confidence| count.by_confidence[confidence as usize];
    println!(
        "| {name} | {} | {} | {findings} | {} | {} | {} |",
        count.containers,
        share(count.known, count.containers),
        share(of(Confidence::Safe) + of(Confidence::Likely), findings),
        share(of(Confidence::Risky), findings),
        share(of(Confidence::Manual), findings)
    );
}

fn lacking(name: &str, count: &Count) {
    println!("\n{name}: what keeps the others from the whole posture after `--yes`\n");
    println!("| rule | containers | by it alone |\n| --- | ---: | ---: |");
    let mut rules: Vec<_> = count.missing.iter().collect();
    rules.sort_by_key(|it| std::cmp::Reverse(it.1[1]));
    for (rule, [alone, all]) in rules {
        println!("| `{rule}` | {all} | {alone} |");
    }
    println!(
        "\nThe least sure of what is left is likely in {}, risky in {}, manual in {}.",
        count.least[Confidence::Likely as usize],
        count.least[Confidence::Risky as usize],
        count.least[Confidence::Manual as usize]
    );
}
