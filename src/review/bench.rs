//! One project under review: what is asked about it, and what the answers so far come to.
//!
//! Nothing here talks to a terminal or writes a file.

use std::sync::OnceLock;

use foldhash::HashMap;

use super::number::Rank;
use crate::batch::Project;
use crate::decisions::{Answer, Place};
use crate::finding::{Confidence, ContainerId, FileId, Finding, Severity};
use crate::mend::{Analysis, Mended, Policy, Shared, Subject, Unproven, analyse, carry_out};

/// A project under review.
pub(super) struct Bench {
    /// Its files as they are asked about: as they are on the disk, or with what earlier answers change in them.
    pub(super) files: Vec<Shared>,
    /// What they say.
    pub(super) analysis: Analysis,
    /// The findings that are asked about, in the order of the questions.
    pub(super) order: Vec<usize>,
    /// Where the answer to each finding belongs, once that is asked.
    places: Vec<OnceLock<Place>>,
    /// Where each container stands among the subjects of the analysis.
    subjects: HashMap<ContainerId, usize>,
    /// How often answers have brought something else to light.
    pub(super) round: usize,
    /// How far it is.
    pub(super) stage: Stage,
    pub(super) asks: Asks,
    /// The places of what was answered before it went on to other files, and where those questions stood.
    pub(super) answered: HashMap<Place, Rank>,
}

/// What is asked about: what is at least so bad, and whose fix is at least so sure.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asks {
    /// How bad; without one, what fails a check or can be mended.
    pub severity: Option<Severity>,
    /// How sure; without one, everything.
    pub confidence: Option<Confidence>,
}

impl Asks {
    fn about(self, finding: &Finding) -> bool {
        let severe = match self.severity {
            Some(least) => finding.severity >= least,
            None => finding.severity > Severity::Info || !finding.fixes.is_empty(),
        };
        severe && self.confidence.is_none_or(|it| finding.confidence() >= it)
    }
}

/// How far a project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Something is asked, or could be.
    Open,
    /// Its last question was answered with no: nothing of it is written.
    Kept,
    /// It is written.
    Written,
    /// What was accepted could not be proven or written.
    Failed,
}

impl Bench {
    /// A project as it is on the disk.
    pub(super) fn new(project: &Project, policy: &Policy, asks: Asks) -> Bench {
        let analysis = analyse(&project.files, &project.members, policy);
        Bench {
            files: project.files.clone(),
            order: order(&analysis, asks),
            places: places(&analysis),
            subjects: subjects(&analysis),
            analysis,
            round: 0,
            stage: Stage::Open,
            asks,
            answered: HashMap::default(),
        }
    }

    /// The findings that count.
    pub(super) fn findings(&self) -> &[Finding] {
        &self.analysis.judged.open
    }

    /// The finding at a place in the order of the questions.
    pub(super) fn at(&self, position: usize) -> &Finding {
        &self.findings()[self.order[position]]
    }

    /// The file that a finding stands in.
    pub(super) fn file(&self, id: FileId) -> &Shared {
        &self.files[id.0 as usize]
    }

    /// What a container is; nothing for a finding that is about none.
    pub(super) fn subject(&self, container: ContainerId) -> Option<&Subject> {
        self.subjects.get(&container).map(|it| &self.analysis.subjects[*it])
    }

    /// The image of a container, as written.
    pub(super) fn image(&self, container: ContainerId) -> Option<&str> {
        self.subject(container)?.image.as_deref()
    }

    /// Where the answer to the question at a place in their order belongs.
    pub(super) fn place(&self, policy: &Policy, position: usize) -> &Place {
        self.place_of(policy, self.order[position])
    }

    pub(super) fn place_of(&self, policy: &Policy, number: usize) -> &Place {
        let finding = &self.findings()[number];
        let place = || policy.decisions.place(finding, self.file(finding.site.file));
        self.places[number].get_or_init(place)
    }

