//! What an answer changed, and the way back from it.

use std::sync::Arc;

use foldhash::HashSet;

use super::board::{Board, Question};
use super::number::Rank;
use super::scope::Scope;
use crate::decisions::{Place, Said, Values};
use crate::finding::Confidence;
use crate::mend::Shared;

/// What an answer, or one for many, changed.
#[derive(Default)]
pub(super) struct Step {
    pub(super) at: Question,
    /// The place of that question: others may stand around it since.
    pub(super) place: Option<Place>,
    pub(super) benches: HashSet<usize>,
    pub(super) said: Vec<(Place, Option<Said>)>,
    pub(super) values: Vec<(Shared, Arc<str>, Option<Values>)>,
    pub(super) later: Vec<Place>,
    /// Whether it changed what is known of an image.
    pub(super) image: bool,
    /// What was accepted for many: it holds too for what writing brings to light.
    pub(super) accepted: Option<(Scope, Confidence)>,
}

impl Board<'_> {
    /// What is to be answered where somebody is.
    pub(super) fn step(&self) -> Step {
        Step { at: self.at, place: self.here().map(|it| it.0), ..Step::default() }
    }

    /// The place of the question that somebody is at, and where it stands.
    pub(super) fn here(&self) -> Option<(Place, Rank)> {
        let bench = self.benches.get(self.at.0)?;
        (self.at.1 < bench.order.len()).then(|| (self.place(self.at), bench.rank(self.at.1)))
    }

    /// Stays at the question of a place although others stand around it since; where it is gone, at the first one of its
    /// container or of the next.
    pub(super) fn stay(&mut self, place: Option<&Place>, rank: Option<Rank>) {
        let bench = &self.benches[self.at.0];
        let all = || 0..bench.order.len();
        let same = place.and_then(|place| all().find(|it| bench.place(&self.policy, *it) == place));
        let near = rank.and_then(|rank| all().find(|it| bench.rank(*it).0 >= rank.0));
        self.at.1 = same.or(near).unwrap_or(self.at.1).min(bench.order.len().saturating_sub(1));
    }

    /// Whether the last step can be taken back.
    pub(super) fn can_go_back(&self) -> bool {
        let free =
            |it: &Step| self.steps.len() > self.locked || it.benches.is_disjoint(&self.written);
        self.steps.last().is_some_and(free)
    }

    /// Notes that something of a project is written.
    pub(super) fn wrote(&mut self, number: usize) {
        self.written.insert(number);
        self.locked = self.steps.len();
    }

    /// Takes back the last answer, or the last one for many; yields where it was given.
    ///
    /// # Errors
    /// Why it cannot be taken back.
    pub(super) fn back(&mut self) -> Result<Question, String> {
        let Some(step) = self.steps.last() else { return Err("nothing to take back".to_owned()) };
        if self.steps.len() <= self.locked && !step.benches.is_disjoint(&self.written) {
            return Err("that is written already: `casehard undo` takes it back".to_owned());
        }
        let Some(step) = self.steps.pop() else { return Err(String::new()) };
        let decisions = Arc::make_mut(&mut self.policy.decisions);
        for (place, old) in step.said.into_iter().rev() {
            decisions.restore(&place, old);
        }
        for (file, name, old) in step.values.into_iter().rev() {
            decisions.set_values(&file, &name, old);
        }
        self.later.retain(|it| !step.later.contains(it));
        self.renew(&step.benches);
        self.at = step.at;
        self.stay(step.place.as_ref(), None);
        Ok(step.at)
    }
}
