//! What is known of a container, fact by fact.

pub mod mounted;
