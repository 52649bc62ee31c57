//! Knows what is known of container images: whom they run as, what they need and what they write. Must not know rules.

mod check;
pub mod dockerfile;
mod evidence;
mod exactness;
mod image;
mod knowledge;
pub mod learned;
mod owner;
pub mod page;
mod parts;
mod reasons;
mod reference;
mod shelf;
mod version;
mod when;

pub use check::{CAPABILITIES, KnowledgeError, capability_name};
pub use evidence::{Basis, Evidence, Fact};
pub use image::{Image, is_root};
pub use knowledge::{Found, Knowledge, Match, all, find};
pub use owner::{OwnerImage, owner_keys};
pub use parts::{
    Api, Aspect, Data, Direct, Family, Feature, Level, SocketUse, Variable, Verdict, Way, Why,
    Writable,
};
pub use reasons::why;
pub use reference::{Reference, Tag, names, parse_reference, with_tag};
pub use version::{Range, Release, Version};
pub use when::{Condition, Protocol, When};

#[cfg(test)]
mod tests;
