//! What a choice would do to the files, beside what is accepted already, before anything is done.

use std::collections::BTreeMap;

use super::bench::Bench;
use crate::decisions::Answer;
use crate::finding::{FileId, Finding};
use crate::mend::{Policy, Shared, view};
use crate::plan::{Choice, Plan, plan};

/// What choices would do.
#[derive(Debug, Default)]
pub(super) struct Preview {
    /// The text of each file that would change: with what is accepted already, and with the choices too.
    pub(super) texts: BTreeMap<FileId, (String, String)>,
    /// The rules that have to be mended along with it.
    pub(super) along: Vec<&'static str>,
    /// Why it cannot be done.
    pub(super) refused: Vec<String>,
    /// Whether it is written into a place that other containers use, if all of them agree.
    pub(super) shared: bool,
}

/// What is accepted in a project so far.
pub(super) fn accepted(bench: &Bench, policy: &Policy) -> Vec<Choice> {
    let choice = |&number: &usize| match bench.answer(policy, number)? {
        Answer::Fix(fix) => Some(Choice { finding: number, fix }),
        Answer::Leave | Answer::Allow(_) | Answer::Stale(_) => None,
    };
    bench.order.iter().filter_map(choice).collect()
}

/// What one fix would do, with those that it is not valid without.
pub(super) fn one(
    files: &[Shared],
    findings: &[Finding],
    accepted: &[Choice],
    choice: Choice,
) -> Preview {
    let alone = several(files, findings, accepted, &[choice]);
    let mut needs = needed(findings, choice);
    needs.retain(|it| accepted.iter().all(|other| other.finding != it.finding));
    if alone.refused.is_empty() || needs.is_empty() {
        return alone;
    }
    let along: Vec<&'static str> = needs.iter().map(|it| findings[it.finding].rule).collect();
    let all: Vec<Choice> = needs.into_iter().chain([choice]).collect();
    let together = several(files, findings, accepted, &all);
    if !together.refused.is_empty() {
        return alone;
    }
    Preview { along, ..together }
}

/// What several fixes would do together.
fn several(
    files: &[Shared],
    findings: &[Finding],
    accepted: &[Choice],
    chosen: &[Choice],
) -> Preview {
    let is_chosen = |it: &Choice| chosen.iter().any(|other| other.finding == it.finding);
    let before: Vec<Choice> = accepted.iter().filter(|it| !is_chosen(it)).copied().collect();
    let mut all: Vec<Choice> = before.iter().chain(chosen).copied().collect();
    all.sort_unstable();
    let files = view(files);
    let (old, new) = (plan(&files, findings, &before), plan(&files, findings, &all));
    let edits = chosen.iter().flat_map(|it| &findings[it.finding].fixes[it.fix].edits);
    let shared = edits.filter_map(|it| it.shared.as_ref()).any(|it| it.users.len() > 1);
    let own = new.refused.iter().filter(|it| is_chosen(&it.choice));
    let refused =
        own.map(|it| format!("{}: {}", findings[it.choice.finding].rule, it.why)).collect();
    let text = |plan: &Plan, id: FileId| {
        plan.texts.get(&id).cloned().unwrap_or_else(|| files.get(id).tree.text().to_owned())
    };
    let ids = old.texts.keys().chain(new.texts.keys());
    let texts = ids.map(|it| (*it, (text(&old, *it), text(&new, *it))));
    Preview {
        texts: texts.filter(|it| it.1.0 != it.1.1).collect(),
        along: Vec::new(),
        refused,
        shared,
    }
}

/// The best fixes of what has to be mended in the same container as well.
pub(super) fn needed(findings: &[Finding], choice: Choice) -> Vec<Choice> {
    let finding = &findings[choice.finding];
    let needs = &finding.fixes[choice.fix].needs;
    let is_needed = |it: &&(usize, &Finding)| {
        it.1.container == finding.container && needs.contains(&it.1.rule) && !it.1.fixes.is_empty()
    };
    let all: Vec<_> = findings.iter().enumerate().collect();
    all.iter().filter(is_needed).map(|it| Choice { finding: it.0, fix: 0 }).collect()
}
