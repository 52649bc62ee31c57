//! Whether a new text is the old one with the changes, judged without the editing's code.
//!
//! Both trees are walked in step. What no change touches must be equal to the byte; what changes
//! touch must hold the old data with the changes applied; comments must all still be there.

mod comments;
mod data;
mod gaps;
mod wants;

use foldhash::HashMap;

use super::change::Change;
use super::tree::{Kind, NONE, Role, Span, Style, Tree};
use super::{Data, Node};
use crate::parallel;
use data::{is, is_fresh, is_written, same};
use gaps::Gaps;
use wants::{Want, Wants};

/// What is wrong with a new text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofError {
    /// The difference for people: lower case, without the place.
    pub message: String,
    /// The bytes of the old text that it is about.
    pub old: Option<Span>,
}

impl std::fmt::Display for ProofError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ProofError {}

/// Whether the new tree is the old one with the changes and nothing else, and both are as yaml-rust2 reads them.
///
/// # Errors
/// The first difference that no change asked for, or change that was not made.
pub fn prove(old: &Tree, new: &Tree, changes: &[Change]) -> Result<(), ProofError> {
    let (new_agrees, (old_agrees, compared)) = parallel::join(
        new.text.len(),
        || new.referee(),
        || parallel::join(old.text.len(), || old.referee(), || compare(old, new, changes)),
    );
    old_agrees.map_err(|span| disagreement(Some(span)))?;
    new_agrees.map_err(|_| disagreement(None))?;
    compared
}

/// What is wrong with a text that yaml-rust2 does not read as the scanner did.
pub(super) fn disagreement(old: Option<Span>) -> ProofError {
    ProofError { message: "two YAML readers disagree about what the file says".to_owned(), old }
}

fn compare(old: &Tree, new: &Tree, changes: &[Change]) -> Result<(), ProofError> {
    new.editable().map_err(|error| ProofError { message: error.message, old: None })?;
    if old.roots.len() != new.roots.len() || markers(old) != markers(new) {
        let message = "the documents are divided differently".to_owned();
        return Err(ProofError { message, old: None });
    }
    let unread = |tree: &'_ Tree| -> Vec<String> {
        tree.unread.iter().map(|it| tree.text[it.span.start..it.span.end].to_owned()).collect()
    };
    if unread(old) != unread(new) {
        let message = "a document that cannot be read changed".to_owned();
        return Err(ProofError { message, old: None });
    }
    let wants = Wants::new(old, changes)?;
    let gaps = Gaps::new(old, new);
    let mut walk = Walk { wants: &wants, next: Vec::new(), gaps, anchors: HashMap::default() };
    for (old, new) in old.documents().zip(new.documents()) {
        walk.next.push(Next::Pair(old, new));
        while let Some(next) = walk.next.pop() {
            match next {
                Next::Pair(old, new) => walk.pair(old, new)?,
                Next::Gone => walk.gaps.lose(),
                Next::Fresh(entry, own_line) => walk.gaps.add(entry, own_line),
            }
        }
    }
    walk.gaps.finish()?;
    comments::prove(old, new, &wants, changes)
}

/// The lines of directives and document markers.
fn markers(tree: &Tree) -> Vec<&str> {
    let mut gaps = Vec::new();
    let mut from = 0;
    for root in tree.documents() {
        gaps.push(&tree.text[from..root.full_span().start.max(from)]);
        from = root.full_span().end;
    }
    gaps.push(&tree.text[from..]);
    let lines = gaps.into_iter().flat_map(|it| it.split(['\n', '\r']));
    let is_marker =
        |it: &&str| it.starts_with("---") || it.starts_with("...") || it.starts_with('%');
    let word = |it: &'_ str| it.split([' ', '\t']).next().map_or(0, str::len);
    lines
        .filter(is_marker)
        .map(|it| if it.starts_with('%') { it } else { &it[..word(it)] })
        .collect()
}

