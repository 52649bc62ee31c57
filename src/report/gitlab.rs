//! Code quality of GitLab: one array, of which each entry is shown in the merge request that brings it.

use std::collections::BTreeSet;

use foldhash::HashMap;
use serde::Serialize;

use super::json::path;
use super::places::{NOT_JUDGED, Ordinals, Place, near};
use super::shown::Shown;
use crate::finding::Severity;
use crate::outcome::{Failed, Fingerprint, Outcome};

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
    // A report has room for one of a name: what copies of a file have in common is told apart by their paths, and by
    // these alone, for a file that gets another name should bring nothing new.
    let mut files: HashMap<Fingerprint, BTreeSet<usize>> = HashMap::default();
    for it in &outcome.findings {
        files.entry(it.fingerprint()).or_default().insert(it.file);
    }
    let is_copied = |it: Fingerprint| files.get(&it).is_some_and(|it| it.len() > 1);
    let left = outcome.findings.iter().filter(|it| it.is_left());
    let mut entries: Vec<Entry<'_>> = left
        .map(|it| {
            let finding = &it.finding;
            let place = Place::of(&it.text.tree, finding.site.span);
            let own = path(&near(&outcome.files[it.file].path));
            let mut fingerprint = ordinals.next(it);
            if is_copied(it.fingerprint()) {
                fingerprint = format!("{fingerprint}:{own}");
            }
            Entry {
                description: format!("{}: {}", finding.subject, finding.message),
                check_name: finding.rule,
                fingerprint,
                severity: match finding.severity {
                    Severity::Critical => "blocker",
                    Severity::High => "critical",
                    Severity::Medium => "major",
                    Severity::Low => "minor",
                    Severity::Info => "info",
                },
                location: Location {
                    path: own,
                    lines: Lines { begin: place.line, end: place.end_line },
                },
            }
        })
        .collect();
    entries.extend(outcome.failures().into_iter().enumerate().map(failure));
    Shown::value(&entries, true)
}

/// What could not be judged stands among what is found: who looks at a merge request sees nothing else.
fn failure<'o>((number, (file, place, why)): (usize, Failed<'o>)) -> Entry<'o> {
    let own = path(&near(file));
    let line = place.map_or(1, |it| it.0);
    Entry {
        description: format!("could not be judged: {why}"),
        check_name: NOT_JUDGED,
        fingerprint: format!("{NOT_JUDGED}:{number}:{own}"),
        severity: "blocker",
        location: Location { path: own, lines: Lines { begin: line, end: line } },
    }
}
