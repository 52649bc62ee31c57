//! What a report tells, read back from each format by hand: each finding as rule, file and line.

use serde_json::Value;

/// A finding: its rule, the file and the line.
pub(crate) type Found = (String, String, u64);

/// What a report tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Findings that are left.
    pub(crate) left: Vec<Found>,
    /// Of those, what fails.
    pub(crate) failing: Vec<(String, String)>,
    /// Findings that are mended, or would be.
    fixed: Vec<Found>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort();
    all
}

impl Told {
    pub(crate) fn of(report: &Value) -> Told {
        Told::of_findings(report["findings"].as_array().unwrap().iter())
    }

    pub(crate) fn of_lines(lines: &str) -> Told {
        let all: Vec<Value> = lines.lines().map(crate::json).collect();
        Told::of_findings(all.iter().filter(|it| it["type"] == "finding"))
    }

    fn of_findings<'v>(all: impl Iterator<Item = &'v Value>) -> Told {
        let (mut left, mut fixed, mut failing) = (Vec::new(), Vec::new(), Vec::new());
        for it in all {
            let found = (text(&it["rule"]), text(&it["path"]), it["line"].as_u64().unwrap());
            match it["state"].as_str().unwrap() {
                "open" | "refused" => {
                    if it["severity"] != "info" {
                        failing.push((found.0.clone(), found.1.clone()));
                    }
                    left.push(found);
                }
                "fixed" => fixed.push(found),
                _ => (),
            }
        }
        Told { left: sorted(left), fixed: sorted(fixed), failing: sorted(failing) }
    }

    pub(crate) fn all(&self) -> Vec<Found> {
        sorted(self.left.iter().chain(&self.fixed).cloned().collect())
    }
}

pub(crate) fn of_sarif(log: &Value) -> Vec<Found> {
    let told = |it: &&Value| it["suppressions"].is_null();
    let found = |it: &Value| {
        let place = &it["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        (
            text(&it["ruleId"]),
            crate::apply::decoded(uri),
            place["region"]["startLine"].as_u64().unwrap(),
        )
    };
    sorted(log["runs"][0]["results"].as_array().unwrap().iter().filter(told).map(found).collect())
}

pub(crate) fn of_rdjson(log: &Value) -> Vec<Found> {
    let found = |it: &Value| {
        let place = &it["location"];
        let line = place["range"]["start"]["line"].as_u64().unwrap();
        (text(&it["code"]["value"]), text(&place["path"]), line)
    };
    let found_here = |it: &&Value| it["code"]["value"] != "not-judged";
    sorted(log["diagnostics"].as_array().unwrap().iter().filter(found_here).map(found).collect())
}

pub(crate) fn of_gitlab(log: &Value) -> Vec<Found> {
    let all = log.as_array().unwrap();
    let prints: std::collections::BTreeSet<&str> =
        all.iter().map(|it| it["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), all.len(), "fingerprints stand twice");
    let found = |it: &Value| {
        let place = &it["location"];
        let line = place["lines"]["begin"].as_u64().unwrap();
        (text(&it["check_name"]), text(&place["path"]), line)
    };
    sorted(all.iter().filter(|it| it["check_name"] != "not-judged").map(found).collect())
}

/// `::error file=F,line=1,…,title=rule (severity)::text`; those without a title tell of files.
pub(crate) fn of_github(log: &str) -> Vec<Found> {
    let found = |line: &str| {
        let (command, _) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (level, properties) = command.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&level), "{line}");
        let property = |name: &str| {
            let all = properties.split(',').find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
            all.map(|it| it.replace("%3A", ":").replace("%2C", ",").replace("%25", "%"))
        };
        let title = property("title")?;
        let rule = title.split(' ').next().unwrap().to_owned();
        Some((rule, property("file").unwrap(), property("line").unwrap().parse().unwrap()))
    };
    sorted(log.lines().filter_map(found).collect())
}

/// The failed cases of JUnit, by type and class name.
pub(crate) fn of_junit(log: &str) -> Vec<(String, String)> {
    let report = quick_junit::Report::deserialize_from_str(log).unwrap();
    let mut found = Vec::new();
    let mut cases = 0;
    for suite in &report.test_suites {
        assert_eq!(suite.tests, suite.test_cases.len());
        cases += suite.tests;
        for case in &suite.test_cases {
            if let quick_junit::TestCaseStatus::NonSuccess { kind, ty, .. } = &case.status
                && *kind == quick_junit::NonSuccessKind::Failure
            {
                let class = case.classname.as_ref().unwrap().as_str().to_owned();
                found.push((ty.as_ref().unwrap().as_str().to_owned(), class));
            }
        }
    }
    assert_eq!(report.tests, cases);
    sorted(found)
}

/// The rows of Markdown's tables of findings: the first cell is a line's number, and there are five.
pub(crate) fn of_markdown(page: &str) -> usize {
    let row = |it: &&str| {
        let first = it.strip_prefix("| ").and_then(|it| it.split(' ').next());
        first.is_some_and(|it| it.parse::<usize>().is_ok())
    };
    let rows = page.lines().filter(row);
    rows.inspect(|it| assert_eq!(it.replace("\\|", "").matches('|').count(), 6, "{it}")).count()
}
