//! The variables of a project: from `.env` in its folder, from files that the user names, from the shell if asked for.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Problem;
use super::names::Names;
use super::store::Store;
use crate::source;
use crate::workload::{File, Variables, beside, compose};
use crate::yaml::Node;

/// Where variables are read from beside the projects' own `.env`.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Files that the user names in place of `.env`, each with its text; later ones win.
    pub files: Vec<(String, String)>,
    /// The environment of the process, where the user asks for it: it wins.
    pub shell: Vec<(String, String)>,
}

/// What is known of variables, folder by folder.
#[derive(Default)]
pub(super) struct Environment {
    sources: Sources,
    folders: HashMap<PathBuf, Arc<Variables>>,
    /// The `.env` of folders that have one, by itself.
    own: HashMap<PathBuf, Option<Arc<Variables>>>,
    /// What lies in folders.
    pub(super) names: Names,
    /// Files of variables that Compose would refuse.
    pub(super) problems: Vec<Problem>,
}

impl Environment {
    pub(super) fn of(sources: &Sources) -> Environment {
        Environment { sources: sources.clone(), ..Environment::default() }
    }

    /// The variables of a project whose first file is this one.
    pub(super) fn beside(&mut self, path: &Path) -> Arc<Variables> {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        if let Some(known) = self.folders.get(&folder) {
            return Arc::clone(known);
        }
        let mut variables = Variables::default();
        variables.add_shell(self.sources.shell.iter().cloned());
        let files = match self.sources.files.is_empty() {
            true => {
                let own = text(&folder.join(FILE), &mut self.names);
                own.map(|it| (FILE.to_owned(), it)).into_iter().collect()
            }
            false => self.sources.files.clone(),
        };
        for (name, text) in files {
            let Err(misread) = variables.add_file(&name, &text) else { continue };
            let path = if self.sources.files.is_empty() { folder.join(FILE) } else { name.into() };
            if self.problems.iter().all(|it| it.path != path) {
                self.problems.push(Problem {
                    path,
                    place: Some((misread.line, 1)),
                    message: format!("{}: Docker Compose refuses the project", misread.message),
                    fails: true,
                });
            }
        }
        let variables = Arc::new(variables);
        self.folders.insert(folder, Arc::clone(&variables));
        variables
    }

    /// The variables of the `.env` in a folder alone.
    pub(super) fn own(&mut self, folder: &Path) -> Option<Arc<Variables>> {
        if let Some(known) = self.own.get(folder) {
            return known.clone();
        }
        let text = text(&folder.join(FILE), &mut self.names);
        let own = text.map(|it| Arc::new(Variables::of_files([(FILE, &*it)])));
        self.own.insert(folder.to_owned(), own.clone());
        own
    }
}

/// Hands the variables of files to what they include.
pub(super) fn hand_on(store: &mut Store, paths: impl IntoIterator<Item = PathBuf>) {
    let mut open: Vec<PathBuf> = paths.into_iter().collect();
    let mut inner = HashSet::new();
    for path in &open {
        let Ok((file, _)) = store.get(path) else { continue };
        inner.extend(includes(path, &file).into_iter().map(|it| store.near(it.1)));
    }
    // What includes comes before what is included: that hands on what it was handed.
    open.retain(|it| !inner.contains(it));
    let mut known: HashSet<PathBuf> = open.iter().cloned().collect();
    while let Some(path) = open.pop() {
        let Ok((file, _)) = store.get(&path) else { continue };
        for (item, other) in includes(&path, &file) {
            let other = store.near(other);
            let Ok((inner, input)) = store.get(&other) else { continue };
            if known.insert(other.clone()) {
                let variables = compose::variables_within(&file, item, &inner.variables);
                let inner = File { variables, ..(*inner).clone() };
                store.add(other.clone(), Arc::new(inner), input);
                open.push(other);
            }
        }
    }
}

/// The items of a file's `include` with the paths that they name, as far as these are known.
pub(super) fn includes<'f>(path: &Path, file: &'f File) -> Vec<(Node<'f>, PathBuf)> {
    let mut found = Vec::new();
    for item in file.tree.documents().flat_map(compose::include_items) {
        for name in compose::included_by(item) {
            let name = file.variables.interpolate(name.value().unwrap_or(""));
            found.extend(name.known().map(|it| (item, beside(path, it))));
        }
    }
    found
}

const FILE: &str = ".env";

fn text(path: &Path, names: &mut Names) -> Option<String> {
    let bytes = names.may_hold(path).then(|| source::read_beside(path))?.ok().flatten()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
