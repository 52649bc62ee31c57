//! Annotations of GitHub Actions: a line for each finding, which the runner shows at its place.

use super::json::path;
use super::places::{Place, near};
use super::shown::Shown;
use super::words;
use crate::finding::Severity;
use crate::outcome::{FileState, Outcome};

/// The lines of a run.
pub fn render(outcome: &Outcome) -> Shown {
    let finding = |it: &crate::outcome::Reported| {
        let found = &it.finding;
        let place = Place::of(&it.text.tree, found.site.span);
        let level = match found.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium | Severity::Low => "warning",
            Severity::Info => "notice",
        };
        let mut of = vec![
            ("file", path(&near(&outcome.files[it.file].path))),
            ("line", place.line.to_string()),
            ("endLine", place.end_line.to_string()),
            ("title", format!("{} ({})", found.rule, found.severity)),
        ];
        if place.line == place.end_line {
            of.insert(3, ("col", place.column.to_string()));
            of.insert(4, ("endColumn", place.end_column.to_string()));
        }
        Shown::command(level, &of, &words::finding(found))
    };
    let problem = |it: &crate::batch::Problem| {
        let mut of = vec![("file", path(&near(&it.path)))];
        if let Some((line, column)) = it.place {
            of.push(("line", line.to_string()));
            of.push(("col", column.to_string()));
        }
        Shown::command(if it.fails { "error" } else { "warning" }, &of, &it.message)
    };
    let failed = outcome.files.iter().filter_map(|it| match &it.state {
        FileState::Failed(why) => {
            Some(Shown::command("error", &[("file", path(&near(&it.path)))], why))
        }
        FileState::Same | FileState::Changed => None,
    });
    let findings = outcome.findings.iter().filter(|it| it.is_left()).map(finding);
    Shown::all(outcome.problems.iter().map(problem).chain(failed).chain(findings))
}
