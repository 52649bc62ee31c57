//! What `casehard posture` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Confidence, Inputs};

/// Answer the decision checklist.
#[derive(Debug, Args)]
pub struct Posture {
    /// What to read.
    #[command(flatten)]
    pub inputs: Inputs,
    /// How to tell it.
    #[arg(long, value_enum, default_value_t = PostureFormat::Table)]
    pub format: PostureFormat,
    /// Write it to a file.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The least confidence of the fixes after which it is told again.
    #[arg(long, value_enum, default_value_t = Confidence::Likely)]
    pub confidence: Confidence,
}

/// How the checklist is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PostureFormat {
    /// For a terminal.
    Table,
    /// For a page or a ticket.
    Markdown,
    /// For programs.
    Json,
}
