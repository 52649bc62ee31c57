//! What is changed in a service, at the place where it is written.

use super::read::Found;
use super::share::{Draft, chain, merged_elsewhere};
use super::{Level, Service};
use crate::finding::Edit;
use crate::workload::view::copy;
use crate::workload::view::{self, Entry};
use crate::workload::{Blocked, Certainty, Item, Text, Written, text};
use crate::yaml::{Action, Data, Kind, Node, Step, Value};

impl<'t> Service<'t> {
    /// Sets a scalar or a whole value.
    pub fn set(&self, key: &str, value: Value) -> Written {
        match self.entry(key) {
            None => self.create(key, Action::Ensure(value)),
            Some(found) => {
                self.refuse_told(found.entry.value)?;
                self.change(&found, key, Action::Ensure(value))
            }
        }
    }

    /// Sets a boolean: only the default branch of `${V:-true}` is rewritten.
    pub fn set_bool(&self, key: &str, value: bool) -> Written {
        let Some(found) = self.entry(key) else {
            return self.create(key, Action::Ensure(Value::from(value)));
        };
        self.refuse_told(found.entry.value)?;
        let written = found.entry.value.value().unwrap_or("");
        let word = if value { "true" } else { "false" };
        let new = match text::with_default(written, word) {
            Some(text) => Value::from(text),
            None if self.interpolate(written).certainty != Certainty::Known => {
                return Err(Blocked(format!(
                    "its value is `{written}`: change what the variable holds"
                )));
            }
            None => Value::from(value),
        };
        self.change(&found, key, Action::Ensure(new))
    }

    /// A value that a file of variables gives is changed there: here it would come back with the next variable.
    pub fn refuse_told(&self, value: Node<'t>) -> Result<(), Blocked> {
        let told = value.value().and_then(|it| self.variables.told(it));
        told.map_or(Ok(()), |it| Err(Blocked(format!("{it}: change it there"))))
    }

