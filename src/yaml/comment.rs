//! A comment on a line of its own above another line, and the proof that nothing else is new.

use super::node::Node;
use super::prove::{ProofError, disagreement};
use super::tree::{Comment, Kind, NONE, Raw, Span, Style, Tree};

/// Why a comment cannot stand where it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentError {
    /// The reason for people: lower case, without the place.
    pub message: &'static str,
}

/// The text with a comment above the line of a byte, indented as that line is.
///
/// # Errors
/// A place where the comment would be text or is no YAML of every reader, and a comment of several lines.
pub fn comment_above(tree: &Tree, offset: usize, comment: &str) -> Result<String, CommentError> {
    let refuse = |message| Err(CommentError { message });
    if !comment.starts_with('#') || comment.chars().any(|it| breaks(it) || it.is_control()) {
        return refuse("a comment is one line that starts with #");
    }
    if tree.editable().is_err() {
        return refuse("what YAML readers read differently is not edited");
    }
    let line = tree.line_span(tree.position(offset).line);
    // What is in brackets as a whole may be read as JSON, which knows no comments.
    let touches = |it: &Node<'_>| it.span().start <= line.end && line.start <= it.span().end;
    if tree.documents().filter(touches).any(|it| it.style() == Style::Flow) {
        return refuse("JSON takes no comments");
    }
    let inside = |it: &Raw| (it.full as usize) < line.start && line.start < it.end as usize;
    for raw in tree.nodes.iter().filter(|it| inside(it)) {
        match (raw.kind, raw.style) {
            (Kind::Mapping | Kind::Sequence, Style::Flow) => {
                return refuse("no comment is put into brackets and braces");
            }
            (Kind::Scalar, _) => return refuse("the line is in the middle of a text"),
            (Kind::Mapping | Kind::Sequence | Kind::Alias, _) => (),
        }
    }
    let text = tree.text();
    let body = &text[line.start..line.end];
    let indent = &body[..body.len() - body.trim_start_matches([' ', '\t']).len()];
    let (before, after) = text.split_at(line.start);
    Ok(format!("{before}{indent}{comment}{}{after}", line_end(text, line)))
}

