//! What `casehard observe` takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

/// Look at running containers.
#[derive(Debug, Args)]
#[command(after_help = STATUS)]
pub struct Observe {
    /// Compose files and folders, whose containers are looked at.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Look at the containers of this project, wherever its files are.
    #[arg(long, value_name = "NAME")]
    pub project: Vec<String>,
    /// Look at this container, which Compose need not have started; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub container: Vec<String>,
    /// For how long, such as 30s, 10m or 2h; once by default.
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    pub time: Option<Duration>,
    /// Trace the capabilities that are used: as root on the engine's own machine.
    #[arg(long)]
    pub capabilities: bool,
    /// Restart the containers while looking, so that their starts are seen.
    #[arg(long)]
    pub restart: bool,
    /// The engine's address; by default DOCKER_HOST, the context of Docker, or where Docker and Podman are.
    #[arg(long, value_name = "URL")]
    pub engine: Option<String>,
    /// The configuration file, beside which the facts are kept; by default `casehard.toml` here or in a folder above.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How to tell it.
    #[arg(long, value_enum, default_value_t = ObserveFormat::Text)]
    pub format: ObserveFormat,
}

/// How observations are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ObserveFormat {
    /// For a terminal.
    Text,
    /// For programs.
    Json,
}

const STATUS: &str = "\
What is seen goes into casehard.images.toml, where `casehard fix` finds it. Nothing is changed in
a container, and none is restarted without --restart. Ctrl-C ends the look early and keeps what
was seen.

Exit status: 0 all containers were looked at; 2 some could not be, no engine answers, or none of
the containers runs; 130 it was ended before it saw any, or the engine did not answer any more.";

/// Reads a time such as `10m`.
fn time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time: write it as 30s, 10m or 2h");
    let unit = text.trim_start_matches(|it: char| it.is_ascii_digit());
    let number: u64 = text[..text.len() - unit.len()].parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}
