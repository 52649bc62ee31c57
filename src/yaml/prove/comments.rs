//! Whether all comments outside of removed values are still there, in order, and no others.

use foldhash::HashMap;

use super::wants::Wants;
use super::{ProofError, is};
use crate::yaml::Node;
use crate::yaml::change::{Action, Change, Data, Value};
use crate::yaml::lines::BOM;
use crate::yaml::remark::{is_banner, is_commented_out, names, words};
use crate::yaml::tree::{Comment, Kind, NONE, Span, Style, Tree};

/// Compares the comments of two texts.
pub(super) fn prove(
    old: &Tree,
    new: &Tree,
    wants: &Wants<'_>,
    changes: &[Change],
) -> Result<(), ProofError> {
    let removed = removed(old, wants);
    let mut removed = removed.iter().peekable();
    let mut kept = old.comments().filter(|it| {
        while removed.next_if(|span| span.end <= it.span.start).is_some() {}
        removed.peek().is_none_or(|span| it.span.start < span.start)
    });
    let mut next = kept.next();
    let mut written = written(changes);
    for comment in new.comments() {
        let text = slice(new, comment);
        if let Some(was) = next.filter(|it| slice(old, *it) == text) {
            let own_line = was.own_line;
            if own_line != comment.own_line {
                let message = "a comment moved to or from a line of its own".to_owned();
                return Err(ProofError { message, old: Some(was.span) });
            }
            next = kept.next();
        } else if let Some(count) = written.get_mut(text).filter(|it| **it > 0) {
            *count -= 1;
        } else {
            let message = format!("a comment that nobody asked for: {text}");
            return Err(ProofError { message, old: None });
        }
    }
    match next {
        Some(lost) => {
            Err(ProofError { message: "a comment is lost".to_owned(), old: Some(lost.span) })
        }
        None => Ok(()),
    }
}

fn slice(tree: &Tree, comment: Comment) -> &str {
    tree.text[comment.span.start..comment.span.end].trim_end()
}

/// The spans that go, in order, each with the comment behind its last line.
fn removed(tree: &Tree, wants: &Wants<'_>) -> Vec<Span> {
    let mut spans: Vec<Span> = wants
        .nodes()
        .filter_map(|(id, want)| {
            let node = Node { tree, id };
            let replaced = want.set.is_some_and(|data| !is(node, data));
            if want.gone {
                let unit = node.key().unwrap_or(node);
                let start = unit.full_span().start;
                let indicator = unit.data().indicator;
                let start = if indicator == NONE { start } else { start.min(indicator as usize) };
                let end = node.span().end.max(unit.span().end);
                let span = with_trailing_comment(tree, start, end);
                let start = heading(tree, wants, (node, start)).unwrap_or(start);
                Some(Span { start, ..span })
            } else if replaced && node.style() == Style::Block {
                let span = node.span();
                Some(with_trailing_comment(tree, span.start, span.end))
            } else {
                replaced.then(|| node.span())
            }
        })
        .collect();
    spans.sort_by_key(|it| (it.start, it.end));
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// Where the comment begins that is right above something that goes and about nothing else: at its column, neither a
/// frame nor commented out, and either with nothing but what goes below it, or naming this and nothing that stays below.
fn heading(tree: &Tree, wants: &Wants<'_>, (node, start): (Node<'_>, usize)) -> Option<usize> {
    let parent = node.parent().filter(|it| it.style() == Style::Block)?;
    let place = tree.position(start);
    let line = tree.line_span(place.line);
    let before = tree.text[line.start..start].trim_start_matches(BOM);
    if !before.trim().is_empty()
        || parent.parent().is_none() && parent.id + 1 >= node.key().unwrap_or(node).id
    {
        return None;
    }
    let above = tree.comments.partition_point(|it| it.span.start < line.start);
    let mut found = None;
    for (count, comment) in tree.comments[..above].iter().rev().enumerate() {
        let at = tree.position(comment.span.start);
        if !comment.own_line || at.line + count + 1 != place.line || at.column != place.column {
            break;
        }
        let text = words(tree, *comment);
        if is_banner(text) || is_commented_out(text) {
            return None;
        }
        found = Some(comment.span.start);
    }
    let found = found?;
    // A blank line above makes it the head of all up to the next one, else it ends at the next comment.
    let top = tree.position(found).line;
    let over = tree.line_span(top - 1);
    let section = top > 1 && tree.text[over.start..over.end].trim().is_empty();
    let reach = if section { Reach::Section } else { Reach::Comment };
    let reached = reached(parent, node, reach);
    let gone = |it: Node<'_>| wants.of(it).is_some_and(|it| it.gone);
    let named = |it: Node<'_>| names(&tree.text[found..line.start], it.key().unwrap_or(it));
    let alone = || named(node) && reached.iter().all(|it| gone(it.0) || !named(it.0));
    let all = || reached.iter().all(|(it, off)| gone(*it) && !off);
    (all() || alone()).then_some(found)
}

