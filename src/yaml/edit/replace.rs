//! One value in the place of another.

use super::block::{additions, as_entries, head_end};
use super::flow::is_without_braces;
use super::look::{Facts, FlowLook, Look, is_tall};
use super::plan::Site;
use super::quote::{Around, Quote, write_tagged};
use super::refusal::{EditError, Refusal};
use super::render::{self, BRACES, BRACKETS, Columns, Content, Entry, inline, one_line};
use super::splice::{
    Splices, column, comments, end_with_comment, eol, is_first_on_line, line_start, next_line_start,
};
use crate::yaml::change::{Data, Value};
use crate::yaml::locate::line_end;
use crate::yaml::tree::{Kind, NONE, Role, Span, Style};
use crate::yaml::{Node, Written};

/// Writes a value over a node.
pub(super) fn value(
    node: Node<'_>,
    value: &Value,
    facts: &Facts,
    splices: &mut Splices<'_>,
) -> Result<(), EditError> {
    let bare = without_tag(node, value);
    let value = bare.as_ref().unwrap_or(value);
    let opens = opens(node);
    let in_flow = node.parent().is_some_and(|it| it.style() == Style::Flow);
    if matches!(value.data, Data::Seq(_) | Data::Map(_)) {
        refuse_without_braces(node)?;
    }
    if is_tall(&value.data) && !in_flow && (opens || node.style() != Style::Flow) {
        return tall(node, &render::entries(&value.data), value.comment.as_deref(), facts, splices);
    }
    if in_flow || node.style() == Style::Flow {
        let look = FlowLook::new(node, facts).inside(node.parent());
        let wish = if look.json { Quote::Double } else { own_quote(node) };
        return put(node, render::flow(&value.data, wish, &look), splices);
    }
    let text = match &value.data {
        Data::Str(text) if node.tag().is_some() => {
            write_tagged(text, own_quote(node), facts.quote(), Around::Block)
        }
        data => inline(data, own_quote(node), facts.quote()),
    };
    put(node, text, splices)?;
    let end = node.span().end;
    if let Some(comment) = &value.comment
        && node.style() != Style::Block
        && end_with_comment(node.tree(), end) == end
    {
        splices.insert(node, end, format!(" # {}", one_line(comment)));
    }
    Ok(())
}

/// Whether a node is `{}` or `[]` among block style: it gets its content there as if nothing had been written.
pub(super) fn opens(node: Node<'_>) -> bool {
    let span = node.span();
    node.style() == Style::Flow
        && node.children().next().is_none()
        && node.raw().starts_with(['{', '['])
        && node.parent().is_some_and(|it| it.style() == Style::Block)
        && comments(node.tree(), span).is_empty()
}

/// A scalar without its tag, where the node has that already.
fn without_tag(node: Node<'_>, value: &Value) -> Option<Value> {
    let Data::Written(it) = &value.data else { return None };
    node.tag()?;
    let data = Data::Written(Written { tag: None, ..it.clone() });
    Some(Value { data, comment: value.comment.clone() })
}

/// Completes an absent, null or empty value with keys or items, or turns a scalar into a list.
pub(super) fn completed(
    node: Node<'_>,
    site: &Site<'_>,
    facts: &Facts,
    splices: &mut Splices<'_>,
) -> Result<(), EditError> {
    let values = additions(site);
    let mut entries = as_entries(&values);
    if node.kind() == Kind::Scalar && !node.is_null() {
        if node.raw().contains(['\n', '\r']) {
            let message = "a scalar of several lines cannot become a list item";
            return Err(EditError::new(Refusal::MultiLine, message, node));
        }
        entries.insert(0, Entry { key: None, content: Content::Raw(node.raw()) });
    }
    if node.parent().is_some_and(|it| it.style() == Style::Flow) {
        refuse_without_braces(node)?;
        let look = FlowLook::new(node, facts).inside(node.parent());
        let brackets = if site.items.is_empty() { BRACES } else { BRACKETS };
        let text = render::flow_collection(&entries, brackets, &look);
        return put(node, text, splices);
    }
    tall(node, &entries, None, facts, splices)
}

/// Refuses a list or a mapping as the value of a pair without braces, which not all readers take.
fn refuse_without_braces(node: Node<'_>) -> Result<(), EditError> {
    match node.parent().filter(|it| it.kind() == Kind::Mapping && is_without_braces(*it)) {
        Some(pair) => Err(EditError::new(Refusal::Path, "a pair without braces", pair)),
        None => Ok(()),
    }
}

/// The quotes that a replaced scalar had.
fn own_quote(node: Node<'_>) -> Quote {
    match node.style() {
        Style::SingleQuoted => Quote::Single,
        Style::DoubleQuoted => Quote::Double,
        Style::Block | Style::Flow | Style::Plain | Style::Literal | Style::Folded => Quote::Plain,
    }
}

