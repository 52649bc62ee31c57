//! The other ways in which files of a project are put together: those that extend or include them, and files beside
//! them that are merged over them by `-f`. What is written in a file has to serve all of them.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use foldhash::{HashMap, HashSet};

use super::load::is_compose_name;
use super::store::Store;
use super::{Project, above};
use crate::finding::FileId;
use crate::mend::{self, Members, Shared};
use crate::workload::{clean, compose};
use crate::yaml::{Node, Tree};

/// How many files beside a project are put together with it.
const SIBLINGS: usize = 32;

/// In how many ways the files of one project are put together, at most.
const WAYS: usize = 1000;

/// Files that are merged in this order, with all that they include and extend.
struct Together {
    members: Vec<PathBuf>,
    /// In order.
    all: Vec<PathBuf>,
    /// Whether Compose takes them, once that is asked for.
    loads: OnceCell<bool>,
}

/// Notes for each project how its files are put together elsewhere.
pub(super) fn note(store: &mut Store, projects: &mut [Project]) {
    let found = found(store, projects);
    let mut holding: HashMap<&PathBuf, Vec<usize>> = HashMap::default();
    for (number, it) in found.iter().enumerate() {
        it.all.iter().for_each(|path| holding.entry(path).or_default().push(number));
    }
    for project in projects {
        let own: Vec<PathBuf> = project.merged().map(|it| clean(&it.path)).collect();
        if own.is_empty() {
            continue;
        }
        let written = project.files.iter().filter(|it| it.in_scope).map(|it| clean(&it.path));
        let others: BTreeSet<usize> =
            written.flat_map(|it| holding.get(&it).into_iter().flatten().copied()).collect();
        let mut known: HashMap<PathBuf, FileId> = HashMap::default();
        for (id, file) in (0..).map(FileId).zip(&project.files) {
            known.entry(clean(&file.path)).or_insert(id);
        }
        for number in others.into_iter().take(WAYS + project.within().count()) {
            let it = &found[number];
            // What Compose refuses to put together nobody does.
            if it.members != own && *it.loads.get_or_init(|| loads(store, it)) {
                add(store, project, (it, &mut known));
            }
        }
    }
}

fn add(
    store: &mut Store,
    project: &mut Project,
    (together, known): (&Together, &mut HashMap<PathBuf, FileId>),
) {
    let rest: Vec<&PathBuf> = together.all.iter().filter(|it| !known.contains_key(*it)).collect();
    for path in rest {
        if let Some(id) = store.add_read_only(project, path) {
            known.insert(path.clone(), id);
        }
    }
    let ids: Vec<FileId> =
        together.members.iter().filter_map(|it| known.get(it).copied()).collect();
    if let Members::Compose(members) = &mut project.members {
        members.elsewhere.push(ids);
    }
}

/// Every way in which Compose files of the run, and those beside them, are put together.
fn found(store: &mut Store, projects: &[Project]) -> Vec<Together> {
    let mut lists: Vec<Vec<PathBuf>> = Vec::new();
    let mut folders: BTreeSet<PathBuf> = BTreeSet::new();
    for project in projects {
        let list: Vec<PathBuf> = project.merged().map(|it| clean(&it.path)).collect();
        if list.is_empty() {
            continue;
        }
        // Nobody names what comes from standard input.
        if project.merged().all(|it| it.folder.is_some()) {
            folders.extend(list.iter().filter_map(|it| it.parent()).map(Path::to_owned));
        }
        lists.push(list);
        for path in project.within().map(|it| clean(&it.path)) {
            folders.extend(path.parent().map(Path::to_owned));
            lists.push(vec![path]);
        }
    }
    let above = above::folders(&folders);
    lists.extend(above.iter().filter_map(|it| store.listed(it)));
    folders.extend(above);
    for folder in folders {
        let pair = store.pair(&folder).files;
        for sibling in siblings(store, &folder) {
            if pair.contains(&sibling) || store.get(&sibling).is_err() {
                continue;
            }
            let alone = vec![sibling.clone()];
            lists.push(alone.clone());
            // What the pair reads in any case is not merged over it.
            if !overrides(store, &sibling, &pair) || store.context(&pair).contains(&sibling) {
                continue;
            }
            // Who names files by `-f` has to name the override file as well, and may not want it.
            lists.push([&pair[..1], &alone].concat());
            lists.push([pair.clone(), alone].concat());
        }
        lists.extend(pair.first().map(|it| vec![it.clone()]));
        lists.extend((!pair.is_empty()).then_some(pair));
    }
    lists.extend(layered(store, projects));
    // By their texts: to take paths apart costs more than all else here.
    let texts = |it: &Vec<PathBuf>| -> Vec<OsString> { it.iter().map(Into::into).collect() };
    lists.sort_by_cached_key(texts);
    lists.dedup();
    let mut together = |members: Vec<PathBuf>| {
        let mut all = store.context(&members);
        all.extend_from_slice(&members);
        all.sort_unstable();
        all.dedup();
        Together { members, all, loads: OnceCell::new() }
    };
    lists.into_iter().map(&mut together).collect()
}

