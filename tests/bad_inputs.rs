//! Hostile and broken inputs: each gets the right answer, in time, and a file that is refused stays as it was.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "bad_inputs/attempt.rs"]
mod attempt;
#[path = "bad_inputs/bytes.rs"]
mod bytes;
#[path = "bad_inputs/compose.rs"]
mod compose;
#[path = "bad_inputs/files.rs"]
mod files;
#[path = "bad_inputs/foreign.rs"]
mod foreign;
#[path = "bad_inputs/large.rs"]
mod large;
#[path = "bad_inputs/syntax.rs"]
mod syntax;
