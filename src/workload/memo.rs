//! Answers that many ask for, found once.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;

/// The answers so far, by question.
pub(super) struct Memo<Q, A: ?Sized>(Mutex<HashMap<Q, Arc<A>>>);

impl<Q, A: ?Sized> Default for Memo<Q, A> {
    fn default() -> Self {
        Memo(Mutex::default())
    }
}

impl<Q: Eq + Hash, A: ?Sized> Memo<Q, A> {
    /// The answer, found if nobody asked before.
    pub(super) fn get(&self, question: Q, find: impl FnOnce() -> Arc<A>) -> Arc<A> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(question).or_insert_with(find))
    }
}

/// A list in order, each once.
pub(super) fn sorted<T: Ord>(mut all: Vec<T>) -> Arc<[T]> {
    all.sort_unstable();
    all.dedup();
    all.into()
}
