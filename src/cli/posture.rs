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
    /// How to tell it; by default as the name of the file says that it goes to, else as a table.
    #[arg(long, value_enum)]
    pub format: Option<PostureFormat>,
    /// Write it to a file; `-` is standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The least confidence of the fixes after which it is told again.
    #[arg(long, value_enum, default_value_t = Confidence::Likely)]
    pub confidence: Confidence,
}

impl Posture {
    /// How it is told.
    ///
    /// # Errors
    /// The name of its file says a format that it is not told in.
    pub fn format(&self) -> Result<PostureFormat, String> {
        if let Some(it) = self.format {
            return Ok(it);
        }
        let name =
            self.output.as_ref().and_then(|it| it.extension()?.to_str().map(str::to_lowercase));
        match name.as_deref() {
            Some("md") => Ok(PostureFormat::Markdown),
            Some("json") => Ok(PostureFormat::Json),
            Some("html" | "htm") => Err(
                "the checklist has no page of its own: `casehard check --format html` makes one that holds it".to_owned(),
            ),
            _ => Ok(PostureFormat::Table),
        }
    }
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
