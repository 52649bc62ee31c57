//! What services extend: their chains of bases, in the same and in other files.

use std::sync::{Arc, OnceLock};

use foldhash::HashMap;

use super::merged::Fragments;
use super::{Base, DEPTH, Level, services};
use crate::finding::{ContainerId, FileId};
use crate::workload::Files;
use crate::yaml::{Kind, Node};

/// Finds the services that others extend.
pub(super) struct Numbers<'n, 't> {
    pub(super) files: &'n Files<'t>,
    pub(super) numbers: HashMap<&'t str, usize>,
    pub(super) members: &'n [FileId],
    pub(super) first: u32,
    pub(super) fragments: &'n Fragments<'t>,
    /// The services of each file by name, once something there is extended.
    pub(super) services: Vec<OnceLock<HashMap<&'t str, Extended<'t>>>>,
}

/// A service that others may extend, read when the first one does.
pub(super) struct Extended<'t> {
    node: Node<'t>,
    level: OnceLock<Level<'t>>,
}

/// The layers of a service once `extends` is followed.
pub(super) struct Bases<'t> {
    pub(super) levels: Arc<[Level<'t>]>,
    pub(super) missing: Option<String>,
}

impl<'t> Numbers<'_, 't> {
    pub(super) fn bases(&self, own: &[Level<'t>]) -> Bases<'t> {
        let (mut levels, mut missing) = (Vec::with_capacity(own.len()), None);
        for level in own {
            if level.lookup("extends").is_none() {
                levels.push(level.clone());
                continue;
            }
            let mut chain = vec![level.clone()];
            self.follow(&mut chain, &mut missing);
            levels.extend(chain.into_iter().rev());
        }
        Bases { levels: levels.into(), missing }
    }

    /// Adds the chain of bases of the last level, nearest first.
    fn follow(&self, chain: &mut Vec<Level<'t>>, missing: &mut Option<String>) {
        loop {
            let level = &chain[chain.len() - 1];
            let Some(extends) = level.lookup("extends") else { return };
            let (file, service) = match extends.value.kind() {
                Kind::Mapping => (
                    extends.value.get("file").and_then(|it| it.resolve().value()),
                    extends.value.get("service").and_then(|it| it.resolve().value()),
                ),
                Kind::Scalar => (None, extends.value.value()),
                Kind::Sequence | Kind::Alias => (None, None),
            };
            let Some(service) = service else { return };
            let Some(base) = self.find(level.file, file, service) else {
                *missing = Some(
                    file.map_or_else(|| service.to_owned(), |file| format!("{service} in {file}")),
                );
                return;
            };
            if chain.iter().any(|it| it.file == base.file && it.node.id() == base.node.id()) {
                // Compose refuses a circle: what stands in it is not known.
                *missing = Some(format!("{service}, in a circle"));
                chain.truncate(1);
                return;
            }
            if chain.len() > DEPTH {
                *missing = Some(format!("{service}, more than {DEPTH} services away"));
                return;
            }
            chain.push(base);
        }
    }

    fn find(&self, from: FileId, file: Option<&str>, service: &str) -> Option<Level<'t>> {
        let id = match file {
            None => from,
            Some(file) => {
                let folder = self.files.get(from).path.parent()?;
                self.files.at(&folder.join(file))?
            }
        };
        let extended = self.services[id.0 as usize].get_or_init(|| self.named(id)).get(service)?;
        let number = self.numbers.get(service).filter(|_| self.members.contains(&id));
        let base = number.map_or(Base::Elsewhere, |&it| {
            Base::Service(ContainerId(self.first + u32::try_from(it).unwrap_or(u32::MAX)))
        });
        let level = || {
            extended.level.get_or_init(|| Level::new(id, extended.node, Some(base), self.fragments))
        };
        (extended.node.kind() == Kind::Mapping).then(|| level().clone())
    }

    /// The services of a file by name; of several documents the first that has one counts.
    fn named(&self, file: FileId) -> HashMap<&'t str, Extended<'t>> {
        let mut all: HashMap<&'t str, Extended<'t>> = HashMap::default();
        for (key, value) in self.files.get(file).tree.documents().flat_map(services) {
            let Some(name) = key.value() else { continue };
            all.entry(name)
                .or_insert_with(|| Extended { node: value.resolve(), level: OnceLock::new() });
        }
        all
    }
}
