//! Pieces of text to take out and to put in, and the new text they make.

use super::blank::{Blank, Follows, block_scalar};
use super::refusal::{EditError, Refusal};
use super::replacement::{Replacement, between};
use crate::yaml::Node;
use crate::yaml::lines::BOM;
use crate::yaml::locate::line_end;
use crate::yaml::tree::{Comment, Span, Tree};

/// One replacement of bytes.
struct Splice {
    span: Span,
    text: String,
    /// The node it is for: at one place, inner nodes come first.
    node: u32,
    form: Form,
}

/// What a splice is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Bytes anywhere.
    Bytes,
    /// Whole lines come, which begin at the start of a line.
    LinesCome,
    /// The whole lines of an entry or item go.
    LinesGo,
}

/// All replacements of an edit.
pub(super) struct Splices<'t> {
    tree: &'t Tree,
    all: Vec<Splice>,
}

impl<'t> Splices<'t> {
    pub(super) fn new(tree: &'t Tree) -> Splices<'t> {
        Splices { tree, all: Vec::new() }
    }

    /// All of them together.
    pub(super) fn join(tree: &'t Tree, parts: Vec<Splices<'t>>) -> Splices<'t> {
        Splices { tree, all: parts.into_iter().flat_map(|it| it.all).collect() }
    }

    /// Puts text at a byte.
    pub(super) fn insert(&mut self, node: Node<'_>, at: usize, text: String) {
        self.all.push(Splice {
            span: Span { start: at, end: at },
            text,
            node: node.id,
            form: Form::Bytes,
        });
    }

    /// Puts whole lines at the start of a line, or at the end of the text.
    pub(super) fn insert_lines(&mut self, node: Node<'_>, at: usize, lines: &[String], eol: &str) {
        let mut text = lines.join(eol);
        text.push_str(eol);
        self.all.push(Splice {
            span: Span { start: at, end: at },
            text,
            node: node.id,
            form: Form::LinesCome,
        });
    }

    /// Puts text in the place of bytes.
    pub(super) fn replace(&mut self, node: Node<'_>, span: Span, text: String) {
        self.all.push(Splice { span, text, node: node.id, form: Form::Bytes });
    }

    /// Takes bytes out.
    pub(super) fn delete(&mut self, node: Node<'_>, span: Span) {
        if span.start < span.end {
            self.replace(node, span, String::new());
        }
    }

    /// Takes out the whole lines of an entry or item, and the blank lines that separated nothing but it.
    pub(super) fn delete_lines(&mut self, node: Node<'_>, span: Span) {
        self.all.push(Splice { span, text: String::new(), node: node.id, form: Form::LinesGo });
    }

    /// The new text.
    pub(super) fn assemble(self) -> Result<String, Vec<EditError>> {
        let all = Span { start: 0, end: self.tree.text().len() };
        self.assemble_within(all)
    }

    /// What makes the new text of the old one; what is far from it is not looked at.
    pub(super) fn replacements(self) -> Result<Vec<Replacement>, Vec<EditError>> {
        let Some(within) = self.surroundings() else { return Ok(Vec::new()) };
        let old = &self.tree.text()[within.start..within.end];
        let new = self.assemble_within(within)?;
        Ok(between(old, &new, within.start))
    }

    /// All lines that the splices touch, with the blank lines around them and a line beyond those.
    fn surroundings(&self) -> Option<Span> {
        let start = self.all.iter().map(|it| it.span.start).min()?;
        let end = self.all.iter().map(|it| it.span.end).max()?;
        let tree = self.tree;
        let is_blank = |line: usize| {
            let span = tree.lines.span(line, &tree.text);
            tree.text[span.start..span.end].trim().is_empty()
        };
        let (mut first, mut last) = (tree.lines.line(start), tree.lines.line(end));
        while first > 0 && is_blank(first - 1) {
            first -= 1;
        }
        while last + 1 < tree.line_count() && is_blank(last + 1) {
            last += 1;
        }
        let first = first.saturating_sub(1);
        Some(Span {
            start: tree.lines.start(first, &tree.text),
            end: tree.lines.start(last + 2, &tree.text),
        })
    }

