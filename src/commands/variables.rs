//! The variables of a run: files that the command line names, and the shell where it asks for it.

use std::path::PathBuf;

use super::Failure;
use crate::batch::Sources;
use crate::cli::Inputs;
use crate::source;

/// The variable by which Docker Compose is told files of variables where its command line names none.
const FILES: &str = "COMPOSE_ENV_FILES";

/// Where the variables of Compose files are read from.
///
/// # Errors
/// A file that cannot be read.
pub fn sources(inputs: &Inputs) -> Result<Sources, Failure> {
    let read = |path: &PathBuf| {
        let source = source::read(path).map_err(|it| Failure(it.to_string()))?;
        let text = String::from_utf8_lossy(&source.bytes).into_owned();
        Ok((path.display().to_string(), text))
    };
    let listed = match inputs.env_file.is_empty() {
        true => std::env::var(FILES).unwrap_or_default(),
        false => String::new(),
    };
    let listed = listed.split(',').filter(|it| !it.is_empty()).map(PathBuf::from);
    let listed: Vec<PathBuf> = listed.collect();
    let named = inputs.env_file.iter().map(read);
    let told = listed
        .iter()
        .map(|it| read(it).map_err(|why: Failure| Failure(format!("{FILES}: {}", why.0))));
    let files = named.chain(told).collect::<Result<_, Failure>>()?;
    // What is no text can be no value of a Compose file.
    let shell = || {
        std::env::vars_os().filter_map(|it| it.0.into_string().ok().zip(it.1.into_string().ok()))
    };
    let shell = if inputs.env_from_shell { shell().collect() } else { Vec::new() };
    Ok(Sources { files, shell })
}
