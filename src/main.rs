//! Arguments in, exit code out.

use std::process::ExitCode;

use casehard::{cli::Cli, run};
use clap::Parser;

fn main() -> ExitCode {
    run::run(Cli::parse())
}