    /// The new text of a stretch of whole lines in which all splices are.
    fn assemble_within(mut self, within: Span) -> Result<String, Vec<EditError>> {
        let mut errors = Vec::new();
        let old = self.tree.text();
        self.all.sort_by_key(|it| (it.span.start, it.span.end > it.span.start, u32::MAX - it.node));
        let mut new = String::with_capacity(within.end - within.start + 64 * self.all.len());
        let mut at = within.start;
        let mut blank = Blank::default();
        for (number, splice) in self.all.iter().enumerate() {
            if splice.span.start < at {
                let message = "two changes touch the same bytes".to_owned();
                errors.push(EditError { refusal: Refusal::Conflict, message, span: splice.span });
                continue;
            }
            blank.enter(self.tree, at, splice.span, splice.form);
            new.push_str(&old[at..splice.span.start]);
            if splice.form == Form::LinesCome
                && !new.is_empty()
                && !new.ends_with(['\n', '\u{feff}'])
            {
                new.push_str(if splice.text.ends_with("\r\n") { "\r\n" } else { "\n" });
            }
            new.push_str(&splice.text);
            at = splice.span.end;
            let next = self.all.get(number + 1).map(|it| it.span.start);
            if splice.form == Form::LinesGo && next.is_none_or(|it| it > at) {
                let follows = if next.is_some() { Follows::Text } else { Follows::End };
                at += blank.close(&mut new, &old[at..next.unwrap_or(old.len())], follows);
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        new.push_str(old.get(at..within.end).unwrap_or_default());
        if within.end == old.len()
            && !old.ends_with('\n')
            && new.ends_with('\n')
            && !self.ends_in_block_scalar(&blank)
        {
            new.truncate(new.len() - if new.ends_with("\r\n") { 2 } else { 1 });
        }
        Ok(new)
    }

    /// Whether the last node that stays is a block scalar, whose last line break is its own.
    fn ends_in_block_scalar(&self, blank: &Blank) -> bool {
        let Some(last) = self.all.last() else { return false };
        last.span.end == self.tree.text().len()
            && match last.form {
                Form::LinesCome => false,
                Form::LinesGo => blank.is_behind_scalar(),
                Form::Bytes => block_scalar(self.tree, last.span.start).is_some(),
            }
    }
}

/// The start of the line that a byte is on.
pub(super) fn line_start(tree: &Tree, at: usize) -> usize {
    tree.lines.start(tree.lines.line(at), &tree.text)
}

/// The start of the line after the one that a byte is on, or the end of the text.
pub(super) fn next_line_start(tree: &Tree, at: usize) -> usize {
    tree.lines.start(tree.lines.line(at) + 1, &tree.text)
}

/// The column of a byte in characters, from zero.
pub(super) fn column(tree: &Tree, at: usize) -> usize {
    tree.text[line_start(tree, at)..at].chars().count()
}

/// Whether only blanks stand before a byte on its line.
pub(super) fn is_first_on_line(tree: &Tree, at: usize) -> bool {
    let before = tree.text[..at].trim_end_matches([' ', '\t']);
    before.is_empty() || before.ends_with(['\n', '\r']) || before == BOM
}

/// The end of the comment that follows on the same line, or the byte itself.
pub(super) fn end_with_comment(tree: &Tree, at: usize) -> usize {
    let rest = tree.text[at..].trim_start_matches([' ', '\t']);
    if rest.starts_with('#') { line_end(&tree.text, at) } else { at }
}

/// The comments inside a span.
pub(super) fn comments(tree: &Tree, span: Span) -> &[Comment] {
    let from = tree.comments.partition_point(|it| it.span.start < span.start);
    let count = tree.comments[from..].partition_point(|it| it.span.start < span.end);
    &tree.comments[from..from + count]
}

/// The line terminator of the line that a byte is on, else of the line before it.
pub(super) fn eol(tree: &Tree, at: usize) -> &'static str {
    let line = tree.lines.line(at);
    for line in [line, line.saturating_sub(1)] {
        let end = tree.lines.span(line, &tree.text).end;
        match &tree.text.as_bytes()[end..] {
            [b'\r', b'\n', ..] => return "\r\n",
            [b'\n', ..] => return "\n",
            _ => (),
        }
    }
    "\n"
}
