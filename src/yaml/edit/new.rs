//! Values that do not exist yet, as several changes build them together.

use std::borrow::Cow;

use foldhash::HashMap;

use super::equal::same;
use crate::yaml::change::{Action, Data, Value};

/// Something that does not exist yet.
pub(super) enum New<'c> {
    /// A value as it was asked for.
    Value(&'c Value),
    /// A mapping that keys below it need.
    Map(NewMap<'c>),
    /// A sequence that items need.
    List(Vec<&'c Value>),
}

/// So many keys are compared faster than hashed.
const FEW: usize = 12;

/// New keys in order, each once.
#[derive(Default)]
pub(super) struct NewMap<'c> {
    entries: Vec<(&'c str, New<'c>)>,
    /// Where each key stands, once there are many.
    index: HashMap<&'c str, usize>,
}

impl<'c> NewMap<'c> {
    /// Adds what an action asks for at the end of some keys; `false` if that contradicts.
    pub(super) fn add(&mut self, key: &'c str, below: &[&'c str], action: &'c Action) -> bool {
        if let Some(at) = self.place(key) {
            return merge(&mut self.entries[at].1, below, action);
        }
        self.entries.push((key, new(below, action)));
        if self.entries.len() > FEW {
            let known = self.index.len();
            let new = self.entries.iter().enumerate().skip(known);
            self.index.extend(new.map(|(at, it)| (it.0, at)));
        }
        true
    }

    fn place(&self, key: &str) -> Option<usize> {
        match self.entries.len() > FEW {
            true => self.index.get(key).copied(),
            false => self.entries.iter().position(|it| it.0 == key),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The keys with the values to write.
    pub(super) fn values(&self) -> impl Iterator<Item = (&'c str, Cow<'c, Value>)> {
        self.entries.iter().map(|(key, new)| (*key, new.to_value()))
    }
}

impl<'c> New<'c> {
    /// The value to write.
    fn to_value(&self) -> Cow<'c, Value> {
        match self {
            New::Value(value) => Cow::Borrowed(*value),
            New::Map(entries) => {
                let entries = entries.values().map(|(key, it)| (key, it.into_owned()));
                Cow::Owned(Value::map(entries))
            }
            New::List(items) => Cow::Owned(Value::seq(items.iter().map(|it| (*it).clone()))),
        }
    }
}

/// Something new for the keys of a path and the action at its end.
fn new<'c>(keys: &[&'c str], action: &'c Action) -> New<'c> {
    match (keys.split_first(), action) {
        (Some((key, below)), _) => {
            let mut map = NewMap::default();
            map.add(key, below, action);
            New::Map(map)
        }
        (None, Action::Ensure(value) | Action::Replace(value)) => New::Value(value),
        (None, Action::Append(value)) => New::List(vec![value]),
        (None, Action::Remove) => New::List(Vec::new()),
    }
}

/// Joins another change to something new; `false` if they contradict.
fn merge<'c>(there: &mut New<'c>, keys: &[&'c str], action: &'c Action) -> bool {
    match (there, keys.split_first(), action) {
        (New::Map(entries), Some((key, below)), _) => entries.add(key, below, action),
        (New::List(items), None, Action::Append(value)) => {
            if !items.iter().any(|it| same(it, value)) {
                items.push(value);
            }
            true
        }
        (New::Value(there), None, Action::Ensure(value) | Action::Replace(value)) => {
            same(there, value)
        }
        (New::Value(there), keys, action) => holds(there, keys, action),
        (New::Map(_) | New::List(_), ..) => false,
    }
}

/// Whether a value already has what a change below it asks for.
fn holds(there: &Value, keys: Option<(&&str, &[&str])>, action: &Action) -> bool {
    match (&there.data, keys, action) {
        (Data::Map(entries), Some((key, below)), _) => entries
            .iter()
            .find(|(it, _)| it == key)
            .is_some_and(|(_, it)| holds(it, below.split_first(), action)),
        (_, None, Action::Ensure(value) | Action::Replace(value)) => same(there, value),
        (Data::Seq(items), None, Action::Append(value)) => items.iter().any(|it| same(it, value)),
        _ => false,
    }
}
