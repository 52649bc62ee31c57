//! The way out: what is printed, and to whom.

use std::io::{IsTerminal as _, Write};

use super::DONE;
use crate::report::shown::Shown;

/// Prints to standard output; a reader that went away ends the run quietly.
pub(super) fn print(text: &Shown) {
    send(anstream::stdout().lock(), text.as_str().as_bytes());
}

fn send(mut out: impl Write, bytes: &[u8]) {
    if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
        std::process::exit(i32::from(DONE));
    }
}

/// Prints to standard error, whether or not anybody reads it.
pub(super) fn complain(text: &Shown) {
    let mut out = anstream::stderr().lock();
    let _ = out.write_all(text.as_str().as_bytes());
}

/// Prints a patch: to the byte where a program reads it, clean where somebody looks at it.
pub(super) fn print_patch(patch: String) {
    match std::io::stdout().is_terminal() {
        true => print(&Shown::patch(&patch)),
        // Nothing that styles a terminal is looked for in it, and nothing is taken out.
        false => raw(Shown::exact(patch).as_str().as_bytes()),
    }
}

/// Writes the text that a filter makes of its input.
pub(super) fn raw(bytes: &[u8]) {
    send(std::io::stdout().lock(), bytes);
}