    /// What was answered to the finding of a number, as it stands now.
    pub(super) fn answer(&self, policy: &Policy, number: usize) -> Option<Answer> {
        if policy.decisions.is_empty() {
            return None;
        }
        let said = policy.decisions.said(self.place_of(policy, number))?;
        Some(said.of(&self.findings()[number], policy.today))
    }

    /// Whether a place is that of a question, now or of one that was answered here.
    pub(super) fn is_asked(&self, policy: &Policy, place: &Place) -> bool {
        let mut asked = (0..self.places.len()).map(|it| self.place_of(policy, it));
        self.answered.contains_key(place) || asked.any(|it| it == place)
    }

    /// Whether the question at a place is still to be answered.
    pub(super) fn is_open(&self, policy: &Policy, position: usize) -> bool {
        let answer = || self.answer(policy, self.order[position]);
        self.stage == Stage::Open && matches!(answer(), None | Some(Answer::Stale(_)))
    }

    /// The questions that are still to be answered, by their place.
    pub(super) fn open<'b>(&'b self, policy: &'b Policy) -> impl Iterator<Item = usize> + 'b {
        (0..self.order.len()).filter(|it| self.is_open(policy, *it))
    }

    /// The places of the questions about the container of the one at a place.
    pub(super) fn siblings(&self, position: usize) -> std::ops::Range<usize> {
        let container = self.at(position).container;
        let same = |it: &usize| self.at(*it).container == container;
        let start = (0..=position).rev().take_while(same).last().unwrap_or(position);
        let end = (position..self.order.len()).take_while(same).last().unwrap_or(position);
        start..end + 1
    }

    /// Judges anew what is not settled: another answer to a user, or other values, make other fixes.
    pub(super) fn judge(&mut self, project: &Project, policy: &Policy) {
        self.take(analyse(&self.files, &project.members, policy));
    }

    /// Begins anew with a project as it is on the disk; what was answered stays, and counts.
    pub(super) fn begin_anew(&mut self, project: &Project, policy: &Policy) {
        let answered = self.all_answered(policy);
        *self = Bench { answered, ..Bench::new(project, policy, self.asks) };
    }

    fn take(&mut self, analysis: Analysis) {
        self.analysis = analysis;
        self.order = order(&self.analysis, self.asks);
        self.places = places(&self.analysis);
        self.subjects = subjects(&self.analysis);
    }

    /// What the answers so far come to.
    ///
    /// # Errors
    /// A new text that is not proven to be what was planned; nothing of this project is to be written then.
    pub(super) fn mended(project: &Project, policy: &Policy) -> Result<Mended, Unproven> {
        carry_out(&project.files, &project.members, policy, None)
    }

    /// It with the files that the answers make of them.
    pub(super) fn with(&self, mended: Mended, policy: &Policy) -> Bench {
        let (files, analysis) = (mended.files, mended.after);
        Bench {
            files,
            order: order(&analysis, self.asks),
            places: places(&analysis),
            subjects: subjects(&analysis),
            analysis,
            answered: self.all_answered(policy),
            ..*self
        }
    }

    /// Goes on to the files with what is accepted in them.
    ///
    /// # Errors
    /// As those of [`Bench::mended`].
    pub(super) fn advance(&mut self, project: &Project, policy: &Policy) -> Result<(), Unproven> {
        if self.stage == Stage::Open {
            *self = self.with(Bench::mended(project, policy)?, policy);
        }
        Ok(())
    }

    /// Goes on with what the answers bring to light, once everything is answered; tells whether there is any of that.
    ///
    /// # Errors
    /// As those of [`Bench::mended`].
    pub(super) fn go_on(&mut self, project: &Project, policy: &Policy) -> Result<bool, Unproven> {
        if self.stage != Stage::Open || self.open(policy).next().is_some() {
            return Ok(false);
        }
        self.advance(project, policy)?;
        let more = self.open(policy).next().is_some();
        self.round += usize::from(more);
        Ok(more)
    }
}

