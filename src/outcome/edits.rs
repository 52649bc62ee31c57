//! What each fix does by itself, as bytes that take the place of others.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::batch::Project;
use crate::finding::FileId;
use crate::mend::{self, Analysis};
use crate::parallel;
use crate::plan::{Choice, Index};
use crate::workload::Files;
use crate::yaml::{Editor, Replacement, replacements};

/// The edits of every fix of every open finding of a project, in the order of the findings.
pub fn edits(project: &Project, analysis: &Analysis) -> Vec<Vec<Alone>> {
    let view = mend::view(&project.files);
    let editors: Vec<OnceLock<Editor<'_>>> =
        project.files.iter().map(|_| OnceLock::new()).collect();
    let findings = &analysis.judged.open;
    let index = Index::of(findings);
    let of = |number: usize| {
        let fixes = 0..findings[number].fixes.len();
        fixes.map(|fix| one(&view, &editors, &index, Choice { finding: number, fix })).collect()
    };
    let numbers: Vec<usize> = (0..findings.len()).collect();
    parallel::map(&numbers, ENOUGH, |it| of(*it))
}

/// Findings below this number are not worth a second thread.
const ENOUGH: usize = 16;

/// What a fix does to the files of its project; nothing where it cannot stand alone.
pub type Alone = Option<Vec<(FileId, Vec<Replacement>)>>;

fn one<'t>(
    view: &Files<'t>,
    editors: &[OnceLock<Editor<'t>>],
    index: &Index<'_>,
    choice: Choice,
) -> Alone {
    let changes: BTreeMap<FileId, Vec<_>> = index.alone(view, choice)?;
    let edit = |(file, changes): (FileId, Vec<_>)| {
        let old = view.get(file);
        if old.script.is_some() {
            let new = old.edited(&changes).ok()?;
            return Some((file, replacements(old.tree.text(), &new)));
        }
        let editor = editors[file.0 as usize].get_or_init(|| Editor::new(&old.tree));
        Some((file, editor.edit(&changes).ok()?))
    };
    changes.into_iter().map(edit).collect()
}
