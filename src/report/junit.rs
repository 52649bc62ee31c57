//! JUnit XML: a suite for each file, a failed case for each finding, a passed one for each container without any.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::json::path;
use super::shown::{Shown, clean};
use super::words;
use crate::batch::Problem;
use crate::finding::Severity;
use crate::outcome::{FileState, Outcome, Reported, State};

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
                let mut case =
                    TestCase::new(clean(&it.name).into_owned(), TestCaseStatus::success());
                case.set_classname(clean(&path(&file.path)).into_owned());
                suite.add_test_case(case);
            }
        }
        if let FileState::Failed(why) = &file.state {
            suite.add_test_case(error(&path(&file.path), why));
        }
        if !suite.test_cases.is_empty() {
            report.add_test_suite(suite);
        }
    }
    let failed: Vec<&Problem> = outcome.problems.iter().filter(|it| it.fails).collect();
    if !failed.is_empty() {
        let mut suite = TestSuite::new("files that could not be judged");
        for it in failed {
            let place = it.at();
            suite.add_test_case(error(&format!("{}{place}", path(&it.path)), &it.message));
        }
        report.add_test_suite(suite);
    }
    // Writing into memory does not fail.
    let text = report.to_string().unwrap_or_default();
    Shown::own(&text)
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

fn error(place: &str, why: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(clean(why).into_owned());
    let mut case = TestCase::new(clean(place).into_owned(), status);
    case.set_classname("casehard");
    case
}
