//! What people see: one file per form.

pub mod diff;
pub mod left_alone;
pub mod notes;
pub mod shown;
pub mod standing;
pub mod summary;
pub mod text;
