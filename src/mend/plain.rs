//! Plain data: what files of a project say, without how they say it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use compact_str::CompactString;

use crate::finding::FileId;
use crate::workload::Files;
use crate::yaml::{Data, NodeId, Value};

/// Plain data.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Plain {
    Null,
    Text(Text),
    List(Vec<Plain>),
    Map(Map),
}

pub(super) type Map = BTreeMap<String, Plain>;

/// A scalar, which is compared by what it says.
#[derive(Debug, Clone)]
pub(super) struct Text {
    said: CompactString,
    /// Where it is written, if it is as it stands here.
    pub(super) at: Option<(FileId, NodeId)>,
}

impl Text {
    pub(super) fn written(said: CompactString, at: (FileId, NodeId)) -> Text {
        Text { said, at: Some(at) }
    }
}

impl From<&str> for Text {
    fn from(said: &str) -> Text {
        Text { said: said.into(), at: None }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.said
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.said == other.said
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.said.hash(state);
    }
}

impl Plain {
    /// The entries of a mapping.
    pub(super) fn map(&self) -> Option<&Map> {
        match self {
            Plain::Map(it) => Some(it),
            Plain::Null | Plain::Text(_) | Plain::List(_) => None,
        }
    }

    /// The items of a list, also where it is written as one.
    pub(super) fn items(&self) -> Cow<'_, [Plain]> {
        match self {
            Plain::List(it) => Cow::Borrowed(it),
            Plain::Null => Cow::Borrowed(&[]),
            Plain::Text(_) | Plain::Map(_) => Cow::Owned(vec![self.clone()]),
        }
    }

    /// The data as it is written again; scalars as they are written in these files.
    pub(super) fn value(&self, files: &Files<'_>) -> Value {
        match self {
            Plain::Null => Data::Null.into(),
            Plain::Text(it) => {
                let written = it.at.map(|(file, node)| files.get(file).tree.node(node));
                let data = written.and_then(Data::copied);
                data.unwrap_or_else(|| Data::Str(it.said.as_str().into())).into()
            }
            Plain::List(all) => Value::seq(all.iter().map(|it| it.value(files))),
            Plain::Map(all) => {
                Value::map(all.iter().map(|(key, it)| (key.as_str(), it.value(files))))
            }
        }
    }

    /// Its items, where it is a list.
    pub(super) fn list(&self) -> Option<&[Plain]> {
        if let Plain::List(all) = self { Some(all) } else { None }
    }

    /// Its scalars.
    pub(super) fn texts<'p>(&'p self, all: &mut Vec<&'p Text>) {
        match self {
            Plain::Null => (),
            Plain::Text(it) => all.push(it),
            Plain::List(list) => list.iter().for_each(|it| it.texts(all)),
            Plain::Map(map) => map.values().for_each(|it| it.texts(all)),
        }
    }
}

/// Keys of a service whose entries Compose reads as pairs, from a mapping or from a list.
const PAIRS: &[&str] = &["environment", "sysctls", "labels", "annotations"];

/// Whether a key's entries are read as pairs.
pub(super) fn is_pairs(key: &str) -> bool {
    PAIRS.contains(&key)
}

/// The pairs of a mapping or a list, as Compose reads them there.
pub(super) fn pairs(key: &str, value: &Plain) -> Map {
    match value {
        Plain::Map(all) => {
            all.iter().map(|(name, it)| (name.clone(), of_nothing(key, it.clone()))).collect()
        }
        Plain::List(all) => all.iter().filter_map(|it| pair(key, it)).collect(),
        Plain::Null | Plain::Text(_) => Map::new(),
    }
}

/// The name and the value of an item.
pub(super) fn pair(key: &str, item: &Plain) -> Option<(String, Plain)> {
    let Plain::Text(it) = item else { return None };
    Some(match it.split_once('=') {
        Some((name, value)) => (name.to_owned(), Plain::Text(value.into())),
        None => (it.to_string(), of_nothing(key, Plain::Null)),
    })
}

/// A name alone takes a variable's value from the shell; elsewhere its value is empty.
fn of_nothing(key: &str, value: Plain) -> Plain {
    match value {
        Plain::Null if key != "environment" => Plain::Text("".into()),
        it => it,
    }
}
