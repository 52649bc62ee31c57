//! All projects under review: the questions in order, the answers, and the way back.
//!
//! Nothing here talks to a terminal or writes a file.

use std::sync::Arc;

use foldhash::HashSet;
use rayon::prelude::*;

use super::There;
use super::bench::{Asks, Bench, Stage};
use super::filter::Filter;
use super::scope::Scope;
use super::step::Step;
use crate::batch::Project;
use crate::decisions::{Answer, By, Decisions, Place, Said, Word};
use crate::finding::Finding;
use crate::mend::{Policy, Unproven};
use crate::rules::USER_RULE;

/// A question: the number of its project, and its place there.
pub(super) type Question = (usize, usize);

/// The projects under review.
pub(super) struct Board<'b> {
    /// The projects, those that others extend first.
    pub(super) projects: &'b mut [Project],
    /// Each of them under review.
    pub(super) benches: Vec<Bench>,
    /// What holds, and what was answered.
    pub(super) policy: Policy,
    /// What is asked about.
    pub(super) filter: Filter,
    /// The question that is asked, or was last.
    pub(super) at: Question,
    /// What could not be proven, until it is told.
    pub(super) unproven: Vec<Unproven>,
    /// The projects of which something is written.
    pub(super) written: HashSet<usize>,
    /// How many steps there were when something was written last: those are not taken back there.
    pub(super) locked: usize,
    pub(super) later: HashSet<Place>,
    pub(super) steps: Vec<Step>,
    pub(super) by: By,
    /// What has a number in the table, in that order.
    pub(super) listed: Vec<Scope>,
    /// The projects that something was asked about at first.
    files: Vec<usize>,
}

