//! What `casehard verify` takes.

use clap::Args;

use super::{Confidence, Inputs};

/// Try the hardened project.
#[derive(Debug, Args)]
#[command(after_help = STATUS)]
pub struct Verify {
    /// What to read.
    #[command(flatten)]
    pub inputs: Inputs,
    /// The least confidence of the fixes that are tried.
    #[arg(long, value_enum, default_value_t = Confidence::Risky)]
    pub confidence: Confidence,
    /// How it is tried.
    #[command(flatten)]
    pub trial: Trial,
}

/// How a project is tried.
#[derive(Debug, Clone, Args)]
#[group(id = "trial", multiple = true)]
#[command(next_help_heading = "Trial")]
pub struct Trial {
    /// The name of the project that runs; by default what the files or their folder say.
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Copy no data: try on fresh volumes alone.
    #[arg(long)]
    pub fresh_only: bool,
    /// The most data that is copied, in MiB; with more the service starts on fresh volumes.
    #[arg(long, value_name = "MIB", default_value_t = MOST)]
    pub most: u64,
    /// How many seconds a service may take to start.
    #[arg(long, value_name = "SECONDS", default_value_t = WAIT)]
    pub wait: u64,
    /// How many seconds each service is looked at, at the least, each time that it has started.
    #[arg(long, value_name = "SECONDS", default_value_t = SETTLE)]
    pub settle: u64,
    /// Let the trial reach other networks. Without it, it has one of its own that leads nowhere.
    #[arg(long)]
    pub open_network: bool,
    /// Where the engine listens; by default DOCKER_HOST, the context of Docker, or where Docker and Podman are.
    #[arg(long, value_name = "URL")]
    pub engine: Option<String>,
}

/// The most data that is copied, in MiB.
const MOST: u64 = 2048;

/// How many seconds a service may take to start.
const WAIT: u64 = 90;

/// How many seconds a service is looked at.
const SETTLE: u64 = 4;

impl Verify {
    /// What is tried before it is written: all that can be.
    pub fn before_writing(inputs: &Inputs, trial: &Trial) -> Verify {
        Verify { inputs: inputs.clone(), confidence: Confidence::Risky, trial: trial.clone() }
    }
}

const STATUS: &str = "\
The project is started beside the one that runs, twice as it is and once hardened, on copies of its
data and on fresh volumes, stopped, started again, and compared: how it ends, its health, its log,
the files that it writes, and what [verify.SERVICE] in casehard.toml asks. Nothing of the running one
is touched, no image is pulled, and nothing stays. Services that reach the host or a container that
runs are left out, and said to be. Where a service breaks, the fix that breaks it is looked for. What
passed is likely from then on for that service, what failed is left to you: casehard.images.toml
keeps it.

Exit status: 0 every fix that was tried passed; 1 some broke their service; 2 something could not
be tried; 130 it was ended, and all that was started is taken away.";
