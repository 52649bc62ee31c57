//! The files of one project while they are reviewed: what is asked, what is accepted, what has come of it.
//!
//! Nothing here talks to a terminal or writes a file.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::session::{Answer, Session};
use crate::batch::Project;
use crate::decisions::Waiver;
use crate::evidence::Own;
use crate::finding::{Confidence, ContainerId, FileId, Finding};
use crate::mend::{
    Analysis, Fixed, Members, Policy, Round, Shared, Unproven, analyse, proposed, round,
};
use crate::mend::{Waived, waive};
use crate::plan::Choice;
use crate::rules::USER_RULE;
use crate::standard::Standing;

/// A project under review.
pub(super) struct Desk<'p> {
    /// Its files, with what earlier rounds changed.
    pub(super) files: Vec<Shared>,
    /// What they say.
    pub(super) analysis: Analysis,
    /// What is asked about them.
    pub(super) session: Session,
    /// What holds for this project.
    pub(super) policy: Policy,
    /// The files that were changed.
    pub(super) changed: BTreeSet<FileId>,
    /// What was mended.
    pub(super) fixed: Vec<Fixed>,
    /// What was accepted or waived and could not be done, and why.
    pub(super) refused: Vec<(Finding, String)>,
    /// Where its pods stood before.
    pub(super) standings: Vec<Standing>,
    /// How many waivers were written.
    pub(super) waived: usize,
    members: &'p Members,
    waivers: Vec<(Finding, Waiver)>,
    /// The findings that were answered and stay.
    answered: HashMap<Key, usize>,
}

/// What tells findings apart from round to round.
type Key = (&'static str, ContainerId, Cow<'static, str>);

fn key(finding: &Finding) -> Key {
    (finding.rule, finding.container, finding.message.clone())
}

