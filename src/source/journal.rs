//! The journal of a run: the old bytes of every file that it writes over, kept where only the user can read them.
//!
//! A run has a folder of its own with the old bytes, named by their checksum, and an index of a line for each file. First
//! come the bytes, then the line, then the user's file: whatever stops the program, a file that was written over has
//! its line, and a line has its bytes. Nothing is made before the first file is written.

mod bounds;
mod index;
mod place;
mod runs;

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::draft::sweep;
use bounds::{BOUNDS, Bounds, Others};
pub use index::digest;
use index::{Head, Line, VERSION, id, since_the_epoch};
pub use runs::{Entry, Now, Run, Standing, runs, runs_below};

/// The index in the folder of a run.
const INDEX: &str = "index.jsonl";

/// What is locked as long as a run goes on or is taken back, so that no other run clears it away. Not the index itself:
/// where locks are more than a word between friends, nobody could write or read it.
const LOCK: &str = "lock";

/// What files are written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Fixes that were accepted.
    Fix,
    /// A run, by its name, that is taken back.
    Undo(String),
}

/// The journal of the run that is going on. No file of the user is written without one.
#[derive(Debug)]
pub struct Journal {
    /// The folder of all runs, or why there is none.
    root: Result<PathBuf, String>,
    cause: Cause,
    bounds: Bounds,
    state: State,
    /// The folders that were swept.
    swept: HashSet<PathBuf>,
}

#[derive(Debug)]
enum State {
    /// Nothing was written.
    Blank,
    /// The folder of the run is there.
    Open(Open),
    /// There is no way back, and why, until somebody has heard it; with it the run as far as it got.
    Off(Option<String>, Option<Open>),
}

/// A run that keeps what it writes over.
#[derive(Debug)]
struct Open {
    folder: PathBuf,
    name: String,
    index: File,
    /// Held as long as the run goes on.
    _lock: File,
    /// How many bytes it keeps.
    size: u64,
    /// How many files it wrote over.
    written: usize,
    others: Others,
}

impl Journal {
    /// The journal of a run, in the user's folder of states.
    pub fn of_user(cause: Cause) -> Journal {
        Journal::in_root(place::root(), cause)
    }

    /// A journal below another folder.
    pub fn below(folder: &Path, cause: Cause) -> Journal {
        Journal::in_root(Ok(folder.to_path_buf()), cause)
    }

    fn in_root(root: Result<PathBuf, String>, cause: Cause) -> Journal {
        Journal { root, cause, bounds: BOUNDS, state: State::Blank, swept: HashSet::new() }
    }

    /// Notes that the run writes in a folder: what a run left there that was killed is taken away first.
    pub(super) fn enter(&mut self, folder: &Path) {
        if self.swept.insert(folder.to_owned()) {
            sweep(folder);
        }
    }

    /// The name of the run, where it wrote over a file and can be taken back.
    pub fn run(&self) -> Option<&str> {
        let (State::Open(open) | State::Off(_, Some(open))) = &self.state else { return None };
        (open.written > 0).then_some(&*open.name)
    }

    /// Why there is no way back from here on; said once.
    pub fn trouble(&mut self) -> Option<String> {
        match &mut self.state {
            State::Off(why, _) => why.take(),
            State::Blank | State::Open(_) => None,
        }
    }

    /// Keeps the old bytes of a file that is about to be written over.
    pub(super) fn keep(&mut self, target: &Path, old: &[u8], new: &[u8]) {
        if let Err(why) = self.try_to_keep(target, old, new) {
            let open = match std::mem::replace(&mut self.state, State::Blank) {
                State::Open(open) => Some(open),
                State::Blank | State::Off(..) => None,
            };
            self.state = State::Off(Some(why), open);
        }
    }

    /// Takes back that a file is written over: it was not.
    pub(super) fn strike(&mut self, target: &Path) {
        let State::Open(open) = &mut self.state else { return };
        // Without the line the file counts as changed since, and is left alone: nothing is lost.
        if open.note(&Line::struck(target)).is_ok() {
            open.written -= 1;
        }
    }

    fn try_to_keep(&mut self, target: &Path, old: &[u8], new: &[u8]) -> Result<(), String> {
        if let State::Blank = self.state {
            let root = self.root.clone()?;
            self.state = State::Open(open(&root, &self.cause).map_err(|it| told(&root, &it))?);
        }
        let State::Open(open) = &mut self.state else { return Ok(()) };
        open.keep(target, old, new).map_err(|it| told(&open.folder, &it))?;
        open.others.shrink(self.bounds, open.size);
        Ok(())
    }
}

impl Open {
    fn keep(&mut self, target: &Path, old: &[u8], new: &[u8]) -> io::Result<()> {
        let name = digest(old);
        let line = Line::written(target, &name, &digest(new));
        match private().write(true).create_new(true).open(self.folder.join(&name)) {
            Ok(mut file) => {
                file.write_all(old)?;
                file.sync_data()?;
                self.size += old.len() as u64;
            }
            // Another file of the run had the same bytes.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => (),
            Err(error) => return Err(error),
        }
        self.note(&line)?;
        self.written += 1;
        Ok(())
    }

    /// Adds a line at once: one that was cut off has no end and does not count.
    fn note(&mut self, line: &Line) -> io::Result<()> {
        self.index.write_all(line.text()?.as_bytes())?;
        self.index.sync_data()
    }
}

