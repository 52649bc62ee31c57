//! What all services of a Compose project share: who uses an anchor, who extends whom, the top-level sections.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashSet};

use super::engine::Engine;
use super::reach::{FileWays, Lists};
use super::{Base, Bases, DEPTH, Level, Named, RUNS, replaces, volume};
use crate::finding::{ContainerId, FileId, Site};
use crate::workload::memo::Memo;
use crate::workload::view::{self, Entry};
use crate::workload::{Files, Setting, Variables, text};
use crate::yaml::Node;

/// What all services of a project share.
pub struct Project<'t> {
    /// The first of its files.
    pub path: PathBuf,
    /// What is known of the variables that it reads.
    pub variables: Arc<Variables>,
    /// The files that read them; what is included has its own.
    pub(super) merged: Vec<FileId>,
    /// The roots of its documents, with their files, in merge order.
    pub roots: Vec<(FileId, Node<'t>)>,
    /// The numbers of its services.
    pub(super) numbers: HashMap<&'t str, ContainerId>,
    /// Which services extend one of this project, with all their layers.
    pub(super) derived: HashMap<ContainerId, Heirs<'t>>,
    /// Services that nothing says the image of: they are only there to be extended.
    pub(super) only_bases: HashSet<ContainerId>,
    /// Those of them that several documents or files put together.
    pub(super) layered_bases: HashSet<ContainerId>,
    /// For each service whose namespace another one shares, by key: the name of that other.
    pub(super) joined: HashMap<(String, String), String>,
    /// What each service says of whose namespaces it shares, and of its networks, by key.
    shared: HashMap<(&'static str, &'t str), Entry<'t>>,
    /// The entries of top-level sections from every document that has them, the weakest first.
    pub(super) tops: HashMap<(&'static str, &'t str), Vec<(FileId, Entry<'t>)>>,
    /// Whether a document says of a volume where it comes from.
    pub(super) has_drivers: bool,
    /// How many services name a top-level volume.
    pub(super) volume_uses: HashMap<String, usize>,
    /// The volumes of each service, from every document that has it.
    pub(super) holders: HashMap<&'t str, Vec<Entry<'t>>>,
    /// The folder that the sources of each file are read from; nothing where it is not known.
    pub(super) folders: Vec<Option<&'t Path>>,
    /// The files that may be written.
    pub(super) in_scope: Vec<bool>,
    /// Whom changes reach.
    pub(super) lists: Lists,
    /// The ways through each file that has anchors, once they are asked for.
    pub(super) ways: FileWays,
    /// How many services share the host's memory, once it is asked for.
    pub(super) sharing: OnceLock<usize>,
    /// The engine that the files show, once it is asked for.
    pub(super) engine: OnceLock<Option<(Engine, String)>>,
    /// The labels of all services, once they are asked for.
    pub(super) labels: OnceLock<Vec<String>>,
    /// The images of services by their names, those that were asked for.
    pub(super) images: Memo<String, Option<String>>,
    /// What files of variables say, by where their texts and the variables that they read are.
    pub(super) settings: Memo<(usize, usize), [Setting]>,
}

/// The keys that can name a service whose namespace this one shares.
const NAMESPACES: [&str; 3] = ["network_mode", "pid", "ipc"];
/// What takes part in a project and was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Where it is named.
    pub site: Site,
    /// What it is, and why it is not known.
    pub what: String,
}

/// Services that extend another one, with their layers.
pub(super) type Heirs<'t> = Vec<(ContainerId, Arc<[Level<'t>]>)>;

pub(super) fn project<'t>(
    files: &Files<'t>,
    roots: Vec<(FileId, Node<'t>)>,
    named: &Named<'t>,
    bases: &[Bases<'t>],
    first: u32,
) -> Project<'t> {
    let variables =
        roots.first().map(|it| Arc::clone(&files.get(it.0).variables)).unwrap_or_default();
    let path = roots.first().map(|it| files.get(it.0).path.clone()).unwrap_or_default();
    let mut project = Project {
        path,
        variables,
        merged: Vec::new(),
        folders: Vec::new(),
        roots,
        numbers: (first..).zip(named).map(|it| (it.1.0, ContainerId(it.0))).collect(),
        derived: HashMap::default(),
        only_bases: HashSet::default(),
        layered_bases: HashSet::default(),
        joined: HashMap::default(),
        shared: HashMap::default(),
        tops: HashMap::default(),
        has_drivers: false,
        volume_uses: HashMap::default(),
        holders: HashMap::default(),
        in_scope: files.iter().map(|(_, it)| it.in_scope).collect(),
        lists: Lists::default(),
        ways: FileWays::default(),
        sharing: OnceLock::new(),
        engine: OnceLock::new(),
        labels: OnceLock::new(),
        images: Memo::default(),
        settings: Memo::default(),
    };
    project.note_tops();
    for (id, ((name, own), bases)) in (first..).map(ContainerId).zip(named.iter().zip(bases)) {
        for level in own {
            project.note_uses(name, level);
            let volumes = level.lookup("volumes");
            volumes.into_iter().for_each(|it| project.holders.entry(name).or_default().push(it));
        }
        for key in NAMESPACES.into_iter().chain(["networks"]) {
            let reset = |it: &Entry<'t>| it.written.tag() == Some("!reset");
            let mut layers = bases.levels.iter().rev().filter_map(|it| it.lookup(key));
            let strongest = layers.find(|it| reset(it) || !it.value.is_null());
            if let Some(entry) = strongest.filter(|it| !reset(it)) {
                project.shared.insert((key, *name), entry);
            }
        }
        let says = |key: &str| bases.levels.iter().any(|it| it.lookup(key).is_some());
        if bases.missing.is_none() && !RUNS.iter().any(|it| says(it)) {
            project.only_bases.insert(id);
            if own.len() > 1 {
                project.layered_bases.insert(id);
            }
        }
        for level in &*bases.levels {
            if let Some(Base::Service(base)) = level.base {
                let heirs = project.derived.entry(base).or_default();
                heirs.push((id, Arc::clone(&bases.levels)));
            }
        }
    }
    project
}

