//! What was left alone in a project, and why.

use crate::batch::Project;
use crate::mend::Analysis;

/// How many of what is left alone are named.
const NAMED: usize = 12;

/// A line for each reason, with what it holds for: services and pods.
pub fn lines(project: &Project, analysis: &Analysis) -> Vec<String> {
    let path = project.files.first().map(|it| it.path.display().to_string()).unwrap_or_default();
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    let skipped = analysis.skipped.iter().map(|it| (&*it.0, it.1));
    for (name, why) in skipped {
        match reasons.iter_mut().find(|it| it.0 == why) {
            Some(it) => it.1.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    let line = |(why, names): (&str, Vec<&str>)| {
        let verb = if names.len() == 1 { "is" } else { "are" };
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = names[..names.len().min(NAMED)].join(", ");
        format!("{path}: {named}{more} {verb} left alone: {why}")
    };
    reasons.into_iter().map(line).collect()
}
