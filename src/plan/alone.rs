//! One fix by itself, with those that it needs to be valid.

use std::collections::BTreeMap;

use foldhash::HashMap;

use super::{Choice, changes, fix};
use crate::finding::{ContainerId, FileId, Finding};
use crate::workload::Files;
use crate::yaml::Change;

/// Where the finding of each rule on each container is.
pub struct Index<'f>(HashMap<(ContainerId, &'static str), usize>, &'f [Finding]);

impl<'f> Index<'f> {
    /// Finds all of them.
    pub fn of(findings: &'f [Finding]) -> Index<'f> {
        let all = findings.iter().enumerate().rev();
        Index(all.map(|(at, it)| ((it.container, it.rule), at)).collect(), findings)
    }

    /// The changes of each file that a fix makes by itself; nothing where it cannot be carried out without others.
    pub fn alone(
        &self,
        files: &Files<'_>,
        choice: Choice,
    ) -> Option<BTreeMap<FileId, Vec<Change>>> {
        let findings = self.1;
        let mut kept = vec![choice];
        let mut at = 0;
        while let Some(&next) = kept.get(at) {
            at += 1;
            let container = findings[next.finding].container;
            for rule in &fix(findings, next).needs {
                // What is not found is mended already.
                let Some(&finding) = self.0.get(&(container, *rule)) else { continue };
                if kept.iter().all(|it| it.finding != finding) {
                    (!findings[finding].fixes.is_empty()).then_some(())?;
                    kept.push(Choice { finding, fix: 0 });
                }
            }
        }
        let wanted = kept.len();
        let changes = changes(files, findings, &mut kept, &mut Vec::new());
        (kept.len() == wanted).then_some(changes)
    }
}
