//! Which node of the tree gets what: changes meet here, merge, or contradict each other.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};

use super::equal::{equals, same};
use super::new::NewMap;
use super::refusal::{EditError, Refusal};
use crate::yaml::Node;
use crate::yaml::change::{Action, Change, Data, Sharing, Step, Value};
use crate::yaml::tree::{Kind, NodeId, Role, Tree};

/// All that happens to one node.
#[derive(Default)]
pub(super) struct Site<'c> {
    /// The whole new value.
    pub(super) set: Option<&'c Value>,
    /// Whether the node is equal to `set` already.
    pub(super) equal: bool,
    /// Whether the node goes.
    pub(super) removed: bool,
    /// The children that go: a mapping's keys or a sequence's items.
    pub(super) gone: Vec<NodeId>,
    /// New keys, in order.
    pub(super) entries: NewMap<'c>,
    /// New items, in order.
    pub(super) items: Vec<&'c Value>,
}

impl Site<'_> {
    pub(super) fn touches_children(&self) -> bool {
        !self.gone.is_empty() || !self.entries.is_empty() || !self.items.is_empty()
    }

    fn is_active(&self) -> bool {
        self.removed || self.touches_children() || self.set.is_some() && !self.equal
    }
}

type Sites<'c> = BTreeMap<NodeId, Site<'c>>;

/// Gathers all changes by the node they touch, in the order of the text.
pub(super) fn plan<'c>(tree: &Tree, changes: &'c [Change]) -> Result<Sites<'c>, Vec<EditError>> {
    let mut planner =
        Planner { sites: HashMap::default(), keys: HashMap::default(), items: HashMap::default() };
    let added = changes.iter().map(|it| planner.add(tree.node(it.at), it));
    let mut errors: Vec<EditError> = added.filter_map(Result::err).collect();
    let mut sites: Sites<'c> = planner.sites.into_iter().collect();
    for (id, site) in &mut sites {
        if let Some(Data::Seq(set)) = site.set.map(|it| &it.data) {
            site.items.retain(|item| !set.iter().any(|it| same(it, item)));
        }
        errors.extend(check_purpose(tree.node(*id), site).err());
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    // Inner nodes first: an item that does not change after all is still there.
    let appended: Vec<_> = sites.iter().filter(|(_, it)| !it.items.is_empty()).collect();
    let appended: Vec<NodeId> = appended.into_iter().map(|(id, _)| *id).rev().collect();
    for id in appended {
        let items = missing_items(tree.node(id), &sites[&id], &sites);
        sites.entry(id).or_default().items = items;
    }
    let errors = check_nesting(tree, &sites);
    if errors.is_empty() { Ok(sites) } else { Err(errors) }
}

/// The appended items that the sequence does not have and does not keep.
fn missing_items<'c>(node: Node<'_>, site: &Site<'c>, sites: &Sites<'_>) -> Vec<&'c Value> {
    let gone: HashSet<_> = site.gone.iter().collect();
    let scalar = |value: &Value| is_present_scalar(node, value);
    let kept: Vec<_> = node.elements().filter(|it| !gone.contains(&it.id())).collect();
    let present = |value: &Value| {
        kept.iter().any(|it| match sites.get(&it.id()).and_then(|it| it.set) {
            Some(set) => same(set, value),
            None => equals(*it, &value.data) && !changes_inside(*it, sites),
        })
    };
    let present = |value: &Value| scalar(value) || present(value);
    site.items.iter().copied().filter(|it| !present(it)).collect()
}

/// Whether a scalar, as a list of itself, has the item already.
fn is_present_scalar(node: Node<'_>, value: &Value) -> bool {
    node.kind() == Kind::Scalar && !node.is_null() && equals(node, &value.data)
}

/// Whether a node or anything below it changes, there or where its aliases lead.
fn changes_inside(node: Node<'_>, sites: &Sites<'_>) -> bool {
    let active = |it: Node<'_>| {
        sites.range(it.id()..NodeId(it.data().skip)).any(|(_, site)| site.is_active())
    };
    let mut inside = (node.id..node.data().skip).map(|id| node.at(id));
    active(node) || inside.any(|it| it.kind() == Kind::Alias && active(it.resolve()))
}

/// A node has one purpose.
fn check_purpose(node: Node<'_>, site: &Site<'_>) -> Result<(), EditError> {
    let whole = site.set.is_some() || site.removed;
    let message = if whole && site.touches_children() || site.set.is_some() && site.removed {
        "changes that exclude each other"
    } else if !site.entries.is_empty() && !site.items.is_empty() {
        "both keys and items for one place"
    } else {
        return Ok(());
    };
    Err(EditError::new(Refusal::Conflict, message, node))
}

