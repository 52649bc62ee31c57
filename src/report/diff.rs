//! One unified diff, as `patch -p1` and `git apply` take it.

use std::path::Path;

use similar::TextDiff;

/// The diff of one file.
pub fn unified(path: &Path, old: &str, new: &str) -> String {
    let name = name(path);
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .missing_newline_hint(true)
        .to_string()
}

/// The path as a patch names it: relative, with slashes.
fn name(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.trim_start_matches("./").trim_start_matches('/').to_owned()
}