    /// Removes a key.
    pub fn unset(&self, key: &str) -> Written {
        match self.entry(key) {
            None => Ok(Vec::new()),
            Some(found) => {
                self.refuse_told(found.entry.value)?;
                let fine = |it: Text<'_>| {
                    let own = self.evaluate(found.entry.value);
                    it.known().is_some_and(|it| it != own.value && !it.contains(':'))
                };
                // Compose falls over a null that counts, and over other words for control groups than these two.
                let taken = |it: Text<'_>| key != "cgroup" || it.value == "private";
                let fine = |it: Node<'t>| {
                    !it.is_null() && fine(self.evaluate(it)) && taken(self.evaluate(it))
                };
                if self.revealed(&found, key).is_some_and(|it| !fine(it.value)) {
                    return Err(Blocked(format!(
                        "without `{key}:` here the value of a base or a fragment would count again: remove it there as well"
                    )));
                }
                if self.levels[found.level + 1..]
                    .iter()
                    .any(|it| it.lookup(key).is_some_and(is_empty))
                {
                    return Err(Blocked(format!(
                        "a later layer leaves `{key}:` empty, over which Compose falls once nothing stands below it: remove it there first"
                    )));
                }
                self.change(&found, key, Action::Remove)
            }
        }
    }

    /// Adds an item to a list, creating the list.
    pub fn append(&self, key: &str, item: Value) -> Written {
        self.check_reset(key)?;
        self.check_reset_items(key, &item)?;
        self.check_heirs(key, &item)?;
        let Some(found) = self.own_or_last(key) else {
            return self.create(key, Action::Append(item));
        };
        let own = self.change(&found, key, Action::Append(item.clone()))?;
        // Lists append whatever stands before: a base of a later document as well.
        let Some(base) = self.writable_base() else { return Ok(own) };
        // A base that gets the same item brings it along.
        let local = match own.iter().all(|it| it.shared.is_none()) {
            true if self.has_one_base() => {
                Ok(own.into_iter().map(|it| (it.file, it.change)).collect())
            }
            true => Err(chain()),
            false => Err(merged_elsewhere()),
        };
        let (at, path) = self.place_in(base, key);
        let draft = Draft { level: base, at, path, action: Action::Append(item), key: Some(key) };
        Ok(self.share(draft, local))
    }

    /// Sets a variable of the environment, in the form that it has.
    pub fn set_variable(&self, name: &str, value: &str) -> Written {
        const KEY: &str = "environment";
        match self.own_or_last(KEY) {
            None => self.create_below(KEY, &[Step::from(name)], Action::Ensure(Value::from(value))),
            Some(found) if found.entry.value.kind() == Kind::Mapping => {
                self.set_in(&found, KEY, (name, &Value::from(value)))
            }
            Some(_) => self.append(KEY, Value::from(format!("{name}={value}"))),
        }
    }

    /// Sets an entry of a mapping that stands under a key.
    pub(super) fn set_in(
        &self,
        found: &Found<'t>,
        key: &str,
        (name, value): (&str, &Value),
    ) -> Written {
        let local = || {
            let old = view::entries(found.entry.value).into_iter();
            let old = old.filter_map(|it| Some((it.key.value()?.to_owned(), copy(it.value))));
            Value::map(old.chain([(name.to_owned(), value.clone())]).collect::<Vec<_>>())
        };
        self.change_inside(found, key, Step::from(name), Action::Ensure(value.clone()), local)
    }

    /// Makes a list hold this one item, in place of those that it has.
    pub fn only_item(&self, key: &str, item: &Value) -> Written {
        self.check_reset(key)?;
        let Some(found) = self.own_or_last(key) else {
            return self.create(key, Action::Append(item.clone()));
        };
        let entry = found.entry;
        if entry.merged
            || entry.written.kind() == Kind::Alias
            || entry.value.kind() != Kind::Sequence
        {
            return self.change(&found, key, Action::Replace(Value::seq([item.clone()])));
        }
        let mut edits = self.change(&found, key, Action::Append(item.clone()))?;
        let old: Vec<Item<'t>> =
            entry.value.items().map(|node| Item { file: found.file, list: entry, node }).collect();
        edits.extend(self.remove_items(key, &old)?);
        Ok(edits)
    }

    /// Removes items of lists. That a list which loses all of them goes with its key is the plan's business.
    pub fn remove_items(&self, key: &str, items: &[Item<'t>]) -> Written {
        let mut edits = Vec::new();
        for item in items {
            let (level, entry) = self.level_of(item)?;
            let found = Found { level, file: item.file, entry };
            let kept = |node: Node<'t>| items.iter().all(|it| it.node.id() != node.id());
            let step = match (entry.value.kind(), item.node.index()) {
                (Kind::Sequence, Some(index)) => Step::from(index),
                (Kind::Mapping, _) => {
                    if item.node.parent().is_some_and(|it| it.id() != entry.value.id()) {
                        edits.extend(self.remove_merged(&found, item));
                        continue;
                    }
                    Step::from(item.node.value().unwrap_or(""))
                }
                _ => {
                    edits.extend(self.change(&found, key, Action::Remove)?);
                    continue;
                }
            };
            let rest = || rest(entry, kept);
            edits.extend(self.change_inside(&found, key, step, Action::Remove, rest)?);
        }
        edits.dedup();
        Ok(edits)
    }

    /// Removes an entry that a mapping merges in, if all that merge it agree; else it stays.
    fn remove_merged(&self, found: &Found<'t>, item: &Item<'t>) -> Vec<Edit> {
        let Some(owner) = item.node.parent().filter(|_| self.project.may_write(item.file)) else {
            return Vec::new();
        };
        let path = vec![Step::from(item.node.value().unwrap_or(""))];
        let draft =
            Draft { level: found.level, at: owner, path, action: Action::Remove, key: None };
        self.share(draft, Ok(Vec::new()))
    }

    /// Replaces one item of a list.
    pub fn replace_item(&self, key: &str, item: &Item<'t>, by: &Value) -> Written {
        // What keeps its variables keeps what sets them.
        if !matches!(&by.data, Data::Str(text) if text.contains('$')) {
            self.refuse_told(item.node.resolve())?;
        }
        let (level, entry) = self.level_of(item)?;
        let found = Found { level, file: item.file, entry };
        let Some(index) = item.node.index() else {
            return self.change(&found, key, Action::Ensure(by.clone()));
        };
        let local = entry
            .value
            .items()
            .map(|it| if it.id() == item.node.id() { by.clone() } else { copy(it) });
        let local = || Value::seq(local.collect::<Vec<_>>());
        self.change_inside(&found, key, Step::from(index), Action::Ensure(by.clone()), local)
    }

    /// Sets a key of a mapping within a list: `way` leads there from the list's own key.
    pub fn set_within(&self, item: &Item<'t>, way: &[Step], key: &str, value: Value) -> Written {
        let mapping = item.node.resolve();
        let action = Action::Ensure(value);
        let (at, path) = match mapping.entry(key) {
            Some(it) if it.written.kind() == Kind::Alias => (it.value, Vec::new()),
            Some(it) => (it.owner, vec![Step::from(key)]),
            None => (mapping, vec![Step::from(key)]),
        };
        self.change_within(item, way, (at, path), (key, action))
    }

    /// Takes a key out of a mapping within a list, and out of whatever that merges.
    pub fn unset_within(&self, item: &Item<'t>, way: &[Step], key: &str) -> Written {
        let mapping = item.node.resolve();
        let mut edits = Vec::new();
        for at in std::iter::once(mapping).chain(view::fragments(mapping)) {
            if at.has_own(key) {
                let path = vec![Step::from(key)];
                edits.extend(self.change_within(item, way, (at, path), (key, Action::Remove))?);
            }
        }
        Ok(edits)
    }

    fn change_within(
        &self,
        item: &Item<'t>,
        way: &[Step],
        (at, path): (Node<'t>, Vec<Step>),
        (key, action): (&str, Action),
    ) -> Written {
        let (level, list) = self.level_of(item)?;
        let name = list.key.value().unwrap_or("");
        let alone = || self.copied(level, (name, list), way, (key, action.clone()));
        let draft = Draft { level, at, path, action: action.clone(), key: Some(name) };
        Ok(self.share_else(draft, alone))
    }

    fn level_of(&self, item: &Item<'t>) -> Result<(usize, Entry<'t>), Blocked> {
        let level = self
            .levels
            .iter()
            .position(|level| level.file == item.file && is_within(item.list.owner, level));
        level
            .map(|it| (it, item.list))
            .ok_or_else(|| Blocked("it stands outside the service".into()))
    }

    /// The entry to which items are added: the strongest layer of the service's own that has the key, else any.
    fn own_or_last(&self, key: &str) -> Option<Found<'t>> {
        let found = |(number, level): (usize, &Level<'t>)| {
            let entry = level.lookup(key)?;
            (entry.written.tag() != Some("!reset") && !entry.value.is_null()).then_some(Found {
                level: number,
                file: level.file,
                entry,
            })
        };
        let all = || self.levels.iter().enumerate().rev();
        // A list of a base is left alone: the service's own list appends to it.
        all().filter(|(_, it)| it.base.is_none()).find_map(found)
    }

    /// The entry of the same key that would show if this one went.
    fn revealed(&self, found: &Found<'t>, key: &str) -> Option<Entry<'t>> {
        let level = &self.levels[found.level];
        let counts = |it: &Entry<'t>| !it.value.is_null() || is_empty(*it);
        let fragment = level
            .fragments()
            .iter()
            .copied()
            .filter(|it| it.id() != found.entry.owner.id())
            .find_map(|it| view::lookup(it, key).filter(counts));
        let below = || {
            let weaker = self.levels[..found.level].iter().rev();
            weaker.into_iter().find_map(|it| it.lookup(key).filter(counts))
        };
        fragment.or_else(below)
    }

    /// Security options of heirs append to those of their base, and none may stand there twice.
    fn check_heirs(&self, key: &str, item: &Value) -> Result<(), Blocked> {
        let Data::Str(text) = &item.data else { return Ok(()) };
        if let Some(missing) = self.missing_base.as_ref().filter(|_| key == "security_opt") {
            return Err(Blocked(format!(
                "what it extends is not known ({missing}) and may say {text} as well, which Compose refuses: mend that first"
            )));
        }
        let says = |it: &Item<'t>| it.node.resolve().value() == Some(text.as_str());
        let heirs = self.heirs_items(key);
        match heirs.iter().find(|it| key == "security_opt" && says(&it.1)) {
            Some((name, _)) => Err(Blocked(format!(
                "service {name} extends it and says {text} itself: write it here and take it away there"
            ))),
            None => Ok(()),
        }
    }

    /// Compose refuses an item twice, also where one of them is under `!reset`.
    fn check_reset_items(&self, key: &str, item: &Value) -> Result<(), Blocked> {
        let Data::Str(text) = &item.data else { return Ok(()) };
        let entries = self.levels.iter().filter_map(|it| it.lookup(key));
        let mut items = entries.flat_map(|it| it.value.items());
        match items.find(|it| it.tag() == Some("!reset") && it.value() == Some(text.as_str())) {
            Some(_) => Err(Blocked(format!("`{key}` has {text} under !reset: take the tag away"))),
            None => Ok(()),
        }
    }

    /// A `!reset` of the strongest layer takes away whatever is written below it.
    pub(super) fn check_reset(&self, key: &str) -> Result<(), Blocked> {
        let strongest = self.levels.iter().rev().find_map(|it| it.lookup(key));
        match strongest.filter(|it| it.written.tag() == Some("!reset")) {
            Some(_) => Err(Blocked(format!("`{key}` carries the tag !reset: change it by hand"))),
            None => Ok(()),
        }
    }
}

/// What is left of a list or mapping.
fn rest<'t>(entry: Entry<'t>, kept: impl Fn(Node<'t>) -> bool) -> Value {
    if entry.value.kind() == Kind::Sequence {
        let items = entry.value.items().filter(|it| kept(*it));
        return Value::seq(items.map(copy).collect::<Vec<_>>());
    }
    let left = view::entries(entry.value).into_iter().filter(|it| kept(it.key));
    let pair = |it: Entry<'t>| Some((it.key.value()?.to_owned(), copy(it.value)));
    Value::map(left.filter_map(pair).collect::<Vec<_>>())
}

fn is_within(mapping: Node<'_>, level: &Level<'_>) -> bool {
    let is_it = |it: &Node<'_>| it.id() == mapping.id();
    is_it(&level.node) || level.fragments().iter().any(is_it)
}

/// Whether a key is there with nothing behind it, which Compose takes for a value.
fn is_empty(entry: Entry<'_>) -> bool {
    entry.value.is_null() && entry.written.tag().is_none()
}
