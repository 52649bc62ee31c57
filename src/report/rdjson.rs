//! The Reviewdog diagnostic format: `reviewdog -f=rdjson` comments on what a change brings, with suggestions.

use serde::Serialize;

use super::json::path;
use super::places::{NOT_JUDGED, Place, near};
use super::shown::Shown;
use super::words;
use crate::finding::Severity;
use crate::outcome::{Failed, Outcome, Reported};
use crate::workload::File;
use crate::yaml::Span;

#[derive(Serialize)]
struct Log<'o> {
    source: Source,
    diagnostics: Vec<Diagnostic<'o>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'o> {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code<'o>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'o>>,
}

#[derive(Serialize)]
struct Location {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Code<'o> {
    value: &'o str,
}

#[derive(Serialize)]
struct Suggestion<'o> {
    range: Range,
    text: &'o str,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

/// From one; columns count bytes.
#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
}

/// The log of a run.
pub fn render(outcome: &Outcome) -> Shown {
    let left = outcome.findings.iter().filter(|it| it.is_left());
    let log = Log {
        source: Source { name: "casehard" },
        diagnostics: left
            .map(|it| diagnostic(outcome, it))
            .chain(outcome.failures().into_iter().map(failure))
            .collect(),
    };
    Shown::value(&log, true)
}

fn diagnostic<'o>(outcome: &'o Outcome, it: &'o Reported) -> Diagnostic<'o> {
    let finding = &it.finding;
    Diagnostic {
        message: words::finding(finding),
        location: Location {
            path: path(&near(&outcome.files[it.file].path)),
            range: Some(range(&it.text, finding.site.span)),
        },
        severity: match finding.severity {
            Severity::Critical | Severity::High => "ERROR",
            Severity::Medium | Severity::Low => "WARNING",
            Severity::Info => "INFO",
        },
        code: Code { value: finding.rule },
        suggestions: suggestions(outcome, it),
    }
}

/// What could not be judged, at its place.
fn failure<'o>((file, place, why): Failed<'_>) -> Diagnostic<'o> {
    let point =
        |(line, column)| Range { start: Position { line, column }, end: Position { line, column } };
    Diagnostic {
        message: format!("could not be judged: {why}"),
        location: Location { path: path(&near(file)), range: place.map(point) },
        severity: "ERROR",
        code: Code { value: NOT_JUDGED },
        suggestions: Vec::new(),
    }
}

/// What the best fix does, where that is in the finding's own file alone: a suggestion knows no other.
fn suggestions<'o>(outcome: &Outcome, it: &'o Reported) -> Vec<Suggestion<'o>> {
    let Some(Some(files)) = it.edits.first() else { return Vec::new() };
    let [(file, edits)] = files.as_slice() else { return Vec::new() };
    if *file != it.file {
        return Vec::new();
    }
    let text = &outcome.files[*file].before;
    edits.iter().map(|it| Suggestion { range: range(text, it.span), text: &it.text }).collect()
}

fn range(file: &File, span: Span) -> Range {
    let place = Place::of(&file.tree, span);
    Range {
        start: Position { line: place.line, column: place.byte_column },
        end: Position { line: place.end_line, column: place.end_byte_column },
    }
}
