//! Compose projects: services with their layers, from `<<`, `extends`, several documents and override files.

mod bases;
mod driver;
mod engine;
mod environment;
mod keys;
mod merged;
mod mounts;
mod namespace;
mod ports;
mod project;
mod reach;
mod read;
mod security;
mod share;
mod user;
mod volume;
mod write;

use std::collections::hash_map;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use foldhash::HashMap;
use rayon::prelude::*;

use super::view::{self, Entry};
use super::{
    Container, Dialect, Files, Mount, Origin, PARALLEL, Text, WINDOWS, Workload, clean, text,
};
use crate::finding::{ContainerId, FileId, Site};
use crate::images::dockerfile::Dockerfile;
use crate::yaml::{Kind, Node};
use bases::{Bases, Numbers};
pub use engine::Engine;
pub use environment::{EnvFile, env_file_paths};
pub use keys::Keys;
use merged::{Fragments, Merged};
pub use mounts::Device;
pub use project::Project;
pub use read::{Found, FoundText, Hook, Variable};
pub use volume::{Short, parse_short};

/// The keys of which one says what a service runs.
const RUNS: [&str; 3] = ["image", "build", "provider"];

/// Bounds chains of `extends`: what a service takes from further away is not known.
pub const DEPTH: usize = 16;

/// One mapping that takes part in a service.
#[derive(Clone)]
pub struct Level<'t> {
    /// The file it stands in.
    pub file: FileId,
    /// The mapping, aliases followed.
    pub node: Node<'t>,
    /// The service that it defines when it came through `extends`; nothing for the service's own.
    pub base: Option<Base>,
    /// The entries that stand in it, by their keys.
    own: Arc<[(&'t str, Entry<'t>)]>,
    /// What `<<` brings into it.
    merged: Option<Arc<Merged<'t>>>,
    /// Which keys it can have.
    keys: Keys,
}

impl<'t> Level<'t> {
    fn new(
        file: FileId,
        node: Node<'t>,
        base: Option<Base>,
        fragments: &Fragments<'t>,
    ) -> Level<'t> {
        let own = view::own_entries(node).into_iter();
        let own: Arc<[_]> = own.filter_map(|it| Some((it.key.value()?, it))).collect();
        let merged = node.merge().map(|_| fragments.of(file, node));
        let keys = own.iter().fold(Keys::default(), |all, it| all.and(Keys::of(&[it.0])));
        let keys = merged.as_ref().map_or(keys, |it| keys.and(it.keys));
        Level { file, node, base, own, merged, keys }
    }

    /// The mappings that `<<` brings into it.
    pub(super) fn fragments(&self) -> &[Node<'t>] {
        self.merged.as_ref().map_or(&[], |it| &it.fragments)
    }

    /// The entries that stand in it, by their keys.
    pub(super) fn own(&self) -> &[(&'t str, Entry<'t>)] {
        &self.own
    }

    /// What `<<` brings into it, what it hides by entries of its own among it.
    fn merged(&self) -> Option<&Merged<'t>> {
        self.merged.as_deref()
    }

    /// The entry of a key, merges followed.
    pub fn lookup(&self, key: &str) -> Option<Entry<'t>> {
        if !self.keys.may_have(key) {
            return None;
        }
        let own = self.own.iter().find(|it| it.0 == key).map(|it| it.1);
        own.or_else(|| self.merged.as_ref()?.lookup(key))
    }
}

/// Where an extended mapping comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// A service of this project.
    Service(ContainerId),
    /// A service of a file outside the project.
    Elsewhere,
}

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
    /// Whether nothing in it says what it runs: part of a service that stands elsewhere.
    pub fragment: bool,
    /// What the Dockerfile says that it is built from.
    pub built: Option<&'t Dockerfile>,
    /// The files that it takes variables from.
    pub env_files: Vec<EnvFile<'t>>,
    /// What all services of the project share.
    pub project: Arc<Project<'t>>,
}

/// The files that services of a Compose document extend, as written.
pub fn references(root: Node<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (_, service) in services(root) {
        let file = view::lookup(service.resolve(), "extends")
            .and_then(|it| it.value.get("file"))
            .and_then(|it| it.resolve().value());
        found.extend(file.map(str::to_owned));
    }
    found
}

/// The files that a Compose document includes, as written.
pub fn included(root: Node<'_>) -> Vec<&str> {
    let listed = root.get("include").into_iter().flat_map(|it| it.resolve().items());
    let paths = listed.flat_map(|it| {
        let path = it.resolve().get("path").unwrap_or(it).resolve();
        std::iter::once(path).chain(path.items().map(Node::resolve))
    });
    paths.filter_map(Node::value).collect()
}

