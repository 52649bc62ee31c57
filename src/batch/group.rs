//! Which files make a project: base and override files, `COMPOSE_FILE`, what is included, and the bases of `extends`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::env::{self, Environment, Sources};
use super::load::{Loaded, Outcome};
use super::store::{Store, asked_for, commands_of, named_in};
use super::{Emits, Problem, kustomize, listed, order, partly, reach, within};
use crate::finding::{Confidence, FileId};
use crate::mend::{
    Members, Mended, Policy, Shared, Together, Unproven, carry_out, carry_out_beside, carry_out_in,
};
use crate::workload::detect::FileKind;
use crate::workload::{File, beside, clean, compose};
use crate::yaml::Tree;

/// Files that are judged together.
#[derive(Clone)]
pub struct Project {
    /// All of them, those that are only read among them.
    pub files: Vec<Shared>,
    /// How they are merged.
    pub members: Members,
    /// The number of each file among the inputs of the run; nothing for one that is only read.
    pub inputs: Vec<Option<usize>>,
    /// Paths of files outside the project that it includes or that its services extend.
    pub bases: Vec<PathBuf>,
    /// The file of it that takes all fixes, where the others are to stay as they are.
    pub emits: Option<Emits>,
}

impl Project {
    /// The path of its first file.
    pub fn path(&self) -> &Path {
        self.files.first().map_or(Path::new(""), |it| &it.path)
    }

    /// Whether it is made by command lines, and by no Compose.
    pub fn is_script(&self) -> bool {
        self.files.first().is_some_and(|it| it.script.is_some())
    }

    /// The files that Compose merges to make it; none of a file of Kubernetes.
    pub(super) fn merged(&self) -> impl Iterator<Item = &Shared> {
        let merged = match &self.members {
            Members::Compose(members) => &*members.merged,
            Members::Kubernetes(_) => &[],
        };
        merged.iter().map(|it| &self.files[it.0 as usize])
    }

    /// Carries out in these files what was decided and, where nobody decided, what is at least so sure, where it is to be
    /// written.
    ///
    /// # Errors
    /// A new text that is not proven to be what was planned; nothing is to be written then.
    pub fn carry_out(
        &self,
        files: &[Shared],
        policy: &Policy,
        otherwise: Option<Confidence>,
    ) -> Result<Mended, Unproven> {
        match &self.emits {
            None => carry_out(files, &self.members, policy, otherwise),
            Some(Emits::Override { file, .. }) => {
                carry_out_in((files, *file), &self.members, policy, otherwise)
            }
            Some(Emits::Patches(it)) => {
                carry_out_beside((files, it), &self.members, policy, otherwise)
            }
        }
    }

