//! The numbers that files and containers have in the whole run.

use std::cmp::Ordering;
use std::path::PathBuf;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::edits::Alone;
use super::{Container, FileState, Judged, Pod, PosturePair, Prints, Remark, Reported, State};
use crate::batch::Project;
use crate::finding::{ContainerId, FileId, Finding, Site};
use crate::mend::{Analysis, Shared, Subject, name_files};
use crate::standard::Standing;
use crate::workload::{File, plain};
use crate::yaml::Replacement;

/// The files and containers of a run while its outcome is put together.
#[derive(Default)]
pub(super) struct Table {
    pub(super) files: Vec<Judged>,
    pub(super) containers: Vec<Container>,
    pub(super) findings: Vec<Reported>,
    pub(super) pods: Vec<Pod>,
    pub(super) remarks: Vec<Remark>,
    /// The number of each file by its path.
    numbers: HashMap<PathBuf, usize>,
    /// Of how many files and findings nothing is held any more that is not told.
    slim: (usize, usize),
}

/// The numbers of one project in the run.
pub(super) struct Numbers {
    files: Vec<usize>,
    containers: HashMap<ContainerId, usize>,
}

impl Numbers {
    pub(super) fn file(&self, id: FileId) -> usize {
        self.files[id.0 as usize]
    }

    /// The numbers of its files, each once.
    pub(super) fn files(&self) -> impl Iterator<Item = usize> {
        let mut files = self.files.clone();
        files.sort_unstable();
        files.dedup();
        files.into_iter()
    }

    pub(super) fn container(&self, id: ContainerId) -> Option<usize> {
        self.containers.get(&id).copied()
    }
}

impl Table {
    /// Takes in the files that are judged, in the order in which the run read them, then those that are only read.
    pub(super) fn take_files(&mut self, projects: &[Project]) {
        let all = || projects.iter().flat_map(|it| it.files.iter().zip(&it.inputs));
        let mut judged: Vec<(usize, &Shared)> =
            all().filter_map(|(file, input)| Some(((*input)?, file))).collect();
        judged.sort_by_key(|it| it.0);
        judged.iter().for_each(|it| self.add(it.1, true));
        all().for_each(|(file, _)| self.add(file, false));
    }

    fn add(&mut self, file: &Shared, named: bool) {
        if let Some(&known) = self.numbers.get(&file.path) {
            self.files[known].named |= named;
            return;
        }
        self.numbers.insert(file.path.clone(), self.files.len());
        self.files.push(Judged {
            path: file.path.clone(),
            before: Arc::clone(file),
            after: None,
            state: FileState::Same,
            named,
        });
    }

    /// Lets go of what is not told of the files and findings that came since the last time, but of these files.
    pub(super) fn let_go(&mut self, but: &HashSet<usize>, prints: bool) {
        let (files, findings) = self.slim;
        let mut texts: HashMap<*const File, Shared> = HashMap::default();
        let mut edited: HashSet<usize> = HashSet::default();
        for it in &mut self.findings[findings..] {
            if but.contains(&it.file) {
                continue;
            }
            edited.extend(it.edits.iter().flatten().flatten().map(|it| it.0));
            // What fixes write is told by their edits of bytes.
            it.finding.fixes.iter_mut().for_each(|it| it.edits = Vec::new());
            it.finding.fixes.shrink_to_fit();
            if prints {
                it.prints = Some(Box::new(Prints::of(it)));
            }
            let text = texts.entry(Arc::as_ptr(&it.text));
            it.text = Arc::clone(text.or_insert_with(|| Arc::new(it.text.only_text())));
            // What several parts read may have had nothing to tell before.
            let file = &mut self.files[it.file];
            if it.file < files && file.before.tree.text().is_empty() {
                file.before = Arc::clone(&it.text);
            }
        }
        for (number, it) in self.files.iter_mut().enumerate().skip(files) {
            if but.contains(&number) {
                continue;
            }
            it.before = match texts.get(&Arc::as_ptr(&it.before)) {
                Some(text) => Arc::clone(text),
                None if edited.contains(&number) => Arc::new(it.before.only_text()),
                None => Arc::new(plain(it.path.clone(), "")),
            };
        }
        self.slim = (self.files.len(), self.findings.len());
    }

