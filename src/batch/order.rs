//! Projects whose files others extend come first, so that heirs are judged by mended bases.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Project;
use crate::mend::Shared;
use crate::workload::{File, clean};

/// The newest states of files that changed in the run, by cleaned path.
#[derive(Default)]
pub struct Changed(HashMap<PathBuf, Shared>);

impl Changed {
    /// Notes files that changed.
    pub fn add(&mut self, files: impl IntoIterator<Item = Shared>) {
        self.0.extend(files.into_iter().map(|it| (clean(&it.path), it)));
    }
}

impl Project {
    /// Takes the newest states of files that are only read here; whether any is new.
    pub fn refresh(&mut self, changed: &Changed) -> bool {
        let mut any = false;
        for (file, input) in self.files.iter_mut().zip(&self.inputs) {
            if changed.0.is_empty() || input.is_some() {
                continue;
            }
            let Some(newer) = changed.0.get(&clean(&file.path)) else { continue };
            if Arc::ptr_eq(&newer.tree, &file.tree) {
                continue;
            }
            let read = File { in_scope: false, judged_elsewhere: true, ..(**newer).clone() };
            *file = Arc::new(read);
            any = true;
        }
        any
    }

    /// Its files, with its own in a later state.
    pub(super) fn with(&self, later: &[Shared]) -> Vec<Shared> {
        let both = self.files.iter().zip(later).zip(&self.inputs);
        let newer = |((read, own), input): ((&Shared, &Shared), &Option<usize>)| match input {
            Some(_) => Arc::clone(own),
            None => Arc::clone(read),
        };
        both.map(newer).collect()
    }
}

/// Sorts projects by how many others, one after the other, have to come before them. What stands in a circle cannot wait.
pub(super) fn by_dependence(projects: Vec<Project>) -> Vec<Project> {
    if projects.iter().all(|it| it.bases.is_empty()) {
        return projects;
    }
    let mut numbered: Vec<_> = depths(&projects).into_iter().zip(projects).collect();
    numbered.sort_by_key(|it| it.0);
    numbered.into_iter().map(|it| it.1).collect()
}

fn depths(projects: &[Project]) -> Vec<usize> {
    let heirs = heirs(projects);
    let mut waiting = vec![0_usize; projects.len()];
    heirs.iter().flatten().for_each(|it| waiting[*it] += 1);
    let mut depths = vec![0; projects.len()];
    let mut ready: Vec<usize> = (0..projects.len()).filter(|it| waiting[*it] == 0).collect();
    while let Some(base) = ready.pop() {
        for &heir in &heirs[base] {
            depths[heir] = depths[heir].max(depths[base] + 1);
            waiting[heir] -= 1;
            if waiting[heir] == 0 {
                ready.push(heir);
            }
        }
    }
    depths
}

/// For each project those that extend something of it.
fn heirs(projects: &[Project]) -> Vec<HashSet<usize>> {
    let mut holders: HashMap<PathBuf, Vec<usize>> = HashMap::new();
    for (number, project) in projects.iter().enumerate() {
        for file in project.files.iter().filter(|it| it.in_scope) {
            holders.entry(clean(&file.path)).or_default().push(number);
        }
    }
    let of = |path: &Path| holders.get(path).into_iter().flatten().copied();
    let mut heirs = vec![HashSet::new(); projects.len()];
    for (number, project) in projects.iter().enumerate() {
        for base in project.bases.iter().flat_map(|it| of(it)).filter(|it| *it != number) {
            heirs[base].insert(number);
        }
    }
    heirs
}