    /// Adds a file, with its number among the inputs of the run where it is judged here.
    pub(super) fn add(&mut self, file: Shared, input: Option<usize>) -> FileId {
        self.files.push(file);
        self.inputs.push(input);
        FileId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// The files that it includes and that are judged with it.
    pub(super) fn within(&self) -> impl Iterator<Item = &Shared> {
        let within = match &self.members {
            Members::Compose(members) => &*members.within,
            Members::Kubernetes(_) => &[],
        };
        within.iter().map(|it| &self.files[it.0 as usize])
    }

    /// Those of the run, by their cleaned paths.
    pub(super) fn named(&self) -> impl Iterator<Item = PathBuf> {
        let all = self.merged().chain(self.within());
        all.filter(|it| it.in_scope).map(|it| clean(&it.path))
    }
}

pub(super) const BASES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
pub(super) const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Groups the inputs that can be judged; their trees move into the projects.
pub fn projects(inputs: &mut [Loaded]) -> Vec<Project> {
    grouped(inputs, &Sources::default(), &[]).0
}

/// The same with variables from these sources, and for a run in these folders; files of variables can have problems.
pub(super) fn grouped(
    inputs: &mut [Loaded],
    sources: &Sources,
    folders: &[PathBuf],
) -> (Vec<Project>, Vec<Problem>) {
    let mut ready: Vec<(usize, PathBuf, FileKind, Tree)> = Vec::new();
    for (number, input) in inputs.iter_mut().enumerate() {
        match std::mem::replace(&mut input.outcome, Outcome::Passed) {
            Outcome::Ready(tree, kind) => ready.push((number, clean(&input.path), kind, *tree)),
            other => input.outcome = other,
        }
    }
    let mut store = Store::new(Environment::of(sources));
    let mut order = Vec::new();
    for (number, path, kind, tree) in ready {
        let own = inputs[number].path.clone();
        let variables = match kind {
            FileKind::Compose => store.environment.beside(&own),
            _ => Arc::default(),
        };
        let file = match inputs[number].script.take() {
            Some(script) => commands_of(own, tree, script),
            None => asked_for(own, tree, variables),
        };
        store.add(path.clone(), Arc::new(file), Some(number));
        order.push((path, kind));
    }
    let composed = order.iter().filter(|it| it.1 == FileKind::Compose);
    let composed: Vec<PathBuf> = composed.map(|it| it.0.clone()).collect();
    let admitted = partly::admit(&mut store, inputs, &composed);
    order.extend(admitted.iter().map(|it| (it.clone(), FileKind::Compose)));
    let composed: Vec<PathBuf> = composed.into_iter().chain(admitted).collect();
    env::hand_on(&mut store, composed.iter().cloned());
    let included = within::included(&mut store, &composed);
    let mut projects = store.all(order, &included);
    reach::note(&mut store, &mut projects);
    kustomize::note(&mut store, &mut projects, (inputs, folders));
    (order::by_dependence(projects), store.environment.problems)
}

/// Files that Compose merges.
pub(super) struct Merged {
    /// Those that can be read, in order.
    pub(super) files: Vec<PathBuf>,
    /// The others, and why they cannot.
    unread: BTreeMap<PathBuf, &'static str>,
}

impl Store {
    /// The projects of these files, in their order: what one includes is judged with it.
    fn all(
        &mut self,
        order: Vec<(PathBuf, FileKind)>,
        included: &HashMap<PathBuf, PathBuf>,
    ) -> Vec<Project> {
        let (inner, outer): (Vec<_>, Vec<_>) =
            order.into_iter().zip(0_usize..).partition(|it| included.contains_key(&it.0.0));
        let mut done: HashSet<PathBuf> = HashSet::default();
        let mut projects = Vec::new();
        // What is too far away for a chain of files is left to itself.
        for ((path, kind), number) in outer.into_iter().chain(inner) {
            if done.contains(&path) {
                continue;
            }
            let members = match kind {
                FileKind::Compose => self.merged_with(&path).files,
                _ => vec![path.clone()],
            };
            done.extend(members.iter().cloned());
            let project = self.project(&members, kind, included);
            done.extend(project.within().map(|it| clean(&it.path)));
            projects.push((number, project));
        }
        projects.sort_by_key(|it| it.0);
        projects.into_iter().map(|it| it.1).collect()
    }

    /// Whether Compose merges a file with no other.
    pub(super) fn stands_alone(&mut self, path: &Path) -> bool {
        self.merged_with(path).files.len() == 1
    }

    /// The files that Compose merges with this one.
    pub(super) fn merged_with(&mut self, path: &Path) -> Merged {
        let alone = Merged { files: vec![path.to_owned()], unread: BTreeMap::new() };
        let Some(folder) = path.parent() else { return alone };
        let merged = match listed::files(&mut self.environment, path) {
            Some(all) => self.readable(&all),
            None => self.pair(folder),
        };
        if merged.files.iter().any(|it| it == path) { merged } else { alone }
    }

    /// The base file and the override file that Compose finds in a folder.
    pub(super) fn pair(&mut self, folder: &Path) -> Merged {
        let known = self.pairs.get(folder.as_os_str()).cloned();
        let pair = known.unwrap_or_else(|| {
            let mut first = |names: &[&str]| {
                names.iter().map(|it| folder.join(it)).find(|it| self.is_there(it))
            };
            let pair = [first(&BASES), first(&OVERRIDES)];
            let pair: Arc<[PathBuf]> = pair.into_iter().flatten().collect();
            self.pairs.insert(folder.into(), pair.clone());
            pair
        });
        self.readable(&pair)
    }

    /// The files that the `.env` in a folder lists, if all can be read.
    pub(super) fn listed(&mut self, folder: &Path) -> Option<Vec<PathBuf>> {
        let all: Vec<PathBuf> = listed::in_folder(&mut self.environment, folder)?
            .into_iter()
            .map(|it| self.near(it))
            .collect();
        let merged = self.readable(&all);
        merged.unread.is_empty().then_some(merged.files)
    }

