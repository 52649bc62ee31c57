//! From symbolic changes to new text: plan on the tree, splice into the bytes.

mod block;
mod equal;
mod flow;
mod look;
mod new;
mod plan;
mod quote;
mod refusal;
mod render;
mod replace;
mod splice;

pub use refusal::{EditError, Refusal};

use rayon::prelude::*;

use super::change::Change;
use super::tree::{Kind, NodeId, Style, Tree};
use look::Facts;
use plan::{Site, plan};
use splice::Splices;

/// Makes all changes at once and yields the new text.
///
/// # Errors
/// A change that cannot be made, or that contradicts another; then nothing is changed.
pub fn edit(tree: &Tree, changes: &[Change]) -> Result<String, EditError> {
    tree.editable()?;
    let (sites, facts) = rayon::join(|| plan(tree, changes), || Facts::new(tree));
    let sites: Vec<(NodeId, Site<'_>)> = sites?.into_iter().collect();
    let parts: Result<Vec<Splices<'_>>, EditError> =
        sites.par_chunks(PARALLEL).map(|it| splices(tree, it, &facts)).collect();
    Splices::join(tree, parts?).assemble()
}

/// Sites below this number are not worth a second thread.
const PARALLEL: usize = 128;

/// The splices of some sites.
fn splices<'t>(
    tree: &'t Tree,
    sites: &[(NodeId, Site<'_>)],
    facts: &Facts,
) -> Result<Splices<'t>, EditError> {
    let mut splices = Splices::new(tree);
    for (id, site) in sites {
        let node = tree.node(*id);
        match (node.kind(), site) {
            (_, Site { set: Some(value), equal: false, .. }) => {
                replace::value(node, value, facts, &mut splices)?;
            }
            (Kind::Mapping | Kind::Sequence, site) if site.touches_children() => {
                if node.style() == Style::Flow {
                    flow::edit(node, site, facts, &mut splices)?;
                } else {
                    block::edit(node, site, facts, &mut splices)?;
                }
            }
            (Kind::Scalar, site) if site.touches_children() => {
                replace::completed(node, site, facts, &mut splices)?;
            }
            (Kind::Mapping | Kind::Sequence | Kind::Scalar | Kind::Alias, _) => (),
        }
    }
    Ok(splices)
}
