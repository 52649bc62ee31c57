//! Everything that changed is written: a kustomization last, so that it names no patch that is not there.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use foldhash::HashMap;

use super::fix::write_file;
use crate::batch::{Batch, Emits, Project};
use crate::finding::FileId;
use crate::mend::{Mended, Unproven};
use crate::outcome::Written;
use crate::source::{self, Journal};

/// How each changed file of each project was written.
type All = HashMap<(usize, FileId), Written>;

/// A patch that was not there before.
struct New {
    at: (usize, FileId),
    path: PathBuf,
    /// The kustomization that is to name it.
    kustomization: PathBuf,
}

/// Writes the files that changed; nothing waits for what is told of them.
pub(super) fn write(
    journal: &mut Journal,
    batch: &Batch,
    mended: &[Result<Mended, Unproven>],
) -> All {
    let mut all = All::default();
    let mut shared = Vec::new();
    let (mut new, mut broken) = (Vec::new(), HashSet::new());
    for last in [false, true] {
        for (number, (project, mended)) in batch.projects.iter().zip(mended).enumerate() {
            let Ok(mended) = mended else { continue };
            let naming = kustomization(project);
            for &id in mended.changed.iter().filter(|it| (naming == Some(**it)) == last) {
                let file = &mended.files[id.0 as usize];
                // What several projects need of a kustomization is written once.
                let before = shared.iter().find(|it: &&(&Path, Written)| it.0 == file.path);
                let written: Written = match before {
                    Some(it) => it.1.clone(),
                    None if last && broken.contains(&file.path) => {
                        Err(format!("{}: {UNNAMED}", file.path.display()))
                    }
                    None => write_file(journal, &batch.inputs, project, id, file.tree.text())
                        .map_err(|it| it.to_string()),
                };
                if project.emits.is_some() && before.is_none() {
                    shared.push((&file.path, written.clone()));
                }
                if let Some(naming) = naming {
                    let kustomization = project.files[naming.0 as usize].path.clone();
                    if written.is_err() {
                        broken.insert(kustomization);
                    } else if !last && project.files[id.0 as usize].tree.text().is_empty() {
                        new.push(New { at: (number, id), path: file.path.clone(), kustomization });
                    }
                }
                all.insert((number, id), written);
            }
        }
    }
    take_away(new.into_iter().filter(|it| broken.contains(&it.kustomization)), &mut all);
    all
}

const UNNAMED: &str = "not written, as a patch that it would name could not be";

/// The kustomization that names the patches of a project.
fn kustomization(project: &Project) -> Option<FileId> {
    match &project.emits {
        Some(Emits::Patches(it)) => Some(it.kustomization),
        Some(Emits::Override { .. }) | None => None,
    }
}

/// Takes away new patches that nothing names.
fn take_away(new: impl Iterator<Item = New>, all: &mut All) {
    for it in new {
        let why = match source::take_away(&it.path) {
            Ok(()) => {
                format!("taken away again, as {} does not name it", it.kustomization.display())
            }
            Err(_) => format!("{} does not name it: remove it", it.kustomization.display()),
        };
        all.insert(it.at, Err(format!("{}: {why}", it.path.display())));
    }
}
