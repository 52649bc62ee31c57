//! `casehard fix --plan` and `casehard apply`: what would be written, saved to be done later or elsewhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Parser as _;

use super::decided::{follow_links, who};
use super::fix::write_file;
use super::inputs::read;
use super::new_files::{NewFile, Others, write_all};
use super::output::{complain, print};
use super::policy::decide;
use super::progress::Progress;
use super::tell::tell_problems;
use super::{DONE, FAILED, FOUND, Failure};
use crate::batch::Batch;
use crate::cli::{self, Cli, Command};
use crate::decisions::{By, Decisions, Planned, Said, Saved, Word};
use crate::finding::{Confidence, FileId};
use crate::mend::{Mended, Policy, Unproven};
use crate::report::shown::Shown;
use crate::report::summary::{count, count_fixes};
use crate::report::undo::WAY_BACK;
use crate::review::{options, path as word};
use crate::source::{self, Cause, Journal};
use crate::workload::{absolute, clean};

/// Saves what was mended in memory; nothing else is written.
pub(super) fn save(
    args: &cli::Fix,
    to: &Path,
    batch: &Batch,
    policy: &Policy,
    all: &[Result<Mended, Unproven>],
) -> Result<u8, Failure> {
    tell_problems(&batch.problems());
    let by = By { name: who(), on: policy.today };
    let mut saved = Saved {
        arguments: arguments(args),
        writes: Vec::new(),
        decisions: policy.decisions.waivers_and_values().named_from(absolute(Path::new("."))),
    };
    let (mut fixes, mut risky, mut failed) = (0, 0, batch.failed() > 0);
    for (project, mended) in batch.projects.iter().zip(all) {
        let mended = match mended {
            Ok(it) => it,
            Err(it) => {
                failed = true;
                let path = it.path.display();
                complain(&Shown::line(&format!("{path}: internal error: {}", it.message)));
                continue;
            }
        };
        for &id in &mended.changed {
            let (old, new) = (&project.files[id.0 as usize], &mended.files[id.0 as usize]);
            saved.writes.push(Planned {
                path: old.path.clone(),
                before: source::digest(old.tree.text().as_bytes()),
                after: source::digest(new.tree.text().as_bytes()),
            });
        }
        fixes += mended.fixed.len();
        risky += mended.fixed.iter().filter(|it| it.confidence == Confidence::Risky).count();
        add(&mut saved.decisions, mended, &by);
    }
    let files = count(saved.writes.len(), "file");
    let head = format!("{}, {risky} of them risky, to {files}, planned {by}", count_fixes(fixes));
    let bytes = saved.text(&head).into_bytes();
    write_all(&[NewFile { path: to.to_owned(), bytes }], Others::Replaced)?;
    let to = to.display();
    print(&Shown::line(&format!("{head}: {to}")))?;
    if fixes > 0 {
        print(&Shown::line(&format!("  `casehard apply {to}` writes them")))?;
    }
    Ok(match (failed, saved.writes.is_empty()) {
        (true, _) => FAILED,
        (false, true) => DONE,
        (false, false) => FOUND,
    })
}

/// Takes over what was fixed, each as an answer to the finding that it mended.
fn add(decisions: &mut Decisions, mended: &Mended, by: &By) {
    for it in &mended.fixed {
        let place = decisions.place_at(it.rule, &it.subject, it.site.span, &it.text);
        let said = Said {
            word: Word::Yes,
            fix: Some(it.title.to_string()),
            image: None,
            confidence: Some(it.confidence),
            by: by.clone(),
            against: None,
        };
        decisions.say(&place, said);
    }
}

/// The options and paths of a run, as they are read again.
fn arguments(args: &cli::Fix) -> Vec<String> {
    let mut words = options(&args.inputs);
    words.extend(["--confidence".to_owned(), args.least().name().to_owned()]);
    words.extend(args.inputs.paths.iter().map(|it| word(it)));
    words
}

