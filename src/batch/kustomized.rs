//! The kustomization that takes the fixes of manifests which are to stay as they are, and its patches.

mod built;
mod judged;
mod objects;
mod unknown;
mod usable;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::store::asked_for;
use super::{Batch, Emits, Loaded, Outcome, Problem, Project, above, parse};
use crate::finding::FileId;
use crate::mend::{
    Id, Members, Mended, Patched, Patches, Shared, Stuck, Unproven, as_on_disk, completed,
    is_patch, told_with_patches, with_patches,
};
use crate::source::{self, Named};
use crate::workload::kubernetes::{NAMES, is_kustomization, named};
use crate::workload::{File, clean};
use crate::yaml::{Tree, decode};
use built::Looked;
use objects::{twice, with_pods};

/// The folder beside a kustomization that its patches lie in.
const FOLDER: &str = "casehard";

/// Why there is no place for the fixes of a manifest.
type Why = (PathBuf, Option<(usize, usize)>, String);

/// The kustomization of a manifest.
#[derive(Clone)]
struct Place {
    folder: PathBuf,
    file: Shared,
    /// How it names the manifest.
    name: String,
    /// Why it takes no patch of that, though it lies there.
    why: Option<String>,
    /// Whether it says nothing of the manifest, which it does not build.
    apart: bool,
}

/// What a manifest has its patches over it for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// To be mended by them.
    Mending,
    /// To be judged with them.
    Judging,
}

/// The kustomizations and patches that were read, by their paths.
#[derive(Default)]
struct Read(HashMap<PathBuf, Shared>);

impl Batch {
    /// Has the fixes of every manifest written to patches that its kustomization names. Projects that cannot have any are
    /// problems, and are left out.
    pub fn emit_patches(&mut self) {
        let all = std::mem::take(&mut self.projects);
        let (mut read, mut looked) = (Read::default(), Looked::default());
        let listed = self.listed();
        let mut placed: Vec<(Project, Place)> = Vec::new();
        for project in all {
            match self.place(&project, &mut read) {
                // What an earlier run wrote is judged with the manifest that it is for.
                Ok(place) if place.is_own(&project) => (),
                Ok(place) => match place.usable(&project, &listed, &mut looked) {
                    Ok(place) => placed.push((project, place)),
                    Err(why) => self.refuse(why),
                },
                Err(why) => self.refuse(why),
            }
        }
        let taken = twice(&placed);
        let mut new: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        for (_, place) in placed.iter().filter(|it| it.1.file.tree.text().is_empty()) {
            new.entry(clean(&place.file.path)).or_default().insert(place.name.clone());
        }
        for (number, (mut project, place)) in placed.into_iter().enumerate() {
            let resources = new.get(&clean(&place.file.path)).into_iter().flatten().cloned();
            let aimed = match taken.get(&number) {
                Some((at, message)) => Err((project.path().to_owned(), *at, message.clone())),
                None => {
                    self.patch(&mut project, &place, (resources.collect(), &mut read), For::Mending)
                }
            };
            match aimed {
                Ok(()) => self.projects.push(project),
                Err(why) => self.refuse(why),
            }
        }
        self.mark_emitted();
    }

    /// Marks what holds fixes of another file, wherever it is read.
    fn mark_emitted(&mut self) {
        let patches: HashSet<PathBuf> = self.projects.iter().flat_map(paths).collect();
        for file in self.projects.iter_mut().flat_map(|it| &mut it.files) {
            if patches.contains(&clean(&file.path)) {
                *file = Arc::new(File { emitted: true, ..(**file).clone() });
            }
        }
    }

    fn refuse(&mut self, (path, place, message): Why) {
        let is_it = |it: &Problem| it.path == path && it.place == place && it.message == message;
        // What several manifests need is wrong once.
        if !self.refused.iter().any(is_it) {
            self.refused.push(Problem { path, place, message, fails: true });
        }
    }

