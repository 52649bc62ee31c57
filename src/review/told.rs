//! What is told beside the questions: what cannot be written, what was answered before, what an answer settles.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::board::Question;
use super::screen::Gone;
use super::talk::Talk;
use crate::decisions::Word;
use crate::finding::FileId;
use crate::report::summary::count;

impl Talk<'_, '_, '_> {
    /// Why files of a project could not be written.
    fn blocked(&self, bench: usize) -> Vec<String> {
        let project = &self.board.projects[bench];
        let files = 0..u32::try_from(project.files.len()).unwrap_or(0);
        files.filter_map(|it| (self.blocked)(project, FileId(it))).collect()
    }

    /// Says before anybody decides what could not be written.
    pub(super) fn tell_blocked(&self, bench: usize) -> Result<(), Gone> {
        self.blocked(bench).iter().try_for_each(|it| {
            self.screen.remark(&format!("{it}. Until then it is not written; answers are kept."))
        })
    }

    /// The same of all files that are asked about, before one decides for many.
    pub(super) fn tell_all_blocked(&self, files: BTreeSet<usize>) -> Result<(), Gone> {
        let why: Vec<String> = files.into_iter().flat_map(|it| self.blocked(it)).collect();
        let Some(first) = why.first() else { return Ok(()) };
        let number = count(why.len(), "file");
        self.screen.remark(&match why.len() {
            1 => format!("Cannot be written: {first}."),
            _ => format!("{number} cannot be written, such as {first}."),
        })
    }

    /// Says what was answered before.
    pub(super) fn show_earlier(&self, at: Question) -> Result<(), Gone> {
        let Some((said, holds)) = self.board.earlier(at) else { return Ok(()) };
        let in_a_word = |it: &Word| match it {
            Word::Yes => "yes",
            Word::No => "no",
            Word::Allow(_) => "allowed",
        };
        let (word, by) = (in_a_word(&said.word), &said.by);
        if let Some(other) = &said.against {
            return self.screen.remark(&format!(
                "Answered {} {} and {word} {by}, and a merge kept both: asked again.",
                in_a_word(&other.word),
                other.by
            ));
        }
        self.screen.remark(&match holds {
            true => format!("Answered {word} {by}. Another answer takes its place."),
            false => format!(
                "Answered {word} {by}, but the place or the fix is another one since: asked again."
            ),
        })
    }

    /// Says how many questions of a file an answer settled beside its own, or brought to light.
    pub(super) fn tell_count(&self, number: usize, before: usize) -> Result<(), Gone> {
        let bench = &self.board.benches[number];
        let now = bench.count(&self.board.policy);
        match now.cmp(&before) {
            // What comes to light at the end is shown as such.
            Ordering::Greater if bench.round > self.round => Ok(()),
            Ordering::Greater => self.screen.remark(&format!(
                "What was accepted brings {} to light.",
                count(now - before, "more question")
            )),
            Ordering::Less => self
                .screen
                .remark(&format!("That settles {} too.", count(before - now, "other question"))),
            Ordering::Equal => Ok(()),
        }
    }
}
