//! A Compose project put together as plain data, for the proof alone: a road of its own, which shares no code with the
//! one that judges and plans (SPEC 1.3).

use foldhash::{HashMap, HashSet};

use super::plain::{Map, Plain, Text, is_pairs, pairs};
use crate::finding::FileId;
use crate::workload::{Files, compose};
use crate::yaml::{Kind, Node};

/// More nodes than this, aliases written out, are not put together.
const NODES: usize = 200_000;

/// How far files include and services extend one another.
const DEPTH: usize = 16;

/// A document, and what it takes away from those before it.
struct Document {
    data: Map,
    resets: Vec<Vec<String>>,
}

/// The project that these files make; nothing where it is too large to be written out.
pub(super) fn composed(files: &Files<'_>, members: &[FileId]) -> Option<Map> {
    composed_of(files, members, None)
}

/// The same with no other services than these.
pub(super) fn composed_of(
    files: &Files<'_>,
    members: &[FileId],
    wanted: Option<&HashSet<&str>>,
) -> Option<Map> {
    let mut work = Work { left: NODES, known: HashMap::default(), wanted };
    merged(files, members, DEPTH, &mut work)
}

/// What the documents of a file say beside their services and what stands for extensions.
pub(super) fn sections(files: &Files<'_>, id: FileId) -> Option<Vec<Map>> {
    let (mut left, none) = (NODES, HashSet::default());
    let sections = |root| {
        let mut data = document((id, root), &mut left, Some(&none))?.data;
        data.retain(|key, _| key != "services" && !key.starts_with("x-"));
        Some(data)
    };
    files.get(id).tree.documents().map(sections).collect()
}

/// What is left to write out, and what was put together: files may be included by many.
struct Work<'w> {
    left: usize,
    known: HashMap<Vec<FileId>, Map>,
    wanted: Option<&'w HashSet<&'w str>>,
}

fn merged(files: &Files<'_>, members: &[FileId], depth: usize, work: &mut Work<'_>) -> Option<Map> {
    if let Some(all) = work.known.get(members) {
        return Some(all.clone());
    }
    let mut all = Map::new();
    for &id in members {
        for root in files.get(id).tree.documents() {
            if work.wanted.is_some_and(|it| is_nothing_wanted(root, it)) {
                continue;
            }
            let mut document = document((id, root), &mut work.left, work.wanted)?;
            include(files, (id, root), &mut document.data, (depth, &mut *work))?;
            document.resets.iter().for_each(|it| reset(&mut all, it));
            extend(files, id, &mut document, (depth, &mut work.left))?;
            merge(&mut all, document.data, &mut Vec::new());
        }
    }
    // The project itself is asked for once.
    if depth < DEPTH {
        work.known.insert(members.to_vec(), all.clone());
    }
    Some(all)
}

/// Whether a document has services and nothing else, none of which is wanted.
fn is_nothing_wanted(root: Node<'_>, wanted: &HashSet<&str>) -> bool {
    let is_wanted = |it: Node<'_>| it.value().is_none_or(|it| wanted.contains(it));
    root.kind() == Kind::Mapping
        && root.entries().into_iter().all(|it| match it.key.value() {
            Some("services") => !compose::services(root).any(|it| is_wanted(it.0)),
            key => key == Some("version"),
        })
}

/// What a document includes is weaker than itself.
fn include(
    files: &Files<'_>,
    (id, root): (FileId, Node<'_>),
    data: &mut Map,
    (depth, work): (usize, &mut Work<'_>),
) -> Option<()> {
    data.remove("include");
    if depth == 0 {
        return Some(());
    }
    let from = files.get(id);
    let known = |it: &Node<'_>| {
        let text = from.variables.interpolate(it.value().unwrap_or(""));
        files.named_by(from, text.known()?)
    };
    let members: Vec<FileId> = compose::included(root).iter().filter_map(known).collect();
    let mut weaker = merged(files, &members, depth - 1, work)?;
    merge(&mut weaker, std::mem::take(data), &mut Vec::new());
    *data = weaker;
    Some(())
}

fn extend(
    files: &Files<'_>,
    id: FileId,
    document: &mut Document,
    (depth, left): (usize, &mut usize),
) -> Option<()> {
    let Some(Plain::Map(services)) = document.data.get("services") else { return Some(()) };
    if !services.values().any(|it| matches!(it, Plain::Map(it) if it.contains_key("extends"))) {
        return Some(());
    }
    let raw = services.clone();
    let mut done = Map::new();
    for name in raw.keys() {
        let place = Place { id, services: &raw, resets: &document.resets };
        done.insert(name.clone(), extended(files, name, place, (depth, &mut *left))?);
    }
    document.data.insert("services".to_owned(), Plain::Map(done));
    Some(())
}

/// The services of a document or a file, before any of them extends another.
#[derive(Clone, Copy)]
struct Place<'p> {
    id: FileId,
    services: &'p Map,
    resets: &'p [Vec<String>],
}