/// What is replaced or removed has no change below it.
fn check_nesting(tree: &Tree, sites: &Sites<'_>) -> Vec<EditError> {
    let mut errors = Vec::new();
    // Up to which node everything goes, and up to which it is to stay as it is.
    let (mut closed, mut settled) = (0, 0);
    for (id, site) in sites {
        let node = tree.node(*id);
        if id.0 < closed || id.0 < settled && site.is_active() {
            let message = "a change inside a value that another change replaces or removes";
            errors.push(EditError::new(Refusal::Conflict, message, node));
        }
        if site.is_active() && (site.set.is_some() || site.removed) {
            closed = closed.max(node.data().skip);
        } else if site.set.is_some() {
            if changes_inside(node, sites) {
                let message = "a change inside a value that another change wants as it is";
                errors.push(EditError::new(Refusal::Conflict, message, node));
            }
            settled = settled.max(node.data().skip);
        }
    }
    errors
}

struct Planner<'t, 'c> {
    sites: HashMap<NodeId, Site<'c>>,
    /// The keys of large mappings, with whether they are repeated.
    keys: HashMap<NodeId, HashMap<&'t str, (u32, bool)>>,
    /// The items of sequences.
    items: HashMap<NodeId, Vec<u32>>,
}

impl<'t, 'c> Planner<'t, 'c> {
    fn add(&mut self, from: Node<'t>, change: &'c Change) -> Result<(), EditError> {
        let mut node = from;
        for (depth, step) in change.path.iter().enumerate() {
            let Some(child) = self.child(node, step)? else {
                return self.create(node, &change.path[depth..], change);
            };
            node = child;
        }
        match &change.action {
            Action::Ensure(value) | Action::Replace(value) => self.set(node, value, change),
            Action::Append(value) => self.append(node, value, change),
            Action::Remove => self.remove(node, change),
        }
    }

    /// The child at a step, or nothing where a key can be created.
    fn child(&mut self, node: Node<'t>, step: &'c Step) -> Result<Option<Node<'t>>, EditError> {
        let refuse = |refusal, message: &str| Err(EditError::new(refusal, message, node));
        match (node.kind(), step) {
            (Kind::Alias, _) => refuse(Refusal::Alias, "the place is shared through an alias"),
            (Kind::Mapping, Step::Key(key)) => match self.find(node, key) {
                Some((_, true)) => {
                    refuse(Refusal::DuplicateKey, &format!("the key `{key}` is repeated"))
                }
                Some((value, false)) => Ok(Some(node.at(value))),
                None => Ok(None),
            },
            (Kind::Sequence, Step::Index(index)) => {
                let items = self.items.entry(node.id());
                let items = items.or_insert_with(|| node.elements().map(|it| it.id).collect());
                match items.get(*index) {
                    Some(item) => Ok(Some(node.at(*item))),
                    None => refuse(Refusal::Path, &format!("there is no item {index}")),
                }
            }
            (Kind::Scalar, Step::Key(_)) if node.is_null() => Ok(None),
            (Kind::Scalar, Step::Key(_)) if node.tag().is_some() => {
                refuse(Refusal::Tag, "the value's tag does not fit a mapping")
            }
            (Kind::Scalar | Kind::Sequence, Step::Key(key)) => {
                refuse(Refusal::Path, &format!("expected a mapping with the key `{key}`"))
            }
            (Kind::Scalar | Kind::Mapping, Step::Index(_)) => {
                refuse(Refusal::Path, "expected a sequence")
            }
        }
    }

    /// A key's value, and whether the key is repeated.
    fn find(&mut self, node: Node<'t>, key: &str) -> Option<(u32, bool)> {
        if node.data().skip - node.id < 64 {
            let mut found = node.pairs().filter(|(it, _)| it.value() == Some(key));
            let (_, value) = found.next()?;
            return Some((value.id, found.next().is_some()));
        }
        let index = self.keys.entry(node.id()).or_insert_with(|| {
            let mut index = HashMap::default();
            for (key, value) in node.pairs() {
                if let Some(text) = key.value() {
                    index
                        .entry(text)
                        .and_modify(|it: &mut (u32, bool)| it.1 = true)
                        .or_insert((value.id, false));
                }
            }
            index
        });
        index.get(key).copied()
    }

    fn create(
        &mut self,
        node: Node<'t>,
        rest: &'c [Step],
        change: &'c Change,
    ) -> Result<(), EditError> {
        if change.action == Action::Remove {
            return Ok(());
        }
        if node.data().role == Role::Root && node.kind() == Kind::Scalar {
            return Err(EditError::new(Refusal::EmptyDocument, "the document is empty", node));
        }
        check_sharing(Some(node), change)?;
        let mut keys = Vec::with_capacity(rest.len());
        for step in rest {
            match step {
                Step::Key(key) => keys.push(key.as_str()),
                Step::Index(_) => {
                    let message = "an item below a key that does not exist";
                    return Err(EditError::new(Refusal::Path, message, node));
                }
            }
        }
        let site = self.sites.entry(node.id()).or_default();
        let (first, below) = keys.split_first().expect("a path that ends early has a step left");
        let placed = site.entries.add(first, below, &change.action);
        if placed {
            return Ok(());
        }
        let message = format!("different values for the new key `{}`", keys.join("."));
        Err(EditError::new(Refusal::Conflict, &message, node))
    }

    fn set(
        &mut self,
        node: Node<'t>,
        value: &'c Value,
        change: &'c Change,
    ) -> Result<(), EditError> {
        let equal = equals(node, &value.data);
        if !equal {
            check_sharing(Some(node), change)?;
            check_anchors_inside(node.id + 1, node)?;
            check_tag(node, &value.data)?;
            if node.data().role == Role::Root && node.is_null() {
                return Err(EditError::new(Refusal::EmptyDocument, "the document is empty", node));
            }
        }
        let site = self.sites.entry(node.id()).or_default();
        if site.set.is_some_and(|it| !same(it, value)) {
            return Err(EditError::new(Refusal::Conflict, "two values for one place", node));
        }
        site.equal = equal;
        site.set = site.set.or(Some(value));
        Ok(())
    }

    fn append(
        &mut self,
        node: Node<'t>,
        value: &'c Value,
        change: &'c Change,
    ) -> Result<(), EditError> {
        let refuse = |refusal, message| Err(EditError::new(refusal, message, node));
        match node.kind() {
            Kind::Alias => {
                return refuse(Refusal::Alias, "the sequence is shared through an alias");
            }
            Kind::Mapping => return refuse(Refusal::Path, "expected a sequence"),
            Kind::Scalar if node.data().role == Role::Root => {
                let empty = node.is_null();
                let refusal = if empty { Refusal::EmptyDocument } else { Refusal::Path };
                return refuse(refusal, "the document is not a sequence");
            }
            Kind::Scalar if node.tag().is_some() && !equals(node, &value.data) => {
                return refuse(Refusal::Tag, "the value's tag does not fit a sequence");
            }
            Kind::Scalar | Kind::Sequence => (),
        }
        // An equal item leaves nothing to do, unless another change removes it.
        let same_scalar = is_present_scalar(node, value);
        if !same_scalar && !node.elements().any(|it| equals(it, &value.data)) {
            check_sharing(Some(node), change)?;
        }
        let site = self.sites.entry(node.id()).or_default();
        if !site.items.iter().any(|it| same(it, value)) {
            site.items.push(value);
        }
        Ok(())
    }

    fn remove(&mut self, node: Node<'t>, change: &'c Change) -> Result<(), EditError> {
        let Some(parent) = node.parent() else {
            return Err(EditError::new(Refusal::Path, "a whole document cannot be removed", node));
        };
        check_sharing(Some(parent), change)?;
        let unit = node.key().unwrap_or(node);
        check_anchors_inside(unit.id, node)?;
        let site = self.sites.entry(node.id()).or_default();
        if !site.removed {
            site.removed = true;
            self.sites.entry(parent.id()).or_default().gone.push(unit.id());
        }
        Ok(())
    }
}

