//! Which files make a project: base and override files, `COMPOSE_FILE`, and the bases of `extends`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::load::{Loaded, Outcome, parse};
use super::{builds, listed, order, texts};
use crate::finding::FileId;
use crate::mend::{Members, Shared};
use crate::source::{self, Named};
use crate::workload::detect::FileKind;
use crate::workload::{File, Variables, clean, compose};
use crate::yaml::Tree;

/// Files that are judged together.
pub struct Project {
    /// All of them, those that are only read among them.
    pub files: Vec<Shared>,
    /// How they are merged.
    pub members: Members,
    /// The number of each file among the inputs of the run; nothing for one that is only read.
    pub inputs: Vec<Option<usize>>,
    /// Paths of files outside the project that its services extend.
    pub bases: Vec<PathBuf>,
    /// Files that it includes and that no project holds, as written, and why they are left alone.
    pub left: Vec<(String, &'static str)>,
}

const BASES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Groups the inputs that can be judged; their trees move into the projects.
pub fn projects(inputs: &mut [Loaded]) -> Vec<Project> {
    let mut ready: Vec<(usize, PathBuf, FileKind, Tree)> = Vec::new();
    for (number, input) in inputs.iter_mut().enumerate() {
        match std::mem::replace(&mut input.outcome, Outcome::Passed) {
            Outcome::Ready(tree, kind) => ready.push((number, clean(&input.path), kind, tree)),
            other => input.outcome = other,
        }
    }
    let named = inputs.iter().map(|it| clean(&it.path)).collect();
    let mut store = Store { named, ..Store::default() };
    let mut order = Vec::new();
    for (number, path, kind, tree) in ready {
        let own = inputs[number].path.clone();
        let file = asked_for(own, tree);
        store.add(path.clone(), Arc::new(file), Some(number));
        order.push((path, kind));
    }
    let mut done: HashSet<PathBuf> = HashSet::new();
    let mut projects = Vec::new();
    for (path, kind) in order {
        if done.contains(&path) {
            continue;
        }
        let members = match kind {
            FileKind::Compose => store.merged_with(&path),
            _ => vec![path.clone()],
        };
        done.extend(members.iter().cloned());
        projects.push(store.project(&members, kind));
    }
    order::by_dependence(projects)
}

/// A file of the run, with what lies beside it.
fn asked_for(path: PathBuf, tree: Tree) -> File {
    let variables = Variables::default();
    let builds = builds::read(&path, &tree, &variables);
    let texts = texts::read(&path, &tree, &variables);
    File {
        folder: source::folder(&path),
        path,
        tree: Arc::new(tree),
        in_scope: true,
        judged_elsewhere: false,
        variables: Arc::new(variables),
        builds: Arc::new(builds),
        texts: Arc::new(texts),
    }
}

/// The files read so far, by cleaned path.
#[derive(Default)]
struct Store {
    known: HashMap<PathBuf, (Shared, Option<usize>)>,
    missing: HashSet<PathBuf>,
    references: HashMap<PathBuf, Vec<PathBuf>>,
    /// All inputs, those that cannot be judged among them.
    named: HashSet<PathBuf>,
}

impl Store {
    fn add(&mut self, path: PathBuf, file: Shared, input: Option<usize>) {
        self.known.insert(path, (file, input));
    }

    /// A file, read for context if it is not among the inputs.
    fn get(&mut self, path: &Path) -> Option<(Shared, Option<usize>)> {
        if let Some(it) = self.known.get(path) {
            return Some(it.clone());
        }
        if self.missing.contains(path) {
            return None;
        }
        let bytes = source::read_beside(path).ok().flatten();
        let outcome = bytes.map(|it| parse(path, Named::ByWalking, &it));
        let Some(Outcome::Ready(tree, FileKind::Compose)) = outcome else {
            self.missing.insert(path.to_owned());
            return None;
        };
        let file = File { in_scope: false, ..asked_for(path.to_owned(), tree) };
        self.add(path.to_owned(), Arc::new(file), None);
        self.known.get(path).cloned()
    }

