//! What those who inherit a change say to it.

use crate::finding::{Confidence, FileId};

/// What the heirs have to say of a change.
pub(super) enum Answer<'a> {
    Agreed,
    /// It is less sure for one of them.
    Lower(Less<'a>),
    Denied(String),
}

/// For whom a change is less sure.
pub(super) struct Less<'a> {
    pub(super) confidence: Confidence,
    /// The number of the heir, and the file of the change.
    pub(super) heir: usize,
    pub(super) beside: Option<FileId>,
    /// What may break there.
    pub(super) may_break: Option<&'a str>,
}

impl<'a> Answer<'a> {
    /// The one that allows less.
    pub(super) fn worse(self, other: Answer<'a>) -> Answer<'a> {
        match (&self, &other) {
            (Answer::Denied(_), _) => self,
            (_, Answer::Denied(_)) => other,
            (Answer::Lower(it), Answer::Lower(than)) if it.confidence <= than.confidence => self,
            (_, Answer::Lower(_)) => other,
            (_, Answer::Agreed) => self,
        }
    }
}
