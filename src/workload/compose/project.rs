//! What all services of a Compose project share: who uses an anchor, who extends whom, the top-level sections.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashSet};

use super::engine::Engine;
use super::reach::Lists;
use super::{Base, Bases, Level, Named, RUNS, volume};
use crate::finding::{ContainerId, FileId};
use crate::workload::view::{self, Entry};
use crate::workload::{Files, Variables};
use crate::yaml::{Node, NodeId};

/// What all services of a project share.
pub struct Project<'t> {
    /// What is known of the variables that it reads.
    pub variables: Arc<Variables>,
    /// The roots of its documents, with their files, in merge order.
    pub roots: Vec<(FileId, Node<'t>)>,
    /// Which services use an anchored node, with the mapping through which they do.
    pub(super) users: HashMap<(FileId, NodeId), Vec<(ContainerId, Node<'t>)>>,
    /// The layers in which something has an anchor, by their mappings.
    pub(super) anchored: HashMap<(FileId, NodeId), Level<'t>>,
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
    /// The folder that the sources of each file are read from; nothing where it is not known.
    pub(super) folders: Vec<Option<PathBuf>>,
    /// The files that may be written.
    pub(super) in_scope: Vec<bool>,
    /// Whom changes reach.
    pub(super) lists: Lists,
    /// How many services share the host's memory, once it is asked for.
    pub(super) sharing: OnceLock<usize>,
    /// The engine that the files show, once it is asked for.
    pub(super) engine: OnceLock<Option<(Engine, String)>>,
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
    let mut project = Project {
        variables,
        folders: folders(files, &roots),
        roots,
        users: HashMap::default(),
        anchored: HashMap::default(),
        derived: HashMap::default(),
        only_bases: HashSet::default(),
        joined: HashMap::default(),
        tops: HashMap::default(),
        volume_uses: HashMap::default(),
        holders: HashMap::default(),
        in_scope: files.iter().map(|(_, it)| it.in_scope).collect(),
        lists: Lists::default(),
        sharing: OnceLock::new(),
        engine: OnceLock::new(),
    };
    project.note_tops();
    for (id, ((name, own), bases)) in (first..).map(ContainerId).zip(named.iter().zip(bases)) {
        for level in own {
            project.note_users((name, id), level);
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

/// The entries of a layer that its project takes note of.
fn noted<'l, 't>(level: &'l Level<'t>) -> impl Iterator<Item = (&'t str, Entry<'t>)> + 'l {
    let shown = |it: &&(&str, Entry<'t>)| level.own().iter().all(|own| own.0 != it.0);
    let merged = level.merged().into_iter().flat_map(|it| &it.noted).filter(shown);
    level.own().iter().chain(merged).copied()
}

/// Files that are merged are read from the folder of the first of them, others from their own.
fn folders(files: &Files<'_>, roots: &[(FileId, Node<'_>)]) -> Vec<Option<PathBuf>> {
    let mut folders: Vec<_> = files.iter().map(|(_, it)| it.folder.clone()).collect();
    if let Some((first, _)) = roots.first() {
        for (member, _) in roots {
            folders[member.0 as usize].clone_from(&files.get(*first).folder);
        }
    }
    folders
}

impl<'t> Project<'t> {
    fn note_users(&mut self, (name, id): (&str, ContainerId), level: &Level<'t>) {
        let mut note = |node: Node<'t>| {
            if node.anchor().is_some() {
                let users = self.users.entry((level.file, node.id())).or_default();
                users.push((id, level.node));
            }
        };
        // Most files have no anchors at all.
        if level.node.tree().has_properties() {
            self.anchored.insert((level.file, level.node.id()), level.clone());
            note(level.node);
            level.fragments().iter().copied().for_each(&mut note);
            for (_, entry) in noted(level) {
                note(entry.value);
                view::fragments(entry.value).into_iter().for_each(&mut note);
                entry.value.items().for_each(|it| note(it.resolve()));
            }
        }
        for (key, entry) in noted(level) {
            if key == "volumes" {
                for item in entry.value.items() {
                    if let Some(name) = volume::named(item.resolve(), &self.variables) {
                        *self.volume_uses.entry(name).or_default() += 1;
                    }
                }
            }
        }
        noted(level).for_each(|(key, it)| self.note_joined(name, key, &it));
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