    /// The kustomization that builds a manifest, or the one that is made beside it.
    fn place(&mut self, project: &Project, read: &mut Read) -> Result<Place, Why> {
        let path = project.path().to_owned();
        let failed = |message: &str| (path.clone(), None, message.to_owned());
        if let Members::Compose(_) = project.members {
            return Err(failed(COMPOSE));
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let own = source::from_the_root(&path).map(|it| clean(&it));
        let own = own.ok_or_else(|| failed("it lies nowhere"))?;
        let mut first = None;
        let near = above::folders(&BTreeSet::from([clean(&folder)]));
        let mut near: Vec<PathBuf> = near.into_iter().collect();
        // The nearest one first: below names the longest, above the root of names the fewest dots.
        near.sort_by_key(|it| {
            std::cmp::Reverse(source::from_the_root(it).map_or(0, |it| it.components().count()))
        });
        for folder in [folder.clone()].into_iter().chain(near) {
            let Some(file) = self.kustomization(&folder, read)? else { continue };
            let root = source::from_the_root(&folder).map(|it| clean(&it)).unwrap_or_default();
            let Ok(name) = own.strip_prefix(&root) else { continue };
            let says = named(&file.tree);
            let is_it = |it: &String| clean(Path::new(it)) == clean(name);
            let place = |why: Option<String>| Place {
                folder: folder.clone(),
                file: Arc::clone(&file),
                name: slashed(name),
                why,
                apart: false,
            };
            let at = file.path.display();
            if says.resources.iter().any(is_it) {
                return Ok(place(None));
            }
            if says.patches.iter().any(is_it) {
                let why = format!("it is a patch of {at} itself, and nothing is put over a patch");
                return Ok(place(Some(why)));
            }
            if is_kustomization(&path) && clean(&path) == clean(&file.path) {
                return Ok(place(Some("nothing is put over a kustomization".to_owned())));
            }
            let why = format!("{at} does not build it: name it there under `resources`");
            first.get_or_insert_with(|| Place { apart: true, ..place(Some(why)) });
        }
        // One above, which builds something else, is in nobody's way.
        let name = path.file_name().map(|it| it.to_string_lossy().into_owned());
        let beside = first.filter(|it| clean(&it.folder) == clean(&folder));
        beside.map_or_else(
            || {
                let tree = Tree::parse("").map_err(|it| failed(&it.to_string()))?;
                let file = asked_for(folder.join(NAMES[0]), tree, Arc::default());
                let file = Arc::new(File { in_scope: false, ..file });
                Ok(Place {
                    folder: folder.clone(),
                    file,
                    name: name.unwrap_or_default(),
                    why: None,
                    apart: false,
                })
            },
            Ok,
        )
    }

    /// The kustomization in a folder.
    fn kustomization(&mut self, folder: &Path, read: &mut Read) -> Result<Option<Shared>, Why> {
        for name in NAMES {
            if let Some(file) = self.there(&folder.join(name), read)? {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    /// A file as it is on the disk; nothing where there is none.
    fn there(&mut self, path: &Path, read: &mut Read) -> Result<Option<Shared>, Why> {
        let key = clean(path);
        if let Some(it) = read.0.get(&key) {
            return Ok(Some(Arc::clone(it)));
        }
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let known = self.inputs.iter().position(|it| clean(&it.path) == key);
        let failed = |message: String| (path.to_owned(), None, message);
        let path = known.map_or(path.to_owned(), |it| self.inputs[it].path.clone());
        let source = source::read(&path).map_err(|it| failed(it.problem))?;
        // What cannot be judged cannot be completed.
        if let Outcome::Refused(all) = parse(&path, Named::Outright, &source.bytes)
            && let Some(it) = all.into_iter().find(|it| it.place.is_some())
        {
            return Err((path, it.place, it.message));
        }
        let text = decode(&source.bytes).map_err(|it| failed(it.to_string()))?;
        let tree = Tree::parse(text).map_err(|it| failed(it.to_string()))?;
        match known {
            Some(at) if self.inputs[at].source.is_some() => (),
            _ => self.inputs.push(Loaded::new(path.clone(), Some(source), Outcome::Passed)),
        }
        let file = File { in_scope: false, ..asked_for(path, tree, Arc::default()) };
        let file = Arc::new(file);
        read.0.insert(key, Arc::clone(&file));
        Ok(Some(file))
    }

    /// Gives a project the patches that take its fixes.
    fn patch(
        &mut self,
        project: &mut Project,
        place: &Place,
        (resources, read): (Vec<String>, &mut Read),
        purpose: For,
    ) -> Result<(), Why> {
        let base = Arc::clone(&project.files[0]);
        completed(&place.file, &resources, &[])
            .map_err(|it| (place.file.path.clone(), it.place, it.message))?;
        let names = place.named();
        let (mut all, mut there) = (Vec::new(), Vec::new());
        for (resource, id) in with_pods(&base.tree).into_iter().filter(|_| place.why.is_none()) {
            let name = format!("{FOLDER}/{}", id.file_name());
            let path = place.folder.join(&name);
            let is_named = names.contains(Path::new(&name));
            let own = self.there(&path, read)?;
            if let Some(why) = own.as_ref().and_then(|it| place.is_taken(&name, it)) {
                return Err((path, None, why));
            }
            let patched = Patched { resource, id, file: project.push(own.as_ref(), &path)?, name };
            if let Some(own) = own.filter(|it| is_named && !it.tree.text().is_empty()) {
                there.push((patched.clone(), own));
            }
            all.push(patched);
        }
        let over: Vec<(&Patched, &Tree)> = there.iter().map(|it| (&it.0, &*it.1.tree)).collect();
        let now = with_patches(&base.tree, &over)
            .map_err(|(at, it): (usize, Stuck)| (there[at].1.path.clone(), it.place, it.message))?;
        let apart = now.is_none() && !there.is_empty();
        let told = || told_with_patches(&base.tree, &over).filter(|_| purpose == For::Judging);
        let now = now.or_else(told);
        if let Some(tree) = now {
            project.files[0] = Arc::new(base.with_tree(tree));
        }
        let kustomization = File { emitted: place.apart, ..(*place.file).clone() };
        let kustomization = project.push(Some(&Arc::new(kustomization)), &place.file.path)?;
        let (before, why) = (Arc::clone(&place.file), place.why.clone());
        project.emits = Some(Emits::Patches(Patches {
            base,
            kustomization,
            before,
            resources,
            all,
            apart,
            why,
        }));
        Ok(())
    }

    /// Puts together what several projects need of one kustomization, and tells what became of them in the places of
    /// the files on the disk.
    pub fn settle(&mut self, mended: &mut [Result<Mended, Unproven>]) {
        let mut wanted: BTreeMap<PathBuf, Vec<(String, Id)>> = BTreeMap::new();
        for (project, mended) in self.projects.iter().zip(&*mended) {
            let (Some(Emits::Patches(it)), Ok(mended)) = (&project.emits, mended) else { continue };
            let own = &mended.files[it.kustomization.0 as usize];
            let names = named(&own.tree).patches;
            let is_named = |it: &&Patched| names.contains(&it.name);
            let all = it.all.iter().filter(is_named).map(|it| (it.name.clone(), it.id.clone()));
            wanted.entry(clean(&own.path)).or_default().extend(all);
        }
        for (project, mended) in self.projects.iter_mut().zip(mended) {
            let (Some(Emits::Patches(it)), Ok(mended)) = (&project.emits, mended) else { continue };
            let at = it.kustomization.0 as usize;
            let all = wanted.get(&clean(&it.before.path)).map_or(&[][..], Vec::as_slice);
            if mended.changed.contains(&it.kustomization)
                && let Ok(text) = completed(&it.before, &it.resources, all)
                && let Ok(tree) = Tree::parse(text)
            {
                mended.files[at] = Arc::new(it.before.with_tree(tree));
            }
            let own = FileId(0);
            as_on_disk(mended, &project.files, own, &it.base);
            project.files[0] = Arc::clone(&it.base);
            project.files[at] = Arc::clone(&it.before);
        }
    }
}

impl Project {
    /// Adds a file that takes fixes.
    fn push(&mut self, own: Option<&Shared>, path: &Path) -> Result<FileId, Why> {
        let file = match own {
            Some(it) => Arc::clone(it),
            None => {
                let failed = |message: String| (path.to_owned(), None, message);
                let tree = Tree::parse("").map_err(|it| failed(it.to_string()))?;
                let file = asked_for(path.to_owned(), tree, Arc::default());
                Arc::new(File { in_scope: false, ..file })
            }
        };
        Ok(self.add(file, None))
    }

    /// How many files it has beside those that take its fixes as patches.
    pub(super) fn own_len(&self) -> usize {
        match &self.emits {
            Some(Emits::Patches(it)) => self.files.len() - it.all.len() - 1,
            Some(Emits::Override { .. }) | None => self.files.len(),
        }
    }
}

impl Place {
    /// Whether a project is a patch that an earlier run wrote.
    fn is_own(&self, project: &Project) -> bool {
        let is_it = |it: &PathBuf| *it == clean(Path::new(&self.name));
        let is_named = Path::new(&self.name).starts_with(FOLDER) && self.named().iter().any(is_it);
        is_named && project.files.first().is_some_and(|it| is_patch(it.tree.text()))
    }

    /// Whether the kustomization names patches where an earlier run wrote them.
    fn has_own(&self) -> bool {
        self.named().iter().any(|it| it.starts_with(FOLDER))
    }

    /// The patches that the kustomization names.
    fn named(&self) -> HashSet<PathBuf> {
        named(&self.file.tree).patches.iter().map(|it| clean(Path::new(it))).collect()
    }
}

const COMPOSE: &str =
    "a Compose file, which no kustomization builds: run again with --emit override";

/// The paths of the patches of a project.
fn paths(project: &Project) -> Vec<PathBuf> {
    match &project.emits {
        Some(Emits::Patches(it)) => {
            it.all.iter().map(|it| clean(&project.files[it.file.0 as usize].path)).collect()
        }
        Some(Emits::Override { .. }) | None => Vec::new(),
    }
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|it| it.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
