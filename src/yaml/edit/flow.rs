//! Entries and items that come and go between brackets or braces.

use foldhash::HashSet;

use super::block::{Unit, additions, as_entries, units};
use super::look::{Facts, FlowLook, Pretty, item_quote};
use super::plan::Site;
use super::quote::Quote;
use super::refusal::{EditError, Refusal};
use super::render::{BRACES, BRACKETS, flow_collection, flow_entry};
use super::splice::{Splices, comments, eol, is_first_on_line, line_start, next_line_start};
use crate::yaml::Node;
use crate::yaml::locate::line_end;
use crate::yaml::tree::{Kind, Span, Style};

/// Takes out and puts in the children of a flow collection.
pub(super) fn edit(
    node: Node<'_>,
    site: &Site<'_>,
    facts: &Facts,
    splices: &mut Splices<'_>,
) -> Result<(), EditError> {
    if is_without_braces(node) {
        return Err(EditError::new(Refusal::Path, "a pair without braces", node));
    }
    let gone: HashSet<u32> = site.gone.iter().map(|it| it.0).collect();
    let units = units(node, &gone);
    let values = additions(site);
    let look = FlowLook::new(node, facts);
    let wish = if look.json { Quote::Double } else { item_quote(node) };
    if units.iter().all(|it| it.gone) {
        refuse_comments(node, node.span())?;
        let look = FlowLook { prefer: wish, ..look.inside(node.parent()) };
        let brackets = if node.kind() == Kind::Mapping { BRACES } else { BRACKETS };
        let text = flow_collection(&as_entries(&values), brackets, &look);
        splices.replace(node, node.span(), text);
        return Ok(());
    }
    remove(node, &units, splices)?;
    if values.is_empty() {
        drop_last_comma(node, &units, splices);
    }
    if !values.is_empty() {
        let look = look.inside(Some(node));
        let texts: Vec<_> =
            as_entries(&values).iter().map(|it| flow_entry(it, wish, &look)).collect();
        insert(node, &units, &texts, look.comma, splices);
    }
    Ok(())
}

/// Whether a mapping is one pair in a list in brackets, with no braces of its own: what begins with a brace may do so for
/// its key.
pub(super) fn is_without_braces(node: Node<'_>) -> bool {
    let begins_with_key =
        node.children().next().is_some_and(|it| it.full_span().start == node.span().start);
    node.style() == Style::Flow && (begins_with_key || !node.raw().starts_with(['[', '{']))
}

/// How new collections go on inside a flow collection whose children have lines of their own.
pub(super) fn pretty(holder: Option<Node<'_>>) -> Option<Pretty> {
    let holder = holder.filter(|it| it.style() == Style::Flow)?;
    let tree = holder.tree();
    let at = holder.children().next()?.full_span().start;
    if !is_first_on_line(tree, at) {
        return None;
    }
    let indent = &tree.text()[line_start(tree, at)..at];
    let last_line = &tree.text()[line_start(tree, holder.span().end - 1)..];
    let closing = last_line.len() - last_line.trim_start_matches([' ', '\t']).len();
    let unit = indent.get(closing..).filter(|it| !it.is_empty())?;
    Some(Pretty { eol: eol(tree, at), indent: indent.to_owned(), unit: unit.to_owned() })
}

fn refuse_comments(node: Node<'_>, span: Span) -> Result<(), EditError> {
    match comments(node.tree(), span).first() {
        Some(comment) => {
            let message = "a comment would lose its place".to_owned();
            Err(EditError { refusal: Refusal::Comment, message, span: comment.span })
        }
        None => Ok(()),
    }
}

/// The comma after a byte, past white space and comments.
fn comma_after(node: Node<'_>, mut at: usize) -> Option<usize> {
    let text = node.tree().text();
    loop {
        match text.as_bytes().get(at)? {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'#' => at = line_end(text, at),
            b',' => return Some(at),
            _ => return None,
        }
    }
}

