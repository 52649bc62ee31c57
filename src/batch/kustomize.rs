//! Which kustomizations of the run are built on a file of objects, and the patches that they name: all of them are read
//! beside it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Project;
use super::load::{Loaded, Outcome};
use super::store::{Known, Store, asked_for};
use crate::mend::{Members, is_patch};
use crate::source::{self, Within};
use crate::workload::kubernetes::{NAMES, Named, named, patch_files};
use crate::workload::{File, beside, clean};
use crate::yaml::{Tree, decode};

/// The largest file that is read because a kustomization names it.
const LIMIT: u64 = 16 << 20;

/// How many kustomizations are read beside one file.
const MANY: usize = 256;

/// A kustomization by its folder.
struct Kustomization {
    path: PathBuf,
    named: Named,
    /// The patches that it names and that can be read.
    patches: Vec<PathBuf>,
}

type All = BTreeMap<PathBuf, Kustomization>;

/// Has the kustomizations of the run read beside the files that they are built on.
pub(super) fn note(
    store: &mut Store,
    projects: &mut [Project],
    (inputs, roots): (&[Loaded], &[PathBuf]),
) {
    if !projects.iter().any(|it| matches!(it.members, Members::Kubernetes(_))) {
        return;
    }
    let paths: Vec<PathBuf> = inputs.iter().map(|it| clean(&it.path)).collect();
    let folders: BTreeSet<PathBuf> =
        paths.iter().filter_map(|it| it.parent()).map(Path::to_owned).collect();
    let mut all = All::new();
    for folder in folders {
        let found = NAMES.iter().find_map(|name| {
            let path = folder.join(name);
            Some((read(store, roots, &path).ok()?.0, path))
        });
        if let Some((file, path)) = found {
            let named = named(&file.tree);
            all.insert(folder, Kustomization { path, named, patches: Vec::new() });
        }
    }
    for (folder, it) in &mut all {
        it.patches = readable(store, roots, (folder, it));
    }
    let built_on = built_on(&all);
    let is_passed = |it: &(usize, &Loaded)| matches!(it.1.outcome, Outcome::Passed);
    let passed = inputs.iter().enumerate().filter(is_passed);
    let mut patches = Patches {
        roots,
        passed: passed.map(|(number, it)| (clean(&it.path), number)).collect(),
        judged: projects.iter().flat_map(|it| &it.files).map(|it| clean(&it.path)).collect(),
    };
    for project in projects.iter_mut().filter(|it| matches!(it.members, Members::Kubernetes(_))) {
        patches.follow(store, project);
        let own = clean(&project.files[0].path);
        let over: Vec<&Kustomization> =
            built_on.get(&own).into_iter().flatten().filter_map(|it| all.get(*it)).collect();
        if over.iter().any(|it| it.named.changes) {
            add(store, project, &over);
        }
    }
}

/// A file of the run, or one in its folders, whatever it is.
fn read(store: &mut Store, roots: &[PathBuf], path: &Path) -> Result<Known, &'static str> {
    if let Some(known) = store.known(path) {
        return Ok(known);
    }
    let place = source::folder(path).zip(path.file_name());
    let (folder, name) = place.ok_or("which is no file")?;
    let within = roots.iter().map(|it| source::Folder::new(it).read(&folder.join(name), LIMIT));
    let mut within = within.filter(|it| *it != Within::Outside);
    let bytes = match within.next().unwrap_or(Within::Outside) {
        Within::Bytes(bytes) => bytes,
        Within::Missing => return Err("which is not there"),
        Within::Folder => return Err("which is a folder"),
        Within::Outside => {
            return Err("which lies outside of the folders of this run, and is not judged");
        }
        Within::TooLarge | Within::Refused => {
            return Err("which cannot be read: too large, no file, or not allowed");
        }
    };
    let text = decode(&bytes).map_err(|_| "which is not UTF-8 text")?;
    let tree = Tree::parse(text).map_err(|_| "which is not YAML")?;
    tree.editable().map_err(|_| "which not all readers of YAML read alike")?;
    let file = asked_for(path.to_owned(), tree, Arc::default());
    store.add(path.to_owned(), Arc::new(File { in_scope: false, ..file }), None);
    store.known(path).ok_or("which was not read")
}

