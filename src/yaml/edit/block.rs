//! Entries and items that come and go in block style: whole lines.

use std::borrow::Cow;

use foldhash::HashSet;

use super::blank::{block_scalar, keeps_blank_lines};
use super::heading::start_with_comment;
use super::look::{Facts, item_quote};
use super::plan::Site;
use super::refusal::{EditError, Refusal};
use super::render::{Columns, Content, Entry, Line, block};
use super::splice::{
    Splices, column, comments, end_with_comment, eol, is_first_on_line, line_start, next_line_start,
};
use crate::yaml::Node;
use crate::yaml::change::Value;
use crate::yaml::remark::commented_out_below;
use crate::yaml::tree::{Kind, NONE, Raw, Role, Span, Style};

/// An entry with its key and value, or an item with its dash.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    /// The key or the item.
    pub(super) node: u32,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) gone: bool,
}

/// The units of a collection.
pub(super) fn units(node: Node<'_>, gone: &HashSet<u32>) -> Vec<Unit> {
    let start = |it: Node<'_>| {
        let full = it.full_span().start;
        if it.data().indicator == NONE { full } else { full.min(it.data().indicator as usize) }
    };
    if node.kind() == Kind::Mapping {
        let unit = |(key, value): (Node<'_>, Node<'_>)| {
            let (start, end) = (start(key), value.span().end.max(key.span().end));
            Unit { node: key.id, start, end, gone: gone.contains(&key.id) }
        };
        return node.pairs().map(unit).collect();
    }
    let unit = |item: Node<'_>| Unit {
        node: item.id,
        start: start(item),
        end: item.span().end,
        gone: gone.contains(&item.id),
    };
    node.elements().map(unit).collect()
}

/// What a site adds, as values with their keys.
pub(super) fn additions<'c>(site: &Site<'c>) -> Vec<(Option<&'c str>, Cow<'c, Value>)> {
    let entries = site.entries.values().map(|(key, value)| (Some(key), value));
    entries.chain(site.items.iter().map(|it| (None, Cow::Borrowed(*it)))).collect()
}

/// The same, ready to write.
pub(super) fn as_entries<'v>(values: &'v [(Option<&'v str>, Cow<'v, Value>)]) -> Vec<Entry<'v>> {
    values.iter().map(|(key, it)| Entry { key: *key, content: Content::Value(it) }).collect()
}

/// Takes out and puts in the children of a block collection.
pub(super) fn edit(
    node: Node<'_>,
    site: &Site<'_>,
    facts: &Facts,
    splices: &mut Splices<'_>,
) -> Result<(), EditError> {
    let gone: HashSet<u32> = site.gone.iter().map(|it| it.0).collect();
    let units = units(node, &gone);
    if units.windows(2).any(|it| it[0].gone && !it[1].gone && has_no_key(node, it[1])) {
        return Err(EditError::new(Refusal::Path, "an entry without a key behind it", node));
    }
    if units.windows(2).any(|it| !it[0].gone && it[1].gone && is_open(node, it[0])) {
        return Err(EditError::new(Refusal::Path, "an open key without text before it", node));
    }
    let values = additions(site);
    let all_gone = units.iter().all(|it| it.gone);
    if all_gone && values.is_empty() {
        empty(node, &units, splices);
        return Ok(());
    }
    let lines = if values.is_empty() {
        Vec::new()
    } else {
        let look = facts.look(node);
        let wish = item_quote(node);
        let lines = block(&as_entries(&values), columns(node, &units)?, wish, &look);
        lines.into_iter().map(Line::whole).collect()
    };
    if all_gone && !is_first_on_line(node.tree(), units[0].start) {
        return replace_all(node, &units, &lines, splices);
    }
    let removed_to = remove(node, &units, splices)?;
    if lines.is_empty() { Ok(()) } else { insert(node, &units, (&lines, removed_to), splices) }
}

/// Whether an entry begins with its colon: behind a `?` it would be the value of that.
fn has_no_key(node: Node<'_>, unit: Unit) -> bool {
    node.kind() == Kind::Mapping && node.tree().text()[unit.start..].starts_with(':')
}

/// Whether an entry is a `?` and nothing else: at the end of a text not all readers take it.
fn is_open(node: Node<'_>, unit: Unit) -> bool {
    let text = &node.tree().text()[unit.start..];
    node.kind() == Kind::Mapping && unit.end <= unit.start + 1 && text.starts_with('?')
}

/// Where a collection's own children begin, and how far the items' text is from the dashes.
fn columns(node: Node<'_>, units: &[Unit]) -> Result<Columns, EditError> {
    let tree = node.tree();
    let start = units[0].start;
    if tree.text()[line_start(tree, start)..start].contains('\t') {
        let message = "a tab in front of the place";
        return Err(EditError::new(Refusal::Path, message, node));
    }
    let gap = match node.elements().next() {
        Some(first) if !first.is_empty() => {
            let between = &tree.text()[start..first.full_span().start];
            if between.contains(['\n', '\r', '\t']) { 2 } else { between.len() }
        }
        _ => 2,
    };
    Ok(Columns { start: column(tree, start), gap })
}