impl<'p> Desk<'p> {
    /// Takes a project and what its files say.
    pub(super) fn new(project: &'p Project, policy: &Policy, analysis: Analysis) -> Desk<'p> {
        let asked = (0..analysis.judged.open.len()).collect();
        Desk {
            files: project.files.clone(),
            session: Session::new(&analysis.judged.open, asked),
            standings: analysis.standings.clone(),
            analysis,
            policy: policy.clone(),
            changed: BTreeSet::new(),
            fixed: Vec::new(),
            refused: Vec::new(),
            waived: 0,
            members: &project.members,
            waivers: Vec::new(),
            answered: HashMap::new(),
        }
    }

    /// The findings that count.
    pub(super) fn findings(&self) -> &[Finding] {
        &self.analysis.judged.open
    }

    /// The finding that is asked about.
    pub(super) fn question(&self) -> Option<&Finding> {
        self.session.question().map(|it| &self.findings()[it])
    }

    /// How many fixes and how many waivers are accepted so far.
    pub(super) fn accepted(&self) -> (usize, usize) {
        let count =
            |wanted: fn(&Answer) -> bool| self.session.answered().filter(|it| wanted(it.1)).count();
        let fixes = count(|it| matches!(it, Answer::Fix(_)));
        let waivers = count(|it| matches!(it, Answer::Waive(_)));
        (self.fixed.len() + fixes, self.waivers.len() + waivers)
    }

    /// The fixes that were accepted in this round.
    fn choices(&self) -> Vec<Choice> {
        let choice = |(finding, answer): (usize, &Answer)| match answer {
            Answer::Fix(fix) => Some(Choice { finding, fix: *fix }),
            Answer::Leave | Answer::Waive(_) => None,
        };
        self.session.answered().filter_map(choice).collect()
    }

    /// Carries out the answers of a round, and asks in the next one about what they bring to light.
    ///
    /// # Errors
    /// A new text that is not proven to be what was planned; nothing of this project is to be written then.
    pub(super) fn carry_out(&mut self) -> Result<(), Unproven> {
        let chosen = self.choices();
        for (finding, answer) in self.session.answered() {
            let finding = &self.analysis.judged.open[finding];
            if let Answer::Waive(waiver) = answer {
                self.waivers.push((finding.clone(), waiver.clone()));
            }
            *self.answered.entry(key(finding)).or_default() += 1;
        }
        let Round { files, changed, fixed, refused, after } =
            round(&self.files, self.members, &self.policy, &self.analysis, &chosen)?;
        for it in &fixed {
            let key = (it.rule, it.container, it.message.clone());
            self.answered.entry(key).and_modify(|count| *count -= 1);
        }
        self.files = files;
        self.changed.extend(changed);
        self.fixed.extend(fixed);
        self.refused.extend(refused);
        self.analysis = after.unwrap_or_else(|| analyse(&self.files, self.members, &self.policy));
        self.session = Session::new(self.findings(), self.fresh());
        Ok(())
    }

    /// The findings that nobody has answered in an earlier round.
    fn fresh(&self) -> Vec<usize> {
        let mut answered: HashMap<Key, usize> = self.answered.clone();
        let is_fresh = |finding: &Finding| match answered.get_mut(&key(finding)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        };
        let fresh: Vec<bool> = self.findings().iter().map(is_fresh).collect();
        (0..fresh.len()).filter(|it| fresh[*it]).collect()
    }

    /// Takes the answer to the question.
    pub(super) fn answer(&mut self, answer: Answer) {
        let container = self.question().map(|it| it.container);
        self.session.answer(answer);
        self.follow(container);
    }

    /// Undoes the last answer.
    pub(super) fn back(&mut self) {
        self.session.back();
        self.follow(self.question().map(|it| it.container));
    }

    /// Takes choices for the rest of the container; yields what they come to once the user is settled.
    pub(super) fn choose(&mut self, wanted: Vec<Choice>) -> Vec<Choice> {
        let is_user = |it: &&usize| self.findings()[**it].rule == USER_RULE;
        let user = self.session.left_of_container().iter().find(is_user).copied();
        let keys: Vec<(Key, usize)> =
            wanted.iter().map(|it| (key(&self.findings()[it.finding]), it.fix)).collect();
        let settled = user.is_some_and(|user| {
            let as_user = wanted.iter().any(|it| it.finding == user);
            self.settle(&[(self.findings()[user].container, Some(as_user))])
        });
        let wanted = if settled { self.again(keys) } else { wanted };
        self.session.choose(&wanted);
        wanted
    }

    /// The same choices among newer findings of the container.
    fn again(&self, mut keys: Vec<(Key, usize)>) -> Vec<Choice> {
        let mut wanted = Vec::new();
        for &finding in self.session.left_of_container() {
            let it = &self.findings()[finding];
            let Some(at) = keys.iter().position(|old| old.0 == key(it)) else { continue };
            let (_, fix) = keys.remove(at);
            let fix = fix.min(it.fixes.len().saturating_sub(1));
            wanted.extend((!it.fixes.is_empty()).then_some(Choice { finding, fix }));
        }
        wanted
    }

    /// Answers everything that is left by how sure the fixes are, the users first.
    pub(super) fn accept_rest(&mut self, least: Confidence) {
        let left = self.session.left().iter().map(|it| &self.findings()[*it]);
        let users: Vec<_> = left
            .filter(|it| it.rule == USER_RULE)
            .map(|it| (it.container, Some(Answer::at_least(it, least) != Answer::Leave)))
            .collect();
        self.settle(&users);
        self.session.accept_rest(&self.analysis.judged.open, least);
    }

    /// What is still to be asked of a container follows what was answered to its user.
    fn follow(&mut self, container: Option<ContainerId>) {
        let here = self.question().map(|it| it.container).filter(|it| Some(*it) == container);
        let Some(container) = here else { return };
        let is_user = |finding: usize| {
            let finding = &self.findings()[finding];
            finding.container == container && finding.rule == USER_RULE
        };
        let answer = self.session.answered().find(|it| is_user(it.0));
        let as_user = answer.map(|it| matches!(it.1, Answer::Fix(_)));
        self.settle(&[(container, as_user)]);
    }

    /// Other capabilities and owners of mounts serve a container that is to run as a user than one that starts as root:
    /// what is not answered is judged anew for the users that are settled. Tells whether any was not settled so.
    fn settle(&mut self, users: &[(ContainerId, Option<bool>)]) -> bool {
        let mut changed = false;
        for (container, as_user) in users {
            let own = &mut self.policy.settings.own;
            if own.get(container).and_then(|it| it.as_user) != *as_user {
                own.entry(*container).or_default().as_user = *as_user;
                changed = true;
            }
        }
        if changed {
            self.analysis = analyse(&self.files, self.members, &self.policy);
            let fresh = self.fresh();
            self.session.refresh(&self.analysis.judged.open, fresh);
        }
        changed
    }

    /// Takes an owner's values for the container that is asked about, and asks it again.
    pub(super) fn decide(&mut self, container: ContainerId, own: Own) {
        self.policy.settings.own.insert(container, own);
        self.analysis = analyse(&self.files, self.members, &self.policy);
        let fresh = self.fresh();
        self.session.renew(&self.analysis.judged.open, fresh);
    }

    /// The values that would be written for a container.
    pub(super) fn proposed(&self, container: ContainerId) -> Own {
        proposed(&self.files, self.members, &self.policy, container).unwrap_or_default()
    }

    /// The project with a waiver of a finding, as far as it is mended.
    ///
    /// # Errors
    /// Why it cannot stand in the file, and what to do.
    pub(super) fn waive(&self, finding: &Finding, waiver: &Waiver) -> Result<Waived, String> {
        waive(&self.files, self.members, &self.policy, &self.analysis, finding, waiver)
    }

    /// Writes the waivers of all rounds, after the fixes: what they remove needs none.
    pub(super) fn write_waivers(&mut self) {
        for (finding, waiver) in std::mem::take(&mut self.waivers) {
            let same = self.findings().iter().find(|it| key(it) == key(&finding));
            let Some(same) = same.cloned() else { continue };
            match self.waive(&same, &waiver) {
                Ok(done) => {
                    self.changed.insert(done.site.file);
                    self.files = done.files;
                    self.analysis = done.analysis;
                    self.waived += 1;
                }
                Err(why) => self.refused.push((same, why)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mend::fixtures;

    const WEAK: &str = "services:\n  web:\n    image: a\n    privileged: true\n";

    fn on_desk(text: &str, work: impl FnOnce(Desk<'_>)) {
        let (files, members, policy) = fixtures::project(text);
        let project = Project { files, members, inputs: vec![Some(0)], bases: Vec::new() };
        let analysis = analyse(&project.files, &project.members, &policy);
        work(Desk::new(&project, &policy, analysis));
    }

    #[test]
    fn what_is_accepted_is_done_and_what_is_left_is_not_asked_again() {
        on_desk(WEAK, |mut desk| {
            let first = desk.question().unwrap().rule;
            assert_eq!(first, "privileged");
            desk.session.answer(Answer::Fix(0));
            desk.session.leave_rest();
            assert_eq!(desk.accepted(), (1, 0));
            desk.carry_out().unwrap();
            assert!(!desk.files[0].tree.text().contains("privileged: true"));
            assert!(desk.session.left().iter().all(|it| desk.findings()[*it].rule != "root-user"));
            assert_eq!((desk.accepted(), desk.changed.len()), ((1, 0), 1));
        });
    }

    #[test]
    fn a_waiver_is_written_after_the_fixes_and_waives() {
        on_desk(WEAK, |mut desk| {
            let waiver = Waiver { reason: "agent".to_owned(), until: None };
            desk.session.answer(Answer::Waive(waiver));
            desk.session.leave_rest();
            let open = desk.findings().len();
            desk.carry_out().unwrap();
            desk.write_waivers();
            assert_eq!((desk.waived, desk.findings().len()), (1, open - 1));
            assert!(desk.files[0].tree.text().contains("# casehard: allow privileged -- agent\n"));
        });
    }

    #[test]
    fn who_runs_as_a_user_keeps_no_capability_of_root() {
        let text = "services:\n  db:\n    image: postgres:16\n    volumes: [./data:/var/lib/postgresql/data]\n";
        on_desk(text, |mut desk| {
            let keeps = |desk: &Desk<'_>| {
                let caps =
                    desk.findings().iter().find(|it| it.rule == "kept-capabilities").unwrap();
                caps.fixes[0].title.contains("SETUID")
            };
            assert_eq!((desk.question().unwrap().rule, keeps(&desk)), (USER_RULE, true));
            desk.answer(Answer::Fix(0));
            assert_eq!((desk.question().unwrap().rule, keeps(&desk)), ("kept-capabilities", false));
            let sure = |it: &Finding| it.confidence() >= Confidence::Likely;
            assert!(desk.session.left().iter().all(|it| sure(&desk.findings()[*it])));
            desk.answer(Answer::Fix(0));
            desk.back();
            assert!(!keeps(&desk));
            desk.back();
            assert_eq!((desk.question().unwrap().rule, keeps(&desk)), (USER_RULE, true));
        });
    }

    #[test]
    fn the_rest_follows_the_user_too() {
        let text = "services:\n  db:\n    image: postgres:16\n    volumes: [./data:/var/lib/postgresql/data]\n";
        for (least, user, root) in
            [(Confidence::Risky, true, false), (Confidence::Likely, false, true)]
        {
            on_desk(text, |mut desk| {
                desk.accept_rest(least);
                desk.carry_out().unwrap();
                let text = desk.files[0].tree.text();
                assert_eq!(
                    (text.contains("user:"), text.contains("SETUID")),
                    (user, root),
                    "{text}"
                );
            });
        }
    }

    #[test]
    fn an_owners_value_is_written_and_sure() {
        on_desk(WEAK, |mut desk| {
            let user = Some("999:50".parse().unwrap());
            let container = desk.question().unwrap().container;
            desk.decide(container, Own { user, ..Own::default() });
            let finding = desk.findings().iter().find(|it| it.rule == "root-user").unwrap();
            assert_eq!(finding.confidence(), Confidence::Likely);
            desk.accept_rest(Confidence::Risky);
            desk.carry_out().unwrap();
            assert!(desk.files[0].tree.text().contains("user: \"999:50\""));
        });
    }
}
