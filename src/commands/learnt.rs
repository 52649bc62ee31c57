//! Where what was learnt of images is kept: `casehard.images.toml`, beside the configuration.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Failure;
use super::new_files::{NewFile, Others, write_all};
use super::output::near;
use crate::config;
use crate::images::learned::{Book, FILE_NAME};
use crate::source;
use crate::workload::absolute;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// The file of what was learnt.
pub(super) struct Learnt {
    /// Where it is, or will be.
    pub(super) file: PathBuf,
    /// What was read or written last.
    last: Option<Vec<u8>>,
}

impl Learnt {
    /// The file for these inputs: the one beside the configuration that is named, the one in a folder above the first of
    /// them, or a new one beside the configuration, at the root of the repository, or here.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub(super) fn open(named: Option<&Path>, first: Option<&PathBuf>) -> Result<Learnt, Failure> {
        let first = first.filter(|it| it.as_os_str() != "-");
        let start = first.map_or(Path::new("."), PathBuf::as_path);
        let start = if start.exists() { start } else { Path::new(".") };
        let beside = |it: &Path| it.parent().map(|it| it.join(FILE_NAME));
        let file = named
            .and_then(beside)
            .or_else(|| source::find_upwards(start, FILE_NAME))
            .or_else(|| beside(&source::find_upwards(start, config::FILE_NAME)?))
            .or_else(|| source::root(start).map(|it| it.join(FILE_NAME)))
            .unwrap_or_else(|| folder(start).join(FILE_NAME));
        let last = match fs::metadata(&file) {
            Ok(it) if it.len() > LARGEST => {
                let told = format!(
                    "{}: larger than 64 MiB: this is none of casehard's",
                    near(&file).display()
                );
                return Err(Failure(told));
            }
            _ => match fs::read(&file) {
                Ok(bytes) => Some(bytes),
                Err(it) if it.kind() == io::ErrorKind::NotFound => None,
                Err(it) => {
                    return Err(Failure(format!(
                        "{}: cannot be read: {it}",
                        near(&file).display()
                    )));
                }
            },
        };
        Ok(Learnt { file, last })
    }

    /// The folder that it lies in.
    pub(super) fn folder(&self) -> PathBuf {
        self.file
            .parent()
            .map(|it| absolute(if it.as_os_str().is_empty() { Path::new(".") } else { it }))
            .unwrap_or_default()
    }

    /// Makes sure, before the work is done, that what comes of it can be kept.
    ///
    /// # Errors
    /// Nothing can be written there.
    pub(super) fn writable(&self) -> Result<(), Failure> {
        let tried = tempfile::Builder::new().prefix(".casehard-").tempfile_in(self.folder());
        tried.map(drop).map_err(|it| {
            Failure(format!(
                "{}: cannot be written, where what is found is kept: {it}",
                self.name()
            ))
        })
    }

    /// What it says.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(super) fn read(&self) -> Result<Book, Failure> {
        self.parsed(self.last.as_deref())
    }

    fn parsed(&self, bytes: Option<&[u8]>) -> Result<Book, Failure> {
        let Some(bytes) = bytes else { return Ok(Book::default()) };
        let path = near(&self.file);
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Failure(format!("{}: not UTF-8: learn anew", path.display())))?;
        Book::read(text, &path).map_err(|it| Failure(it.to_string()))
    }

    /// Writes it, whole or not at all, with what others wrote meanwhile; tells whether anything changed.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn keep(&mut self, book: &Book) -> Result<bool, Failure> {
        let now = fs::read(&self.file).ok();
        let mut joined = Cow::Borrowed(book);
        if now != self.last {
            joined = Cow::Owned(book.clone().joined(&self.read()?, self.parsed(now.as_deref())?));
        }
        let bytes = joined.text().into_bytes();
        let is_nothing = self.last.is_none() && joined.images().is_empty();
        if is_nothing || self.last.as_ref() == Some(&bytes) {
            return Ok(false);
        }
        let new = NewFile { path: self.file.clone(), bytes: bytes.clone() };
        write_all(&[new], Others::Replaced)?;
        self.last = Some(bytes);
        Ok(true)
    }

    /// Its name, from here where it lies below.
    pub(super) fn name(&self) -> String {
        near(&self.file).display().to_string()
    }
}

/// The folder of a path.
fn folder(path: &Path) -> PathBuf {
    let path = absolute(path);
    if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("/")).to_owned() }
}
