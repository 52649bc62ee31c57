//! Where the journals of all runs lie.

use std::env;
use std::path::PathBuf;

/// The folder of all runs: in `$XDG_STATE_HOME`, else `~/.local/state`; on Windows in the local data of applications.
///
/// # Errors
/// Nothing says where the user's own folder is.
pub(super) fn root() -> Result<PathBuf, String> {
    // A path that is not from the root does not count (<https://specifications.freedesktop.org/basedir-spec/>).
    let named = |name: &str| env::var_os(name).map(PathBuf::from).filter(|it| it.is_absolute());
    let local = if cfg!(windows) { named("LOCALAPPDATA") } else { None };
    let home = || env::home_dir().filter(|it| it.is_absolute()).map(|it| it.join(".local/state"));
    let state = named("XDG_STATE_HOME").or(local).or_else(home);
    let state =
        state.ok_or("neither XDG_STATE_HOME nor HOME says where the old files can be kept")?;
    Ok(state.join("casehard").join("undo"))
}
