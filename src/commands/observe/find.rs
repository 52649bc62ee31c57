//! Which of the running containers are meant.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::Observe;
use crate::commands::Failure;
use crate::commands::output::words;
use crate::engine::{Running, project_name};
use crate::workload::dotenv::{Written, assignments};

/// The containers that the command line means.
///
/// # Errors
/// None of them runs, or one that was named does not: which do.
pub(super) fn chosen(running: &[Running], args: &Observe) -> Result<Vec<Running>, Failure> {
    if args.project.is_empty() && args.container.is_empty() {
        return by_paths(running, &args.paths);
    }
    let mut found: Vec<Running> = Vec::new();
    for name in &args.project {
        let before = found.len();
        found.extend(running.iter().filter(|it| it.project == *name).cloned());
        if found.len() == before {
            return Err(none(&format!("no container of the project {name} runs"), running));
        }
    }
    for name in &args.container {
        let is = |it: &&Running| it.name == *name || name.len() >= 12 && it.id.starts_with(name);
        let one = running.iter().find(is);
        let told = format!("no container {name} runs: `docker ps` lists those that do");
        found.push(one.cloned().ok_or(Failure(told))?);
    }
    Ok(found)
}

fn by_paths(running: &[Running], paths: &[PathBuf]) -> Result<Vec<Running>, Failure> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for path in paths {
        let real = fs::canonicalize(path)
            .map_err(|it| Failure(format!("{}: cannot be read: {}", path.display(), words(&it))))?;
        wanted.push(Wanted::of(real));
    }
    let exact = |it: &&Running| wanted.iter().any(|wanted| wanted.is_of(it));
    let alike = |it: &&Running| wanted.iter().any(|wanted| wanted.is_like(it));
    let mut found: Vec<Running> = running.iter().filter(exact).cloned().collect();
    if found.is_empty() {
        found = running.iter().filter(alike).cloned().collect();
    }
    if found.is_empty() {
        let paths: Vec<String> = paths.iter().map(|it| it.display().to_string()).collect();
        let place = match paths.as_slice() {
            [one] if one == "." => "this folder".to_owned(),
            _ => paths.join(", "),
        };
        return Err(none(&format!("no container of {place} runs"), running));
    }
    Ok(found)
}

/// A path that was given, links resolved.
struct Wanted {
    path: PathBuf,
    is_folder: bool,
    /// The name that Compose gives its project.
    project: String,
}

impl Wanted {
    fn of(path: PathBuf) -> Wanted {
        let is_folder = path.is_dir();
        let folder = if is_folder { Some(path.as_path()) } else { path.parent() };
        let folder = folder.unwrap_or(Path::new("/"));
        let file = (!is_folder).then_some(path.as_path());
        Wanted { project: name_of(folder, file, &[folder.join(".env")]), path, is_folder }
    }

    /// Whether a container is one of its own.
    fn is_of(&self, running: &Running) -> bool {
        if running.project.is_empty() {
            return false;
        }
        let real = |it: &Path| fs::canonicalize(it).unwrap_or_else(|_| it.to_owned());
        match self.is_folder {
            true => {
                let in_it = |it: &Path| real(it).starts_with(&self.path);
                in_it(&running.folder) || running.files.iter().any(|it| in_it(it))
            }
            false => running.files.iter().any(|it| real(it) == self.path),
        }
    }

    /// Whether a container is one of its own by names alone: files may lie elsewhere where they are started.
    fn is_like(&self, running: &Running) -> bool {
        let name = |it: &Path| it.file_name().map(std::ffi::OsStr::to_owned);
        let is_named = || running.files.iter().any(|it| name(it) == name(&self.path));
        !running.project.is_empty()
            && running.project == self.project
            && (self.is_folder || is_named())
    }
}

/// The project of which a container was made from this file, if any was.
pub(in crate::commands) fn project_of(made: &[Running], file: &Path) -> Option<String> {
    let file = fs::canonicalize(file).ok()?;
    let wanted = Wanted { path: file, is_folder: false, project: String::new() };
    made.iter().find(|it| wanted.is_of(it)).map(|it| it.project.clone())
}

/// The name of the project of a file, as Compose gives it one with these files of variables in the place of `.env`.
pub(in crate::commands) fn named(file: &Path, variables: &[PathBuf]) -> String {
    let folder = file.parent().unwrap_or(Path::new("/"));
    let own = [folder.join(".env")];
    name_of(folder, Some(file), if variables.is_empty() { &own } else { variables })
}

/// What the environment says, else a file of variables, the project's own file, its folder.
fn name_of(folder: &Path, file: Option<&Path>, variables: &[PathBuf]) -> String {
    const NAME: &str = "COMPOSE_PROJECT_NAME";
    let of_file = |it: &PathBuf| {
        let text = fs::read_to_string(it).ok()?;
        let (all, _) = assignments(&text);
        all.into_iter().rev().find(|it| it.name == NAME).and_then(|it| match it.value {
            Written::Literal(it) => Some(it.into_owned()),
            Written::Template(it) if !it.contains('$') => Some(it.into_owned()),
            Written::Template(_) | Written::HandedOn => None,
        })
    };
    let told = env::var(NAME).ok();
    let told =
        told.or_else(|| variables.iter().rev().find_map(of_file)).filter(|it| !it.is_empty());
    let own = || folder.file_name().map(|it| normal(&it.to_string_lossy()));
    told.or_else(|| file.and_then(written_name)).or_else(own).unwrap_or_default()
}

/// The name at the top of a Compose file, where it is a plain one.
fn written_name(file: &Path) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let name = text.lines().find_map(|it| it.strip_prefix("name:"))?;
    let name = name.split(" #").next()?.trim().trim_matches(['"', '\'']);
    (!name.is_empty() && !name.contains('$')).then(|| name.to_owned())
}

/// The name of a project after a folder's.
fn normal(folder: &str) -> String {
    project_name(folder).trim_start_matches(['_', '-']).to_owned()
}

/// That there is none, and which there are.
fn none(what: &str, running: &[Running]) -> Failure {
    let mut projects: BTreeMap<&str, (usize, &Path)> = BTreeMap::new();
    for it in running.iter().filter(|it| !it.project.is_empty()) {
        projects.entry(&it.project).or_insert((0, &it.folder)).0 += 1;
    }
    let told = |(name, (count, folder)): (&&str, &(usize, &Path))| {
        let noun = if *count == 1 { "container" } else { "containers" };
        format!("{name} ({count} {noun}, {})", folder.display())
    };
    let projects: Vec<String> = projects.iter().map(told).collect();
    let plain = running.iter().filter(|it| it.project.is_empty()).count();
    Failure(match (projects.is_empty(), plain) {
        (false, _) => {
            format!("{what}: projects that run: {}; name one by --project", projects.join(", "))
        }
        (true, 0) => format!("{what}: start it first, as you always do; no container runs at all"),
        (true, _) => format!(
            "{what}: start it first; no project runs, only plain containers: name one by --container"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_projects_are_those_of_compose() {
        assert_eq!(normal("My.App 2"), "myapp2");
        assert_eq!(normal("_app"), "app");
    }
}
