//! How long a Compose file of many services takes, as a ratio to one bare yaml-rust2 event pass over it in the same run.
//!
//! `cargo bench --bench compose` prints a line for each size: the ratio is to stay level where time grows linearly.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use casehard::batch::Batch;
use casehard::cli::{Cli, Command};
use casehard::finding::Confidence;
use casehard::mend::Mended;
use casehard::plan::accept;
use casehard::source::{Cause, Journal};
use casehard::{commands, source};
use clap::Parser as _;
use yaml_rust2::parser::{Event, Parser};

/// The program's own allocator, for the bare pass as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sizes in services; about 100 bytes each.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

fn main() {
    println!(
        "{:>9} {:>11} {:>12} {:>9} {:>12} {:>9}",
        "services", "bytes", "mended", "ratio", "written", "ratio"
    );
    for services in SIZES {
        let text = file(services);
        let folder = tempfile::tempdir().expect("a folder for the file");
        let path = folder.path().join("compose.yaml");
        let [mut bare, mut mended, mut written] = [Duration::MAX; 3];
        // In turns, so that a machine that slows down slows all of them.
        for _ in 0..(30_000 / services).clamp(2, 30) {
            bare = bare.min(events(&text));
            std::fs::write(&path, &text).expect("the folder can be written");
            let start = Instant::now();
            let done = mend(&path);
            mended = mended.min(start.elapsed());
            let mut journal = Journal::below(&folder.path().join("undo"), Cause::Fix);
            source::write(&mut journal, &done.source, done.text().as_bytes())
                .expect("the file can be written");
            written = written.min(start.elapsed());
        }
        let ratio = |it: Duration| it.as_secs_f64() / bare.as_secs_f64();
        println!(
            "{services:>9} {:>11} {:>10.1}ms {:>8.1}x {:>10.1}ms {:>8.1}x",
            text.len(),
            mended.as_secs_f64() * 1e3,
            ratio(mended),
            written.as_secs_f64() * 1e3,
            ratio(written)
        );
    }
}

fn file(services: usize) -> String {
    let mut text = String::from("services:\n");
    for number in 0..services {
        write!(
            text,
            "  service{number}:\n    image: example/app{number}:1.0\n    restart: always\n    ports:\n      - \"{}:80\"\n",
            1024 + number % 60_000
        )
        .expect("a String takes every write");
    }
    text
}

/// One bare pass of the parser that the editor stands on.
fn events(text: &str) -> Duration {
    let start = Instant::now();
    let mut parser = Parser::new_from_str(text);
    while !matches!(parser.next_token().expect("the text is YAML").0, Event::StreamEnd) {}
    start.elapsed()
}

/// A mended file, with all that was learned of it: the program gives that back when it ends.
struct Done {
    source: source::Source,
    mended: Mended,
    _batch: Batch,
}

impl Done {
    fn text(&self) -> &str {
        self.mended.files[0].tree.text()
    }
}

/// Reads, judges, plans, edits and proves a file, with every fix that can be written.
fn mend(path: &std::path::Path) -> Done {
    let cli = Cli::parse_from([
        "casehard",
        "fix",
        "--yes",
        "--confidence",
        "risky",
        &path.to_string_lossy(),
    ]);
    let Command::Fix(args) = cli.command else { unreachable!("the command is fix") };
    let policy =
        commands::policy(&args.inputs, Confidence::Risky).expect("there is no configuration");
    let source = source::read(path).expect("the file is there");
    let mut batch = Batch::read(&[path.to_owned()]);
    let mended = batch.mend(&policy, |all| accept(all, Confidence::Risky)).remove(0);
    let mended = mended.unwrap_or_else(|it| panic!("{}", it.message));
    assert_eq!(mended.changed.len(), 1, "the file is to change");
    Done { source, mended, _batch: batch }
}