/// The services of a document: names and mappings as written.
pub fn services<'t>(root: Node<'t>) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
    root.get("services").into_iter().flat_map(Node::entries).map(|it| (it.key, it.written))
}

/// The workloads of a project made of these files, merged in this order.
pub fn workloads<'t>(files: &Files<'t>, members: &[FileId], first: u32) -> Vec<Workload<'t>> {
    let roots: Vec<(FileId, Node<'t>)> = members
        .iter()
        .flat_map(|&id| files.get(id).tree.documents().map(move |root| (id, root)))
        .collect();
    let fragments = Fragments::default();
    let (named, numbers) = named(&roots, &fragments);
    let services = files.iter().map(|_| OnceLock::new()).collect();
    let numbers = Numbers { files, numbers, members, first, services, fragments: &fragments };
    let bases: Vec<Bases<'t>> =
        named.par_iter().with_min_len(PARALLEL).map(|(_, own)| numbers.bases(own)).collect();
    let project = Arc::new(project::project(files, roots, &named, &bases, first));
    let numbered: Vec<_> = (first..).zip(named.iter().zip(bases)).collect();
    let numbered = numbered.into_par_iter().with_min_len(PARALLEL);
    numbered
        .map(|(number, ((name, _), bases))| {
            workload(files, &project, (*name).to_owned(), ContainerId(number), bases)
        })
        .collect()
}

/// Services by name with their layers, in the order of their first mention.
type Named<'t> = Vec<(&'t str, Vec<Level<'t>>)>;

/// The services of all documents, and where each name is among them.
fn named<'t>(
    roots: &[(FileId, Node<'t>)],
    fragments: &Fragments<'t>,
) -> (Named<'t>, HashMap<&'t str, usize>) {
    let found = roots.iter().flat_map(|&(file, root)| {
        let services =
            services(root).filter_map(|(key, value)| Some((key.value()?, value.resolve())));
        services.map(move |(name, node)| (name, file, node))
    });
    let found: Vec<_> = found.filter(|it| it.2.kind() == Kind::Mapping).collect();
    let levels: Vec<Level<'t>> = found
        .par_iter()
        .with_min_len(PARALLEL)
        .map(|&(_, file, node)| Level::new(file, node, None, fragments))
        .collect();
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

fn workload<'t>(
    files: &Files<'t>,
    project: &Arc<Project<'t>>,
    name: String,
    id: ContainerId,
    bases: Bases<'t>,
) -> Workload<'t> {
    let own = |it: &Level<'t>| it.base.is_none();
    let home = bases.levels.iter().position(|it| own(it) && files.get(it.file).in_scope);
    let named = bases.levels.iter().find(|it| own(it)).cloned();
    let mut service = Service {
        name: name.clone(),
        id,
        levels: bases.levels,
        home,
        missing_base: bases.missing,
        fragment: false,
        built: None,
        env_files: Vec::new(),
        project: Arc::clone(project),
    };
    service.built =
        service.entry("build").and_then(|it| files.get(it.file).builds.get(&service.name));
    service.env_files = service.read_env_files(files);
    service.fragment = project.only_bases.contains(&id);
    let level = home
        .map(|it| service.levels[it].clone())
        .or(named)
        .expect("a service has a level of its own");
    let key = level.node.key().or_else(|| alias_key(project, level.file, &name));
    let site = Site { file: level.file, span: key.unwrap_or(level.node).span() };
    let subject: Arc<str> = format!("service {name}").into();
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

    /// Whether it can only run on Windows, or may: what it says of its isolation is a variable.
    fn is_windows(&self) -> bool {
        let isolation = self.text("isolation");
        let usual = |it: &str| it.is_empty() || it.eq_ignore_ascii_case("default");
        isolation.is_some_and(|it| !it.text.known().is_some_and(usual))
            || self.entry("credential_spec").is_some()
            || self
                .text("platform")
                .is_some_and(|it| it.text.value.to_ascii_lowercase().starts_with("windows"))
            || self.mounts_into_drive()
    }

    /// A text once its variables are read.
    pub fn interpolate<'n>(&self, text: &'n str) -> Text<'n> {
        self.project.variables.interpolate(text)
    }

    /// Everything that stands for text in the scalar.
    pub fn evaluate<'n>(&self, node: Node<'n>) -> Text<'n> {
        self.interpolate(node.value().unwrap_or(""))
    }
}