/// Does what a plan says.
pub(super) fn apply(args: &cli::Apply) -> Result<u8, Failure> {
    let file = source::read(&args.plan).map_err(|it| Failure(it.to_string()))?;
    let text = String::from_utf8(file.bytes.into_vec())
        .map_err(|_| Failure(format!("{}: not UTF-8: no plan", args.plan.display())))?;
    let saved = Saved::parse(&text, &args.plan, absolute(Path::new(".")))
        .map_err(|it| Failure(it.to_string()))?;
    let fix = again(&saved, &args.plan)?;
    let (mut policy, excluded) = decide(&fix.inputs, fix.least())?;
    policy.decisions = std::sync::Arc::new(saved.decisions.clone());
    let progress = Progress::of(&fix.inputs, false);
    let mut batch = read(&fix.inputs, &excluded, &progress)?;
    follow_links(&mut policy, &batch);
    let step = |_: &Path, _| ();
    let all = batch.carry_out(&policy, None, &step);
    let Applied { written, already } = write(&batch, &all, &saved);
    let refused = saved.writes.len() - written - already;
    if already > 0 && already == saved.writes.len() {
        let are = if already == 1 { "is" } else { "are" };
        let files = count(already, "file");
        print(&Shown::line(&format!("already applied: {files} {are} as planned; nothing to do")))?;
        return Ok(DONE);
    }
    let mut line = format!("{} written as planned", count(written, "file"));
    if already > 0 {
        line += &format!(", {already} as planned already");
    }
    if refused > 0 {
        line += &format!(", {refused} refused");
    }
    print(&Shown::line(&line))?;
    if written > 0 {
        print(&Shown::line(&format!("  {WAY_BACK}")))?;
    }
    Ok(if refused > 0 { FAILED } else { DONE })
}

/// What became of the files of a plan; the others are refused.
struct Applied {
    /// How many are written.
    written: usize,
    /// How many were as planned before.
    already: usize,
}

/// The run that the plan was made by.
fn again(saved: &Saved, plan: &Path) -> Result<cli::Fix, Failure> {
    let words = ["casehard", "fix"].map(str::to_owned).into_iter();
    let cli = Cli::try_parse_from(words.chain(saved.arguments.iter().cloned()));
    match cli.map(|it| it.command) {
        Ok(Command::Fix(fix)) => Ok(fix),
        _ => Err(Failure(format!(
            "{}: its arguments are not those of `casehard fix`: make the plan anew",
            plan.display()
        ))),
    }
}

/// Writes the files that come out as planned, and says why others do not.
fn write(batch: &Batch, all: &[Result<Mended, Unproven>], saved: &Saved) -> Applied {
    let mut journal = Journal::of_user(Cause::Fix);
    let mut planned: BTreeMap<PathBuf, &Planned> =
        saved.writes.iter().map(|it| (clean(&it.path), it)).collect();
    let mut applied = Applied { written: 0, already: 0 };
    let refuse = |path: &Path, why: &str| {
        complain(&Shown::line(&format!("{}: not written: {why}", path.display())));
    };
    for (project, mended) in batch.projects.iter().zip(all) {
        for (number, file) in project.files.iter().enumerate() {
            let Some(plan) = planned
                .get(&clean(&file.path))
                .filter(|_| project.inputs[number].is_some() && file.in_scope)
            else {
                continue;
            };
            let id = FileId(u32::try_from(number).unwrap_or(u32::MAX));
            let new = mended.as_ref().ok().map(|it| &it.files[number]);
            match verdict(plan, file.tree.text(), new.map(|it| it.tree.text())) {
                Verdict::Refused(why) => refuse(&file.path, why),
                Verdict::Already => applied.already += 1,
                Verdict::Write(text) => {
                    match write_file(&mut journal, &batch.inputs, project, id, text) {
                        Ok(()) => applied.written += 1,
                        Err(error) => complain(&Shown::line(&error.to_string())),
                    }
                }
            }
            planned.remove(&clean(&file.path));
        }
    }
    for path in planned.keys() {
        refuse(path, "it is not there, or is judged no more: make the plan anew");
    }
    applied
}

/// What is to be done with a file.
enum Verdict<'t> {
    /// This is what was planned.
    Write(&'t str),
    /// It says what was planned.
    Already,
    Refused(&'static str),
}

fn verdict<'t>(plan: &Planned, old: &str, new: Option<&'t str>) -> Verdict<'t> {
    let digest = source::digest(old.as_bytes());
    if digest == plan.after {
        return Verdict::Already;
    }
    if digest != plan.before {
        return Verdict::Refused("it changed since the plan was made: make the plan anew");
    }
    match new {
        Some(new) if source::digest(new.as_bytes()) == plan.after => Verdict::Write(new),
        Some(_) => Verdict::Refused(
            "something else would come of it now: other files, settings or another casehard: make the plan anew",
        ),
        None => Verdict::Refused("what was planned cannot be proven now"),
    }
}