/// The patches that a kustomization names and that can be read.
fn readable(
    store: &mut Store,
    roots: &[PathBuf],
    (folder, it): (&Path, &Kustomization),
) -> Vec<PathBuf> {
    let paths = it.named.patches.iter().map(|name| clean(&folder.join(name)));
    paths.filter(|path| read(store, roots, path).is_ok()).collect()
}

/// The files of the run that are patches and nothing else.
struct Patches<'p> {
    roots: &'p [PathBuf],
    /// The numbers of the inputs that were passed over.
    passed: HashMap<PathBuf, usize>,
    /// Files that are judged in a project of their own, or in that of who names them first.
    judged: HashSet<PathBuf>,
}

impl Patches<'_> {
    /// Has the patches that a file of objects names judged with it, unless somebody judges them already.
    fn follow(&mut self, store: &mut Store, project: &mut Project) {
        let own = Arc::clone(&project.files[0]);
        let (mut unread, mut known) = (BTreeMap::new(), HashSet::new());
        for name in patch_files(&own.tree) {
            let path = beside(&own.path, name);
            if !known.insert(path.clone()) {
                continue;
            }
            match read(store, self.roots, &path) {
                Err(why) => drop(unread.insert(path, why)),
                // Those of an earlier run are judged with the manifests that they are for.
                Ok((file, _)) if is_patch(file.tree.text()) => (),
                Ok((file, _)) if self.judged.insert(path.clone()) => {
                    let file = File { in_scope: true, judged_elsewhere: false, ..(*file).clone() };
                    project.add(Arc::new(file), self.passed.get(&path).copied());
                }
                Ok(_) => (),
            }
        }
        if !unread.is_empty() {
            project.files[0] = Arc::new(File { unread: Arc::new(unread), ..(*own).clone() });
        }
    }
}

/// For each file the folders of the kustomizations that change it.
fn built_on(all: &All) -> HashMap<PathBuf, BTreeSet<&Path>> {
    let mut built: HashMap<PathBuf, BTreeSet<&Path>> = HashMap::new();
    for folder in all.keys() {
        let own = reached(all, folder, |it| [&it.components, &[]]);
        for path in reached(all, folder, |it| [&it.components, &it.resources]).files {
            let over = built.entry(path).or_default();
            over.extend(own.folders.iter().copied().take(MANY.saturating_sub(over.len())));
        }
    }
    built
}

/// What a kustomization leads to.
struct Reached<'a> {
    /// Kustomizations by their folders, the first among them.
    folders: BTreeSet<&'a Path>,
    /// Files that are none.
    files: HashSet<PathBuf>,
}

fn reached<'a>(
    all: &'a All,
    first: &'a Path,
    named: impl Fn(&'a Named) -> [&'a [String]; 2],
) -> Reached<'a> {
    let mut reached = Reached { folders: BTreeSet::from([first]), files: HashSet::new() };
    let mut open = vec![first];
    while let Some(folder) = open.pop() {
        let Some(it) = all.get(folder) else { continue };
        for name in named(&it.named).into_iter().flatten() {
            let path = clean(&folder.join(name));
            match all.get_key_value(&path) {
                Some((inner, _)) => {
                    if reached.folders.insert(inner) {
                        open.push(inner);
                    }
                }
                None => drop(reached.files.insert(path)),
            }
        }
    }
    reached
}

/// Adds kustomizations with their patches to be read beside a file, which waits for what becomes of them.
fn add(store: &mut Store, project: &mut Project, over: &[&Kustomization]) {
    let mut known: HashSet<&Path> = HashSet::new();
    for it in over {
        for path in std::iter::once(&it.path).chain(&it.patches) {
            if known.insert(path) && store.add_read_only(project, path).is_some() {
                project.bases.push(path.clone());
            }
        }
    }
}
