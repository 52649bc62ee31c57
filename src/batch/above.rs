//! The folders above those of a run, up to the root of their repository: Compose files there may put its files together.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::source;
use crate::workload::clean;

/// How far up folders are looked at that are in no repository.
const LEVELS: usize = 3;

/// The folders above these, each once.
pub(super) fn folders(below: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let mut roots: HashMap<PathBuf, bool> = HashMap::new();
    let mut is_root =
        |it: &PathBuf| *roots.entry(it.clone()).or_insert_with(|| source::is_repository(it));
    let mut found = BTreeSet::new();
    for folder in below {
        let way: Vec<PathBuf> =
            std::iter::successors(Some(folder.clone()), |it| parent(it)).collect();
        let root = way.iter().position(&mut is_root);
        found.extend(way.into_iter().skip(1).take(root.unwrap_or(LEVELS)));
    }
    found
}

/// The folder above one, as it is reached from the folder that the program runs in.
fn parent(folder: &Path) -> Option<PathBuf> {
    if folder.as_os_str().is_empty() || folder.ends_with("..") {
        // Above the root there is nothing.
        return clean(&source::from_the_root(folder)?).parent().map(|_| folder.join(".."));
    }
    folder.parent().map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(folder: &str, expected: Option<&str>) {
        assert_eq!(parent(Path::new(folder)), expected.map(PathBuf::from), "{folder}");
    }

    #[test]
    fn a_way_leads_up_by_names_and_then_by_dots() {
        check("a/b", Some("a"));
        check("a", Some(""));
        check("", Some(".."));
        check("..", Some("../.."));
        check("../a", Some(".."));
        check("/a", Some("/"));
        check("/", None);
    }
}
