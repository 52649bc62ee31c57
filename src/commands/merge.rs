//! `casehard merge`: the reports of several parts as one.

use std::path::PathBuf;

use super::output::{Sink, print};
use super::{DONE, FAILED, FOUND, Failure};
use crate::cli::Merge;
use crate::report::merged::{Part, merged};
use crate::source;

/// Joins reports; the exit status is that of one run over all files.
pub(super) fn merge(args: &Merge) -> Result<u8, Failure> {
    let sink = Sink::open(args.output.as_deref())?;
    let read = |it: &PathBuf| -> Result<(String, String), Failure> {
        let source = source::read(it).map_err(|it| Failure(it.to_string()))?;
        let text = String::from_utf8(source.bytes.into_vec());
        let text = text.map_err(|_| Failure(format!("{}: not UTF-8", it.display())))?;
        Ok((it.display().to_string(), text))
    };
    let texts: Vec<(String, String)> = args.reports.iter().map(read).collect::<Result<_, _>>()?;
    let parts: Vec<Part<'_>> =
        texts.iter().map(|it| Part { name: it.0.clone(), text: &it.1 }).collect();
    let merged = merged(&parts).map_err(Failure)?;
    match sink {
        Some(sink) => sink.write(&merged.text)?,
        None => print(&merged.text)?,
    }
    Ok(match (merged.failed, merged.found && !args.exit_zero) {
        (true, _) => FAILED,
        (false, true) => FOUND,
        (false, false) => DONE,
    })
}