/// Makes the folder of a run.
fn open(root: &Path, cause: &Cause) -> io::Result<Open> {
    let mut folders = DirBuilder::new();
    folders.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
    folders.create(root)?;
    let now = SystemTime::now();
    let (prefix, mut builder) = (id(now), tempfile::Builder::new());
    builder.prefix(&prefix).rand_bytes(2);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::Permissions::from_mode(0o700);
        fs::set_permissions(root, mode.clone())?;
        builder.permissions(mode);
    }
    // What others keep is counted before this run is among them.
    let others = Others::in_folder(root)?;
    let folder = builder.tempdir_in(root)?.keep();
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let lock = private().write(true).create_new(true).open(folder.join(LOCK))?;
    // A file system without locks keeps a run all the same, as long as it is not the oldest of fifty.
    let _ = lock.try_lock_shared();
    let index = private().append(true).create_new(true).open(folder.join(INDEX))?;
    let mut open = Open { folder, name, index, _lock: lock, size: 0, written: 0, others };
    let head = Head {
        version: VERSION,
        started: since_the_epoch(now),
        folder: std::env::current_dir().unwrap_or_default().into(),
        undoes: match cause {
            Cause::Fix => None,
            Cause::Undo(run) => Some(run.clone()),
        },
    };
    open.note(&Line::Head(head))?;
    Ok(open)
}

fn private() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn told(folder: &Path, error: &io::Error) -> String {
    format!("{}: {}", folder.display(), super::in_our_words(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(folder: &Path, bounds: Bounds) -> Journal {
        Journal { bounds, ..Journal::below(folder, Cause::Fix) }
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name());
        let mut names: Vec<String> = names.map(|it| it.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_is_made_before_the_first_write() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("undo");
        let mut journal = below(&root, BOUNDS);
        assert!(!root.exists() && journal.run().is_none());
        journal.keep(Path::new("/x/a.yaml"), b"old", b"new");
        assert_eq!(names(&root), [journal.run().unwrap()]);
        assert_eq!(journal.trouble(), None);
    }

    #[test]
    fn a_file_that_was_not_written_after_all_is_struck() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = below(folder.path(), BOUNDS);
        journal.keep(Path::new("/x/a.yaml"), b"old", b"new");
        journal.strike(Path::new("/x/a.yaml"));
        assert_eq!(journal.run(), None);
        assert!(runs_below(folder.path()).unwrap().is_empty());
        journal.keep(Path::new("/x/b.yaml"), b"old", b"new");
        let runs = runs_below(folder.path()).unwrap();
        assert_eq!(runs[0].files.len(), 1);
        assert_eq!(runs[0].files[0].path, Path::new("/x/b.yaml"));
    }

    #[test]
    fn what_a_kill_leaves_of_a_run_is_a_usable_entry_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = below(folder.path(), BOUNDS);
        journal.keep(Path::new("/x/a.yaml"), b"a old", b"a new");
        journal.keep(Path::new("/x/b.yaml"), b"b old", b"b new");
        let run = folder.path().join(journal.run().unwrap());
        let index = fs::read(run.join(INDEX)).unwrap();
        let ends: Vec<usize> = (1..=index.len()).filter(|it| index[it - 1] == b'\n').collect();
        for length in 0..=index.len() {
            fs::write(run.join(INDEX), &index[..length]).unwrap();
            let whole = ends.iter().filter(|it| **it <= length).count();
            let runs = runs_below(folder.path()).unwrap();
            let files: Vec<Vec<u8>> = runs
                .iter()
                .flat_map(|run| run.files.iter().map(|it| run.before(it).unwrap()))
                .collect();
            // The first line is the head.
            let all = [b"a old".to_vec(), b"b old".to_vec()];
            assert_eq!(files, all[..whole.saturating_sub(1)], "cut after {length}");
        }
        fs::remove_file(run.join(INDEX)).unwrap();
        assert!(runs_below(folder.path()).unwrap().is_empty());
    }

    #[test]
    fn the_oldest_runs_go_and_the_current_one_never() {
        let folder = tempfile::tempdir().unwrap();
        let few = Bounds { runs: 3, bytes: 1 << 20 };
        let mut all = Vec::new();
        for number in 0..5 {
            let mut journal = below(folder.path(), few);
            journal.keep(Path::new("/x/a.yaml"), format!("{number}").as_bytes(), b"new");
            all.push(journal.run().unwrap().to_owned());
        }
        assert_eq!(names(folder.path()), all[2..]);
        let mut journal = below(folder.path(), Bounds { runs: 50, bytes: 12 });
        journal.keep(Path::new("/x/a.yaml"), b"0123456789", b"new");
        // Each of the others has a byte, which the index is not counted with.
        assert_eq!(names(folder.path()).len(), 3);
        journal.keep(Path::new("/x/b.yaml"), &[b'x'; 100], b"new");
        assert_eq!(names(folder.path()), [journal.run().unwrap()]);
    }

    #[test]
    fn a_run_that_goes_on_is_not_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let few = Bounds { runs: 1, bytes: 1 << 20 };
        let (mut first, mut second) = (below(folder.path(), few), below(folder.path(), few));
        first.keep(Path::new("/x/a.yaml"), b"old", b"new");
        second.keep(Path::new("/x/b.yaml"), b"old", b"new");
        assert_eq!(names(folder.path()).len(), 2);
        drop(first);
        second.keep(Path::new("/x/c.yaml"), b"older", b"new");
        assert_eq!(names(folder.path()), [second.run().unwrap()]);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("undo");
        fs::write(&root, "a file").unwrap();
        let mut journal = below(&root, BOUNDS);
        journal.keep(Path::new("/x/a.yaml"), b"old", b"new");
        journal.keep(Path::new("/x/b.yaml"), b"old", b"new");
        assert!(journal.trouble().is_some_and(|it| it.starts_with(&*root.to_string_lossy())));
        assert_eq!((journal.trouble(), journal.run()), (None, None));
    }
}
