//! The end of a report: what was mended, what is left by rule, the totals, and what to do next.

use std::collections::BTreeMap;

use super::full::wrap;
use super::shown::{Shown, clean};
use super::standing;
use super::style::{BOLD, confidence, paint};
use super::undo::WAY_BACK;
use crate::finding::{Confidence, Severity};
use crate::outcome::{Action, Count, FileState, Outcome, Reported, State, by_rule};
use crate::report::summary::{by_reason, passed_over};

pub use super::summary::count;

/// A line for each finding that is mended, or would be, and for each fix that could not be carried out.
pub fn fixed(outcome: &Outcome) -> Vec<Shown> {
    let line = |it: &Reported| {
        let path = outcome.files[it.file].path.display().to_string();
        let finding = &it.finding;
        match (&it.state, finding.fixes.first()) {
            (State::Fixed, Some(fix)) => Some(Shown::line(&format!(
                "{path}: {}: {} ({}, {})",
                finding.subject,
                fix.title,
                finding.rule,
                fix.confidence.name()
            ))),
            (State::Refused(why), _) => Some(Shown::line(&format!(
                "{path}: {}: {} is refused: {why}",
                finding.subject, finding.rule
            ))),
            _ => None,
        }
    };
    outcome.findings.iter().filter_map(line).collect()
}

/// What is left of each rule, by the confidence of the best fix.
pub fn table(outcome: &Outcome) -> Shown {
    let rows = by_rule(outcome);
    if rows.is_empty() {
        return Shown::default();
    }
    const COLUMNS: [Confidence; 4] =
        [Confidence::Safe, Confidence::Likely, Confidence::Risky, Confidence::Manual];
    let mut head = format!("{:<24}", "");
    for it in COLUMNS {
        head += &paint(confidence(it), &format!("{:>8}", it.name()));
    }
    let mut parts = vec![Shown::line(""), Shown::painted(&head)];
    for (rule, numbers) in rows {
        let cell = |it: Confidence| match numbers[it as usize] {
            0 => format!("{:>8}", "."),
            number => format!("{number:>8}"),
        };
        let cells: String = COLUMNS.iter().map(|it| cell(*it)).collect();
        parts.push(Shown::line(&format!("{rule:<24}{cells}")));
    }
    parts.push(Shown::line(""));
    Shown::all(parts)
}

/// What becomes of findings that are mended, and of the others; nothing where none is to be.
pub(super) fn became(action: Action) -> Option<(&'static str, &'static str)> {
    match action {
        Action::Check => None,
        Action::Plan => Some(("would be fixed", "would be left")),
        Action::Write => Some(("fixed", "left")),
    }
}

/// The totals, and what to do next, in lines of at most that width.
pub fn totals(outcome: &Outcome, width: Option<usize>) -> Shown {
    let width = width.map_or(usize::MAX, |it| it.max(40));
    let numbers = Count::of(outcome);
    let left = numbers.remaining();
    let looked =
        format!("{} of {}", count(numbers.containers, "container"), count(numbers.files, "file"));
    let findings = count(numbers.fixed, "finding");
    let files = count(numbers.written, "file");
    let mut parts = match became(outcome.action) {
        None => vec![format!("{} in {looked}", count(left, "finding"))],
        Some((fixed, kept)) => {
            let done = match (numbers.fixed, outcome.action) {
                // Waivers, and what an owner wrote.
                (0, Action::Write) if numbers.written > 0 => format!("{files} written"),
                _ => format!("{findings} {fixed} in {files}"),
            };
            vec![done, format!("{left} {kept} in {looked}")]
        }
    };
    parts.extend(rest(outcome, &numbers));
    let told = wrap(&clean(&parts.join(", ")), width);
    let mut lines: Vec<Shown> = told.lines().map(|it| Shown::painted(&paint(BOLD, it))).collect();
    for it in hints(outcome, &numbers) {
        let hint = wrap(&it, width.saturating_sub(4));
        let indent =
            |(at, it): (usize, &str)| format!("{:1$}{it}", "", if at == 0 { 0 } else { 4 });
        lines.extend(hint.lines().enumerate().map(|it| Shown::line(&indent(it))));
    }
    Shown::all(lines)
}

