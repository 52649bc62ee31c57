//! The comment above what goes: it goes along where it can be about nothing else.

use super::block::Unit;
use super::splice::{column, comments, is_first_on_line, line_start, next_line_start};
use crate::yaml::Node;
use crate::yaml::remark::{is_banner, is_commented_out, words};
use crate::yaml::tree::{Comment, Role, Span};

/// Where the lines begin that go with a unit: at the comment directly above it at its column, if all that stands right
/// below it goes. A comment over a whole file, one that frames a section and what is commented out stay.
pub(super) fn start_with_comment(node: Node<'_>, units: &[Unit], at: usize) -> usize {
    let tree = node.tree();
    let start = line_start(tree, units[at].start);
    let whole_file = at == 0 && node.data().role == Role::Root;
    if whole_file || !is_first_on_line(tree, units[at].start) {
        return start;
    }
    let own = column(tree, units[at].start);
    let mut first = start;
    let mut above = first;
    while above > 0 {
        above = line_start(tree, first - 1);
        let comment = comment_on_line(node, above);
        let Some(comment) = comment.filter(|it| column(tree, it.span.start) == own) else { break };
        let text = words(tree, comment);
        if is_banner(text) || is_commented_out(text) {
            return start;
        }
        first = above;
    }
    let blank = first > 0 && tree.text()[above..first].trim().is_empty();
    let reach = if blank { Reach::Blank } else { Reach::Comment };
    if first < start && only_gone_below(node, &units[at..], reach) { first } else { start }
}

/// The comment that has the line that begins here for itself.
fn comment_on_line(node: Node<'_>, start: usize) -> Option<Comment> {
    let tree = node.tree();
    let end = next_line_start(tree, start);
    let comment = comments(tree, Span { start, end }).first().copied()?;
    comment.own_line.then_some(comment)
}

/// How far a comment may reach.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// To the next comment.
    Comment,
    /// To the next blank line, over comments of single entries: it may head a section.
    Blank,
}

/// Whether the units that the comment above the first of them may be about all go, and nothing commented out is there.
fn only_gone_below(node: Node<'_>, units: &[Unit], reach: Reach) -> bool {
    let tree = node.tree();
    for (at, unit) in units.iter().enumerate() {
        if !unit.gone {
            return false;
        }
        let mut below = next_line_start(tree, unit.end);
        while let Some(comment) = comment_on_line(node, below) {
            if is_commented_out(words(tree, comment)) {
                return false;
            }
            if reach == Reach::Comment {
                return true;
            }
            below = next_line_start(tree, below);
        }
        if units.get(at + 1).is_none_or(|it| line_start(tree, it.start) != below) {
            break;
        }
    }
    true
}
