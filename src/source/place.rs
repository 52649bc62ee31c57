//! Which file a path leads to, however it is spelled: by `..`, by links, by one of several names.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

/// How many links lead on from each other before they are taken for a circle, as the kernel does.
const LINKS: usize = 40;

/// What a path leads to.
#[derive(Debug, Clone)]
pub struct Place {
    /// Without links; the file need not be there.
    path: PathBuf,
    /// Device and inode of a file that is there, where the platform has such things.
    inode: Option<(u64, u64)>,
}

impl Place {
    /// What a path leads to.
    pub fn of(path: &Path) -> Place {
        Place { path: target(path), inode: fs::metadata(path).ok().and_then(|it| inode(&it)) }
    }

    /// That of an open file, which may have no name.
    #[cfg(unix)]
    pub(super) fn of_open(file: impl std::os::fd::AsFd) -> Option<Place> {
        let file = File::from(file.as_fd().try_clone_to_owned().ok()?);
        Some(Place { path: PathBuf::new(), inode: Some(inode(&file.metadata().ok()?)?) })
    }

    /// Whether both lead to one file.
    pub fn is(&self, other: &Place) -> bool {
        match (self.inode, other.inode) {
            (Some(one), Some(other)) => one == other,
            _ => self.path == other.path,
        }
    }

    /// Whether a file is there.
    pub fn is_there(&self) -> bool {
        self.path.exists() || self.inode.is_some()
    }

    /// Whether it is the device that keeps nothing: many may write to it.
    pub fn is_null(&self) -> bool {
        self.path == Path::new("/dev/null")
    }

    /// The path, without links.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// The path behind all links; that of a file which a link leads to and which is not there yet too.
fn target(path: &Path) -> PathBuf {
    if let Ok(path) = fs::canonicalize(path) {
        return path;
    }
    let mut path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for _ in 0..LINKS {
        let Ok(next) = fs::read_link(&path) else { break };
        // A pipe's name behind a link of /proc is no path.
        let next = path.parent().map_or_else(|| next.clone(), |it| it.join(&next));
        if fs::metadata(&path).is_ok() && fs::symlink_metadata(&next).is_err() {
            break;
        }
        path = next;
    }
    let folder = path.parent().and_then(|it| fs::canonicalize(it).ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_is_one_by_any_of_its_names() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), "").unwrap();
        fs::write(at("b"), "").unwrap();
        fs::create_dir(at("d")).unwrap();
        fs::hard_link(at("a"), at("hard")).unwrap();
        symlink("a", at("link")).unwrap();
        for name in ["a", "hard", "link", "d/../a"] {
            assert!(Place::of(&at(name)).is(&Place::of(&at("a"))), "{name}");
            assert!(!Place::of(&at(name)).is(&Place::of(&at("b"))), "{name}");
        }
        // What is not there yet has a place too.
        symlink("new", at("next")).unwrap();
        symlink("next", at("far")).unwrap();
        assert!(Place::of(&at("far")).is(&Place::of(&at("d/../new"))));
        assert!(!Place::of(&at("far")).is(&Place::of(&at("d/new"))));
        symlink("round", at("round")).unwrap();
        assert!(!Place::of(&at("round")).is_there());
    }
}
