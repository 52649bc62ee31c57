//! Which services a change reaches, listed once for all that ask for it.

use std::sync::Arc;

use foldhash::HashMap;

use super::project::Project;
use super::{Level, services};
use crate::finding::{ContainerId, FileId};
use crate::workload::memo::{Memo, sorted};
use crate::workload::view::{self, Entry};
use crate::workload::ways::{Place, Readers, Ways};
use crate::yaml::NodeId;

/// The lists that were asked for.
pub(super) type Lists = Memo<Reach, [ContainerId]>;

/// The ways through files.
pub(super) type FileWays = Memo<FileId, Ways>;

/// The sections of a root that Compose reads; under other keys stand fragments.
const SECTIONS: &[&str] =
    &["services", "volumes", "networks", "configs", "secrets", "models", "include", "name"];

/// What tells the lists apart.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Reach {
    file: FileId,
    /// The base and its layer.
    base: Option<(ContainerId, NodeId)>,
    place: NodeId,
    key: Option<String>,
}

impl<'t> Project<'t> {
    /// The services that a change reaches through a base or through aliases, in the order of their numbers.
    pub(super) fn reached(
        &self,
        level: &Level<'t>,
        base: Option<ContainerId>,
        place: Place<'t, '_>,
        key: Option<&str>,
    ) -> Arc<[ContainerId]> {
        let (node, of) = match place {
            Place::Value(node) => (node, None),
            Place::Entry(owner, key) => (owner, Some(key)),
        };
        let reach = Reach {
            file: level.file,
            base: base.map(|it| (it, level.node.id())),
            place: node.id(),
            key: of.or(key.filter(|_| base.is_some())).map(str::to_owned),
        };
        self.lists.get(reach, || {
            let heirs = base.map(|it| self.heirs_reached(it, level, key));
            let readers = is_shared(place).then(|| self.readers(level.file, place));
            let readers = readers.into_iter().flat_map(|it| {
                let others = it.sections.first().map(|_| ContainerId::NOBODY);
                it.containers.into_iter().chain(others)
            });
            sorted(heirs.into_iter().flatten().chain(readers).collect())
        })
    }

    /// Whether an entry of a section of the root is read as that and as nothing else.
    pub(super) fn is_read_once(&self, file: FileId, entry: Entry<'t>) -> bool {
        let place = Place::Entry(entry.owner, entry.key.value().unwrap_or(""));
        if !is_shared(place) {
            return true;
        }
        let readers = self.readers(file, place);
        readers.containers.is_empty() && readers.sections.len() == 1
    }

    /// Everyone who reads a place of a file.
    pub(super) fn readers(&self, file: FileId, place: Place<'t, '_>) -> Readers {
        let (Place::Value(node) | Place::Entry(node, _)) = place;
        let ways = || {
            let roots = self.roots.iter().filter(|it| it.0 == file);
            let named = roots.flat_map(|it| services(it.1)).filter_map(|(key, written)| {
                Some((written.id(), *self.numbers.get(key.value()?)?))
            });
            Arc::new(Ways::read(node.tree(), named.collect::<HashMap<_, _>>(), SECTIONS))
        };
        self.ways.get(file, ways).readers(place)
    }

    /// A base, or its heirs where nothing but them makes anything of it.
    fn heirs_reached(
        &self,
        base: ContainerId,
        level: &Level<'t>,
        key: Option<&str>,
    ) -> Vec<ContainerId> {
        if !self.only_bases.contains(&base) {
            return vec![base];
        }
        let heirs = self.derived.get(&base).into_iter().flatten();
        let heirs = heirs.filter(|it| inherits(&it.1, level, key)).map(|it| it.0);
        // Its other layers may say the same, and nobody asks on its behalf.
        let twice = key == Some("security_opt") && self.layered_bases.contains(&base);
        heirs.chain(twice.then_some(base)).collect()
    }
}

/// Whether anything but the service in which it stands may read a place.
pub(super) fn is_shared(place: Place<'_, '_>) -> bool {
    let (Place::Value(node) | Place::Entry(node, _)) = place;
    node.tree().has_properties() && view::shared_anchor(node).is_some()
}

/// Whether an heir's own layers let a base's key through: lists append, single values hide.
fn inherits(levels: &[Level<'_>], base: &Level<'_>, key: Option<&str>) -> bool {
    let Some(key) = key else { return true };
    let at = levels.iter().position(|it| it.file == base.file && it.node.id() == base.node.id());
    !levels.iter().skip(at.map_or(0, |it| it + 1)).any(|it| it.hides(key))
}