    /// Brings files into the order of their paths, those that are judged first, and containers into that of their files.
    /// Yields the new numbers of files by the old ones where they are others.
    pub(super) fn in_order(&mut self) -> Option<Vec<usize>> {
        let by_path =
            |a: &Judged, b: &Judged| b.named.cmp(&a.named).then_with(|| a.path.cmp(&b.path));
        let files = sorted(&mut self.files, by_path);
        if let Some(files) = &files {
            let inside = self.findings.iter_mut().flat_map(|it| &mut it.edits).flatten().flatten();
            let of_edits = inside.map(|it| &mut it.0);
            of_edits.for_each(|it| *it = files[*it]);
            self.findings.iter_mut().for_each(|it| it.file = files[it.file]);
            self.pods.iter_mut().for_each(|it| it.file = files[it.file]);
            self.containers.iter_mut().for_each(|it| it.file = files[it.file]);
            self.pods.sort_by_key(|it| it.file);
        }
        if let Some(containers) = sorted(&mut self.containers, |a, b| a.file.cmp(&b.file)) {
            let held = self.findings.iter_mut().filter_map(|it| it.container.as_mut());
            held.for_each(|it| *it = containers[*it]);
        }
        self.remarks.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// The numbers of a project, whose containers are taken in as they stand in one of its texts, with what would raise
    /// what is left.
    pub(super) fn enter(
        &mut self,
        project: &Project,
        (subjects, texts): (&[Subject], &[Shared]),
        left: &Analysis,
    ) -> Numbers {
        let files = project.files.iter().map(|it| self.numbers[&it.path]).collect();
        let mut numbers = Numbers { files, containers: HashMap::default() };
        let mut raises = left.raises();
        for subject in subjects {
            let file = &texts[subject.site.file.0 as usize];
            numbers.containers.insert(subject.id, self.containers.len());
            self.containers.push(Container {
                file: numbers.file(subject.site.file),
                line: file.tree.position(subject.site.span.start).line,
                name: Arc::clone(&subject.name),
                image: subject.image.clone(),
                raise: raises.remove(&subject.id).cloned(),
                posture: None,
                is_filtered: false,
            });
        }
        numbers
    }

    /// Takes in the answers of the checklist.
    pub(super) fn pose(&mut self, numbers: &Numbers, pairs: HashMap<ContainerId, PosturePair>) {
        for (id, pair) in pairs {
            let container = numbers.container(id).map(|it| &mut self.containers[it]);
            if let Some(container) = container {
                container.posture = Some(Box::new(pair));
            }
        }
    }

    /// Takes in a finding whose place is in one of these texts.
    pub(super) fn report(
        &mut self,
        numbers: &Numbers,
        texts: &[Shared],
        mut finding: Finding,
        state: State,
    ) {
        name_files(texts, &mut finding);
        let text = &texts[finding.site.file.0 as usize];
        self.findings.push(Reported {
            file: numbers.file(finding.site.file),
            container: numbers.container(finding.container),
            text: Arc::clone(text),
            state,
            edits: Vec::new(),
            decided: None,
            prints: None,
            finding,
        });
    }

    /// What the fixes of the last finding do by themselves.
    pub(super) fn edit(&mut self, numbers: &Numbers, edits: Vec<Alone>) {
        let Some(last) = self.findings.last_mut() else { return };
        let in_run = |all: Vec<(FileId, Vec<Replacement>)>| {
            all.into_iter().map(|it| (numbers.file(it.0), it.1)).collect()
        };
        last.edits = edits.into_iter().map(|it| it.map(in_run)).collect();
    }

    /// Takes in where a pod stands, and where it stands after it was mended.
    pub(super) fn stand(
        &mut self,
        numbers: &Numbers,
        texts: &[Shared],
        before: &Standing,
        after: Option<&Standing>,
    ) {
        let Site { file, span } = before.site;
        self.pods.push(Pod {
            file: numbers.file(file),
            line: texts[file.0 as usize].tree.position(span.start).line,
            before: before.clone(),
            after: after.cloned(),
        });
    }

    /// Room for so many findings more and containers more.
    pub(super) fn reserve(&mut self, findings: usize, containers: usize) {
        self.findings.reserve_exact(findings);
        self.containers.reserve_exact(containers);
    }

    /// Brings the findings into the order in which people read files.
    pub(super) fn sort(&mut self) {
        self.findings.sort_by_cached_key(|it| (it.file, it.finding.site.span.start));
    }
}

/// Sorts; yields the new numbers by the old ones where they are others.
fn sorted<T>(all: &mut Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> Option<Vec<usize>> {
    if all.is_sorted_by(|a, b| order(a, b).is_le()) {
        return None;
    }
    let mut numbered: Vec<(usize, T)> = std::mem::take(all).into_iter().enumerate().collect();
    numbered.sort_by(|a, b| order(&a.1, &b.1));
    let mut new = vec![0; numbered.len()];
    numbered.iter().enumerate().for_each(|(at, it)| new[it.0] = at);
    all.extend(numbered.into_iter().map(|it| it.1));
    Some(new)
}
