//! The command line: clap types and nothing else.

mod fix;
mod learn;
mod merge;
mod observe;
mod posture;
mod setup;
mod telling;
mod undo;
mod verify;

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::config::{User, kubernetes_version, writable_path};
use crate::source::{Pattern, Shard};
pub use fix::{Emit, Fix};
pub use learn::Learn;
pub use merge::Merge;
pub use observe::{Observe, ObserveFormat};
pub use posture::{Posture, PostureFormat};
pub use setup::{Ci, Init, Manual, Schema, Shell};
pub use telling::{Destination, Format, Telling};
pub use undo::Undo;
pub use verify::{Trial, Verify};

/// Rewrites Compose files, Kubernetes manifests and `docker run` lines in place to a hardened runtime posture.
#[derive(Debug, Parser)]
#[command(name = "casehard", version, about, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, display_order = 900)]
    pub color: Color,
}

impl Cli {
    /// Reads the command line of the process.
    ///
    /// # Errors
    /// It cannot be read, or asks for help: what is to be printed.
    pub fn read() -> Result<Cli, clap::Error> {
        let matches = Cli::command().try_get_matches()?;
        let mut cli = Cli::from_arg_matches(&matches)?;
        let telling = match &mut cli.command {
            Command::Fix(it) => Some(&mut it.telling),
            Command::Check(it) => Some(&mut it.telling),
            Command::Baseline(_)
            | Command::Init(_)
            | Command::Schema { .. }
            | Command::Completions { .. }
            | Command::Man(_)
            | Command::Undo(_)
            | Command::Apply(_)
            | Command::Learn(_)
            | Command::Verify(_)
            | Command::Posture(_)
            | Command::Observe(_)
            | Command::Explain { .. }
            | Command::Rules(_)
            | Command::Images(_)
            | Command::Merge(_)
            | Command::Krm => None,
        };
        if let (Some(telling), Some((_, matches))) = (telling, matches.subcommand()) {
            telling.place(matches);
        }
        Ok(cli)
    }
}

const EXAMPLES: &str = "\
Examples:
  casehard fix --diff .                     show what `--yes` would write
  casehard fix --yes .                      write what is safe or likely to keep working
  casehard fix compose.yaml                 decide fix by fix, on a terminal
  casehard fix --command 'docker run …'     print one line as it is once mended
  casehard undo                             take back what was written last
  casehard check --min-severity medium .    fail in CI on what is weak
  casehard posture compose.yaml             what each container may do, before and after the fixes
  casehard images postgres:16               what is known of an image

Exit status: 0 nothing is left to report, or all accepted fixes are written; 1 findings remain
(--diff: there is a diff; --yes: an accepted fix was refused); 2 the job could not be done on
some input, its report could not be written, or there was nothing to judge.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Review the fixes of each file and write those that are accepted.
    Fix(Fix),
    /// Report what is weak and write nothing: the same as `fix --check`.
    Check(Check),
    /// Take a run back: put files as they were before it, those that are still as it wrote them.
    Undo(Undo),
    /// Do what `casehard fix --plan` saved, or refuse what changed since.
    Apply(Apply),
    /// Answer the decision checklist for every container, before and after the fixes: user, writable directories,
    /// capabilities, escalation, profiles, runtime socket, host, and how to debug it.
    Posture(Posture),
    /// Read images, from an engine, an archive or a registry, and keep what they show: their users, starts, folders and
    /// privileges. Nothing is run.
    Learn(Learn),
    /// Try the hardened project beside the one that runs, on copies of its data, and find the fix that breaks it.
    Verify(Verify),
    /// Look at running containers: whom they run as, what they write, what they listen on; `fix` knows it then.
    Observe(Observe),
    /// Write down what is found today, so that a check fails only on what is new.
    Baseline(Baseline),
    /// Join the reports of several parts (`--shard`), in json, jsonl or sarif: as one run over all files would tell it.
    Merge(Merge),
    /// Explain a rule, or all of them.
    Explain {
        /// The rule.
        rule: Option<String>,
    },
    /// List the rules.
    Rules(Rules),
    /// Tell what is known of a container image, or list the images that are known.
    Images(Images),
    /// Serve kustomize and kpt as a KRM function: read a ResourceList on standard input and write it mended, with what was
    /// found as its results. Its functionConfig may say confidence, rules, skip, user, writable and kubernetes, under
    /// `data` of a ConfigMap or under `spec`.
    Krm,
    /// Set a repository up: a commented configuration, on request a hook and a pipeline.
    Init(Init),
    /// Print the JSON Schema of the configuration or of a report.
    Schema {
        /// Of what.
        #[arg(value_enum)]
        of: Schema,
    },
    /// Print what completes commands in a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page, or write one for each command.
    Man(Manual),
}