/// Writes `{}` or `[]` where everything went.
fn empty(node: Node<'_>, units: &[Unit], splices: &mut Splices<'_>) {
    let tree = node.tree();
    let text = if node.kind() == Kind::Mapping { "{}" } else { "[]" };
    let first = units[0];
    let mut rest = 0;
    let below = is_first_on_line(tree, first.start) && node.data().role != Role::Root;
    if below {
        splices.insert(node, head_end(node), format!(" {text}"));
    } else {
        let span = Span { start: first.start, end: end_with_comment(tree, first.end) };
        splices.replace(node, span, text.to_owned());
        rest = 1;
    }
    for at in rest..units.len() {
        splices.delete_lines(node, lines_of(node, units, at));
    }
}

/// The end of what stands before a node: its anchor and tag, else its indicator.
pub(super) fn head_end(node: Node<'_>) -> usize {
    let props = node.tree().props.get(node.data().props as usize);
    let ends = props.into_iter().flat_map(|it| [it.anchor, it.tag]).flatten().map(|it| it.end);
    ends.max().unwrap_or(node.data().indicator.wrapping_add(1) as usize)
}

/// The whole lines of a unit, with the comment behind it and the one above that is about it alone.
fn lines_of(node: Node<'_>, units: &[Unit], at: usize) -> Span {
    let end = next_line_start(node.tree(), units[at].end);
    Span { start: start_with_comment(node, units, at), end }
}

/// Writes new entries over old ones that all go and begin behind a dash.
fn replace_all(
    node: Node<'_>,
    units: &[Unit],
    lines: &[String],
    splices: &mut Splices<'_>,
) -> Result<(), EditError> {
    for pair in units.windows(2) {
        refuse_comments(node, pair[0].end, pair[1].start)?;
    }
    let tree = node.tree();
    let (start, end) = (units[0].start, units[units.len() - 1].end);
    let text = lines.join(eol(tree, end));
    let text = text[column(tree, start)..].to_owned();
    splices.replace(node, Span { start, end: end_with_comment(tree, end) }, text);
    Ok(())
}

/// Refuses if a comment on its own line stands between two bytes.
fn refuse_comments(node: Node<'_>, start: usize, end: usize) -> Result<(), EditError> {
    match comments(node.tree(), Span { start, end }).iter().find(|it| it.own_line) {
        Some(comment) => {
            let message = "a comment would lose its place".to_owned();
            Err(EditError { refusal: Refusal::Comment, message, span: comment.span })
        }
        None => Ok(()),
    }
}

/// Takes out the units that go, while some stay or others come; yields the end of what went.
fn remove(node: Node<'_>, units: &[Unit], splices: &mut Splices<'_>) -> Result<usize, EditError> {
    let mut end = 0;
    let mut from = 0;
    if !is_first_on_line(node.tree(), units[0].start) {
        let kept = units.iter().position(|it| !it.gone).unwrap_or(0);
        for pair in units[..=kept].windows(2) {
            refuse_comments(node, pair[0].end, pair[1].start)?;
        }
        splices.delete(node, Span { start: units[0].start, end: units[kept].start });
        from = kept;
    }
    let mut before: Option<&Raw> = None;
    for at in (from..units.len()).filter(|it| units[*it].gone) {
        let mut span = lines_of(node, units, at);
        if at == from || !units[at - 1].gone {
            before = block_scalar_before(node, span.start);
        }
        if let Some(scalar) = before {
            refuse_capture(node, scalar, span.end)?;
            while keeps_blank_lines(node.tree(), scalar) && is_blank_line(node, span.end) {
                span.end = next_line_start(node.tree(), span.end);
            }
        }
        splices.delete_lines(node, span);
        end = span.end;
    }
    Ok(end)
}

/// The block scalar directly before a byte: it could take what follows for its own.
fn block_scalar_before(node: Node<'_>, at: usize) -> Option<&Raw> {
    let tree = node.tree();
    let last = block_scalar(tree, at)?;
    let between = tree.text().get(last.end as usize..at)?;
    between.trim_matches([' ', '\r', '\n', '-', '?']).is_empty().then_some(last)
}

/// Refuses if the next line is a comment so deep that the block scalar would take it.
fn refuse_capture(node: Node<'_>, scalar: &Raw, at: usize) -> Result<(), EditError> {
    let text = node.tree().text();
    let raw = &text[scalar.start as usize..scalar.end as usize];
    let width = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let fixed = raw.lines().next().is_some_and(|it| it.contains(|it: char| it.is_ascii_digit()));
    let content = raw.lines().skip(1).find(|it| !it.trim().is_empty()).map_or(1, width);
    let indent = if fixed { 1 } else { content };
    let next = text[at..].lines().find(|it| !it.trim().is_empty()).unwrap_or_default();
    if next.trim_start().starts_with('#') && width(next) >= indent {
        let message = "a comment would become part of the text above it";
        return Err(EditError::new(Refusal::Comment, message, node));
    }
    Ok(())
}

