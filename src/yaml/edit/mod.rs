//! From symbolic changes to new text: plan on the tree, splice into the bytes.

mod blank;
mod block;
mod equal;
mod flow;
mod heading;
mod look;
mod new;
mod plan;
mod quote;
mod refusal;
mod render;
mod replace;
mod replacement;
mod splice;

pub(super) use quote::resolves;
pub use refusal::{EditError, Refusal};
pub use replacement::{Replacement, replacements};

use super::Node;
use super::change::Change;
use super::tree::{Kind, NodeId, Style, Tree};
use crate::parallel;
use look::Facts;
use plan::{Site, plan};
use splice::Splices;

/// Makes all changes at once and yields the new text.
///
/// # Errors
/// The first change that cannot be made, or that contradicts another; then nothing is changed.
pub fn edit(tree: &Tree, changes: &[Change]) -> Result<String, EditError> {
    edit_all(tree, changes).map_err(|mut errors| errors.swap_remove(0))
}

/// The same with more to say.
///
/// # Errors
/// All changes that cannot be made, as far as they are seen before one that hides others; at least one.
pub fn edit_all(tree: &Tree, changes: &[Change]) -> Result<String, Vec<EditError>> {
    tree.editable().map_err(|it| vec![it.into()])?;
    let (sites, facts) =
        parallel::join(tree.text().len(), || plan(tree, changes), || Facts::new(tree));
    let sites: Vec<_> = sites?.into_iter().collect();
    joined(tree, &sites, &facts)?.assemble()
}

/// Makes many edits of one text, each of them alone and at the cost of what it touches.
pub struct Editor<'t> {
    tree: &'t Tree,
    facts: Facts,
}

impl<'t> Editor<'t> {
    /// Reads what the text as a whole prefers.
    pub fn new(tree: &'t Tree) -> Editor<'t> {
        Editor { tree, facts: Facts::new(tree) }
    }

    /// What the changes make of the text.
    ///
    /// # Errors
    /// As [`edit_all`].
    pub fn edit(&self, changes: &[Change]) -> Result<Vec<Replacement>, Vec<EditError>> {
        self.tree.editable().map_err(|it| vec![it.into()])?;
        let sites: Vec<_> = plan(self.tree, changes)?.into_iter().collect();
        joined(self.tree, &sites, &self.facts)?.replacements()
    }
}

fn joined<'t>(
    tree: &'t Tree,
    sites: &[(NodeId, Site<'_>)],
    facts: &Facts,
) -> Result<Splices<'t>, Vec<EditError>> {
    let chunks: Vec<_> = sites.chunks(PARALLEL).collect();
    let parts: Vec<(Splices<'_>, Vec<EditError>)> =
        parallel::map(&chunks, 1, |it| splices(tree, it, facts));
    let (parts, errors): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    let errors = errors.concat();
    match errors.is_empty() {
        true => Ok(Splices::join(tree, parts)),
        false => Err(errors),
    }
}

/// Sites below this number are not worth a second thread.
const PARALLEL: usize = 128;

/// The splices of some sites, and what cannot be made of them.
fn splices<'t>(
    tree: &'t Tree,
    sites: &[(NodeId, Site<'_>)],
    facts: &Facts,
) -> (Splices<'t>, Vec<EditError>) {
    let mut splices = Splices::new(tree);
    let made = |(id, site): &(NodeId, Site<'_>)| splice(tree.node(*id), site, facts, &mut splices);
    let errors = sites.iter().map(made).filter_map(Result::err).collect();
    (splices, errors)
}

fn splice(
    node: Node<'_>,
    site: &Site<'_>,
    facts: &Facts,
    splices: &mut Splices<'_>,
) -> Result<(), EditError> {
    match (node.kind(), site) {
        (_, Site { set: Some(value), equal: false, .. }) => {
            replace::value(node, value, facts, splices)
        }
        (Kind::Mapping | Kind::Sequence, site) if site.touches_children() => match node.style() {
            Style::Flow if replace::opens(node) => replace::completed(node, site, facts, splices),
            Style::Flow => flow::edit(node, site, facts, splices),
            _ => block::edit(node, site, facts, splices),
        },
        (Kind::Scalar, site) if site.touches_children() => {
            replace::completed(node, site, facts, splices)
        }
        (Kind::Mapping | Kind::Sequence | Kind::Scalar | Kind::Alias, _) => Ok(()),
    }
}
