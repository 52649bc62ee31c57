//! What casehard tells people of a service before it writes: the rules, how sure it is, and what may break.

use crate::project::Project;
use crate::services::Service;

/// A fix that was proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The rule that asks for it.
    pub rule: String,
    /// How sure it is, in the report's word.
    pub confidence: String,
    /// What it may break; empty when nothing is said.
    pub may_break: String,
}

/// The fixes that are proposed for the service, as `casehard check` prints them.
pub(crate) fn of(project: &Project, service: &Service) -> Result<Vec<Told>, String> {
    let report = project.check()?;
    let subject = format!("^ service {} (", service.name);
    let findings = report.split("\n\n").filter(|it| it.contains(&subject));
    Ok(findings.filter_map(told).collect())
}

/// Reads `error[RULE]: …` and `= fix: CONFIDENCE: …; may break …`.
fn told(finding: &str) -> Option<Told> {
    let (_, rule) = finding.lines().next()?.split_once('[')?;
    let (rule, _) = rule.split_once(']')?;
    let fix = finding.lines().find_map(|it| it.trim().strip_prefix("= fix: "))?;
    let (confidence, fix) = fix.split_once(": ")?;
    let (_, may_break) = fix.rsplit_once("may break").unwrap_or_default();
    Some(Told {
        rule: rule.to_owned(),
        confidence: confidence.to_owned(),
        may_break: may_break.trim().to_owned(),
    })
}
