//! What `casehard learn` takes.

use std::path::PathBuf;

use clap::Args;

/// Read images.
#[derive(Debug, Args)]
#[command(after_help = STATUS)]
pub struct Learn {
    /// Files and folders whose images are read, or names of images.
    #[arg(value_name = "PATH|IMAGE", default_value = ".")]
    pub what: Vec<String>,
    /// Read an archive of `docker save` or of the OCI's image layout, or a folder in that layout; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub from: Vec<PathBuf>,
    /// The name by which files call the image of --from, where it has none itself.
    #[arg(long, value_name = "IMAGE", requires = "from")]
    pub name: Option<String>,
    /// Fetch from its registry what the engine does not have. Without it no registry is spoken to.
    #[arg(long)]
    pub pull: bool,
    /// Ask no engine.
    #[arg(long)]
    pub no_engine: bool,
    /// Where the engine listens; by default DOCKER_HOST, the context of Docker, or where Docker and Podman are.
    #[arg(long, value_name = "URL", conflicts_with = "no_engine")]
    pub engine: Option<String>,
    /// A file of variables for Compose files, in place of the `.env` beside them; of several the last wins.
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// The configuration file; by default `casehard.toml` here or in a folder above. `casehard.images.toml` lies beside it.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

const STATUS: &str = "\
What is read goes into casehard.images.toml: who an image starts as, whom its start gives its data
to, which folders are whose, which programs raise their privileges. It holds no value of a
variable, no content of a file and no word of a command that may be a secret: commit it, and CI
knows what is known here.

Exit status: 0 all images were read; 2 some were not, and each says why.";
