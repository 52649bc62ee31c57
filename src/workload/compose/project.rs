//! What all services of a Compose project share: who uses an anchor, who extends whom, the top-level sections.

use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashSet};

use super::engine::Engine;
use super::reach::{FileWays, Lists};
use super::{Base, Bases, Level, Named, RUNS, volume};
use crate::finding::{ContainerId, FileId};
use crate::workload::view::{self, Entry};
use crate::workload::{Files, Variables};
use crate::yaml::Node;

/// What all services of a project share.
pub struct Project<'t> {
    /// What is known of the variables that it reads.
    pub variables: Arc<Variables>,
    /// The roots of its documents, with their files, in merge order.
    pub roots: Vec<(FileId, Node<'t>)>,
    /// The numbers of its services.
    pub(super) numbers: HashMap<&'t str, ContainerId>,
    /// Which services extend one of this project, with all their layers.
    pub(super) derived: HashMap<ContainerId, Heirs<'t>>,
    /// Services that nothing says the image of: they are only there to be extended.
    pub(super) only_bases: HashSet<ContainerId>,
    /// For each service whose namespace another one shares, by key: the name of that other.
    pub(super) joined: HashMap<(String, String), String>,
    /// The entries of top-level sections, the last document that has one wins.
    pub(super) tops: HashMap<(&'static str, String), (FileId, Entry<'t>)>,
    /// How many services name a top-level volume.
    pub(super) volume_uses: HashMap<String, usize>,
    /// The volumes of each service, from every document that has it.
    pub(super) holders: HashMap<&'t str, Vec<Entry<'t>>>,
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
}

/// The keys that can name a service whose namespace this one shares.
const NAMESPACES: [&str; 3] = ["network_mode", "pid", "ipc"];

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
    let mut project = Project {
        variables,
        roots,
        numbers: (first..).zip(named).map(|it| (it.1.0, ContainerId(it.0))).collect(),
        derived: HashMap::default(),
        only_bases: HashSet::default(),
        joined: HashMap::default(),
        tops: HashMap::default(),
        volume_uses: HashMap::default(),
        holders: HashMap::default(),
        in_scope: files.iter().map(|(_, it)| it.in_scope).collect(),
        lists: Lists::default(),
        ways: FileWays::default(),
        sharing: OnceLock::new(),
        engine: OnceLock::new(),
    };
    project.note_tops();
    for (id, ((name, own), bases)) in (first..).map(ContainerId).zip(named.iter().zip(bases)) {
        for level in own {
            project.note_uses(name, level);
            let volumes = level.lookup("volumes");
            volumes.into_iter().for_each(|it| project.holders.entry(name).or_default().push(it));
        }
        let says = |key: &str| bases.levels.iter().any(|it| it.lookup(key).is_some());
        if bases.missing.is_none() && !RUNS.iter().any(|it| says(it)) {
            project.only_bases.insert(id);
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
                let Some(all) = root.get(section) else { continue };
                for entry in view::entries(all) {
                    let Some(name) = entry.key.value() else { continue };
                    self.tops.insert((section, name.to_owned()), (file, entry));
                }
            }
        }
    }

    fn note_joined(&mut self, name: &str, key: &str, entry: &Entry<'t>) {
        let target = entry.value.value().and_then(|it| it.strip_prefix("service:"));
        if let Some(target) = target {
            self.joined.insert((key.to_owned(), target.to_owned()), name.to_owned());
        }
    }

    /// The entry of a top-level section, from the last document that has it.
    pub fn top(&self, section: &'static str, name: &str) -> Option<(FileId, Entry<'t>)> {
        self.tops.get(&(section, name.to_owned())).copied()
    }

    pub(super) fn may_write(&self, file: FileId) -> bool {
        self.in_scope.get(file.0 as usize).copied().unwrap_or(false)
    }
}
