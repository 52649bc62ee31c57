//! What a service effectively is.

use foldhash::HashSet;

use super::{Level, Service};
use crate::finding::{FileId, Site};
use crate::workload::view::{self, Entry};
use crate::workload::{Capabilities, Capability, Certainty, Flag, Item, State, Text, text};
use crate::yaml::{Kind, Node};

/// The value of a key with the layer it comes from.
#[derive(Clone, Copy)]
pub struct Found<'t> {
    /// Which layer.
    pub level: usize,
    /// The file.
    pub file: FileId,
    /// The entry.
    pub entry: Entry<'t>,
}

impl Found<'_> {
    /// What to underline: the value, or the alias that stands for it.
    pub fn site(&self) -> Site {
        let node = if self.entry.value.is_empty() { self.entry.key } else { self.entry.written };
        Site { file: self.file, span: node.span() }
    }
}

/// A scalar value, interpolated.
pub struct FoundText<'t> {
    /// Where it stands.
    pub found: Found<'t>,
    /// What it says.
    pub text: Text<'t>,
}

impl<'t> Service<'t> {
    /// The value of a key after all layers are merged; a null, or a `!reset`, is no value.
    pub fn entry(&self, key: &str) -> Option<Found<'t>> {
        for (number, level) in self.levels.iter().enumerate().rev() {
            let Some(entry) = level.lookup(key) else { continue };
            if entry.written.tag() == Some("!reset") {
                return None;
            }
            if !entry.value.is_null() {
                return Some(Found { level: number, file: level.file, entry });
            }
        }
        None
    }

    /// The scalar of a key, interpolated.
    pub fn text(&self, key: &str) -> Option<FoundText<'t>> {
        let found = self.entry(key)?;
        found.entry.value.value().map(|it| FoundText { found, text: self.interpolate(it) })
    }

    /// The items of a key after all layers are merged: sequences append, `!override` and `!reset` start anew.
    /// A scalar counts as a list of one.
    pub fn list(&self, key: &str) -> Vec<Item<'t>> {
        let mut all = Vec::new();
        for level in &*self.levels {
            let Some(entry) = level.lookup(key) else { continue };
            if matches!(entry.written.tag(), Some("!reset" | "!override")) {
                all.clear();
            }
            if entry.written.tag() != Some("!reset") {
                // Most lists have one layer.
                match all.is_empty() {
                    true => all = items(level, entry),
                    false => all.extend(items(level, entry)),
                }
            }
        }
        all
    }

    /// Reads a boolean key.
    pub fn flag(&self, flag: Flag) -> State {
        self.boolean(flag.compose())
    }

    /// Reads a boolean key, in any of the spellings that Compose takes.
    pub fn boolean(&self, key: &str) -> State {
        let Some(found) = self.entry(key) else { return State::Unset };
        let site = found.site();
        let text = found.entry.value.value().map(|it| self.interpolate(it));
        let value = text.and_then(|it| it.known().and_then(text::boolean));
        match value {
            Some(true) => State::On(site),
            Some(false) => State::Off(site),
            None => State::Unknown(site),
        }
    }

    /// The capability lists.
    pub fn capabilities(&self) -> Capabilities<'t> {
        let mut unknown = false;
        let mut read = |key| {
            let items = self.list(key);
            items.into_iter().filter_map(|it| self.capability(it, &mut unknown)).collect()
        };
        Capabilities { add: read("cap_add"), drop: read("cap_drop"), unknown }
    }

    /// The environment: names, values and where they stand, lists and mappings alike.
    pub fn environment(&self) -> Vec<Variable<'t>> {
        let mut all: Vec<Variable<'t>> = Vec::new();
        for level in &*self.levels {
            let Some(list) = level.lookup("environment") else { continue };
            let pairs = view::entries(list.value).into_iter().filter_map(|it| {
                Some(Variable {
                    name: it.key.value()?.to_owned(),
                    value: if it.value.is_null() { handed_on() } else { self.evaluate(it.value) },
                    item: Item { file: level.file, list, node: it.key },
                })
            });
            let items = list.value.items().filter_map(|node| {
                let written = node.resolve().value()?;
                let (name, value) = match written.split_once('=') {
                    Some((name, value)) => (name, self.interpolate(value)),
                    None => (written, handed_on()),
                };
                let item = Item { file: level.file, list, node };
                Some(Variable { name: name.to_owned(), value, item })
            });
            all.extend(pairs.chain(items));
        }
        last_of_each(all, |it| it.name.as_str())
    }

    /// The names of its labels.
    pub fn labels(&self) -> Vec<String> {
        let Some(found) = self.entry("labels") else { return Vec::new() };
        let pairs = view::entries(found.entry.value).into_iter();
        let pairs = pairs.filter_map(|it| it.key.value().map(str::to_owned));
        let items = found.entry.value.items().filter_map(|it| {
            it.resolve().value().map(|it| it.split('=').next().unwrap_or(it).to_owned())
        });
        pairs.chain(items).collect()
    }

    /// The hooks, those of `develop.watch` among them.
    pub fn hooks(&self) -> Vec<Hook<'t>> {
        let of = |key| self.list(key).into_iter().map(move |item| Hook { key, item });
        let mut all: Vec<Hook<'t>> =
            ["post_start", "pre_stop", "pre_start"].into_iter().flat_map(of).collect();
        let Some(develop) = self.entry("develop") else { return all };
        let watched =
            develop.entry.value.get("watch").into_iter().flat_map(|it| it.resolve().items());
        all.extend(watched.filter_map(|it| {
            let node = it.resolve().get("exec")?;
            let item = Item { file: develop.file, list: develop.entry, node };
            Some(Hook { key: "develop.watch", item })
        }));
        all
    }

    /// The words of `entrypoint` or `command`, as far as they are known.
    pub fn words(&self, key: &str) -> Vec<String> {
        let Some(found) = self.entry(key) else { return Vec::new() };
        let value = found.entry.value;
        match value.value() {
            Some(text) => shell_words::split(&self.interpolate(text).value)
                .unwrap_or_else(|_| text.split_whitespace().map(str::to_owned).collect()),
            None => {
                let known = |it: Node<'_>| {
                    it.resolve().value().map(|it| self.interpolate(it).value.into_owned())
                };
                value.items().filter_map(known).collect()
            }
        }
    }
}

