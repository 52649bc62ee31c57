//! Which services a change reaches, listed once for all that ask for it.

use std::sync::Arc;

use super::Level;
use super::project::Project;
use crate::finding::{ContainerId, FileId};
use crate::workload::memo::{Memo, sorted};
use crate::workload::view;
use crate::yaml::{Kind, Node, NodeId};

/// The lists that were asked for.
pub(super) type Lists = Memo<Reach, [ContainerId]>;

/// What tells the lists apart.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Reach {
    file: FileId,
    /// The base and its layer.
    base: Option<(ContainerId, NodeId)>,
    anchor: Option<NodeId>,
    key: Option<String>,
    /// Where the key stands, if that is within the anchored node.
    owner: Option<NodeId>,
}

impl<'t> Project<'t> {
    /// The services with a use for an anchored node, in the order of their numbers.
    pub(super) fn users_of(&self, file: FileId, anchor: Node<'t>) -> &[(ContainerId, Node<'t>)] {
        self.users.get(&(file, anchor.id())).map_or(&[], Vec::as_slice)
    }

    /// The services that a change of a key reaches through a base or an anchor, in the order of their numbers.
    pub(super) fn reached(
        &self,
        level: &Level<'t>,
        (base, anchor): (Option<ContainerId>, Option<Node<'t>>),
        key: Option<(&str, Node<'t>)>,
    ) -> Arc<[ContainerId]> {
        let above = |owner: Node<'t>| {
            let mut nodes = std::iter::successors(Some(owner), |it| it.parent());
            nodes.any(|it| anchor.is_some_and(|anchor| anchor.id() == it.id()))
        };
        let owned = key.filter(|it| above(it.1));
        let reach = Reach {
            file: level.file,
            base: base.map(|it| (it, level.node.id())),
            anchor: anchor.map(Node::id),
            key: key.map(|it| it.0.to_owned()),
            owner: owned.map(|it| it.1.id()),
        };
        self.lists.get(reach, || {
            let heirs = base.map(|it| self.heirs_reached(it, level, key.map(|it| it.0)));
            let users = anchor.map(|it| self.users_reached((level.file, it), owned));
            sorted(heirs.into_iter().chain(users).flatten().collect())
        })
    }

    /// A base, or its heirs where nothing but them makes anything of it.
    fn heirs_reached(
        &self,
        base: ContainerId,
        level: &Level<'t>,
        key: Option<&str>,
    ) -> Vec<ContainerId> {
        if !self.only_bases.contains(&base) {
            return vec![base];
        }
        let heirs = self.derived.get(&base).into_iter().flatten();
        heirs.filter(|it| inherits(&it.1, level, key)).map(|it| it.0).collect()
    }

    /// The users of an anchored node, without those that hide the key by one of their own.
    fn users_reached(
        &self,
        (file, anchor): (FileId, Node<'t>),
        key: Option<(&str, Node<'t>)>,
    ) -> Vec<ContainerId> {
        let reached = |&&(_, node): &&(ContainerId, Node<'t>)| {
            let Some((key, owner)) = key else { return true };
            let entry = match self.anchored.get(&(file, node.id())) {
                Some(level) => level.lookup(key),
                None => view::lookup(node, key),
            };
            entry.is_none_or(|it| it.owner.id() == owner.id())
        };
        self.users_of(file, anchor).iter().filter(reached).map(|it| it.0).collect()
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
