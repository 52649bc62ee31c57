//! A handle to one node: what it is, what it holds, where it stands.

use foldhash::HashSet;

use super::scalar::{Scalar, resolve, resolve_tagged};
use super::tree::{INNER, Kind, NONE, NodeId, Props, RAW, Raw, Role, Span, Style, Tree};
use super::view::{self, Entry};

/// Mappings of fewer nodes than this are looked through rather than hashed.
const SMALL: u32 = 32;

/// A node of a tree.
#[derive(Copy, Clone, Debug)]
pub struct Node<'t> {
    pub(super) tree: &'t Tree,
    pub(super) id: u32,
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.tree, other.tree)
    }
}

impl<'t> Node<'t> {
    pub(super) fn data(self) -> &'t Raw {
        &self.tree.nodes[self.id as usize]
    }

    pub(super) fn at(self, id: u32) -> Node<'t> {
        Node { tree: self.tree, id }
    }

    fn props(self) -> Option<&'t Props> {
        self.tree.props.get(self.data().props as usize)
    }

    fn slice(self, span: Span) -> &'t str {
        &self.tree.text[span.start..span.end]
    }

    /// The node's number.
    #[must_use]
    pub fn id(self) -> NodeId {
        NodeId(self.id)
    }

    /// The tree that the node is part of.
    #[must_use]
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// What the node is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.data().kind
    }

    /// How the node is written.
    #[must_use]
    pub fn style(self) -> Style {
        self.data().style
    }

    /// The node's content, without anchor and tag.
    #[must_use]
    pub fn span(self) -> Span {
        Span { start: self.data().start as usize, end: self.data().end as usize }
    }

    /// The node with its anchor and tag.
    #[must_use]
    pub fn full_span(self) -> Span {
        Span { start: self.data().full as usize, end: self.data().end as usize }
    }

    /// The bytes of [`Node::span`].
    #[must_use]
    pub fn raw(self) -> &'t str {
        self.slice(self.span())
    }

    /// A scalar's decoded text; an alias stands for its target.
    #[must_use]
    pub fn value(self) -> Option<&'t str> {
        match self.kind() {
            Kind::Scalar => (),
            Kind::Alias => return self.target().and_then(Node::value),
            Kind::Mapping | Kind::Sequence => return None,
        }
        match self.data().text {
            RAW => Some(self.raw()),
            INNER => {
                let span = self.span();
                Some(self.slice(Span { start: span.start + 1, end: span.end - 1 }))
            }
            pooled => self.tree.pool.get(pooled as usize).map(|it| &**it),
        }
    }

    /// Whether the value is absent, as after `key:`.
    #[must_use]
    pub fn is_empty(self) -> bool {
        let data = self.data();
        data.kind == Kind::Scalar && data.start == data.end
    }

    /// Whether the value is absent, or a plain null, tagged as one or not at all.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Scalar
            && self.style() == Style::Plain
            && self.tag().is_none_or(|it| it == "!!null")
            && matches!(self.raw(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// A scalar's resolved value; text where a tag does not tell. An alias stands for its target.
    #[must_use]
    pub fn scalar(self) -> Option<Scalar<'t>> {
        if let Some(target) = self.target() {
            return target.scalar();
        }
        let text = self.value()?;
        if let Some(tag) = self.tag() {
            return Some(resolve_tagged(tag, text).unwrap_or(Scalar::Str(text)));
        }
        Some(if self.style() == Style::Plain { resolve(text) } else { Scalar::Str(text) })
    }

    /// The tag as written.
    #[must_use]
    pub fn tag(self) -> Option<&'t str> {
        self.props().and_then(|it| it.tag).map(|it| self.slice(it))
    }

    /// The anchor's name, without `&`.
    #[must_use]
    pub fn anchor(self) -> Option<&'t str> {
        let span = self.props().and_then(|it| it.anchor)?;
        Some(self.slice(Span { start: span.start + 1, end: span.end }))
    }

    /// All direct children as they are written, a mapping's keys and values in turn: for those who walk a text.
    pub fn children(self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let end = self.data().skip;
        let mut next = self.id + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then(|| self.at(next))?;
            next = child.data().skip;
            Some(child)
        })
    }

    /// A mapping's own keys and values as written; nothing for other nodes.
    pub(super) fn pairs(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> + use<'t> {
        let end = if self.kind() == Kind::Mapping { self.data().skip } else { 0 };
        let mut next = self.id + 1;
        std::iter::from_fn(move || {
            let key = (next < end).then(|| self.at(next))?;
            let value = self.at(key.data().skip);
            next = value.data().skip;
            Some((key, value))
        })
    }

    /// A sequence's own items as written; nothing for other nodes.
    pub(super) fn elements(self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let wanted = self.kind() == Kind::Sequence;
        self.children().take_while(move |_| wanted)
    }

    /// The value that the mapping itself has under a key, as written; the first if it is repeated.
    pub(super) fn at_key(self, key: &str) -> Option<Node<'t>> {
        self.pair(key).map(|it| it.1)
    }

    /// How many entries or items a collection has itself.
    #[must_use]
    pub fn size(self) -> usize {
        self.pairs().count() + self.elements().count()
    }

    /// Whether the mapping itself has a key, merges aside.
    #[must_use]
    pub fn has_own(self, key: &str) -> bool {
        self.at_key(key).is_some()
    }

    /// Whether the key merges what stands under it: a `<<` in quotes is a key like any other.
    #[must_use]
    pub fn is_merge(self) -> bool {
        self.kind() == Kind::Scalar
            && self.style() == Style::Plain
            && self.raw() == "<<"
            && self.tag().is_none()
    }

    /// The mapping's own `<<` and its value, as written; the first if it is repeated.
    pub(super) fn merge_pair(self) -> Option<(Node<'t>, Node<'t>)> {
        let find = || memchr::memmem::find(self.tree.text.as_bytes(), b"<<").is_some();
        if !self.tree.merges.get_or_init(find) {
            return None;
        }
        let found = self.pair("<<")?;
        if found.0.is_merge() { Some(found) } else { self.pairs().find(|it| it.0.is_merge()) }
    }

    /// The value of the mapping's own `<<`, as written.
    #[must_use]
    pub fn merge(self) -> Option<Node<'t>> {
        self.merge_pair().map(|it| it.1)
    }

    /// What a reader of the mapping finds under a key: `<<` and aliases are followed.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.entry(key).map(|it| it.value)
    }

    /// The same with its key, and with where it is written.
    #[must_use]
    pub fn entry(self, key: &str) -> Option<Entry<'t>> {
        view::lookup(self, key)
    }

    /// Every entry that a reader of the mapping sees: its own, then those that only `<<` brings.
    #[must_use]
    pub fn entries(self) -> Vec<Entry<'t>> {
        view::entries(self)
    }

    /// A sequence's items as written, aliases perhaps; nothing for other nodes. An alias stands for its target.
    pub fn items(self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        self.resolve().elements()
    }

    /// An alias's target, else the node itself.
    ///
    /// An alias inside its own anchor leads to an ancestor: see [`Node::is_recursive_alias`].
    #[must_use]
    pub fn resolve(self) -> Node<'t> {
        self.target().unwrap_or(self)
    }

    /// What an alias stands for.
    fn target(self) -> Option<Node<'t>> {
        let is_alias = self.kind() == Kind::Alias && self.data().text != NONE;
        is_alias.then(|| self.at(self.data().text))
    }

    /// Whether this is an alias that leads to one of its own ancestors.
    #[must_use]
    pub fn is_recursive_alias(self) -> bool {
        let target = self.resolve();
        target.id < self.id && self.id < target.data().skip
    }

    /// How many aliases lead to this node.
    #[must_use]
    pub fn aliases(self) -> usize {
        self.props().map_or(0, |it| it.aliases as usize)
    }

    /// The collection that holds the node.
    #[must_use]
    pub fn parent(self) -> Option<Node<'t>> {
        (self.data().role != Role::Root).then(|| self.at(self.data().parent))
    }

    /// A value's key.
    #[must_use]
    pub fn key(self) -> Option<Node<'t>> {
        (self.data().role == Role::Value).then(|| self.at(self.data().place))
    }

    /// An item's number in its sequence.
    #[must_use]
    pub fn index(self) -> Option<usize> {
        (self.data().role == Role::Item).then_some(self.data().place as usize)
    }

    /// The number of the document that the node is in.
    #[must_use]
    pub fn document(self) -> usize {
        self.tree.roots.partition_point(|root| *root <= self.id).max(1) - 1
    }

    /// The first key of this mapping that repeats an earlier one.
    #[must_use]
    pub fn duplicate_key(self) -> Option<Node<'t>> {
        let mut keys = self.pairs().map(|(key, _)| key);
        if self.data().skip - self.id < SMALL {
            // Few keys are compared faster than hashed.
            let known = |key: &Node<'t>| {
                let text = key.value();
                let earlier = self.pairs().map(|(it, _)| it).take_while(|it| it.id < key.id);
                text.is_some() && earlier.map(Node::value).any(|it| it == text)
            };
            return keys.find(known);
        }
        let mut seen = HashSet::default();
        keys.find(|key| key.value().is_some_and(|it| !seen.insert(it)))
    }
}
