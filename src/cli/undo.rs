//! What `casehard undo` takes.

use clap::Args;

/// Take a run back.
#[derive(Debug, Args)]
#[command(after_help = STATUS)]
pub struct Undo {
    /// The run, or the beginning of its name; by default the last one that wrote below this folder and of
    /// which something can be taken back.
    pub run: Option<String>,
    /// List the last 20 runs, the newest first.
    #[arg(long, conflicts_with_all = ["run", "diff"])]
    pub list: bool,
    /// List all runs.
    #[arg(long, conflicts_with_all = ["run", "diff"])]
    pub list_all: bool,
    /// Print one unified diff of what would be written, and write nothing.
    #[arg(long)]
    pub diff: bool,
}

const STATUS: &str = "\
What a run writes over is kept in $XDG_STATE_HOME/casehard/undo, else in
~/.local/state/casehard/undo: the last 50 runs, and at most 256 MiB. An undo is a run too:
`casehard undo` once more takes it back.

Exit status: 0 every file is as it was before the run; 1 with --diff: there is a diff; 2 some
file was left alone, because it changed since, is gone or cannot be written, or there was
nothing to undo.";
