//! Whom a change of a service reaches, and what serves it alone when not all of them want it (SPEC 5.7).

use std::borrow::Cow;
use std::sync::Arc;

use super::reach::is_shared;
use super::read::{Found, items};
use super::{Base, Level, Service};
use crate::finding::{ContainerId, Edit, FileId, Shared};
use crate::workload::view::{Entry, copy, is_small};
use crate::workload::ways::Place;
use crate::workload::{Blocked, Item, Written};
use crate::yaml::{Action, Change, Kind, Node, Sharing, Step, Tree, Value};

/// What serves one service alone, or why nothing does.
pub(super) type Alone = Result<Vec<(FileId, Change)>, Cow<'static, str>>;

/// A change before it is known whom it reaches.
pub(super) struct Draft<'k, 't> {
    pub(super) level: usize,
    pub(super) at: Node<'t>,
    pub(super) path: Vec<Step>,
    pub(super) action: Action,
    /// The key of the service that changes; nothing for what all of them share.
    pub(super) key: Option<&'k str>,
}

impl<'t> Service<'t> {
    /// A new key in the service's own mapping, unless a base that is mended as well brings it.
    pub(super) fn create(&self, key: &str, action: Action) -> Written {
        self.create_below(key, &[], action)
    }

    /// Creates a key with what lies below it, so that others can add to the same.
    pub(super) fn create_below(&self, key: &str, below: &[Step], action: Action) -> Written {
        self.check_reset(key)?;
        let path: Vec<Step> = [Step::from(key)].into_iter().chain(below.iter().cloned()).collect();
        let level =
            self.home.ok_or_else(|| Blocked("its file is not among those to write".into()))?;
        let draft = |level: usize, action| {
            let at = self.levels[level].node;
            Draft { level, at, path: path.clone(), action, key: Some(key) }
        };
        let in_base = |level: usize, action| {
            let (at, mut path) = self.place_in(level, key);
            path.extend_from_slice(below);
            Draft { level, at, path, action, key: Some(key) }
        };
        let Some(base) = self.writable_base().filter(|it| *it < level) else {
            let Some(at) = self.merged_service(level) else {
                return Ok(self.share(draft(level, action), Err(merged_elsewhere())));
            };
            let local = self.reach(draft(level, action.clone()), Err(merged_elsewhere()));
            let merged = Draft { at, ..draft(level, action) };
            return Ok(self.share(merged, local));
        };
        let local = match self.has_one_base() {
            true => self.reach(draft(level, action.clone()), Err(merged_elsewhere())),
            false => Err(chain()),
        };
        Ok(self.share(in_base(base, action), local))
    }

    /// Where a layer says a key, or would: what it merges it must go on to merge.
    pub(super) fn place_in(&self, level: usize, key: &str) -> (Node<'t>, Vec<Step>) {
        let level = &self.levels[level];
        match level.lookup(key).filter(|it| !it.value.is_null()) {
            Some(it) if it.written.kind() == Kind::Alias => (it.value, Vec::new()),
            Some(it) => (it.owner, vec![Step::from(key)]),
            None => (level.node, vec![Step::from(key)]),
        }
    }