/// Whether a unit has its lines for itself, but for a comma and a comment.
fn has_own_lines(node: Node<'_>, unit: Unit) -> bool {
    let tree = node.tree();
    let blanks = [' ', '\t'];
    let rest = tree.text()[unit.end..].trim_start_matches(blanks);
    let rest = rest.strip_prefix(',').unwrap_or(rest).trim_start_matches(blanks);
    let ends = rest.is_empty() || rest.starts_with(['\n', '\r', '#']);
    ends && is_first_on_line(tree, unit.start)
}

/// Takes out the units that go, with one comma each.
fn remove(node: Node<'_>, units: &[Unit], splices: &mut Splices<'_>) -> Result<(), EditError> {
    let tree = node.tree();
    let last_kept = units.iter().rposition(|it| !it.gone).unwrap_or(0);
    let tail = &units[last_kept + 1..];
    for (at, unit) in units[..last_kept].iter().enumerate().filter(|(_, it)| it.gone) {
        if has_own_lines(node, *unit) {
            let start = line_start(tree, unit.start);
            splices.delete(node, Span { start, end: next_line_start(tree, unit.end) });
        } else {
            let span = Span { start: unit.start, end: units[at + 1].start };
            refuse_comments(node, span)?;
            splices.delete(node, span);
        }
    }
    let Some(last) = tail.last() else { return Ok(()) };
    let kept_end = units[last_kept].end;
    if !tail.iter().all(|it| has_own_lines(node, *it)) {
        let span = Span { start: kept_end, end: last.end };
        refuse_comments(node, span)?;
        splices.delete(node, span);
        return Ok(());
    }
    for unit in tail {
        let start = line_start(tree, unit.start);
        splices.delete(node, Span { start, end: next_line_start(tree, unit.end) });
    }
    Ok(())
}

/// Takes out the comma before units on their own lines that went from the end.
fn drop_last_comma(node: Node<'_>, units: &[Unit], splices: &mut Splices<'_>) {
    let last_kept = units.iter().rposition(|it| !it.gone).unwrap_or(0);
    let tail = &units[last_kept + 1..];
    if let Some(last) = tail.last()
        && tail.iter().all(|it| has_own_lines(node, *it))
        && comma_after(node, last.end).is_none()
        && let Some(comma) = comma_after(node, units[last_kept].end)
    {
        splices.delete(node, Span { start: comma, end: comma + 1 });
    }
}

/// Puts new texts after the last unit, on lines of their own where it has one.
fn insert(
    node: Node<'_>,
    units: &[Unit],
    texts: &[String],
    comma: &str,
    splices: &mut Splices<'_>,
) {
    let tree = node.tree();
    let last = units[units.len() - 1];
    let trailing = comma_after(node, last.end);
    let end = trailing.map_or(last.end, |it| it + 1);
    let separate = if comma == "," { "," } else { ", " };
    // Not all readers take a colon for the end of a key where a comma follows at once.
    let apart = if tree.text()[..last.end].ends_with(':') { " " } else { "" };
    if !has_own_lines(node, last) || line_end(tree.text(), end) >= node.span().end {
        let joined = texts.join(separate);
        match trailing {
            Some(at) => splices.insert(node, at + 1, format!("{}{joined},", &separate[1..])),
            None => splices.insert(node, last.end, format!("{apart}{separate}{joined}")),
        }
        return;
    }
    if trailing.is_none() && !last.gone {
        splices.insert(node, last.end, format!("{apart},"));
    }
    let indent = &tree.text()[line_start(tree, last.start)..last.start];
    let eol = eol(tree, last.start);
    let lines: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| {
            let comma = if trailing.is_some() || at + 1 < texts.len() { "," } else { "" };
            format!("{indent}{text}{comma}")
        })
        .collect();
    splices.insert_lines(node, next_line_start(tree, end), &lines, eol);
}
