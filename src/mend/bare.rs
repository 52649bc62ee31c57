//! Findings without what their fixes write: of thousands it is more than all that is told.

use super::Shared;
use crate::finding::{Finding, Fix};
use crate::series::series;

/// Takes out what the fixes of a finding write; their titles go on saying where.
pub(super) fn without_edits(files: &[Shared], finding: &mut Finding) {
    name_files(files, finding);
    finding.fixes.iter_mut().for_each(|it| it.edits = Vec::new());
}

/// Lets the titles of fixes say in which files they are written, where those are others than that of the finding.
pub fn name_files(files: &[Shared], finding: &mut Finding) {
    for at in 0..finding.fixes.len() {
        if finding.fixes[at].edits.iter().any(|it| it.file != finding.site.file) {
            finding.fixes[at].title = title(files, finding, &finding.fixes[at]).into();
        }
    }
}

/// What a fix does, and in which file where that is another than the one in which its finding stands.
pub fn title(files: &[Shared], finding: &Finding, fix: &Fix) -> String {
    let mut others: Vec<String> = Vec::new();
    for edit in fix.edits.iter().filter(|it| it.file != finding.site.file) {
        let path = files[edit.file.0 as usize].path.display().to_string();
        if !others.contains(&path) {
            others.push(path);
        }
    }
    match others.is_empty() {
        true => fix.title.to_string(),
        false => format!("{} in {}", fix.title, series(&others)),
    }
}
