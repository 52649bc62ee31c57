//! The runs that there were, and what became of the files that they wrote.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::super::SourceError;
use super::super::read::{Source, read};
use super::index::{Line, VERSION, digest, time};
use super::{INDEX, LOCK, place};

/// A run that wrote over files.
#[derive(Debug)]
pub struct Run {
    /// Its name, which sorts by time.
    pub name: String,
    /// When it began.
    pub started: SystemTime,
    /// The folder that it ran in.
    pub folder: PathBuf,
    /// The run that it took back, if it did.
    pub undoes: Option<String>,
    /// The files that it wrote over, in the order in which it did.
    pub files: Vec<Entry>,
    /// Whether a newer casehard wrote it, in words that this one does not know.
    pub is_newer: bool,
    place: PathBuf,
}

/// A file that a run wrote over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file itself, from the root, where a link leads to it.
    pub path: PathBuf,
    old: String,
    new: String,
}

/// How many files of a run are what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// As the run wrote them.
    pub as_written: usize,
    /// As they were before.
    pub as_before: usize,
    /// Something else, or not to be read.
    pub changed: usize,
    /// Nowhere.
    pub gone: usize,
}

/// What a file is that a run wrote over.
#[derive(Debug)]
pub enum Now {
    /// As the run wrote it.
    AsWritten(Source),
    /// As it was before.
    AsBefore,
    /// Something else.
    Changed,
    /// Nowhere.
    Gone,
    /// Nobody can tell: it cannot be read.
    Unread(SourceError),
}

impl Entry {
    /// What the file is.
    pub fn now(&self) -> Now {
        match read(&self.path) {
            Ok(source) => match digest(&source.bytes) {
                it if it == self.new => Now::AsWritten(source),
                it if it == self.old => Now::AsBefore,
                _ => Now::Changed,
            },
            Err(_) if matches!(self.path.try_exists(), Ok(false)) => Now::Gone,
            Err(error) => Now::Unread(error),
        }
    }
}

impl Run {
    /// What its files are.
    pub fn standing(&self) -> Standing {
        let mut standing = Standing::default();
        for it in &self.files {
            *match it.now() {
                Now::AsWritten(_) => &mut standing.as_written,
                Now::AsBefore => &mut standing.as_before,
                Now::Changed | Now::Unread(_) => &mut standing.changed,
                Now::Gone => &mut standing.gone,
            } += 1;
        }
        standing
    }

    /// What a file was before the run.
    ///
    /// # Errors
    /// It is not kept any more, or not as it was.
    pub fn before(&self, entry: &Entry) -> Result<Vec<u8>, SourceError> {
        let kept = read(&self.kept(entry))?;
        match digest(&kept.bytes) == entry.old {
            true => Ok(kept.bytes.into_vec()),
            false => Err(SourceError::new(&kept.path, "is not what was kept: damaged")),
        }
    }

    /// Where it is kept what a file was before.
    pub fn kept(&self, entry: &Entry) -> PathBuf {
        self.place.join(&entry.old)
    }

    /// Keeps other runs from clearing this one away, as long as what it yields is there.
    pub fn hold(&self) -> Option<File> {
        let lock = File::open(self.place.join(LOCK)).ok()?;
        lock.try_lock_shared().ok()?;
        Some(lock)
    }
}

/// The runs of the user that wrote over files, the newest first.
///
/// # Errors
/// Where they are kept cannot be read.
pub fn runs() -> Result<Vec<Run>, SourceError> {
    match place::root() {
        Ok(root) => runs_below(&root),
        Err(problem) => Err(SourceError::new(Path::new("casehard undo"), problem)),
    }
}

/// The same for a journal below another folder.
///
/// # Errors
/// It cannot be read.
pub fn runs_below(root: &Path) -> Result<Vec<Run>, SourceError> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(SourceError::io(root, &error)),
    };
    let mut runs: Vec<Run> = entries.filter_map(|it| run(it.ok()?.path())).collect();
    runs.sort_by(|one, other| other.name.cmp(&one.name));
    Ok(runs)
}

/// The run that a folder keeps; none where nothing of it was written.
fn run(place: PathBuf) -> Option<Run> {
    let name = place.file_name()?.to_str()?.to_owned();
    let text = fs::read(place.join(INDEX)).ok()?;
    // What a kill cut off has no end.
    let end = text.iter().rposition(|it| *it == b'\n')?;
    let mut lines = text[..end].split(|it| *it == b'\n');
    let head: serde_json::Value = serde_json::from_slice(lines.next()?).ok()?;
    let version = head["head"]["version"].as_u64()?;
    if version != u64::from(VERSION) {
        let started = time(head["head"]["started"].as_u64().unwrap_or(0));
        let (folder, files) = (PathBuf::new(), Vec::new());
        return Some(Run { name, started, folder, undoes: None, files, is_newer: true, place });
    }
    let Ok(Line::Head(head)) = serde_json::from_value(head) else { return None };
    let mut files = Files::default();
    for line in lines {
        files.add(serde_json::from_slice(line).ok()?);
    }
    let files = files.written();
    (!files.is_empty()).then(|| Run {
        name,
        started: time(head.started),
        folder: head.folder.into(),
        undoes: head.undoes,
        files,
        is_newer: false,
        place,
    })
}

/// The files of a run as the lines of its index name them.
#[derive(Default)]
struct Files {
    /// What was written of each file, one after the other.
    all: Vec<Vec<Entry>>,
    numbers: HashMap<PathBuf, usize>,
}

impl Files {
    fn add(&mut self, line: Line) {
        match line {
            Line::Head(_) => (),
            Line::Struck { path } => {
                if let Some(at) = self.numbers.get(&PathBuf::from(path)) {
                    self.all[*at].pop();
                }
            }
            Line::Written { path, old, new } => {
                let path = PathBuf::from(path);
                let at = *self.numbers.entry(path.clone()).or_insert(self.all.len());
                if at == self.all.len() {
                    self.all.push(Vec::new());
                }
                self.all[at].push(Entry { path, old, new });
            }
        }
    }

    /// Each file once. What was written over twice goes back to what it was at first, unless somebody else wrote it
    /// in between.
    fn written(self) -> Vec<Entry> {
        let one = |all: Vec<Entry>| {
            all.into_iter().rev().reduce(|last, before| match before.new == last.old {
                true => Entry { old: before.old, ..last },
                false => last,
            })
        };
        self.all.into_iter().filter_map(one).collect()
    }
}
