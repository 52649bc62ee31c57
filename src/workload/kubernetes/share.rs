//! Where a change of a pod is written when containers share the place, and what serves one of them alone (SPEC 5.7).

use std::borrow::Cow;
use std::sync::Arc;

use super::Pod;
use crate::finding::{ContainerId, Edit, FileId, Shared};
use crate::workload::view::{self, copy, is_small};
use crate::workload::{Blocked, Written};
use crate::yaml::{Action, Change, Data, Kind, Node, Sharing, Step, Value};

/// Who wants a change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// A container of the pod, by its place.
    One(usize),
    /// The pod, with all its containers.
    Pod,
}

/// What serves one container alone, or why nothing does.
type Alone = Result<Vec<(FileId, Change)>, Cow<'static, str>>;

/// Where a path leads, through aliases and merges.
struct Place<'t> {
    /// The deepest collection on the way that is there.
    node: Node<'t>,
    /// How many steps led to it.
    taken: usize,
    /// The value at the end of the path, if it stands there itself.
    value: Option<Node<'t>>,
    /// The first mapping that leaves a step to a fragment, and which step: a key of its own there would hide that.
    leaves: Option<(Node<'t>, usize)>,
}

/// A key that hides one of a fragment does not go: that of the fragment would count.
fn check_revealed(place: &Place<'_>, path: &[Step]) -> Result<(), Blocked> {
    let Some(Step::Key(key)) = path.last() else { return Ok(()) };
    let is_own = view::lookup(place.node, key).is_some_and(|it| !it.merged);
    let hidden = |it: Node<'_>| view::lookup(it, key).is_some_and(|it| !it.value.is_null());
    match is_own && view::fragments(place.node).into_iter().any(hidden) {
        true => Err(Blocked(format!(
            "what is merged there by `<<` says `{key}:` as well, which would count without it: remove it there"
        ))),
        false => Ok(()),
    }
}

impl<'t> Pod<'t> {
    /// A change below a node of the file. What containers share is changed where it stands if all of them want it.
    pub(super) fn written(
        &self,
        asker: Asker,
        at: Node<'t>,
        path: &[Step],
        action: Action,
    ) -> Written {
        let (at, path) = self.as_reached(asker, at, path);
        let place = self.place(at, &path, &action);
        if action == Action::Remove {
            check_revealed(&place, &path)?;
        }
        let shared = view::shared_anchor(place.value.unwrap_or(place.node));
        let Some(anchor) = shared else {
            let (at, path) = match place.leaves {
                Some(_) => (place.node, path[place.taken..].to_vec()),
                None => (at, path),
            };
            let change = Change { at: at.id(), path, action, sharing: Sharing::Refuse };
            return Ok(vec![self.edit(change, None)]);
        };
        // What is said of the pod is for all its containers, whichever of them it counts for.
        let asker = if self.uses.is_of_pod(place.node) { Asker::Pod } else { asker };
        let users = self.users(&place, path.get(place.taken));
        let alone = match asker {
            Asker::One(index) => self.alone(index, (at, &path), &place, &action),
            Asker::Pod => self.alone_in_pod((at, &path), &place, &action),
        };
        let wanted_by_all = match asker {
            Asker::One(index) => users[..] == [self.slots[index].id],
            Asker::Pod => users.iter().all(|it| self.has_container(*it)),
        };
        if alone.is_err()
            && (users.contains(&ContainerId::NOBODY) || asker == Asker::Pod && !wanted_by_all)
        {
            return Err(Blocked(format!(
                "it is shared through the anchor &{}: change it by hand, for all that use it",
                anchor.anchor().unwrap_or("")
            )));
        }
        let path = path[place.taken..].to_vec();
        let change = Change { at: place.node.id(), path, action, sharing: Sharing::Allow };
        // One that is alone there may still leave with a copy, for another of its fixes: this one goes with it.
        let settled = wanted_by_all && (alone.is_err() || asker == Asker::Pod);
        let shared = (!settled).then_some(Shared { users, otherwise: alone });
        Ok(vec![self.edit(change, shared)])
    }

    fn edit(&self, change: Change, shared: Option<Shared>) -> Edit {
        Edit { file: self.file, change, shared }
    }

    /// Whether a container is one of the pod's, which are numbered in a row.
    fn has_container(&self, id: ContainerId) -> bool {
        let first = self.slots.first().is_some_and(|it| it.id <= id);
        first && self.slots.last().is_some_and(|it| id <= it.id)
    }

    /// The same place, as the container gets to it.
    fn as_reached(&self, asker: Asker, at: Node<'t>, path: &[Step]) -> (Node<'t>, Vec<Step>) {
        let Asker::One(index) = asker else { return (at, path.to_vec()) };
        let slot = &self.slots[index];
        if at.id() == slot.node.id() {
            return (at, path.to_vec());
        }
        match self.uses.way(at, slot.id) {
            Some(keys) => {
                let keys = keys.into_iter().map(Step::from);
                (slot.node, keys.chain(path.iter().cloned()).collect())
            }
            None => (at, path.to_vec()),
        }
    }

