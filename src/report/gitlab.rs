//! Code quality of GitLab: one array, of which each entry is shown in the merge request that brings it.

use serde::Serialize;

use super::json::path;
use super::places::{Ordinals, Place};
use super::shown::Shown;
use crate::finding::Severity;
use crate::outcome::Outcome;

#[derive(Serialize)]
struct Entry<'o> {
    description: String,
    check_name: &'o str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// The array of a run.
pub fn render(outcome: &Outcome) -> Shown {
    let mut ordinals = Ordinals::default();
    let left = outcome.findings.iter().filter(|it| it.is_left());
    let entries: Vec<Entry<'_>> = left
        .map(|it| {
            let finding = &it.finding;
            let place = Place::of(&it.text.tree, finding.site.span);
            Entry {
                description: format!("{}: {}", finding.subject, finding.message),
                check_name: finding.rule,
                fingerprint: ordinals.next(it.fingerprint),
                severity: match finding.severity {
                    Severity::Critical => "blocker",
                    Severity::High => "critical",
                    Severity::Medium => "major",
                    Severity::Low => "minor",
                    Severity::Info => "info",
                },
                location: Location {
                    path: path(&outcome.files[it.file].path).trim_start_matches("./").to_owned(),
                    lines: Lines { begin: place.line, end: place.end_line },
                },
            }
        })
        .collect();
    Shown::value(&entries, true)
}