/// Writes text of one line over a node.
fn put(node: Node<'_>, text: String, splices: &mut Splices<'_>) -> Result<(), EditError> {
    let tree = node.tree();
    let span = node.span();
    let below = node.style() == Style::Block
        && node.data().role != Role::Root
        && is_first_on_line(tree, span.start);
    if node.is_empty() {
        let colon = if has_place(node)? { "" } else { ":" };
        splices.insert(node, span.end, format!("{colon} {text}"));
    } else if below {
        splices.insert(node, head_end(node), format!(" {text}"));
        let start = line_start(tree, span.start);
        splices.delete(node, Span { start, end: next_line_start(tree, span.end) });
    } else {
        splices.replace(node, with_last_comment(node), text);
    }
    Ok(())
}

/// A node's span; a block collection takes the comment on its last line along.
fn with_last_comment(node: Node<'_>) -> Span {
    let Span { start, end } = node.span();
    let end = if node.style() == Style::Block { end_with_comment(node.tree(), end) } else { end };
    Span { start, end }
}

/// Whether an absent value has a colon or dash; without one it can be had only in flow style.
fn has_place(node: Node<'_>) -> Result<bool, EditError> {
    if node.data().role != Role::Value || node.data().indicator != NONE {
        return Ok(true);
    }
    if node.parent().is_some_and(|it| it.style() == Style::Flow) {
        return Ok(false);
    }
    Err(EditError::new(Refusal::Path, "the key has no colon", node))
}

/// Writes a block collection over a node.
fn tall(
    node: Node<'_>,
    entries: &[Entry<'_>],
    comment: Option<&str>,
    facts: &Facts,
    splices: &mut Splices<'_>,
) -> Result<(), EditError> {
    let tree = node.tree();
    let span = node.span();
    let eol = eol(tree, span.start);
    has_place(node)?;
    let Some(parent) = node.parent() else {
        return Err(EditError::new(Refusal::Path, "a whole document is not replaced", node));
    };
    let look = facts.look(parent);
    let start = place(node, parent, entries, &look);
    let mut lines = render::block(entries, Columns { start, gap: look.gap }, Quote::Plain, &look);
    let props = node.data().props != NONE;
    let separate = !node.is_empty() && is_first_on_line(tree, span.start);
    let inline = node.data().role == Role::Item && !props;
    let has_comment = end_with_comment(tree, span.end) > span.end;
    if node.style() != Style::Block && (separate || inline) && has_comment {
        // The line has its comment already.
        lines[0].comment.clear();
    }
    let lines: Vec<String> = lines.into_iter().map(render::Line::whole).collect();
    if node.style() == Style::Block {
        // The old collection's lines are the place of the new one's.
        let whole = is_first_on_line(tree, span.start);
        let from = if whole { line_start(tree, span.start) } else { span.start };
        let text = lines.join(eol);
        let text = if whole { text } else { text[start..].to_owned() };
        splices.replace(node, Span { start: from, end: with_last_comment(node).end }, text);
        return Ok(());
    }
    if separate || inline {
        let from = if separate { line_start(tree, span.start) } else { span.start };
        let first = if separate { &lines[0] } else { &lines[0][start..] };
        let space = if node.is_empty() { " " } else { "" };
        splices.replace(node, Span { start: from, end: span.end }, format!("{space}{first}"));
    } else {
        let rest = line_end(tree.text(), span.end);
        let blank = tree.text()[span.end..rest].trim().is_empty();
        let end = if blank { rest } else { span.end };
        let note = comment.filter(|_| blank).map(|it| format!(" # {}", one_line(it)));
        let head = Span { start: head_end(node), end };
        splices.replace(node, head, note.unwrap_or_default());
    }
    let below = if separate || inline { &lines[1..] } else { &lines[..] };
    if !below.is_empty() {
        splices.insert_lines(node, next_line_start(tree, span.end), below, eol);
    }
    Ok(())
}

/// The column of a new block collection in the place of a node.
fn place(node: Node<'_>, parent: Node<'_>, entries: &[Entry<'_>], look: &Look) -> usize {
    let tree = node.tree();
    let outer = column(tree, parent.span().start);
    let sequence = entries.first().is_some_and(|it| it.key.is_none());
    let same_kind = match node.kind() {
        Kind::Mapping => !sequence,
        Kind::Sequence => sequence,
        Kind::Scalar | Kind::Alias => false,
    };
    if node.style() == Style::Block && (same_kind || parent.kind() == Kind::Sequence) {
        return column(tree, node.span().start);
    }
    match parent.kind() {
        Kind::Mapping => outer + if sequence { look.dash } else { look.step },
        Kind::Sequence | Kind::Scalar | Kind::Alias if node.is_empty() => outer + 2,
        Kind::Sequence | Kind::Scalar | Kind::Alias => {
            let start = node.full_span().start;
            let here = line_start(tree, start) == line_start(tree, node.data().indicator as usize);
            if here && node.data().props == NONE { column(tree, start) } else { outer + 2 }
        }
    }
}
