//! Values that an owner chooses for a container, or for an image.

use std::sync::Arc;

use foldhash::HashSet;

use super::board::{Board, Question};
use super::step::Step;
use crate::decisions::{Answer, Values};
use crate::evidence::Own;
use crate::finding::Finding;
use crate::images::Knowledge;
use crate::mend::proposed;
use crate::rules::USER_RULE;

impl Board<'_> {
    /// The values that would be written for the container of a question.
    pub(super) fn proposed(&self, at: Question) -> Own {
        let (project, bench) = (&self.projects[at.0], &self.benches[at.0]);
        let container = self.finding(at).container;
        let mut policy = self.policy.clone();
        // What is kept and writable follows from who it runs as.
        let is_it = |it: &Finding| it.rule == USER_RULE && it.container == container;
        let user = bench.findings().iter().position(is_it);
        let as_user = user
            .and_then(|it| bench.answer(&self.policy, it))
            .map(|it| matches!(it, Answer::Fix(_)));
        let stays = user.is_some_and(|it| bench.findings()[it].confidence() < self.policy.accepts);
        let as_user = as_user.or(stays.then_some(false));
        policy.settings.own.entry(container).or_default().as_user = as_user;
        proposed(&bench.files, &project.members, &policy, container).unwrap_or_default()
    }

    /// The values that were chosen for the container of a question.
    pub(super) fn own(&self, at: Question) -> Own {
        let bench = &self.benches[at.0];
        let Some(subject) = bench.subject(self.finding(at).container) else {
            return Own::default();
        };
        let file = bench.file(subject.site.file);
        let values = self.decisions().values(file, &subject.name);
        values.map(|it| it.own.clone()).unwrap_or_default()
    }

    /// Takes an owner's values for the container of a question.
    pub(super) fn set_values(&mut self, at: Question, own: &Own) {
        let bench = &self.benches[at.0];
        let Some(subject) = bench.subject(self.finding(at).container) else { return };
        let (file, name) = (bench.file(subject.site.file).clone(), subject.name.clone());
        let values = Values { own: own.clone(), by: self.by.clone() };
        let decisions = Arc::make_mut(&mut self.policy.decisions);
        let old = decisions.set_values(&file, &name, Some(values));
        let benches = HashSet::from_iter([at.0]);
        self.renew(&benches);
        let values = vec![(file, name, old)];
        self.steps.push(Step { benches, values, ..self.step() });
    }

    /// Takes what is known of images now that values of one were added.
    pub(super) fn learn(&mut self, known: Arc<Knowledge>) {
        self.steps.push(Step { image: true, ..self.step() });
        self.know(known);
    }

    /// Takes what is known of images, and judges anew.
    pub(super) fn know(&mut self, known: Arc<Knowledge>) {
        self.policy.settings.images = known;
        let open = (0..self.benches.len()).filter(|it| self.is_here(*it)).collect();
        self.renew(&open);
    }

    /// Whether a step back would forget what is known of an image.
    pub(super) fn would_forget_image(&self) -> bool {
        self.steps.last().is_some_and(|it| it.image)
    }
}
