//! How questions and containers are numbered: what was answered counts, whatever became of it.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};

use super::bench::Bench;
use crate::decisions::{Place, Word};
use crate::finding::ContainerId;
use crate::mend::Policy;
use crate::rules;

/// Where a question stands among those of its file, whatever else is asked: by its container, those that only the owner
/// can mend last, by its rule.
pub(super) type Rank = (ContainerId, bool, usize);

impl Bench {
    /// Where the question at a place in their order stands.
    pub(super) fn rank(&self, position: usize) -> Rank {
        let finding = self.at(position);
        let rule = rules::ALL.iter().position(|it| it.id == finding.rule);
        (finding.container, finding.fixes.is_empty(), rule.unwrap_or(rules::ALL.len()))
    }

    /// The places of all that was answered, here and before it went on to other files, and where those questions stand.
    pub(super) fn all_answered(&self, policy: &Policy) -> HashMap<Place, Rank> {
        let mut all = self.answered.clone();
        for position in 0..self.order.len() {
            all.insert(self.place(policy, position).clone(), self.rank(position));
        }
        all.retain(|it, rank| match policy.decisions.said(it) {
            Some(said) => {
                // What was accepted had a fix where it was asked, if not here.
                rank.1 &= said.word != Word::Yes;
                true
            }
            None => false,
        });
        all
    }

    /// Where the questions stood that were answered and are none here: what they were about is mended.
    fn gone(&self, policy: &Policy) -> Vec<Rank> {
        if self.answered.is_empty() {
            return Vec::new();
        }
        let here: HashSet<&Place> =
            (0..self.order.len()).map(|it| self.place(policy, it)).collect();
        self.answered.iter().filter(|it| !here.contains(it.0)).map(|it| *it.1).collect()
    }

    /// How many questions there are, with those that were answered.
    pub(super) fn count(&self, policy: &Policy) -> usize {
        self.gone(policy).len() + self.order.len()
    }

    /// The number of a question among all of them, from one.
    pub(super) fn number(&self, policy: &Policy, position: usize) -> usize {
        let rank = self.rank(position);
        let before = self.gone(policy).iter().filter(|it| **it <= rank).count();
        before + position + 1
    }

    /// How many containers something is or was asked of.
    pub(super) fn container_count(&self, policy: &Policy) -> usize {
        self.containers(policy).len()
    }

    /// The number of a question's container among them, from one.
    pub(super) fn container_number(&self, policy: &Policy, position: usize) -> usize {
        self.containers(policy).range(..=self.at(position).container).count()
    }

    fn containers(&self, policy: &Policy) -> BTreeSet<ContainerId> {
        let here = (0..self.order.len()).map(|it| self.at(it).container);
        here.chain(self.gone(policy).into_iter().map(|it| it.0)).collect()
    }
}
