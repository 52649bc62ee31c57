//! What a choice would do to the files, before anything is done.

use std::collections::BTreeMap;

use crate::finding::{FileId, Finding};
use crate::mend::{Shared, view};
use crate::plan::{Choice, Plan, plan};

/// What choices would do.
#[derive(Debug, Default)]
pub(super) struct Preview {
    /// The new text of each file that would change.
    pub(super) texts: BTreeMap<FileId, String>,
    /// The rules that have to be mended along with it.
    pub(super) along: Vec<&'static str>,
    /// Why it cannot be done.
    pub(super) refused: Vec<String>,
    /// Whether it is written into a place that other containers use, if all of them agree.
    pub(super) shared: bool,
}

/// What one fix would do, with those that it is not valid without.
pub(super) fn one(files: &[Shared], findings: &[Finding], choice: Choice) -> Preview {
    let alone = plan(&view(files), findings, &[choice]);
    let needs = needed(findings, choice);
    if alone.kept.contains(&choice) || needs.is_empty() {
        return preview(findings, &[choice], alone);
    }
    let along: Vec<&'static str> = needs.iter().map(|it| findings[it.finding].rule).collect();
    let all: Vec<Choice> = needs.into_iter().chain([choice]).collect();
    let together = plan(&view(files), findings, &all);
    if !together.kept.contains(&choice) {
        return preview(findings, &[choice], alone);
    }
    Preview { along, ..preview(findings, &all, together) }
}

/// What several fixes would do together.
pub(super) fn several(files: &[Shared], findings: &[Finding], chosen: &[Choice]) -> Preview {
    preview(findings, chosen, plan(&view(files), findings, chosen))
}

fn preview(findings: &[Finding], chosen: &[Choice], plan: Plan) -> Preview {
    let edits = chosen.iter().flat_map(|it| &findings[it.finding].fixes[it.fix].edits);
    let refused = plan.refused.into_iter();
    Preview {
        shared: edits.filter_map(|it| it.shared.as_ref()).any(|it| it.users.len() > 1),
        texts: plan.texts,
        along: Vec::new(),
        refused: refused
            .map(|it| format!("{}: {}", findings[it.choice.finding].rule, it.why))
            .collect(),
    }
}

/// The best fixes of what has to be mended in the same container as well.
fn needed(findings: &[Finding], choice: Choice) -> Vec<Choice> {
    let finding = &findings[choice.finding];
    let needs = &finding.fixes[choice.fix].needs;
    let is_needed = |it: &&(usize, &Finding)| {
        it.1.container == finding.container && needs.contains(&it.1.rule) && !it.1.fixes.is_empty()
    };
    let all: Vec<_> = findings.iter().enumerate().collect();
    all.iter().filter(is_needed).map(|it| Choice { finding: it.0, fix: 0 }).collect()
}
