//! What people see: one file per form.

pub mod diff;
pub mod summary;
pub mod text;
