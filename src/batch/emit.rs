//! The override file that takes the fixes of a project whose files are to stay as they are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::env::Environment;
use super::group::{BASES, OVERRIDES};
use super::store::asked_for;
use super::{Batch, Loaded, Outcome, Problem, Project, listed, parse};
use crate::finding::FileId;
use crate::mend::{Members, Patches, Shared};
use crate::source::{self, Named, Place};
use crate::workload::detect::FileKind;
use crate::workload::{File, beside, clean, compose};
use crate::yaml::{Kind, Node, Tree};

/// What takes the fixes of a project whose own files stay as they are.
#[derive(Clone)]
pub enum Emits {
    /// A file that Compose merges over the others.
    Override {
        /// Which one.
        file: FileId,
        /// How Compose comes to it.
        reach: Reach,
    },
    /// Patches that a kustomization names.
    Patches(Patches),
}

impl Emits {
    /// The file by which all of it is found.
    pub fn file(&self) -> FileId {
        match self {
            Emits::Override { file, .. } => *file,
            Emits::Patches(it) => it.kustomization,
        }
    }
}

/// How Compose comes to an override.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// By its name, beside the base.
    ByItself,
    /// `COMPOSE_FILE` has to list it.
    ByList,
    /// It has to be named on the command line.
    ByName,
}

/// Why there is no place for the fixes of a project.
type Why = (PathBuf, Option<(usize, usize)>, String);

impl Batch {
    /// Has the fixes of every project written to an override beside it, or to the file that is named. Projects that
    /// cannot have one are problems, and are left out.
    ///
    /// # Errors
    /// One file for several projects.
    pub fn emit(&mut self, to: Option<&Path>) -> Result<(), String> {
        let is_compose = |it: &&Project| matches!(it.members, Members::Compose(_));
        // One that an earlier run wrote is no project of its own.
        let is_other = |it: &&Project| to.is_none_or(|to| clean(to) != clean(it.path()));
        let count = self.projects.iter().filter(is_compose).filter(is_other).count();
        if let Some(to) = to.filter(|_| count > 1) {
            return Err(format!(
                "--emit-to {} is one file, and there are {count} Compose projects: name the files of one of them",
                to.display()
            ));
        }
        let aims: Vec<Result<(PathBuf, Reach), Why>> =
            self.projects.iter().map(|it| target(it, to)).collect();
        let mut bases: Vec<PathBuf> = Vec::new();
        for (project, aim) in self.projects.iter().zip(&aims) {
            let own = clean(project.path());
            bases.extend(aim.iter().map(|it| clean(&it.0)).filter(|it| *it != own));
        }
        let asked = self.projects.iter().filter(|it| is_asked_for(it));
        asked.for_each(|it| bases.extend(included(it)));
        // What becomes a part of another project is none of its own.
        let is_own = |it: &Project| !bases.contains(&clean(it.path()));
        let all = std::mem::take(&mut self.projects);
        let (own, parts): (Vec<_>, Vec<_>) =
            all.into_iter().zip(aims).partition(|it| is_own(&it.0));
        let parts: Vec<Project> = parts.into_iter().map(|it| it.0).collect();
        for (mut project, aim) in own {
            match aim.and_then(|it| self.aim(&mut project, it, &parts)) {
                Ok(()) => self.projects.push(project),
                Err((path, place, message)) => {
                    self.refused.push(Problem { path, place, message, fails: true });
                }
            }
        }
        Ok(())
    }

    /// Gives a project the file that takes its fixes.
    fn aim(
        &mut self,
        project: &mut Project,
        (path, reach): (PathBuf, Reach),
        parts: &[Project],
    ) -> Result<(), Why> {
        let merged = merged(project).to_vec();
        let files = merged.iter().map(|it| &project.files[it.0 as usize].path);
        let files: Vec<PathBuf> = files.cloned().collect();
        let known = files.iter().position(|it| clean(it) == clean(&path));
        stands_alone(project, &path, known.map(|at| merged[at]))?;
        if known.is_some_and(|it| it == 0) {
            return Err((path, None, OWN_BASE.to_owned()));
        }
        if known.is_some_and(|it| it + 1 < files.len()) {
            return Err((path, None, NOT_LAST.to_owned()));
        }
        let (file, input) = self.file(project, &path, parts)?;
        let id = match known.map(|at| merged[at]) {
            Some(id) => {
                (project.files[id.0 as usize], project.inputs[id.0 as usize]) = (file, Some(input));
                id
            }
            None => {
                let id = project.add(file, Some(input));
                if let Members::Compose(together) = &mut project.members {
                    together.merged.push(id);
                }
                id
            }
        };
        project.take_over();
        self.passed.retain(|it| clean(&it.path) != clean(&path));
        project.emits = Some(Emits::Override { file: id, reach });
        rootless(project, id).map_or(Ok(()), Err)
    }

