//! Compose projects: services with their layers, from `<<`, `extends`, several documents and override files.

mod bases;
mod driver;
mod engine;
mod environment;
mod hidden;
mod included;
mod injected;
mod keys;
mod level;
mod mounts;
mod namespace;
mod own_volume;
mod ports;
mod project;
mod proxy;
mod reach;
mod read;
mod reserved;
mod security;
mod share;
mod unknown;
mod unread;
mod user;
mod volume;
mod write;

use std::collections::hash_map;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use foldhash::HashMap;

use super::view;
use super::{
    Certainty, Container, Dialect, Files, Mount, Origin, PARALLEL, Text, Variables, WINDOWS,
    Workload, clean, text,
};
use crate::finding::{ContainerId, FileId, Site};
use crate::images::dockerfile::Dockerfile;
use crate::parallel;
use crate::yaml::{Kind, Node};
pub use bases::extended_services;
use bases::{Bases, Numbers};
pub use engine::Engine;
pub use environment::{EnvFile, env_file_paths};
use hidden::Hidden;
use included::{Chain, Within};
pub use included::{include_env_files, include_items, included, included_by, variables_within};
pub use keys::Keys;
pub use level::{Base, Level};
pub use mounts::Device;
pub use project::{Project, Unread};
pub use read::{Found, FoundText, Hook, Variable};
pub use security::said_of;
pub use unknown::{Part, RUNTIMES, Unknown, may_be};
pub use unread::unread;
pub use volume::{Short, parse_short};

/// The keys of which one says what a service runs.
pub const RUNS: [&str; 3] = ["image", "build", "provider"];

/// Bounds chains of `extends`: what a service takes from further away is not known.
pub const DEPTH: usize = 16;

/// A service with every layer that Compose would merge into it, the weakest first.
pub struct Service<'t> {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: ContainerId,
    /// The layers.
    pub levels: Arc<[Level<'t>]>,
    /// The layer that takes what is missing; nothing when no layer of its own may be written.
    pub home: Option<usize>,
    /// A base that was not found, as written.
    pub missing_base: Option<String>,
    /// What takes part in it and could not be read.
    pub unread: Vec<Unread>,
    /// Whether nothing in it says what it runs: part of a service that stands elsewhere.
    pub fragment: bool,
    /// What the Dockerfile says that it is built from.
    pub built: Option<&'t Dockerfile>,
    /// The files that it takes variables from.
    pub env_files: Vec<EnvFile<'t>>,
    /// What is known of the variables that it reads.
    pub variables: Arc<Variables>,
    /// What all services of the project share.
    pub project: Arc<Project<'t>>,
    /// Its variables, those among them that others hide.
    environment: Vec<Variable<'t>>,
    /// What items of its lists hide, once that is asked for.
    hidden: OnceLock<Hidden>,
}

/// The files that services of a Compose document extend, as far as their names are known.
pub fn references(root: Node<'_>, variables: &Variables) -> Vec<String> {
    let file = |service: Node<'_>| {
        let extends = view::lookup(service.resolve(), "extends")?;
        let file = extends.value.get("file")?.resolve().value()?;
        variables.interpolate(file).known().map(str::to_owned)
    };
    services(root).filter_map(|it| file(it.1)).collect()
}

/// The services of a document: names and mappings as written.
pub fn services<'t>(root: Node<'t>) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
    root.get("services").into_iter().flat_map(Node::entries).map(|it| (it.key, it.written))
}

/// The workloads of a project made of these files, merged in this order.
pub fn workloads<'t>(files: &Files<'t>, members: &[FileId], first: u32) -> Vec<Workload<'t>> {
    workloads_with(files, members, first, |_| true)
}

/// Those of the workloads whose layers are wanted.
pub fn workloads_with<'t>(
    files: &Files<'t>,
    members: &[FileId],
    first: u32,
    wanted: impl Fn(&[Level<'t>]) -> bool + Sync,
) -> Vec<Workload<'t>> {
    let merged = members.to_vec();
    let Chain { known, roots, within, .. } = Chain::of(files, members);
    let members: &[FileId] = &known;
    let (named, numbers) = named(&roots);
    let services = files.iter().map(|_| OnceLock::new()).collect();
    let numbers = Numbers { files, numbers, members, first, services, within };
    let bases: Vec<Bases<'t>> = parallel::map(&named, PARALLEL, |(_, own)| numbers.bases(own));
    let mut project = project::project(files, roots, &named, &bases, first);
    // What is included is weaker than the file itself, and comes before it.
    if let Some(first) = members.first() {
        project.variables = Arc::clone(&files.get(*first).variables);
    }
    project.folders = project::folders(files, &merged);
    project.merged = merged;
    let project = Arc::new(project);
    let numbered: Vec<_> = (first..).zip(named.iter().zip(bases)).collect();
    parallel::filter_map(numbered, PARALLEL, |(number, ((name, _), bases))| {
        wanted(&bases.levels)
            .then(|| workload(files, &project, (*name).to_owned(), ContainerId(number), bases))
    })
}

