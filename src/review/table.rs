//! What there is to decide, counted: by rule and confidence, by image, by folder.

use std::collections::BTreeMap;
use std::path::Path;

use super::board::{Board, Question};
use super::show::{BOLD, fit, paint};
use crate::finding::{Confidence, Severity};
use crate::report::summary::count;
use crate::rules;

/// How many rules, images and folders are listed: those with the most questions.
const RULES: usize = 9;
const MANY: usize = 3;

/// A rule with what is asked of it.
pub(super) struct Row {
    /// The rule.
    pub(super) rule: &'static str,
    /// The worst that it is here.
    severity: Severity,
    /// Questions by the confidence of their fix.
    by: [usize; 4],
}

impl Row {
    fn total(&self) -> usize {
        self.by.iter().sum()
    }
}

/// The rules of which something is asked, worst first.
pub(super) fn rows(board: &Board<'_>) -> Vec<Row> {
    let mut rows: BTreeMap<&'static str, Row> = BTreeMap::new();
    for at in board.open() {
        let finding = board.finding(at);
        let new = || Row { rule: finding.rule, severity: finding.severity, by: [0; 4] };
        let row = rows.entry(finding.rule).or_insert_with(new);
        row.severity = row.severity.max(finding.severity);
        row.by[finding.confidence() as usize] += 1;
    }
    let mut rows: Vec<Row> = rows.into_values().collect();
    let place = |it: &Row| rules::ALL.iter().position(|rule| rule.id == it.rule);
    rows.sort_by_key(|it| {
        (std::cmp::Reverse(it.severity), std::cmp::Reverse(it.total()), place(it))
    });
    rows
}

/// The table, for a terminal of that width.
pub(super) fn table(board: &Board<'_>, width: usize) -> String {
    let open: Vec<Question> = board.open().collect();
    let rows = rows(board);
    let projects = count_of(open.iter().map(|it| it.0)).len();
    let title = format!("{} in {}", count(open.len(), "question"), count(projects, "file"));
    let mut lines = vec![paint(BOLD, &title)];
    let wide = rows.iter().take(RULES).map(|it| it.rule.len()).max().unwrap_or(0);
    lines.push(fit(
        &format!("    {:wide$}{}  likely   risky  by hand", "rule", bad("severity", width)),
        width,
    ));
    for (number, row) in (1..).zip(rows.iter().take(RULES)) {
        let sure = row.by[Confidence::Likely as usize] + row.by[Confidence::Safe as usize];
        let (risky, manual) =
            (row.by[Confidence::Risky as usize], row.by[Confidence::Manual as usize]);
        lines.push(fit(
            &format!(
                "  {number} {:wide$}{}  {:>6}  {:>6}  {:>7}",
                row.rule,
                bad(row.severity.name(), width),
                dash(sure),
                dash(risky),
                dash(manual)
            ),
            width,
        ));
    }
    if rows.len() > RULES {
        lines.push(format!("    and {}", count(rows.len() - RULES, "other rule")));
    }
    lines.extend(most("images", &images(board, &open)).map(|it| fit(&it, width)));
    lines.extend(most("folders", &folders(board, &open)).map(|it| fit(&it, width)));
    lines.join("\n")
}

/// How bad a rule is, where there is room for it.
fn bad(name: &str, width: usize) -> String {
    if width < 64 { String::new() } else { format!("  {name:8}") }
}

fn dash(number: usize) -> String {
    if number == 0 { "-".to_owned() } else { number.to_string() }
}

fn images(board: &Board<'_>, open: &[Question]) -> Vec<(String, usize)> {
    let image = |it: &Question| board.benches[it.0].image(board.finding(*it).container);
    count_of(open.iter().filter_map(image).map(str::to_owned))
}

fn folders(board: &Board<'_>, open: &[Question]) -> Vec<(String, usize)> {
    let folder = |it: &Question| {
        let finding = board.finding(*it);
        let file = board.benches[it.0].file(finding.site.file);
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let folder = folder.strip_prefix(".").unwrap_or(folder);
        let text = folder.to_string_lossy();
        if text.is_empty() { ".".to_owned() } else { super::show::clean(&text) }
    };
    count_of(open.iter().map(folder))
}

/// How often each is there, the most frequent first.
fn count_of<T: Ord>(all: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    all.for_each(|it| *counts.entry(it).or_default() += 1);
    let mut counts: Vec<(T, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|it| std::cmp::Reverse(it.1));
    counts
}

/// The most frequent in a line; nothing where there is only one.
fn most(word: &str, all: &[(String, usize)]) -> Option<String> {
    let rest = all.len().saturating_sub(MANY);
    let shown = all.iter().take(MANY).map(|it| format!("{} ({})", super::show::clean(&it.0), it.1));
    let mut parts: Vec<String> = shown.collect();
    if rest > 0 {
        parts.push(format!("{rest} others"));
    }
    (all.len() > 1).then(|| format!("  {word}: {}", parts.join(", ")))
}
