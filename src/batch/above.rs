//! The folders above those of a run, up to the root of their repository: Compose files there may put its files together.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use foldhash::HashMap;

use crate::source;
use crate::workload::clean;

/// How far up folders are looked at that are in no repository.
const LEVELS: usize = 3;

/// The folders above these, each once.
pub(super) fn folders(below: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let mut levels = HashMap::default();
    let mut found = BTreeSet::new();
    for folder in below {
        let root = levels_below_root(folder, &mut levels).unwrap_or(LEVELS);
        found.extend(std::iter::successors(parent(folder), |it| parent(it)).take(root));
    }
    found
}

/// How far above a folder the root of its repository is; nothing where it is in none.
fn levels_below_root(folder: &Path, known: &mut HashMap<OsString, Option<usize>>) -> Option<usize> {
    if let Some(known) = known.get(folder.as_os_str()) {
        return *known;
    }
    let levels = match source::is_repository(folder) {
        true => Some(0),
        false => parent(folder).and_then(|it| levels_below_root(&it, known)).map(|it| it + 1),
    };
    known.insert(folder.into(), levels);
    levels
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
