//! Whether what stands between the values is as it was: blanks, line ends, indicators, comments.
//!
//! The values that both texts have are visited in order. Between two neighbours the new text has what the old one had, to
//! the byte; where something was added all of it is there, in order; only where a value went may anything be missing.

use super::ProofError;
use crate::yaml::tree::{Span, Tree};

/// What happened between two values that both texts have.
#[derive(Default)]
enum Between {
    #[default]
    Nothing,
    /// The new text has values there that the old one has not, with so many line ends; in brackets there may be more.
    Added { lines: usize, more: bool },
    /// The old text has a value there that the new one has not.
    Gone,
}

/// How far both texts have been compared.
pub(super) struct Gaps<'t, 'n> {
    old: &'t Tree,
    new: &'n Tree,
    /// The ends of the last value that both have.
    ends: (usize, usize),
    between: Between,
}

impl<'t, 'n> Gaps<'t, 'n> {
    pub(super) fn new(old: &'t Tree, new: &'n Tree) -> Gaps<'t, 'n> {
        Gaps { old, new, ends: (0, 0), between: Between::Nothing }
    }

    /// Comes to what was removed or written anew.
    pub(super) fn lose(&mut self) {
        self.between = Between::Gone;
    }

    /// Comes to what was added: with a line of its own for each entry, or in brackets or on the line of what it completes.
    pub(super) fn add(&mut self, entry: Span, own_line: bool) {
        let added = line_ends(&self.new.text.as_bytes()[entry.start..entry.end]);
        let added = added + usize::from(own_line);
        match &mut self.between {
            Between::Nothing => self.between = Between::Added { lines: added, more: !own_line },
            Between::Added { lines, more } => {
                (*lines, *more) = (*lines + added, *more || !own_line);
            }
            Between::Gone => (),
        }
    }

    /// Comes to the place of a comment that may be new.
    pub(super) fn remark(&mut self) {
        self.between = Between::Added { lines: 0, more: false };
    }

    /// Comes to a value that both texts have.
    pub(super) fn keep(&mut self, old: Span, new: Span) -> Result<(), ProofError> {
        let gap = Span { start: self.ends.0, end: old.start };
        let was = self.old.text.as_bytes().get(gap.start..gap.end);
        let now = self.new.text.as_bytes().get(self.ends.1..new.start);
        self.ends = (old.end, new.end);
        let right = match (std::mem::take(&mut self.between), was, now) {
            (Between::Nothing, was, now) => was == now,
            (Between::Added { lines, more }, Some(was), Some(now)) => {
                let (all, found) = (line_ends(was) + lines, line_ends(now));
                are_within(was, now) && (found == all || more && found > all)
            }
            (Between::Added { .. }, ..) => false,
            (Between::Gone, ..) => true,
        };
        let message = || "what stands between two values changed".to_owned();
        if right { Ok(()) } else { Err(ProofError { message: message(), old: Some(gap) }) }
    }

    /// Comes to the end of both texts.
    pub(super) fn finish(&mut self) -> Result<(), ProofError> {
        let (mut old, new) = (self.old.text.len(), self.new.text.len());
        if matches!(self.between, Between::Added { .. }) {
            // The last line ends here, so that blanks at its end may go.
            old = self.old.text.trim_end_matches([' ', '\t']).len().max(self.ends.0);
        }
        self.keep(Span { start: old, end: old }, Span { start: new, end: new })
    }
}

/// Whether bytes are among others in the same order; blanks at the end of a line may go where something was added.
fn are_within(old: &[u8], new: &[u8]) -> bool {
    let mut rest = new.iter();
    let solid = |line: &[u8]| line.trim_ascii_end().len();
    old.split_inclusive(|it| *it == b'\n').all(|line| {
        let end = line.iter().rposition(|it| !matches!(it, b'\r' | b'\n')).map_or(0, |it| it + 1);
        let (text, line_end) = line.split_at(end);
        let text = &text[..if line_end.is_empty() { end } else { solid(text) }];
        text.iter().chain(line_end).all(|byte| rest.any(|it| it == byte))
    })
}

fn line_ends(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_leave_the_old_bytes_in_order() {
        let within = |old: &str, new: &str| are_within(old.as_bytes(), new.as_bytes());
        assert!(within("]\n  ", ", c]\n    x: 1\n  "));
        assert!(within(" # c\n\nb", " # c\n  x: 1\n\nb"));
        assert!(within(" # c\n# d\n\n", " # c\n  x: 1\n# d\ny: 2\n\n"));
        assert!(within(": \r\n", ":\r\n  - x\r\n"));
        assert!(!within("\n\n", "\n"));
        assert!(!within(" # c\n", "\n  x: 1\n"));
        assert!(!within("\n  # a\n  # b\n", "\n  # b\n  # a\n"));
        assert!(!within("\n  ", "\n x:"));
    }
}
