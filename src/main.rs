//! Arguments in, exit code out.

use std::process::ExitCode;

use casehard::{cli::Cli, commands};

/// Half the time of a run goes into small strings that live as long as a finding: this allocator halves that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    Cli::read().map_or_else(|it| commands::tell_usage(&it), commands::run)
}
