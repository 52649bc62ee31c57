//! The last lines of a run: what was fixed, left, refused, waived.

use std::collections::BTreeSet;

use super::standing;
use crate::finding::{Confidence, Finding, Severity};
use crate::source::{Passed, Why};
use crate::standard::Standing;

/// What became of the findings of a run.
#[derive(Debug, Default)]
pub struct Summary {
    /// Files that were looked at.
    pub files: usize,
    /// Containers in them.
    pub containers: usize,
    /// What was passed over, counted by reason, as `2 other files`.
    pub passed: Vec<String>,
    /// Files that were, or would be, written.
    pub written: usize,
    /// Findings that were, or would be, mended.
    pub fixed: usize,
    /// Pods and Jobs among what is mended: a cluster does not change them in place.
    pub frozen: usize,
    /// Findings that are left, by the confidence of their best fix.
    pub left: [usize; 4],
    /// Findings of severity info that are left.
    pub info: usize,
    /// Fixes that were chosen but could not be carried out.
    pub refused: usize,
    /// Findings that a waiver covers.
    pub waived: usize,
    /// Files that could not be done.
    pub failed: usize,
    /// Pods by the level of the Pod Security Standards that they meet.
    pub levels: [usize; 3],
    /// The version of Kubernetes whose standards those are; the newest when it is not said.
    pub kubernetes: Option<(u32, u32)>,
}

impl Summary {
    /// Counts a finding that is left.
    pub fn leave(&mut self, finding: &Finding) {
        if finding.severity == Severity::Info {
            self.info += 1;
        } else {
            self.left[finding.confidence() as usize] += 1;
        }
    }

    /// Counts what was mended in a project, by what it was in.
    pub fn mend<'f>(&mut self, mended: impl Iterator<Item = &'f str>) {
        let mut frozen = BTreeSet::new();
        for subject in mended {
            self.fixed += 1;
            let workload = subject.split(' ').next().unwrap_or("");
            if workload.starts_with("Pod/") || workload.starts_with("Job/") {
                frozen.insert(workload);
            }
        }
        self.frozen += frozen.len();
    }

    /// Counts where pods stand.
    pub fn stand(&mut self, standings: &[Standing]) {
        standings.iter().for_each(|it| self.levels[it.level as usize] += 1);
    }

    /// How many findings are left that can fail a check.
    pub fn remaining(&self) -> usize {
        self.left.iter().sum()
    }

    /// The lines that close a run that mends.
    pub fn mended(&self) -> String {
        let (findings, files) = (count(self.fixed, "finding"), count(self.written, "file"));
        let mut parts = vec![
            format!("{findings} fixed in {files}"),
            format!("{} left in {}", self.remaining(), self.looked_at()),
        ];
        parts.extend(self.rest());
        format!("{}{}\n", parts.join(", "), self.hint())
    }

    fn looked_at(&self) -> String {
        format!("{} of {}", count(self.containers, "container"), count(self.files, "file"))
    }

    fn rest(&self) -> Vec<String> {
        let mut parts = Vec::new();
        let mut add = |number: usize, text: &str| {
            if number > 0 {
                parts.push(format!("{number} {text}"));
            }
        };
        add(self.info, "for information");
        add(self.waived, "waived");
        add(self.refused, "refused");
        add(self.failed, "could not be done");
        parts.extend(passed_over(&self.passed));
        parts
    }

    fn hint(&self) -> String {
        let of = |it: Confidence| self.left[it as usize];
        let mut lines = Vec::new();
        lines.extend(standing::counts(self.levels, self.kubernetes).map(|it| format!("  {it}")));
        if self.frozen > 0 {
            let (kind, them) =
                if self.frozen == 1 { ("Pod or Job", "it") } else { ("Pods or Jobs", "them") };
            lines.push(format!(
                "  {} {kind} cannot be changed in a cluster: delete {them} there before the file is applied",
                self.frozen
            ));
        }
        if of(Confidence::Safe) + of(Confidence::Likely) > 0 {
            lines.push(format!(
                "  {} can be fixed with --yes",
                of(Confidence::Safe) + of(Confidence::Likely)
            ));
        }
        if of(Confidence::Risky) > 0 {
            lines.push(format!(
                "  {} can be fixed but may break something: review, or --yes --confidence risky",
                of(Confidence::Risky)
            ));
        }
        if of(Confidence::Manual) > 0 {
            let needs = if of(Confidence::Manual) == 1 { "needs" } else { "need" };
            lines.push(format!("  {} {needs} the owner", of(Confidence::Manual)));
        }
        match lines.is_empty() {
            true => String::new(),
            false => format!("\n{}", lines.join("\n")),
        }
    }
}

/// What was passed over, as the end of a sentence; nothing where nothing was.
pub fn passed_over(counts: &[String]) -> Option<String> {
    (!counts.is_empty()).then(|| format!("passed over: {}", counts.join(", ")))
}

/// How many things were passed over for each reason.
pub fn by_reason(passed: &[Passed]) -> Vec<String> {
    let mut reasons: Vec<&Why> = passed.iter().map(|it| &it.why).collect();
    reasons.sort();
    let mut counts: Vec<(&str, &str, usize)> = Vec::new();
    for (one, many) in reasons.into_iter().filter_map(Why::counted) {
        match counts.iter_mut().find(|it| it.0 == one) {
            Some(it) => it.2 += 1,
            None => counts.push((one, many, 1)),
        }
    }
    let text = |(one, many, number)| format!("{number} {}", if number == 1 { one } else { many });
    counts.into_iter().map(text).collect()
}

/// `1 file`, `2 files`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// So many fixes, in words.
pub fn count_fixes(number: usize) -> String {
    if number == 1 { "1 fix".to_owned() } else { format!("{number} fixes") }
}
