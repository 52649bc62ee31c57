//! The Pod Security line: which level of the standard each workload meets.

use crate::evidence::NEWEST_KUBERNETES;
use crate::standard::{Level, Standing};
use crate::workload::File;

/// One line on a workload that was judged.
pub fn line(file: &File, standing: &Standing) -> String {
    let line = file.tree.position(standing.site.span.start).line;
    let path = file.path.display();
    let (workload, level) = (&standing.workload, standing.level.name());
    format!("{path}:{line}: {workload}: Pod Security level {level}{}", unmet(standing))
}

/// One line on a workload that was mended.
pub fn change(file: &File, before: &Standing, after: &Standing) -> String {
    let path = file.path.display();
    let workload = &after.workload;
    let (old, new) = (before.level.name(), after.level.name());
    let levels = if old == new { format!("stays {new}") } else { format!("{old} → {new}") };
    format!("{path}: {workload}: Pod Security level {levels}{}", unmet(after))
}

fn unmet(standing: &Standing) -> String {
    let next = match standing.level {
        Level::Privileged => Level::Baseline,
        Level::Baseline => Level::Restricted,
        Level::Restricted => return String::new(),
    };
    format!(", {} asks for {}", next.name(), standing.unmet.join(", "))
}

/// How many workloads meet each level, as part of a summary; nothing without pods.
pub fn counts(levels: [usize; 3], version: Option<(u32, u32)>) -> Option<String> {
    let parts: Vec<String> = Level::ALL
        .iter()
        .zip(levels)
        .filter(|(_, number)| *number > 0)
        .map(|(level, number)| format!("{number} {}", level.name()))
        .collect();
    let (major, minor) = version.unwrap_or(NEWEST_KUBERNETES);
    (!parts.is_empty()).then(|| {
        format!("Pod Security Standards of Kubernetes {major}.{minor}: {}", parts.join(", "))
    })
}
