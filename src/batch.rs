//! The files of a run: read, told apart, grouped into projects.

mod group;
mod load;

pub use group::{Project, projects};
pub use load::{Loaded, Outcome, Refusal, load, parse};