/// How far a comment may reach.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// To the next comment.
    Comment,
    /// To the next blank line.
    Section,
}

/// A node and those of its siblings below it that the comment above it may be about, each with whether something is
/// commented out right below it.
fn reached<'t>(parent: Node<'t>, node: Node<'t>, reach: Reach) -> Vec<(Node<'t>, bool)> {
    let tree = node.tree();
    let begins = |it: Node<'_>| {
        let start = it.full_span().start;
        let indicator = it.data().indicator;
        if indicator == NONE { start } else { start.min(indicator as usize) }
    };
    let mut all = Vec::new();
    let mut next = Some(node);
    while let Some(last) = next {
        let end = last.span().end.max(last.key().map_or(0, |it| it.span().end));
        let below = tree.position(end).line + 1;
        let from = tree.comments.partition_point(|it| it.span.start < tree.line_span(below).start);
        let comments = tree.comments[from..].iter().filter(|it| it.own_line);
        let mut lines = below..;
        let directly = |it: &&Comment| lines.next() == Some(tree.position(it.span.start).line);
        let comments: Vec<&Comment> = comments.take_while(directly).collect();
        let read = if reach == Reach::Section { usize::MAX } else { 1 };
        let off = |it: &&Comment| is_commented_out(words(tree, **it));
        all.push((last, comments.iter().take(read).any(off)));
        if !comments.is_empty() && reach == Reach::Comment {
            break;
        }
        // The next of the siblings follows the last node of this one.
        let sibling = (last.data().skip < parent.data().skip).then(|| last.at(last.data().skip));
        let line = below + comments.len();
        next = sibling
            .filter(|it| tree.position(begins(*it)).line == line)
            .map(|it| if parent.kind() == Kind::Mapping { it.at(it.data().skip) } else { it });
    }
    all
}

/// A span, with the comment after it if that follows only blanks and one comma on its line.
fn with_trailing_comment(tree: &Tree, start: usize, end: usize) -> Span {
    let rest = tree.text[end..].split(['\n', '\r']).next().unwrap_or_default();
    let blanks = |it: &str| it.len() - it.trim_start_matches([' ', '\t']).len();
    let mut at = blanks(rest);
    if rest[at..].starts_with(',') {
        at += 1;
        at += blanks(&rest[at..]);
    }
    let end = if rest[at..].starts_with('#') { end + rest.len() } else { end };
    Span { start, end }
}

/// How often each comment may be new.
fn written(changes: &[Change]) -> HashMap<String, usize> {
    let mut found = HashMap::default();
    for change in changes {
        match &change.action {
            Action::Ensure(value) | Action::Append(value) | Action::Replace(value) => {
                gather(value, &mut found);
            }
            Action::Remove => (),
        }
    }
    found
}

fn gather(value: &Value, found: &mut HashMap<String, usize>) {
    if let Some(text) = &value.comment {
        let line: String = text
            .chars()
            .map(|it| match it {
                '\u{2028}' | '\u{2029}' | '\u{feff}' => ' ',
                it if it.is_control() => ' ',
                it => it,
            })
            .collect();
        *found.entry(format!("# {line}").trim_end().to_owned()).or_insert(0) += 1;
    }
    match &value.data {
        Data::Seq(items) => items.iter().for_each(|it| gather(it, found)),
        Data::Map(entries) => entries.iter().for_each(|(_, it)| gather(it, found)),
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Str(_) | Data::Written(_) => (),
    }
}
