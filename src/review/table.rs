//! What there is to decide, counted: by rule and confidence, by image, by folder. Each has a number, which stays.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::board::{Board, Question};
use super::scope::Scope;
use super::show::{self, BOLD, clean, fit, paint};
use crate::finding::{Confidence, Severity};
use crate::report::summary::count;
use crate::rules;
use crate::workload::clean as clean_path;

/// How many rules, images and folders are listed.
const RULES: usize = 12;
const MANY: usize = 6;

/// A rule with what is asked of it.
struct Row {
    /// The worst that it is here.
    severity: Severity,
    /// Questions by the confidence of their fix.
    by: [usize; 4],
}

impl Board<'_> {
    /// The folder of the file that a question is about.
    pub(super) fn folder(&self, at: Question) -> PathBuf {
        let file = self.benches[at.0].file(self.finding(at).site.file);
        clean_path(file.path.parent().unwrap_or(Path::new("")))
    }

    /// Gives a number to everything of which something is asked, the worst and the most frequent first; what has one
    /// keeps it.
    pub(super) fn enumerate(&mut self) {
        let open: Vec<Question> = self.all_open().collect();
        // Under a filter folders are told apart further down.
        let fitting: Vec<Question> = self.open().collect();
        let mut fresh = Vec::new();
        fresh.extend(rows(self, &open).into_iter().map(|it| Scope::Rule(it.0)));
        for group in [images(self, &open), folders(self, &open), folders(self, &fitting)] {
            // Of one there is nothing to choose.
            if group.len() > 1 {
                fresh.extend(group.into_iter().map(|it| it.0));
            }
        }
        for it in fresh {
            if !self.listed.contains(&it) {
                self.listed.push(it);
            }
        }
    }
}

/// The rules of which something is asked, worst first.
fn rows(board: &Board<'_>, open: &[Question]) -> Vec<(&'static str, Row)> {
    let mut rows: BTreeMap<&'static str, Row> = BTreeMap::new();
    for &at in open {
        let finding = board.finding(at);
        let new = || Row { severity: finding.severity, by: [0; 4] };
        let row = rows.entry(finding.rule).or_insert_with(new);
        row.severity = row.severity.max(finding.severity);
        row.by[finding.confidence() as usize] += 1;
    }
    let mut rows: Vec<(&'static str, Row)> = rows.into_iter().collect();
    let place = |name: &str| rules::ALL.iter().position(|rule| rule.id == name);
    rows.sort_by_key(|(name, it)| {
        let total: usize = it.by.iter().sum();
        (std::cmp::Reverse(it.severity), std::cmp::Reverse(total), place(name))
    });
    rows
}

fn images(board: &Board<'_>, open: &[Question]) -> Vec<(Scope, usize)> {
    let image = |it: &Question| board.benches[it.0].image(board.finding(*it).container);
    let images = count_of(open.iter().filter_map(image));
    images.into_iter().map(|it| (Scope::Image(it.0.to_owned()), it.1)).collect()
}

/// The folders right below the one that holds all that is asked about, and the files in that itself.
fn folders(board: &Board<'_>, open: &[Question]) -> Vec<(Scope, usize)> {
    let all: Vec<PathBuf> = open.iter().map(|it| board.folder(*it)).collect();
    let common = |base: PathBuf, it: &PathBuf| -> PathBuf {
        let same = base.components().zip(it.components()).take_while(|(one, two)| one == two);
        same.map(|it| it.0).collect()
    };
    let Some(first) = all.first() else { return Vec::new() };
    let base = all.iter().fold(first.clone(), common);
    let depth = base.components().count();
    let below = |it: &PathBuf| -> PathBuf { it.components().take(depth + 1).collect() };
    let scope = |(folder, count): (PathBuf, usize)| match folder == base {
        true => (Scope::Files(folder), count),
        false => (Scope::Folder(folder), count),
    };
    count_of(all.iter().map(below)).into_iter().map(scope).collect()
}

/// How often each is there, the most frequent first.
fn count_of<T: Ord>(all: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    all.for_each(|it| *counts.entry(it).or_default() += 1);
    let mut counts: Vec<(T, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|it| std::cmp::Reverse(it.1));
    counts
}

/// The table, for a terminal of that width; what is answered has no row, and its number stays free.
pub(super) fn table(board: &Board<'_>, width: usize) -> String {
    let open: Vec<Question> = board.open().collect();
    let projects = count_of(open.iter().map(|it| it.0)).len();
    let mut title = format!("{} in {}", count(open.len(), "question"), count(projects, "file"));
    title += &board.filter.told();
    let mut lines = vec![paint(BOLD, &show::wrap(&clean(&title), width, "  "))];
    lines.extend(rule_lines(board, &open, width));
    for (word, group) in [("images", images(board, &open)), ("folders", folders(board, &open))] {
        lines.extend(most(board, word, &group).map(|it| show::wrap(&it, width, "    ")));
    }
    lines.join("\n")
}

fn rule_lines(board: &Board<'_>, open: &[Question], width: usize) -> Vec<String> {
    let mut rows = rows(board, open);
    rows.sort_by_key(|it| board.number(&Scope::Rule(it.0)));
    let wide = rows.iter().take(RULES).map(|it| it.0.len()).max().unwrap_or(0);
    let head = format!("     {:wide$}{}  likely   risky  manual", "rule", bad("severity", width));
    let mut lines = vec![fit(&head, width)];
    for (rule, row) in rows.iter().take(RULES) {
        let sure = row.by[Confidence::Likely as usize] + row.by[Confidence::Safe as usize];
        let of = |it: Confidence| dash(row.by[it as usize]);
        let number = board.number(&Scope::Rule(rule)).map_or(0, |it| it + 1);
        lines.push(fit(
            &format!(
                " {number:>3} {rule:wide$}{}  {:>6}  {:>6}  {:>6}",
                bad(row.severity.name(), width),
                dash(sure),
                of(Confidence::Risky),
                of(Confidence::Manual)
            ),
            width,
        ));
    }
    if rows.len() > RULES {
        lines.push(format!("     and {}", count(rows.len() - RULES, "other rule")));
    }
    lines
}

/// How bad a rule is, where there is room for it.
fn bad(name: &str, width: usize) -> String {
    if width < 64 { String::new() } else { format!("  {name:8}") }
}

fn dash(number: usize) -> String {
    if number == 0 { "-".to_owned() } else { number.to_string() }
}

/// The most frequent of those that have a number, in a line.
fn most(board: &Board<'_>, word: &str, all: &[(Scope, usize)]) -> Option<String> {
    let numbered = |it: &(Scope, usize)| Some((board.number(&it.0)? + 1, it.0.name(), it.1));
    let all: Vec<_> = all.iter().filter_map(numbered).collect();
    let shown = all.iter().take(MANY);
    let mut parts: Vec<String> =
        shown.map(|(number, name, times)| format!("{number} {} ({times})", clean(name))).collect();
    let rest = all.len().saturating_sub(MANY);
    if rest > 0 {
        parts.push(format!("{rest} others"));
    }
    (!parts.is_empty()).then(|| format!("  {word}: {}", parts.join(", ")))
}