/// Of several of one name the last, where it stands.
pub(super) fn last_of_each<T>(all: Vec<T>, name: impl Fn(&T) -> &str) -> Vec<T> {
    let mut known: HashSet<&str> = HashSet::default();
    let mut last: Vec<bool> = all.iter().rev().map(|it| known.insert(name(it))).collect();
    last.reverse();
    all.into_iter().zip(last).filter(|it| it.1).map(|it| it.0).collect()
}

/// The value of a variable that is taken over from whoever starts the project.
fn handed_on<'t>() -> Text<'t> {
    Text { value: text::UNKNOWN.to_string().into(), certainty: Certainty::Unknown }
}

/// A command that is run in a service, or beside it, with rights of its own.
pub struct Hook<'t> {
    /// Where it is written: `post_start`, `develop.watch`.
    pub key: &'static str,
    /// The mapping.
    pub item: Item<'t>,
}

/// A variable of the environment.
pub struct Variable<'t> {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Text<'t>,
    /// Where it stands: the key of a mapping, or the item of a list.
    pub item: Item<'t>,
}

pub(super) fn items<'t>(level: &Level<'t>, list: Entry<'t>) -> Vec<Item<'t>> {
    let item = |node| Item { file: level.file, list, node };
    match list.value.kind() {
        Kind::Sequence => list.value.items().map(item).collect(),
        Kind::Scalar if !list.value.is_null() => vec![item(list.value)],
        _ => Vec::new(),
    }
}

/// Where an item stands.
pub(super) fn item_site(item: &Item<'_>) -> Site {
    Site { file: item.file, span: item.node.span() }
}

impl<'t> Service<'t> {
    fn capability(&self, item: Item<'t>, unknown: &mut bool) -> Option<Capability<'t>> {
        let text = self.evaluate(item.node);
        if text.certainty == Certainty::Unknown {
            *unknown = true;
            return None;
        }
        let upper = text.value.trim().to_ascii_uppercase();
        let name = upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned();
        Some(Capability { name, written: text.value, site: item_site(&item), item })
    }
}
