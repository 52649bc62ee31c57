//! What is carried out among the findings: what was decided, and else what is sure enough.

use super::{Policy, Shared};
use crate::decisions::{Answer, Word};
use crate::finding::{Confidence, Finding};
use crate::plan::Choice;
use crate::workload::File;

impl Policy {
    /// What was decided of a finding on that file.
    pub fn decided(&self, file: &File, finding: &Finding) -> Option<Answer> {
        self.decisions.answer(finding, file, self.today)
    }

    /// The fixes to carry out: those that were decided for, and where nobody decided the best one of each finding that
    /// is at least so sure.
    pub fn choose(
        &self,
        files: &[Shared],
        findings: &[Finding],
        otherwise: Option<Confidence>,
    ) -> Vec<Choice> {
        let sure = |it: &Finding| it.sure_fix(otherwise?);
        let chosen = |(finding, it): (usize, &Finding)| {
            let fix = match self.decided(&files[it.site.file.0 as usize], it) {
                Some(Answer::Fix(fix)) => Some(fix),
                Some(Answer::Leave | Answer::Allow(_) | Answer::Stale(Word::No)) => None,
                // Yes to something else is no word against this.
                Some(Answer::Stale(_)) | None => sure(it),
            };
            Some(Choice { finding, fix: fix? })
        };
        findings.iter().enumerate().filter_map(chosen).collect()
    }
}
