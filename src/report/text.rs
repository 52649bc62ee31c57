//! Findings for people: file, line, the offending text underlined, the reason, the fix and how sure it is.

use std::fmt::Write as _;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};

use crate::finding::{Confidence, Finding, Severity};
use crate::rules::{self, Rule};
use crate::workload::File;
use crate::yaml::Tree;

/// Prints a finding on a file.
pub fn finding(file: &File, finding: &Finding, width: usize) -> String {
    let tree = &file.tree;
    let position = tree.position(finding.site.span.start);
    let line = tree.line_span(position.line);
    let source = tree.text()[line.start..line.end].trim_end_matches(['\n', '\r']);
    let start = finding.site.span.start - line.start;
    let end =
        (finding.site.span.end.max(finding.site.span.start + 1) - line.start).min(source.len());
    let (start, end) = on_boundaries(source, start.min(source.len()), end);
    let path = file.path.display().to_string();
    let label = format!("{} ({})", finding.subject, finding.severity);
    let snippet = Snippet::source(source)
        .line_start(position.line)
        .path(path)
        .fold(false)
        .annotation(AnnotationKind::Primary.span(start..end.max(start)).label(label));
    let mut group = Group::with_title(
        level(finding.severity).primary_title(&*finding.message).id(finding.rule),
    )
    .element(snippet);
    for note in notes(finding) {
        group = group.element(note);
    }
    renderer(width).render(&[group])
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

fn notes(finding: &Finding) -> Vec<Element<'static>> {
    let mut notes: Vec<Element<'static>> = Vec::new();
    if let Some(reason) = rules::find(finding.rule).map(|it| first_sentence(it.docs)) {
        notes.push(Level::NOTE.message(reason).into());
    }
    for fix in &finding.fixes {
        let mut text = format!("{}: {} ({})", fix.confidence.name(), fix.title, fix.basis);
        if let Some(risk) = &fix.may_break {
            let _ = write!(text, "; may break {risk}");
        }
        notes.push(Level::HELP.with_name("fix").message(text).into());
    }
    match (&finding.advice, finding.fixes.is_empty()) {
        (Some(advice), true) => {
            let text = format!("{}: {advice}", Confidence::Manual.name());
            notes.push(Level::HELP.with_name("fix").message(text).into());
        }
        (Some(advice), false) => notes.push(Level::HELP.message(advice.clone()).into()),
        (None, _) => (),
    }
    notes
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

/// A rule for people who ask what it is.
pub fn explanation(rule: &Rule) -> String {
    let mut text =
        format!("{} ({}): {}\n\n{}\n\n", rule.id, rule.severity, rule.summary, rule.docs);
    let example: String = rule.example.lines().map(|it| format!("    {it}\n")).collect();
    let _ = writeln!(text, "It fires on:\n\n{example}");
    if !rule.references.is_empty() {
        let _ = writeln!(text, "See also: {}\n", rule.references.join(", "));
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
