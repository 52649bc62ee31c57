//! Findings for people: file, line, the offending text underlined, the reason, the fix and how sure it is.

use std::fmt::Write as _;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use textwrap::{Options, WordSplitter};

use super::shown::{Shown, clean};
use crate::finding::{Confidence, Finding, Fix, Severity};
use crate::mend::Shared;
use crate::rules::{self, Rule};
use crate::yaml::Tree;

/// Prints a finding on a file; a terminal of some width gets no line that it would break within a word.
pub fn finding(files: &[Shared], finding: &Finding, width: Option<usize>) -> Shown {
    let file = &files[finding.site.file.0 as usize];
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
    for (level, text) in notes(files, finding) {
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
fn wrap(text: &str, width: usize) -> String {
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

fn notes(files: &[Shared], finding: &Finding) -> Vec<(Level<'static>, String)> {
    let mut notes = Vec::new();
    if let Some(reason) = rules::find(finding.rule).map(|it| first_sentence(it.docs)) {
        notes.push((Level::NOTE, reason));
    }
    let fix_level = || Level::HELP.with_name("fix");
    for fix in &finding.fixes {
        let title = title(files, finding, fix);
        let mut text = format!("{}: {title} ({})", fix.confidence.name(), fix.basis);
        if let Some(risk) = &fix.may_break {
            let _ = write!(text, "; may break: {risk}");
        }
        notes.push((fix_level(), text));
    }
    match (&finding.advice, finding.fixes.is_empty()) {
        (Some(advice), true) => {
            notes.push((fix_level(), format!("{}: {advice}", Confidence::Manual.name())));
        }
        (Some(advice), false) => notes.push((Level::HELP, advice.clone())),
        (None, _) => (),
    }
    notes
}

/// What a fix does, and in which file where that is another than the one in which its finding stands.
pub fn title(files: &[Shared], finding: &Finding, fix: &Fix) -> String {
    let mut others: Vec<String> = Vec::new();
    for edit in fix.edits.iter().filter(|it| it.file != finding.site.file) {
        let path = files[edit.file.0 as usize].path.display().to_string();
        if !others.contains(&path) {
            others.push(path);
        }
    }
    match others.is_empty() {
        true => fix.title.to_string(),
        false => format!("{} in {}", fix.title, others.join(" and ")),
    }
}

/// What is said once of a container, and an empty line.
pub fn note(subject: &str, text: &str, width: Option<usize>) -> Shown {
    let text = format!("to be sure: {subject}: {text}");
    let text = clean(&text);
    let text = width.map_or(text.to_string(), |it| wrap(&text, it.max(MARGIN)));
    Shown::all(text.lines().chain([""]).map(Shown::line))
}

/// The first sentence of a text.
pub fn first_sentence(text: &str) -> String {
    let end = text.find(". ").or_else(|| text.find(".\n")).map_or(text.len(), |it| it + 1);
    text[..end].trim_end_matches('.').to_owned()
}

/// Prints an error on a file that could not be read as what it is.
pub fn problem(path: &Path, place: Option<(usize, usize)>, message: &str) -> String {
    match place {
        Some((line, column)) => format!("{}:{line}:{column}: {message}", path.display()),
        None => format!("{}: {message}", path.display()),
    }
}

/// The line and column of an offset.
pub fn place(tree: &Tree, offset: usize) -> (usize, usize) {
    let position = tree.position(offset);
    (position.line, position.column)
}

/// A rule for people who ask what it is, in lines of at most that width.
pub fn explanation(rule: &Rule, width: usize) -> String {
    let docs = rule.docs.replace("**", "");
    let docs: Vec<String> = docs.lines().map(|it| wrap(it, width)).collect();
    let title = format!("{} ({}): {}", rule.id, rule.severity, rule.summary);
    let mut text = format!("{}\n\n", wrap(&title, width));
    let _ = writeln!(text, "{}\n", docs.join("\n"));
    let example: String = rule.example.lines().map(|it| format!("    {it}\n")).collect();
    let _ = writeln!(text, "It fires on:\n\n{example}");
    if !rule.references.is_empty() {
        let references = format!("See also: {}", rule.references.join(", "));
        let _ = writeln!(text, "{}\n", wrap(&references, width));
    }
    text
}

/// One line for each rule.
pub fn rule_list() -> String {
    rules::ALL
        .iter()
        .map(|it| format!("{:<24} {:<9} {}\n", it.id, it.severity, it.summary))
        .collect()
}

/// The rules as a Markdown table.
pub fn rule_table() -> String {
    let mut text = String::from("| rule | severity | what is weak |\n| --- | --- | --- |\n");
    for rule in rules::ALL {
        let _ = writeln!(text, "| `{}` | {} | {} |", rule.id, rule.severity, rule.summary);
    }
    text
}
