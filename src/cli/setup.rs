//! What sets casehard up: in a repository, in a shell, in an editor.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
pub use clap_complete::Shell;

/// Set a repository up.
#[derive(Debug, Args)]
pub struct Init {
    /// The folder that gets them; by default the root of this repository.
    pub folder: Option<PathBuf>,
    /// Write `.pre-commit-config.yaml` too, with a hook that checks what is committed.
    #[arg(long)]
    pub hook: bool,
    /// Write a pipeline too.
    #[arg(long, value_enum, value_name = "WHERE")]
    pub ci: Option<Ci>,
    /// Write over the configuration and the pipeline where they are there.
    #[arg(long)]
    pub force: bool,
}

/// Where a pipeline runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Ci {
    /// GitHub Actions, with annotations and code scanning.
    Github,
    /// GitLab, with code quality and a report of tests.
    Gitlab,
}

/// Print manual pages.
#[derive(Debug, Args)]
pub struct Manual {
    /// Write a page for each command into this folder, in place of one on standard output.
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// What a JSON Schema is printed of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Schema {
    /// The configuration, `casehard.toml`.
    Config,
    /// The report of `--format json`.
    Report,
    /// A line of the report of `--format jsonl`.
    ReportLines,
    /// The checklist of `casehard posture --format json`.
    Posture,
}
