//! How much of the corpus is known: containers whose image is, and findings whose fix is safe or likely.
//!
//! `cargo bench --bench knowledge` prints the lines that stand in README.md, for `../shared/corpus` beside the checkout.

use std::path::Path;

use casehard::batch::Batch;
use casehard::cli::{Cli, Command};
use casehard::finding::Confidence;
use casehard::images::Knowledge;
use casehard::mend::analyse;
use casehard::evidence::Stance;
use casehard::run;
use clap::Parser as _;

fn main() {
    println!(
        "| corpus | containers | image known | findings | fix safe or likely | risky | manual |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for dialect in ["compose", "k8s"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus").join(dialect);
        if folder.is_dir() {
            line(dialect, &folder);
        }
    }
}

fn line(dialect: &str, folder: &Path) {
    let cli = Cli::parse_from(["casehard", "check", &folder.to_string_lossy()]);
    let Command::Check(args) = cli.command else { unreachable!("the command is check") };
    let policy = run::policy(&args.inputs, Stance::Proven).expect("there is no configuration");
    let knowledge = Knowledge::builtin();
    let (mut containers, mut known, mut by_confidence) = (0_usize, 0_usize, [0_usize; 4]);
    for project in &Batch::read(&[folder.to_owned()]).projects {
        let analysis = analyse(&project.files, &project.members, &policy);
        containers += analysis.subjects.len();
        let images = analysis.subjects.iter().filter_map(|it| it.image.as_deref());
        known += images.filter(|it| knowledge.find(it).image().is_some()).count();
        for finding in &analysis.judged.open {
            by_confidence[finding.confidence() as usize] += 1;
        }
    }
    let findings: usize = by_confidence.iter().sum();
    let of = |confidence: Confidence| by_confidence[confidence as usize];
    let share = |part: usize, whole: usize| format!("{part} ({}%)", 100 * part / whole.max(1));
    println!(
        "| {dialect} | {containers} | {} | {findings} | {} | {} | {} |",
        share(known, containers),
        share(of(Confidence::Safe) + of(Confidence::Likely), findings),
        share(of(Confidence::Risky), findings),
        share(of(Confidence::Manual), findings)
    );
}
