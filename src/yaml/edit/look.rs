//! How the file is written around an edit, so that the edit looks like it.

use super::flow::pretty;
use super::quote::Quote;
use super::splice::column;
use crate::yaml::Node;
use crate::yaml::change::Data;
use crate::yaml::tree::{Kind, Role, Style, Tree};

/// What the file as a whole prefers.
pub(super) struct Facts {
    quote: Quote,
    step: usize,
    dash: Option<usize>,
}

/// How block collections are written at one place.
pub(super) struct Look {
    /// From a mapping's column to that of a mapping below it.
    pub(super) step: usize,
    /// From a mapping's column to the dashes below it.
    pub(super) dash: usize,
    /// From a dash to the text of its item.
    pub(super) gap: usize,
    /// For text that needs quotes.
    pub(super) quote: Quote,
}

impl Facts {
    pub(super) fn new(tree: &Tree) -> Facts {
        let (mut single, mut double) = (0, 0);
        let mut step = None;
        let mut dashes = [0usize; 9];
        for (id, raw) in tree.nodes.iter().enumerate() {
            match (raw.kind, raw.style, raw.role) {
                (_, Style::SingleQuoted, _) => single += 1,
                (_, Style::DoubleQuoted, _) => double += 1,
                (Kind::Mapping, Style::Block, Role::Value) if step.is_some() => (),
                (Kind::Mapping | Kind::Sequence, Style::Block, Role::Value) => {
                    let node = Node { tree, id: id as u32 };
                    let Some(offset) = offset_below_parent(node) else { continue };
                    if raw.kind == Kind::Sequence {
                        dashes[offset.min(8)] += 1;
                    } else if offset > 0 {
                        step = Some(offset);
                    }
                }
                _ => (),
            }
        }
        let dash = (0..9).rev().filter(|it| dashes[*it] > 0).max_by_key(|it| dashes[*it]);
        let quote = if single > double { Quote::Single } else { Quote::Double };
        Facts { quote, step: step.unwrap_or(2), dash }
    }

    /// The look of a block collection's children.
    pub(super) fn look(&self, node: Node<'_>) -> Look {
        let offsets = |kind| {
            let below = node.pairs().map(|(_, value)| value);
            let mut below = below.filter(move |it| it.kind() == kind && it.style() == Style::Block);
            below.find_map(offset_below_parent)
        };
        let step = offsets(Kind::Mapping).filter(|it| *it > 0).or_else(|| step_above(node));
        let step = step.unwrap_or(self.step);
        let dash =
            offsets(Kind::Sequence).or_else(|| dash_above(node)).or(self.dash).unwrap_or(step);
        let below = node.pairs().map(|(_, value)| value);
        let gap = below.chain(ancestors(node)).find_map(gap_of);
        Look { step, dash, gap: gap.unwrap_or(2), quote: self.quote }
    }

    pub(super) fn quote(&self) -> Quote {
        self.quote
    }
}

/// From the column of the mapping around a node to the node's own.
fn offset_below_parent(node: Node<'_>) -> Option<usize> {
    let parent =
        node.parent().filter(|it| it.kind() == Kind::Mapping && it.style() == Style::Block)?;
    column(node.tree(), node.span().start).checked_sub(column(node.tree(), parent.span().start))
}

/// The step from a mapping to one directly below it, nearest first.
fn step_above(node: Node<'_>) -> Option<usize> {
    ancestors(node)
        .filter(|it| it.kind() == Kind::Mapping)
        .find_map(|it| offset_below_parent(it).filter(|step| *step > 0))
}

/// Where the dashes of the nearest sequence around a node stand.
fn dash_above(node: Node<'_>) -> Option<usize> {
    ancestors(node).filter(|it| it.kind() == Kind::Sequence).find_map(offset_below_parent)
}

/// How far the text of a block sequence's first item is from its dash.
fn gap_of(node: Node<'_>) -> Option<usize> {
    if node.kind() != Kind::Sequence || node.style() != Style::Block {
        return None;
    }
    let (start, first) = (node.span().start, node.elements().next()?.full_span().start);
    let between = node.tree().text().get(start..first)?;
    (between.starts_with('-') && !between.contains(['\n', '\r', '\t'])).then_some(between.len())
}

