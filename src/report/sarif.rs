//! SARIF 2.1.0: results with rule help, fingerprints that survive moved lines and renamed files, suppressions, and fixes
//! as replacements.

use std::collections::BTreeMap;
use std::path::Path;

use foldhash::HashSet;
use serde::{Serialize, Serializer};
use serde_json::json;
use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, ArtifactLocation, Fix, Invocation, Location, LogicalLocation,
    Message, MultiformatMessageString, Notification, PhysicalLocation, PropertyBag, Region,
    Replacement, ReportingConfiguration, ReportingDescriptor, Result as SarifResult, ResultLevel,
    Suppression, Tool, ToolComponent,
};

use super::places::{Ordinals, Place, address, near};
use super::shown::Shown;
use super::words;
use crate::finding::Severity;
use crate::outcome::{Action, Covered, Form, Outcome, Reported, State};
use crate::rules::{self, Rule};
use crate::yaml;

/// The log of a run.
pub fn render(outcome: &Outcome) -> Shown {
    let driver = ToolComponent::builder()
        .name("casehard")
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules::ALL.iter().map(|it| descriptor(it)).collect::<Vec<_>>())
        .build();
    let properties = outcome.shard.map(|it| {
        let part = BTreeMap::from([("shard".to_owned(), json!(it.to_string()))]);
        PropertyBag::builder().additional_properties(part).build()
    });
    let run = Run {
        column_kind: "unicodeCodePoints",
        invocations: [invocation(outcome)],
        properties,
        results: Results(outcome),
        tool: Tool::builder().driver(driver).build(),
    };
    let schema = "https://json.schemastore.org/sarif-2.1.0.json";
    Shown::value(&Log { schema, runs: [run], version: "2.1.0" }, true)
}

/// What the log holds: a result has place for more than all of its text, so that each is made when it is written.
#[derive(Serialize)]
struct Log<'o> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [Run<'o>; 1],
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'o> {
    column_kind: &'static str,
    invocations: [Invocation; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<PropertyBag>,
    results: Results<'o>,
    tool: Tool,
}

struct Results<'o>(&'o Outcome);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let outcome = self.0;
        let mut ordinals = Ordinals::default();
        // What is written is no result any more.
        let told = |it: &&Reported| outcome.action != Action::Write || it.state != State::Fixed;
        let elsewhere = waived_elsewhere(outcome);
        let result = |it: &Reported| {
            let mut made = result(outcome, it, &mut ordinals);
            let place =
                (it.finding.rule, it.file, it.finding.site.span.start, &*it.finding.subject);
            if elsewhere.contains(&place) {
                made.suppressions.iter_mut().flatten().for_each(|it| it.kind = json!("external"));
            }
            made
        };
        to.collect_seq(outcome.findings.iter().filter(told).map(result))
    }
}

/// What the configuration waives: it stands not in the source that it is about.
fn waived_elsewhere(outcome: &Outcome) -> HashSet<(&str, usize, usize, &str)> {
    let entries = outcome.waivers.iter().filter(|it| it.form == Form::Configuration);
    let findings = entries.flat_map(|it| &it.findings);
    findings.map(|it: &Covered| (it.rule, it.file, it.span.start, &*it.subject)).collect()
}

fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let mut markdown = format!("{}\n\nIt fires on:\n\n```yaml\n{}```\n", rule.docs, rule.example);
    if !rule.references.is_empty() {
        markdown += &format!("\nSee also: {}\n", rule.references.join(", "));
    }
    let help = MultiformatMessageString::builder()
        .text(super::rules::explanation(rule, usize::MAX))
        .markdown(markdown)
        .build();
    let text = |it: &str| MultiformatMessageString::builder().text(it).build();
    let extra = BTreeMap::from([(
        "security-severity".to_owned(),
        json!(match rule.severity {
            Severity::Critical => "9.5",
            Severity::High => "8.0",
            Severity::Medium => "5.5",
            Severity::Low => "3.0",
            Severity::Info => "0.0",
        }),
    )]);
    let properties = PropertyBag::builder()
        .tags(vec!["security".to_owned(), "containers".to_owned()])
        .additional_properties(extra)
        .build();
    ReportingDescriptor::builder()
        .id(rule.id)
        .short_description(text(rule.summary))
        .full_description(text(&super::full::first_sentence(rule.docs)))
        .help(help)
        .default_configuration(
            ReportingConfiguration::builder().level(json!(level(rule.severity))).build(),
        )
        .properties(properties)
        .build()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Info => "note",
    }
}

fn result_level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium | Severity::Low => ResultLevel::Warning,
        Severity::Info => ResultLevel::Note,
    }
}

