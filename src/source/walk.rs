//! A folder and what lies in it, as git sees it: hidden files too, but not what tools fetched or made.

use std::collections::VecDeque;
use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use ignore::{IncrementalIgnore, WalkBuilder};

use super::exclude::Excluded;
use super::passed::{Passed, Why};
use super::real::Reals;
use super::{SourceError, find::tidy};

/// The endings of files worth opening.
const ENDINGS: [&str; 3] = ["yml", "yaml", "json"];

/// The endings of files that may hold command lines.
const SCRIPTS: [&str; 5] = ["sh", "bash", "mk", "service", "container"];

/// A file without such an ending that kustomize looks for.
const WITHOUT_ENDING: &str = "Kustomization";

/// Where version control systems keep their own things.
pub(super) const VERSION_CONTROL: [&str; 9] =
    [".git", ".hg", ".svn", ".jj", ".bzr", ".sl", ".pijul", "_darcs", "CVS"];

/// Folders that only tools fill, by names that nobody gives to folders of their own.
///
/// `dist`, `build`, `target`, `third_party` and the like are not among them: people keep what they deploy there. Where
/// they are made by a tool git ignores them, or they say themselves that they are a cache.
const FOREIGN: [&str; 19] = [
    "node_modules",
    "bower_components",
    "jspm_packages",
    "vendor",
    "site-packages",
    "__pycache__",
    "venv",
    ".venv",
    ".tox",
    ".nox",
    ".direnv",
    ".terraform",
    ".terragrunt-cache",
    ".gradle",
    ".m2",
    ".npm",
    ".pnpm-store",
    ".cache",
    "cdk.out",
];

/// What a walk comes upon.
pub(super) enum Step {
    /// A file to read, and where it is without links.
    File(PathBuf, PathBuf),
    /// A link to a file to read.
    Link(PathBuf),
    /// What is passed over.
    Passed(Passed),
    /// What could not be looked into.
    Failed(SourceError),
}

/// What was named, without links: a link is followed to where it leads within.
pub(super) struct Given(Vec<PathBuf>);

impl Given {
    pub(super) fn new(inputs: &[PathBuf], reals: &mut Reals) -> Given {
        Given(inputs.iter().filter_map(|it| reals.of(it)).collect())
    }

    /// Whether this very path was named.
    pub(super) fn names(&self, real: &Path) -> bool {
        self.0.iter().any(|it| it == real)
    }

    fn holds(&self, real: &Path) -> bool {
        self.0.iter().any(|it| real.starts_with(it))
    }
}

/// Walks a folder.
///
/// Links to folders are not followed: what lies within the given paths is found where it is, and so no walk goes in a
/// circle. The folder itself is looked into whatever it is called: the user named it.
pub(super) fn walk(folder: &Path, given: &Given, excluded: &Excluded) -> Vec<Step> {
    let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    // What a search tool is told to skip (`.ignore`) is no reason to let a weakness stand.
    let mut builder = WalkBuilder::new(folder);
    builder.require_git(false).hidden(false).ignore(false);
    let Some(ignored) = builder.build_matchers().pop() else { return Vec::new() };
    let mut walk = Walk { given, excluded, ignored, open: VecDeque::new(), steps: Vec::new() };
    walk.open.push_back(Place { shown: folder.to_path_buf(), real, below: PathBuf::new() });
    while let Some(place) = walk.open.pop_front() {
        walk.look_into(&place);
    }
    walk.steps
}

/// A file or folder on the way.
struct Place {
    /// As the user would name it.
    shown: PathBuf,
    /// Without links.
    real: PathBuf,
    /// From the folder on that is walked.
    below: PathBuf,
}

struct Walk<'w> {
    given: &'w Given,
    excluded: &'w Excluded,
    ignored: IncrementalIgnore,
    open: VecDeque<Place>,
    steps: Vec<Step>,
}

