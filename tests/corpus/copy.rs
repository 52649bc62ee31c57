//! A folder copied with all that lies in it.

use std::fs;
use std::path::Path;

/// Copies can be written, whatever the mode of what they are copied from.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.path() {
            it if it.is_dir() => copy(&it, &target),
            it => fs::write(target, fs::read(it).unwrap()).unwrap(),
        }
    }
}
