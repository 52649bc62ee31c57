//! Blank lines around what goes: where they stood on both sides, one side separates what is left.

use super::splice::Form;
use crate::yaml::tree::{Raw, Span, Style, Tree};

/// The blank lines around removals, while a text is put together.
#[derive(Default)]
pub(super) struct Blank {
    /// Whether what went last was whole lines.
    removed: bool,
    before: Before,
}

/// What stands before a removal and the blank lines in front of it.
#[derive(Default)]
enum Before {
    #[default]
    Other,
    /// A block scalar: a line of blanks can be a line of it.
    Scalar,
    /// A block scalar to which all blank lines after it belong.
    Keeping,
}

impl Blank {
    /// Comes to a splice; `from` is where the one before it ended.
    pub(super) fn enter(&mut self, tree: &Tree, from: usize, splice: Span, form: Form) {
        let removes = form == Form::LinesGo;
        let chained = self.removed && tree.text()[from..splice.start].trim().is_empty();
        if removes && !chained {
            let scalar = block_scalar(tree, splice.start);
            self.before = match scalar {
                None => Before::Other,
                Some(it) if keeps_blank_lines(tree, it) => Before::Keeping,
                Some(_) => Before::Scalar,
            };
        }
        self.removed = removes;
    }

    /// Whether a block scalar stands before the removals that came last.
    pub(super) fn is_behind_scalar(&self) -> bool {
        !matches!(self.before, Before::Other)
    }

    /// Takes the blank lines off one side of a removal that has them on both, the shorter side; at the end of the text
    /// those before it. Yields how much of the text that follows goes.
    pub(super) fn close(&self, new: &mut String, after: &str, follows: Follows) -> usize {
        let is_blank = |line: &str| match self.before {
            Before::Other => line.trim().is_empty(),
            Before::Scalar => line.trim_end_matches(['\r', '\n']).is_empty(),
            Before::Keeping => false,
        };
        let ends = follows == Follows::End;
        let is_line = |line: &&str| (ends || line.ends_with('\n')) && is_blank(line);
        let below = after.split_inclusive('\n').take_while(is_line);
        let (count, length) =
            below.fold((0, 0), |(count, length), it| (count + 1, length + it.len()));
        let at_end = ends && length == after.len();
        let wanted = if at_end { usize::MAX } else { count };
        let mut above = new.len();
        let mut found = 0;
        while found < wanted && new[..above].ends_with('\n') {
            let start = new[..above - 1].rfind('\n').map_or(0, |it| it + 1);
            if !is_blank(&new[start..above]) {
                break;
            }
            above = start;
            found += 1;
        }
        if at_end || found < count {
            new.truncate(above);
            return 0;
        }
        length
    }
}

/// What comes after a removal and the blank lines behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    Text,
    End,
}

/// The last node before a byte, if it is a block scalar.
pub(super) fn block_scalar(tree: &Tree, at: usize) -> Option<&Raw> {
    let before = tree.nodes.partition_point(|it| (it.full as usize) < at);
    let last = &tree.nodes[before.checked_sub(1)?];
    matches!(last.style, Style::Literal | Style::Folded).then_some(last)
}

/// Whether a block scalar owns all blank lines after it.
pub(super) fn keeps_blank_lines(tree: &Tree, scalar: &Raw) -> bool {
    let raw = &tree.text()[scalar.start as usize..scalar.end as usize];
    let header = raw.lines().next().unwrap_or_default();
    header.split('#').next().is_some_and(|it| it.contains('+'))
}
