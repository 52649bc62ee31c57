//! What rules are, for people who ask.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::full::wrap;
use crate::batch::Batch;
use crate::date::Date;
use crate::evidence::Settings;
use crate::finding::{Confidence, Finding};
use crate::mend::{Policy, mend};
use crate::plan::Choice;
use crate::rules::{self, Rule};
use crate::waiver::Allowed;

/// A rule as it is, in lines of at most that width.
pub fn explanation(rule: &Rule, width: usize) -> String {
    explained(rule, width, &format!("It fires on:\n\n{}\n", indented(rule.example)))
}

/// A rule for people who ask what it is, with what becomes of a file, in lines of at most that width.
pub fn with_fixes(rule: &Rule, width: usize) -> String {
    let mut examples = before_and_after(rule, ("It fires on", rule.example), width);
    if !rule.pod.is_empty() {
        examples += &before_and_after(rule, ("In Kubernetes it fires on", rule.pod), width);
    }
    explained(rule, width, &examples)
}

fn explained(rule: &Rule, width: usize, examples: &str) -> String {
    let docs = rule.docs.replace("**", "");
    let docs: Vec<String> = docs.lines().map(|it| wrap(it, width)).collect();
    let title = format!("{} ({}): {}", rule.id, rule.severity, rule.summary);
    let mut text = format!("{}\n\n{}\n\n{examples}", wrap(&title, width), docs.join("\n"));
    if !rule.references.is_empty() {
        let references = format!("See also: {}", rule.references.join(", "));
        let _ = writeln!(text, "{}\n", wrap(&references, width));
    }
    text
}

fn indented(text: &str) -> String {
    text.lines().map(|it| format!("    {it}\n")).collect()
}

/// An example, and what the fix of the rule makes of it.
fn before_and_after(rule: &Rule, (head, example): (&str, &str), width: usize) -> String {
    let before = format!("{head}:\n\n{}\n", indented(example));
    match mended(rule, example) {
        Ok(after) => format!("{before}It becomes:\n\n{}\n", indented(&after)),
        Err(advice) => {
            let advice = advice.map_or(String::new(), |it| format!(": {it}"));
            format!("{before}{}\n\n", wrap(&format!("Manual, only you can decide{advice}"), width))
        }
    }
}

/// What the fix of a rule makes of an example; what to do instead where it has none.
fn mended(rule: &Rule, example: &str) -> Result<String, Option<String>> {
    let batch = Batch::stream(example.as_bytes());
    let project = batch.projects.first().ok_or(None)?;
    let choose = |all: &[Finding]| {
        let own = |it: &&(usize, &Finding)| it.1.rule == rule.id && !it.1.fixes.is_empty();
        let numbered: Vec<(usize, &Finding)> = all.iter().enumerate().collect();
        numbered.iter().filter(own).map(|it| Choice { finding: it.0, fix: 0 }).collect()
    };
    let mended = mend(&project.files, &project.members, &policy(rule), choose).map_err(|_| None)?;
    match mended.changed.first() {
        Some(id) => Ok(mended.files[id.0 as usize].tree.text().to_owned()),
        None => {
            let mut found = mended.before.judged.open.iter().filter(|it| it.rule == rule.id);
            Err(found.find_map(|it| it.advice.as_deref().map(str::to_owned)))
        }
    }
}

/// All rules, and nothing that a configuration says.
fn policy(rule: &Rule) -> Policy {
    Policy {
        settings: Settings { opted_in: vec![rule.id.to_owned()], ..Settings::default() },
        rules: rules::ALL.iter().map(|it| it.id).collect(),
        off: Vec::new(),
        severities: BTreeMap::new(),
        allowed: Allowed::default(),
        kinds: Vec::new(),
        today: Date::today(),
        accepts: Confidence::Risky,
        decisions: Arc::default(),
    }
}

/// One line for each rule.
pub fn list() -> String {
    rules::ALL
        .iter()
        .map(|it| format!("{:<24} {:<9} {}\n", it.id, it.severity, it.summary))
        .collect()
}

/// The rules as a Markdown table.
pub fn table() -> String {
    let mut text = String::from("| rule | severity | what is weak |\n| --- | --- | --- |\n");
    for rule in rules::ALL {
        let _ = writeln!(text, "| `{}` | {} | {} |", rule.id, rule.severity, rule.summary);
    }
    text
}
