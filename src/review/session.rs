//! The questions of a round and the answers so far: answers go in, the next question comes out.

use std::ops::Range;

use crate::decisions::Waiver;
use crate::finding::{Confidence, Finding};
use crate::plan::Choice;

/// What an owner says to a finding.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// Mend it with the fix of this number.
    Fix(usize),
    /// Leave it.
    Leave,
    /// Allow it, and say why in the file.
    Waive(Waiver),
}

impl Answer {
    /// What is answered for an owner who does not choose: yes to what is sure enough.
    pub(super) fn at_least(finding: &Finding, least: Confidence) -> Answer {
        let sure = finding.fixes.iter().position(|it| it.confidence >= least);
        sure.map_or(Answer::Leave, Answer::Fix)
    }

    /// What Enter stands for.
    pub(super) fn preset(finding: &Finding) -> Answer {
        match finding.confidence() {
            Confidence::Safe | Confidence::Likely => Answer::Fix(0),
            Confidence::Risky | Confidence::Manual => Answer::Leave,
        }
    }
}

/// The questions of a round, container by container.
///
/// Invariant: the questions before `answers.len()` are answered and no other; `steps` rises.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// The findings that are asked about.
    questions: Vec<usize>,
    /// The questions of each container.
    containers: Vec<Range<usize>>,
    answers: Vec<Answer>,
    /// Where each step back leads.
    steps: Vec<usize>,
}

impl Session {
    /// Asks about these of the findings: those of a container together, what only the owner can mend last.
    pub(super) fn new(findings: &[Finding], asked: Vec<usize>) -> Session {
        let mut questions = asked;
        questions.sort_by_key(|&it| (findings[it].container, findings[it].fixes.is_empty(), it));
        let alike = |a: &usize, b: &usize| findings[*a].container == findings[*b].container;
        let mut containers: Vec<Range<usize>> = Vec::new();
        for chunk in questions.chunk_by(alike) {
            let start = containers.last().map_or(0, |it| it.end);
            containers.push(start..start + chunk.len());
        }
        Session { questions, containers, answers: Vec::new(), steps: Vec::new() }
    }

    /// The finding that is asked about.
    pub(super) fn question(&self) -> Option<usize> {
        self.questions.get(self.answers.len()).copied()
    }

    /// The number of the question, from zero, and how many there are.
    pub(super) fn place(&self) -> (usize, usize) {
        (self.answers.len(), self.questions.len())
    }

    /// The number of the container, from zero, and how many there are.
    pub(super) fn container_place(&self) -> (usize, usize) {
        let at = self.answers.len();
        (self.containers.partition_point(|it| it.end <= at), self.containers.len())
    }

    /// Whether the question is the first one of its container.
    pub(super) fn opens_container(&self) -> bool {
        self.container().start == self.answers.len()
    }

    fn container(&self) -> Range<usize> {
        let end = self.questions.len()..self.questions.len();
        self.containers.get(self.container_place().0).cloned().unwrap_or(end)
    }

    /// The findings of the container that is asked about, answered or not.
    pub(super) fn of_container(&self) -> &[usize] {
        &self.questions[self.container()]
    }

    /// The findings of the container that are not answered.
    pub(super) fn left_of_container(&self) -> &[usize] {
        &self.questions[self.answers.len()..self.container().end]
    }

    /// The findings that are not answered.
    pub(super) fn left(&self) -> &[usize] {
        &self.questions[self.answers.len()..]
    }

    /// The findings that are answered, with the answers.
    pub(super) fn answered(&self) -> impl Iterator<Item = (usize, &Answer)> {
        self.questions.iter().copied().zip(&self.answers)
    }

    /// Takes the answer to the question.
    pub(super) fn answer(&mut self, answer: Answer) {
        if self.answers.len() < self.questions.len() {
            self.steps.push(self.answers.len());
            self.answers.push(answer);
        }
    }

    /// Answers the rest of the container: these fixes and no other.
    pub(super) fn choose(&mut self, chosen: &[Choice]) {
        let of = |finding: usize| chosen.iter().find(|it| it.finding == finding);
        let answer = |it: &usize| of(*it).map_or(Answer::Leave, |it| Answer::Fix(it.fix));
        let answers: Vec<Answer> = self.left_of_container().iter().map(answer).collect();
        self.extend(answers);
    }

    /// Answers everything that is left by how sure the fixes are.
    pub(super) fn accept_rest(&mut self, findings: &[Finding], least: Confidence) {
        let answer = |it: &usize| Answer::at_least(&findings[*it], least);
        let answers: Vec<Answer> = self.left().iter().map(answer).collect();
        self.extend(answers);
    }