/// What is asked about, in order: the findings of a container together, those that only the owner can mend last.
fn order(analysis: &Analysis, asks: Asks) -> Vec<usize> {
    let findings = &analysis.judged.open;
    let mut order: Vec<usize> =
        (0..findings.len()).filter(|it| asks.about(&findings[*it])).collect();
    order.sort_by_key(|&it| (findings[it].container, findings[it].fixes.is_empty(), it));
    order
}

fn places(analysis: &Analysis) -> Vec<OnceLock<Place>> {
    analysis.judged.open.iter().map(|_| OnceLock::new()).collect()
}

fn subjects(analysis: &Analysis) -> HashMap<ContainerId, usize> {
    analysis.subjects.iter().enumerate().map(|(at, it)| (it.id, at)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::decisions::{By, Said, Word};
    use crate::mend::fixtures;

    fn on_bench(text: &str, work: impl FnOnce(&Project, Policy, Bench)) {
        let (files, members, policy) = fixtures::project(text);
        let project =
            Project { files, members, inputs: vec![Some(0)], bases: Vec::new(), emits: None };
        let bench = Bench::new(&project, &policy, Asks::default());
        work(&project, policy, bench);
    }

    fn say(bench: &Bench, policy: &mut Policy, position: usize, word: Word) {
        let finding = bench.at(position);
        let fix = finding.fixes.first().map(|it| it.title.to_string());
        let by = By { name: "Ann".to_owned(), on: policy.today };
        let place = policy.decisions.place(finding, bench.file(finding.site.file));
        Arc::make_mut(&mut policy.decisions)
            .say(&place, Said { word, fix, image: None, confidence: None, by, against: None });
    }

    const DATABASE: &str = "services:\n  db:\n    image: postgres:16\n    volumes: [./data:/var/lib/postgresql/data]\n";

    #[test]
    fn what_is_answered_is_asked_no_more_and_done() {
        on_bench(
            "services:\n  web:\n    image: a\n    privileged: true\n",
            |project, mut policy, bench| {
                assert_eq!(bench.at(0).rule, "privileged");
                say(&bench, &mut policy, 0, Word::Yes);
                assert!(!bench.is_open(&policy, 0) && bench.is_open(&policy, 1));
                let mended = Bench::mended(project, &policy).unwrap();
                assert_eq!(mended.fixed.len(), 1);
                assert!(!mended.files[0].tree.text().contains("privileged: true"));
            },
        );
    }

    #[test]
    fn who_runs_as_a_user_keeps_no_capability_of_root() {
        on_bench(DATABASE, |project, mut policy, mut bench| {
            let keeps = |bench: &Bench| {
                let mut all = bench.findings().iter();
                let caps = all.find(|it| it.rule == "kept-capabilities").unwrap();
                caps.fixes[0].title.contains("SETUID")
            };
            assert_eq!((bench.at(0).rule, keeps(&bench)), ("root-user", true));
            say(&bench, &mut policy, 0, Word::Yes);
            bench.judge(project, &policy);
            assert!(!keeps(&bench));
            say(&bench, &mut policy, 0, Word::No);
            bench.judge(project, &policy);
            assert!(keeps(&bench));
        });
    }

    #[test]
    fn containers_are_asked_one_by_one() {
        let two = "services:\n  a:\n    image: a\n  b:\n    image: b\n    pid: host\n";
        on_bench(two, |_, _, bench| {
            let first = bench.siblings(0);
            assert_eq!(bench.siblings(first.end - 1), first);
            assert_eq!(bench.siblings(first.end), first.end..bench.order.len());
        });
    }

    #[test]
    fn what_comes_to_light_is_asked_when_everything_is_answered() {
        on_bench(
            "services:\n  web:\n    image: a\n    pid: host\n",
            |project, mut policy, mut bench| {
                assert!(!bench.go_on(project, &policy).unwrap());
                for position in 0..bench.order.len() {
                    say(&bench, &mut policy, position, Word::No);
                }
                assert!(!bench.go_on(project, &policy).unwrap());
                assert_eq!((bench.open(&policy).count(), bench.round), (0, 0));
            },
        );
    }
}
