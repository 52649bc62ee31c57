//! The index of a run as it is written: JSON, a line for each thing.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::date::Date;

/// The version of what is written here.
pub(super) const VERSION: u32 = 1;

/// A line of an index.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Line {
    /// The first: of the run itself.
    Head(Head),
    /// A file is about to be written over.
    Written {
        /// The file itself, where a link leads to it.
        path: Name,
        /// The checksum of the bytes before, under which they are kept.
        old: String,
        /// The checksum of the bytes after.
        new: String,
    },
    /// The file was not written after all.
    Struck {
        /// The file.
        path: Name,
    },
}

/// What is said of a run.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    /// The version of the index.
    pub(super) version: u32,
    /// When it began, in milliseconds since 1970.
    pub(super) started: u64,
    /// The folder that it ran in.
    pub(super) folder: Name,
    /// The run that it takes back, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) undoes: Option<String>,
}

/// A path; as bytes where it is no Unicode.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Name {
    /// As text.
    Text(String),
    /// As bytes.
    Bytes(Vec<u8>),
}

impl Line {
    pub(super) fn written(path: &Path, old: &str, new: &str) -> Line {
        let path = path.to_path_buf().into();
        Line::Written { path, old: old.to_owned(), new: new.to_owned() }
    }

    pub(super) fn struck(path: &Path) -> Line {
        Line::Struck { path: path.to_path_buf().into() }
    }

    /// As it is written, with its end.
    pub(super) fn text(&self) -> io::Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }
}

impl From<PathBuf> for Name {
    fn from(path: PathBuf) -> Name {
        match path.into_os_string().into_string() {
            Ok(text) => Name::Text(text),
            Err(path) => Name::Bytes(path.into_encoded_bytes()),
        }
    }
}

impl From<Name> for PathBuf {
    fn from(name: Name) -> PathBuf {
        match name {
            Name::Text(text) => text.into(),
            Name::Bytes(bytes) => from_bytes(bytes).into(),
        }
    }
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

/// What cannot be named here is not found, and left alone.
#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// The checksum of bytes, by which they are named and known again.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|it| format!("{it:02x}")).collect()
}

/// What the name of a run begins with: the time in Greenwich, so fine that of two runs one after the other the later
/// one sorts last.
pub(super) fn id(time: SystemTime) -> String {
    let passed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = passed.as_secs();
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let rest = passed.subsec_micros();
    format!("{}-{hour:02}{minute:02}{second:02}-{rest:06}-", Date::of(time))
}

/// How many milliseconds a moment is after 1970.
pub(super) fn since_the_epoch(time: SystemTime) -> u64 {
    let passed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
}

/// The moment so many milliseconds after 1970.
pub(super) fn time(milliseconds: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds)).unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_runs_sort_by_time() {
        let times = [0, 999, 1000, 86_399_999, 86_400_000, 1_796_000_000_123];
        let ids = times.map(|it| id(time(it)));
        assert!(ids.is_sorted(), "{ids:?}");
        assert_eq!(ids[4], "1970-01-02-000000-000000-");
        assert_eq!(ids[5], "2026-11-30-005320-123000-");
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_unicode_comes_back_the_same() {
        use std::os::unix::ffi::OsStringExt as _;

        for bytes in [&b"/x/caf\xe9.yaml"[..], b"/x/a\nb\"c.yaml"] {
            let path = PathBuf::from(OsString::from_vec(bytes.to_vec()));
            let text = Line::struck(&path).text().unwrap();
            assert_eq!(text.matches('\n').count(), 1, "{text}");
            let Line::Struck { path: back } = serde_json::from_str(&text).unwrap() else {
                panic!()
            };
            assert_eq!(PathBuf::from(back), path);
        }
    }
}
