//! Keys that containers get of their own, in place of what they shared.

use foldhash::{HashMap, HashSet};

use super::{Agreed, Choice, fix, spot};
use crate::finding::{ContainerId, Edit, FileId, Finding};
use crate::workload::Files;
use crate::yaml::{Action, Change, Data, NodeId, Step};

/// A key of a mapping.
pub(super) type Place = (FileId, NodeId, Vec<Step>);

/// What the edits of a fix come to.
#[derive(Default)]
pub(super) struct Settled {
    pub(super) changes: Vec<(FileId, Change)>,
    /// For each edit that could give the container a key of its own: where that stands, and whether it does.
    pub(super) keys: Vec<(Place, bool)>,
}

impl Settled {
    /// A list that gets an item, in place of a shared one: it gets all that the fix appends to that.
    pub(super) fn append(&mut self, (file, change): &(FileId, Change)) {
        let same = |it: &&mut (FileId, Change)| {
            it.0 == *file && it.1.at == change.at && it.1.path == change.path
        };
        let known = self.changes.iter_mut().find(same).map(|it| &mut it.1.action);
        let (Some(Action::Replace(old)), Action::Replace(new)) = (known, &change.action) else {
            self.changes.push((*file, change.clone()));
            return;
        };
        if let (Data::Seq(old), Data::Seq(new)) = (&mut old.data, &new.data) {
            let missing: Vec<_> = new.iter().filter(|it| !old.contains(it)).cloned().collect();
            old.extend(missing);
        }
    }
}

/// The keys that containers get of their own: each from one fix at a time, and not beside a change of what it hides.
#[derive(Default)]
pub(super) struct OwnKeys(HashMap<(ContainerId, Place), bool>);

impl OwnKeys {
    pub(super) fn admit(
        &mut self,
        container: ContainerId,
        settled: Settled,
    ) -> Result<Vec<(FileId, Change)>, String> {
        let crossed = settled.keys.iter().any(|(place, own)| {
            let known = self.0.get(&(container, place.clone()));
            known.is_some_and(|it| *it || *own)
        });
        if crossed {
            return Err("another fix gives this one a key of its own first: run again".to_owned());
        }
        for (place, own) in settled.keys {
            self.0.insert((container, place), own);
        }
        Ok(settled.changes)
    }
}

/// Where a fix gives the container a copy of what it shared, with its changes in it: such fixes go well together.
pub(super) fn copied(edit: &Edit) -> Option<Place> {
    let changes = edit.shared.as_ref()?.otherwise.as_ref().ok()?;
    let [(file, first), rest @ ..] = changes.as_slice() else { return None };
    let inside = !rest.is_empty()
        && rest.iter().all(|(_, it)| it.at == first.at && it.path.starts_with(&first.path));
    let copies = inside && matches!(first.action, Action::Replace(_));
    copies.then(|| (*file, first.at, first.path.clone()))
}

/// Containers that get a copy of their own: no change of what they shared reaches them, so all of theirs go there.
#[derive(Default)]
pub(super) struct Leaving(HashSet<(ContainerId, Place)>);

impl Leaving {
    /// Finds them, and counts them as agreeing to what others want of the places that they leave.
    pub(super) fn find<'f>(
        files: &Files<'_>,
        findings: &'f [Finding],
        kept: &[Choice],
        agreed: &mut Agreed<'f>,
    ) -> Leaving {
        let edits = || {
            kept.iter().flat_map(|choice| {
                let container = findings[choice.finding].container;
                let edits = fix(findings, *choice).edits.iter();
                edits.filter_map(move |it| Some((container, it, copied(it)?)))
            })
        };
        let mut leaving = Leaving::default();
        loop {
            let before = leaving.0.len();
            for (container, edit, key) in edits() {
                let shared = edit.shared.as_ref().expect("a copy is made of what is shared");
                let asked = agreed.get_mut(&spot(files, edit));
                let asked = asked
                    .and_then(|it| it.iter_mut().find(|it| it.change.action == edit.change.action));
                if !asked.is_some_and(|it| it.by_all(&shared.users)) {
                    leaving.0.insert((container, key));
                }
            }
            if leaving.0.len() == before {
                return leaving;
            }
            let mut gone = Gone::default();
            for (container, edit, key) in edits() {
                let hidden = hides(files, &key, edit);
                if hidden && leaving.0.contains(&(container, key.clone())) {
                    gone.add(container, edit, &key);
                }
            }
            for ((file, ..), list) in agreed.iter_mut() {
                for asked in list {
                    for gone in gone.from(*file, asked.change.at, asked.change.path.first()) {
                        asked.leave(gone);
                    }
                }
            }
        }
    }

    /// Whether a container's change of a shared place goes into a copy.
    pub(super) fn takes(&self, files: &Files<'_>, container: ContainerId, edit: &Edit) -> bool {
        let Some(key) = copied(edit).filter(|_| !self.0.is_empty()) else { return false };
        hides(files, &key, edit) && self.0.contains(&(container, key))
    }
}

/// Whether a copy hides what an edit changes: not what stands above it, such as a setting of the whole pod.
fn hides(files: &Files<'_>, copied: &Place, edit: &Edit) -> bool {
    let owner = files.get(copied.0).tree.node(copied.1);
    let mut above = std::iter::successors(Some(owner), |it| it.parent());
    !above.any(|it| it.id() == edit.change.at)
}

/// The containers that changes of a node no longer reach: none of them, or none of one of its keys.
#[derive(Default)]
struct Gone<'e>(HashMap<(FileId, NodeId, Option<&'e Step>), Vec<ContainerId>>);

impl<'e> Gone<'e> {
    fn add(&mut self, container: ContainerId, edit: &'e Edit, (_, _, copied): &Place) {
        // A key that a fragment brings is hidden, and with it what is in its value, but no other key of the fragment.
        let first = edit.change.path.first().filter(|it| copied.last() == Some(*it));
        self.0.entry((edit.file, edit.change.at, first)).or_default().push(container);
    }

    fn from(
        &self,
        file: FileId,
        at: NodeId,
        first: Option<&'e Step>,
    ) -> impl Iterator<Item = &Vec<ContainerId>> {
        let whole = self.0.get(&(file, at, None));
        let key = first.and_then(|it| self.0.get(&(file, at, Some(it))));
        whole.into_iter().chain(key)
    }
}
