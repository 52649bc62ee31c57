//! A project from its files to its new texts: found, chosen, planned, proven.

mod analysis;
mod invariants;
mod typed;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::finding::{ContainerId, FileId, Finding};
use crate::plan::{Choice, Plan, Refused, plan};
use crate::rules;
use crate::workload::File;
use crate::yaml::{self, Tree};
use analysis::workloads;

pub use analysis::{Analysis, Members, Policy, Shared, Subject, analyse, proposed, view};

/// What became of a project.
pub struct Mended {
    /// What was found at first.
    pub before: Analysis,
    /// What is left at the end.
    pub after: Analysis,
    /// The files in their last state.
    pub files: Vec<Shared>,
    /// The files whose text changed.
    pub changed: Vec<FileId>,
    /// What was carried out, in the words of the findings.
    pub fixed: Vec<Fixed>,
    /// What was chosen but could not be carried out.
    pub refused: Vec<(Finding, String)>,
}

/// A finding that was mended, with what was done.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// The finding.
    pub finding: Finding,
    /// Which of its fixes.
    pub fix: usize,
}

/// A text that could not be proven to be what was planned: a bug.
#[derive(Debug, Clone)]
pub struct Unproven {
    /// The file.
    pub path: PathBuf,
    /// What does not hold.
    pub message: String,
}

/// Bounds the rounds: a fix may bring another weakness to light, but not without end.
const ROUNDS: usize = 6;

/// Carries out what `choose` picks among the findings, round by round until it picks nothing more.
///
/// # Errors
/// A new text that is not proven to be what was planned; nothing is to be written then.
pub fn mend(
    files: &[Shared],
    members: &Members,
    policy: &Policy,
    mut choose: impl FnMut(&[Finding]) -> Vec<Choice>,
) -> Result<Mended, Unproven> {
    let before = analyse(files, members, policy);
    let mut state = State::new(files.to_vec());
    let mut current: Option<Analysis> = None;
    for _ in 0..ROUNDS {
        let analysis = current.as_ref().unwrap_or(&before);
        let chosen = choose(&analysis.judged.open);
        let Some(next) = state.round(analysis, members, policy, &chosen)? else { break };
        current = Some(next);
    }
    let after = match current {
        Some(it) => it,
        None => analyse(files, members, policy),
    };
    Ok(Mended {
        before,
        after,
        files: state.files,
        changed: state.changed,
        fixed: state.fixed,
        refused: state.refused,
    })
}

/// What became of a project in one round.
pub struct Round {
    /// The files after it.
    pub files: Vec<Shared>,
    /// The files whose text changed.
    pub changed: Vec<FileId>,
    /// What was carried out.
    pub fixed: Vec<Fixed>,
    /// What was chosen but could not be carried out.
    pub refused: Vec<(Finding, String)>,
    /// What the files say after it; nothing when they are as they were.
    pub after: Option<Analysis>,
}

/// Carries out choices among the findings of an analysis, once.
///
/// # Errors
/// A new text that is not proven to be what was planned; nothing is to be written then.
pub fn round(
    files: &[Shared],
    members: &Members,
    policy: &Policy,
    analysis: &Analysis,
    chosen: &[Choice],
) -> Result<Round, Unproven> {
    let mut state = State::new(files.to_vec());
    let after = state.round(analysis, members, policy, chosen)?;
    let State { files, changed, fixed, refused } = state;
    Ok(Round { files, changed, fixed, refused, after })
}

/// What has been done so far.
struct State {
    files: Vec<Shared>,
    changed: Vec<FileId>,
    fixed: Vec<Fixed>,
    refused: Vec<(Finding, String)>,
}

impl State {
    fn new(files: Vec<Shared>) -> State {
        State { files, changed: Vec::new(), fixed: Vec::new(), refused: Vec::new() }
    }