/// What comes next in the order of the texts.
enum Next<'t, 'n> {
    Pair(Node<'t>, Node<'n>),
    /// An old entry or item that the new text does not have.
    Gone,
    /// An entry or item that the old text does not have, and whether it has lines of its own.
    Fresh(Span, bool),
}

struct Walk<'a, 't, 'n> {
    wants: &'a Wants<'t>,
    /// What is left to compare, the next last.
    next: Vec<Next<'t, 'n>>,
    gaps: Gaps<'t, 'n>,
    /// The new node of every old one that has an anchor.
    anchors: HashMap<u32, u32>,
}

impl<'t, 'n> Walk<'_, 't, 'n> {
    fn pair(&mut self, old: Node<'t>, new: Node<'n>) -> Result<(), ProofError> {
        if !self.wants.touches(old) {
            return self.untouched(old, new);
        }
        let want = self.wants.of(old);
        let brings_tag = |it: &Data| matches!(it, Data::Written(it) if it.tag.is_some());
        let tagged = old.tag().is_none() && want.and_then(|it| it.set).is_some_and(brings_tag);
        if old.tag() != new.tag() && !tagged || old.anchor() != new.anchor() {
            return differ(old, "the tag or anchor changed");
        }
        if old.anchor().is_some() {
            self.anchors.insert(old.id, new.id);
        }
        let none = Want::default();
        let want = want.unwrap_or(&none);
        if let Some(data) = want.set {
            if is(old, data) {
                ensure(is(new, data), old, "the value is not the one asked for")?;
                return self.untouched(old, new);
            }
            self.replaced(old, new)?;
            return ensure(is_written(new, data), old, "the new value is not the one asked for");
        }
        if old.style() == Style::Flow && new.style() == Style::Block {
            // Only brackets with nothing in them may go.
            let empty = old.children().next().is_none();
            ensure(empty, old, "the style of a collection changed")?;
            self.gaps.lose();
        } else if old.style() == Style::Flow {
            self.opened(old, new)?;
        }
        match old.kind() {
            Kind::Mapping => self.mapping(old, new, want),
            Kind::Sequence => self.sequence(old, new, want),
            Kind::Scalar if old.is_null() && !want.keys.is_empty() => {
                self.completed(old, new);
                let right = new.kind() == Kind::Mapping && holds(new, want);
                ensure(right, old, "the new keys are wrong")
            }
            Kind::Scalar => self.scalar(old, new, want),
            Kind::Alias => self.untouched(old, new),
        }
    }

    /// Brackets with nothing in them stay; the blanks and line ends between them may go for what comes there.
    fn opened(&mut self, old: Node<'_>, new: Node<'_>) -> Result<(), ProofError> {
        let is_collection = matches!(old.kind(), Kind::Mapping | Kind::Sequence);
        if !is_collection || old.children().next().is_some() || old.raw() == new.raw() {
            return Ok(());
        }
        let (was, now) = (old.full_span(), new.full_span());
        let closing = old.span().end - 1;
        self.gaps.keep(
            Span { start: was.start, end: closing },
            Span { start: now.start, end: new.span().start + 1 },
        )
    }

    /// A scalar where another was stands where that stood.
    fn replaced(&mut self, old: Node<'_>, new: Node<'_>) -> Result<(), ProofError> {
        if old.kind() == Kind::Scalar && new.kind() == Kind::Scalar && !old.is_empty() {
            self.gaps.keep(old.full_span(), new.full_span())?;
            self.gaps.remark();
        } else {
            self.completed(old, new);
        }
        Ok(())
    }

    /// A collection where nothing was is an addition; where something was, that went.
    fn completed(&mut self, old: Node<'_>, new: Node<'_>) {
        if old.is_empty() { self.gaps.add(new.full_span(), false) } else { self.gaps.lose() }
    }

    fn mapping(&mut self, old: Node<'t>, new: Node<'n>, want: &Want<'_>) -> Result<(), ProofError> {
        let gone = |value: Node<'_>| self.wants.of(value).is_some_and(|it| it.gone);
        let mut kept = old.pairs().peekable();
        let mut fresh = want.keys.iter().peekable();
        let mut pairs = Vec::new();
        for (key, value) in new.pairs() {
            while kept.next_if(|(_, value)| gone(*value)).is_some() {
                pairs.push(Next::Gone);
            }
            if let Some((name, was)) = kept.next_if(|(it, _)| it.raw() == key.raw()) {
                pairs.extend([Next::Pair(name, key), Next::Pair(was, value)]);
            } else if let Some((_, want)) = fresh.next_if(|(it, _)| key.value() == Some(*it)) {
                ensure(
                    is_plain_key(key) && is_new(value, want),
                    old,
                    "a new key has a wrong value",
                )?;
                let entry = Span { start: key.full_span().start, end: value.full_span().end };
                pairs.push(Next::Fresh(entry, new.style() == Style::Block));
            } else {
                return differ(old, "a key that nobody asked for");
            }
        }
        while kept.next_if(|(_, value)| gone(*value)).is_some() {
            pairs.push(Next::Gone);
        }
        let done = kept.next().is_none() && fresh.next().is_none();
        ensure(done && new.kind() == Kind::Mapping, old, "a key is missing")?;
        self.next.extend(pairs.into_iter().rev());
        Ok(())
    }

    fn sequence(
        &mut self,
        old: Node<'t>,
        new: Node<'n>,
        want: &Want<'_>,
    ) -> Result<(), ProofError> {
        let gone = |item: Node<'_>| self.wants.of(item).is_some_and(|it| it.gone);
        let kept: Vec<_> = old.elements().filter(|it| !gone(*it)).collect();
        let items: Vec<_> = new.elements().collect();
        let pairs: Vec<_> = kept.iter().copied().zip(items.iter().copied()).collect();
        let present = |data: &Data| {
            pairs.iter().any(|(old, new)| match self.wants.of(*old).and_then(|it| it.set) {
                Some(set) => same(set, data),
                None => is(*old, data) && is(*new, data) && old.raw() == new.raw(),
            })
        };
        let fresh = fresh(&want.items, present);
        let count = items.len() == kept.len() + fresh.len();
        ensure(count && new.kind() == Kind::Sequence, old, "the number of items is wrong")?;
        let added = items[kept.len()..].iter().zip(fresh).all(|(it, data)| is_fresh(*it, data));
        ensure(added, old, "a new item is wrong")?;
        let mut pairs = pairs.into_iter();
        let next = old.elements().filter_map(|it| match gone(it) {
            true => Some(Next::Gone),
            false => pairs.next().map(|(old, new)| Next::Pair(old, new)),
        });
        let own_line = new.style() == Style::Block;
        let added = items[kept.len()..].iter().map(|it| Next::Fresh(it.full_span(), own_line));
        let next: Vec<_> = next.chain(added).collect();
        self.next.extend(next.into_iter().rev());
        Ok(())
    }

    /// A scalar that became a list, or an absent one that items completed.
    fn scalar(&mut self, old: Node<'t>, new: Node<'n>, want: &Want<'_>) -> Result<(), ProofError> {
        let fresh = fresh(&want.items, |data| !old.is_null() && is(old, data));
        if fresh.is_empty() {
            return self.untouched(old, new);
        }
        self.completed(old, new);
        let mut items = new.elements();
        if !old.is_null() {
            let first = items.next();
            let stays = first.is_some_and(|it| it.raw() == old.raw() && it.style() == old.style());
            ensure(stays, old, "the first item is not the old value")?;
        }
        let items: Vec<_> = items.collect();
        let added = items.len() == fresh.len()
            && items.iter().zip(fresh).all(|(it, data)| is_fresh(*it, data));
        ensure(added, old, "a new item is wrong")
    }

    /// Two subtrees that are equal to the byte and to the node.
    fn untouched(&mut self, old: Node<'t>, new: Node<'n>) -> Result<(), ProofError> {
        let (was, now) = (old.full_span(), new.full_span());
        let bytes = old.tree.text[was.start..was.end] == new.tree.text[now.start..now.end];
        let size = (old.data().skip - old.id) as usize;
        ensure(bytes && new.data().skip - new.id == size as u32, old, "bytes changed")?;
        self.gaps.keep(was, now)?;
        self.keep_anchors(old, new);
        let nodes = old.tree.nodes[old.id as usize..][..size].iter();
        for (at, (a, b)) in nodes.zip(&new.tree.nodes[new.id as usize..]).enumerate() {
            let (inner_old, inner_new) = (old.at(old.id + at as u32), new.at(new.id + at as u32));
            let shape = (a.kind, a.style, a.skip - old.id, a.full - old.data().full)
                == (b.kind, b.style, b.skip - new.id, b.full - new.data().full)
                && (a.start - a.full, a.end - a.full) == (b.start - b.full, b.end - b.full)
                && (at == 0 || a.role == b.role)
                && (a.props == NONE) == (b.props == NONE);
            let text = match a.kind {
                Kind::Alias => a.text == NONE || self.anchors.get(&a.text) == Some(&b.text),
                Kind::Scalar => inner_old.value() == inner_new.value(),
                Kind::Mapping | Kind::Sequence => true,
            };
            ensure(shape && text, inner_old, "the same bytes mean something else")?;
        }
        Ok(())
    }

    /// Remembers the anchors of two subtrees of the same size.
    fn keep_anchors(&mut self, old: Node<'_>, new: Node<'_>) {
        let from = old.tree.props.partition_point(|it| it.node < old.id);
        let inside = old.tree.props[from..].iter().take_while(|it| it.node < old.data().skip);
        for props in inside.filter(|it| it.anchor.is_some()) {
            self.anchors.insert(props.node, new.id + (props.node - old.id));
        }
    }
}

