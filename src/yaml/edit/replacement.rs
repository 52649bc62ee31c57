//! What becomes of a text, as bytes that take the place of others: for programs that apply a fix by themselves.

use similar::{DiffTag, TextDiff};

use crate::yaml::tree::Span;

/// Bytes of a text, and the text that takes their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The bytes that go; an empty span where text only comes.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// What makes one text of another, in the order of the bytes; none of them overlaps or touches another.
pub fn replacements(old: &str, new: &str) -> Vec<Replacement> {
    between(old, new, 0)
}

/// The same for a part of a text that begins at some byte.
pub(super) fn between(old: &str, new: &str, at: usize) -> Vec<Replacement> {
    let diff = TextDiff::from_lines(old, new);
    let starts = |lines: &mut dyn Iterator<Item = &str>| {
        let mut starts = vec![0];
        starts.extend(lines.scan(0, |sum, it| {
            *sum += it.len();
            Some(*sum)
        }));
        starts
    };
    let (olds, news) = (starts(&mut diff.iter_old_slices()), starts(&mut diff.iter_new_slices()));
    let changed = diff.ops().iter().filter(|it| it.tag() != DiffTag::Equal);
    let mut all: Vec<Replacement> = Vec::new();
    for op in changed {
        let (from, to) = (op.old_range(), op.new_range());
        let (gone, come) =
            (&old[olds[from.start]..olds[from.end]], &new[news[to.start]..news[to.end]]);
        let (before, after) = alike(gone, come);
        let span = Span { start: at + olds[from.start] + before, end: at + olds[from.end] - after };
        let text = &come[before..come.len() - after];
        match all.last_mut().filter(|it| it.span.end == span.start) {
            Some(last) => {
                last.span.end = span.end;
                last.text.push_str(text);
            }
            None => all.push(Replacement { span, text: text.to_owned() }),
        }
    }
    all
}

/// How many bytes two texts have in common at their beginning and, beyond that, at their end.
fn alike(one: &str, other: &str) -> (usize, usize) {
    let same = |pair: &(char, char)| pair.0 == pair.1;
    let length = |pair: (char, char)| pair.0.len_utf8();
    let before: usize = one.chars().zip(other.chars()).take_while(same).map(length).sum();
    let (one, other) = (&one[before..], &other[before..]);
    let after = one.chars().rev().zip(other.chars().rev()).take_while(same).map(length).sum();
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, expected: &[(usize, usize, &str)]) {
        let all = replacements(old, new);
        let seen: Vec<_> = all.iter().map(|it| (it.span.start, it.span.end, &*it.text)).collect();
        assert_eq!(seen, expected);
        let mut text = old.to_owned();
        for it in all.iter().rev() {
            text.replace_range(it.span.start..it.span.end, &it.text);
        }
        assert_eq!(text, new);
    }

    #[test]
    fn what_is_the_same_stays() {
        check("a: true\nb: 1\n", "a: false\nb: 1\n", &[(3, 6, "fals")]);
        check("a: é\nb: è\n", "a: è\nb: è\n", &[(3, 5, "è")]);
    }

    #[test]
    fn lines_come_and_go() {
        check("a: 1\nb: 2\n", "a: 1\nc: 3\nb: 2\n", &[(5, 5, "c: 3\n")]);
        check("a: 1\nb: 2\nc: 3\n", "a: 1\nc: 3\n", &[(5, 10, "")]);
        check("a: 1\n", "", &[(0, 5, "")]);
    }

    #[test]
    fn a_text_without_an_end_of_line_gets_one() {
        check("a: 1", "a: 1\nb: 2", &[(4, 4, "\nb: 2")]);
    }
}
