//! Texts of a project in a folder of their own, each where it lies, so that Compose reads them and not those on disk.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::super::Failure;
use super::super::new_files::{NewFile, Others, write_all};
use super::bench::PREFIX;
use crate::engine::mark;

/// The most that is linked of a folder.
const MOST: usize = 4000;

/// The folder, which goes with it.
pub(super) struct Mirror(TempDir);

impl Mirror {
    /// An empty one.
    ///
    /// # Errors
    /// There is no place for it.
    pub(super) fn new() -> Result<Mirror, Failure> {
        let prefix = format!("{PREFIX}{}-", mark::own());
        let place = tempfile::Builder::new().prefix(&prefix).tempdir();
        place.map(Mirror).map_err(|it| Failure(format!("no folder for the trial: {it}")))
    }

    /// Puts the text of a file into it, and tells where.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn put(&self, path: &Path, text: &str) -> Result<PathBuf, Failure> {
        let mirrored = self.at(path);
        let file = NewFile { path: mirrored.clone(), bytes: text.as_bytes().to_vec() };
        write_all(&[file], Others::Kept)?;
        Ok(mirrored)
    }

    /// Links what lies beside the files and above them: what is included or extended names its own neighbours. What
    /// cannot be linked is what Compose will miss, and say.
    pub(super) fn surround(&self, files: impl Iterator<Item = PathBuf>) {
        let folders: BTreeSet<PathBuf> = files
            .flat_map(|it| it.ancestors().skip(1).map(Path::to_owned).collect::<Vec<_>>())
            .collect();
        for folder in &folders {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MOST);
            for path in entries.map(|it| it.path()).filter(|it| !folders.contains(it)) {
                let _ = symlink(&path, self.at(&path));
            }
        }
    }

    /// A text of Compose's without the place.
    pub(super) fn untold(&self, text: &str) -> String {
        text.replace(&*self.0.path().to_string_lossy(), "")
    }

    fn at(&self, path: &Path) -> PathBuf {
        self.0.path().join(path.strip_prefix("/").unwrap_or(path))
    }
}