/// Whether Compose takes the project.
fn loads(store: &mut Store, it: &Together) -> bool {
    let rest = it.all.iter().filter(|path| !it.members.contains(path));
    let all = it.members.iter().chain(rest);
    let files: Vec<Shared> = all.filter_map(|it| store.get(it).ok()).map(|it| it.0).collect();
    let members: Vec<FileId> = (0..).map(FileId).take(it.members.len()).collect();
    files.len() >= it.all.len() && mend::loads(&mend::view(&files), &members)
}

/// Files of the run of which one says more of services that the other defines, in one folder or, as the containers of
/// editors have it, in one below.
fn layered(store: &mut Store, projects: &[Project]) -> Vec<Vec<PathBuf>> {
    let mut all: Vec<PathBuf> = projects.iter().flat_map(Project::named).collect();
    all.sort();
    let said: Vec<Said> = all.iter().map(|it| Said::of(store, it)).collect();
    let mut folders: HashMap<&Path, Vec<usize>> = HashMap::default();
    for (number, path) in all.iter().enumerate() {
        folders.entry(path.parent().unwrap_or(Path::new(""))).or_default().push(number);
    }
    let mut lists = Vec::new();
    for (number, path) in all.iter().enumerate().filter(|it| !said[it.0].partly.is_empty()) {
        let folder = path.parent().unwrap_or(Path::new(""));
        let near = [Some(folder), folder.parent()].into_iter().flatten();
        let near = near.filter_map(|it| folders.get(it)).flatten().copied();
        let bases =
            near.filter(|it| *it != number && !said[*it].whole.is_disjoint(&said[number].partly));
        for base in bases.take(SIBLINGS).map(|it| &all[it]) {
            // A base is no layer over those that extend it.
            if !store.context(std::slice::from_ref(base)).contains(path) {
                lists.push(vec![base.clone(), path.clone()]);
            }
        }
    }
    lists
}

/// The services of a file: those that say what they run, and those that only say more of one.
#[derive(Default)]
struct Said {
    whole: HashSet<String>,
    partly: HashSet<String>,
}

impl Said {
    fn of(store: &mut Store, path: &Path) -> Said {
        let Ok((file, _)) = store.get(path) else { return Said::default() };
        let mut said = Said::default();
        for (name, service) in file.tree.documents().flat_map(compose::services) {
            let Some(name) = name.value() else { continue };
            let mut runs = compose::RUNS.iter().chain(&["extends"]);
            match runs.any(|it| service.get(it).is_some()) {
                true => said.whole.insert(name.to_owned()),
                false => said.partly.insert(name.to_owned()),
            };
        }
        said
    }
}

/// The files of a folder that have a name which Compose's own is part of.
fn siblings(store: &mut Store, folder: &Path) -> Vec<PathBuf> {
    let names = store.environment.names.of(folder);
    let names = names.iter().filter(|it| is_compose_name(Path::new(it)));
    names.take(SIBLINGS).map(|it| folder.join(it)).collect()
}

/// Whether a file may be merged over others: it has no services, or one of theirs.
fn overrides(store: &mut Store, path: &Path, pair: &[PathBuf]) -> bool {
    let mut names = |path: &Path| -> HashSet<String> {
        let said = Said::of(store, path);
        said.whole.into_iter().chain(said.partly).collect()
    };
    let own = names(path);
    !pair.is_empty()
        && (own.is_empty()
            || pair.iter().any(|it| !names(it).is_disjoint(&own))
            || pair.iter().any(|it| borrows(store, path, it)))
}

/// Whether the services of a file mount a volume that another one alone defines.
fn borrows(store: &mut Store, path: &Path, base: &Path) -> bool {
    let (Ok((file, _)), Ok((base, _))) = (store.get(path), store.get(base)) else { return false };
    let defined = |tree: &Tree| -> HashSet<String> {
        let all = tree.documents().filter_map(|it| it.get("volumes"));
        let names = all.flat_map(Node::entries).filter_map(|it| it.key.value());
        names.map(str::to_owned).collect()
    };
    let (own, theirs) = (defined(&file.tree), defined(&base.tree));
    let services = file.tree.documents().flat_map(compose::services);
    let mut mounted = services.filter_map(|it| it.1.get("volumes")).flat_map(Node::items);
    mounted.any(|it| {
        let source = it.get("source").and_then(Node::value).or_else(|| it.value()).unwrap_or("");
        let name = source.split(':').next().unwrap_or("");
        !own.contains(name) && theirs.contains(name)
    })
}
