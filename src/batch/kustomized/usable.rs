//! Whether a kustomization can take patches for a manifest.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::built::Looked;
use super::objects::with_pods;
use super::unknown::unknown;
use super::{FOLDER, Place, Why};
use crate::batch::{Batch, Project};
use crate::mend::{Id, Shared, is_patch, resources};
use crate::source;
use crate::workload::clean;
use crate::workload::kubernetes::{NAMES, is_kustomization, named};

/// A kustomization of the run, and the files that it lists, from the root.
pub(super) type Listed = (PathBuf, HashSet<PathBuf>);

impl Batch {
    /// The kustomizations of the run.
    pub(super) fn listed(&self) -> Vec<Listed> {
        let mut looked = Looked::default();
        let all = self.inputs.iter().filter(|it| is_kustomization(&it.path));
        let listed = all.filter_map(|it| {
            let tree = looked.tree(&it.path)?;
            let folder = it.path.parent().unwrap_or(Path::new(""));
            let names = named(&tree).resources;
            let files = names.iter().filter_map(|it| rooted(&folder.join(it)));
            Some((it.path.clone(), files.collect()))
        });
        listed.collect()
    }
}

fn rooted(path: &Path) -> Option<PathBuf> {
    source::from_the_root(path).map(|it| clean(&it))
}

impl Place {
    /// The kustomization, if it can take patches for a manifest; it says why it takes none of this one.
    pub(super) fn usable(
        mut self,
        project: &Project,
        listed: &[Listed],
        looked: &mut Looked,
    ) -> Result<Place, Why> {
        let there = NAMES.map(|it| self.folder.join(it));
        let mut there = there.iter().filter(|it| it.symlink_metadata().is_ok());
        if let (Some(first), Some(second)) = (there.next(), there.next()) {
            let message = format!(
                "{} lies here too, and kustomize takes one of them in a folder: remove the other",
                first.display()
            );
            return Err((second.clone(), None, message));
        }
        if self.why.is_some() {
            return Ok(self);
        }
        let folder = self.folder.join(FOLDER);
        if folder.symlink_metadata().is_ok() && !folder.is_dir() {
            let message = "a file is where the folder of the patches should be: remove it, or give it another name";
            return Err((folder, None, message.to_owned()));
        }
        if self.file.tree.text().is_empty() {
            return Ok(self);
        }
        let built = looked.built(&self.folder, &self.file.tree);
        if let Some(why) = built.stale(looked, &self.folder, &self.file) {
            return Err(why);
        }
        let tree = &project.files[0].tree;
        let ids = with_pods(tree);
        for (number, id) in &ids {
            let Some((path, line)) = built.other(id) else { continue };
            let all = resources(tree).unwrap_or_default();
            let place = all.get(*number).map(|it| tree.position(it.node.span().start));
            let message = format!(
                "{} is built from {}:{line} too, by {}: a patch would mean both",
                id.called(),
                path.display(),
                self.file.path.display()
            );
            return Err((project.path().to_owned(), place.map(|it| (it.line, it.column)), message));
        }
        let ids: Vec<Id> = ids.into_iter().map(|it| it.1).collect();
        self.why = self
            .also(project, listed)
            .or_else(|| unknown(looked, (&self.folder, &self.file), &ids));
        Ok(self)
    }

    /// Why a patch in this kustomization would not be over all that is built of a manifest.
    fn also(&self, project: &Project, listed: &[Listed]) -> Option<String> {
        let path = rooted(project.path())?;
        let is_other = |it: &&Listed| clean(&it.0) != clean(&self.file.path);
        let other = listed.iter().filter(is_other).find(|it| it.1.contains(&path))?;
        Some(format!(
            "{} builds it too, and a patch in {} would not be over that",
            other.0.display(),
            self.file.path.display()
        ))
    }

    /// Why a file that is there is not to be written over.
    pub(super) fn is_taken(&self, name: &str, own: &Shared) -> Option<String> {
        let named = named(&self.file.tree);
        let is_it = |it: &String| clean(Path::new(it)) == clean(Path::new(name));
        if named.resources.iter().any(is_it) {
            let at = self.file.path.display();
            return Some(format!(
                "{at} names it under `resources`, and a patch would have to lie there: move it"
            ));
        }
        let is_free = own.tree.text().trim().is_empty() || is_patch(own.tree.text());
        (!is_free && !named.patches.iter().any(is_it)).then(|| {
            "it was not written by casehard, and a patch would have to lie there: move it"
                .to_owned()
        })
    }
}
