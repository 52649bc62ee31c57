//! Files below a folder that another file mentions: what leads out of the folder is not followed.

use std::cell::OnceCell;
use std::fs::{self, Metadata};
use std::path::{Component, Path, PathBuf};

use super::read::{is_missing, read_up_to};

/// What a look for a file below a folder brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// Its content.
    Bytes(Vec<u8>),
    /// Nothing is there.
    Missing,
    /// A folder is there.
    Folder,
    /// It lies outside of the folder, behind `..` or a symbolic link.
    Outside,
    /// It is larger than the limit.
    TooLarge,
    /// It cannot be read.
    Refused,
}

/// A folder below which is looked.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Without links, once that is asked for: most of what files mention is not there.
    root: OnceCell<Option<PathBuf>>,
}

impl Folder {
    /// A folder as the user would name it; the empty path is the current one.
    pub fn new(path: &Path) -> Folder {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        Folder { path: path.to_owned(), root: OnceCell::new() }
    }

    /// Reads a file below it, up to a limit.
    pub fn read(&self, path: &Path, limit: u64) -> Within {
        let (real, metadata) = match self.find(path) {
            Ok(found) => found,
            Err(why) => return why,
        };
        if metadata.is_dir() {
            return Within::Folder;
        }
        if metadata.is_file() && metadata.len() > limit {
            return Within::TooLarge;
        }
        match read_up_to(limit, &real) {
            Ok(Some(source)) => Within::Bytes(source.bytes.into_vec()),
            Ok(None) => Within::Missing,
            Err(_) => Within::Refused,
        }
    }

    /// The names of what is in a folder below it, sorted, up to a number of them.
    pub fn names(&self, path: &Path, most: usize) -> Vec<String> {
        let Ok((real, _)) = self.find(path) else { return Vec::new() };
        let entries = fs::read_dir(real).into_iter().flatten().filter_map(Result::ok);
        // Fewer than so many are all that are text, whatever else is there.
        let names = entries.filter_map(|it| it.file_name().into_string().ok());
        let mut names: Vec<String> = names.take(most).collect();
        names.sort_unstable();
        names
    }

    /// Where a path leads to without links, and what is there.
    fn find(&self, path: &Path) -> Result<(PathBuf, Metadata), Within> {
        // It is itself whatever links lead to it.
        if path.components().all(|it| it == Component::CurDir) {
            return Ok((self.path.clone(), fs::metadata(&self.path).map_err(|it| why(&it))?));
        }
        let mut last = fs::symlink_metadata(self.path.join(path)).map_err(|it| why(&it))?;
        let root = self.root.get_or_init(|| fs::canonicalize(&self.path).ok());
        let root = root.as_ref().ok_or(Within::Missing)?;
        let mut real = root.clone();
        for part in path.components() {
            match part {
                Component::CurDir => continue,
                Component::Normal(name) => real.push(name),
                _ => return behind_links(root, path),
            }
            last = fs::symlink_metadata(&real).map_err(|it| why(&it))?;
            if last.is_symlink() {
                return behind_links(root, path);
            }
        }
        Ok((real, last))
    }
}

/// Where a path with links or `..` leads to.
fn behind_links(root: &Path, path: &Path) -> Result<(PathBuf, Metadata), Within> {
    let real = fs::canonicalize(root.join(path)).map_err(|it| why(&it))?;
    if !real.starts_with(root) {
        return Err(Within::Outside);
    }
    let metadata = fs::metadata(&real).map_err(|it| why(&it))?;
    Ok((real, metadata))
}

fn why(error: &std::io::Error) -> Within {
    if is_missing(error) { Within::Missing } else { Within::Refused }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_leads_out_of_the_folder_is_not_followed() {
        let all = tempfile::tempdir().unwrap();
        let (inside, outside) = (all.path().join("in"), all.path().join("out"));
        fs::create_dir_all(inside.join("a")).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(inside.join("a/f"), "own").unwrap();
        fs::write(outside.join("f"), "other").unwrap();
        symlink(&inside, all.path().join("link")).unwrap();
        symlink("a", inside.join("to_a")).unwrap();
        symlink(&outside, inside.join("to_out")).unwrap();
        symlink("../out/f", inside.join("f_out")).unwrap();
        symlink("nowhere", inside.join("broken")).unwrap();
        for named in [&inside, &all.path().join("link")] {
            let folder = Folder::new(named);
            let check = |path: &str, expected: Within| {
                assert_eq!(folder.read(Path::new(path), 16), expected, "{path}");
            };
            let own = || Within::Bytes(b"own".to_vec());
            check("a/f", own());
            check("./a/./f", own());
            check("to_a/f", own());
            check("a/../a/f", own());
            check("../in/a/f", own());
            check(inside.join("a/f").to_str().unwrap(), own());
            check(".", Within::Folder);
            check("a", Within::Folder);
            check("to_a", Within::Folder);
            check("../out/f", Within::Outside);
            check("to_out/f", Within::Outside);
            check("to_out", Within::Outside);
            check("f_out", Within::Outside);
            check(outside.join("f").to_str().unwrap(), Within::Outside);
            check("broken", Within::Missing);
            check("a/f/g", Within::Missing);
            check("a/g", Within::Missing);
            assert_eq!(folder.read(Path::new("a/f"), 2), Within::TooLarge);
            assert_eq!(folder.names(Path::new("to_a"), 8), ["f"]);
            assert!(folder.names(Path::new("to_out"), 8).is_empty());
        }
        assert_eq!(Folder::new(&all.path().join("none")).read(Path::new("a"), 16), Within::Missing);
    }

    #[test]
    fn names_that_are_no_text_take_no_place_among_those_that_are() {
        use std::os::unix::ffi::OsStrExt as _;

        let all = tempfile::tempdir().unwrap();
        for name in [&b"\xff1"[..], b"\xff2", b"\xff3", b"compose.yaml"] {
            fs::write(all.path().join(std::ffi::OsStr::from_bytes(name)), "").unwrap();
        }
        assert_eq!(Folder::new(all.path()).names(Path::new("."), 1), ["compose.yaml"]);
    }
}
