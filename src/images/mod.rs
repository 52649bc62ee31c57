//! Knows what is known of container images: whom they run as, what they need and what they write. Must not know rules.

mod check;
pub mod dockerfile;
mod evidence;
mod exactness;
mod image;
mod knowledge;
mod owner;
pub mod page;
mod reasons;
mod reference;

pub use check::{CAPABILITIES, KnowledgeError};
pub use evidence::{Basis, Evidence, Fact};
pub use image::{Direct, Family, Image, Level, SocketUse, Verdict, Writable};
pub use knowledge::{Found, Knowledge, Match, all, find};
pub use owner::OwnerImage;
pub use reasons::why;
pub use reference::{Reference, Tag, parse_reference};

#[cfg(test)]
mod tests;