    /// The files that Compose merges with this one, in order.
    fn merged_with(&mut self, path: &Path) -> Vec<PathBuf> {
        let alone = vec![path.to_owned()];
        let Some(folder) = path.parent() else { return alone };
        if let Some(all) = listed::files(path) {
            if all.iter().any(|it| it == path) && all.iter().all(|it| self.get(it).is_some()) {
                return all;
            }
            return alone;
        }
        let first = |store: &mut Store, names: &[&str]| {
            names.iter().map(|it| folder.join(it)).find(|it| store.get(it).is_some())
        };
        let pair: Vec<PathBuf> =
            [first(self, &BASES), first(self, &OVERRIDES)].into_iter().flatten().collect();
        if pair.iter().any(|it| it == path) { pair } else { alone }
    }

    fn project(&mut self, members: &[PathBuf], kind: FileKind) -> Project {
        let mut project = Project {
            files: Vec::new(),
            members: Members::Compose(Vec::new()),
            inputs: Vec::new(),
            bases: Vec::new(),
            left: Vec::new(),
        };
        let mut ids = Vec::new();
        for path in members {
            let Some((file, input)) = self.get(path) else { continue };
            ids.push(FileId(u32::try_from(project.files.len()).unwrap_or(u32::MAX)));
            project.files.push(file);
            project.inputs.push(input);
        }
        if kind != FileKind::Compose {
            project.members = Members::Kubernetes(ids[0]);
            return project;
        }
        project.members = Members::Compose(ids);
        project.left = self.left(&project.files);
        self.add_bases(&mut project, members);
        project
    }

    /// What the files of a project include and nobody named.
    fn left(&mut self, files: &[Shared]) -> Vec<(String, &'static str)> {
        let mut left = BTreeMap::new();
        for file in files {
            let folder = clean(&file.path).parent().map(Path::to_owned).unwrap_or_default();
            for name in file.tree.documents().flat_map(compose::included) {
                let path = clean(&folder.join(name));
                if self.named.contains(&path) || files.iter().any(|it| clean(&it.path) == path) {
                    continue;
                }
                let why = if name.contains("://") || name.starts_with("git@") {
                    "included from elsewhere"
                } else if name.contains('$') {
                    "included by a name that holds a variable"
                } else if self.get(&path).is_none() {
                    "included, and no Compose file to be read"
                } else {
                    "included, but not named: name it too"
                };
                left.insert(name.to_owned(), why);
            }
        }
        left.into_iter().collect()
    }

    /// Adds the files that services extend, to be read only; what is too far away for a chain of `extends` is left out.
    fn add_bases(&mut self, project: &mut Project, members: &[PathBuf]) {
        let mut known: HashSet<PathBuf> = members.iter().cloned().collect();
        let mut open: Vec<Shared> = project.files.clone();
        for _ in 0..compose::DEPTH {
            let mut next = Vec::new();
            let paths: Vec<PathBuf> =
                open.iter().flat_map(|it| self.references(it).to_vec()).collect();
            for path in paths {
                if !known.insert(path.clone()) {
                    continue;
                }
                let Some((base, input)) = self.get(&path) else { continue };
                let judged_elsewhere = input.is_some();
                let base = File { in_scope: false, judged_elsewhere, ..(*base).clone() };
                next.push(Arc::new(base));
                project.bases.push(path);
                project.inputs.push(None);
            }
            project.files.extend(next.iter().cloned());
            open = next;
        }
    }

    /// The files that a file's services extend, each once.
    fn references(&mut self, file: &Shared) -> &[PathBuf] {
        self.references.entry(clean(&file.path)).or_insert_with_key(|path| {
            let folder = path.parent().unwrap_or(Path::new(""));
            let names = file.tree.documents().flat_map(compose::references);
            let mut known = HashSet::new();
            let paths = names.map(|it| clean(&folder.join(it)));
            paths.filter(|it| known.insert(it.clone())).collect()
        })
    }
}
