//! `casehard fix -`: standard input to standard output.

use std::path::Path;

use super::inputs::Read;
use super::output::{complain, print_patch, raw};
use super::posture::as_they_are;
use super::tell::{Teller, tell_problems};
use super::variables::sources;
use super::{DONE, FAILED, FOUND, Failure};
use crate::batch::Batch;
use crate::cli;
use crate::mend::Policy;
use crate::outcome::{Outcome, pairs};
use crate::report::closing;
use crate::report::patch::{Change, patch};

/// Mends standard input into standard output; what is told goes to standard error and to files.
pub(super) fn filter(args: &cli::Fix, policy: &Policy, teller: Teller) -> Result<u8, Failure> {
    let threshold = args.least();
    if teller.prints() && !args.diff {
        return Err(Failure(
            "standard output takes the mended text of `fix -`: put --output FILE behind --format, or give --diff"
                .to_owned(),
        ));
    }
    let (original, mut batch) = match &args.command {
        Some(line) => (line.as_bytes().to_vec(), Batch::command(line)),
        None => {
            let original = super::inputs::stdin()?;
            let batch = Batch::stream_with(&original, &sources(&args.inputs)?);
            (original, batch)
        }
    };
    Read { batch: &batch, inputs: &args.inputs, policy, baseline: None }.spare(teller.sinks())?;
    let problems = batch.problems();
    if problems.iter().any(|it| it.fails) {
        tell_problems(&problems);
        return Ok(FAILED);
    }
    if batch.projects.is_empty() {
        tell_problems(&problems);
        if !args.diff {
            raw(&original)?;
        }
        return Ok(DONE);
    }
    let before = teller.wants_postures().then(|| as_they_are(&batch, policy));
    let mended = batch.carry_out(policy, Some(threshold), &|_, _| ());
    let mut wanted = teller.wanted(false);
    if let Some(before) = before {
        wanted.postures = pairs(before, &batch.projects, &mended, policy);
    }
    let written = (!args.diff).then(foldhash::HashMap::default);
    let mut outcome = Outcome::mended(&batch, mended, policy, written.as_ref(), wanted);
    if outcome.is_failed() {
        teller.tell_aside(&outcome)?;
        return Ok(FAILED);
    }
    let file = &outcome.files[0];
    let (old, new) = (&file.before, file.after.as_ref());
    let changed = new.is_some();
    match args.diff {
        // The report takes the place of the patch.
        true if teller.prints() => (),
        true => print_patch(new.map_or(String::new(), |new| {
            let path = Path::new(if args.command.is_some() { "command" } else { "stdin" });
            let change = Change::of(path, &old.tree, new.tree.text());
            patch(&[change], Path::new(""))
        }))?,
        false => {
            let text = new.unwrap_or(old).tree.text();
            raw(text.as_bytes())?;
            if args.command.is_some() && !text.ends_with('\n') {
                raw(b"\n")?;
            }
        }
    }
    teller.filter(&mut outcome);
    if teller.prints() {
        return teller.tell(&outcome);
    }
    teller.tell_aside(&outcome)?;
    if !args.diff {
        complain(&closing::totals(&outcome, None));
    }
    Ok(if args.diff && changed { FOUND } else { DONE })
}
