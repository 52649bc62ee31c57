//! The sources of facts, one file each and of one shape: what is seen of a container and how it is to start goes in,
//! facts come out. A stronger source stands before a weaker one.

mod dockerfile;
mod file;
mod knowledge;
mod loose;
mod mounted;
mod observed;
mod overlay;
mod paths;

pub use knowledge::DEFAULT_SET;

pub(super) use file::{ACCOUNTS, by_variables};
pub(super) use knowledge::{reason, sources_of};
pub(super) use paths::{Strange, holds_paths, strange_paths};

use super::facts::Facts;
use super::subject::{Start, Subject};

/// A source of facts; most have none for most containers.
type Source = fn(&Subject<'_, '_>, Start) -> Option<Facts>;

/// All of them, the strongest first. The owner's word on images comes with the knowledge, and that on one container
/// overrules what is decided.
static ALL: [Source; 6] = [
    file::facts,
    observed::facts,
    overlay::facts,
    mounted::facts,
    dockerfile::facts,
    knowledge::facts,
];

/// What all sources know of a container that is to start so.
pub(super) fn facts(subject: &Subject<'_, '_>, start: Start) -> Facts {
    let mut all = Facts::default();
    ALL.iter().filter_map(|source| source(subject, start)).for_each(|it| all.add(it));
    all
}
