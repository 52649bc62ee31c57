//! What services extend: their chains of bases, in the same and in other files.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use foldhash::HashMap;

use super::{Base, DEPTH, Level, Unread, Within, replaces, services};
use crate::finding::{ContainerId, FileId, Site};
use crate::workload::view::{self, Entry};
use crate::workload::{Files, Variables};
use crate::yaml::{Kind, Node};

/// The services that those of a document extend, each with the file that it stands in where that is another one.
pub fn extended_services(root: Node<'_>, variables: &Variables) -> Vec<(Option<String>, String)> {
    let known = |it: Node<'_>| variables.interpolate(it.value()?).known().map(str::to_owned);
    let read = |service: Node<'_>| {
        let extends = view::lookup(service.resolve(), "extends")?.value;
        match extends.kind() {
            Kind::Scalar => Some((None, known(extends)?)),
            _ => {
                let file = extends.get("file").and_then(|it| known(it.resolve()));
                Some((file, known(extends.get("service")?.resolve())?))
            }
        }
    };
    services(root).filter_map(|it| read(it.1)).collect()
}

/// Finds the services that others extend.
pub(super) struct Numbers<'n, 't> {
    pub(super) files: &'n Files<'t>,
    pub(super) numbers: HashMap<&'t str, usize>,
    pub(super) members: &'n [FileId],
    pub(super) first: u32,
    /// The files that each document includes.
    pub(super) within: Within,
    /// The services of each file by name, once something there is extended.
    pub(super) services: Vec<OnceLock<HashMap<&'t str, Vec<Extended<'t>>>>>,
}

/// A mapping of a service that others may extend, read when the first one does.
pub(super) struct Extended<'t> {
    node: Node<'t>,
    level: OnceLock<Level<'t>>,
}

/// The layers of a service once `extends` is followed.
pub(super) struct Bases<'t> {
    pub(super) levels: Arc<[Level<'t>]>,
    pub(super) missing: Option<String>,
    pub(super) unread: Vec<Unread>,
}

/// The layers of one service as one file has it: several documents make one service, the last is the strongest.
type Layers<'t> = Vec<Level<'t>>;