/// Whether a node that was created holds exactly what was asked for.
fn is_new(node: Node<'_>, want: &Want<'_>) -> bool {
    match want.set {
        Some(data) => is_fresh(node, data),
        None => node.data().props == NONE && holds(node, want),
    }
}

/// The same, whatever the node's own anchor and tag.
fn holds(node: Node<'_>, want: &Want<'_>) -> bool {
    if let Some(data) = want.set {
        return is_written(node, data);
    }
    if !want.keys.is_empty() {
        let entries: Vec<_> = node.pairs().collect();
        return entries.len() == want.keys.len()
            && entries.iter().zip(&want.keys).all(|((key, value), (name, want))| {
                key.value() == Some(*name) && is_plain_key(*key) && is_new(*value, want)
            });
    }
    let fresh = fresh(&want.items, |_| false);
    let items: Vec<_> = node.elements().collect();
    node.kind() == Kind::Sequence
        && items.len() == fresh.len()
        && items.iter().zip(fresh).all(|(it, data)| is_fresh(*it, data))
}

/// Whether a new key is one string, without anchor or tag.
fn is_plain_key(key: Node<'_>) -> bool {
    key.kind() == Kind::Scalar && key.data().props == NONE && key.data().role == Role::Key
}

/// The items to come: each once, and none that is present already.
fn fresh<'c>(wanted: &[&'c Data], present: impl Fn(&Data) -> bool) -> Vec<&'c Data> {
    let mut fresh: Vec<&Data> = Vec::new();
    for data in wanted {
        if !present(data) && !fresh.iter().any(|it| same(it, data)) {
            fresh.push(data);
        }
    }
    fresh
}

fn ensure(holds: bool, old: Node<'_>, message: &str) -> Result<(), ProofError> {
    if holds { Ok(()) } else { differ(old, message) }
}

fn differ(old: Node<'_>, message: &str) -> Result<(), ProofError> {
    Err(ProofError { message: message.to_owned(), old: Some(old.full_span()) })
}
