//! What is said once of a container or a file, whatever is found in it: what runs it, and what would make fixes likely.

use crate::batch::Project;
use crate::config::Target;
use crate::evidence::SAID;
use crate::finding::{Confidence, ContainerId};
use crate::mend::Analysis;

/// A line for each engine, other than the usual one, that services are judged for.
pub fn platforms(project: &Project, analysis: &Analysis) -> Vec<String> {
    let path = project.files.first().map(|it| it.path.display().to_string()).unwrap_or_default();
    let mut lines: Vec<String> = Vec::new();
    for note in &analysis.notes {
        let (engine, means) = match note.platform.target {
            Target::Docker => continue,
            Target::Swarm => ("a stack of Docker Swarm", "security_opt and tmpfs do nothing there"),
            Target::Podman => ("Podman", "a tmpfs takes no owner there"),
        };
        let Some(by) = &note.platform.shown_by else { continue };
        let other = if by == SAID { "" } else { " (use --target if it is another)" };
        let line = format!("{path}: judged for {engine} ({by}): {means}{other}");
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// What would make risky fixes likely, each thing once with the containers that it is for.
pub fn all(analysis: &Analysis) -> Vec<(Vec<&str>, &str)> {
    let mut all: Vec<(Vec<&str>, &str)> = Vec::new();
    for subject in &analysis.subjects {
        let Some(text) = raise(analysis, subject.id) else { continue };
        match all.iter_mut().find(|it| it.1 == text) {
            Some(it) => it.0.push(&subject.name),
            None => all.push((vec![&*subject.name], text)),
        }
    }
    all
}

/// What would make the risky fixes of a container likely, where some of them are open.
pub fn raise(analysis: &Analysis, container: ContainerId) -> Option<&str> {
    let mut open = analysis.judged.open.iter().filter(|it| it.container == container);
    let asks = |rule: &str| {
        matches!(
            rule,
            "root-user" | "kept-capabilities" | "privilege-escalation" | "writable-rootfs"
        )
    };
    open.find(|it| asks(it.rule) && it.confidence() == Confidence::Risky)?;
    let note = analysis.notes.iter().find(|it| it.container == container)?;
    note.raise.as_deref()
}