    fn place(&self, at: Node<'t>, path: &[Step], action: &Action) -> Place<'t> {
        let mut place = Place { node: at, taken: 0, value: None, leaves: None };
        for (number, step) in path.iter().enumerate() {
            let key = match step {
                Step::Key(key) => key,
                Step::Index(index) => {
                    place.value = place.node.items().nth(*index).filter(|it| !is_alias(*it));
                    break;
                }
            };
            let Some(entry) = view::lookup(place.node, key) else {
                self.enter_merged_container(&mut place, number);
                break;
            };
            let ends = entry.value.kind() == Kind::Scalar
                || number + 1 == path.len() && !matches!(action, Action::Append(_));
            let alias = is_alias(entry.written);
            if place.leaves.is_none() && (entry.merged || alias && !ends) {
                place.leaves = Some((place.node, number));
            }
            if ends {
                place.node = entry.owner;
                place.value = (!alias).then_some(entry.value);
                break;
            }
            (place.node, place.taken) = (entry.value, number + 1);
        }
        place
    }

    /// What is nowhere yet is written where a container stands that this one merges whole.
    fn enter_merged_container(&self, place: &mut Place<'t>, number: usize) {
        let fragments = view::fragments(place.node).into_iter();
        if let Some(container) = fragments.rev().find(|it| self.uses.is_container(*it)) {
            place.leaves = place.leaves.or(Some((place.node, number)));
            place.node = container;
        }
    }

    fn users(&self, place: &Place<'t>, next: Option<&Step>) -> Arc<[ContainerId]> {
        let anchored = place.value.filter(|it| it.anchor().is_some() && it.aliases() > 0);
        match (anchored, next) {
            (Some(value), _) => self.uses.reached(value, None),
            (None, Some(Step::Key(key))) => self.uses.reached(place.node, Some(key)),
            (None, Some(Step::Index(_)) | None) => self.uses.reached(place.node, None),
        }
    }

    /// A key of the pod's own beside what is merged there.
    fn alone_in_pod(
        &self,
        (at, path): (Node<'t>, &[Step]),
        place: &Place<'t>,
        action: &Action,
    ) -> Alone {
        let Some((owner, number)) = place.leaves.filter(|_| at.id() == self.spec.id()) else {
            return Err(disagreed());
        };
        let (Action::Ensure(value) | Action::Replace(value)) = action else {
            return Err(disagreed());
        };
        if number + 1 < path.len() || view::shared_anchor(owner).is_some() {
            return Err(disagreed());
        }
        let action = Action::Replace(value.clone());
        let path = path[number..].to_vec();
        Ok(vec![(self.file, Change { at: owner.id(), path, action, sharing: Sharing::Allow })])
    }

    /// A key of the container's own, with what the fragment says and the change.
    fn alone(
        &self,
        index: usize,
        (at, path): (Node<'t>, &[Step]),
        place: &Place<'t>,
        action: &Action,
    ) -> Alone {
        let slot = self.slots[index].node;
        let Some((owner, number)) = place.leaves.filter(|_| at.id() == slot.id()) else {
            return Err(disagreed());
        };
        let Some(Step::Key(key)) = path.get(number) else { return Err(disagreed()) };
        if view::shared_anchor(owner).is_some() {
            return Err(disagreed());
        }
        let change = |path: &[Step], action| {
            let path = path.to_vec();
            (self.file, Change { at: owner.id(), path, action, sharing: Sharing::Allow })
        };
        let last = number + 1 == path.len();
        match action {
            Action::Ensure(value) | Action::Replace(value) if last => {
                Ok(vec![change(&path[number..], Action::Replace(value.clone()))])
            }
            Action::Remove if last => Err(disagreed()),
            Action::Ensure(_) | Action::Replace(_) | Action::Append(_) | Action::Remove => {
                let old = match view::lookup(owner, key) {
                    Some(entry) if is_small(entry.value) => copy(entry.value),
                    Some(_) => return Err(disagreed()),
                    None if last => Value::seq(Vec::<Value>::new()),
                    None => Value::from(Data::Map(Vec::new())),
                };
                let own = change(&path[number..=number], Action::Replace(old));
                Ok(vec![own, change(&path[number..], action.clone())])
            }
        }
    }
}

/// What edits come to for those who asked for them alone.
pub(super) fn alone(edits: Vec<Edit>) -> Alone {
    let mut changes = Vec::new();
    for edit in edits {
        match edit.shared {
            Some(shared) => changes.extend(shared.otherwise?),
            None => changes.push((edit.file, edit.change)),
        }
    }
    Ok(changes)
}

fn is_alias(node: Node<'_>) -> bool {
    node.kind() == Kind::Alias
}

fn disagreed() -> Cow<'static, str> {
    "containers share it through an anchor and do not all want it".into()
}