/// Whether a file or a folder is named that is fetched from elsewhere.
pub fn is_remote(name: &str) -> bool {
    name.contains("://") || name.starts_with("git@")
}

/// Services by name with their layers, in the order of their first mention.
type Named<'t> = Vec<(&'t str, Vec<Level<'t>>)>;

/// The services of all documents, and where each name is among them.
fn named<'t>(roots: &[(FileId, Node<'t>)]) -> (Named<'t>, HashMap<&'t str, usize>) {
    let found = standing(roots);
    let level = |&(_, file, node): &(_, FileId, Node<'t>)| Level::new(file, node, None);
    let levels: Vec<Level<'t>> = parallel::map(&found, PARALLEL, level);
    let mut named: Named<'t> = Vec::with_capacity(found.len());
    let mut numbers: HashMap<&'t str, usize> = HashMap::default();
    for ((name, ..), level) in found.into_iter().zip(levels) {
        match numbers.entry(name) {
            hash_map::Entry::Occupied(number) => named[*number.get()].1.push(level),
            hash_map::Entry::Vacant(place) => {
                place.insert(named.len());
                named.push((name, vec![level]));
            }
        }
    }
    (named, numbers)
}

/// The mappings of all services but those that a stronger document takes away or replaces whole.
fn standing<'t>(roots: &[(FileId, Node<'t>)]) -> Vec<(&'t str, FileId, Node<'t>)> {
    let mut found: Vec<(&str, FileId, Node<'t>)> = Vec::new();
    for &(file, root) in roots {
        // What comes by `<<` resets nothing but itself.
        let all = root.entry("services");
        let merged = all.is_some_and(|it| it.merged);
        if let Some(all) = all.filter(|it| replaces(it.written)) {
            if !merged {
                found.clear();
            }
            if all.written.tag() == Some("!reset") {
                continue;
            }
        }
        for (key, written) in services(root) {
            let Some(name) = key.value() else { continue };
            let node = written.resolve();
            if !merged && (replaces(written) || replaces(node)) {
                found.retain(|it| it.0 != name);
            }
            let gone = [written, node].iter().any(|it| it.tag() == Some("!reset"));
            if !gone && node.kind() == Kind::Mapping {
                found.push((name, file, node));
            }
        }
    }
    found
}

/// Whether a value takes the place of what weaker layers say rather than merging with it.
fn replaces(node: Node<'_>) -> bool {
    matches!(node.tag(), Some("!reset" | "!override"))
}

fn workload<'t>(
    files: &Files<'t>,
    project: &Arc<Project<'t>>,
    name: String,
    id: ContainerId,
    bases: Bases<'t>,
) -> Workload<'t> {
    let own = |it: &Level<'t>| it.base.is_none();
    let home = home(&bases.levels, |it| own(it) && files.get(it.file).in_scope);
    let named = bases.levels.iter().find(|it| own(it)).cloned();
    // What is included has variables of its own.
    let included = named.as_ref().filter(|it| !project.merged.contains(&it.file));
    let variables = included.map_or(&project.variables, |it| &files.get(it.file).variables);
    let variables = Arc::clone(variables);
    let mut service = Service {
        name: name.clone(),
        id,
        levels: bases.levels,
        home,
        missing_base: bases.missing,
        unread: bases.unread,
        fragment: false,
        built: None,
        env_files: Vec::new(),
        variables,
        project: Arc::clone(project),
        environment: Vec::new(),
        hidden: OnceLock::new(),
    };
    service.built =
        service.entry("build").and_then(|it| files.get(it.file).builds.get(&service.name));
    service.env_files = service.read_env_files(files);
    service.environment = service.read_environment();
    service.fragment = project.only_bases.contains(&id);
    let level = home
        .map(|it| service.levels[it].clone())
        .or(named)
        .expect("a service has a level of its own");
    let key = level.node.key().or_else(|| alias_key(project, level.file, &name));
    let site = Site { file: level.file, span: key.unwrap_or(level.node).span() };
    // A command line makes a container; only a project has services.
    let what = if level.node.tree().is_shown() { "container" } else { "service" };
    let subject: Arc<str> = format!("{what} {name}").into();
    Workload {
        skipped: service.skipped(),
        containers: vec![Container {
            id,
            name,
            index: 0,
            subject: subject.clone(),
            image: service.text("image").map(|it| it.text),
            site,
            node: level.node,
            mounts: with_contents(service.mounts(), files),
            capabilities: service.capabilities(),
            breaches: service.breaches(),
        }],
        name: subject,
        system: false,
        dialect: Dialect::Compose(service),
    }
}

