//! The state of one container, setting by setting, and how two states differ.

use std::collections::{BTreeMap, BTreeSet};

/// What a setting comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fact {
    /// This.
    Is(String),
    /// No container: the engine or the cluster refuses the file by it.
    Refused(String),
}

/// One container.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    facts: BTreeMap<String, Fact>,
}

/// A setting that is not what it was.
pub(crate) struct Difference {
    /// Which one.
    pub(crate) field: String,
    /// What it was.
    pub(crate) before: String,
    /// What it has become.
    pub(crate) after: String,
}

impl State {
    pub(crate) fn is(&mut self, field: &str, value: impl Into<String>) {
        self.facts.insert(field.to_owned(), Fact::Is(value.into()));
    }

    pub(crate) fn put(&mut self, field: &str, fact: Fact) {
        self.facts.insert(field.to_owned(), fact);
    }

    /// What a setting comes to.
    pub(crate) fn fact(&self, field: &str) -> Option<&Fact> {
        self.facts.get(field)
    }

    /// What differs. A process that was refused is none that could notice.
    pub(crate) fn differences(&self, after: &State) -> Vec<Difference> {
        let fields: BTreeSet<&String> = self.facts.keys().chain(after.facts.keys()).collect();
        let of = |state: &State, field: &str| {
            state.facts.get(field).cloned().unwrap_or(Fact::Is("-".to_owned()))
        };
        let differ = fields.into_iter().filter_map(|field| {
            let (before, after) = (of(self, field), of(after, field));
            if before == after || matches!(before, Fact::Refused(_)) {
                return None;
            }
            Some(Difference { field: field.clone(), before: before.shown(), after: after.shown() })
        });
        differ.collect()
    }
}

impl Fact {
    fn shown(&self) -> String {
        match self {
            Fact::Is(value) => value.clone(),
            Fact::Refused(why) => format!("refused: {why}"),
        }
    }
}
