//! Each finding with its line, the offending text underlined, the reason, the fixes, how sure they are and what they
//! may break.

use std::collections::BTreeSet;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use foldhash::HashSet;
use textwrap::{Options, WordSplitter};

use super::shown::{Shown, clean};
use super::{closing, standing, words};
use crate::evidence::Raise;
use crate::finding::{Finding, Severity};
use crate::outcome::Outcome;
use crate::rules;
use crate::workload::File;
use crate::yaml::Tree;

/// All findings that are left, and what would make fixes likely.
pub fn render(outcome: &Outcome, width: Option<usize>) -> Shown {
    let mut parts = Vec::new();
    let mut told: HashSet<&Raise> = HashSet::default();
    let raises = outcome.raises();
    for (at, it) in outcome.findings.iter().enumerate().filter(|it| it.1.is_left()) {
        parts.push(finding(&it.text, &it.finding, width));
        // What one file lacks another often lacks as well, such as the knowledge of an image.
        let next = outcome.findings.get(at + 1);
        if next.is_none_or(|next| next.file != it.file) {
            let of_file = raises.iter().filter(|at| outcome.containers[at.0].file == it.file);
            let new = of_file.filter(|it| told.insert(it.1));
            parts.extend(new.map(|it| note(it.1, (outcome, &raises), width)));
        }
    }
    parts.extend(closing::fixed(outcome));
    parts.extend(outcome.pods_told().map(|it| standing::line(outcome, it)));
    parts.push(closing::totals(outcome, width));
    Shown::all(parts)
}

/// What would make the fixes of some containers likely, and an empty line.
fn note(
    raise: &Raise,
    (outcome, all): (&Outcome, &[(usize, &Raise)]),
    width: Option<usize>,
) -> Shown {
    let whom = all.iter().filter(|it| it.1 == raise);
    let names: BTreeSet<&str> = whom.map(|it| &*outcome.containers[it.0].name).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let text = format!("to be sure: {}: {raise}", names.join(", "));
    let text = clean(&text);
    let text = width.map_or(text.to_string(), |it| wrap(&text, it.max(MARGIN)));
    Shown::all(text.lines().chain([""]).map(Shown::line))
}

/// Prints a finding on a file; a terminal of some width gets no line that it would break within a word.
pub fn finding(file: &File, finding: &Finding, width: Option<usize>) -> Shown {
    let tree = &file.tree;
    let position = tree.position(finding.site.span.start);
    let line = tree.line_span(position.line);
    let source = tree.text()[line.start..line.end].trim_end_matches(['\n', '\r']);
    let start = finding.site.span.start - line.start;
    let end =
        (finding.site.span.end.max(finding.site.span.start + 1) - line.start).min(source.len());
    let (start, end) = on_boundaries(source, start.min(source.len()), end);
    let (source, start, end) = excerpt(source, start, end.max(start));
    // What is underlined stays so, however long it is when it is clean.
    let before = clean(&source[..start]);
    let (marked, after) = (clean(&source[start..end.max(start)]), clean(&source[end.max(start)..]));
    let span = before.len()..before.len() + marked.len();
    let path = file.path.display().to_string();
    let label = format!("{} ({})", finding.subject, finding.severity);
    let snippet = Snippet::source(format!("{before}{marked}{after}"))
        .line_start(position.line)
        .path(clean(&path))
        .fold(false)
        .annotation(AnnotationKind::Primary.span(span).label(clean(&label)));
    let mut group = Group::with_title(
        level(finding.severity).primary_title(clean(&finding.message)).id(finding.rule),
    )
    .element(snippet);
    // Before the message of a note stand the line number's column and ` = note: `.
    let gutter = position.line.to_string().len() + 10;
    for (level, text) in notes(finding) {
        let text = clean(&text);
        let text = match width {
            Some(width) => wrap(&text, width.max(MARGIN + gutter) - gutter),
            None => text.into_owned(),
        };
        group = group.element(level.message(text));
    }
    let shown = format!("{}:{}:{}", clean(&path), position.line, before.chars().count() + 1);
    let is = format!("{}:{}:{}", clean(&path), position.line, position.column);
    // The renderer counts columns in what it is given, which is a part of the line.
    Shown::rendered(&renderer(width.unwrap_or(WIDTH)), &[group], (&shown, &is))
}

/// How much of a line is shown around what is underlined: a file may be one line, and have thousands of findings.
const AROUND: usize = 400;

/// What of a line is shown, and the indices in it.
fn excerpt(line: &str, start: usize, end: usize) -> (&str, usize, usize) {
    let (end, to) = (end.min(start + AROUND), end.min(start + AROUND) + AROUND);
    let (from, to) = on_boundaries(line, start.saturating_sub(AROUND), to.min(line.len()));
    let (start, end) = on_boundaries(line, start, end);
    (&line[from..to], start - from, end - from)
}

/// The text's indices moved to where characters begin.
fn on_boundaries(text: &str, start: usize, end: usize) -> (usize, usize) {
    let down = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    (down(start), down(end))
}

/// How wide a report is that no terminal shows.
const WIDTH: usize = 100;

/// Text gets at least that many columns.
const MARGIN: usize = 20;

/// Lines of at most that width; names with hyphens stay whole.
pub fn wrap(text: &str, width: usize) -> String {
    textwrap::fill(text, Options::new(width).word_splitter(WordSplitter::NoHyphenation))
}

fn renderer(width: usize) -> Renderer {
    Renderer::styled().term_width(width.max(40))
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium | Severity::Low => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

fn notes(finding: &Finding) -> Vec<(Level<'static>, String)> {
    let mut notes = Vec::new();
    if let Some(reason) = rules::find(finding.rule).map(|it| first_sentence(it.docs)) {
        notes.push((Level::NOTE, reason));
    }
    let fix_level = || Level::HELP.with_name("fix");
    for fix in &finding.fixes {
        notes.push((fix_level(), words::fix_and_risk(fix)));
    }
    match (&finding.advice, finding.fixes.is_empty()) {
        (Some(advice), true) => notes.push((fix_level(), words::manual(advice))),
        (Some(advice), false) => notes.push((Level::HELP, advice.clone())),
        (None, _) => (),
    }
    notes
}

/// The first sentence of a text.
pub fn first_sentence(text: &str) -> String {
    let end = text.find(". ").or_else(|| text.find(".\n")).map_or(text.len(), |it| it + 1);
    text[..end].trim_end_matches('.').to_owned()
}

/// The line and column of an offset.
pub fn place(tree: &Tree, offset: usize) -> (usize, usize) {
    let position = tree.position(offset);
    (position.line, position.column)
}