/// What became of all that is not told, each with its number.
pub(super) fn rest(outcome: &Outcome, numbers: &Count) -> Vec<String> {
    let mut parts = Vec::new();
    let mut add = |number: usize, text: &str| {
        if number > 0 {
            parts.push(format!("{number} {text}"));
        }
    };
    add(numbers.info, "for information");
    add(numbers.waived, "waived");
    add(numbers.known, "in the baseline");
    add(numbers.refused, "refused");
    add(numbers.failed, "could not be done");
    add(outcome.off.len(), if outcome.off.len() == 1 { "rule off" } else { "rules off" });
    parts.extend(passed_over(&by_reason(&outcome.passed)));
    parts
}

/// What to say of what the baseline has and is there no more.
pub(super) fn gone(outcome: &Outcome) -> Option<String> {
    let number = outcome.gone();
    let are = if number == 1 { "is" } else { "are" };
    (number > 0).then(|| {
        format!("{number} of the baseline {are} gone: `casehard baseline` writes it anew, so that they stay away")
    })
}

/// What to know, and what to do next.
fn hints(outcome: &Outcome, numbers: &Count) -> Vec<String> {
    let mut lines = Vec::new();
    let levels = standing::counts(numbers.levels, Some(outcome.kubernetes));
    lines.extend(levels.map(|it| format!("  {it}")));
    if numbers.frozen > 0 {
        let (kind, them) =
            if numbers.frozen == 1 { ("Pod or Job", "it") } else { ("Pods or Jobs", "them") };
        lines.push(format!(
            "  {} {kind} cannot be changed in a cluster: delete {them} there before the file is applied",
            numbers.frozen
        ));
    }
    let of = |it: Confidence| numbers.open[it as usize];
    let sure = of(Confidence::Safe) + of(Confidence::Likely);
    let (risky, manual) = (of(Confidence::Risky), of(Confidence::Manual));
    if sure > 0 {
        lines.push(format!("  {sure} can be fixed by `casehard fix --yes`"));
    }
    if risky > 0 {
        lines.push(format!(
            "  {risky} can be fixed but may break something: review them by `casehard fix`, or `casehard fix --yes --confidence risky`"
        ));
    }
    let declined = numbers.declined();
    if declined > 0 {
        let are = if declined == 1 { "is" } else { "are" };
        lines.push(format!("  {declined} {are} left as decided: `casehard fix --again` asks anew"));
    }
    lines.extend(gone(outcome).map(|it| format!("  {it}")));
    if manual > 0 {
        let are = if manual == 1 { "is" } else { "are" };
        lines.push(format!("  {manual} {are} manual: only you can decide"));
    }
    if outcome.way_back.is_some() {
        lines.push(format!("  {WAY_BACK}"));
    }
    lines
}

/// How many images and folders are named.
const NAMED: usize = 10;

/// Numbers: by rule and confidence, by severity, the images and folders that have the most.
pub fn statistics(outcome: &Outcome, width: Option<usize>) -> Shown {
    let mut parts = vec![table(outcome)];
    let left = || outcome.findings.iter().filter(|it| it.is_left());
    let of_severity = |it: Severity| left().filter(|other| other.finding.severity == it).count();
    for it in Severity::ALL.into_iter().filter(|it| of_severity(*it) > 0) {
        let name = paint(super::style::severity(it), &format!("{:<24}", it.name()));
        parts.push(Shown::painted(&format!("{name}{:>8}", of_severity(it))));
    }
    let image = |it: &Reported| outcome.containers[it.container?].image.clone();
    let folder = |it: &Reported| {
        let folder = outcome.files[it.file].path.parent()?.display().to_string();
        Some(if folder.is_empty() { ".".to_owned() } else { folder })
    };
    for (what, names) in
        [("images", most(left().filter_map(image))), ("folders", most(left().filter_map(folder)))]
    {
        if names.len() > 1 {
            parts.push(Shown::line(""));
            parts.push(Shown::line(&format!("{what} with the most findings:")));
            let line = |it: &(String, usize)| Shown::line(&format!("{:>8}  {}", it.1, it.0));
            parts.extend(names.iter().take(NAMED).map(line));
        }
    }
    parts.push(Shown::line(""));
    parts.push(totals(outcome, width));
    Shown::all(parts)
}

/// How often each name comes, the most frequent first.
fn most(names: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    names.for_each(|it| *counts.entry(it).or_default() += 1);
    let mut all: Vec<(String, usize)> = counts.into_iter().collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.1));
    all
}

/// What could not be written, a line each.
pub fn failures(outcome: &Outcome) -> Vec<Shown> {
    let failed = outcome.files.iter().filter_map(|it| match &it.state {
        FileState::Failed(why) => Some(Shown::line(why)),
        FileState::Same | FileState::Changed => None,
    });
    failed.collect()
}
