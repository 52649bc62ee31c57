//! Whose fix it is that a stretch of a file changes, where many fixes are made together.

use foldhash::HashMap;

use super::edits::{Alone, edits};
use super::table::{Numbers, Table};
use super::{Judged, State};
use crate::batch::Project;
use crate::finding::{ContainerId, FileId};
use crate::mend::Analysis;
use crate::yaml::{Replacement, Span, replacements};

/// What each fix does by itself.
pub(super) struct Single {
    /// By rule, container and message: the edits of the finding's fixes.
    of: HashMap<(&'static str, ContainerId, String), Vec<Alone>>,
}

impl Single {
    pub(super) fn of(project: &Project, before: &Analysis) -> Single {
        let all = before.judged.open.iter().zip(edits(project, before));
        let key = |it: &crate::finding::Finding| (it.rule, it.container, it.message.to_string());
        Single { of: all.map(|(it, edits)| (key(it), edits)).collect() }
    }

    /// Gives each finding that is mended, from the first on, the stretches of its files that its fix changes. Every
    /// stretch belongs to one finding at least; what several fixes write together belongs to all of them.
    pub(super) fn share(self, table: &mut Table, numbers: &Numbers, first: usize) {
        let mut changes: HashMap<usize, Vec<(Replacement, bool)>> = HashMap::default();
        let findings = &mut table.findings[first..];
        let mut fixed: Vec<usize> = Vec::new();
        for (at, it) in findings.iter().enumerate() {
            if it.state == State::Fixed {
                fixed.push(at);
            }
        }
        for &at in &fixed {
            let it = &findings[at].finding;
            let key = (it.rule, it.container, it.message.to_string());
            let own = self.of.get(&key).into_iter().flatten().flatten().flatten();
            let places: Vec<(FileId, Span)> =
                own.flat_map(|(file, all)| all.iter().map(move |it| (*file, it.span))).collect();
            let mut taken: Vec<(usize, Vec<Replacement>)> = Vec::new();
            for (file, span) in places {
                let number = numbers.file(file);
                let all = changes.entry(number).or_insert_with(|| of_file(&table.files[number]));
                let touched = all.iter_mut().filter(|it| touches(it.0.span, span));
                for (change, owned) in touched {
                    *owned = true;
                    add(&mut taken, number, change);
                }
            }
            findings[at].edits = vec![Some(taken)];
        }
        let Some(&last) = fixed.last() else { return };
        // What came in a later round goes with the fix before it in the file.
        for (number, all) in numbers_changed(&table.files, numbers, changes) {
            for (change, _) in all.iter().filter(|it| !it.1) {
                let before = fixed.iter().rev().find(|it| {
                    let it = &findings[**it];
                    it.file == number && it.finding.site.span.start <= change.span.start
                });
                let owner = *before.unwrap_or(&last);
                if let Some(Some(taken)) = findings[owner].edits.first_mut() {
                    add(taken, number, change);
                }
            }
        }
    }
}

/// The changes of every file of the project that changes, in the order of the files.
fn numbers_changed(
    files: &[Judged],
    numbers: &Numbers,
    mut known: HashMap<usize, Vec<(Replacement, bool)>>,
) -> Vec<(usize, Vec<(Replacement, bool)>)> {
    let of =
        |number: usize| (number, known.remove(&number).unwrap_or_else(|| of_file(&files[number])));
    numbers.files().map(of).collect()
}

fn of_file(file: &Judged) -> Vec<(Replacement, bool)> {
    let Some(after) = &file.after else { return Vec::new() };
    let all = replacements(file.before.tree.text(), after.tree.text());
    all.into_iter().map(|it| (it, false)).collect()
}

fn touches(one: Span, other: Span) -> bool {
    one.start <= other.end && other.start <= one.end
}

fn add(taken: &mut Vec<(usize, Vec<Replacement>)>, file: usize, change: &Replacement) {
    match taken.iter_mut().find(|it| it.0 == file) {
        Some(it) if it.1.contains(change) => (),
        Some(it) => it.1.push(change.clone()),
        None => taken.push((file, vec![change.clone()])),
    }
}
