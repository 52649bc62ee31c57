//! What the library reads of the same document, and what it makes of it.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use casehard::batch::{Batch, Loaded, Outcome, Project, parse, projects};
use casehard::cli::{Cli, Command};
use casehard::finding::{Confidence, Finding};
use casehard::mend::{Analysis, Mended, Policy, Shared, analyse, mend};
use casehard::plan::accept;
use casehard::source::Named;
use clap::Parser as _;

/// A rule and whom it holds for.
pub(crate) type Said = (String, String);

/// What came of one document.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// It was not judged: why.
    pub(crate) refused: Option<String>,
    /// What `check` reports, waived or not.
    pub(crate) checked: Vec<Said>,
    /// What is left after the fixes: open, waived or refused.
    pub(crate) left: Vec<Said>,
    /// What is said not to be known: of whom, and in which words and line.
    pub(crate) unknown: Vec<(String, String)>,
    /// What was left alone: services, or containers, that something else runs.
    pub(crate) skipped: Vec<String>,
    /// What was mended.
    pub(crate) fixed: Vec<Said>,
    /// The text after the fixes.
    pub(crate) text: String,
    /// What must never happen.
    pub(crate) fault: Option<(&'static str, String)>,
    /// How long it took.
    pub(crate) time: Duration,
}

thread_local! {
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps the messages of panics for the report.
pub(crate) fn catch_messages() {
    std::panic::set_hook(Box::new(|it| PANIC.with(|last| *last.borrow_mut() = it.to_string())));
}

/// What is judged when nothing is configured.
pub(crate) fn policy(accepts: Confidence) -> Policy {
    let cli = Cli::parse_from(["casehard", "check", env!("CARGO_MANIFEST_DIR")]);
    let Command::Check(args) = cli.command else { unreachable!() };
    casehard::commands::policy(&args.inputs, accepts).unwrap_or_else(|it| panic!("{}", it.0))
}

/// `check` and `fix --yes --confidence risky`, twice, of a document that is read as if from this path.
pub(crate) fn judge(path: &Path, text: &str, policies: &[Policy; 2]) -> Verdict {
    let start = Instant::now();
    PANIC.with(|last| last.borrow_mut().clear());
    let run = || judged(path, text, policies);
    let mut verdict = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Verdict {
        fault: Some(("panic", PANIC.with(|last| last.borrow().clone()))),
        ..Verdict::default()
    });
    verdict.time = start.elapsed();
    verdict
}

fn judged(path: &Path, text: &str, [check, fix]: &[Policy; 2]) -> Verdict {
    let project = match read(path, text) {
        Ok(project) => project,
        Err(refused) => return Verdict { refused: Some(refused), ..Verdict::default() },
    };
    let found = analyse(&project.files, &project.members, check);
    let checked = all(&found);
    let skipped: Vec<String> = found.skipped.iter().map(|it| it.0.to_string()).collect();
    let unknown = unknown(&project.files, &found);
    let mended = match all_mended(&project, fix) {
        Ok(mended) => mended,
        Err(message) => {
            let fault = Some(("unproven", message));
            return Verdict { checked, unknown, skipped, fault, ..Verdict::default() };
        }
    };
    let mut verdict = Verdict { checked, unknown, skipped, ..said(&mended) };
    verdict.fault = again(path, &verdict, fix);
    verdict
}

fn read(path: &Path, text: &str) -> Result<Project, String> {
    let outcome = parse(path, Named::Outright, text.as_bytes());
    match &outcome {
        Outcome::Refused(all) => {
            let messages: Vec<&str> = all.iter().map(|it| it.message.as_str()).collect();
            return Err(messages.join("; "));
        }
        Outcome::Template(it) => return Err(it.message.clone()),
        Outcome::Passed => return Err(PASSED.to_owned()),
        Outcome::Ready(..) => (),
    }
    let mut inputs = vec![Loaded::new(path.to_owned(), None, outcome)];
    let mut projects = projects(&mut inputs);
    let batch = Batch {
        inputs,
        projects: Vec::new(),
        missing: Vec::new(),
        passed: Vec::new(),
        variables: Vec::new(),
        refused: Vec::new(),
        shard: None,
    };
    match (projects.pop(), batch.problems().first()) {
        (Some(project), None) => Ok(project),
        (_, Some(problem)) => Err(problem.message.clone()),
        (None, None) => Err(PASSED.to_owned()),
    }
}

/// Said of a document that was passed over in silence.
pub(crate) const PASSED: &str = "passed over";

fn all_mended(project: &Project, policy: &Policy) -> Result<Mended, String> {
    mend(&project.files, &project.members, policy, |all| accept(all, Confidence::Risky))
        .map_err(|it| it.message)
}

fn pair(it: &Finding) -> Said {
    (it.rule.to_owned(), it.subject.to_string())
}

fn all(analysis: &Analysis) -> Vec<Said> {
    let waived = analysis.judged.waived.iter().map(|it| pair(&it.finding));
    analysis.judged.open.iter().map(pair).chain(waived).collect()
}

/// The findings that say that something cannot be known.
fn unknown(files: &[Shared], analysis: &Analysis) -> Vec<(String, String)> {
    let waived = analysis.judged.waived.iter().map(|it| &it.finding);
    let all = analysis.judged.open.iter().chain(waived).filter(|it| it.rule == "unknown-setting");
    let words = |it: &Finding| {
        let tree = &files[it.site.file.0 as usize].tree;
        let line = tree.line_span(tree.position(it.site.span.start).line);
        format!("{} {}", it.message, &tree.text()[line.start..line.end])
    };
    all.map(|it| (it.subject.to_string(), words(it))).collect()
}

fn said(mended: &Mended) -> Verdict {
    let mut left = all(&mended.after);
    left.extend(mended.refused.iter().map(|it| pair(&it.0)));
    let fixed = mended.fixed.iter().map(|it| (it.rule.to_owned(), it.subject.to_string()));
    Verdict {
        left,
        fixed: fixed.collect(),
        text: mended.files[0].tree.text().to_owned(),
        ..Verdict::default()
    }
}

/// A second run reads what the first wrote, and writes nothing.
fn again(path: &Path, first: &Verdict, policy: &Policy) -> Option<(&'static str, String)> {
    let project = match read(path, &first.text) {
        Ok(project) => project,
        Err(message) => return Some(("second run refuses", message)),
    };
    match all_mended(&project, policy) {
        Err(message) => Some(("second run unproven", message)),
        Ok(again) if !again.changed.is_empty() => {
            let fixed: Vec<&str> = again.fixed.iter().map(|it| it.rule).collect();
            Some(("second run writes", fixed.join(" ")))
        }
        Ok(_) => None,
    }
}
