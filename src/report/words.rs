//! What is said of fixes in the same words by several formats.

use crate::finding::{Confidence, Finding, Fix};

/// How sure it is, what it does, and what that rests on.
pub(super) fn fix(it: &Fix) -> String {
    format!("{}: {} ({})", it.confidence.name(), it.title, it.basis)
}

/// The same with what may break.
pub(super) fn fix_and_risk(it: &Fix) -> String {
    match &it.may_break {
        Some(risk) => format!("{}; may break: {risk}", fix(it)),
        None => fix(it),
    }
}

/// Whom a finding is about, what it is, and on a line of its own its best fix, or what its owner can do.
pub(super) fn finding(it: &Finding) -> String {
    let advice = || it.advice.as_ref().map(|it| manual(it));
    let remedy = it.fixes.first().map(fix).or_else(advice);
    let remedy = remedy.map_or(String::new(), |it| format!("\n{it}"));
    format!("{}: {}{remedy}", it.subject, it.message)
}

/// What only the owner can do.
pub(super) fn manual(advice: &str) -> String {
    format!("{}: {advice}", Confidence::Manual.name())
}
