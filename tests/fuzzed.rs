//! The targets of the fuzzers, on what a seeded generator makes of golden inputs: a bounded run for every day.
//!
//! `FUZZED=100 SEED=7 cargo test --test fuzzed` looks at a hundred times as much, and elsewhere; `tests/fuzz/run.sh` has
//! a fuzzer look for hours.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use arbitrary::{Arbitrary as _, Unstructured};

#[expect(unreachable_pub, reason = "it is the library of the fuzzers as well")]
#[path = "fuzz/src/lib.rs"]
mod targets;

use targets::{archive, config, edit, fix, parse};

/// Pieces that mean something where they come to stand.
const PIECES: [&str; 40] = [
    ": ",
    "- ",
    "? ",
    "&a ",
    "*a",
    "<<: *a",
    "!!str ",
    "!reset ",
    "!override ",
    "---\n",
    "...\n",
    "# x\n",
    "#",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "\n",
    "\r\n",
    "\t",
    "  ",
    "~",
    "null",
    "true",
    "0x1f",
    "1e3",
    "${A:-b}",
    "$$",
    "services:\n",
    "privileged: true\n",
    "image: a\n",
    "\u{feff}",
    "\u{2028}",
    "é",
    "\0",
];

/// Letters of other languages, of two, three and four bytes.
const OTHERS: [&str; 3] = ["é", "数", "𝄞"];

/// A small generator of numbers: the same seed gives the same texts on every machine.
struct Random(u64);

impl Random {
    fn new(salt: u64) -> Random {
        let seed = std::env::var("SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(1127_u64);
        Random((seed + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % limit.max(1) as u64).unwrap()
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| u8::try_from(self.below(256)).unwrap()).collect()
    }

    /// A stretch of a text, whole lines of it or any bytes.
    fn stretch(&mut self, of: &[u8]) -> std::ops::Range<usize> {
        let (from, length) = (self.below(of.len() + 1), self.below(64));
        let to = of.len().min(from + length);
        let line = |at: usize| of[..at].iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
        match self.below(2) {
            0 => from..to,
            _ => line(from)..line(to).max(line(from)),
        }
    }

    /// A seed with a few things done to it.
    fn mutated(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut text = seeds[self.below(seeds.len())].clone();
        for _ in 0..self.below(5) {
            let place = self.stretch(&text);
            let new = match self.below(5) {
                0 => Vec::new(),
                1 => {
                    let other = &seeds[self.below(seeds.len())];
                    other[self.stretch(other)].to_vec()
                }
                2 => text[self.stretch(&text)].to_vec(),
                3 => self.bytes(1),
                _ => PIECES[self.below(PIECES.len())].as_bytes().to_vec(),
            };
            let end = if self.below(2) == 0 { place.start } else { place.end };
            text.splice(place.start..end, new);
        }
        text
    }

    /// A seed with letters of other languages in the place of some of its own.
    fn in_other_letters(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let seed = &seeds[self.below(seeds.len())];
        let (one_in, other) = (4 + self.below(40), OTHERS[self.below(OTHERS.len())]);
        let mut text = Vec::with_capacity(seed.len() * 2);
        for byte in seed {
            match byte.is_ascii_alphabetic() && self.below(one_in) == 0 {
                true => text.extend(other.as_bytes()),
                false => text.push(*byte),
            }
        }
        text
    }
}

/// Every small file of `golden` with that ending.
fn seeds(ending: &str) -> Vec<Vec<u8>> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")];
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
            match path.is_dir() {
                true => open.push(path),
                false if path.extension().is_some_and(|it| it == ending) => paths.push(path),
                false => (),
            }
        }
    }
    paths.sort();
    let all: Vec<Vec<u8>> = paths.into_iter().map(|it| fs::read(it).unwrap()).collect();
    let small: Vec<Vec<u8>> = all.into_iter().filter(|it| it.len() < 3_000).collect();
    assert!(small.len() > 10, "{} seeds end with .{ending}", small.len());
    small
}

/// Shows what a target was given when it fails.
struct Given<'b>(&'static str, &'b [u8]);

impl Drop for Given<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{} was given \"{}\"", self.0, self.1.escape_ascii());
        }
    }
}

/// Runs a target on that many inputs, or a multiple of that.
fn run(
    target: &'static str,
    count: usize,
    mut next: impl FnMut(&mut Random) -> Vec<u8>,
    run: impl Fn(&[u8]),
) {
    let more = std::env::var("FUZZED").ok().and_then(|it| it.parse().ok()).unwrap_or(1_usize);
    let mut random = Random::new(target.len() as u64);
    for _ in 0..count * more {
        let bytes = next(&mut random);
        let given = Given(target, &bytes);
        run(&bytes);
        drop(given);
    }
}

#[test]
fn any_bytes_are_read_or_refused() {
    let seeds = seeds("yaml");
    run("parse", 6_000, |it| it.mutated(&seeds), parse::run);
}

#[test]
fn any_changes_are_made_or_refused() {
    let seeds = seeds("yaml");
    let next = |it: &mut Random| [it.bytes(edit::HEAD), it.mutated(&seeds)].concat();
    run("edit", 3_000, next, edit::run);
}

#[test]
fn any_text_is_mended_for_good() {
    let seeds = seeds("yaml");
    let next = |it: &mut Random| it.mutated(&seeds);
    run("fix", 1_000, next, |it| {
        assert!(it.len() <= fix::LONGEST);
        fix::run(it);
    });
}

#[test]
fn words_in_any_letters_are_mended_for_good() {
    let seeds = seeds("yaml");
    run("letters", 1_000, |it| it.in_other_letters(&seeds), fix::run);
}

#[test]
fn any_configuration_is_taken_or_refused_with_its_place() {
    let seeds = seeds("toml");
    let next = |it: &mut Random| it.mutated(&seeds);
    run("config", 2_000, next, |it| config::run(&String::from_utf8_lossy(it)));
}

#[test]
fn any_archive_is_read_or_refused() {
    let next = |it: &mut Random| {
        let length = it.below(600);
        it.bytes(length)
    };
    run("archive", 1_500, next, |it| {
        let given = archive::Given::arbitrary(&mut Unstructured::new(it));
        archive::run(given.expect("bytes always tell of something"));
    });
}
