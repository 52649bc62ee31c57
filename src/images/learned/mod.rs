//! What was read off the user's own images and running containers, and kept in `casehard.images.toml`.
//!
//! It holds names, numbers and paths: no value of a variable, no content of a file, no word of a command that may be a
//! secret. It is text and data alone: reading images is `layers`' work, asking an engine `engine`'s.

mod book;
mod entry;
mod image;
mod observed;
mod secrets;
mod shelf;
mod sides;
#[cfg(test)]
mod tests;
mod words;

pub use book::{Book, FILE_NAME};
pub use entry::is_for_people;
pub use image::{
    Account, Built, Carries, Deed, Does, Folder, Learned, Main, Privileged, Start, Unread,
    is_mountable,
};
pub use observed::{Observation, Outcome, Owned, Trial, Verified, Written, short_digest};
pub use secrets::{may_be_secret, up_to_secrets, without};
pub(super) use shelf::Learnt;
pub use sides::{Side, sides};
pub use words::{LEFT_OUT, Words, without_secrets};