/// What `fix` and `check` have in common.
#[derive(Debug, Clone, Default, Args)]
pub struct Inputs {
    /// Files and folders; `-` reads standard input.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Judge by these rules only, separated by commas; by all but those with a `-` before them. `casehard rules` lists
    /// them.
    #[arg(long = "rule", value_name = "RULE", value_delimiter = ',', allow_hyphen_values = true)]
    pub rules: Vec<String>,
    /// Judge by all rules but these.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// The user of containers whose image is not known.
    #[arg(long, value_name = "UID:GID")]
    pub user: Option<User>,
    /// A path that stays writable under a read-only root where the image is not known.
    #[arg(long, value_name = "PATH", value_delimiter = ',', value_parser = writable_path)]
    pub writable: Vec<String>,
    /// The version of Kubernetes to judge by, 1.25 to 1.37; the newest known by default.
    #[arg(long, value_name = "1.NN", value_parser = kubernetes_version)]
    pub kubernetes: Option<(u32, u32)>,
    /// What runs Compose files; by default what each of them shows.
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub target: Option<Target>,
    /// A file of variables for Compose files, in place of the `.env` beside them; of several the last wins.
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// Take variables of Compose files from the environment too, which wins over files.
    #[arg(long)]
    pub env_from_shell: bool,
    /// The configuration file; by default `casehard.toml` here or in a folder above.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The file of answers that `fix` keeps; by default `.casehard/decisions.toml` here or in a folder above.
    #[arg(long, value_name = "FILE")]
    pub decisions: Option<PathBuf>,
    /// Pass over what matches in the folders given, a pattern relative to the current one; may be repeated.
    #[arg(long, value_name = "GLOB", value_parser = Pattern::parse)]
    pub exclude: Vec<Pattern>,
    /// Pass over what is excluded, or neither Compose nor Kubernetes, even if it is named, as tools such as pre-commit
    /// name files.
    #[arg(long)]
    pub force_exclude: bool,
    /// Judge one of N parts of the files, from 1 on (`0+1/N` where something counts from 0): each of N machines gives its
    /// own number, and what belongs together stays together. `casehard merge` joins their reports.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// End with status 0 where there is nothing to judge.
    #[arg(long)]
    pub allow_empty: bool,
    /// Name everything that is passed over, with the reason, and at the end the files that took longest.
    #[arg(long, short)]
    pub verbose: bool,
}

/// What runs Compose files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Docker, by `docker compose up`.
    Docker,
    /// A stack of Docker Swarm, by `docker stack deploy`.
    Swarm,
    /// Podman.
    Podman,
}

impl From<Target> for crate::config::Target {
    fn from(it: Target) -> Self {
        match it {
            Target::Docker => crate::config::Target::Docker,
            Target::Swarm => crate::config::Target::Swarm,
            Target::Podman => crate::config::Target::Podman,
        }
    }
}

/// Do what was planned.
#[derive(Debug, Args)]
pub struct Apply {
    /// The plan. It is done in the folder in which it was made.
    pub plan: PathBuf,
}

/// Report.
#[derive(Debug, Args)]
pub struct Check {
    /// What to read.
    #[command(flatten)]
    pub inputs: Inputs,
    /// What to tell.
    #[command(flatten)]
    pub telling: Telling,
    /// List the waivers as text or JSON: what they cover, until when, and why. Fails where one covers nothing or has
    /// ended, whatever is filtered.
    #[arg(long)]
    pub waivers: bool,
    /// What is known: findings that this file lists do not fail; `casehard baseline` writes it.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Tell only findings with a fix that is at least that sure, and count only those.
    #[arg(long, value_enum)]
    pub confidence: Option<Confidence>,
}

/// What a baseline is called where nobody says otherwise.
pub const BASELINE: &str = "casehard-baseline.json";

/// Write down what is found.
#[derive(Debug, Args)]
pub struct Baseline {
    /// What to read.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where to write it.
    #[arg(long, short, value_name = "FILE", default_value = BASELINE)]
    pub output: PathBuf,
}

/// List the rules.
#[derive(Debug, Args)]
pub struct Rules {
    /// Print the table of the README.
    #[arg(long)]
    pub markdown: bool,
}

/// Tell what is known of images.
#[derive(Debug, Args)]
pub struct Images {
    /// The image, as a file names it; all of them without one.
    pub name: Option<String>,
    /// The configuration file, which may know more images; by default `casehard.toml` here or in a folder above.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = ImageFormat::Text)]
    pub format: ImageFormat,
}

/// How image knowledge is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImageFormat {
    /// For a terminal.
    Text,
    /// For a page.
    Markdown,
    /// For programs.
    Json,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// When the output is a terminal that wants it.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The least confidence of a fix that is written without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Confidence {
    /// What it changes the process cannot see.
    Safe,
    /// Evidence speaks for these very values in this very container.
    Likely,
    /// It may stop a container that relies on the weak setting.
    Risky,
}

impl From<Confidence> for crate::finding::Confidence {
    fn from(it: Confidence) -> Self {
        match it {
            Confidence::Safe => crate::finding::Confidence::Safe,
            Confidence::Likely => crate::finding::Confidence::Likely,
            Confidence::Risky => crate::finding::Confidence::Risky,
        }
    }
}

/// How bad a finding must be to fail a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Severity {
    /// Everything.
    Info,
    /// A small gap.
    Low,
    /// A missing wall.
    Medium,
    /// A way out.
    High,
    /// The host given away.
    Critical,
}

impl From<Severity> for crate::finding::Severity {
    fn from(it: Severity) -> Self {
        match it {
            Severity::Info => crate::finding::Severity::Info,
            Severity::Low => crate::finding::Severity::Low,
            Severity::Medium => crate::finding::Severity::Medium,
            Severity::High => crate::finding::Severity::High,
            Severity::Critical => crate::finding::Severity::Critical,
        }
    }
}
