//! The questions are those of the files as they stand with what is accepted: an accepted fix settles some, changes what is
//! said of others, and brings new ones to light.

use foldhash::HashSet;

use super::bench::{Bench, Stage};
use crate::batch::Project;
use crate::decisions::Answer;
use crate::evidence::Raise;
use crate::finding::{Confidence, ContainerId, Finding, Fix, Severity};
use crate::mend::{Policy, kin};

/// All that is told with a question.
#[derive(PartialEq)]
struct Told<'f> {
    whom: (&'f str, &'f str),
    severity: Severity,
    message: &'f str,
    advice: Option<&'f str>,
    /// Each fix: what it does, how sure it is, on what that rests, what may break.
    fixes: Vec<(&'f str, Confidence, &'f str, Option<&'f str>)>,
    /// What would make it sure.
    raise: Option<&'f Raise>,
}

impl<'f> Told<'f> {
    fn of(finding: &'f Finding, raise: Option<&'f Raise>) -> Told<'f> {
        let fixes = finding.fixes.iter();
        Told {
            whom: (finding.rule, &finding.subject),
            severity: finding.severity,
            message: &finding.message,
            advice: finding.advice.as_deref(),
            fixes: fixes
                .map(|it| (&*it.title, it.confidence, &*it.basis, it.may_break.as_deref()))
                .collect(),
            raise,
        }
    }
}

impl Bench {
    /// Goes on to the files with what is accepted, where something else is asked or said there than here. What could not
    /// be proven is told when everything is answered.
    pub(super) fn go_along(&mut self, project: &Project, policy: &Policy) {
        if self.stage != Stage::Open || self.open(policy).next().is_none() {
            return;
        }
        let accepted: Vec<(ContainerId, &Fix)> = self.accepted(policy).collect();
        if accepted.is_empty() || self.waits(project, policy, &accepted) {
            return;
        }
        let Ok(mended) = Bench::mended(project, policy) else { return };
        let next = self.with(mended, policy);
        if next.told(policy) != self.told(policy) {
            *self = next;
        }
    }

    /// The fixes that are accepted here.
    fn accepted<'b>(&'b self, policy: &'b Policy) -> impl Iterator<Item = (ContainerId, &'b Fix)> {
        let fix = |(number, it): (usize, &'b Finding)| match self.answer(policy, number)? {
            Answer::Fix(fix) => Some((it.container, &it.fixes[fix])),
            Answer::Leave | Answer::Allow(_) | Answer::Stale(_) => None,
        };
        self.findings().iter().enumerate().filter_map(fix)
    }

    /// Whether others whom these fixes reach, by a place that is shared or a base, are asked still: where such a fix is
    /// written, and what goes with it, depends on all of them.
    fn waits(&self, project: &Project, policy: &Policy, accepted: &[(ContainerId, &Fix)]) -> bool {
        let edits = accepted.iter().flat_map(|it| &it.1.edits);
        let shared = edits.filter_map(|it| it.shared.as_ref()).filter(|it| it.users.len() > 1);
        let containers: HashSet<ContainerId> = accepted.iter().map(|it| it.0).collect();
        let mut reached = kin(&self.files, &project.members, policy, &containers);
        reached.extend(shared.flat_map(|it| it.users.iter().copied()));
        self.open(policy).any(|it| reached.contains(&self.at(it).container))
    }

    /// What is told with each question that is still to be answered.
    fn told<'b>(&'b self, policy: &'b Policy) -> Vec<Told<'b>> {
        let raises = self.analysis.raises();
        let open = self.open(policy).map(|it| self.at(it));
        open.map(|it| Told::of(it, raises.get(&it.container).copied())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::bench::Asks;
    use super::super::board::Board;
    use super::*;
    use crate::decisions::{By, Word};
    use crate::mend::{carry_out, fixtures};

    /// Says yes to whatever is asked, one by one; yields the text that comes of it, and that of accepting everything.
    fn one_by_one(text: &str) -> (String, String) {
        let (files, members, mut policy) = fixtures::project(text);
        policy.accepts = Confidence::Risky;
        let all = carry_out(&files, &members, &policy, Some(Confidence::Risky)).unwrap();
        let inputs = vec![Some(0)];
        let mut projects = [Project { files, members, inputs, bases: Vec::new(), emits: None }];
        let by = By { name: "Ann".to_owned(), on: policy.today };
        let mut board = Board::new(&mut projects, &policy, (by, Asks::default()));
        while let Some(at) = board.next(board.at) {
            board.at = at;
            let word = if board.finding(at).fixes.is_empty() { Word::No } else { Word::Yes };
            board.say(at, word, 0);
        }
        let mended = Bench::mended(&board.projects[0], &board.policy).unwrap();
        let text = |it: &crate::mend::Mended| it.files[0].tree.text().to_owned();
        (text(&mended), text(&all))
    }

    #[test]
    fn yes_to_each_question_is_what_accepting_everything_writes() {
        for text in [
            "services:\n  a:\n    image: example/a\n    volumes: [/run/docker.sock:/run/docker.sock]\n  b:\n    image: nginx:1.27\n",
            // What the heir needs of its own is not asked once it inherits the rest.
            "services:\n  web:\n    image: nginx:1.27\n  site:\n    extends: web\n    volumes: [./templates:/etc/nginx/templates]\n",
            // What the heir would write alone stands in the way of its base.
            "services:\n  heir:\n    extends: {service: \"${BASE:-web}\"}\n  web:\n    image: x\n",
            "services:\n  a: &a\n    image: redis:7\n    privileged: true\n  b: *a\n",
        ] {
            let (one, all) = one_by_one(text);
            assert_eq!(one, all);
        }
    }
}