/// The layer that takes what is missing: the first that is stronger than all bases, whose lists it appends to.
fn home<'t>(levels: &[Level<'t>], fits: impl Fn(&Level<'t>) -> bool) -> Option<usize> {
    let bases = levels.iter().rposition(|it| it.base.is_some()).map_or(0, |it| it + 1);
    let stronger = levels[bases..].iter().position(&fits).map(|it| bases + it);
    stronger.or_else(|| levels.iter().position(fits))
}

/// The mounts with what was read of them beside their files.
fn with_contents<'t>(mut mounts: Vec<Mount<'t>>, files: &Files<'t>) -> Vec<Mount<'t>> {
    for mount in &mut mounts {
        if let Origin::Host(path) = &mount.origin {
            mount.content = files.get(mount.site.file).texts.get(&clean(Path::new(path)));
        }
    }
    mounts
}

/// The key of a service whose mapping is an alias.
fn alias_key<'t>(project: &Project<'t>, file: FileId, name: &str) -> Option<Node<'t>> {
    let mut roots = project.roots.iter().filter(|it| it.0 == file);
    roots.find_map(|&(_, root)| services(root).map(|it| it.0).find(|key| key.value() == Some(name)))
}

impl Service<'_> {
    /// Which keys it can have.
    pub fn keys(&self) -> Keys {
        self.levels.iter().fold(Keys::default(), |all, it| all.and(it.keys))
    }

    /// Why the Linux rules have nothing to say of it.
    fn skipped(&self) -> Option<&'static str> {
        if self.entry("provider").is_some() {
            return Some("an external provider runs it");
        }
        self.is_windows().then_some(WINDOWS)
    }

    /// Whether it can only run on Windows: what hangs on a variable says nothing of that.
    fn is_windows(&self) -> bool {
        let says = |key, windows: fn(&str) -> bool| {
            let text = self.text(key).map(|it| it.text);
            text.is_some_and(|it| {
                it.certainty == Certainty::Known && windows(&it.value.to_ascii_lowercase())
            })
        };
        says("isolation", |it| matches!(it, "process" | "hyperv"))
            || says("platform", |it| it.starts_with("windows/"))
            || self.entry("credential_spec").is_some()
    }

    /// What lets suspect that it runs on Windows, without saying so.
    pub fn may_be_windows(&self) -> Option<&'static str> {
        let varies = |key| {
            let text = self.text(key).map(|it| it.text);
            text.filter(|it| it.certainty != Certainty::Known)
        };
        let platform = varies("platform").filter(|it| may_be(&it.value, "windows/amd64"));
        let isolation = varies("isolation")
            .filter(|it| ["process", "hyperv"].iter().any(|word| may_be(&it.value, word)));
        if platform.is_some() {
            return Some("its platform is a variable, and may be Windows");
        }
        if isolation.is_some() {
            return Some("its isolation is a variable, and may be one of Windows");
        }
        self.mounts_into_drive().then_some("it mounts to a drive, as only Windows has them")
    }

    /// A text once its variables are read.
    pub fn interpolate<'n>(&self, text: &'n str) -> Text<'n> {
        self.variables.interpolate(text)
    }

    /// The variables without a value of which an item has the defaults.
    pub fn open_variables(&self, item: Node<'_>) -> Vec<String> {
        let item = item.resolve();
        let values = item.entries().into_iter().map(|it| it.value).chain([item]);
        values.filter_map(Node::value).flat_map(|it| self.variables.uses(it).open).collect()
    }

    /// Everything that stands for text in the scalar.
    pub fn evaluate<'n>(&self, node: Node<'n>) -> Text<'n> {
        self.interpolate(node.value().unwrap_or(""))
    }
}
