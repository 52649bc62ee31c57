//! Lines that nobody would write, from those that people do: whatever is understood of them is mended and proven.

use casehard::batch::Batch;
use casehard::finding::Confidence;
use casehard::mend::{Policy, mend};
use casehard::plan::{Choice, accept};
use casehard::workload::run::{Form, read};
use clap::Parser as _;
use rayon::prelude::*;

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }
}

/// What a text gets in odd places.
const PIECES: [&str; 34] = [
    "'",
    "\"",
    "\\",
    "$",
    "$(",
    ")",
    "`",
    "${",
    "}",
    " ",
    "\n",
    "\t",
    "--",
    "-",
    "=",
    ":",
    "#",
    " \\\n  ",
    "$X",
    "é",
    "--privileged ",
    "-v /:/host ",
    "--user=0 ",
    "--cap-add SYS_ADMIN ",
    "--security-opt seccomp=unconfined ",
    "-itu 0 ",
    "--net host ",
    "--read-only=false ",
    "--mount type=bind,src=/etc,dst=/x ",
    "<<EOF\n",
    "$$",
    "%i",
    "[",
    "--pid=host ",
];

fn mutated(text: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(4) {
        let places: Vec<usize> = text.char_indices().map(|it| it.0).collect();
        let at = places.get(random.below(places.len())).copied().unwrap_or(0);
        match random.below(4) {
            0 if at < text.len() => drop(text.remove(at)),
            1 => text.insert_str(at, PIECES[random.below(PIECES.len())]),
            _ => {
                // Where a word begins.
                let at = text[..at].rfind(' ').map_or(at, |it| it + 1);
                text.insert_str(at, PIECES[random.below(PIECES.len())]);
            }
        }
    }
    text
}

fn policy() -> Policy {
    let words = ["casehard", "check", env!("CARGO_MANIFEST_DIR")];
    let cli = casehard::cli::Cli::parse_from(words);
    let casehard::cli::Command::Check(args) = cli.command else { unreachable!() };
    casehard::commands::policy(&args.inputs, Confidence::Risky)
        .unwrap_or_else(|it| panic!("{}", it.0))
}

fn check(text: &str, policy: &Policy, random: &mut Random) -> Result<bool, String> {
    for form in [Form::Make, Form::Unit, Form::Quadlet] {
        let _ = read(form, text);
    }
    let batch = Batch::command(text);
    let Some(project) = batch.projects.first() else { return Ok(false) };
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
fn odd_lines_are_refused_or_mended_and_proven() {
    let count = std::env::var("MUTATIONS").ok().and_then(|it| it.parse().ok()).unwrap_or(300u64);
    let (texts, policy): (Vec<_>, _) = (super::all().map(|it| it.1).collect(), policy());
    let run = |seed: u64| {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let text = mutated(texts[random.below(texts.len())], &mut random);
        check(&text, &policy, &mut random).unwrap_or_else(|it| panic!("{seed}: {it}\n{text}"))
    };
    let tried: Vec<bool> = (1..=count).into_par_iter().map(run).collect();
    let mended = tried.iter().filter(|it| **it).count();
    assert!(mended > tried.len() / 3, "{mended} of {}", tried.len());
}
