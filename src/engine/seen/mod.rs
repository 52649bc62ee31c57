//! What is made of what was seen: reductions of plain data, which ask nobody.

mod places;
mod users;
mod writes;

pub use places::{Group, Opened, groups};
pub use users::{Users, own};
pub use writes::{Life, Reduced, limited, written};
