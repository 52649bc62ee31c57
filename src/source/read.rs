//! Reading a file, and telling later whether it is still the one that was read.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::SourceError;
use super::find::not_a_file;

/// The largest input, far above any manifest and below what would take the machine down: a tree takes a multiple of it.
const LIMIT: u64 = 256 << 20;

/// The largest file that is read only because another one mentions it.
const LIMIT_BESIDE: u64 = 16 << 20;

/// A file as it was read.
#[derive(Debug)]
pub struct Source {
    /// The file as the user would name it.
    pub path: PathBuf,
    /// Its content, byte for byte.
    pub bytes: Bytes,
    /// Invariant: taken before `bytes` were read, so that a change while reading shows.
    stamp: Stamp,
}

/// The content of a file, once in memory also where it is a text that others hold.
#[derive(Debug, Clone)]
pub enum Bytes {
    /// Its own.
    Own(Vec<u8>),
    /// A text.
    Text(Arc<String>),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Own(it) => it,
            Bytes::Text(it) => it.as_bytes(),
        }
    }
}

impl Bytes {
    /// The content alone.
    pub fn into_vec(self) -> Vec<u8> {
        match self {
            Bytes::Own(it) => it,
            Bytes::Text(it) => Arc::unwrap_or_clone(it).into_bytes(),
        }
    }

    /// Holds this text in their place, if it is the same.
    pub fn share(&mut self, text: Arc<String>) {
        if **self == *text.as_bytes() {
            *self = Bytes::Text(text);
        }
    }
}

/// What tells that a file was changed or replaced, short of its content.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    /// Device and inode; none where the platform has no such thing.
    inode: Option<(u64, u64)>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        #[cfg(unix)]
        let inode = {
            use std::os::unix::fs::MetadataExt;
            Some((metadata.dev(), metadata.ino()))
        };
        #[cfg(not(unix))]
        let inode = None;
        Stamp { size: metadata.len(), modified: metadata.modified().ok(), inode }
    }
}

/// Reads a file whole; above 256 MiB it is an error.
pub fn read(path: &Path) -> Result<Source, SourceError> {
    read_up_to(LIMIT, path)?
        .ok_or_else(|| SourceError::io(path, &io::Error::from(ErrorKind::NotFound)))
}

/// Reads standard input to its end; above 256 MiB it is an error.
pub fn read_stdin() -> Result<Vec<u8>, SourceError> {
    let path = Path::new("standard input");
    take(LIMIT, (io::stdin().lock(), 0), path)
}

/// Reads a file that another one mentions, such as `.env` or a Dockerfile, if it is there.
///
/// Above 16 MiB it is an error.
pub fn read_beside(path: &Path) -> Result<Option<Vec<u8>>, SourceError> {
    Ok(read_up_to(LIMIT_BESIDE, path)?.map(|source| source.bytes.into_vec()))
}

/// Tells whether a file is no longer the one that was read: touched, replaced, removed, or with
/// another content.
pub fn changed(source: &Source) -> bool {
    match read(&source.path) {
        Ok(now) => now.stamp != source.stamp || *now.bytes != *source.bytes,
        Err(_) => true,
    }
}

pub(super) fn read_up_to(limit: u64, path: &Path) -> Result<Option<Source>, SourceError> {
    // Asked by name first: opening a pipe would wait for someone to write to it.
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            return Err(SourceError::new(path, "is a folder, not a file"));
        }
        Ok(metadata) if !metadata.is_file() => return Err(not_a_file(path)),
        Err(error) if is_missing(&error) => return Ok(None),
        Ok(_) | Err(_) => (),
    }
    let file = File::open(path).map_err(|error| SourceError::io(path, &error))?;
    let metadata = file.metadata().map_err(|error| SourceError::io(path, &error))?;
    if metadata.len() > limit {
        return Err(too_large(limit, path));
    }
    let stamp = Stamp::of(&metadata);
    let bytes = Bytes::Own(take(limit, (file, metadata.len()), path)?);
    Ok(Some(Source { path: path.to_path_buf(), bytes, stamp }))
}

pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn take(limit: u64, (input, size): (impl Read, u64), path: &Path) -> Result<Vec<u8>, SourceError> {
    // One more shows that it is the end.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    // One byte more than allowed is enough to know, whatever the size the file claims to have.
    let read = input.take(limit + 1).read_to_end(&mut bytes);
    match read {
        Ok(_) if bytes.len() as u64 > limit => Err(too_large(limit, path)),
        Ok(_) => Ok(bytes),
        Err(error) => Err(SourceError::io(path, &error)),
    }
}

fn too_large(limit: u64, path: &Path) -> SourceError {
    SourceError::new(path, format!("larger than {} MiB: split it, or leave it out", limit >> 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_at_the_limit_is_read_and_one_byte_more_is_refused() {
        let path = Path::new("compose.yaml");
        assert_eq!(take(4, (&b"abcd"[..], 0), path), Ok(b"abcd".to_vec()));
        let error = take(4, (&b"abcde"[..], 0), path).unwrap_err();
        assert_eq!(error.to_string(), "compose.yaml: larger than 0 MiB: split it, or leave it out");
    }
}
