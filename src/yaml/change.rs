//! What is to change, in symbols: it becomes text only in `edit`.

use compact_str::CompactString;

use super::node::Node;
use super::tree::{NodeId, Tree};
use super::written::Written;

/// One step of a path below a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The value of a mapping's key.
    Key(CompactString),
    /// An item of a sequence, counted in the original document.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Step {
        Step::Key(key.into())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Step {
        Step::Index(index)
    }
}

/// One change to one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The node from which `path` leads to the place.
    pub at: NodeId,
    /// The way to the place; keys that are missing are created.
    pub path: Vec<Step>,
    /// What happens there.
    pub action: Action,
    /// Whether what aliases share may be changed.
    pub sharing: Sharing,
}

impl Change {
    /// The node that it is about, if it exists.
    #[must_use]
    pub fn target<'t>(&self, tree: &'t Tree) -> Option<Node<'t>> {
        self.path.iter().try_fold(tree.node(self.at), child)
    }

    /// The nodes that it leads through, from where its path begins to the last that exists.
    pub fn way<'t>(&self, tree: &'t Tree) -> impl Iterator<Item = Node<'t>> {
        let mut steps = self.path.iter();
        std::iter::successors(Some(tree.node(self.at)), move |it| child(*it, steps.next()?))
    }
}

/// What stands below a node by its own keys and items, as written.
fn child<'t>(node: Node<'t>, step: &Step) -> Option<Node<'t>> {
    match step {
        Step::Key(key) => node.at_key(key),
        Step::Index(index) => node.elements().nth(*index),
    }
}

/// What happens at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The value at the place becomes this one; it stays as it is when it is equal.
    Ensure(Value),
    /// The sequence at the place gets this item at its end, unless it has an equal one.
    Append(Value),
    /// The key or item goes; a collection that loses its last one becomes `{}` or `[]`.
    Remove,
    /// The value at the place is replaced whole by this one.
    Replace(Value),
}

/// Whether a node that aliases refer to may be edited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// Such an edit is refused.
    #[default]
    Refuse,
    /// The caller wants all users of the node to change.
    Allow,
}

/// A value to write.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The value itself.
    pub data: Data,
    /// Text of a comment at the end of the value's first line, in block style only.
    pub comment: Option<String>,
}

/// The data of a value to write.
#[derive(Clone, Debug)]
pub enum Data {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Text.
    Str(CompactString),
    /// A scalar that stands somewhere already, as it is written there.
    Written(Written),
    /// A sequence.
    Seq(Vec<Value>),
    /// A mapping, in order.
    Map(Vec<(CompactString, Value)>),
}

impl Value {
    /// A sequence of values.
    pub fn seq<V: Into<Value>>(items: impl IntoIterator<Item = V>) -> Value {
        Data::Seq(items.into_iter().map(Into::into).collect()).into()
    }

    /// A mapping of keys to values.
    pub fn map<K: Into<CompactString>, V: Into<Value>>(
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Value {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value.into()));
        Data::Map(entries.collect()).into()
    }

    /// The same value with a comment at the end of its line.
    #[must_use]
    pub fn with_comment(mut self, text: impl Into<String>) -> Value {
        self.comment = Some(text.into());
        self
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Value {
        Value { data, comment: None }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Data::Bool(value).into()
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Data::Int(value).into()
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Data::Str(value.into()).into()
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Data::Str(value.into()).into()
    }
}
