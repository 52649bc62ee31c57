//! What the changes ask of each old node, as symbols.

use foldhash::HashMap;

use super::ProofError;
use crate::yaml::Node;
use crate::yaml::change::{Action, Change, Data, Step};
use crate::yaml::tree::{Kind, Tree};

/// Fewer than these are looked through rather than hashed.
const FEW: u32 = 48;

/// What is asked of one node, or of one that does not exist yet.
#[derive(Default)]
pub(super) struct Want<'t> {
    pub(super) set: Option<&'t Data>,
    pub(super) gone: bool,
    pub(super) items: Vec<&'t Data>,
    pub(super) keys: Vec<(&'t str, Want<'t>)>,
    /// Where each key is in `keys`, once there are many.
    places: HashMap<&'t str, usize>,
}

/// What is asked of all nodes.
pub(super) struct Wants<'t> {
    all: HashMap<u32, Want<'t>>,
    /// Whether a node or one below it is in `all`.
    touched: Vec<bool>,
}

impl<'t> Wants<'t> {
    pub(super) fn new(tree: &'t Tree, changes: &'t [Change]) -> Result<Wants<'t>, ProofError> {
        let mut wants = Wants { all: HashMap::default(), touched: vec![false; tree.nodes.len()] };
        let mut children = Children::default();
        for change in changes {
            let mut node = tree.node(change.at);
            let mut rest = change.path.as_slice();
            while let Some((step, below)) = rest.split_first() {
                let Some(child) = child(node, step, &mut children) else { break };
                (node, rest) = (child, below);
            }
            if rest.is_empty() || change.action != Action::Remove {
                wants.touch(node);
                let want = wants.all.entry(node.id).or_default();
                want.ask(rest, &change.action)?;
            }
        }
        Ok(wants)
    }

    pub(super) fn of(&self, node: Node<'_>) -> Option<&Want<'t>> {
        self.all.get(&node.id)
    }

    pub(super) fn touches(&self, node: Node<'_>) -> bool {
        self.touched[node.id as usize]
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = (u32, &Want<'t>)> {
        self.all.iter().map(|(id, want)| (*id, want))
    }

    fn touch(&mut self, node: Node<'_>) {
        let mut next = Some(node);
        while let Some(node) = next.filter(|it| !self.touched[it.id as usize]) {
            self.touched[node.id as usize] = true;
            next = node.parent();
        }
    }
}

impl<'t> Want<'t> {
    /// Where a key is in `keys`, with its first mention added.
    fn place(&mut self, key: &'t str) -> usize {
        let known = match self.keys.len() < FEW as usize {
            true => self.keys.iter().position(|it| it.0 == key),
            false => self.places.get(key).copied(),
        };
        known.unwrap_or_else(|| {
            self.keys.push((key, Want::default()));
            if self.keys.len() == FEW as usize {
                self.places.extend(self.keys.iter().enumerate().map(|(at, it)| (it.0, at)));
            } else if self.keys.len() > FEW as usize {
                self.places.insert(key, self.keys.len() - 1);
            }
            self.keys.len() - 1
        })
    }

    /// Adds what an action asks for at the end of a path of keys that do not exist.
    fn ask(&mut self, rest: &'t [Step], action: &'t Action) -> Result<(), ProofError> {
        let mut want = self;
        for step in rest {
            let Step::Key(key) = step else {
                let message = "an item of a sequence that does not exist".to_owned();
                return Err(ProofError { message, old: None });
            };
            let at = want.place(key);
            want = &mut want.keys[at].1;
        }
        match action {
            Action::Ensure(value) | Action::Replace(value) => want.set = Some(&value.data),
            Action::Append(value) => want.items.push(&value.data),
            Action::Remove => want.gone = true,
        }
        Ok(())
    }
}

/// The children of mappings by key and of sequences by number.
#[derive(Default)]
struct Children<'t> {
    keys: HashMap<u32, HashMap<&'t str, Node<'t>>>,
    items: HashMap<u32, Vec<Node<'t>>>,
}

/// The child at a step, if it exists.
fn child<'t>(node: Node<'t>, step: &Step, children: &mut Children<'t>) -> Option<Node<'t>> {
    match (node.kind(), step) {
        // Few keys are compared faster than hashed.
        (Kind::Mapping, Step::Key(key)) if node.data().skip - node.id < FEW => node.at_key(key),
        (Kind::Mapping, Step::Key(key)) => {
            let known = children.keys.entry(node.id).or_insert_with(|| {
                node.pairs().filter_map(|(key, value)| Some((key.value()?, value))).collect()
            });
            known.get(key.as_str()).copied()
        }
        (Kind::Sequence, Step::Index(index)) => {
            let known = children.items.entry(node.id).or_insert_with(|| node.elements().collect());
            known.get(*index).copied()
        }
        (Kind::Mapping | Kind::Sequence | Kind::Scalar | Kind::Alias, _) => None,
    }
}
