//! What the real consumers of a file read, the library reads too: documents of both dialects in spellings that readers
//! of YAML disagree about, held against Docker Compose's own loader and Kubernetes' own decoder (`tests/oracles`).
//!
//! `CASEHARD_MUTATIONS=100000 cargo test --profile oracle --test oracle` tries more than a day's run does;
//! `CASEHARD_SEED` begins elsewhere. Without the oracles panics, time and second runs are still judged.

#[path = "oracle/consumer.rs"]
mod consumer;
#[path = "corpus/mod.rs"]
mod corpus;
#[path = "oracle/differences.rs"]
mod differences;
#[path = "oracle/excuses.rs"]
mod excuses;
#[path = "oracle/mutate.rs"]
mod mutate;
#[path = "oracle/node.rs"]
mod node;
#[path = "oracle/ours.rs"]
mod ours;
#[path = "oracle/random.rs"]
mod random;
#[path = "oracle/seeds.rs"]
mod seeds;
#[path = "oracle/text.rs"]
mod text;
#[path = "oracle/trial.rs"]
mod trial;
#[path = "oracle/write.rs"]
mod write;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use consumer::{Dialect, MISSING, programs};
use differences::Kind;
use mutate::mutated;
use random::Random;
use seeds::{Seeds, seeds};
use text::Document;
use trial::Judge;

/// Of both dialects together, in a day's run.
const MUTATIONS: usize = 2_000;
/// How often the documents of one kind are shrunk, to find the ways in which it comes about.
const SHRUNK: usize = 6;

/// What is known of a kind of difference.
#[derive(Default)]
struct Seen {
    count: usize,
    shrunk: usize,
    /// The smallest text of each way.
    smallest: BTreeMap<Vec<&'static str>, String>,
}

type Found = Mutex<BTreeMap<(Dialect, Kind), Seen>>;

/// What tells one way from another.
const WAYS: &[&str] = &[
    "<<",
    "*",
    "&",
    "!!binary",
    "!!bool",
    "!!str",
    "!!int",
    "!!float",
    "!reset",
    "!override",
    "---",
    "${HOME",
    "${",
    "$HOME",
    "..",
    "~",
    "null",
    "\\x",
    "? ",
    "List",
    "extends",
    "platform",
    "isolation",
    "credential",
    "provider",
    "deploy",
    "driver_opts",
    "file:",
    "services:",
    "swarm",
    ": y",
    ": on",
    ": n",
    "0e0",
    "0b",
    "0_0",
    "0.0",
    "-0",
    "0o",
    "0x",
];

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().and_then(|it| it.parse().ok())
}

/// The document of a turn: the snippets as they are, then varied ones.
fn document(turn: usize, seed: usize, seeds: &Seeds) -> Document {
    if let Some(snippet) = seeds.snippets.get(turn) {
        return snippet.clone();
    }
    let mut random = Random::new((seed as u64) << 32 | turn as u64);
    let from = match random.one_in(2) || seeds.others.is_empty() {
        true => &seeds.snippets,
        false => &seeds.others,
    };
    let start = random.pick(from).clone();
    mutated(&start, &seeds.pool, &mut random)
}

fn remember(judge: &mut Judge, document: &Document, kinds: Vec<Kind>, found: &Found) {
    for kind in kinds {
        let known = || found.lock().expect("no thread panics with it");
        let shrunk = {
            let mut known = known();
            let seen = known.entry((judge.dialect, kind.clone())).or_default();
            seen.count += 1;
            seen.shrunk += 1;
            seen.shrunk
        };
        if shrunk > SHRUNK {
            continue;
        }
        let text = judge.shrunk(document, &kind).text();
        let way = WAYS.iter().copied().filter(|it| text.contains(it)).collect();
        let mut known = known();
        let seen = known.entry((judge.dialect, kind)).or_default();
        let smallest = seen.smallest.entry(way).or_insert_with(|| text.clone());
        if text.len() < smallest.len() {
            *smallest = text;
        }
    }
}

fn run(dialect: Dialect, count: usize, seed: usize, found: &Found) -> [usize; 3] {
    let mut files = corpus::below("golden");
    files.extend(corpus::files());
    let seeds = seeds(dialect, &files);
    let (turn, totals) = (AtomicUsize::new(0), Mutex::new([0; 3]));
    let turns = count.max(seeds.snippets.len());
    let work = || {
        let mut judge = Judge::new(dialect);
        loop {
            let turn = turn.fetch_add(1, Ordering::Relaxed);
            if turn >= turns {
                break;
            }
            let document = document(turn, seed, &seeds);
            let kinds = judge.judge(&document.text());
            remember(&mut judge, &document, kinds, found);
        }
        let mut totals = totals.lock().expect("no thread panics with it");
        totals.iter_mut().zip(judge.counts).for_each(|(all, own)| *all += own);
    };
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        (0..cores).for_each(|_| drop(scope.spawn(work)));
    });
    *totals.lock().expect("all threads are done")
}

/// Every smallest document with what differs over it, the most frequent first.
fn report(found: &Found, judges: &mut BTreeMap<Dialect, Judge>) -> String {
    let found = found.lock().expect("all threads are done");
    let mut documents: BTreeMap<(Dialect, &str), (usize, Vec<String>)> = BTreeMap::new();
    let mut text = String::from("| times | what | which |\n|---|---|---|\n");
    let mut all: Vec<_> = found.iter().collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.1.count));
    for ((dialect, (what, which)), seen) in all {
        text += &format!("| {} | {}: {what} | {which} |\n", seen.count, dialect.word());
        for smallest in seen.smallest.values() {
            let known = documents.entry((*dialect, smallest)).or_default();
            known.0 = known.0.max(seen.count);
            known.1.push(format!("{what}: {which}"));
        }
    }
    let mut documents: Vec<_> = documents.into_iter().collect();
    documents.sort_by_key(|it| std::cmp::Reverse(it.1.0));
    for ((dialect, document), (count, kinds)) in documents {
        text += &format!("\n## {} ({count}): {}\n", dialect.word(), kinds.join("; "));
        text += &format!("```yaml\n{document}```\n");
        if let Some(judge) = judges.get_mut(&dialect) {
            text += &judge.explained(document);
        }
    }
    text
}

#[test]
fn what_the_consumers_read_is_read_here_too() {
    let count = number("CASEHARD_MUTATIONS").unwrap_or(MUTATIONS);
    let seed = number("CASEHARD_SEED").unwrap_or(1);
    if programs().is_none() {
        println!("{MISSING}");
    }
    ours::catch_messages();
    let found = Found::default();
    let mut judges = BTreeMap::new();
    for dialect in [Dialect::Compose, Dialect::Kubernetes] {
        let [judged, refused, loaded] = run(dialect, count / 2, seed, &found);
        let all = judged + refused;
        println!(
            "{}: {all} documents (seed {seed}), {judged} judged, {loaded} read by the consumer",
            dialect.word()
        );
        judges.insert(dialect, Judge::new(dialect));
    }
    let report = report(&found, &mut judges);
    let kinds = found.lock().expect("all threads are done").len();
    let _ = std::panic::take_hook();
    if let Some(path) = std::env::var_os("CASEHARD_REPORT") {
        std::fs::write(path, &report).expect("the report can be written");
    }
    assert!(kinds == 0, "{kinds} kinds of differences, seed {seed}:\n{report}");
}
