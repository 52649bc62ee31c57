//! A project from its files to its new texts: found, chosen, planned, proven.

mod agree;
mod alike;
mod analysis;
mod answer;
mod bare;
mod choose;
mod composed;
mod edited;
mod emit;
#[cfg(test)]
pub(crate) mod fixtures;
mod heirs;
mod invariants;
mod kin;
mod kustomize;
mod patches;
mod plain;
mod planned;
mod postures;
mod sayable;
mod state;
mod trials;
mod typed;
mod used;
mod users;
mod waive;
mod whole;

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use crate::finding::{Confidence, ContainerId, FileId, Finding, Fix, Severity, Site};
use crate::plan::Choice;
pub use postures::{Postures, postures};
use state::State;
pub use trials::{has_fragments, trials};
pub use used::{Used, built_of, images_of};

pub use analysis::{
    Analysis, Members, Note, Policy, Shared, Subject, Together, analyse, glance, proposed, view,
};
pub use bare::{name_files, title};

pub use edited::edited;
pub use kin::kin;

pub use emit::{carry_out_in, least_version};
pub use kustomize::{
    Id, Patched, Patches, Resource, Stuck, as_on_disk, carry_out_beside, completed, found_on_disk,
    is_patch, keys_at, resources, told_with_patches, with_patches,
};
pub use waive::{Waived, reason, until, waive};
pub use whole::loads;

/// What became of a project.
#[derive(Clone)]
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
    /// How many waivers were written.
    pub waived: usize,
}

impl Mended {
    /// A project of which nothing was written.
    pub fn untouched(files: Vec<Shared>, analysis: Analysis) -> Mended {
        Mended {
            before: analysis.clone(),
            after: analysis,
            files,
            changed: Vec::new(),
            fixed: Vec::new(),
            refused: Vec::new(),
            waived: 0,
        }
    }

    /// The files that changed, in their last state.
    pub fn written(&self) -> impl Iterator<Item = Shared> {
        self.changed.iter().map(|it| Arc::clone(&self.files[it.0 as usize]))
    }

    /// It with what came of its files later.
    #[must_use]
    pub fn then(mut self, later: Mended) -> Mended {
        self.go_on(later);
        self
    }

    /// With what came of its files later.
    pub fn go_on(&mut self, later: Mended) {
        self.after = later.after;
        self.files = later.files;
        self.changed.extend(later.changed);
        self.changed.sort_unstable();
        self.changed.dedup();
        self.fixed.extend(later.fixed);
        self.refused = later.refused;
        self.waived += later.waived;
    }
}

/// A finding that was mended, with what was done.
#[derive(Clone)]
pub struct Fixed {
    /// The rule's id.
    pub rule: &'static str,
    /// The container, or the first one of the workload.
    pub container: ContainerId,
    /// What it was in, in the words of the finding.
    pub subject: Arc<str>,
    /// How much it mattered.
    pub severity: Severity,
    /// What was underlined, in the text of its round.
    pub site: Site,
    /// That text.
    pub text: Shared,
    /// What was wrong.
    pub message: Cow<'static, str>,
    /// What was done, in the imperative.
    pub title: Cow<'static, str>,
    /// How sure it was that the service goes on working.
    pub confidence: Confidence,
    /// What that rests on.
    pub basis: Cow<'static, str>,
    /// What may stop working.
    pub may_break: Option<Cow<'static, str>>,
    /// The files that it wrote, and those that it would have written instead.
    pub files: Vec<FileId>,
}

impl Fixed {
    fn new(finding: &Finding, fix: &Fix, text: &Shared) -> Fixed {
        Fixed {
            rule: finding.rule,
            container: finding.container,
            subject: Arc::clone(&finding.subject),
            severity: finding.severity,
            site: finding.site,
            text: Arc::clone(text),
            message: finding.message.clone(),
            title: fix.title.clone(),
            confidence: fix.confidence,
            basis: fix.basis.clone(),
            may_break: fix.may_break.clone(),
            files: fix.files().collect(),
        }
    }
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

/// Carries out what was decided and, where nobody decided, what is at least so sure: the one way from answers to texts,
/// whoever gives them.
///
/// # Errors
/// A new text that is not proven to be what was planned; nothing is to be written then.
pub fn carry_out(
    files: &[Shared],
    members: &Members,
    policy: &Policy,
    otherwise: Option<Confidence>,
) -> Result<Mended, Unproven> {
    let choose = |files: &[Shared], all: &[Finding]| policy.choose(files, all, otherwise);
    let mut mended = rounds(files, members, policy, choose)?;
    mended.write_waivers(members, policy);
    Ok(mended)
}

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
    rounds(files, members, policy, |_, all| choose(all))
}

fn rounds(
    files: &[Shared],
    members: &Members,
    policy: &Policy,
    mut choose: impl FnMut(&[Shared], &[Finding]) -> Vec<Choice>,
) -> Result<Mended, Unproven> {
    let before = analyse(files, members, policy);
    let mut state = State::new(files.to_vec());
    let mut policy = Cow::Borrowed(policy);
    let mut current: Option<Analysis> = None;
    for _ in 0..ROUNDS {
        let analysis = current.as_ref().unwrap_or(&before);
        let chosen = choose(&state.files, &analysis.judged.open);
        let next = state.round(analysis, members, &policy, &chosen)?;
        let goes_on = next.is_some();
        current = next.or(current);
        if state.keep_roots(&mut policy) {
            current = Some(analyse(&state.files, members, &policy));
        } else if !goes_on {
            break;
        }
    }
    let after = match current {
        Some(it) => it,
        None => analyse(files, members, &policy),
    };
    Ok(Mended {
        before,
        after,
        files: state.files,
        changed: state.changed,
        fixed: state.fixed,
        refused: state.refused,
        waived: 0,
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
