//! What `merge` takes.

use std::path::PathBuf;

use clap::Args;

/// Join reports.
#[derive(Debug, Args)]
pub struct Merge {
    /// The reports, all in `json`, all in `jsonl` or all in `sarif`; where they are of parts, all of these.
    #[arg(required = true)]
    pub reports: Vec<PathBuf>,
    /// Write to a file; `-` is standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// End with status 0 whatever was found.
    #[arg(long)]
    pub exit_zero: bool,
}
