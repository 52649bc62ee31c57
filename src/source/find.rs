//! Which files the arguments mean.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::SourceError;
use super::exclude::{Excluded, Reach};
use super::passed::{Passed, Why};
use super::real::{Reals, Upwards};
use super::shard::Shard;
use super::walk::{Given, Step, walk};

/// How a file came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// The user, and no tool, named this very file, which must therefore be one that we understand.
    Outright,
    /// The file lay in a folder that the user named, or a tool named it.
    ByWalking,
}

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The file as the user would name it.
    pub path: PathBuf,
    /// How it came in.
    pub named: Named,
}

/// What a search brings.
#[derive(Debug, Default)]
pub struct Search {
    /// The files, each once, in the order of their paths; what cannot be read is an error in its place.
    pub found: Vec<Result<Found, SourceError>>,
    /// What was passed over, in the order of the paths.
    pub passed: Vec<Passed>,
    /// The folders that were named, and those of the files that were.
    pub folders: Vec<PathBuf>,
    /// The part that this is; nothing for all of it.
    pub shard: Option<Shard>,
}

/// Finds the files that `inputs` mean.
///
/// A file named outright is taken whatever it is called, and symbolic links to it are followed.
/// Folders are walked for YAML and JSON files, hidden ones too, and for links to files within what was named.
/// Passed over is what git ignores, what is excluded, and what tools fetched or made.
pub fn find(inputs: &[PathBuf], excluded: &Excluded) -> Search {
    let mut reals = Reals::default();
    let given = Given::new(inputs, &mut reals);
    let mut ways: Vec<Ranked> = Vec::new();
    let mut passed = Vec::new();
    for input in inputs {
        for step in find_one(input, (&given, &mut reals), excluded) {
            let way = match step {
                Way::Named(found) => Ranked { rank: 0, found, real: None },
                Way::Met(Step::Failed(error)) => Ranked { rank: 0, found: Err(error), real: None },
                Way::Met(Step::File(path, real)) => {
                    Ranked { rank: rank(&path, 1), found: Ok(met(path)), real: Some(real) }
                }
                Way::Met(Step::Link(path)) => {
                    Ranked { rank: rank(&path, 2), found: Ok(met(path)), real: None }
                }
                Way::Met(Step::Passed(it)) => {
                    passed.push(it);
                    continue;
                }
            };
            ways.push(way);
        }
    }
    // Of several ways to a file the first that named it outright stays.
    ways.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| by_walking(a).cmp(&by_walking(b))));
    let mut seen = HashSet::new();
    let mut found = Vec::with_capacity(ways.len());
    for way in ways {
        let real = way.real.unwrap_or_else(|| identity(&mut reals, path_of(&way.found)));
        if seen.insert(real) {
            found.push(way.found);
        }
    }
    found.sort_by(|a, b| path_of(a).cmp(path_of(b)));
    passed.retain(|it| {
        let real = identity(&mut reals, &it.path);
        // What one argument passes over another may name.
        matches!(it.why, Why::Excluded(_)) || !seen.contains(&real) && !given.names(&real)
    });
    passed.sort();
    passed.dedup();
    let folder = |it: &PathBuf| match it.is_dir() {
        true => it.clone(),
        false => it.parent().unwrap_or(Path::new("")).to_owned(),
    };
    Search { found, passed, folders: inputs.iter().map(folder).collect(), shard: None }
}

/// The names by which Compose finds files that nobody names, and merges them.
const FOUND_BY_COMPOSE: [&str; 8] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Which of the names of a file that was met stays: the one by which it is used, then the one without a link.
fn rank(path: &Path, own: u8) -> u8 {
    let name = path.file_name().and_then(|it| it.to_str());
    if name.is_some_and(|it| FOUND_BY_COMPOSE.contains(&it)) { own } else { own + 2 }
}

fn met(path: PathBuf) -> Found {
    Found { path, named: Named::ByWalking }
}

/// How a file was come upon.
enum Way {
    /// It is on the command line.
    Named(Result<Found, SourceError>),
    /// It lies in a folder that is.
    Met(Step),
}

/// What was come upon, and which of several ways to one file stays.
struct Ranked {
    rank: u8,
    found: Result<Found, SourceError>,
    /// Where it is without links, where that is known.
    real: Option<PathBuf>,
}

/// The path to sort by, for what has no other order.
fn by_walking(way: &Ranked) -> Option<&Path> {
    (way.rank > 0).then(|| path_of(&way.found))
}

/// Looks for a file called `name` in the folder `start` and those above it, as [`Upwards`] does.
pub fn find_upwards(start: &Path, name: &'static str) -> Option<PathBuf> {
    Upwards::new(name).from(start)
}

/// The root of the repository that a folder lies in: the nearest folder above it that holds `.git`.
pub fn root(start: &Path) -> Option<PathBuf> {
    let start = fs::canonicalize(start).ok()?;
    start.ancestors().find(|it| it.join(".git").exists()).map(Path::to_path_buf)
}

fn find_one(input: &Path, (given, reals): (&Given, &mut Reals), excluded: &Excluded) -> Vec<Way> {
    let kind = match fs::metadata(input) {
        Ok(metadata) => metadata.file_type(),
        Err(error) => return vec![Way::Named(Err(SourceError::io(input, &error)))],
    };
    if let Some(pattern) = excluded.matching_named(&identity(reals, input)) {
        let why = Why::Excluded(pattern.to_owned());
        return vec![Way::Met(Step::Passed(Passed { path: tidy(input), why }))];
    }
    if kind.is_dir() {
        return walk(input, given, excluded).into_iter().map(Way::Met).collect();
    }
    vec![Way::Named(if kind.is_file() {
        let named = match excluded.reach {
            Reach::Walked => Named::Outright,
            Reach::Named => Named::ByWalking,
        };
        Ok(Found { path: tidy(input), named })
    } else {
        Err(not_a_file(input))
    })]
}

/// The error about a pipe, socket or device, which could be read once and never be written back.
pub(super) fn not_a_file(path: &Path) -> SourceError {
    SourceError::new(path, "not a regular file: pipe its content to `casehard fix -` instead")
}

/// Drops a leading `./`, which a patch or a report would only repeat.
pub(super) fn tidy(path: &Path) -> PathBuf {
    match path.strip_prefix(".") {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.to_path_buf(),
        _ => path.to_path_buf(),
    }
}

fn path_of(found: &Result<Found, SourceError>) -> &Path {
    match found {
        Ok(found) => &found.path,
        Err(error) => &error.path,
    }
}

fn identity(reals: &mut Reals, path: &Path) -> PathBuf {
    reals.of(path).unwrap_or_else(|| path.to_path_buf())
}