    /// The service that a layer merges whole, the deepest of several: what it gets it passes on.
    fn merged_service(&self, level: usize) -> Option<Node<'t>> {
        let in_services = |it: &Node<'t>| {
            let section = it.parent().and_then(Node::key).and_then(Node::value);
            it.key().is_some() && section == Some("services")
        };
        self.levels[level].fragments().iter().copied().rfind(in_services)
    }

    /// The deepest base of the project.
    pub(super) fn writable_base(&self) -> Option<usize> {
        self.levels.iter().position(|it| {
            matches!(it.base, Some(Base::Service(_))) && self.project.may_write(it.file)
        })
    }

    /// Whether no base of the project extends another: else any of them may get what this service asks for.
    pub(super) fn has_one_base(&self) -> bool {
        self.levels.iter().filter(|it| matches!(it.base, Some(Base::Service(_)))).count() == 1
    }

    /// A change of the entry where it stands.
    pub(super) fn change(&self, found: &Found<'t>, key: &str, action: Action) -> Written {
        self.check_tag(found.entry.written)?;
        let level = &self.levels[found.level];
        let local = match &action {
            Action::Ensure(value) | Action::Replace(value) => Some(value.clone()),
            Action::Append(item) => {
                let old = found.entry.value;
                let mut all: Vec<Value> = match old.kind() {
                    Kind::Sequence => old.items().map(copy).collect(),
                    _ => vec![copy(old)],
                };
                all.push(item.clone());
                Some(Value::seq(all))
            }
            Action::Remove => None,
        };
        let otherwise = match (local, self.own_level(found.level, key)) {
            (Some(value), Some(home)) => Ok(vec![self.own_key(home, key, value)]),
            _ => Err(merged_elsewhere()),
        };
        if !self.project.may_write(level.file) {
            // What another file says can be hidden by a scalar in a stronger one, but never by a list, which would append.
            let stronger = self.home.is_some_and(|it| it > found.level);
            return match (found.entry.value.kind(), otherwise) {
                (Kind::Scalar, Ok(local)) if stronger && !matches!(action, Action::Append(_)) => {
                    Ok(edits(local))
                }
                (_, _) => Err(elsewhere()),
            };
        }
        let aliased = found.entry.written.kind() == Kind::Alias && action != Action::Remove;
        let (at, path) = match aliased {
            true => (found.entry.value, Vec::new()),
            false => (found.entry.owner, vec![Step::from(key)]),
        };
        let draft = Draft { level: found.level, at, path, action, key: Some(key) };
        Ok(self.share(draft, otherwise))
    }

    /// A change below the entry; `local` is the whole value for a service that needs its own.
    pub(super) fn change_inside(
        &self,
        found: &Found<'t>,
        key: &str,
        step: Step,
        action: Action,
        local: impl FnOnce() -> Value,
    ) -> Written {
        self.check_tag(found.entry.written)?;
        let level = &self.levels[found.level];
        if !self.project.may_write(level.file) {
            return Err(elsewhere());
        }
        // The whole value is put together only where somebody else uses the list.
        let otherwise = || match (level.base, self.own_level(found.level, key)) {
            (None, Some(home)) => Ok(vec![self.own_key(home, key, local())]),
            _ => Err(merged_elsewhere()),
        };
        let (at, path) = (found.entry.value, vec![step]);
        let draft = Draft { level: found.level, at, path, action, key: Some(key) };
        Ok(self.share_else(draft, otherwise))
    }

    /// The layer for a key of the service's own in place of what this one says.
    fn own_level(&self, level: usize, key: &str) -> Option<usize> {
        let found = &self.levels[level];
        let own = found.base.is_none() && self.project.may_write(found.file);
        let level = if own { level } else { self.home? };
        self.is_own(level, key).then_some(level)
    }

    /// Whether a key of a layer is the service's alone: not where others have the service whole.
    fn is_own(&self, level: usize, key: &str) -> bool {
        let level = &self.levels[level];
        let place = Place::Entry(level.node, key);
        !is_shared(place) || self.project.reached(level, None, place, None)[..] == [self.id]
    }

    /// The whole value of a key for the service alone, with a change somewhere in it.
    pub(super) fn copied(
        &self,
        level: usize,
        (name, list): (&str, Entry<'t>),
        way: &[Step],
        (key, action): (&str, Action),
    ) -> Alone {
        let own = self.own_level(level, name).filter(|_| is_small(list.value));
        let Some(own) = own.filter(|_| self.levels[level].base.is_none()) else {
            return Err(merged_elsewhere());
        };
        let (file, whole) = self.own_key(own, name, copy(list.value));
        let path = whole.path.iter().chain(way).cloned().chain([Step::from(key)]).collect();
        let inside = Change { path, action, at: whole.at, sharing: whole.sharing };
        Ok(vec![(file, whole), (file, inside)])
    }

    fn own_key(&self, level: usize, key: &str, value: Value) -> (FileId, Change) {
        let level = &self.levels[level];
        let path = vec![Step::from(key)];
        let action = Action::Replace(value);
        (level.file, Change { at: level.node.id(), path, action, sharing: Sharing::Allow })
    }

    /// A `!reset` or `!override` says what to do with a base: not ours to reinterpret.
    fn check_tag(&self, node: Node<'t>) -> Result<(), Blocked> {
        match node.tag() {
            Some(tag) if !tag.starts_with("!!") && tag != "!override" => {
                Err(Blocked(format!("it carries the tag {tag}: change it by hand")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn share(&self, draft: Draft<'_, 't>, otherwise: Alone) -> Vec<Edit> {
        self.share_else(draft, || otherwise)
    }

    pub(super) fn share_else(
        &self,
        draft: Draft<'_, 't>,
        otherwise: impl FnOnce() -> Alone,
    ) -> Vec<Edit> {
        let (level, key) = (draft.level, draft.key);
        let change = into_change(draft);
        let users = self.users(level, key, &change);
        let shared = users.map(|users| Shared { users, otherwise: otherwise() });
        vec![Edit { file: self.levels[level].file, change, shared }]
    }

    /// The change alone when it reaches nobody else, else what serves this service alone.
    fn reach(&self, draft: Draft<'_, 't>, otherwise: Alone) -> Alone {
        let (level, key) = (draft.level, draft.key);
        let change = into_change(draft);
        match self.users(level, key, &change) {
            None => Ok(vec![(self.levels[level].file, change)]),
            Some(_) => otherwise,
        }
    }

    /// Every service that the change reaches, when this one is not alone.
    fn users(
        &self,
        level: usize,
        key: Option<&str>,
        change: &Change,
    ) -> Option<Arc<[ContainerId]>> {
        let level = &self.levels[level];
        let place = place(change, level.node.tree());
        let shared = is_shared(place);
        let base = match level.base {
            Some(Base::Service(base)) => Some(base),
            Some(Base::Elsewhere) | None => None,
        };
        if base.is_none() && !shared {
            return None;
        }
        let users = self.project.reached(level, base, place, key);
        // What a base gets for itself its heirs need not agree to.
        let counts = shared || base.is_some_and(|it| self.project.only_bases.contains(&it));
        match users.binary_search(&self.id) {
            Ok(_) => (users.len() > 1).then_some(users),
            Err(_) if !counts => Some(users),
            Err(at) => {
                let (before, after) = users.split_at(at);
                let all = [before, &[self.id], after].concat();
                (all.len() > 1).then(|| all.into())
            }
        }
    }
}

/// The deepest place on the way of a change that is there.
fn place<'c, 't>(change: &'c Change, tree: &'t Tree) -> Place<'t, 'c> {
    let way: Vec<Node<'t>> = change.way(tree).collect();
    let last = way[way.len() - 1];
    let whole = way.len() > change.path.len();
    if whole && change.action != Action::Remove && last.kind() != Kind::Alias {
        return Place::Value(last);
    }
    let at = (way.len() - 1).min(change.path.len().saturating_sub(1));
    match change.path.get(at) {
        Some(Step::Key(key)) => Place::Entry(way[at], key),
        Some(Step::Index(_)) | None => Place::Value(way[at]),
    }
}

impl<'t> Service<'t> {
    /// The items of a key that services which extend this one add to it, with the names of these.
    pub(super) fn heirs_items(&self, key: &str) -> Vec<(&'t str, Item<'t>)> {
        let mut found = Vec::new();
        for (_, levels) in self.project.derived.get(&self.id).into_iter().flatten() {
            let is_this = |it: &Level<'t>| it.base == Some(Base::Service(self.id));
            let from = levels.iter().rposition(is_this).map_or(0, |it| it + 1);
            for level in &levels[from..] {
                let name = level.node.key().and_then(Node::value).unwrap_or("another");
                let entry = level.lookup(key);
                found
                    .extend(entry.into_iter().flat_map(|it| items(level, it)).map(|it| (name, it)));
            }
        }
        found
    }
}

pub(super) fn chain() -> Cow<'static, str> {
    "it extends a service that extends another, and these do not all get this fix: mend the base first".into()
}

pub(super) fn merged_elsewhere() -> Cow<'static, str> {
    "other services use the same fragment and do not get this fix: give this one a fragment of its own".into()
}

fn into_change(draft: Draft<'_, '_>) -> Change {
    let Draft { at, path, action, .. } = draft;
    Change { at: at.id(), path, action, sharing: Sharing::Allow }
}

fn edits(changes: Vec<(FileId, Change)>) -> Vec<Edit> {
    changes.into_iter().map(|(file, change)| Edit { file, change, shared: None }).collect()
}

fn elsewhere() -> Blocked {
    Blocked("it stands in a file that is not among those to write: name that one too".into())
}