    /// The override as it is, or an empty one, and its number among the inputs.
    fn file(
        &mut self,
        project: &Project,
        path: &Path,
        parts: &[Project],
    ) -> Result<(Shared, usize), Why> {
        let number = self.inputs.iter().position(|it| clean(&it.path) == clean(path));
        let mut all = parts.iter().chain([project]);
        let read = number.and_then(|number| {
            all.find_map(|it| Some(&it.files[it.inputs.iter().position(|it| *it == Some(number))?]))
        });
        if let (Some(number), Some(file)) = (number, read) {
            return Ok((Arc::clone(file), number));
        }
        let failed = |message: String| (path.to_owned(), None, message);
        let (source, tree) = match path.symlink_metadata() {
            Ok(_) => {
                let source = source::read(path).map_err(|it| failed(it.problem))?;
                let tree = readable(path, &source.bytes)?;
                (Some(source), tree)
            }
            Err(_) => (None, Tree::parse("").map_err(|it| failed(it.to_string()))?),
        };
        let first = project.files.first();
        let variables = first.map(|it| Arc::clone(&it.variables)).unwrap_or_default();
        let file = asked_for(path.to_owned(), tree, variables);
        self.inputs.push(Loaded::new(path.to_owned(), source, Outcome::Passed));
        Ok((Arc::new(file), self.inputs.len() - 1))
    }
}

impl Project {
    /// What it includes or extends is its own here: an override of those files Compose would not read for it.
    fn take_over(&mut self) {
        if let Members::Compose(together) = &mut self.members {
            let all = (0..).map(FileId).take(self.files.len());
            together.within = all.collect();
        }
        for file in &mut self.files {
            if file.judged_elsewhere && self.bases.contains(&clean(&file.path)) {
                *file =
                    Arc::new(File { in_scope: true, judged_elsewhere: false, ..(**file).clone() });
            }
        }
    }
}

/// Whether a file that Compose merges for it was asked for.
fn is_asked_for(project: &Project) -> bool {
    merged(project).iter().any(|it| project.files[it.0 as usize].in_scope)
}

/// The override is no other file of the project, whatever links lead to it.
fn stands_alone(project: &Project, path: &Path, own: Option<FileId>) -> Result<(), Why> {
    if path.as_os_str() == "-" {
        return Err((path.to_owned(), None, NO_FILE.to_owned()));
    }
    let place = Place::of(path);
    let others = (0..).map(FileId).zip(&project.files).filter(|it| Some(it.0) != own);
    // What an earlier run wrote may be among its files without being read for it.
    let is_read = |id: &FileId, file: &Shared| {
        merged(project).contains(id) || project.bases.contains(&clean(&file.path))
    };
    let others = others.filter(|it| is_read(&it.0, it.1));
    let mut same = others.filter(|it| place.is_there() && place.is(&Place::of(&it.1.path)));
    match same.next() {
        Some((id, _)) if merged(project).first() == Some(&id) => {
            Err((path.to_owned(), None, OWN_BASE.to_owned()))
        }
        Some(_) => Err((path.to_owned(), None, PART.to_owned())),
        None => Ok(()),
    }
}

/// The files that a project includes, by their cleaned paths: not what others of the run include, which put its files
/// together in another way.
fn included(project: &Project) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        merged(project).iter().map(|it| clean(&project.files[it.0 as usize].path)).collect();
    let own = all.len();
    let mut next = 0;
    while let Some(path) = all.get(next).cloned() {
        next += 1;
        let files = project.files.iter().filter(|it| clean(&it.path) == path);
        for file in files {
            for name in file.tree.documents().flat_map(compose::included) {
                let text = file.variables.interpolate(name.value().unwrap_or(""));
                let found = text.known().map(|it| clean(&beside(&file.path, it)));
                all.extend(found.filter(|it| !all.contains(it)));
            }
        }
    }
    all.split_off(own)
}

const OWN_BASE: &str =
    "the override would be written over the file that it is for: name another one by --emit-to";

const PART: &str =
    "the project reads this file and it is to stay as it is: name another one by --emit-to";

const NO_FILE: &str = "no file: name one by --emit-to; --diff shows what would stand in it";

const NOT_LAST: &str =
    "another file of the project comes after it and would win: name the last one by --emit-to";

/// What a file says that is there.
fn readable(path: &Path, bytes: &[u8]) -> Result<Tree, Why> {
    let refused = |message: &str| (path.to_owned(), None, message.to_owned());
    match parse(path, Named::Outright, bytes) {
        Outcome::Ready(tree, FileKind::Compose) => Ok(*tree),
        Outcome::Refused(all) if all.iter().any(|it| it.place.is_some()) => {
            let first = all.into_iter().find(|it| it.place.is_some());
            let (place, message) = first.map_or((None, String::new()), |it| (it.place, it.message));
            Err((path.to_owned(), place, message))
        }
        _ => {
            let text = std::str::from_utf8(bytes).map_err(|_| refused("not UTF-8 text"))?;
            let tree = Tree::parse(text).map_err(|it| refused(&it.to_string()))?;
            let of_compose = |key: &str| TOPS.contains(&key) || key.starts_with("x-");
            let own = |it: Node<'_>| {
                let mut keys = it.entries().into_iter().map(|it| it.key.value());
                it.is_null()
                    || it.kind() == Kind::Mapping && keys.all(|it| it.is_some_and(of_compose))
            };
            if tree.documents().all(own) { Ok(tree) } else { Err(refused(NO_COMPOSE)) }
        }
    }
}

