//! Which files the arguments mean.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::SourceError;

/// The endings of files worth opening when a folder is walked.
const ENDINGS: [&str; 3] = ["yml", "yaml", "json"];

/// How a file came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// The user named this very file, which must therefore be one that we understand.
    Outright,
    /// The file lay in a folder that the user named.
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

/// Finds the files that `inputs` mean, each once, in the order of their paths.
///
/// A file named outright is taken whatever it is called, and symbolic links to it are followed.
/// Folders are walked for YAML and JSON files, passing over what `.gitignore` lists, what is
/// hidden, and symbolic links, which may lead in circles or out of the folder.
/// What cannot be read is an error in its place, and the search goes on.
pub fn find(inputs: &[PathBuf]) -> Vec<Result<Found, SourceError>> {
    let mut found: Vec<_> = inputs.iter().flat_map(|input| find_one(input)).collect();
    // Of several ways to a file the first that named it outright stays.
    found.sort_by_key(|it| it.as_ref().map_or(Named::Outright, |it| it.named));
    let mut seen = HashSet::new();
    found.retain(|it| seen.insert(identity(path_of(it))));
    found.sort_by(|a, b| path_of(a).cmp(path_of(b)));
    found
}

/// Looks for a file called `name` in the folder `start` and those above it.
///
/// The nearest wins. The search ends with the root of the repository, which holds `.git`.
pub fn find_upwards(start: &Path, name: &str) -> Option<PathBuf> {
    let start = fs::canonicalize(start).ok()?;
    for folder in start.ancestors() {
        let candidate = folder.join(name);
        if candidate.is_file() {
            return Some(candidate);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

fn find_one(input: &Path) -> Vec<Result<Found, SourceError>> {
    let kind = match fs::metadata(input) {
        Ok(metadata) => metadata.file_type(),
        Err(error) => return vec![Err(SourceError::io(input, &error))],
    };
    if kind.is_dir() {
        return walk(input);
    }
    vec![if kind.is_file() {
        Ok(Found { path: tidy(input), named: Named::Outright })
    } else {
        Err(not_a_file(input))
    }]
}

/// The error about a pipe, socket or device, which could be read once and never be written back.
pub(super) fn not_a_file(path: &Path) -> SourceError {
    SourceError::new(path, "not a regular file: pipe its content to `casehard fix -` instead")
}

fn walk(folder: &Path) -> Vec<Result<Found, SourceError>> {
    WalkBuilder::new(folder)
        .require_git(false)
        .build()
        .filter_map(|entry| match entry {
            Ok(entry) if is_candidate(&entry) => {
                Some(Ok(Found { path: tidy(entry.path()), named: Named::ByWalking }))
            }
            Ok(_) => None,
            Err(error) => Some(Err(unreadable(folder, &error))),
        })
        .collect()
}

fn is_candidate(entry: &ignore::DirEntry) -> bool {
    let has_ending = entry
        .path()
        .extension()
        .is_some_and(|ending| ENDINGS.iter().any(|it| ending.eq_ignore_ascii_case(it)));
    has_ending && entry.file_type().is_some_and(|kind| kind.is_file())
}

fn unreadable(folder: &Path, error: &ignore::Error) -> SourceError {
    let path = failed_at(error).unwrap_or(folder);
    match error.io_error() {
        Some(io) => SourceError::io(&tidy(path), io),
        None => SourceError::new(&tidy(path), error.to_string()),
    }
}

/// The path inside an error of the walk, which wraps one around the other.
fn failed_at(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            failed_at(err)
        }
        _ => None,
    }
}

/// Drops a leading `./`, which a patch or a report would only repeat.
fn tidy(path: &Path) -> PathBuf {
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

fn identity(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}
