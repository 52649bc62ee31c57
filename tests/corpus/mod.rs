//! Real files beside the repository, where they are there.

use std::fs;
use std::path::Path;

/// The names and texts of all YAML and JSON files of the corpus that are UTF-8.
pub(crate) fn files() -> Vec<(String, String)> {
    below("../shared/corpus")
}

/// The same of a folder, named from that of the package.
pub(crate) fn below(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.filter_map(|it| Some(it.ok()?.path())) {
            if path.is_dir() {
                folders.push(path);
            } else if is_yaml(&path)
                && let Ok(text) = fs::read_to_string(&path)
            {
                found.push((path.display().to_string(), text));
            }
        }
    }
    found.sort();
    found
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json")
}
