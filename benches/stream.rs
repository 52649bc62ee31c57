//! How long a stream of many Kubernetes documents takes, beside one bare yaml-rust2 event pass over it in the same run.
//!
//! `cargo bench --bench stream` hardens 1, 2.5, 5 and 10 MB: the time per MB is to stay level, and the share says how
//! much of the bare parser's speed is left when every document is also judged, edited, parsed again and proven. The
//! stream repeats the manifests of `golden/kubernetes/files`. `STREAM_MB=10` runs one size alone, for a profiler.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use casehard::batch::Batch;
use casehard::cli::{Cli, Command};
use casehard::finding::Confidence;
use casehard::mend::Policy;
use casehard::plan::accept;
use clap::Parser as _;
use yaml_rust2::parser::{Event, Parser};

/// The program's own allocator, for the bare pass as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sizes in MB.
const SIZES: [f64; 4] = [1.0, 2.5, 5.0, 10.0];

fn main() {
    let manifests = manifests();
    let policy = policy();
    let only = std::env::var("STREAM_MB").ok().and_then(|it| it.parse().ok());
    println!(
        "{:>8} {:>10} {:>12} {:>12} {:>12} {:>7}",
        "MB", "documents", "parsed", "hardened", "per MB", "share"
    );
    for size in only.map_or(SIZES.to_vec(), |it: f64| vec![it]) {
        let (text, documents) = stream(&manifests, size);
        let runs = if size > 4.0 { 3 } else { 5 };
        let bare = best(runs, || events(&text));
        let hardened = best(runs, || harden(&text, &policy));
        println!(
            "{size:>8} {documents:>10} {:>10.0}ms {:>10.0}ms {:>10.0}ms {:>6.1}%",
            bare.as_secs_f64() * 1e3,
            hardened.as_secs_f64() * 1e3,
            hardened.as_secs_f64() * 1e3 / size,
            100.0 * bare.as_secs_f64() / hardened.as_secs_f64()
        );
    }
}

/// The least of several timings.
fn best(runs: usize, mut timed: impl FnMut() -> Duration) -> Duration {
    (0..runs).map(|_| timed()).min().expect("at least one run")
}

/// The manifests that can be hardened, without document markers at their ends.
fn manifests() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/kubernetes/files");
    let entries = std::fs::read_dir(folder).expect("the folder is part of the repository");
    let paths = entries.filter_map(|it| Some(it.ok()?.path().join("input.yaml")));
    let texts = paths.filter_map(|it| std::fs::read_to_string(it).ok());
    let mut all: Vec<String> = texts
        .filter(|it| Batch::stream(it.as_bytes()).judged() == 1 && !it.trim_end().ends_with("..."))
        .map(|it| it.trim_start_matches("---").trim().to_owned())
        .collect();
    all.sort();
    all
}

fn stream(manifests: &[String], size: f64) -> (String, usize) {
    let mut text = String::new();
    let mut documents = 0;
    for manifest in manifests.iter().cycle() {
        if text.len() as f64 >= size * 1e6 {
            break;
        }
        writeln!(text, "---\n{manifest}").expect("a String takes every write");
        documents += 1 + manifest.matches("\n---").count();
    }
    (text, documents)
}

/// One bare pass of the parser that the editor stands on.
fn events(text: &str) -> Duration {
    let start = Instant::now();
    let mut parser = Parser::new_from_str(text);
    while !matches!(parser.next_token().expect("the text is YAML").0, Event::StreamEnd) {}
    start.elapsed()
}

fn policy() -> Policy {
    let cli = Cli::parse_from(["casehard", "check", "-"]);
    let Command::Check(args) = cli.command else { unreachable!("the command is check") };
    casehard::commands::policy(&args.inputs, Confidence::Risky).expect("there is no configuration")
}

/// Parses, judges, plans, edits, parses again and proves a stream, with every fix that can be written.
fn harden(text: &str, policy: &Policy) -> Duration {
    let start = Instant::now();
    let mut batch = Batch::stream(text.as_bytes());
    let mended = batch.mend(policy, |all| accept(all, Confidence::Risky)).remove(0);
    let mended = mended.unwrap_or_else(|it| panic!("{}", it.message));
    assert_eq!(mended.changed.len(), 1, "the stream is to change");
    start.elapsed()
}