    fn readable(&mut self, all: &[PathBuf]) -> Merged {
        let mut merged = Merged { files: Vec::new(), unread: BTreeMap::new() };
        for path in all {
            match self.get(path) {
                Ok(_) => merged.files.push(path.clone()),
                Err(why) => drop(merged.unread.insert(path.clone(), why)),
            }
        }
        merged
    }

    fn project(
        &mut self,
        members: &[PathBuf],
        kind: FileKind,
        included: &HashMap<PathBuf, PathBuf>,
    ) -> Project {
        let mut project = Project {
            files: Vec::new(),
            members: Members::Compose(Together::default()),
            inputs: Vec::new(),
            bases: Vec::new(),
            emits: None,
        };
        let mut ids = Vec::new();
        for path in members {
            let Ok((file, input)) = self.get(path) else { continue };
            ids.push(project.add(file, input));
        }
        match kind {
            FileKind::Compose | FileKind::Commands => {
                let together = Together { merged: ids, ..Together::default() };
                project.members = Members::Compose(together);
            }
            _ => project.members = Members::Kubernetes(ids[0]),
        }
        if kind != FileKind::Compose {
            return project;
        }
        self.add_context(&mut project, members, included);
        self.note_unread(&mut project, members);
        project
    }

    /// Adds the files that the project includes and that its services extend, to be read only but those that are judged
    /// with it; what is too far away for a chain of `extends` is left out.
    fn add_context(
        &mut self,
        project: &mut Project,
        members: &[PathBuf],
        included: &HashMap<PathBuf, PathBuf>,
    ) {
        let mut known: HashSet<PathBuf> = members.iter().cloned().collect();
        for path in self.context(members) {
            if !known.insert(path.clone()) {
                continue;
            }
            let is_own = included.get(&path).is_some_and(|it| members.contains(it));
            let added = match is_own {
                true => self.add_judged(project, &path),
                false => self.add_read_only(project, &path),
            };
            if added.is_some() {
                project.bases.push(path);
            }
        }
    }

    /// Adds a file that is judged with those that include it.
    fn add_judged(&mut self, project: &mut Project, path: &Path) -> Option<FileId> {
        let (file, input) = self.get(path).ok()?;
        let id = project.add(file, input);
        if let Members::Compose(members) = &mut project.members {
            members.within.push(id);
        }
        Some(id)
    }

    /// Adds a file that is only read here; nothing where it cannot be.
    pub(super) fn add_read_only(&mut self, project: &mut Project, path: &Path) -> Option<FileId> {
        let (file, input) = self.get(path).ok()?;
        let judged_elsewhere = input.is_some();
        let file = File { in_scope: false, judged_elsewhere, ..(*file).clone() };
        Some(project.add(Arc::new(file), None))
    }

    /// The files that these include or extend, directly or by others, each once.
    pub(super) fn context(&mut self, members: &[PathBuf]) -> Vec<PathBuf> {
        let mut known: HashSet<PathBuf> = members.iter().cloned().collect();
        let (mut all, mut open) = (Vec::new(), members.to_vec());
        for _ in 0..compose::DEPTH {
            let mut next = Vec::new();
            for path in open {
                for other in &*self.references(&path) {
                    if known.insert(other.clone()) && self.get(other).is_ok() {
                        next.push(other.clone());
                    }
                }
            }
            all.extend(next.iter().cloned());
            open = next;
        }
        all
    }

    /// Tells each file why those that it names could not be read.
    fn note_unread(&mut self, project: &mut Project, members: &[PathBuf]) {
        for (number, file) in project.files.iter_mut().enumerate() {
            let mut unread = BTreeMap::new();
            for path in &*self.references(&clean(&file.path)) {
                if let Err(why) = self.get(path) {
                    unread.insert(path.clone(), why);
                }
            }
            if number == 0
                && let Some(first) = members.first()
            {
                unread.extend(self.merged_with(first).unread);
            }
            for name in file.tree.documents().flat_map(|it| named_in(it, &file.variables)) {
                if compose::is_remote(&name) {
                    let path = beside(&file.path, &name);
                    unread.insert(path, "which is fetched from elsewhere");
                }
            }
            if !unread.is_empty() {
                *file = Arc::new(File { unread: Arc::new(unread), ..(**file).clone() });
            }
        }
    }
}
