//! One thing that is asked, with who says so.

use super::{By, Holds, Part, Value};

/// What is known of one thing.
#[derive(Debug, Clone)]
pub(super) enum Fact<T> {
    /// This.
    Is(T, By),
    /// The engine or the cluster refuses it.
    Refused(String, By),
    /// It cannot be known; this would make it known.
    Unknown(String, By),
}

impl<T> Fact<T> {
    /// What is known, where it is.
    pub(super) fn known(&self) -> Option<&T> {
        match self {
            Fact::Is(it, _) => Some(it),
            Fact::Refused(..) | Fact::Unknown(..) => None,
        }
    }

    /// Who says so.
    pub(super) fn by(&self) -> &By {
        match self {
            Fact::Is(_, by) | Fact::Refused(_, by) | Fact::Unknown(_, by) => by,
        }
    }

    /// The same of something else.
    pub(super) fn map<U>(&self, tell: impl FnOnce(&T) -> U) -> Fact<U> {
        match self {
            Fact::Is(it, by) => Fact::Is(tell(it), by.clone()),
            Fact::Refused(why, by) => Fact::Refused(why.clone(), by.clone()),
            Fact::Unknown(how, by) => Fact::Unknown(how.clone(), by.clone()),
        }
    }

    /// Whether the posture is held, where it is known.
    pub(super) fn holds(&self, good: impl FnOnce(&T) -> bool) -> Holds {
        match self.known().map(good) {
            Some(true) => Holds::Yes,
            Some(false) => Holds::No,
            None => Holds::Unknown,
        }
    }

    /// As a part of an answer.
    pub(super) fn part(&self, name: &'static str, tell: impl FnOnce(&T) -> Value) -> Part {
        let value = match self {
            Fact::Is(it, _) => tell(it),
            Fact::Refused(why, _) => Value::Refused(why.clone()),
            Fact::Unknown(how, _) => Value::Unknown(how.clone()),
        };
        let mut by = self.by().clone();
        if let (Fact::Unknown(..), By::File(place)) = (self, &mut by) {
            // It has no default that would hold.
            place.varies = false;
        }
        Part { name, value, by }
    }
}

impl Holds {
    /// What holds of several things together: one that is not held speaks for all.
    pub(super) fn and(self, other: Holds) -> Holds {
        match (self, other) {
            (Holds::No, _) | (_, Holds::No) => Holds::No,
            (Holds::Unknown, _) | (_, Holds::Unknown) => Holds::Unknown,
            (Holds::Yes, _) | (_, Holds::Yes) => Holds::Yes,
            (Holds::Inapplicable, Holds::Inapplicable) => Holds::Inapplicable,
        }
    }
}
