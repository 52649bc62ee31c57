//! What is changed of a file, part by part: each change with the container that it is made for.

use std::collections::BTreeMap;

use similar::{DiffOp, TextDiff};

use super::page::Page;
use crate::outcome::{Action, Container, Judged, Outcome};
use crate::report::diff;

/// Changes that are shown together.
pub(super) struct Hunk {
    /// Its first line in the file as it was, from one.
    line: usize,
    lines: Vec<(Kind, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Same,
    Gone,
    New,
}

/// The changes of a file by the number of the container that they are made for; nothing for those of no container.
pub(super) fn of_file(outcome: &Outcome, number: usize) -> BTreeMap<Option<usize>, Vec<Hunk>> {
    let mut all: BTreeMap<Option<usize>, Vec<Hunk>> = BTreeMap::new();
    let file = &outcome.files[number];
    let Some(after) = &file.after else { return all };
    let diff = TextDiff::from_lines(file.before.tree.text(), after.tree.text());
    let owners = Owners::of(outcome, number, file);
    for hunk in diff::hunks(&diff, 3) {
        for (owner, ops) in owners.part(hunk) {
            let line = ops.first().map_or(0, |it| it.old_range().start + 1);
            let lines = ops.iter().flat_map(|it| lines(&diff, it)).collect();
            all.entry(owner).or_default().push(Hunk { line, lines });
        }
    }
    all
}

fn lines<'t>(diff: &TextDiff<'t, 't, str>, op: &DiffOp) -> Vec<(Kind, String)> {
    let old = |kind| {
        let all = op.old_range().filter_map(|it| diff.old_slice(it));
        all.map(move |it| (kind, it.to_owned())).collect::<Vec<_>>()
    };
    let new = || {
        let all = op.new_range().filter_map(|it| diff.new_slice(it));
        all.map(|it| (Kind::New, it.to_owned())).collect::<Vec<_>>()
    };
    match op {
        DiffOp::Equal { .. } => old(Kind::Same),
        DiffOp::Delete { .. } => old(Kind::Gone),
        DiffOp::Insert { .. } => new(),
        DiffOp::Replace { .. } => [old(Kind::Gone), new()].concat(),
    }
}

/// Where the containers of a file begin.
struct Owners {
    /// Lines and containers, in the order of the file.
    starts: Vec<(usize, usize)>,
    /// The lines that part its documents.
    marks: Vec<usize>,
    /// Whether the lines are those of the file as it is now.
    now: bool,
    /// Whether what stands above a container is a part of its pod.
    pods: bool,
}

impl Owners {
    fn of(outcome: &Outcome, number: usize, file: &Judged) -> Owners {
        let now = outcome.action == Action::Write;
        let text = if now { file.now() } else { &file.before }.tree.text();
        let marks = text.lines().zip(1..).filter(|it| it.0.starts_with("---")).map(|it| it.1);
        let own = |it: &(usize, &Container)| it.1.file == number;
        let all = outcome.containers.iter().enumerate().filter(own);
        let mut starts: Vec<(usize, usize)> = all.map(|(at, it)| (it.line, at)).collect();
        starts.sort_unstable();
        let pods = starts.first().is_some_and(|it| outcome.containers[it.1].name.contains('/'));
        Owners { starts, marks: marks.collect(), now, pods }
    }

    /// The container that a change is made for.
    fn find(&self, op: &DiffOp) -> Option<usize> {
        let range = if self.now { op.new_range() } else { op.old_range() };
        // What comes behind a line, or went from there, belongs to it.
        let line = if range.is_empty() { range.start } else { range.start + 1 };
        let from = self.marks.iter().rfind(|it| **it <= line).copied().unwrap_or(0);
        let to = self.marks.iter().find(|it| **it > line).copied().unwrap_or(usize::MAX);
        let mut inside = self.starts.iter().filter(|it| it.0 >= from && it.0 < to);
        let first = inside.clone().next().filter(|_| self.pods);
        let above = inside.rfind(|it| it.0 <= line);
        above.or(first).map(|it| it.1)
    }

    /// A hunk in parts of one container each; lines that stay stand in both.
    fn part(&self, hunk: Vec<DiffOp>) -> Vec<(Option<usize>, Vec<DiffOp>)> {
        let mut all: Vec<(Option<usize>, Vec<DiffOp>)> = Vec::new();
        let mut context: Option<DiffOp> = None;
        for op in hunk {
            if matches!(op, DiffOp::Equal { .. }) {
                if let Some(last) = all.last_mut() {
                    last.1.push(op);
                }
                context = Some(op);
                continue;
            }
            let owner = self.find(&op);
            match all.last_mut().filter(|it| it.0 == owner) {
                Some(last) => last.1.push(op),
                None => all.push((owner, context.into_iter().chain([op]).collect())),
            }
            context = None;
        }
        all
    }
}

/// Shows changes.
pub(super) fn show(hunks: &[Hunk], page: &mut Page) {
    page.raw("<pre class=diff tabindex=0>");
    for hunk in hunks {
        page.raw("<span class=at>line ").number(hunk.line).raw("</span>\n");
        for (kind, text) in &hunk.lines {
            let text = text.trim_end_matches(['\n', '\r']);
            match kind {
                Kind::Same => page.raw("  ").text(text),
                Kind::Gone => page.raw("<del>- ").text(text).raw("</del>"),
                Kind::New => page.raw("<ins>+ ").text(text).raw("</ins>"),
            };
            page.raw("\n");
        }
    }
    page.raw("</pre>\n");
}