/// Files that are merged are read from the folder of the first of them, others from their own.
pub(super) fn folders<'t>(files: &Files<'t>, merged: &[FileId]) -> Vec<Option<&'t Path>> {
    let mut folders: Vec<_> = files.iter().map(|it| it.1.folder.as_deref()).collect();
    if let Some(first) = merged.first() {
        for member in merged {
            folders[member.0 as usize] = files.get(*first).folder.as_deref();
        }
    }
    folders
}

impl<'t> Project<'t> {
    fn note_uses(&mut self, name: &str, level: &Level<'t>) {
        let volumes = level.lookup("volumes");
        for item in volumes.iter().flat_map(|it| it.value.items()) {
            if let Some(name) = volume::named(item.resolve(), &self.variables) {
                *self.volume_uses.entry(name).or_default() += 1;
            }
        }
        for key in NAMESPACES {
            if let Some(entry) = level.lookup(key) {
                self.note_joined(name, key, &entry);
            }
        }
    }

    fn note_tops(&mut self) {
        for (file, root) in self.roots.clone() {
            for section in ["volumes", "configs", "secrets", "networks"] {
                let Some(all) = root.entry(section) else { continue };
                if replaces(all.written) {
                    self.tops.retain(|it, _| it.0 != section);
                }
                for entry in view::entries(all.value) {
                    let Some(name) = entry.key.value() else { continue };
                    self.has_drivers |=
                        section == "volumes" && view::lookup(entry.value, "driver_opts").is_some();
                    let layers = self.tops.entry((section, name)).or_default();
                    if replaces(entry.written) {
                        layers.clear();
                    }
                    if entry.written.tag() != Some("!reset") {
                        layers.push((file, entry));
                    }
                }
            }
        }
    }

    fn note_joined(&mut self, name: &str, key: &str, entry: &Entry<'t>) {
        let text = entry.value.value().map(|it| self.variables.interpolate(it));
        let text = text.as_ref().and_then(|it| it.known());
        if let Some(target) = text.and_then(|it| it.strip_prefix("service:")) {
            self.joined.insert((key.to_owned(), target.to_owned()), name.to_owned());
        }
    }

    /// The service from which a chain of services that share a namespace has the host's, if it does.
    pub(super) fn host_of(&self, key: &'static str, peer: &str) -> Option<String> {
        let mut peer = peer.strip_prefix("service:")?.to_owned();
        for _ in 0..DEPTH {
            let Some(entry) = self.shared.get(&(key, peer.as_str())) else {
                let networks = self.shared.get(&("networks", peer.as_str()))?;
                let in_host = key == "network_mode" && self.host_network(networks).is_some();
                return in_host.then_some(peer);
            };
            let text = self.variables.interpolate(entry.value.value()?);
            match text.known()? {
                "host" => return Some(peer),
                other => peer = other.strip_prefix("service:")?.to_owned(),
            }
        }
        None
    }

    /// Where a service's networks name the host's: an external one of that name, or one of its driver.
    pub(super) fn host_network(&self, networks: &Entry<'t>) -> Option<Node<'t>> {
        let items = networks.value.items();
        let keys = networks.value.entries().into_iter().map(|it| it.key);
        let is_host = |it: &Node<'t>| it.resolve().value().is_some_and(|it| self.is_host(it));
        items.chain(keys).find(is_host)
    }

    fn is_host(&self, name: &str) -> bool {
        let says = |path: &[&str]| {
            let (_, node) = self.top_value("networks", name, path)?;
            Some(self.variables.interpolate(node.value()?).value.into_owned())
        };
        let old = says(&["external", "name"]);
        let is_external = says(&["external"]).is_some_and(|it| text::boolean(&it) == Some(true));
        let named = old.clone().or_else(|| says(&["name"]));
        (is_external || old.is_some()) && named.as_deref().unwrap_or(name) == "host"
            || says(&["driver"]).is_some_and(|it| it == "host")
    }

    /// The entry of a top-level section, from the last document that has it.
    pub fn top(&self, section: &'static str, name: &str) -> Option<(FileId, Entry<'t>)> {
        self.tops.get(&(section, name)).and_then(|it| it.last().copied())
    }

    /// How many documents have an entry of a top-level section.
    pub(super) fn layers_of_top(&self, section: &'static str, name: &str) -> usize {
        self.tops.get(&(section, name)).map_or(0, Vec::len)
    }

    /// A value within an entry of a top-level section, once all documents are merged: from the last one that has it.
    pub fn top_value(
        &self,
        section: &'static str,
        name: &str,
        path: &[&str],
    ) -> Option<(FileId, Node<'t>)> {
        let layers = self.tops.get(&(section, name))?;
        for (file, entry) in layers.iter().rev() {
            let mut at = Some(entry.value);
            for key in path {
                let Some(inner) = at.and_then(|it| it.entry(key)) else {
                    at = None;
                    break;
                };
                if inner.written.tag() == Some("!reset") {
                    return None;
                }
                at = Some(inner.value);
            }
            if let Some(found) = at.filter(|it| !it.is_null()) {
                return Some((*file, found));
            }
        }
        None
    }

    pub(super) fn may_write(&self, file: FileId) -> bool {
        self.in_scope.get(file.0 as usize).copied().unwrap_or(false)
    }
}