/// What stands at the top of a Compose file beside its services.
const TOPS: [&str; 7] = ["configs", "include", "name", "networks", "secrets", "version", "volumes"];

const NO_COMPOSE: &str =
    "no Compose file, so it cannot take the fixes: name another one by --emit-to";

/// The files that Compose merges to make a project.
fn merged(project: &Project) -> &[FileId] {
    match &project.members {
        Members::Compose(it) => &it.merged,
        Members::Kubernetes(_) => &[],
    }
}

const MANIFEST: &str = "a Kubernetes manifest, for which there is no override file: run again with --emit kustomize, or without --emit";

/// The override of a project, and how Compose comes to it.
fn target(project: &Project, to: Option<&Path>) -> Result<(PathBuf, Reach), Why> {
    let base = project.path();
    if project.is_script() {
        let message = "command lines have no override: write them in place";
        return Err((base.to_owned(), None, message.to_owned()));
    }
    if merged(project).is_empty() {
        return Err((base.to_owned(), None, MANIFEST.to_owned()));
    }
    let name =
        |it: &Path| it.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = base.parent().unwrap_or(Path::new(""));
    let there = |names: &[&str]| names.iter().map(|it| folder.join(it)).find(|it| it.exists());
    let stem = base.file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    if stem.ends_with(".override")
        && let [only] = merged(project)
        && let Some((path, place, _)) = rootless(project, *only)
    {
        let message = "an override of services that no file has: the base was renamed or moved, name that too";
        return Err((path, place, message.to_owned()));
    }
    let is_base = there(&BASES).is_some_and(|it| clean(&it) == clean(base));
    let is_override = |it: &Path| {
        OVERRIDES.contains(&&*name(it))
            && clean(folder) == clean(it.parent().unwrap_or(Path::new("")))
    };
    let is_listed = listed::files(&mut Environment::default(), &clean(base)).is_some();
    let own = there(&OVERRIDES);
    if let Some(to) = to {
        let wins = own.is_none_or(|it| clean(&it) == clean(to));
        let reach = match (is_listed, is_base && is_override(to) && wins) {
            (true, _) => Reach::ByList,
            (false, true) => Reach::ByItself,
            (false, false) => Reach::ByName,
        };
        return Ok((to.to_owned(), reach));
    }
    if !is_listed && is_base {
        let usual = match name(base).starts_with("docker-") {
            true => "docker-compose.override.yml",
            false => "compose.override.yaml",
        };
        return Ok((own.unwrap_or_else(|| folder.join(usual)), Reach::ByItself));
    }
    let stem = stem.strip_suffix(".override").unwrap_or(&stem);
    let ending = base.extension().map_or("yaml".into(), |it| it.to_string_lossy().into_owned());
    let path = folder.join(format!("{stem}.override.{ending}"));
    if !is_listed && is_override(&path) {
        let message = format!(
            "Compose would merge {} over {}, which comes first in this folder: name another file by --emit-to",
            path.display(),
            there(&BASES).unwrap_or_default().display()
        );
        return Err((base.to_owned(), None, message));
    }
    Ok((path, if is_listed { Reach::ByList } else { Reach::ByName }))
}

/// A service of the override that no other file of the project has, and that nothing runs.
fn rootless(project: &Project, target: FileId) -> Option<Why> {
    let own = &project.files[target.0 as usize];
    // What only lies in the same folder is none of the project.
    let is_read = |id: FileId, file: &File| {
        merged(project).contains(&id) || project.bases.contains(&clean(&file.path))
    };
    let files = (0..).map(FileId).zip(&project.files);
    let others: Vec<&File> =
        files.filter(|it| it.0 != target && is_read(it.0, it.1)).map(|it| &**it.1).collect();
    let has = |file: &File, name: &str| {
        let mut all = file.tree.documents().flat_map(compose::services);
        all.any(|it| it.0.value() == Some(name))
    };
    let names = || own.tree.documents().flat_map(compose::services);
    let runs = |it: crate::yaml::Node<'_>| {
        compose::RUNS.iter().chain(&["extends"]).any(|key| it.resolve().get(key).is_some())
    };
    let (key, _) = names().find(|(key, service)| {
        let name = key.value().unwrap_or("");
        !runs(*service) && !others.iter().any(|it| has(it, name))
    })?;
    let position = own.tree.position(key.span().start);
    let message = format!(
        "service {} is in no other file of the project ({}): it has another name there now, or went elsewhere; give it \
         that name here, or take it out",
        key.value().unwrap_or(""),
        project.path().display()
    );
    Some((own.path.clone(), Some((position.line, position.column)), message))
}
