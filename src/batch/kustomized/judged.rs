//! Manifests that are judged with the patches which an earlier run put over them.

use std::path::Path;
use std::sync::Arc;

use memchr::memmem::find;

use super::objects::with_pods;
use super::{Batch, Emits, FOLDER, For, Loaded, Place, Project, Read};
use crate::finding::FileId;
use crate::mend::{self, Analysis};
use crate::workload::kubernetes::is_kustomization;
use crate::yaml::{Kind, Tree};

impl Batch {
    /// Has manifests judged with the patches of an earlier run over them, and leaves those out where they lie by
    /// themselves.
    pub fn put_patches_over(&mut self) {
        self.each_patched(|batch, project, place, read| {
            let mut with = project.clone();
            let is_over = place.why.is_none() && place.has_own();
            let mut put =
                || batch.patch(&mut with, place, (Vec::new(), read), For::Judging).is_ok();
            Some(if is_over && put() { with } else { project })
        });
        self.mark_emitted();
    }

    /// Leaves out the patches of an earlier run, which are mended with the manifests that they are for. One that makes
    /// sure of what its manifest says stands against writing there: that is a problem.
    pub fn without_patches(&mut self) {
        self.each_patched(|batch, project, place, read| {
            let named = place.named();
            for (_, id) in with_pods(&project.files[0].tree) {
                let name = format!("{FOLDER}/{}", id.file_name());
                let path = place.folder.join(&name);
                let own = batch.there(&path, read).ok().flatten();
                let own = own.filter(|it| named.contains(Path::new(&name)) && tests(&it.tree));
                if own.is_some() {
                    let message = format!(
                        "{} tests what it says, and would apply no more: run again with --emit kustomize, or take that \
                         patch away first",
                        path.display()
                    );
                    batch.refuse((project.path().to_owned(), None, message));
                    return None;
                }
            }
            Some(project)
        });
    }

    /// Goes through the manifests of kustomizations, where any of them names patches of an earlier run.
    fn each_patched(
        &mut self,
        one: impl Fn(&mut Batch, Project, &Place, &mut Read) -> Option<Project>,
    ) {
        let names_ours = |it: &Loaded| {
            let bytes = it.source.as_ref().map_or(&[][..], |it| &it.bytes);
            is_kustomization(&it.path) && find(bytes, FOLDER.as_bytes()).is_some()
        };
        if !self.inputs.iter().any(names_ours) {
            return;
        }
        let mut read = Read::default();
        for project in std::mem::take(&mut self.projects) {
            let judged = match self.place(&project, &mut read) {
                Ok(place) if place.is_own(&project) => None,
                Ok(place) => one(self, project, &place, &mut read),
                Err(_) => Some(project),
            };
            self.projects.extend(judged);
        }
    }

    /// Tells what was found in the places of the manifests on the disk.
    pub fn in_their_places(&mut self, analyses: &mut [Analysis]) {
        for (project, analysis) in self.projects.iter_mut().zip(analyses) {
            let Some(Emits::Patches(it)) = &project.emits else { continue };
            mend::found_on_disk(analysis, FileId(0), (&project.files[0], &it.base));
            project.files[0] = Arc::clone(&it.base);
        }
    }
}

/// Whether a patch is one of operations, which make sure of what they find.
fn tests(patch: &Tree) -> bool {
    patch.documents().any(|it| it.resolve().kind() == Kind::Sequence)
}
