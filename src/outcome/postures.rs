//! The decision checklist before a run and after it, and how many containers hold what.

use foldhash::HashMap;

use crate::batch::Project;
use crate::finding::ContainerId;
use crate::mend::{Mended, Policy, Postures, Unproven, postures};
use crate::posture::{Answer, Holds, Posture, Question};

/// The checklist of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PosturePair {
    /// As the files were.
    pub before: Posture,
    /// As the fixes leave it, where files of its project change.
    pub after: Option<Posture>,
}

impl PosturePair {
    /// The answer before, and the one after where it is another.
    pub fn answers(&self, question: Question) -> (&Answer, Option<&Answer>) {
        let before = self.before.answer(question);
        let after = self.after.as_ref().map(|it| it.answer(question));
        (before, after.filter(|it| is_another(before, it)))
    }

    /// Whether the posture is held after the fixes.
    pub fn holds(&self, question: Question) -> Holds {
        self.after.as_ref().unwrap_or(&self.before).answer(question).holds
    }
}

/// Whether it says something else; that lines moved is nothing else.
fn is_another(before: &Answer, after: &Answer) -> bool {
    let told =
        |it: &Answer| -> Vec<_> { it.parts.iter().map(|it| (it.name, it.value.clone())).collect() };
    before.holds != after.holds || told(before) != told(after)
}

/// The answers of projects before and after they were mended; those of a project that was not proven stay as they are.
pub fn pairs(
    before: Vec<Postures>,
    projects: &[Project],
    mended: &[Result<Mended, Unproven>],
    policy: &Policy,
) -> Vec<HashMap<ContainerId, PosturePair>> {
    let pair = |(before, (project, mended)): (Postures, (&Project, &Result<Mended, Unproven>))| {
        let mut after = match mended {
            Ok(it) => postures(&it.files, &project.members, policy),
            Err(_) => Postures::default(),
        };
        let pairs = before.into_iter().map(|(id, before)| {
            let after = after.remove(&id).filter(|it| *it != before);
            (id, PosturePair { before, after })
        });
        pairs.collect()
    };
    before.into_iter().zip(projects.iter().zip(mended)).map(pair).collect()
}

/// How many containers hold one thing of the posture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Before the fixes: held, not held, not known, not applicable.
    pub before: [usize; 4],
    /// After them.
    pub after: [usize; 4],
}

impl Held {
    /// Of how many containers it is asked.
    pub fn asked(&self) -> usize {
        self.before[..3].iter().sum()
    }
}

/// How many of these containers hold each of the eight.
pub fn held<'p>(pairs: impl Iterator<Item = &'p PosturePair>) -> [Held; 8] {
    let mut all = [Held::default(); 8];
    for pair in pairs {
        for question in Question::ALL {
            let held = &mut all[question as usize];
            held.before[pair.before.answer(question).holds as usize] += 1;
            held.after[pair.holds(question) as usize] += 1;
        }
    }
    all
}
