//! Answers for many at once, and for what these bring to light.

use foldhash::HashSet;

use super::board::{Board, Question};
use super::scope::Scope;
use super::step::Step;
use crate::decisions::Word;
use crate::finding::{Confidence, Finding};
use crate::rules::USER_RULE;

/// Bounds how often an answer for many brings something to light that it covers too.
const ROUNDS: usize = 6;

impl Board<'_> {
    /// Accepts, of what a key speaks of, every fix that is at least so sure; yields how many.
    pub(super) fn accept(&mut self, scope: &Scope, least: Confidence) -> usize {
        let count = self.sweep(scope, |finding| sure(finding, least));
        if count > 0
            && let Some(step) = self.steps.last_mut()
        {
            step.accepted = Some((scope.clone(), least));
        }
        count
    }

    /// Takes projects that read what was written: what was accepted for many holds for what that brings to light.
    pub(super) fn follow(&mut self, which: &HashSet<usize>) {
        if which.is_empty() {
            return;
        }
        self.renew(which);
        let accepted: Vec<(Scope, Confidence)> =
            self.steps.iter().filter_map(|it| it.accepted.clone()).collect();
        self.advance(which);
        let filter = std::mem::take(&mut self.filter);
        for (scope, least) in accepted {
            let mut step = Step::default();
            let here = |board: &Board<'_>| -> Vec<Question> {
                board.covered(&scope).into_iter().filter(|it| which.contains(&it.0)).collect()
            };
            self.answer_all(&mut step, here, |finding| sure(finding, least));
        }
        self.filter = filter;
    }

    /// Leaves everything that a key speaks of; yields how many findings that are.
    pub(super) fn leave(&mut self, scope: &Scope) -> usize {
        self.sweep(scope, |_| Some((Word::No, 0)))
    }

    /// Answers everything that a key speaks of and that has an answer; yields how much that is.
    fn sweep(&mut self, scope: &Scope, say: impl Fn(&Finding) -> Option<(Word, usize)>) -> usize {
        let mut step = self.step();
        self.answer_all(&mut step, |board| board.covered(scope), say);
        let count = step.said.len();
        if count > 0 {
            self.steps.push(step);
        }
        count
    }

    /// Answers what is asked, round by round, as long as that brings more to light.
    fn answer_all(
        &mut self,
        step: &mut Step,
        asked: impl Fn(&Board<'_>) -> Vec<Question>,
        say: impl Fn(&Finding) -> Option<(Word, usize)>,
    ) {
        for _ in 0..ROUNDS {
            let before = step.said.len();
            // Who it runs as first: other fixes follow from that.
            for users in [true, false] {
                let is_now = |it: &&Question| (self.finding(**it).rule == USER_RULE) == users;
                let covered = asked(self);
                let now = covered.iter().filter(is_now);
                let answers: Vec<_> =
                    now.filter_map(|it| Some((*it, say(self.finding(*it))?))).collect();
                for (at, (word, fix)) in &answers {
                    self.record(step, *at, word.clone(), *fix);
                }
                let asked: Vec<Question> = answers.iter().map(|it| it.0).collect();
                self.settle(step, &asked);
            }
            if step.said.len() == before {
                break;
            }
            self.advance(&step.benches.clone());
        }
    }
}

/// Yes to the best fix that is at least so sure.
fn sure(finding: &Finding, least: Confidence) -> Option<(Word, usize)> {
    finding.sure_fix(least).map(|it| (Word::Yes, it))
}
