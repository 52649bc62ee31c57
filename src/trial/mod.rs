//! A project that may be tried beside the one that runs: what of its model is kept, what its runs say, and what to leave
//! out next where it broke. It decides on data alone; `commands/verify` starts and stops.

mod forgotten;
mod groups;
mod logs;
mod model;
mod mount;
mod reach;
#[cfg(test)]
mod tests;
mod ties;
mod value;

pub use forgotten::{Said, forgotten};
pub use groups::{GROUPS, Group, group_of};
pub use logs::{Known, Line, Refused, lost, refused_paths};
pub use model::{Copied, Isolated, Origin, Place, Terms, isolate};
pub use ties::numbers;
pub use value::read;