/// Line ends that YAML 1.1 readers know beside the usual ones.
fn breaks(it: char) -> bool {
    matches!(it, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// How the line ends, or where it does not, the one before it.
fn line_end(text: &str, line: Span) -> &'static str {
    let before = &text[..line.start];
    for rest in [&text[line.end..], &before[before.trim_end_matches(['\r', '\n']).len()..]] {
        let ends = ["\r\n", "\n", "\r"];
        if let Some(end) = ends.into_iter().find(|it| rest.starts_with(it)) {
            return end;
        }
    }
    "\n"
}

/// Whether the new tree is the old one with this comment on a line of its own and nothing else.
///
/// # Errors
/// The first difference that is not the comment's.
pub fn prove_comment(old: &Tree, new: &Tree, comment: &str) -> Result<(), ProofError> {
    let wrong = |message: &str| Err(ProofError { message: message.to_owned(), old: None });
    old.referee().and_then(|()| new.referee()).map_err(|_| disagreement(None))?;
    let Some(added) = added(old, new) else {
        return wrong("the new text does not have one comment more");
    };
    if !added.own_line || &new.text()[added.span.start..added.span.end] != comment {
        return wrong("the new comment is not the one that was wanted");
    }
    let line = new.position(added.span.start).line;
    let cut = Span { start: new.line_span(line).start, end: new.line_span(line + 1).start };
    let rest = [&new.text()[..cut.start], &new.text()[cut.end..]];
    let same = old.text().len() == rest[0].len() + rest[1].len()
        && old.text().starts_with(rest[0])
        && old.text().ends_with(rest[1]);
    if !same {
        return wrong("more than the comment's line is new");
    }
    let shifted = |at: u32| at + (cut.end - cut.start) as u32 * u32::from(at as usize >= cut.start);
    let alike = old.nodes.len() == new.nodes.len()
        && old.nodes.iter().zip(&new.nodes).all(|(it, new)| is_same(it, new, shifted))
        && old.pool == new.pool
        && old.roots == new.roots;
    if alike { Ok(()) } else { wrong("the comment changes what the text says") }
}

/// The comment that only the new text has, if all others are the same, in order.
fn added(old: &Tree, new: &Tree) -> Option<Comment> {
    if old.comments.len() + 1 != new.comments.len() {
        return None;
    }
    let text = |tree: &Tree, it: &Comment| tree.text()[it.span.start..it.span.end].to_owned();
    let mut olds = old.comments.iter().peekable();
    let mut added = None;
    for it in &new.comments {
        match olds.peek() {
            Some(next) if text(old, next) == text(new, it) => {
                olds.next();
            }
            // Of two comments alike in a row, either may be the new one: the last is as good.
            _ if added.is_none() => added = Some(*it),
            _ => return None,
        }
    }
    added
}

/// Whether a node is the same but for its place; a text that ends at the new line stays where it ends.
fn is_same(old: &Raw, new: &Raw, shifted: impl Fn(u32) -> u32) -> bool {
    let same = |old: u32, new: u32| old == NONE && new == NONE || shifted(old) == new;
    let ends = |old: u32, new: u32| old == new || same(old, new);
    (old.kind, old.style, old.role, old.parent, old.skip, old.place, old.text, old.props)
        == (new.kind, new.style, new.role, new.parent, new.skip, new.place, new.text, new.props)
        && same(old.indicator, new.indicator)
        && if old.start == old.end {
            ends(old.full, new.full) && ends(old.start, new.start) && new.start == new.end
        } else {
            same(old.full, new.full) && same(old.start, new.start) && ends(old.end, new.end)
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIVER: &str = "# casehard: allow privileged -- agent";

    #[track_caller]
    fn check(text: &str, at: &str, expected: &str) {
        let tree = Tree::parse(text).unwrap();
        let new = comment_above(&tree, text.find(at).unwrap(), WAIVER).unwrap();
        assert_eq!(new, expected.replace("#W", WAIVER));
        prove_comment(&tree, &Tree::parse(new).unwrap(), WAIVER).unwrap();
    }

    #[track_caller]
    fn refused(text: &str, at: &str, why: &str) {
        let tree = Tree::parse(text).unwrap();
        let error = comment_above(&tree, text.find(at).unwrap(), WAIVER).unwrap_err();
        assert!(error.message.contains(why), "{}", error.message);
    }

    #[test]
    fn a_comment_is_indented_as_the_line_below() {
        check("a:\n  b: 1\n  c: 2 # x\n", "c", "a:\n  b: 1\n  #W\n  c: 2 # x\n");
        check("a:\n- b\n- c: 1\n  d: 2\n", "1", "a:\n- b\n#W\n- c: 1\n  d: 2\n");
        check("a: {b: 1}\n", "1", "#W\na: {b: 1}\n");
        check("---\na: 1\n--- !x b\n", "b", "---\na: 1\n#W\n--- !x b\n");
    }

    #[test]
    fn the_line_ending_is_the_neighbours() {
        check("a: 1\r\nb: 2", "b", "a: 1\r\n#W\r\nb: 2");
        check("a: 1\r\nb: 2\n", "b", "a: 1\r\n#W\nb: 2\n");
        check("\u{feff}a: 1", "a", "\u{feff}#W\na: 1");
    }

    #[test]
    fn texts_above_stay_as_they_are() {
        check("a: |+\n  x\n\nb: 2\n", "b", "a: |+\n  x\n\n#W\nb: 2\n");
        check("a: x\n  y\nb: 2\n", "b", "a: x\n  y\n#W\nb: 2\n");
        check("a:\n  b:\n  c: 2\n", "c", "a:\n  b:\n  #W\n  c: 2\n");
        check("# one\n# two\nb: 2\n", "b:", "# one\n# two\n#W\nb: 2\n");
    }

    #[test]
    fn texts_and_brackets_take_no_comment() {
        refused("{\n  \"a\": 1\n}\n", "1", "JSON");
        refused("{\"a\": 1}\n", "1", "JSON");
        refused("a: [b,\n  c]\n", "c", "brackets");
        refused("a: x\n  y\n", "y", "text");
        refused("a: |\n  x\n  y\n", "y", "text");
    }

    #[test]
    fn a_line_feed_in_a_comment_is_refused() {
        let tree = Tree::parse("a: 1\n").unwrap();
        assert!(comment_above(&tree, 0, "# a\nb: 2").is_err());
        assert!(comment_above(&tree, 0, "no comment").is_err());
    }

    #[test]
    fn whatever_else_is_new_is_seen() {
        let wrong = |old: &str, new: &str| {
            let (old, new) = (Tree::parse(old).unwrap(), Tree::parse(new).unwrap());
            assert!(prove_comment(&old, &new, "# x").is_err());
        };
        wrong("a: 1\n", "# x\na: 2\n");
        wrong("a: 1\n", "# y\na: 1\n");
        wrong("a: 1\n", "a: 1\n");
        wrong("a: 1\n", "a: 1 # x\n");
        wrong("a: |\n  y\n", "a: |\n  y\n  # x\n");
        wrong("a: 1\n", "# x\n# x\na: 1\n");
    }
}