    /// Leaves everything that is left.
    pub(super) fn leave_rest(&mut self) {
        let answers = vec![Answer::Leave; self.left().len()];
        self.extend(answers);
    }

    fn extend(&mut self, answers: Vec<Answer>) {
        self.steps.push(self.answers.len());
        self.answers.extend(answers);
    }

    /// Undoes the last answer; tells whether there was one.
    pub(super) fn back(&mut self) -> bool {
        let Some(at) = self.steps.pop() else { return false };
        self.answers.truncate(at);
        true
    }

    /// Takes other findings for the container that is asked about and asks it again from its first one.
    ///
    /// Those of the containers before it must be as they were.
    pub(super) fn renew(&mut self, findings: &[Finding], asked: Vec<usize>) {
        let start = self.container().start;
        self.steps.retain(|it| *it < start);
        self.answers.truncate(start);
        self.refresh(findings, asked);
    }

    /// Takes other findings for what is not answered.
    ///
    /// Those that are answered must be as they were.
    pub(super) fn refresh(&mut self, findings: &[Finding], asked: Vec<usize>) {
        let renewed = Session::new(findings, asked);
        self.questions = renewed.questions;
        self.containers = renewed.containers;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mend::fixtures::finding;

    fn three() -> Vec<Finding> {
        vec![
            finding(1, Confidence::Risky),
            finding(0, Confidence::Manual),
            finding(0, Confidence::Safe),
            finding(1, Confidence::Likely),
        ]
    }

    fn session() -> Session {
        Session::new(&three(), vec![0, 1, 2, 3])
    }

    #[test]
    fn containers_are_asked_one_by_one_and_what_cannot_be_mended_last() {
        let mut session = session();
        let mut asked = Vec::new();
        while let Some(question) = session.question() {
            asked.push((session.container_place().0, question, session.opens_container()));
            session.answer(Answer::Leave);
        }
        assert_eq!(asked, [(0, 2, true), (0, 1, false), (1, 0, true), (1, 3, false)]);
        assert_eq!(session.container_place(), (2, 2));
    }

    #[test]
    fn enter_says_yes_to_what_is_sure_and_no_to_what_is_risky() {
        let presets: Vec<Answer> = three().iter().map(Answer::preset).collect();
        assert_eq!(presets, [Answer::Leave, Answer::Leave, Answer::Fix(0), Answer::Fix(0)]);
    }

    #[test]
    fn a_step_back_undoes_one_answer_or_one_choice() {
        let mut session = session();
        assert!(!session.back());
        session.answer(Answer::Fix(0));
        session.answer(Answer::Leave);
        session.choose(&[Choice { finding: 3, fix: 0 }]);
        assert_eq!(session.question(), None);
        let answers: Vec<_> = session.answered().skip(2).collect();
        assert_eq!(answers, [(0, &Answer::Leave), (3, &Answer::Fix(0))]);
        assert!(session.back());
        assert_eq!(session.question(), Some(0));
        assert!(session.back());
        assert_eq!(session.question(), Some(1));
        session.accept_rest(&three(), Confidence::Risky);
        assert_eq!(session.question(), None);
        assert!(session.back());
        assert_eq!(session.left(), [1, 0, 3]);
    }

    #[test]
    fn the_rest_is_accepted_as_far_as_it_is_sure_enough() {
        let accepted = |least| {
            let mut session = session();
            session.accept_rest(&three(), least);
            session.answered().filter(|it| *it.1 == Answer::Fix(0)).map(|it| it.0).collect()
        };
        let (likely, risky): (Vec<usize>, Vec<usize>) =
            (accepted(Confidence::Likely), accepted(Confidence::Risky));
        assert_eq!((likely, risky), (vec![2, 3], vec![2, 0, 3]));
    }

    #[test]
    fn other_values_ask_the_container_again_and_keep_what_was_answered_before() {
        let mut session = session();
        session.answer(Answer::Fix(0));
        session.answer(Answer::Leave);
        session.answer(Answer::Fix(0));
        let fewer = three()[..3].to_vec();
        session.renew(&fewer, vec![0, 1, 2]);
        assert_eq!((session.question(), session.place()), (Some(0), (2, 3)));
        assert!(session.back());
        assert_eq!(session.question(), Some(1));
    }

    #[test]
    fn answers_after_the_last_question_change_nothing() {
        let mut session = Session::default();
        session.answer(Answer::Leave);
        assert_eq!(session.answered().count(), 0);
        assert_eq!((session.question(), session.of_container().len()), (None, 0));
    }
}