fn extended(
    files: &Files<'_>,
    name: &str,
    place: Place<'_>,
    (depth, left): (usize, &mut usize),
) -> Option<Plain> {
    let Some(Plain::Map(own)) = place.services.get(name) else {
        return Some(place.services.get(name).cloned().unwrap_or(Plain::Null));
    };
    let mut own = own.clone();
    let Some(extends) = own.remove("extends") else { return Some(Plain::Map(own)) };
    // Compose refuses a circle.
    if depth == 0 {
        return None;
    }
    let from = files.get(place.id);
    let text = |it: &Plain| match it {
        Plain::Text(it) => from.variables.interpolate(it).known().map(str::to_owned),
        Plain::Null | Plain::List(_) | Plain::Map(_) => None,
    };
    let (file, service) = match &extends {
        Plain::Map(it) => (it.get("file"), it.get("service").and_then(text)),
        other => (None, text(other)),
    };
    let Some(service) = service else { return Some(Plain::Map(own)) };
    let base = match file {
        None => extended(files, &service, place, (depth - 1, left))?,
        Some(file) => {
            let named = text(file).and_then(|it| files.named_by(from, &it));
            let Some(id) = named else { return Some(Plain::Map(own)) };
            let (mut all, mut resets) = (Map::new(), Vec::new());
            for root in files.get(id).tree.documents() {
                let document = document((id, root), left, None)?;
                document.resets.iter().for_each(|it| reset(&mut all, it));
                merge(&mut all, document.data, &mut Vec::new());
                resets.extend(document.resets);
            }
            let Some(Plain::Map(services)) = all.get("services") else {
                return Some(Plain::Map(own));
            };
            let there = Place { id, services, resets: &resets };
            extended(files, &service, there, (depth - 1, left))?
        }
    };
    let Plain::Map(mut base) = base else { return Some(Plain::Map(own)) };
    for it in place.resets {
        if let [section, of, rest @ ..] = it.as_slice()
            && section == "services"
            && of == name
            && !rest.is_empty()
        {
            reset(&mut base, rest);
        }
    }
    // A container's name, and whom it waits for, are inherited as all else is.
    merge(&mut base, own, &mut vec!["services".to_owned(), name.to_owned()]);
    Some(Plain::Map(base))
}

fn document(
    (file, root): (FileId, Node<'_>),
    left: &mut usize,
    wanted: Option<&HashSet<&str>>,
) -> Option<Document> {
    let mut write = Write { file, resets: Vec::new(), left, wanted };
    let data = match write.plain(root, &mut Vec::new())? {
        Some(Plain::Map(it)) => it,
        _ => Map::new(),
    };
    Some(Document { data, resets: write.resets })
}

/// A step on the way to a node: it becomes text only where that is asked for.
#[derive(Clone, Copy)]
enum At<'n> {
    Key(&'n str),
    Item(usize),
}

impl At<'_> {
    fn text(self) -> String {
        match self {
            At::Key(it) => it.to_owned(),
            At::Item(it) => it.to_string(),
        }
    }
}

/// Nodes on their way to plain data.
struct Write<'w> {
    file: FileId,
    resets: Vec<Vec<String>>,
    left: &'w mut usize,
    wanted: Option<&'w HashSet<&'w str>>,
}

