//! The keys of large mappings by their text: looked up rather than looked through, since one mapping can be merged by
//! thousands.

use std::hash::BuildHasher as _;

use foldhash::HashMap;
use foldhash::fast::FixedState;

use super::node::Node;
use super::tree::{Kind, RAW, Tree};

/// So many pairs are looked through first.
const FEW: usize = 32;

/// For each large mapping and the hash of a text: the first key with that hash.
pub(super) type Keys = HashMap<(u32, u64), u32>;

impl<'t> Node<'t> {
    /// The pair of a key of the mapping itself; the first if it is repeated.
    pub(super) fn pair(self, key: &str) -> Option<(Node<'t>, Node<'t>)> {
        let mut pairs = self.pairs();
        for _ in 0..FEW {
            let pair = pairs.next()?;
            if pair.0.says(key) {
                return Some(pair);
            }
        }
        let next = pairs.next()?;
        let keys = self.tree.keys.get_or_init(|| Box::new(index(self.tree)));
        let found = self.at(*keys.get(&(self.id, hash(key)))?);
        if found.says(key) {
            return Some((found, self.at(found.data().skip)));
        }
        std::iter::once(next).chain(pairs).find(|it| it.0.says(key))
    }

    /// Whether a scalar's decoded text is this one. Most are as they are written, and most have another length.
    fn says(self, text: &str) -> bool {
        let data = self.data();
        if (data.kind, data.text) != (Kind::Scalar, RAW) {
            return self.value() == Some(text);
        }
        let (start, end) = (data.start as usize, data.end as usize);
        end - start == text.len() && self.tree.text.as_bytes()[start..end] == *text.as_bytes()
    }
}

fn index(tree: &Tree) -> Keys {
    let mut keys = Keys::default();
    let all = (0..).zip(&tree.nodes).filter(|it| it.1.kind == Kind::Mapping);
    for (id, _) in all {
        for (key, _) in (Node { tree, id }).pairs().skip(FEW) {
            if let Some(text) = key.value() {
                keys.entry((id, hash(text))).or_insert(key.id);
            }
        }
    }
    keys
}

fn hash(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_large_mapping_is_found_and_the_first_of_repeated_ones() {
        let mut text: String = (0..100).map(|it| format!("k{it}: {it}\n")).collect();
        text += "k7: again\nk70: again\n";
        let tree = Tree::parse(text).unwrap();
        let root = tree.documents().next().unwrap();
        for it in 0..100 {
            let (key, value) = root.pair(&format!("k{it}")).unwrap();
            assert_eq!((key.raw(), value.raw()), (&*format!("k{it}"), &*it.to_string()));
        }
        assert!(root.pair("k100").is_none());
    }
}
