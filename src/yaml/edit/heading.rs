//! The comment above what goes: it goes along where it can be about nothing else.

use super::block::Unit;
use super::splice::{column, comments, is_first_on_line, line_start, next_line_start};
use crate::yaml::Node;
use crate::yaml::remark::{is_banner, is_commented_out, names, words};
use crate::yaml::tree::{Comment, Role, Span};

/// Where the lines begin that go with a unit: at the comment directly above it at its column, if it names the unit and
/// nothing that stays below it, or if all that stands right below it goes. A comment over a whole file, one that frames a
/// section and what is commented out stay.
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
    let below = Below { node, units: &units[at..], reach };
    let goes = || below.all_goes() || below.first_alone_is_named(&tree.text()[first..start]);
    if first < start && goes() { first } else { start }
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

/// The units below a comment, as far as it may be about them.
#[derive(Clone, Copy)]
struct Below<'t, 'u> {
    node: Node<'t>,
    units: &'u [Unit],
    reach: Reach,
}

impl Below<'_, '_> {
    /// The units with the comments below each, until one is none of them any more.
    fn reached(self) -> impl Iterator<Item = (Unit, Vec<Comment>)> {
        let tree = self.node.tree();
        let mut open = true;
        self.units.iter().enumerate().map_while(move |(at, unit)| {
            if !open {
                return None;
            }
            let mut below = next_line_start(tree, unit.end);
            let mut comments = Vec::new();
            while let Some(comment) = comment_on_line(self.node, below) {
                comments.push(comment);
                below = next_line_start(tree, below);
            }
            let next = self.units.get(at + 1).map(|it| line_start(tree, it.start));
            open = next == Some(below) && (self.reach == Reach::Blank || comments.is_empty());
            Some((*unit, comments))
        })
    }

    /// Whether the units all go, and nothing commented out is there.
    fn all_goes(self) -> bool {
        let tree = self.node.tree();
        let off = |it: &Comment| is_commented_out(words(tree, *it));
        self.reached().all(|(unit, below)| {
            let mut below = below.iter();
            unit.gone
                && match self.reach {
                    Reach::Comment => below.next().is_none_or(|it| !off(it)),
                    Reach::Blank => !below.any(off),
                }
        })
    }

    /// Whether words name the first of the units and none that stays.
    fn first_alone_is_named(self, words: &str) -> bool {
        let is_named = |it: Unit| names(words, self.node.at(it.node));
        is_named(self.units[0])
            && self.reached().skip(1).all(|(unit, _)| unit.gone || !is_named(unit))
    }
}