    /// Carries out the chosen fixes; nothing when there are none that can be.
    fn round(
        &mut self,
        analysis: &Analysis,
        members: &Members,
        policy: &Policy,
        chosen: &[Choice],
    ) -> Result<Option<Analysis>, Unproven> {
        let findings = &analysis.judged.open;
        let plan = match chosen.is_empty() {
            true => Plan::default(),
            false => plan(&view(&self.files), findings, chosen),
        };
        self.refused = refusals(findings, &plan.refused);
        if plan.texts.is_empty() {
            return Ok(None);
        }
        let files = self.rewritten(&plan)?;
        let (proven, after) =
            rayon::join(|| self.prove_texts(&files, &plan), || analyse(&files, members, policy));
        proven?;
        self.prove_types(&files, members, policy)?;
        self.prove(analysis, &after, &plan)?;
        self.files = files;
        self.changed.extend(plan.texts.keys());
        self.changed.sort_unstable();
        self.changed.dedup();
        let fixed = plan.kept.iter();
        self.fixed
            .extend(fixed.map(|it| Fixed { finding: findings[it.finding].clone(), fix: it.fix }));
        Ok(Some(after))
    }

    /// The files with their new texts, parsed again.
    fn rewritten(&self, plan: &Plan) -> Result<Vec<Shared>, Unproven> {
        let mut files = self.files.clone();
        for (id, text) in &plan.texts {
            let old = &self.files[id.0 as usize];
            let tree = Tree::parse(text.as_str()).map_err(|it| Unproven {
                path: old.path.clone(),
                message: format!("the new text does not parse: {it}"),
            })?;
            let file = File {
                path: old.path.clone(),
                tree,
                in_scope: old.in_scope,
                builds: Arc::clone(&old.builds),
            };
            files[id.0 as usize] = Arc::new(file);
        }
        Ok(files)
    }

    /// Each new text differs from the old one by the planned changes only.
    fn prove_texts(&self, files: &[Shared], plan: &Plan) -> Result<(), Unproven> {
        plan.texts.keys().try_for_each(|id| {
            let (old, new) = (&self.files[id.0 as usize], &files[id.0 as usize]);
            yaml::prove(&old.tree, &new.tree, &plan.changes[id])
                .map_err(|it| Unproven { path: old.path.clone(), message: it.message })
        })
    }

    /// Each pod that was one by the types of the Kubernetes API still is one.
    fn prove_types(
        &self,
        files: &[Shared],
        members: &Members,
        policy: &Policy,
    ) -> Result<(), Unproven> {
        let Members::Kubernetes(id) = members else { return Ok(()) };
        let (old, new) = (view(&self.files), view(files));
        let broken =
            typed::broken(&workloads(&old, members, policy), &workloads(&new, members, policy));
        let path = || self.files[id.0 as usize].path.clone();
        broken.map_or(Ok(()), |message| Err(Unproven { path: path(), message }))
    }

    /// The accepted findings are gone, none is new but by its consequence, and the platform still takes the file.
    fn prove(&self, before: &Analysis, after: &Analysis, plan: &Plan) -> Result<(), Unproven> {
        let findings = &before.judged.open;
        let path = |id: FileId| self.files[id.0 as usize].path.clone();
        let mut counts: HashMap<Key<'_>, isize> = HashMap::new();
        let all = findings.iter().chain(before.judged.waived.iter().map(|it| &it.finding));
        for finding in all {
            *counts.entry(key(finding)).or_default() += 1;
        }
        for choice in &plan.kept {
            *counts.entry(key(&findings[choice.finding])).or_default() -= 1;
        }
        let mended: Vec<&str> = plan.kept.iter().map(|it| findings[it.finding].rule).collect();
        let left = after.judged.open.iter().chain(after.judged.waived.iter().map(|it| &it.finding));
        for finding in left {
            let count = counts.entry(key(finding)).or_default();
            *count -= 1;
            let follows = rules::find(finding.rule).map_or(&[][..], |it| it.follows);
            if *count < 0 && !follows.iter().any(|it| mended.contains(it)) {
                let message = format!(
                    "`{}` would still be found after its fix: {}",
                    finding.rule, finding.message
                );
                return Err(Unproven { path: path(finding.site.file), message });
            }
        }
        match after.violations.iter().find(|it| !before.violations.contains(it)) {
            Some(it) => Err(Unproven { path: path(it.file), message: it.message.clone() }),
            None => Ok(()),
        }
    }
}

/// What tells findings apart across a rewrite.
type Key<'f> = (&'static str, ContainerId, &'f str);

fn key(finding: &Finding) -> Key<'_> {
    (finding.rule, finding.container, &finding.message)
}

fn refusals(findings: &[Finding], refused: &[Refused]) -> Vec<(Finding, String)> {
    refused.iter().map(|it| (findings[it.choice.finding].clone(), it.why.clone())).collect()
}