impl Walk<'_> {
    fn look_into(&mut self, folder: &Place) {
        let entries = match fs::read_dir(&folder.shown) {
            Ok(entries) => entries,
            Err(error) => {
                let error = SourceError::io(&tidy(&folder.shown), &error);
                return self.steps.push(Step::Failed(error));
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) => {
                    let name = entry.file_name();
                    let place = Place {
                        shown: tidy(&folder.shown.join(&name)),
                        real: folder.real.join(&name),
                        below: folder.below.join(&name),
                    };
                    self.meet(&entry, place);
                }
                Err(error) => {
                    let error = SourceError::io(&tidy(&folder.shown), &error);
                    self.steps.push(Step::Failed(error));
                }
            }
        }
    }

    fn meet(&mut self, entry: &DirEntry, place: Place) {
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => {
                return self.steps.push(Step::Failed(SourceError::io(&place.shown, &error)));
            }
        };
        if kind.is_symlink() {
            self.follow(place);
        } else if kind.is_dir() {
            match self.folder_is_left(&place) {
                Some(why) => self.pass(place.shown, why),
                None => self.open.push_back(place),
            }
        } else if is_candidate(&place.shown) {
            match self.is_left(&place) {
                // What may hold nothing of ours is no news where nobody looks.
                Some(_) if is_script(&place.shown) => (),
                Some(why) => self.pass(place.shown, why),
                None if kind.is_file() => self.steps.push(Step::File(place.shown, place.real)),
                None => self.pass(place.shown, Why::Special),
            }
        } else if kind.is_file() && is_program_of_a_shell(entry) && self.is_left(&place).is_none() {
            self.steps.push(Step::File(place.shown, place.real));
        }
    }

    fn follow(&mut self, place: Place) {
        let target = fs::canonicalize(&place.shown);
        let is_folder = target.as_ref().is_ok_and(|it| it.is_dir());
        // A link to a script is not followed: it stands where it leads.
        if !is_folder && (!is_candidate(&place.shown) || is_script(&place.shown)) {
            return;
        }
        if let Some(why) = self.is_left(&place) {
            return self.pass(place.shown, why);
        }
        let target = match target {
            Ok(target) => target,
            Err(error) => return self.pass(place.shown, broken(&error)),
        };
        if !self.given.holds(&target) {
            return self.pass(place.shown, Why::LinkOut);
        }
        if is_folder {
            return;
        }
        match self.excluded.matching(&target) {
            Some(pattern) => self.pass(place.shown, Why::Excluded(pattern.to_owned())),
            None if target.is_file() => self.steps.push(Step::Link(place.shown)),
            None => self.pass(place.shown, Why::Special),
        }
    }

    fn folder_is_left(&mut self, place: &Place) -> Option<Why> {
        let name = place.shown.file_name().and_then(|it| it.to_str()).unwrap_or("");
        if VERSION_CONTROL.contains(&name) {
            return Some(Why::VersionControl);
        }
        if let Some(pattern) = self.excluded.matching(&place.real) {
            return Some(Why::Excluded(pattern.to_owned()));
        }
        if FOREIGN.contains(&name) || says_so(&place.shown) {
            return Some(Why::Foreign);
        }
        self.ignored.matched(&place.below, true).is_ignore().then_some(Why::Ignored)
    }

    fn is_left(&mut self, place: &Place) -> Option<Why> {
        if let Some(pattern) = self.excluded.matching(&place.real) {
            return Some(Why::Excluded(pattern.to_owned()));
        }
        self.ignored.matched(&place.below, false).is_ignore().then_some(Why::Ignored)
    }

    fn pass(&mut self, path: PathBuf, why: Why) {
        self.steps.push(Step::Passed(Passed { path, why }));
    }
}

/// Why a link cannot be followed. That of a circle has no name in `std` yet.
fn broken(error: &io::Error) -> Why {
    let to_nothing = [ErrorKind::NotFound, ErrorKind::NotADirectory, ErrorKind::PermissionDenied];
    if to_nothing.contains(&error.kind()) { Why::LinkToNothing } else { Why::LinkToItself }
}

/// Whether a folder says of itself that a tool made it: a cache (<https://bford.info/cachedir/>), Python's own.
fn says_so(folder: &Path) -> bool {
    const SIGNATURE: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55";
    let tag = folder.join("CACHEDIR.TAG");
    // Asked first: a pipe of that name would never end.
    let is_cache = || tag.is_file() && fs::read(&tag).is_ok_and(|it| it.starts_with(SIGNATURE));
    folder.join("pyvenv.cfg").is_file() || is_cache()
}

/// Whether a file may hold command lines that make containers.
fn is_script(path: &Path) -> bool {
    let makefiles = ["Makefile", "makefile", "GNUmakefile"];
    let adds_to_a_unit = || {
        let folder = path.parent().and_then(Path::file_name).and_then(|it| it.to_str());
        path.extension().is_some_and(|it| it == "conf")
            && folder.is_some_and(|it| it.ends_with(".service.d"))
    };
    path.file_name().is_some_and(|it| makefiles.iter().any(|name| it == *name))
        || adds_to_a_unit()
        || path.extension().is_some_and(|it| SCRIPTS.iter().any(|ending| it == *ending))
}

/// Whether a file without an ending can be run, and its first line names a shell.
fn is_program_of_a_shell(entry: &DirEntry) -> bool {
    let path = entry.path();
    if path.extension().is_some() || !entry.metadata().is_ok_and(|it| can_be_run(&it)) {
        return false;
    }
    let mut line = [0; 64];
    let read = fs::File::open(path).and_then(|mut it| it.read(&mut line)).unwrap_or(0);
    let line = line[..read].split(|it| *it == b'\n').next().unwrap_or(&[]);
    line.starts_with(b"#!") && line.windows(2).any(|it| it == b"sh")
}

#[cfg(unix)]
fn can_be_run(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0
}

#[cfg(not(unix))]
fn can_be_run(_metadata: &fs::Metadata) -> bool {
    true
}

fn is_candidate(path: &Path) -> bool {
    let ending = path.extension();
    is_script(path)
        || path.file_name().is_some_and(|it| it == WITHOUT_ENDING)
        || ending.is_some_and(|ending| ENDINGS.iter().any(|it| ending.eq_ignore_ascii_case(it)))
}