impl<'b> Board<'b> {
    /// Judges the projects.
    pub(super) fn new(
        projects: &'b mut [Project],
        policy: &Policy,
        (by, asks): (By, Asks),
    ) -> Board<'b> {
        let benches = projects.par_iter().map(|it| Bench::new(it, policy, asks)).collect();
        let mut board = Board {
            projects,
            benches,
            policy: policy.clone(),
            filter: Filter::default(),
            at: (0, 0),
            unproven: Vec::new(),
            written: HashSet::default(),
            locked: 0,
            later: HashSet::default(),
            steps: Vec::new(),
            by,
            listed: Vec::new(),
            files: Vec::new(),
        };
        let all = (0..board.benches.len()).collect();
        board.go_on(&all);
        board.go_along(&all);
        board.files = board.asked();
        board.enumerate();
        board
    }

    /// All files and containers that there are.
    pub(super) fn there(&self) -> Vec<There> {
        let mut all = Vec::new();
        for bench in &self.benches {
            all.extend(bench.files.iter().map(|it| (it.path.clone(), None)));
            let subjects = bench.analysis.subjects.iter();
            all.extend(
                subjects
                    .map(|it| (bench.file(it.site.file).path.clone(), Some(Arc::clone(&it.name)))),
            );
        }
        all
    }

    /// What was answered so far.
    pub(super) fn decisions(&self) -> &Decisions {
        &self.policy.decisions
    }

    /// The finding that a question is about.
    pub(super) fn finding(&self, at: Question) -> &Finding {
        self.benches[at.0].at(at.1)
    }

    pub(super) fn place(&self, at: Question) -> Place {
        self.benches[at.0].place(&self.policy, at.1).clone()
    }

    /// What was answered there.
    pub(super) fn answer(&self, at: Question) -> Option<Answer> {
        let bench = &self.benches[at.0];
        bench.answer(&self.policy, bench.order[at.1])
    }

    /// What was said there, and whether it holds; else what was said of a place of the rule that is no question here, so
    /// that it was about this one as it was then.
    pub(super) fn earlier(&self, at: Question) -> Option<(&Said, bool)> {
        let place = self.place(at);
        if let Some(said) = self.decisions().said(&place) {
            let answer = said.of(self.finding(at), self.policy.today);
            return Some((said, !matches!(answer, Answer::Stale(_))));
        }
        let is_gone = |it: &(Place, &Said)| !self.benches[at.0].is_asked(&self.policy, &it.0);
        self.decisions().elsewhere(&place).find(is_gone).map(|it| (it.1, false))
    }

    /// The questions that are to be answered, in order, as far as the filter lets them through.
    pub(super) fn open(&self) -> impl Iterator<Item = Question> + '_ {
        self.all_open().filter(|it| self.filter.fits(&self.benches[it.0], self.finding(*it)))
    }

    /// All questions that are to be answered, in order.
    pub(super) fn all_open(&self) -> impl Iterator<Item = Question> + '_ {
        let of = |(number, bench): (usize, &Bench)| -> Vec<Question> {
            bench.open(&self.policy).map(|it| (number, it)).collect()
        };
        self.benches.iter().enumerate().flat_map(of)
    }

    /// The number that something has in the table, from zero.
    pub(super) fn number(&self, scope: &Scope) -> Option<usize> {
        self.listed.iter().position(|it| it == scope)
    }

    /// The next question at or after a place, those that were put off last; nothing once everything is answered.
    pub(super) fn next(&self, from: Question) -> Option<Question> {
        let (later, now): (Vec<Question>, Vec<Question>) =
            self.open().partition(|it| self.later.contains(&self.place(*it)));
        let after = now.iter().find(|it| **it >= from);
        after.or(now.first()).or(later.first()).copied()
    }

    /// The question before one, answered or not.
    pub(super) fn before(&self, at: Question) -> Option<Question> {
        let earlier = |it: &usize| !self.benches[*it].order.is_empty() && self.is_here(*it);
        match at.1 {
            0 => {
                let bench = (0..at.0).rev().find(earlier)?;
                Some((bench, self.benches[bench].order.len() - 1))
            }
            position => Some((at.0, position - 1)),
        }
    }

    pub(super) fn is_here(&self, bench: usize) -> bool {
        self.benches[bench].stage == Stage::Open
    }

    /// The projects that anything is or was asked about, by number.
    pub(super) fn asked(&self) -> Vec<usize> {
        let now = |it: &usize| !self.benches[*it].order.is_empty() && self.is_here(*it);
        let asked = |it: &usize| self.files.binary_search(it).is_ok() || now(it);
        (0..self.benches.len()).filter(asked).collect()
    }

    /// The projects of which not everything is written.
    pub(super) fn unwritten(&self) -> Vec<usize> {
        (0..self.benches.len()).filter(|it| self.is_here(*it)).collect()
    }

    /// A question of each container with that image, as written.
    pub(super) fn containers_of(&self, image: &str) -> Vec<Question> {
        let mut known = HashSet::default();
        let of = |(number, bench): (usize, &Bench)| -> Vec<Question> {
            let all = (0..bench.order.len()).map(|it| (number, it));
            all.filter(|it| bench.image(bench.at(it.1).container) == Some(image)).collect()
        };
        let all = self.benches.iter().enumerate().filter(|it| self.is_here(it.0)).flat_map(of);
        all.filter(|it| known.insert((it.0, self.finding(*it).container))).collect()
    }

    /// Takes the answer to a question.
    pub(super) fn say(&mut self, at: Question, word: Word, fix: usize) {
        let mut step = self.step();
        self.record(&mut step, at, word, fix);
        self.settle(&mut step, &[at]);
        self.go_along(&step.benches);
        self.steps.push(step);
    }

    /// Takes answers to questions of one container: these fixes, by their numbers, and no other.
    pub(super) fn choose(&mut self, at: Question, chosen: &[(&'static str, String)]) {
        let mut step = self.step();
        let scope = Scope::Container(at);
        // Who it runs as first: other fixes follow from that.
        for users in [true, false] {
            let asked = self.covered(&scope);
            let asked: Vec<_> = asked
                .into_iter()
                .filter(|it| {
                    let finding = self.finding(*it);
                    // Of what nothing can be written for nobody chose anything.
                    (finding.rule == USER_RULE) == users && !finding.fixes.is_empty()
                })
                .collect();
            for &it in &asked {
                let finding = self.finding(it);
                let mut wanted = chosen.iter().filter(|all| all.0 == finding.rule);
                let fix = wanted.clone().find_map(|(_, title)| {
                    finding.fixes.iter().position(|fix| fix.title == **title)
                });
                // A choice that follows from the user is the same one in other words.
                let fix = fix.or(wanted.next().map(|_| 0));
                match fix {
                    Some(fix) => self.record(&mut step, it, Word::Yes, fix),
                    None => self.record(&mut step, it, Word::No, 0),
                }
            }
            self.settle(&mut step, &asked);
        }
        self.go_along(&step.benches);
        self.steps.push(step);
    }

    pub(super) fn record(&mut self, step: &mut Step, at: Question, word: Word, fix: usize) {
        let said = self.said(at, word, fix);
        let place = self.place(at);
        let old = Arc::make_mut(&mut self.policy.decisions).say(&place, said);
        step.benches.insert(at.0);
        step.said.push((place, old));
    }

    /// An answer in the words of its question.
    pub(super) fn said(&self, at: Question, word: Word, fix: usize) -> Said {
        let fix = self.finding(at).fixes.get(fix);
        let (title, sure) = (fix.map(|it| it.title.to_string()), fix.map(|it| it.confidence));
        let finding = self.finding(at);
        let image = Decisions::image(finding, self.benches[at.0].file(finding.site.file));
        let by = self.by.clone();
        Said { word, fix: title, image, confidence: sure, by, against: None }
    }

    /// Judges anew where a user was answered, and goes on where everything is.
    pub(super) fn settle(&mut self, step: &mut Step, asked: &[Question]) {
        let users = asked.iter().filter(|it| self.finding(**it).rule == USER_RULE);
        let users: HashSet<usize> = users.map(|it| it.0).collect();
        self.judge(&users);
        let touched: HashSet<usize> = asked.iter().map(|it| it.0).collect();
        self.go_on(&touched);
        step.benches.extend(touched);
    }

    fn judge(&mut self, which: &HashSet<usize>) {
        self.each(which, |bench, project, policy| {
            bench.judge(project, policy);
            Ok(())
        });
    }

    /// Goes on to what is accepted, where that changes what else is asked.
    fn go_along(&mut self, which: &HashSet<usize>) {
        self.each(which, |bench, project, policy| {
            bench.go_along(project, policy);
            Ok(())
        });
    }

    /// Goes on where everything is answered.
    fn go_on(&mut self, which: &HashSet<usize>) {
        self.each(which, |bench, project, policy| bench.go_on(project, policy).map(drop));
    }

    /// Goes on to what the answers make of projects, although something is still to be answered.
    pub(super) fn advance(&mut self, which: &HashSet<usize>) {
        self.each(which, |bench, project, policy| bench.advance(project, policy));
    }

    fn each(
        &mut self,
        which: &HashSet<usize>,
        work: impl Fn(&mut Bench, &Project, &Policy) -> Result<(), Unproven> + Sync,
    ) {
        let here = if which.contains(&self.at.0) { self.here() } else { None };
        let (projects, policy) = (&*self.projects, &self.policy);
        let benches = self.benches.par_iter_mut().enumerate();
        let wanted = benches.filter(|it| which.contains(&it.0));
        let failed: Vec<Unproven> = wanted
            .filter_map(|(number, bench)| match work(bench, &projects[number], policy) {
                Ok(()) => None,
                Err(unproven) => {
                    bench.stage = Stage::Failed;
                    Some(unproven)
                }
            })
            .collect();
        self.unproven.extend(failed);
        if let Some((place, rank)) = here {
            self.stay(Some(&place), Some(rank));
        }
    }

    /// Asks about a question later.
    pub(super) fn put(&mut self, at: Question) {
        let place = self.place(at);
        self.later.insert(place.clone());
        self.steps.push(Step { later: vec![place], ..self.step() });
    }

    /// The question about the same place, where it is to be answered still.
    pub(super) fn find_again(&self, place: &Place) -> Option<Question> {
        self.open().find(|it| self.place(*it) == *place)
    }

    /// Begins anew with projects, whose answers stay.
    pub(super) fn renew(&mut self, which: &HashSet<usize>) {
        self.each(which, |bench, project, policy| {
            bench.begin_anew(project, policy);
            Ok(())
        });
        self.go_on(which);
        self.go_along(which);
    }
}
