//! Where a change of a service is written: at the place of the weak value, or in the service's own mapping (SPEC 5.7).

use super::read::Found;
use super::{Base, Level, Service};
use crate::finding::{ContainerId, Edit, FileId, Shared};
use crate::workload::view::{self, Entry};
use crate::workload::{Blocked, Item, Text, Written, text};
use crate::yaml::{Action, Change, Kind, Node, Sharing, Step, Value};

/// Stands for a user of a fragment that is no service, so that not all users can agree.
const NOBODY: ContainerId = ContainerId(u32::MAX);

/// A change before it is known whom it reaches.
struct Draft<'t> {
    level: usize,
    at: Node<'t>,
    path: Vec<Step>,
    action: Action,
}

impl<'t> Service<'t> {
    /// Sets a scalar or a whole value.
    pub fn set(&self, key: &str, value: Value) -> Written {
        match self.entry(key) {
            None => self.create(key, Action::Ensure(value)),
            Some(found) => self.change(&found, key, Action::Ensure(value)),
        }
    }

    /// Sets a boolean: only the default branch of `${V:-true}` is rewritten.
    pub fn set_bool(&self, key: &str, value: bool) -> Written {
        let Some(found) = self.entry(key) else {
            return self.create(key, Action::Ensure(Value::from(value)));
        };
        let written = found.entry.value.value().unwrap_or("");
        let word = if value { "true" } else { "false" };
        let new = match text::with_default(written, word) {
            Some(text) => Value::from(text),
            None if written.contains('$') => {
                return Err(Blocked(format!(
                    "its value is `{written}`: change what the variable holds"
                )));
            }
            None => Value::from(value),
        };
        self.change(&found, key, Action::Ensure(new))
    }

