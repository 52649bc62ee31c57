//! A fact, with where it comes from and how firmly it is known.

use crate::finding::Confidence;

/// Where a fact comes from; what was read off an image comes with the knowledge, for that very image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// The owner's word in `casehard.toml`.
    Owner,
    /// What was seen of its running container.
    Observed,
    /// The Compose file or manifest itself.
    File,
    /// A configuration file that is mounted from beside it.
    Mounted,
    /// The Dockerfile that it is built from.
    Dockerfile,
    /// The built-in knowledge of images.
    Knowledge,
}

/// How firmly a fact is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// It is held to be so, but was not read for this image at this tag.
    Assumed,
    /// It was read at its source, or tried.
    Read,
    /// The owner says so.
    Said,
}

/// A fact.
#[derive(Debug, Clone)]
pub(super) struct Known<T> {
    /// What is known.
    pub value: T,
    /// Where it comes from.
    pub source: Source,
    /// How firmly.
    pub strength: Strength,
}

impl<T> Known<T> {
    /// How sure a fix can be that rests on it.
    pub(super) fn sure(&self) -> Confidence {
        match self.strength {
            Strength::Assumed => Confidence::Risky,
            Strength::Read | Strength::Said => Confidence::Likely,
        }
    }
}