impl Write<'_> {
    /// The data of a node; inner nothing for what carries `!reset`.
    #[expect(clippy::option_option, reason = "too large is another thing than taken away")]
    fn plain<'n>(&mut self, written: Node<'n>, path: &mut Vec<At<'n>>) -> Option<Option<Plain>> {
        *self.left = self.left.checked_sub(1)?;
        let node = written.resolve();
        for it in [written, node] {
            let mut note = || self.resets.push(path.iter().map(|it| it.text()).collect());
            match it.tag() {
                Some("!reset") => {
                    note();
                    return Some(None);
                }
                Some("!override") => note(),
                _ => (),
            }
        }
        if written.is_recursive_alias() || node.is_null() {
            return Some(Some(Plain::Null));
        }
        Some(Some(match node.kind() {
            Kind::Mapping => {
                let mut map = Map::new();
                for entry in node.entries() {
                    let Some(key) = entry.key.value().filter(|it| self.is_wanted(path, it)) else {
                        continue;
                    };
                    path.push(At::Key(key));
                    if let Some(value) = self.plain(entry.written, path)? {
                        map.insert(key.to_owned(), value);
                    }
                    path.pop();
                }
                Plain::Map(map)
            }
            Kind::Sequence => {
                let mut list = Vec::new();
                for (number, item) in node.items().enumerate() {
                    path.push(At::Item(number));
                    list.extend(self.plain(item, path)?);
                    path.pop();
                }
                Plain::List(list)
            }
            Kind::Scalar | Kind::Alias => {
                let said = node.value().unwrap_or("").into();
                Plain::Text(Text::written(said, (self.file, node.id())))
            }
        }))
    }

    /// Whether an entry is none of the services that nobody asks for.
    fn is_wanted(&self, path: &[At<'_>], key: &str) -> bool {
        let is_service = matches!(path, [At::Key("services")]);
        !is_service || self.wanted.is_none_or(|it| it.contains(key))
    }
}

fn reset(data: &mut Map, path: &[String]) {
    match path {
        [] => data.clear(),
        [key] => drop(data.remove(key)),
        [key, rest @ ..] => {
            if let Some(Plain::Map(inner)) = data.get_mut(key) {
                reset(inner, rest);
            }
        }
    }
}

fn merge(weak: &mut Map, strong: Map, path: &mut Vec<String>) {
    for (key, value) in strong {
        path.push(key.clone());
        match weak.remove(&key) {
            Some(old) => drop(weak.insert(key, both(old, value, path))),
            None => drop(weak.insert(key, value)),
        }
        path.pop();
    }
}

pub(super) fn both(weak: Plain, strong: Plain, path: &mut Vec<String>) -> Plain {
    let key = match path.as_slice() {
        [section, _, key] if section == "services" => key.as_str(),
        [section, _, above, key] if section == "services" && above == "healthcheck" => key.as_str(),
        _ => "",
    };
    match (key, weak, strong) {
        (_, weak, Plain::Null) => weak,
        ("command" | "entrypoint" | "test", _, strong) => strong,
        (key, weak, strong) if is_pairs(key) => {
            let mut all = pairs(key, &weak);
            all.extend(pairs(key, &strong));
            Plain::Map(all)
        }
        ("tmpfs" | "dns" | "dns_search" | "dns_opt" | "env_file", weak, strong) => {
            unique(key, items(weak).into_iter().chain(items(strong)).collect())
        }
        (_, Plain::Map(mut weak), Plain::Map(strong)) => {
            merge(&mut weak, strong, path);
            Plain::Map(weak)
        }
        (_, Plain::List(mut weak), Plain::List(strong)) => {
            // Compose takes what both say once.
            let known: HashSet<&Plain> = weak.iter().collect();
            let new = strong.into_iter().filter(|it| !known.contains(it));
            let new: Vec<Plain> = new.collect();
            weak.extend(new);
            unique(key, weak)
        }
        (_, _, strong) => strong,
    }
}

/// A list in which the last of those that Compose holds for one stands, in the place of the first.
fn unique(key: &str, list: Vec<Plain>) -> Plain {
    let mut all: Vec<Plain> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::default();
    for item in list {
        let index = match (key, &item) {
            ("cap_add" | "cap_drop" | "tmpfs", Plain::Text(it)) => {
                it.split('=').next().map(str::to_owned)
            }
            ("volumes", it) => target(it),
            _ => None,
        };
        match index.as_ref().and_then(|it| places.get(it)) {
            Some(known) => all[*known] = item,
            None => {
                places.extend(index.map(|it| (it, all.len())));
                all.push(item);
            }
        }
    }
    Plain::List(all)
}

/// Where a volume is mounted.
pub(super) fn target(volume: &Plain) -> Option<String> {
    match volume {
        Plain::Map(it) => match it.get("target").or_else(|| it.get("dst"))? {
            Plain::Text(it) => Some(it.to_string()),
            _ => None,
        },
        Plain::Text(it) => Some(compose::parse_short(it).target.to_owned()),
        Plain::Null | Plain::List(_) => None,
    }
}

fn items(value: Plain) -> Vec<Plain> {
    match value {
        Plain::List(it) => it,
        Plain::Null => Vec::new(),
        other => vec![other],
    }
}
