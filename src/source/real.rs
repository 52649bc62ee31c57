//! Where paths lead to without links, and what lies above them: each folder is asked for once in a run.

use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use foldhash::HashMap;

/// Where paths lead to without links, as it was when each was first asked for; by their texts, since to take paths apart
/// costs more than all else of a look-up.
#[derive(Debug, Default)]
pub struct Reals {
    known: HashMap<OsString, Option<PathBuf>>,
}

impl Reals {
    /// Where a path leads to; nothing where nothing is there.
    pub fn of(&mut self, path: &Path) -> Option<PathBuf> {
        if let Some(known) = self.known.get(path.as_os_str()) {
            return known.clone();
        }
        let real = self.find(path);
        self.known.insert(path.into(), real.clone());
        real
    }

    fn find(&mut self, path: &Path) -> Option<PathBuf> {
        let (Some(folder), Some(Component::Normal(name))) =
            (path.parent(), path.components().next_back())
        else {
            return fs::canonicalize(path).ok();
        };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let real = self.of(folder)?.join(name);
        match fs::symlink_metadata(&real).ok()?.is_symlink() {
            true => fs::canonicalize(real).ok(),
            false => Some(real),
        }
    }
}

/// Looks for files of one name in folders and those above them.
///
/// The nearest wins. The search ends with the root of the repository, which holds `.git`.
#[derive(Debug)]
pub struct Upwards {
    name: &'static str,
    reals: Reals,
    /// The nearest file for each folder without links.
    known: HashMap<OsString, Option<PathBuf>>,
}

impl Upwards {
    /// A search for a name.
    pub fn new(name: &'static str) -> Upwards {
        Upwards { name, reals: Reals::default(), known: HashMap::default() }
    }

    /// The file that is nearest to a file or folder.
    pub fn from(&mut self, start: &Path) -> Option<PathBuf> {
        let real = self.reals.of(start)?;
        self.nearest(&real)
    }

    fn nearest(&mut self, folder: &Path) -> Option<PathBuf> {
        let mut way: Vec<&Path> = Vec::new();
        let mut found = None;
        for folder in folder.ancestors() {
            if let Some(known) = self.known.get(folder.as_os_str()) {
                found.clone_from(known);
                break;
            }
            way.push(folder);
            let candidate = folder.join(self.name);
            if candidate.is_file() {
                found = Some(candidate);
                break;
            }
            if super::is_repository(folder) {
                break;
            }
        }
        for folder in way {
            self.known.insert(folder.into(), found.clone());
        }
        found
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_path_leads_where_the_system_says() {
        let all = tempfile::tempdir().unwrap();
        let at = |name: &str| all.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::write(at("a/b/f"), "").unwrap();
        symlink("a", at("l")).unwrap();
        symlink("../a/b/f", at("a/g")).unwrap();
        symlink("round", at("round")).unwrap();
        let mut reals = Reals::default();
        let names =
            ["a/b/f", "l/b/f", "l/../a/g", "a/g", "a/./b/..", "l", "round", "none", "a/b/f/x"];
        for name in names.iter().chain(&names) {
            assert_eq!(reals.of(&at(name)), fs::canonicalize(at(name)).ok(), "{name}");
        }
        for name in ["src", ".", "src/../tests", "none", ".."] {
            assert_eq!(reals.of(Path::new(name)), fs::canonicalize(name).ok(), "{name}");
        }
    }

    #[test]
    fn the_nearest_file_within_the_repository_is_found() {
        let all = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(all.path()).unwrap();
        let at = |name: &str| root.join(name);
        for it in ["out/in/deep", "out/own/deep", "out/.git"] {
            fs::create_dir_all(at(it)).unwrap();
        }
        for it in ["c.toml", "out/in/c.toml"] {
            fs::write(at(it), "").unwrap();
        }
        let mut upwards = Upwards::new("c.toml");
        for _ in 0..2 {
            assert_eq!(upwards.from(&at("out/in/deep")), Some(at("out/in/c.toml")));
            assert_eq!(upwards.from(&at("out/own/deep")), None);
            assert_eq!(upwards.from(&at("out/none")), None);
            assert_eq!(upwards.from(&root), Some(at("c.toml")));
        }
    }
}