/// A tag that stays must fit the new value.
fn check_tag(node: Node<'_>, data: &Data) -> Result<(), EditError> {
    let Some(tag) = node.tag() else { return Ok(()) };
    let fits = match data {
        Data::Null => tag == "!!null",
        Data::Bool(_) => tag == "!!bool",
        Data::Int(_) => tag == "!!int",
        Data::Str(_) => tag == "!!str",
        Data::Written(it) => it.tag.as_deref() == Some(tag),
        Data::Seq(_) => tag == "!!seq",
        Data::Map(_) => tag == "!!map",
    };
    if fits {
        return Ok(());
    }
    Err(EditError::new(Refusal::Tag, &format!("the tag `{tag}` does not fit the new value"), node))
}

/// Neither the node nor one around it is shared by aliases, unless the change may touch that.
fn check_sharing(node: Option<Node<'_>>, change: &Change) -> Result<(), EditError> {
    if change.sharing == Sharing::Allow {
        return Ok(());
    }
    let mut node = node.filter(|it| !it.tree().props.is_empty());
    while let Some(inner) = node {
        if inner.aliases() > 0 {
            let name = inner.anchor().unwrap_or_default();
            let message = format!("`&{name}` is used by aliases elsewhere");
            return Err(EditError::new(Refusal::AnchorShared, &message, inner));
        }
        node = inner.parent();
    }
    Ok(())
}

/// No alias outside refers to an anchor among the nodes from `first` to the end of `last`.
fn check_anchors_inside(first: u32, last: Node<'_>) -> Result<(), EditError> {
    let tree = last.tree();
    let end = last.data().skip;
    let from = tree.props.partition_point(|it| it.node < first);
    let anchors = tree.props[from..].iter().take_while(|it| it.node < end);
    let mut shared = anchors.filter(|it| it.aliases > 0).peekable();
    if shared.peek().is_none() {
        return Ok(());
    }
    let mut inside: HashMap<u32, u32> = HashMap::default();
    let aliases = tree.nodes[first as usize..end as usize].iter();
    for alias in aliases.filter(|it| it.kind == Kind::Alias) {
        *inside.entry(alias.text).or_default() += 1;
    }
    for props in shared {
        if inside.get(&props.node).copied().unwrap_or(0) < props.aliases {
            let message = "an alias elsewhere refers to an anchor that would go";
            return Err(EditError::new(Refusal::AnchorShared, message, last.at(props.node)));
        }
    }
    Ok(())
}