impl<'t> Numbers<'_, 't> {
    pub(super) fn bases(&self, own: &[Level<'t>]) -> Bases<'t> {
        let (mut levels, mut missing) = (Vec::with_capacity(own.len()), None);
        let mut unread = Vec::new();
        // Where the layers that each of its own brings begin.
        let mut starts: Vec<(usize, FileId)> = Vec::new();
        for level in own {
            let included = self.included(level);
            let weaker = starts.iter().find(|it| included.contains(&it.1)).map(|it| it.0);
            let start = levels.len();
            starts.push((weaker.unwrap_or(start), level.file));
            if level.lookup("extends").is_none() {
                levels.push(level.clone());
                continue;
            }
            let mut chain = vec![vec![level.clone()]];
            if let Err((site, why)) = self.follow(&mut chain) {
                unread.push(Unread { site, what: format!("what it extends: {why}") });
                missing = Some(why);
            }
            // What a document includes is merged before its services extend others.
            let bases = chain.drain(1..).rev().flatten().collect::<Vec<_>>();
            let at = weaker.unwrap_or(start);
            levels.splice(at..at, bases);
            levels.push(level.clone());
        }
        // A base that two documents extend counts where it is strongest.
        let again = |(number, it): (usize, &Level<'t>)| {
            let same = |other: &Level<'t>| other.file == it.file && other.node.id() == it.node.id();
            !levels[number + 1..].iter().any(same)
        };
        let kept: Vec<bool> = levels.iter().enumerate().map(again).collect();
        let levels: Arc<[Level<'t>]> =
            levels.into_iter().zip(kept).filter(|it| it.1).map(|it| it.0).collect();
        Bases { levels, missing, unread }
    }

    /// The files that the document of a layer includes.
    fn included(&self, level: &Level<'t>) -> &[FileId] {
        if self.within.is_empty() {
            return &[];
        }
        self.within.get(&(level.file, level.node.document())).map_or(&[], Vec::as_slice)
    }

    /// Adds the chain of bases of the last service, nearest first; or says what is missing, and where that is named.
    fn follow(&self, chain: &mut Vec<Layers<'t>>) -> Result<(), (Site, String)> {
        loop {
            let last = &chain[chain.len() - 1];
            let Some((from, extends)) = extended(last) else { return Ok(()) };
            let site = Site { file: from.file, span: extends.written.span() };
            let base = self.base(from, extends).map_err(|it| (site, it))?;
            let same = |it: &Layers<'t>| {
                it[0].file == base[0].file && it[0].node.id() == base[0].node.id()
            };
            let name = || base[0].node.key().and_then(Node::value).unwrap_or("it").to_owned();
            if chain.iter().any(same) {
                let name = name();
                // Compose refuses a circle: what stands in it is not known.
                chain.truncate(1);
                return Err((site, format!("{name}, in a circle")));
            }
            if chain.len() > DEPTH {
                return Err((site, format!("{}, more than {DEPTH} services away", name())));
            }
            chain.push(base);
        }
    }

    fn base(&self, from: &Level<'t>, extends: Entry<'t>) -> Result<Layers<'t>, String> {
        let variables = &self.files.get(from.file).variables;
        let known = |node: Option<Node<'t>>| match node.and_then(Node::value) {
            None => Ok(None),
            Some(text) => match variables.interpolate(text).known() {
                Some(it) => Ok(Some(it.to_owned())),
                None => Err(format!("{text}, whose variable is not known")),
            },
        };
        let field = |key: &str| known(extends.value.get(key).map(Node::resolve));
        let (file, service) = match extends.value.kind() {
            Kind::Mapping => (field("file")?, field("service")?),
            Kind::Scalar => (None, known(Some(extends.value))?),
            Kind::Sequence | Kind::Alias => (None, None),
        };
        let Some(service) = service else { return Err("a service without a name".to_owned()) };
        let found = match &file {
            None => self.layers(from.file, &service, Some(from.node)),
            Some(name) => {
                let from = self.files.get(from.file);
                match self.files.named_by(from, name) {
                    Some(id) => self.layers(id, &service, None),
                    None => {
                        return Err(format!(
                            "{service} in {name}, {}",
                            from.unread(Path::new(name))
                        ));
                    }
                }
            }
        };
        if found.is_empty() {
            return Err(file.map_or_else(|| service.clone(), |it| format!("{service} in {it}")));
        }
        Ok(found)
    }

    /// The layers of a service of a file; those of the heir's own document where there are any.
    fn layers(&self, id: FileId, service: &str, heir: Option<Node<'t>>) -> Layers<'t> {
        let all = self.services[id.0 as usize].get_or_init(|| self.named(id));
        let all = all.get(service).map_or(&[][..], Vec::as_slice);
        let number = self.numbers.get(service).filter(|_| self.members.contains(&id));
        let base = number.map_or(Base::Elsewhere, |&it| {
            Base::Service(ContainerId(self.first + u32::try_from(it).unwrap_or(u32::MAX)))
        });
        let layer = |it: &Extended<'t>| {
            it.level.get_or_init(|| Level::new(id, it.node, Some(base))).clone()
        };
        let beside =
            |it: &&Extended<'t>| heir.is_some_and(|heir| it.node.document() == heir.document());
        let mut near: Layers<'t> = all.iter().filter(beside).map(layer).collect();
        if near.is_empty() {
            near = all.iter().map(layer).collect();
        }
        let within = heir.and_then(|it| self.within.get(&(id, it.document())));
        let included = within.into_iter().flatten();
        let mut weaker: Layers<'t> =
            included.flat_map(|it| self.layers(*it, service, None)).collect();
        weaker.append(&mut near);
        weaker
    }

    /// The mappings of each service of a file, from all its documents.
    fn named(&self, file: FileId) -> HashMap<&'t str, Vec<Extended<'t>>> {
        let mut all: HashMap<&'t str, Vec<Extended<'t>>> = HashMap::default();
        for (key, written) in self.files.get(file).tree.documents().flat_map(services) {
            let Some(name) = key.value() else { continue };
            let node = written.resolve();
            let layers = all.entry(name).or_default();
            if replaces(written) || replaces(node) {
                layers.clear();
            }
            if node.kind() == Kind::Mapping {
                layers.push(Extended { node, level: OnceLock::new() });
            }
        }
        all
    }
}

/// The strongest layer of a service that says what it extends.
fn extended<'a, 't>(layers: &'a Layers<'t>) -> Option<(&'a Level<'t>, Entry<'t>)> {
    let file = layers.last()?.file;
    let own = layers.iter().rev().filter(|it| it.file == file);
    let said = own.into_iter().find_map(|it| Some((it, it.lookup("extends")?)))?;
    (said.1.written.tag() != Some("!reset")).then_some(said)
}
