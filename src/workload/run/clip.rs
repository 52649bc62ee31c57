//! A stretch of a file as its reader has it: without what is for another reader, and with the way back.

use crate::yaml::Span;

/// A text made of stretches of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Clip {
    pub(super) text: String,
    /// Where stretches begin: here, and in the file.
    starts: Vec<(usize, usize)>,
    /// Where variables stand that were put in before any quote was read.
    unknown: Vec<usize>,
}

impl Clip {
    /// The whole of a file.
    pub(super) fn whole(text: &str) -> Clip {
        Clip { text: text.to_owned(), starts: vec![(0, 0)], unknown: Vec::new() }
    }

    /// Adds a stretch of the file that begins at a byte of it.
    pub(super) fn push(&mut self, text: &str, at: usize) {
        if !text.is_empty() {
            self.starts.push((self.text.len(), at));
            self.text.push_str(text);
        }
    }

    /// Says that a variable comes next whose value is put in before any quote is read.
    pub(super) fn put_in(&mut self) {
        self.unknown.push(self.text.len());
    }

    /// Whether such a variable stands at a byte of the text.
    pub(super) fn is_unknown(&self, at: usize) -> bool {
        self.unknown.binary_search(&at).is_ok()
    }

    /// The byte of the file that a byte of the text is.
    pub(super) fn at(&self, offset: usize) -> usize {
        let before = self.starts.partition_point(|it| it.0 <= offset);
        let (here, there) = before.checked_sub(1).map_or((0, 0), |it| self.starts[it]);
        there + offset - here
    }

    /// The bytes of the file that a stretch of the text is; what was left out inside counts.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let from = self.at(start);
        Span { start: from, end: if end > start { self.at(end - 1) + 1 } else { from } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_counts_in_the_file_alone() {
        let mut clip = Clip::default();
        clip.push("run $", 10);
        clip.push("X web", 16);
        assert_eq!(clip.text, "run $X web");
        assert_eq!(clip.span(4, 6), Span { start: 14, end: 17 });
        assert_eq!(clip.span(7, 10), Span { start: 18, end: 21 });
    }
}
