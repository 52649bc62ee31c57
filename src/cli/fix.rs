//! What `fix` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Confidence, Inputs, Telling, Trial};

/// Review and write.
#[derive(Debug, Args)]
#[command(mut_group("trial", |it| it.requires("verify")))]
pub struct Fix {
    /// What to read.
    #[command(flatten)]
    pub inputs: Inputs,
    /// What to tell.
    #[command(flatten)]
    pub telling: Telling,
    /// Accept every fix of the wanted confidence without asking.
    #[arg(long, short, conflicts_with_all = ["diff", "check"])]
    pub yes: bool,
    /// The least confidence of fixes that `--yes` and `--diff` accept, by default likely; in the review the least that
    /// is asked about, by default everything, and that Enter accepts.
    #[arg(long, value_enum)]
    pub confidence: Option<Confidence>,
    /// Print one unified diff of what `--yes` would write, and write nothing.
    #[arg(long, conflicts_with = "check")]
    pub diff: bool,
    /// Report what is weak and write nothing.
    #[arg(long)]
    pub check: bool,
    /// Write what `--yes` would do to a file of its own, and nothing else: `casehard apply` does exactly that later, or
    /// elsewhere.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["yes", "diff", "check", "format", "output", "report"])]
    pub plan: Option<PathBuf>,
    /// Leave the files as they are and write the fixes beside them: for Compose to a file that it merges over the others,
    /// for Kubernetes to patches that a kustomization puts over the manifests.
    #[arg(long, value_enum, value_name = "FORM", conflicts_with_all = ["check", "plan"])]
    pub emit: Option<Emit>,
    /// The file that `--emit override` writes to, or adds to; by default `compose.override.yaml`, or what the base is called with
    /// `.override` behind it.
    #[arg(long, value_name = "FILE", requires = "emit")]
    pub emit_to: Option<PathBuf>,
    /// Print this command line as it is once mended, a `docker run` or `podman run` in quotes, and write nothing.
    #[arg(
        long,
        value_name = "LINE",
        conflicts_with_all = ["paths", "check", "plan", "emit", "again", "verify", "yes"]
    )]
    pub command: Option<String>,
    /// Ask about everything again in the review, also about what was answered in earlier sessions.
    #[arg(long, conflicts_with_all = ["yes", "diff", "check", "plan"])]
    pub again: bool,
    /// Try the Compose projects first, as `casehard verify` does: what passes counts as likely, what
    /// breaks its service is left to you. Nothing is written where a project cannot be tried; where a service of it
    /// cannot, its fixes are as sure as before, and the exit status is 2.
    #[arg(long, conflicts_with_all = ["check", "diff"])]
    pub verify: bool,
    /// How they are tried.
    #[command(flatten)]
    pub trial: Trial,
}

impl Fix {
    /// How sure a fix has to be that is accepted where nobody is asked.
    pub fn least(&self) -> crate::finding::Confidence {
        self.confidence.unwrap_or(Confidence::Likely).into()
    }
}

/// What fixes are written as, beside the files that they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// A file that Docker Compose merges over the others.
    Override,
    /// A patch for each workload, and the entry of the kustomization that names it.
    Kustomize,
}
