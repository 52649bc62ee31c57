//! What a run comes to that mends, or shows what it would mend.

use foldhash::HashMap;

use super::checked::{Told, decided};
use super::joint::Single;
use super::remark::emitted;
use super::table::{Numbers, Table};
use super::waivers::Count;
use super::{Action, FileState, Outcome, State, Wanted, remarks};
use crate::batch::{Batch, Project};
use crate::finding::{ContainerId, FileId, Finding, Fix, Site};
use crate::mend::{Fixed, Mended, Policy, Shared, Subject, Unproven};

/// How a file was written: why it could not be, where it could not.
pub type Written = Result<(), String>;

impl Outcome {
    /// What became of the projects of a batch. `written` says how each changed file of each project was written; none
    /// where it was to be shown only.
    pub fn mended(
        batch: &Batch,
        all: Vec<Result<Mended, Unproven>>,
        policy: &Policy,
        written: Option<&HashMap<(usize, FileId), Written>>,
        mut wanted: Wanted,
    ) -> Outcome {
        let action = if written.is_some() { Action::Write } else { Action::Plan };
        let mut table = Table::default();
        table.take_files(&batch.projects);
        let mut waivers = Count::default();
        for (number, (project, result)) in batch.projects.iter().zip(all).enumerate() {
            match result {
                Err(unproven) => fail(&mut table, project, &unproven),
                Ok(mended) => {
                    let first = table.findings.len();
                    let own = wanted.edits.then(|| Single::of(project, &mended.before));
                    let why = |id: FileId| written?.get(&(number, id))?.as_ref().err().cloned();
                    let failed = mended.changed.iter().any(|it| why(*it).is_some());
                    let numbers = take_in((&mut table, &mut waivers), project, mended, action, why);
                    let mut pairs = wanted.pairs_of(number);
                    if failed {
                        pairs.values_mut().for_each(|it| it.after = None);
                    }
                    table.pose(&numbers, pairs);
                    if let Some(own) = own {
                        own.share(&mut table, &numbers, first);
                    }
                }
            }
        }
        decided(&mut table, 0, policy);
        Outcome::of(action, Told::of(batch), (table, waivers), policy, wanted.whole)
    }
}

/// A project that was not proven: it is as it was.
fn fail(table: &mut Table, project: &Project, it: &Unproven) {
    let message = format!(
        "internal error, the file is left as it was: {}; please file a bug with this file",
        it.message
    );
    let first = project.files.first().map(|it| it.path.clone());
    let is_it = |path: &std::path::Path| path == it.path || first.as_deref() == Some(path);
    if let Some(file) = table.files.iter_mut().find(|it| is_it(&it.path)) {
        file.state = FileState::Failed(message);
    }
}

fn take_in(
    (table, waivers): (&mut Table, &mut Count),
    project: &Project,
    mended: Mended,
    action: Action,
    why: impl Fn(FileId) -> Option<String>,
) -> Numbers {
    let failed = mended.changed.iter().any(|it| why(*it).is_some());
    // What could not be written is as it was.
    let now = if failed { &mended.before } else { &mended.after };
    // In a plan, and where nothing could be written, they stand where they stood.
    let placed: (&[Subject], &[_]) = match failed || action == Action::Plan {
        true => (&mended.before.subjects, &project.files),
        false => (&mended.after.subjects, &mended.files),
    };
    let numbers = table.enter(project, placed, now);
    table.remarks.extend(remarks(project, now));
    if !failed {
        table.remarks.extend(emitted(project, &mended, action));
    }
    waivers.add(&numbers, now);
    for &id in &mended.changed {
        let file = &mut table.files[numbers.file(id)];
        file.state = why(id).map_or(FileState::Changed, FileState::Failed);
        file.after = Some(mended.files[id.0 as usize].clone());
    }
    if failed {
        for it in mended.before.judged.open {
            table.report(&numbers, &project.files, it, State::Open);
        }
        return numbers;
    }
    let changed = !mended.changed.is_empty();
    for (old, new) in mended.before.standings.iter().zip(&mended.after.standings) {
        table.stand(&numbers, &mended.files, old, Some(new).filter(|_| changed));
    }
    left(table, project, &numbers, mended, action);
    numbers
}

/// The findings, mended and left.
fn left(table: &mut Table, project: &Project, numbers: &Numbers, mended: Mended, action: Action) {
    let Mended { before, after, files, fixed, changed, mut refused, waived: _ } = mended;
    let old = Old {
        files: &project.files,
        changed: &changed,
        found: found(&before.judged.open),
        subjects: &before.subjects,
    };
    let planned = action == Action::Plan;
    // In a plan all places are those of the files as they are.
    let texts = if planned { &project.files } else { &files };
    for it in after.judged.waived {
        let finding = if planned { old.place(it.finding) } else { it.finding };
        table.report(numbers, texts, finding, State::Waived(it.reason));
    }
    for it in after.judged.open {
        let same = |other: &(Finding, String)| other.0.key() == it.key();
        let state = match refused.iter().position(same) {
            Some(at) => State::Refused(refused.remove(at).1),
            None => State::Open,
        };
        table.report(numbers, texts, if planned { old.place(it) } else { it }, state);
    }
    for it in fixed {
        table.report(numbers, &project.files, old.fixed(it), State::Fixed);
    }
}

/// The places of findings by their keys; of several that are the same, that of the first.
fn found(all: &[Finding]) -> HashMap<Key<'_>, Site> {
    let mut found = HashMap::default();
    for it in all {
        found.entry(it.key()).or_insert(it.site);
    }
    found
}

/// What tells a finding from the others of its project.
type Key<'f> = (&'static str, ContainerId, &'f str);

/// A project as it was before it was mended.
struct Old<'o> {
    files: &'o [Shared],
    changed: &'o [FileId],
    /// The place of each finding.
    found: HashMap<Key<'o>, Site>,
    subjects: &'o [Subject],
}

impl Old<'_> {
    /// The finding with the place that it had, or that of its container.
    fn place(&self, finding: Finding) -> Finding {
        let was = self.found.get(&finding.key());
        let site =
            was.copied().unwrap_or_else(|| self.of_container(finding.container, finding.site.file));
        Finding { site, ..finding }
    }

    fn of_container(&self, id: ContainerId, file: FileId) -> Site {
        let subject = self.subjects.iter().find(|it| it.id == id);
        subject.map_or(Site { file, span: crate::yaml::Span { start: 0, end: 0 } }, |it| it.site)
    }

    /// A finding that was mended, with the fix that did it.
    fn fixed(&self, it: Fixed) -> Finding {
        let is_old = self.files.iter().any(|file| std::sync::Arc::ptr_eq(file, &it.text));
        let site = match is_old {
            true => it.site,
            false => self.of_container(it.container, it.site.file),
        };
        // It names the file that it wrote, where that is another than its own.
        let written = it.files.iter().find(|it| self.changed.contains(it));
        let other = written.filter(|other| **other != it.site.file);
        let title = match other.map(|it| self.files[it.0 as usize].path.display()) {
            Some(path) => format!("{} in {path}", it.title).into(),
            None => it.title,
        };
        let fix = Fix {
            title,
            confidence: it.confidence,
            basis: it.basis,
            may_break: it.may_break,
            edits: Vec::new(),
            needs: Vec::new(),
        };
        Finding {
            rule: it.rule,
            severity: it.severity,
            container: it.container,
            subject: it.subject,
            site,
            message: it.message,
            fixes: vec![fix],
            advice: None,
        }
    }
}