    /// Removes a key.
    pub fn unset(&self, key: &str) -> Written {
        match self.entry(key) {
            None => Ok(Vec::new()),
            Some(found) => {
                let fine = |it: Text<'_>| {
                    let own = Self::evaluate(found.entry.value);
                    it.known().is_some_and(|it| it != own.value && !it.contains(':'))
                };
                if self.revealed(&found, key).is_some_and(|it| !fine(Self::evaluate(it.value))) {
                    return Err(Blocked(format!(
                        "without `{key}:` here the value of a base or a fragment would count again: remove it there as well"
                    )));
                }
                self.change(&found, key, Action::Remove)
            }
        }
    }

    /// Adds an item to a list, creating the list.
    pub fn append(&self, key: &str, item: Value) -> Written {
        self.check_reset(key)?;
        let Some(found) = self.own_or_last(key) else {
            return self.create(key, Action::Append(item));
        };
        let own = self.change(&found, key, Action::Append(item.clone()))?;
        let Some(base) = self.writable_base().filter(|it| *it < found.level) else {
            return Ok(own);
        };
        // A base that gets the same item brings it along.
        let local = match own.iter().all(|it| it.shared.is_none()) {
            true => Ok(own.into_iter().map(|it| (it.file, it.change)).collect()),
            false => Err(merged_elsewhere()),
        };
        let at = view::lookup(self.levels[base].node, key);
        let (at, path) = match at {
            Some(it) if it.written.kind() == Kind::Alias => (it.value, Vec::new()),
            Some(it) => (it.owner, vec![Step::from(key)]),
            None => (self.levels[base].node, vec![Step::from(key)]),
        };
        let draft = Draft { level: base, at, path, action: Action::Append(item) };
        Ok(self.share(&draft, local))
    }

    /// Makes a list hold this one item, in place of those that it has.
    pub fn only_item(&self, key: &str, item: &Value) -> Written {
        self.check_reset(key)?;
        let Some(found) = self.own_or_last(key) else {
            return self.create(key, Action::Append(item.clone()));
        };
        let entry = found.entry;
        if entry.merged
            || entry.written.kind() == Kind::Alias
            || entry.value.kind() != Kind::Sequence
        {
            return self.change(&found, key, Action::Replace(Value::seq([item.clone()])));
        }
        let mut edits = self.change(&found, key, Action::Append(item.clone()))?;
        let old: Vec<Item<'t>> =
            entry.value.items().map(|node| Item { file: found.file, list: entry, node }).collect();
        edits.extend(self.remove_items(key, &old)?);
        Ok(edits)
    }

    /// Removes items of lists. That a list which loses all of them goes with its key is the plan's business.
    pub fn remove_items(&self, key: &str, items: &[Item<'t>]) -> Written {
        let mut edits = Vec::new();
        for item in items {
            let (level, entry) = self.level_of(item)?;
            let found = Found { level, file: item.file, entry };
            let kept = |node: Node<'t>| items.iter().all(|it| it.node.id() != node.id());
            let (step, rest) = match (entry.value.kind(), item.node.index()) {
                (Kind::Sequence, Some(index)) => {
                    let rest: Vec<Value> =
                        entry.value.items().filter(|&it| kept(it)).map(copy).collect();
                    (Step::from(index), Value::seq(rest))
                }
                (Kind::Mapping, _) => {
                    if item.node.parent().is_some_and(|it| it.id() != entry.value.id()) {
                        edits.extend(self.remove_merged(&found, item));
                        continue;
                    }
                    let rest = view::entries(entry.value).into_iter().filter(|it| kept(it.key));
                    let pair = |it: Entry<'t>| Some((it.key.value()?.to_owned(), copy(it.value)));
                    let rest: Vec<(String, Value)> = rest.filter_map(pair).collect();
                    (Step::from(item.node.value().unwrap_or("")), Value::map(rest))
                }
                _ => {
                    edits.extend(self.change(&found, key, Action::Remove)?);
                    continue;
                }
            };
            edits.extend(self.change_inside(&found, key, step, Action::Remove, rest)?);
        }
        edits.dedup();
        Ok(edits)
    }

    /// Removes an entry that a mapping merges in, if all that merge it agree; else it stays.
    fn remove_merged(&self, found: &Found<'t>, item: &Item<'t>) -> Vec<Edit> {
        let Some(owner) = item.node.parent().filter(|_| self.project.may_write(item.file)) else {
            return Vec::new();
        };
        let path = vec![Step::from(item.node.value().unwrap_or(""))];
        let draft = Draft { level: found.level, at: owner, path, action: Action::Remove };
        self.share(&draft, Ok(Vec::new()))
    }

    /// Replaces one item of a list.
    pub fn replace_item(&self, key: &str, item: &Item<'t>, by: &Value) -> Written {
        let (level, entry) = self.level_of(item)?;
        let found = Found { level, file: item.file, entry };
        let Some(index) = item.node.index() else {
            return self.change(&found, key, Action::Ensure(by.clone()));
        };
        let local = entry
            .value
            .items()
            .map(|it| if it.id() == item.node.id() { by.clone() } else { copy(it) });
        let local = Value::seq(local.collect::<Vec<_>>());
        self.change_inside(&found, key, Step::from(index), Action::Ensure(by.clone()), local)
    }

    /// Changes something inside an item: `path` from the item.
    pub fn change_item(&self, item: &Item<'t>, path: Vec<Step>, action: Action) -> Written {
        let (level, _) = self.level_of(item)?;
        if item.node.kind() == Kind::Alias {
            return Err(Blocked("the entry is an alias: change it where its anchor stands".into()));
        }
        let draft = Draft { level, at: item.node, path, action };
        let why = "it is written in a shared fragment: change it there";
        Ok(self.share(&draft, Err(why.into())))
    }

    fn level_of(&self, item: &Item<'t>) -> Result<(usize, Entry<'t>), Blocked> {
        let level = self
            .levels
            .iter()
            .position(|level| level.file == item.file && is_within(item.list.owner, level.node));
        level
            .map(|it| (it, item.list))
            .ok_or_else(|| Blocked("it stands outside the service".into()))
    }

    /// The entry to which items are added: the strongest layer of the service's own that has the key, else any.
    fn own_or_last(&self, key: &str) -> Option<Found<'t>> {
        let found = |(number, level): (usize, &Level<'t>)| {
            let entry = level.lookup(key)?;
            (entry.written.tag() != Some("!reset") && !entry.value.is_null()).then_some(Found {
                level: number,
                file: level.file,
                entry,
            })
        };
        let all = || self.levels.iter().enumerate().rev();
        // A list of a base is left alone: the service's own list appends to it.
        all().filter(|(_, it)| it.base.is_none()).find_map(found)
    }

    /// The entry of the same key that would show if this one went.
    fn revealed(&self, found: &Found<'t>, key: &str) -> Option<Entry<'t>> {
        let level = &self.levels[found.level];
        let counts = |it: &Entry<'t>| !it.value.is_null();
        let fragment = view::fragments(level.node)
            .into_iter()
            .filter(|it| it.id() != found.entry.owner.id())
            .find_map(|it| view::lookup(it, key).filter(counts));
        let below = || {
            let weaker = self.levels[..found.level].iter().rev();
            weaker.into_iter().find_map(|it| it.lookup(key).filter(counts))
        };
        fragment.or_else(below)
    }

    /// A `!reset` of the strongest layer takes away whatever is written below it.
    fn check_reset(&self, key: &str) -> Result<(), Blocked> {
        let strongest = self.levels.iter().rev().find_map(|it| it.lookup(key));
        match strongest.filter(|it| it.written.tag() == Some("!reset")) {
            Some(_) => Err(Blocked(format!("`{key}` carries the tag !reset: change it by hand"))),
            None => Ok(()),
        }
    }

    /// A new key in the service's own mapping, unless a base that is mended as well brings it.
    fn create(&self, key: &str, action: Action) -> Written {
        self.check_reset(key)?;
        let level =
            self.home.ok_or_else(|| Blocked("its file is not among those to write".into()))?;
        let own = Draft {
            level,
            at: self.levels[level].node,
            path: vec![Step::from(key)],
            action: action.clone(),
        };
        let Some(base) = self.writable_base().filter(|it| *it < level) else {
            return Ok(self.share(&own, Err(merged_elsewhere())));
        };
        let local = self.reach(&own, Err(merged_elsewhere()));
        let draft = Draft { level: base, at: self.levels[base].node, path: own.path, action };
        Ok(self.share(&draft, local))
    }

    /// The deepest base of the project.
    fn writable_base(&self) -> Option<usize> {
        self.levels.iter().position(|it| {
            matches!(it.base, Some(Base::Service(_))) && self.project.may_write(it.file)
        })
    }

    /// A change of the entry where it stands.
    fn change(&self, found: &Found<'t>, key: &str, action: Action) -> Written {
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
        let own = found.entry.merged || level.base.is_some() || !self.project.may_write(level.file);
        let own = if own { self.home } else { Some(found.level) };
        let otherwise = match (local, own) {
            (Some(value), Some(home)) => Ok(vec![self.own_key(home, key, value)]),
            _ => Err(merged_elsewhere()),
        };
        if !self.project.may_write(level.file) {
            // What another file says can be hidden by a scalar here, but never by a list, which would append.
            return match (found.entry.value.kind(), otherwise) {
                (Kind::Scalar, Ok(local)) if !matches!(action, Action::Append(_)) => {
                    Ok(edits(local))
                }
                (_, _) => {
                    Err(Blocked("it stands in a file that is not among those to write".into()))
                }
            };
        }
        if found.entry.written.kind() == Kind::Alias && !matches!(action, Action::Remove) {
            let draft =
                Draft { level: found.level, at: found.entry.value, path: Vec::new(), action };
            return Ok(self.share(&draft, otherwise));
        }
        let path = vec![Step::from(key)];
        let draft = Draft { level: found.level, at: found.entry.owner, path, action };
        Ok(self.share(&draft, otherwise))
    }

    /// A change below the entry; `local` is the whole value for a service that needs its own.
    fn change_inside(
        &self,
        found: &Found<'t>,
        key: &str,
        step: Step,
        action: Action,
        local: Value,
    ) -> Written {
        self.check_tag(found.entry.written)?;
        let level = &self.levels[found.level];
        if !self.project.may_write(level.file) {
            return Err(Blocked("it stands in a file that is not among those to write".into()));
        }
        let otherwise = match (level.base, self.home) {
            (None, Some(home)) => Ok(vec![self.own_key(home, key, local)]),
            _ => Err(merged_elsewhere()),
        };
        let draft = Draft { level: found.level, at: found.entry.value, path: vec![step], action };
        Ok(self.share(&draft, otherwise))
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

    fn share(
        &self,
        draft: &Draft<'t>,
        otherwise: Result<Vec<(FileId, Change)>, String>,
    ) -> Vec<Edit> {
        let users = self.users(draft);
        let shared = (!users.is_empty()).then_some(Shared { users, otherwise });
        vec![Edit { file: self.levels[draft.level].file, change: into_change(draft), shared }]
    }

    /// The change alone when it reaches nobody else, else what serves this service alone.
    fn reach(
        &self,
        draft: &Draft<'t>,
        otherwise: Result<Vec<(FileId, Change)>, String>,
    ) -> Result<Vec<(FileId, Change)>, String> {
        match self.users(draft).is_empty() {
            true => Ok(vec![(self.levels[draft.level].file, into_change(draft))]),
            false => otherwise,
        }
    }

    /// Every service that the change reaches, when this one is not alone.
    fn users(&self, draft: &Draft<'t>) -> Vec<ContainerId> {
        let level = &self.levels[draft.level];
        let key = match draft.path.first() {
            Some(Step::Key(key)) => Some(key.as_str()),
            _ => None,
        };
        let mut users = Vec::new();
        if let Some(Base::Service(base)) = level.base {
            // What a base gets for itself its heirs need not agree to.
            users.push(if self.project.only_bases.contains(&base) { self.id } else { base });
            let heirs = self.project.derived.get(&base).into_iter().flatten();
            let heirs = heirs.filter(|it| inherits(&it.1, level, key)).map(|it| it.0);
            users.extend(heirs.filter(|_| self.project.only_bases.contains(&base)));
        }
        if let Some(anchor) = view::shared_anchor(draft.at) {
            let known = self.project.users.get(&(level.file, anchor.id()));
            // A service that hides the key by one of its own is not reached.
            let reached = |&&(id, node): &&(ContainerId, Node<'t>)| {
                id == self.id
                    || key.is_none_or(|key| {
                        view::lookup(node, key).is_none_or(|it| it.owner.id() == draft.at.id())
                    })
            };
            users.extend(known.into_iter().flatten().filter(reached).map(|it| it.0));
            users.push(self.id);
            if known.map_or(0, Vec::len) < anchor.aliases() {
                users.push(NOBODY);
            }
        }
        users.sort_unstable();
        users.dedup();
        if users == [self.id] { Vec::new() } else { users }
    }
}

/// Whether an heir's own layers let a base's key through: lists append, single values hide.
fn inherits(levels: &[Level<'_>], base: &Level<'_>, key: Option<&str>) -> bool {
    let Some(key) = key else { return true };
    let at = levels.iter().position(|it| it.file == base.file && it.node.id() == base.node.id());
    let stronger = levels.iter().skip(at.map_or(0, |it| it + 1));
    let mut entries = stronger.filter_map(|it| it.lookup(key));
    entries.all(|it| {
        let replaces = matches!(it.written.tag(), Some("!reset" | "!override"));
        !replaces && (it.value.kind() != Kind::Scalar || it.value.is_null())
    })
}

fn merged_elsewhere() -> String {
    "other services use the same fragment and do not get this fix: give this one a fragment of its own".into()
}

fn into_change(draft: &Draft<'_>) -> Change {
    Change {
        at: draft.at.id(),
        path: draft.path.clone(),
        action: draft.action.clone(),
        sharing: Sharing::Allow,
    }
}

fn edits(changes: Vec<(FileId, Change)>) -> Vec<Edit> {
    changes.into_iter().map(|(file, change)| Edit { file, change, shared: None }).collect()
}

fn is_within(mapping: Node<'_>, level: Node<'_>) -> bool {
    mapping.id() == level.id() || view::fragments(level).iter().any(|it| it.id() == mapping.id())
}

/// The data of a node, to be written again elsewhere.
pub(super) fn copy(node: Node<'_>) -> Value {
    let node = node.resolve();
    match node.kind() {
        Kind::Sequence => Value::seq(node.items().map(copy).collect::<Vec<_>>()),
        Kind::Mapping => Value::map(
            node.entries()
                .filter_map(|(key, value)| Some((key.value()?.to_owned(), copy(value))))
                .collect::<Vec<_>>(),
        ),
        Kind::Scalar | Kind::Alias => match node.scalar() {
            Some(crate::yaml::Scalar::Bool(it)) => Value::from(it),
            Some(crate::yaml::Scalar::Int(it)) => Value::from(it),
            Some(crate::yaml::Scalar::Null) => Value::from(crate::yaml::Data::Null),
            _ => Value::from(node.value().unwrap_or("").to_owned()),
        },
    }
}
