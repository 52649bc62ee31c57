//! The decision checklist of every container, before and after the fixes: a table for a terminal, Markdown, JSON.

mod json;
mod markdown;
pub(super) mod words;

use std::fmt::Write as _;

use super::full::wrap;
use super::json::path;
use super::shown::{Shown, clean};
use super::style::{BOLD, DIM, confidence, paint, severity};
use super::summary::count;
use crate::finding::{Confidence, Severity};
use crate::outcome::{Container, Outcome, PosturePair, held};
use crate::posture::{Answer, Holds, Question};
pub use json::{render as json, schema};
pub use markdown::render as markdown;

/// What a line is wrapped to where no terminal shows it.
const WIDTH: usize = 120;

/// Where answers begin.
const INDENT: usize = 23;

/// For a terminal.
pub fn table(outcome: &Outcome, width: Option<usize>) -> Shown {
    let width = width.unwrap_or(WIDTH).max(60);
    let mut parts = Vec::new();
    for (container, pair) in asked(outcome) {
        block(outcome, (container, pair), width, &mut parts);
    }
    parts.extend(summary(outcome));
    Shown::all(parts)
}

/// The containers of which the checklist is answered, those that are only read left out.
pub(super) fn asked(outcome: &Outcome) -> impl Iterator<Item = (&Container, &PosturePair)> {
    let all = outcome.containers.iter().filter(|it| outcome.files[it.file].named);
    all.filter_map(|it| Some((it, it.posture.as_deref()?)))
}

fn block(
    outcome: &Outcome,
    (container, pair): (&Container, &PosturePair),
    width: usize,
    parts: &mut Vec<Shown>,
) {
    let file = &outcome.files[container.file];
    let image = container.image.as_deref().map_or(String::new(), |it| format!(", {}", clean(it)));
    let head =
        format!("{}:{}: {}", clean(&path(&file.path)), container.line, clean(&container.name));
    parts.push(Shown::painted(&format!("{}{image}", paint(BOLD, &head))));
    for question in Question::ALL {
        let (before, after) = pair.answers(question);
        if question == Question::Debug {
            parts.extend(recipes(after.unwrap_or(before)));
            continue;
        }
        line(question.name(), before, &file.path, width, parts);
        if let Some(after) = after {
            line("  after the fixes", after, &file.path, width, parts);
        }
    }
    parts.push(Shown::line(""));
}

fn line(name: &str, answer: &Answer, home: &std::path::Path, width: usize, parts: &mut Vec<Shown>) {
    let text = clean(&words::sentence(answer, home)).into_owned();
    let lines = wrap(&text, width - INDENT);
    for (number, text) in lines.lines().enumerate() {
        let head = match number {
            0 => format!("  {} {name:<17} ", mark(answer.holds)),
            _ => " ".repeat(INDENT - 1),
        };
        parts.push(Shown::painted(&format!("{head} {text}")));
    }
}

/// Whether it is held, in one letter that needs no colour.
fn mark(it: Holds) -> String {
    match it {
        Holds::Yes => paint(confidence(Confidence::Safe), "✓"),
        Holds::No => paint(severity(Severity::High), "✗"),
        Holds::Unknown => paint(confidence(Confidence::Risky), "?"),
        Holds::Inapplicable => paint(DIM, "-"),
    }
}

/// What is pasted stays on one line.
fn recipes(answer: &Answer) -> Vec<Shown> {
    let command = |name: &str| {
        let value = answer.part(name)?.value.text();
        let name = if name == "command" { "debug" } else { name };
        Some(Shown::painted(&format!("  {} {name:<17}  {}", mark(answer.holds), clean(&value))))
    };
    ["command", "break glass", "why"].into_iter().filter_map(command).collect()
}

/// How many containers hold what.
fn summary(outcome: &Outcome) -> Vec<Shown> {
    let all = held(asked(outcome).map(|it| it.1));
    let number = asked(outcome).count();
    let mut lines = vec![Shown::painted(&paint(
        BOLD,
        &format!(
            "{:<46} {:>8} {:>8} {:>8}",
            format!("of {}", count(number, "container")),
            "before",
            "after",
            "unknown"
        ),
    ))];
    for question in Question::ALL {
        let held = &all[question as usize];
        let mut text = format!("  {:<44}", question.wanted());
        let _ = write!(
            text,
            " {:>8} {:>8} {:>8}",
            held.before[Holds::Yes as usize],
            held.after[Holds::Yes as usize],
            held.after[Holds::Unknown as usize]
        );
        lines.push(Shown::line(&text));
    }
    if asked(outcome).any(|it| it.1.after.is_some()) {
        lines.push(Shown::line("Lines after the fixes are those of the files as they would be."));
    }
    lines
}