fn ancestors(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(Some(node), |it| it.parent())
}

/// The quotes that all string items of a sequence have.
pub(super) fn item_quote(node: Node<'_>) -> Quote {
    let mut styles = node.elements().filter(|it| it.kind() == Kind::Scalar).map(Node::style);
    let Some(first) = styles.next() else { return Quote::Plain };
    match first {
        _ if styles.any(|it| it != first) => Quote::Plain,
        Style::SingleQuoted => Quote::Single,
        Style::DoubleQuoted => Quote::Double,
        Style::Plain | Style::Literal | Style::Folded | Style::Block | Style::Flow => Quote::Plain,
    }
}

/// How flow collections are written at one place.
pub(super) struct FlowLook {
    pub(super) json: bool,
    /// After a key.
    pub(super) colon: &'static str,
    /// Between entries on one line.
    pub(super) comma: &'static str,
    /// For strings.
    pub(super) prefer: Quote,
    /// For strings that need quotes.
    pub(super) quote: Quote,
    /// Inside of braces.
    pub(super) pad: &'static str,
    /// The line break, indentation and unit of nested collections, where they are not on one line.
    pub(super) pretty: Option<Pretty>,
}

/// How a pretty-printed document goes on below one of its collections.
#[derive(Clone)]
pub(super) struct Pretty {
    pub(super) eol: &'static str,
    /// The white space before the collection's own entries.
    pub(super) indent: String,
    /// What each level adds.
    pub(super) unit: String,
}

impl FlowLook {
    /// The look around a node that is, or comes to be, in flow style.
    pub(super) fn new(node: Node<'_>, facts: &Facts) -> FlowLook {
        let flows = || ancestors(node).filter(|it| it.style() == Style::Flow);
        let entries = || flows().filter_map(first_entry);
        let json = entries().next().is_some_and(|(key, _)| key.style() == Style::DoubleQuoted);
        let colon = entries().find_map(|(_, value)| {
            let indicator = value.data().indicator as usize;
            let start = value.full_span().start;
            (!value.is_empty() && indicator < start).then_some(start == indicator + 1)
        });
        let tight_colon = colon.unwrap_or(false) && json;
        let comma = flows().find_map(gap_is_tight);
        let raw = node.raw();
        let padded = matches!(raw.as_bytes(), [b'{' | b'[', b' ', ..]);
        FlowLook {
            json,
            colon: if tight_colon { ":" } else { ": " },
            comma: if comma.unwrap_or(tight_colon) { "," } else { ", " },
            prefer: if json { Quote::Double } else { Quote::Plain },
            quote: facts.quote(),
            pad: if padded { " " } else { "" },
            pretty: None,
        }
    }
}

impl FlowLook {
    /// The same for what a collection directly holds: pretty-printed where that is, in JSON.
    pub(super) fn inside(self, holder: Option<Node<'_>>) -> FlowLook {
        let pretty = if self.json { pretty(holder) } else { None };
        FlowLook { pretty, ..self }
    }
}

/// The first entry of a mapping, or of a sequence's first item.
fn first_entry(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    node.pairs().next().or_else(|| node.elements().next()?.pairs().next())
}

/// Whether nothing but a comma is between the first two children.
fn gap_is_tight(node: Node<'_>) -> Option<bool> {
    let mut ends = node.children().filter(|it| it.data().role != Role::Value);
    let _first = ends.next()?;
    let second = ends.next()?;
    let before = node.tree().text().as_bytes().get(second.full_span().start - 1)?;
    Some(*before == b',')
}

/// Whether a value needs several lines in block style.
pub(super) fn is_tall(data: &Data) -> bool {
    match data {
        Data::Seq(items) => !items.is_empty(),
        Data::Map(entries) => !entries.is_empty(),
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Str(_) | Data::Written(_) => false,
    }
}
