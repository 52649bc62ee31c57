//! The files of a run and those beside them, each read once.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::env::Environment;
use super::load::{NO_COMPOSE, parse_beside};
use super::{builds, partly, texts};
use crate::mend::Shared;
use crate::source;
use crate::workload::run::Script;
use crate::workload::{File, Variables, alone, beside, clean, compose};
use crate::yaml::{Node, Tree};

/// Why a file is none to be merged: nothing is there.
const NOT_THERE: &str = "which is not there";

/// A file with its number among the inputs of the run, if it is one.
pub(super) type Known = (Shared, Option<usize>);

/// The files read so far, by the text of the cleaned path: to take it apart costs more than all else of a look-up.
pub(super) struct Store {
    known: HashMap<OsString, Known>,
    missing: HashMap<OsString, &'static str>,
    references: HashMap<OsString, Arc<[PathBuf]>>,
    /// By which path each file is known, by its path from the root.
    places: HashMap<OsString, PathBuf>,
    /// Which of the files that Compose finds by itself are in a folder.
    pub(super) pairs: HashMap<OsString, Arc<[PathBuf]>>,
    pub(super) environment: Environment,
}

impl Store {
    pub(super) fn new(environment: Environment) -> Store {
        Store {
            known: HashMap::default(),
            missing: HashMap::default(),
            references: HashMap::default(),
            places: HashMap::default(),
            pairs: HashMap::default(),
            environment,
        }
    }

    pub(super) fn add(&mut self, path: PathBuf, file: Shared, input: Option<usize>) {
        if let Some(place) = source::from_the_root(&path) {
            self.places.entry(clean(&place).into()).or_insert_with(|| path.clone());
        }
        self.known.insert(path.into(), (file, input));
    }

    /// A file that was read already.
    pub(super) fn known(&self, path: &Path) -> Option<Known> {
        self.known.get(path.as_os_str()).cloned()
    }

    /// The path by which a file is known that is reached from a folder above.
    pub(super) fn near(&self, path: PathBuf) -> PathBuf {
        if !path.starts_with("..") || self.known.contains_key(path.as_os_str()) {
            return path;
        }
        let place = source::from_the_root(&path).map(|it| clean(&it));
        place.and_then(|it| self.places.get(it.as_os_str()).cloned()).unwrap_or(path)
    }

    /// A file, read for context if it is not among the inputs, or why it cannot be.
    pub(super) fn get(&mut self, path: &Path) -> Result<Known, &'static str> {
        if let Some(it) = self.known.get(path.as_os_str()) {
            return Ok(it.clone());
        }
        if let Some(why) = self.missing.get(path.as_os_str()) {
            return Err(why);
        }
        let read = match self.environment.names.may_hold(path).then(|| source::read_beside(path)) {
            Some(Ok(Some(bytes))) => parse_beside(&bytes),
            Some(Ok(None)) | None => Err(NOT_THERE),
            Some(Err(_)) => Err("which cannot be read: too large, no file, or not allowed"),
        };
        match read {
            Ok(tree) => Ok(self.add_beside(path, tree)),
            Err(why) => {
                self.missing.insert(path.into(), why);
                Err(why)
            }
        }
    }

    /// Adds a file that is no input.
    pub(super) fn add_beside(&mut self, path: &Path, tree: Tree) -> Known {
        let variables = self.environment.beside(path);
        let file = asked_for(path.to_owned(), tree, variables);
        let known = (Arc::new(File { in_scope: false, ..file }), None);
        self.missing.remove(path.as_os_str());
        self.known.insert(path.into(), known.clone());
        known
    }

    /// Whether something is at the path, to be read or not.
    pub(super) fn is_there(&mut self, path: &Path) -> bool {
        self.get(path).map_or_else(|why| why != NOT_THERE, |_| true)
    }

    /// The files that a file includes and that its services extend, each once.
    pub(super) fn references(&mut self, path: &Path) -> Arc<[PathBuf]> {
        if let Some(known) = self.references.get(path.as_os_str()) {
            return known.clone();
        }
        let Ok((file, _)) = self.get(path) else { return Arc::from([]) };
        let names = file.tree.documents().flat_map(|it| named_in(it, &file.variables));
        let mut known = HashSet::default();
        let paths = names.map(|it| self.near(beside(path, &it)));
        let paths: Arc<[PathBuf]> = paths.filter(|it| known.insert(it.clone())).collect();
        for base in &*paths {
            if self.get(base).is_err_and(|why| why == NO_COMPOSE) {
                partly::read(self, path, base);
            }
        }
        self.references.insert(path.into(), paths.clone());
        paths
    }
}

/// The files that a document includes and that its services extend, as far as their names are known.
pub(super) fn named_in(root: Node<'_>, variables: &Variables) -> Vec<String> {
    let known =
        |it: Node<'_>| variables.interpolate(it.value().unwrap_or("")).known().map(str::to_owned);
    let mut all: Vec<String> = compose::included(root).into_iter().filter_map(known).collect();
    all.extend(compose::references(root, variables));
    all
}

/// A file of the run, with what lies beside it.
pub(super) fn asked_for(path: PathBuf, tree: Tree, variables: Arc<Variables>) -> File {
    let builds = builds::read(&path, &tree, &variables);
    let texts = texts::read(&path, &tree, &variables);
    File {
        folder: source::folder(&path),
        variables,
        builds: Arc::new(builds),
        texts: Arc::new(texts),
        ..alone(path, Arc::new(tree))
    }
}

/// A file of command lines. What lies beside it is not read: who runs it may do so from any folder.
pub(super) fn commands_of(path: PathBuf, tree: Tree, script: Arc<Script>) -> File {
    let folder = source::folder(&path);
    File { folder, script: Some(script), ..alone(path, Arc::new(tree)) }
}