fn result(outcome: &Outcome, it: &Reported, ordinals: &mut Ordinals) -> SarifResult {
    let finding = &it.finding;
    let fingerprint = ordinals.next(it);
    let mut message = format!("{}: {}", finding.subject, finding.message);
    if let Some(advice) = &finding.advice {
        message += &format!(" ({advice})");
    }
    let properties = PropertyBag::builder()
        .additional_properties(BTreeMap::from([
            ("severity".to_owned(), json!(finding.severity.name())),
            ("confidence".to_owned(), json!(finding.confidence().name())),
            ("state".to_owned(), json!(it.state.name())),
        ]))
        .build();
    let index = rules::ALL.iter().position(|rule| rule.id == finding.rule);
    let mut result = SarifResult::builder()
        .rule_id(finding.rule)
        .level(result_level(finding.severity))
        .message(Message::builder().text(message).build())
        .locations(vec![location(outcome, it)])
        .partial_fingerprints(BTreeMap::from([("casehard/v1".to_owned(), fingerprint)]))
        .properties(properties)
        .build();
    result.rule_index = index.and_then(|it| i64::try_from(it).ok());
    let fixes = fixes(outcome, it);
    result.fixes = (!fixes.is_empty()).then_some(fixes);
    let suppression = |kind: &str, why: &str| {
        Suppression::builder()
            .kind(json!(kind))
            .status(json!("accepted"))
            .justification(why)
            .build()
    };
    result.suppressions = match &it.state {
        State::Waived(why) => Some(vec![suppression("inSource", why)]),
        State::Known => Some(vec![suppression("external", "in the baseline")]),
        State::Open | State::Fixed | State::Refused(_) => None,
    };
    result
}

fn artifact(outcome: &Outcome, file: usize) -> ArtifactLocation {
    let path = near(&outcome.files[file].path);
    let place = ArtifactLocation::builder().uri(uri(&path));
    match path.is_absolute() {
        true => place.build(),
        false => place.uri_base_id("%SRCROOT%").build(),
    }
}

/// A path as a reference (RFC 3986): relative to the root, or with the scheme of files.
fn uri(path: &Path) -> String {
    let scheme = if path.is_absolute() { "file://" } else { "" };
    format!("{scheme}{}", address(path))
}

fn location(outcome: &Outcome, it: &Reported) -> Location {
    let physical = PhysicalLocation::builder()
        .artifact_location(artifact(outcome, it.file))
        .region(region(Place::of(&it.text.tree, it.finding.site.span)))
        .build();
    let subject: &str = &it.finding.subject;
    let logical = LogicalLocation::builder().fully_qualified_name(subject).kind("resource").build();
    Location::builder().physical_location(physical).logical_locations(vec![logical]).build()
}

fn region(place: Place) -> Region {
    let number = |it: usize| i64::try_from(it).unwrap_or(i64::MAX);
    Region::builder()
        .start_line(number(place.line))
        .start_column(number(place.column))
        .end_line(number(place.end_line))
        .end_column(number(place.end_column))
        .byte_offset(number(place.span.start))
        .byte_length(number(place.span.end - place.span.start))
        .build()
}

fn fixes(outcome: &Outcome, it: &Reported) -> Vec<Fix> {
    let all = it.finding.fixes.iter().zip(&it.edits);
    let fix = |(fix, edits): (&crate::finding::Fix, &crate::outcome::Edits)| {
        let changes: Vec<ArtifactChange> =
            edits.as_ref()?.iter().map(|it| change(outcome, it)).collect();
        let description = Message::builder().text(words::fix_and_risk(fix)).build();
        let made = Fix::builder().artifact_changes(changes).description(description).build();
        (!made.artifact_changes.is_empty()).then_some(made)
    };
    all.filter_map(fix).collect()
}

fn change(outcome: &Outcome, (file, edits): &(usize, Vec<yaml::Replacement>)) -> ArtifactChange {
    let tree = &outcome.files[*file].before.tree;
    let replacement = |it: &yaml::Replacement| {
        let content = ArtifactContent::builder().text(it.text.as_str()).build();
        let place = region(Place::of(tree, it.span));
        Replacement::builder().deleted_region(place).inserted_content(content).build()
    };
    ArtifactChange::builder()
        .artifact_location(artifact(outcome, *file))
        .replacements(edits.iter().map(replacement).collect::<Vec<_>>())
        .build()
}

fn invocation(outcome: &Outcome) -> Invocation {
    let notification = |it: &crate::batch::Problem| {
        let place = ArtifactLocation::builder().uri(uri(&near(&it.path))).build();
        let mut place = PhysicalLocation::builder().artifact_location(place).build();
        place.region = it.place.map(|(line, column)| {
            let number = |it: usize| i64::try_from(it).unwrap_or(i64::MAX);
            Region::builder().start_line(number(line)).start_column(number(column)).build()
        });
        let place = Location::builder().physical_location(place).build();
        Notification::builder()
            .level(json!(if it.fails { "error" } else { "warning" }))
            .locations(vec![place])
            .message(Message::builder().text(it.message.as_str()).build())
            .build()
    };
    Invocation::builder()
        .execution_successful(!outcome.is_failed())
        .tool_execution_notifications(outcome.problems.iter().map(notification).collect::<Vec<_>>())
        .build()
}
