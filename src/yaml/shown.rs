//! A tree that stands for what another text says: its nodes are where that text says them.

use std::sync::{Arc, OnceLock};

use super::lines::Lines;
use super::tree::{Comment, INNER, Kind, RAW, Reader, Span, Tree};

impl Tree {
    /// Whether its nodes stand for another text.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// The same nodes with the same values over another text, which says what they say at these places: one for each
    /// node, in their order, from the root to the last leaf. Such a tree is read as any other and is not edited: that
    /// is done to the tree that it was made of.
    ///
    /// # Panics
    /// There is not one place for each node.
    #[must_use]
    pub fn shown(mut self, text: String, places: &[Span], comments: Vec<Comment>) -> Tree {
        assert_eq!(self.nodes.len(), places.len(), "every node has its place");
        for (raw, place) in self.nodes.iter_mut().zip(places) {
            let (start, end) = (raw.start as usize, raw.end as usize);
            let value = match (raw.kind, raw.text) {
                (Kind::Scalar, RAW) => Some(&self.text[start..end]),
                (Kind::Scalar, INNER) => Some(&self.text[start + 1..end - 1]),
                _ => None,
            };
            let pooled = value.map(Box::from).map(|value| {
                self.pool.push(value);
                self.pool.len() as u32 - 1
            });
            raw.text = pooled.unwrap_or(raw.text);
            (raw.start, raw.end) = (place.start as u32, place.end as u32);
            (raw.full, raw.indicator) = (raw.start, raw.start);
        }
        Tree {
            lines: Lines::new(&text),
            text: Arc::new(text),
            comments,
            reader: Reader::Scanner,
            verdict: OnceLock::from(Ok(())),
            keys: OnceLock::new(),
            merges: OnceLock::new(),
            is_shown: true,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_keep_their_values_and_stand_in_the_other_text() {
        let text = "run --privileged -u 0 web";
        let tree = Tree::parse("user: \"0\"\nprivileged: true\n").unwrap();
        let place = |word: &str| {
            let start = text.find(word).unwrap();
            Span { start, end: start + word.len() }
        };
        let all = Span { start: 0, end: text.len() };
        let flag = place("--privileged");
        let places = [all, place("-u"), place("0"), flag, flag];
        let shown = tree.shown(text.to_owned(), &places, Vec::new());
        let root = shown.documents().next().unwrap();
        assert_eq!(root.get("user").unwrap().value(), Some("0"));
        assert_eq!(root.get("user").unwrap().raw(), "0");
        assert_eq!(root.get("privileged").unwrap().value(), Some("true"));
        assert_eq!(root.get("privileged").unwrap().raw(), "--privileged");
        let at = |word: &str| shown.node_at(place(word).start).unwrap().value();
        assert_eq!((at("0"), at("--privileged")), (Some("0"), Some("true")));
    }
}
