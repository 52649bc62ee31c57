//! What rules are, for people who ask.

use std::fmt::Write as _;

use super::full::wrap;
use crate::rules::{self, Rule};

/// A rule for people who ask what it is, in lines of at most that width.
pub fn explanation(rule: &Rule, width: usize) -> String {
    let docs = rule.docs.replace("**", "");
    let docs: Vec<String> = docs.lines().map(|it| wrap(it, width)).collect();
    let title = format!("{} ({}): {}", rule.id, rule.severity, rule.summary);
    let mut text = format!("{}\n\n", wrap(&title, width));
    let _ = writeln!(text, "{}\n", docs.join("\n"));
    let example: String = rule.example.lines().map(|it| format!("    {it}\n")).collect();
    let _ = writeln!(text, "It fires on:\n\n{example}");
    if !rule.references.is_empty() {
        let references = format!("See also: {}", rule.references.join(", "));
        let _ = writeln!(text, "{}\n", wrap(&references, width));
    }
    text
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
