//! JUnit XML: a suite for each file, a failed case for each finding, a passed one for each container without any.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::json::path;
use super::shown::{self, Shown};
use super::words;
use crate::finding::Severity;
use crate::outcome::{Outcome, Reported, State};

/// The report of a run.
pub fn render(outcome: &Outcome) -> Shown {
    let mut report = Report::new("casehard");
    for (number, file) in outcome.files.iter().enumerate() {
        let mut suite = TestSuite::new(clean(&path(&file.path)).into_owned());
        let findings = outcome.findings.iter().filter(|it| it.file == number);
        findings.filter(|it| it.state != State::Fixed).for_each(|it| {
            suite.add_test_case(case(outcome, it));
        });
        for (at, it) in outcome.containers.iter().enumerate().filter(|it| it.1.file == number) {
            if outcome.findings_of(Some(at)).all(|it| it.state == State::Fixed) {
                let status = match it.is_filtered {
                    true => skipped("what is found here is not asked for"),
                    false => TestCaseStatus::success(),
                };
                let mut case = TestCase::new(clean(&it.name).into_owned(), status);
                case.set_classname(clean(&path(&file.path)).into_owned());
                suite.add_test_case(case);
            }
        }
        if !suite.test_cases.is_empty() {
            report.add_test_suite(suite);
        }
    }
    // One for each file, as in all counts.
    let mut failed: BTreeMap<&Path, Vec<String>> = BTreeMap::new();
    for (file, place, why) in outcome.failures() {
        let place = place.map_or(String::new(), |it| format!("{}:{}: ", it.0, it.1));
        failed.entry(file).or_default().push(clean(&format!("{place}{why}")).into_owned());
    }
    if !failed.is_empty() {
        let mut suite = TestSuite::new("files that could not be judged");
        suite.add_test_cases(failed.iter().map(|it| error(&path(it.0), it.1)));
        report.add_test_suite(suite);
    }
    // Writing into memory does not fail.
    let text = report.to_string().unwrap_or_default();
    Shown::own(&text)
}

/// A line, without the two characters that XML does not have.
fn clean(text: &str) -> Cow<'_, str> {
    let text = shown::clean(text);
    match text.contains(['\u{fffe}', '\u{ffff}']) {
        true => text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}").into(),
        false => text,
    }
}

fn case(outcome: &Outcome, it: &Reported) -> TestCase {
    let finding = &it.finding;
    let (line, column) = it.place();
    let place = format!("{}:{line}:{column}", path(&outcome.files[it.file].path));
    let status = match &it.state {
        State::Waived(why) => skipped(&format!("waived: {why}")),
        State::Known => skipped("in the baseline"),
        State::Fixed => TestCaseStatus::success(),
        State::Open | State::Refused(_) if finding.severity < outcome.least.min(Severity::Low) => {
            skipped("for information")
        }
        State::Open | State::Refused(_) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(finding.rule);
            status.set_message(clean(&format!("{place}: {}", finding.message)).into_owned());
            let mut text = format!("{} {} at {place}", finding.severity, finding.rule);
            text.extend(finding.fixes.iter().map(|it| format!("\n{}", words::fix(it))));
            text.extend(finding.advice.iter().map(|it| format!("\n{it}")));
            let lines: Vec<String> = text.lines().map(|it| clean(it).into_owned()).collect();
            status.set_description(lines.join("\n"));
            status
        }
    };
    let name = format!("{}: {}", finding.subject, finding.rule);
    let mut case = TestCase::new(clean(&name).into_owned(), status);
    case.set_classname(clean(&path(&outcome.files[it.file].path)).into_owned());
    case
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(clean(why).into_owned());
    status
}

fn error(file: &str, why: &[String]) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(why.first().cloned().unwrap_or_default());
    status.set_description(why.join("\n"));
    let mut case = TestCase::new(clean(file).into_owned(), status);
    case.set_classname("casehard");
    case
}
