//! What a service effectively is.

use foldhash::HashSet;

use super::{Level, Service, replaces};
use crate::finding::{FileId, Site};
use crate::images::capability_name;
use crate::workload::view::{self, Entry, copy};
use crate::workload::{Capabilities, Capability, Certainty, Flag, Item, State, Text, text};
use crate::yaml::{Data, Kind, Node, NodeId, Step, Value};

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
        let mut left = self.levels.len();
        while let Some(number) = left.checked_sub(1) {
            left = number;
            let level = &self.levels[number];
            let Some(entry) = level.lookup(key) else { continue };
            if entry.written.tag() == Some("!reset") {
                left = self.replaced_from(number);
            } else if !entry.value.is_null() {
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

    /// The first layer whose values a `!reset` or `!override` takes away: what stands in a base takes away what that
    /// base extends, and nothing of the documents before.
    fn replaced_from(&self, number: usize) -> usize {
        if self.levels[number].base.is_none() {
            return 0;
        }
        let own = self.levels[..number].iter().rposition(|it| it.base.is_none());
        own.map_or(0, |it| it + 1)
    }

    /// The items of a key after all layers are merged: sequences append, `!override` and `!reset` start anew.
    /// A scalar counts as a list of one.
    pub fn list(&self, key: &str) -> Vec<Item<'t>> {
        let mut all: Vec<Item<'t>> = Vec::new();
        // How many items there are before each layer that has some.
        let mut starts: Vec<(usize, usize)> = Vec::new();
        for (number, level) in self.levels.iter().enumerate() {
            let Some(entry) = level.lookup(key) else { continue };
            if replaces(entry.written) {
                let from = self.replaced_from(number);
                let kept = starts.iter().find(|it| it.0 >= from).map(|it| it.1);
                all.truncate(kept.unwrap_or(all.len()));
                starts.retain(|it| it.0 < from);
            }
            starts.push((number, all.len()));
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
        let read = |key| {
            let mut unknown = false;
            let items = self.list(key).into_iter();
            let all = items.filter_map(|it| self.capability(it, &mut unknown)).collect();
            (all, unknown)
        };
        let ((add, _), (drop, drop_unknown)) = (read("cap_add"), read("cap_drop"));
        Capabilities { add, drop, drop_unknown }
    }

    /// The environment: names, values and where they stand, lists and mappings alike.
    pub fn environment(&self) -> impl Iterator<Item = &Variable<'t>> {
        self.environment.iter().filter(|it| it.counts)
    }

    /// The same with those that stronger ones hide.
    pub(super) fn read_environment(&self) -> Vec<Variable<'t>> {
        let mut all: Vec<Variable<'t>> = Vec::new();
        for level in &*self.levels {
            let Some(list) = level.lookup("environment") else { continue };
            if replaces(list.written) {
                all.clear();
            }
            if list.written.tag() == Some("!reset") {
                continue;
            }
            let variable = |name, value, node| {
                let item = Item { file: level.file, list, node };
                Variable { name, value, item, counts: false }
            };
            let pairs = view::entries(list.value).into_iter();
            let pairs = pairs.filter(|it| it.written.tag() != Some("!reset"));
            all.extend(pairs.filter_map(|it| {
                let value = if it.value.is_null() { handed_on() } else { self.evaluate(it.value) };
                Some(variable(it.key.value()?, value, it.key))
            }));
            all.extend(list.value.items().filter_map(|node| {
                let written = node.resolve().value()?;
                let (name, value) = match written.split_once('=') {
                    Some((name, value)) => (name, self.interpolate(value)),
                    None => (written, handed_on()),
                };
                Some(variable(name, value, node))
            }));
        }
        let mut known: HashSet<&'t str> = HashSet::default();
        all.iter_mut().rev().for_each(|it| it.counts = known.insert(it.name));
        all
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
        let mut all = Vec::new();
        for key in ["post_start", "pre_stop", "pre_start"] {
            all.extend(self.list(key).into_iter().map(|item| {
                let place = item.list.value.items().position(|it| it.id() == item.node.id());
                Hook { key, item, way: place.into_iter().map(Step::from).collect() }
            }));
        }
        for develop in self.mappings("develop") {
            let watched = develop.entry.value.get("watch").into_iter().flat_map(Node::items);
            all.extend(watched.enumerate().filter_map(|(place, it)| {
                let node = it.resolve().get("exec")?;
                let item = Item { file: develop.file, list: develop.entry, node };
                let way = vec![Step::from("watch"), Step::from(place), Step::from("exec")];
                Some(Hook { key: "develop.watch", item, way })
            }));
        }
        all
    }

    /// Whether nothing but its rights tells a hook from another that is merged with it: of such as are alike Compose
    /// keeps one.
    pub fn has_a_twin(&self, hook: &Hook<'t>) -> bool {
        let own = self.without_rights(hook.item.node);
        let heirs = self.heirs_items(hook.key).into_iter().map(|it| it.1);
        let all: Vec<Item<'t>> = self.list(hook.key).into_iter().chain(heirs).collect();
        let lists: HashSet<NodeId> = all.iter().map(|it| it.list.value.id()).collect();
        let is_twin = |it: &Item<'t>| {
            self.without_rights(it.node) == own && copy(it.node) != copy(hook.item.node)
        };
        lists.len() > 1 && all.iter().any(is_twin)
    }

    /// What a hook does, without as whom: its texts as their variables leave them.
    fn without_rights(&self, hook: Node<'t>) -> Vec<(&'t str, Value)> {
        let all = view::entries(hook).into_iter();
        let all = all.filter_map(|it| Some((it.key.value()?, self.evaluated(it.value))));
        let mut kept: Vec<_> = all.filter(|it| !["privileged", "user"].contains(&it.0)).collect();
        kept.sort_by_key(|it| it.0);
        kept
    }

    /// A copy of a value whose texts are what their variables leave.
    fn evaluated(&self, node: Node<'t>) -> Value {
        let node = node.resolve();
        match node.kind() {
            Kind::Scalar if node.is_null() => Data::Null.into(),
            Kind::Scalar => Value::from(self.evaluate(node).value.into_owned()),
            Kind::Sequence => Value::seq(node.items().map(|it| self.evaluated(it))),
            Kind::Mapping | Kind::Alias => {
                let all = view::entries(node).into_iter();
                let all = all.filter_map(|it| Some((it.key.value()?, self.evaluated(it.value))));
                Value::map(all)
            }
        }
    }

    /// The entries of a key whose mappings Compose merges, the weakest first.
    pub fn mappings(&self, key: &str) -> Vec<Found<'t>> {
        let mut all = Vec::new();
        for (number, level) in self.levels.iter().enumerate() {
            let Some(entry) = level.lookup(key) else { continue };
            if replaces(entry.written) {
                all.clear();
            }
            if entry.written.tag() != Some("!reset") && !entry.value.is_null() {
                all.push(Found { level: number, file: level.file, entry });
            }
        }
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
    /// How it is reached from the value of the service's key.
    pub way: Vec<Step>,
}

/// A variable of the environment.
pub struct Variable<'t> {
    /// Its name.
    pub name: &'t str,
    /// Its value.
    pub value: Text<'t>,
    /// Where it stands: the key of a mapping, or the item of a list.
    pub item: Item<'t>,
    /// Whether it is the last of its name.
    counts: bool,
}

pub(super) fn items<'t>(level: &Level<'t>, list: Entry<'t>) -> Vec<Item<'t>> {
    let item = |node| Item { file: level.file, list, node };
    match list.value.kind() {
        // An item with this tag is taken out of its own list, and out of no other.
        Kind::Sequence => {
            let reset =
                |it: &Node<'t>| it.tag() == Some("!reset") || it.resolve().tag() == Some("!reset");
            let there = |it: &Node<'t>| !list.value.tree().has_properties() || !reset(it);
            list.value.items().filter(there).map(item).collect()
        }
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
        let name = capability_name(&text.value);
        Some(Capability { name, written: text.value, site: item_site(&item), item })
    }
}
