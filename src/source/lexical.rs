//! Paths as they are written: nothing is asked of the disk but the current folder, and links are not followed.

use std::path::{Component, Path, PathBuf};

/// A path from the root, without `.` and `..`; as it is where nobody knows the folder that the program runs in. Links are
/// not followed.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).map_or_else(|_| path.to_owned(), |it| clean(&it))
}

/// A path without `.` and, where a name stands before it, without `..`.
pub fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => (),
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    out
}
