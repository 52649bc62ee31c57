//! What lies on the host where a service mounts it, looked at and never opened.

use std::fs;

use ignore::WalkBuilder;

use crate::trial::Place;

/// The most entries of a folder that are looked at.
const MOST: usize = 1_000_000;

/// What lies at a path.
pub(super) fn place(path: &str) -> Place {
    match fs::metadata(path) {
        Err(_) => Place::Absent,
        Ok(it) if it.is_dir() => Place::Folder,
        Ok(it) if it.is_file() => Place::File,
        Ok(_) => Place::Special,
    }
}

/// What lies in a folder that others of the host may listen at, or why that cannot be told.
pub(super) fn leads_out(path: &str) -> Option<String> {
    let entries = WalkBuilder::new(path).standard_filters(false).follow_links(false).build();
    for (at, entry) in entries.enumerate() {
        if at == MOST {
            return Some("it has too many files to be looked through".to_owned());
        }
        let entry = match entry {
            Ok(it) => it,
            Err(it) => return Some(format!("it cannot be looked through: {it}")),
        };
        let is_plain = |it: fs::FileType| it.is_dir() || it.is_file() || it.is_symlink();
        if !entry.file_type().is_some_and(is_plain) {
            return Some(format!("{} is a socket, a pipe or a device", entry.path().display()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_socket_below_a_folder_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/.b");
        fs::create_dir_all(&below).unwrap();
        fs::write(below.join("file"), "x").unwrap();
        let path = folder.path().to_str().unwrap();
        assert_eq!(leads_out(path), None);
        let _socket = std::os::unix::net::UnixListener::bind(below.join("own.sock")).unwrap();
        assert!(leads_out(path).unwrap().contains("own.sock"));
        assert_eq!(place(below.join("own.sock").to_str().unwrap()), Place::Special);
        assert_eq!(place(below.join("file").to_str().unwrap()), Place::File);
        assert_eq!((place(path), place("/not/there")), (Place::Folder, Place::Absent));
    }
}
