//! Lists of which Compose takes one item for each place: the last counts, and what it hides comes to light once it goes.

use std::collections::hash_map::Entry;

use foldhash::{HashMap, HashSet};

use super::Service;
use super::mounts::known_target;
use super::read::{Variable, items};
use crate::finding::FileId;
use crate::workload::view;
use crate::workload::{Blocked, Item, Mount, Written};
use crate::yaml::{Kind, NodeId};

/// The lists whose items have places.
const LISTS: [&str; 4] = ["volumes", "devices", "configs", "secrets"];

/// What hides others, by the list and the place.
pub(super) type Hidden = HashMap<(&'static str, String), Pile>;

/// Items for one place.
pub(super) struct Pile {
    /// The one that counts.
    last: Spot,
    /// Those that it hides.
    below: Vec<Spot>,
}

/// An item, by where it and its list stand.
type Spot = (FileId, NodeId, NodeId);

fn spot(item: &Item<'_>) -> Spot {
    (item.file, item.list.value.id(), item.node.id())
}

impl<'t> Service<'t> {
    /// What comes to light once an item goes, the weakest first.
    pub fn below(&self, item: &Item<'t>) -> Vec<Item<'t>> {
        let name = item.list.key.value().unwrap_or("");
        let Some(list) = LISTS.into_iter().find(|it| *it == name) else { return Vec::new() };
        let Some(place) = self.place(list, item) else { return Vec::new() };
        let piles = self.hidden.get_or_init(|| self.piles());
        let pile = piles.get(&(list, place)).filter(|it| it.last == spot(item));
        let Some(pile) = pile.filter(|it| !it.below.is_empty()) else { return Vec::new() };
        let mut below: HashSet<Spot> = pile.below.iter().copied().collect();
        let mut all = self.list(list);
        all.retain(|it| below.remove(&spot(it)));
        all
    }

    /// The same for a variable of the environment.
    pub fn is_above_another(&self, variable: &Variable<'t>) -> bool {
        let named = |it: &&Variable<'t>| it.name == variable.name;
        self.environment.iter().filter(named).nth(1).is_some()
            || self.variables_of_files().iter().any(|it| it.name == variable.name)
    }

    /// Takes an item away with those that it hides.
    pub fn remove_with(&self, key: &str, item: &Item<'t>, below: &[Item<'t>]) -> Written {
        if let Some(name) = self.undefined(key) {
            let name = if name.is_empty() { "no source" } else { &name };
            return Err(Blocked(format!(
                "`{key}` names {name}, which the project does not define: it loads only while something hides that"
            )));
        }
        let [first, ..] = below else { return self.remove_items(key, &[*item]) };
        let all = [&[*item], below].concat();
        let shown = self.called(first);
        let mut edits = self.remove_items(key, &all).map_err(|it| {
            let alone = self.remove_items(key, &[*item]).is_ok();
            if alone {
                Blocked(format!("it hides {shown}, which counts without it: {}", it.0))
            } else {
                it
            }
        })?;
        let own = item.list.value.id();
        for edit in edits.iter_mut().filter(|it| it.file != item.file || it.change.at != own) {
            if let Some(shared) = &mut edit.shared
                && shared.otherwise.is_err()
            {
                shared.otherwise = Err(format!(
                    "it hides {shown}, which counts without it and does not go as well: mend that first"
                )
                .into());
            }
        }
        Ok(edits)
    }

    /// What an item says, on one line.
    pub fn called(&self, item: &Item<'t>) -> String {
        let node = item.node.resolve();
        let field = |key: &str| node.get(key).map(|it| self.evaluate(it.resolve()).value);
        match (node.value(), field("source"), field("target")) {
            (Some(text), ..) => text.to_owned(),
            (None, Some(source), Some(target)) => format!("{source}:{target}"),
            (None, one, other) => one.or(other).unwrap_or_default().into_owned(),
        }
    }

    /// What an item mounts, whether that counts or not.
    pub fn mount_of(&self, item: &Item<'t>) -> Option<Mount<'t>> {
        match item.list.key.value()? {
            "volumes" => self.volume(*item),
            "configs" => self.injected("configs", *item),
            "secrets" => self.injected("secrets", *item),
            _ => None,
        }
    }

    /// Whether a stronger layer has something for the place of an item, so that it counts for nothing.
    pub fn is_hidden(&self, level: usize, key: &str, index: usize) -> bool {
        let Some(list) = LISTS.into_iter().find(|it| *it == key) else { return false };
        let stronger = &self.levels[level + 1..];
        let mut stronger = stronger.iter().filter_map(|it| Some((it, it.lookup(key)?))).peekable();
        if stronger.peek().is_none() {
            return false;
        }
        let level = &self.levels[level];
        let own = level.lookup(key).and_then(|list| {
            Some(Item { file: level.file, list, node: list.value.items().nth(index)? })
        });
        let Some(place) = own.and_then(|it| self.place(list, &it)) else { return false };
        let mut stronger = stronger.flat_map(|(level, entry)| items(level, entry));
        stronger.any(|it| self.place(list, &it).as_ref() == Some(&place))
    }

    fn piles(&self) -> Hidden {
        let mut piles = Hidden::default();
        for list in LISTS {
            let mut known = HashSet::default();
            let mut all = self.list(list);
            // A list that is reached twice counts where it is strongest.
            all.reverse();
            all.retain(|it| known.insert(spot(it)));
            for item in all.into_iter().rev() {
                let Some(place) = self.place(list, &item) else { continue };
                match piles.entry((list, place)) {
                    Entry::Occupied(mut pile) => {
                        let pile = pile.get_mut();
                        pile.below.push(std::mem::replace(&mut pile.last, spot(&item)));
                    }
                    Entry::Vacant(free) => {
                        free.insert(Pile { last: spot(&item), below: Vec::new() });
                    }
                }
            }
        }
        piles
    }

    /// By what Compose tells the items of a list apart; nothing where that cannot be known.
    fn place(&self, list: &str, item: &Item<'t>) -> Option<String> {
        match list {
            "devices" => {
                let node = item.node.resolve();
                if node.kind() == Kind::Mapping {
                    let field =
                        |key| view::lookup(node, key).map(|it| self.evaluate(it.value).value);
                    return field("target").or_else(|| field("source")).map(|it| it.into_owned());
                }
                let text = self.evaluate(node);
                let mut parts = text.known()?.split(':');
                let source = parts.next()?;
                Some(parts.next().unwrap_or(source).to_owned())
            }
            // One that the project does not define is refused where it counts.
            "configs" | "secrets" => known_target(&self.injected_at(list, item)?.1),
            _ => self.mount_of(item)?.target,
        }
    }
}