fn is_blank_line(node: Node<'_>, at: usize) -> bool {
    let text = node.tree().text();
    let next = next_line_start(node.tree(), at);
    at < next && text[at..next].trim().is_empty()
}

/// Puts lines after the collection's last line and the comments that belong to it.
fn insert(
    node: Node<'_>,
    units: &[Unit],
    (lines, removed_to): (&[String], usize),
    splices: &mut Splices<'_>,
) -> Result<(), EditError> {
    let tree = node.tree();
    let last = units[units.len() - 1];
    let eol = eol(tree, last.end);
    if let Some(at) = above_extensions(node, units) {
        splices.insert_lines(node, at.max(removed_to), lines, eol);
        return Ok(());
    }
    if !last.gone && ends_in_open_block_scalar(node) {
        if node.kind() == Kind::Sequence {
            let message = "text after a block scalar without a final line break changes its value";
            return Err(EditError::new(Refusal::UnterminatedBlock, message, node));
        }
        if is_first_on_line(tree, last.start) {
            splices.insert_lines(node, line_start(tree, last.start), lines, eol);
            return Ok(());
        }
        let column = column(tree, last.start);
        let text = format!("{}{eol}{}", lines.join(eol), " ".repeat(column));
        splices.insert(node, last.start, text[column..].to_owned());
        return Ok(());
    }
    let from = if last.gone { next_line_start(tree, last.end) } else { after_entries(node, last) };
    let at = after_own_comments(node, units[0].start, from.max(removed_to));
    splices.insert_lines(node, at, lines, eol);
    Ok(())
}

/// The line above the `x-` keys with which a mapping ends: behind the entry before them and the comments that stand
/// deeper than its key.
fn above_extensions(node: Node<'_>, units: &[Unit]) -> Option<usize> {
    let tree = node.tree();
    let is_extension = |it: Node<'_>| it.value().is_some_and(|it| it.starts_with("x-"));
    let keys: Vec<bool> = node.pairs().map(|(key, _)| is_extension(key)).collect();
    let first = keys.iter().rposition(|it| !it)? + 1;
    let before = units.get(first - 1).filter(|_| first < units.len())?;
    let own = column(tree, units[first].start);
    let mut at = match before.gone {
        true => next_line_start(tree, before.end),
        false => after_entries(node, *before),
    };
    while at < units[first].start {
        let line = &tree.text()[at..next_line_start(tree, at)];
        let comment = line.trim_start_matches(' ');
        if !comment.starts_with('#') || line.len() - comment.len() <= own {
            break;
        }
        at = next_line_start(tree, at);
    }
    Some(at)
}

/// The line after a unit and what is commented out of the collections that end with it.
fn after_entries(node: Node<'_>, unit: Unit) -> usize {
    let tree = node.tree();
    let mut end = unit.end;
    let mut inner = node.children().find(|it| it.span().end == unit.end && !it.is_empty());
    while let Some(collection) = inner.filter(|it| !matches!(it.kind(), Kind::Scalar | Kind::Alias))
    {
        end = commented_out_below(collection).map_or(end, |it| end.max(it.span.start));
        inner = collection.children().last();
    }
    next_line_start(tree, end)
}

/// Whether the collection ends in a block scalar that ends the text without a line break.
fn ends_in_open_block_scalar(node: Node<'_>) -> bool {
    let tree = node.tree();
    let last = &tree.nodes[node.data().skip as usize - 1];
    matches!(last.style, Style::Literal | Style::Folded) && last.end as usize == tree.text().len()
}

/// The line after the comments that directly follow at the children's column or deeper, and after those that stand
/// deeper behind blank lines: they cannot be about what comes next.
fn after_own_comments(node: Node<'_>, first: usize, mut at: usize) -> usize {
    let tree = node.tree();
    let own = column(tree, first);
    let parent = node.parent().filter(|it| it.kind() == Kind::Mapping);
    let indentless = node.kind() == Kind::Sequence
        && parent.is_some_and(|it| column(tree, it.span().start) == own);
    let mut next = at;
    loop {
        let line = &tree.text()[next..next_line_start(tree, next).max(next)];
        let comment = line.trim_start_matches(' ');
        let column = line.len() - comment.len();
        let blank = !line.is_empty() && comment.trim_end().is_empty();
        let Some(text) = comment.strip_prefix('#').filter(|_| !blank) else {
            if !blank {
                return at;
            }
            next = next_line_start(tree, next);
            continue;
        };
        let item = column > own || text.trim_start().starts_with("- ");
        if column < own || column == 0 || indentless && !item || next > at && column == own {
            return at;
        }
        next = next_line_start(tree, next);
        at = next;
    }
}
