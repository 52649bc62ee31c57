//! What YAML says, as plain data: aliases followed, `<<` merged, tags of Compose kept.

use std::collections::BTreeMap;

use casehard::yaml::{Kind, Node, Style};

/// Deeper data is of no container.
const DEPTH: usize = 32;

/// Data of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Data {
    /// Nothing.
    Null,
    /// A scalar's text, and whether it was written without quotes.
    Scalar(String, bool),
    /// A sequence.
    List(Vec<Data>),
    /// A mapping.
    Map(BTreeMap<String, Data>),
    /// Compose: what weaker layers say is forgotten.
    Reset,
    /// Compose: this stands in place of what weaker layers say.
    Override(Box<Data>),
}

static NULL: Data = Data::Null;

impl Data {
    /// Reads a node.
    pub(crate) fn read(node: Node<'_>) -> Data {
        read(node, DEPTH)
    }

    /// The value of a key; null where there is none.
    pub(crate) fn get(&self, key: &str) -> &Data {
        match self {
            Data::Map(all) => all.get(key).unwrap_or(&NULL),
            Data::Null | Data::Scalar(..) | Data::List(_) | Data::Reset | Data::Override(_) => {
                &NULL
            }
        }
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Data::Scalar(text, _) => Some(text),
            Data::Null | Data::List(_) | Data::Map(_) | Data::Reset | Data::Override(_) => None,
        }
    }

    /// The items of a list; a scalar is a list of one.
    pub(crate) fn items(&self) -> &[Data] {
        match self {
            Data::List(all) => all,
            Data::Scalar(..) => std::slice::from_ref(self),
            Data::Null | Data::Map(_) | Data::Reset | Data::Override(_) => &[],
        }
    }

    /// The keys and values of a mapping, without these keys and without nulls.
    pub(crate) fn without(&self, keys: &[&str]) -> BTreeMap<String, Data> {
        let Data::Map(all) = self else { return BTreeMap::new() };
        let kept = all.iter().filter(|it| !keys.contains(&it.0.as_str()) && *it.1 != Data::Null);
        kept.map(|it| (it.0.clone(), it.1.clone())).collect()
    }
}

fn read(node: Node<'_>, depth: usize) -> Data {
    if depth == 0 {
        return Data::Scalar("…".to_owned(), false);
    }
    match node.tag() {
        Some("!reset") => return Data::Reset,
        Some("!override") => return Data::Override(Box::new(untagged(node, depth))),
        Some(_) | None => (),
    }
    untagged(node.resolve(), depth)
}

fn untagged(node: Node<'_>, depth: usize) -> Data {
    match node.kind() {
        Kind::Sequence => Data::List(node.items().map(|it| read(it, depth - 1)).collect()),
        Kind::Mapping => mapping(node, depth),
        Kind::Scalar | Kind::Alias if node.is_null() => Data::Null,
        Kind::Scalar | Kind::Alias => {
            let text = node.value().unwrap_or("").to_owned();
            Data::Scalar(text, node.style() == Style::Plain)
        }
    }
}

/// Its own keys hide merged ones whole, and the first merged mapping wins.
fn mapping(node: Node<'_>, depth: usize) -> Data {
    let mut all = BTreeMap::new();
    let mut merged = Vec::new();
    let written: Vec<_> = node.children().collect();
    for [key, value] in written.as_chunks().0.iter().copied() {
        if key.is_merge() {
            match read(value, depth - 1) {
                Data::List(several) => merged.extend(several),
                one => merged.push(one),
            }
            continue;
        }
        if let Some(text) = key.resolve().value() {
            all.insert(text.to_owned(), read(value, depth - 1));
        }
    }
    for other in merged {
        let Data::Map(other) = other else { continue };
        for (key, value) in other {
            all.entry(key).or_insert(value);
        }
    }
    Data::Map(all)
}
