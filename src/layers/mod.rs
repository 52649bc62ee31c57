//! What an image is, read off its layers as they stream by: nothing is unpacked, nothing runs.
//!
//! ```text
//! archive, folder or registry ─▶ Config + layers ─layer─▶ index of each ─tree─▶ Root ─facts─▶ Learned
//! ```
//!
//! Of files only what is small and says how the image starts is held while the image is read; nothing of it is kept.

mod accounts;
mod archive;
mod blobs;
mod capability;
mod config;
mod content;
mod facts;
mod fault;
mod guard;
mod layer;
mod packed;
mod start;
#[cfg(test)]
mod tests;
mod tree;

pub use archive::{LONGEST_TEXT, archive};
pub use blobs::{Blobs, Platform, manifests, pulled};
pub use capability::names as capability_names;
pub use facts::learned;
pub use fault::LayerError;
pub use tree::Picture;
