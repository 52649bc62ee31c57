//! How much is kept: the oldest runs go first, and one that goes on never.

use std::collections::VecDeque;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{INDEX, LOCK};

/// How much is kept in all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// How many runs, the current one among them.
    pub(super) runs: usize,
    /// How many bytes of old files.
    pub(super) bytes: u64,
}

/// For everybody: some weeks of work, and less than a browser's cache.
pub(super) const BOUNDS: Bounds = Bounds { runs: 50, bytes: 256 << 20 };

/// The runs beside the current one, the oldest first, with the bytes that they keep.
#[derive(Debug)]
pub(super) struct Others {
    runs: VecDeque<(PathBuf, u64)>,
    bytes: u64,
}

impl Others {
    pub(super) fn in_folder(root: &Path) -> io::Result<Others> {
        let mut runs: Vec<(PathBuf, u64)> = fs::read_dir(root)?
            .filter_map(Result::ok)
            .filter(|it| it.file_type().is_ok_and(|it| it.is_dir()))
            .map(|it| (it.path(), size(&it.path())))
            .collect();
        runs.sort();
        let bytes = runs.iter().map(|it| it.1).sum();
        Ok(Others { runs: runs.into(), bytes })
    }

    /// Clears away as many as it takes for what is left and the current run, of a size, to be within bounds.
    pub(super) fn shrink(&mut self, bounds: Bounds, current: u64) {
        let mut busy = VecDeque::new();
        while self.runs.len() + busy.len() + 1 > bounds.runs || self.bytes + current > bounds.bytes
        {
            let Some((folder, size)) = self.runs.pop_front() else { break };
            match clear(&folder) {
                true => self.bytes -= size,
                false => busy.push_back((folder, size)),
            }
        }
        busy.append(&mut self.runs);
        self.runs = busy;
    }
}

/// The bytes of old files in a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let old = entries.filter(|it| it.file_name() != INDEX);
    old.filter_map(|it| it.metadata().ok()).map(|it| it.len()).sum()
}

/// Clears a run away unless it goes on; the index first, without which nothing counts.
fn clear(folder: &Path) -> bool {
    let lock = File::open(folder.join(LOCK));
    if lock.is_ok_and(|it| matches!(it.try_lock(), Err(TryLockError::WouldBlock))) {
        return false;
    }
    match fs::remove_file(folder.join(INDEX)) {
        Err(error) if error.kind() != ErrorKind::NotFound => false,
        // What is left of it is tried again by the next run.
        _ => {
            let _ = fs::remove_dir_all(folder);
            true
        }
    }
}
