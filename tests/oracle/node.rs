//! Documents as trees whose nodes know how they are to be spelled.

use casehard::yaml::{self, Kind, Style, Tree};

/// A value with its spelling.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) data: Data,
    pub(crate) how: How,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    /// Source text on one line that may stand in flow style.
    Scalar(String),
    Seq(Vec<Node>),
    Map(Vec<Entry>, Merge),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_how: KeyHow,
    pub(crate) value: Node,
    /// It stands under `<<`.
    pub(crate) merged: bool,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum How {
    Plain,
    Anchor,
    Alias,
    Tag,
    Newline,
    Reset,
    Override,
    Flow,
}

/// How a key is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum KeyHow {
    Plain,
    Single,
    Double,
    Escaped,
    Explicit,
    Tag,
    Anchor,
    Alias,
    Binary,
}

/// How the merged entries of a mapping are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Merge {
    Inline,
    List,
    Alias,
    Tagged,
    Nested,
    TwoLists,
    AliasList,
    Last,
    Quoted,
    Escaped,
    Anchored,
}

impl Node {
    pub(crate) fn new(data: Data) -> Node {
        Node { data, how: How::Plain }
    }

    pub(crate) fn scalar(text: &str) -> Node {
        Node::new(Data::Scalar(text.to_owned()))
    }

    pub(crate) fn map(entries: Vec<Entry>) -> Node {
        Node::new(Data::Map(entries, Merge::Inline))
    }

    pub(crate) fn children(&self) -> Vec<&Node> {
        match &self.data {
            Data::Scalar(_) => Vec::new(),
            Data::Seq(items) => items.iter().collect(),
            Data::Map(entries, _) => entries.iter().map(|it| &it.value).collect(),
        }
    }

    /// The places of all nodes, this one's first.
    pub(crate) fn places(&self) -> Vec<Vec<usize>> {
        let mut found = vec![Vec::new()];
        for (index, child) in self.children().into_iter().enumerate() {
            for mut place in child.places() {
                place.insert(0, index);
                found.push(place);
            }
        }
        found
    }

    pub(crate) fn at(&mut self, place: &[usize]) -> &mut Node {
        let Some((first, rest)) = place.split_first() else { return self };
        match &mut self.data {
            Data::Scalar(_) => unreachable!("a scalar has no places below it"),
            Data::Seq(items) => items[*first].at(rest),
            Data::Map(entries, _) => entries[*first].value.at(rest),
        }
    }

    /// The keys on the way to a place; items count as `-`.
    pub(crate) fn keys(&self, place: &[usize]) -> Vec<String> {
        let Some((first, rest)) = place.split_first() else { return Vec::new() };
        let (key, child) = match &self.data {
            Data::Scalar(_) => return Vec::new(),
            Data::Seq(items) => ("-", &items[*first]),
            Data::Map(entries, _) => (entries[*first].key.as_str(), &entries[*first].value),
        };
        let mut keys = vec![key.to_owned()];
        keys.extend(child.keys(rest));
        keys
    }
}

impl Entry {
    pub(crate) fn new(key: &str, value: Node) -> Entry {
        Entry { key: key.to_owned(), key_how: KeyHow::Plain, value, merged: false }
    }
}

/// The documents of a text, plainly spelled; nothing for what does not parse.
pub(crate) fn read(text: &str) -> Option<Vec<Node>> {
    let tree = Tree::parse(text).ok()?;
    let roots: Vec<Node> = tree.documents().map(|it| node(it, 0)).collect();
    (!roots.is_empty()).then_some(roots)
}

fn node(it: yaml::Node<'_>, depth: usize) -> Node {
    let it = it.resolve();
    if depth > 40 {
        return Node::scalar("null");
    }
    let data = match it.kind() {
        Kind::Mapping => {
            let written: Vec<_> = it.children().collect();
            let entries = written.as_chunks().0.iter().map(|[key, value]| {
                Entry::new(key.value().unwrap_or("k"), node(*value, depth + 1))
            });
            return Node::map(merged(entries.collect()));
        }
        Kind::Sequence => Data::Seq(it.items().map(|it| node(it, depth + 1)).collect()),
        Kind::Scalar | Kind::Alias => Data::Scalar(scalar(it)),
    };
    Node::new(data)
}

/// Opens what stands under `<<`, so that the keys can be moved.
fn merged(entries: Vec<Entry>) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    let mut below = Vec::new();
    for entry in entries {
        match (entry.key.as_str(), entry.value.data) {
            ("<<", Data::Map(inner, _)) => below.extend(inner),
            ("<<", Data::Seq(items)) => {
                for item in items {
                    if let Data::Map(inner, _) = item.data {
                        below.extend(inner);
                    }
                }
            }
            (_, data) => all.push(Entry { value: Node { data, how: How::Plain }, ..entry }),
        }
    }
    for entry in below {
        if !all.iter().any(|it| it.key == entry.key) {
            all.push(Entry { merged: true, ..entry });
        }
    }
    all
}

fn scalar(it: yaml::Node<'_>) -> String {
    let value = it.value().unwrap_or("");
    let awkward = |it: char| it.is_control() || ",[]{}#&*!|>'\"%@`".contains(it);
    let plain = it.style() == Style::Plain && !it.is_empty();
    let text = match plain && !value.contains(awkward) && !value.contains(": ") {
        true => value.to_owned(),
        false if it.is_empty() => "null".to_owned(),
        false => quoted(value),
    };
    match it.tag() {
        Some(tag) if tag.starts_with("!!") => format!("{tag} {text}"),
        _ => text,
    }
}

/// A value in double quotes.
pub(crate) fn quoted(value: &str) -> String {
    serde_json::to_string(value).expect("a string is JSON")
}
