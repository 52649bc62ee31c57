//! `casehard verify`: the hardened project is tried beside the one that runs, and what broke is looked for.

mod bench;
mod compare;
mod culprits;
mod files;
mod host;
mod lasting;
mod mirror;
mod names;
mod originals;
mod plans;
mod probes;
mod repair;
mod search;
mod sweep;
mod told;

use std::cell::Cell;
use std::time::Duration;

use super::inputs::read;
use super::learnt::Learnt;
use super::output::{complain, print};
use super::policy::decide;
use super::progress::Progress;
use super::stop::Stop;
use super::{DONE, FAILED, FOUND, Failure, INTERRUPTED, learn};
use crate::batch::Project;
use crate::cli::{self, Inputs, Verify};
use crate::date::Date;
use crate::engine::{Client, Engine, mark};
use crate::images::learned::{Book, Outcome, Trial, Verified, without};
use crate::mend::{Members, Policy, has_fragments};
use crate::report::shown::Shown;
use crate::source::clean;
use bench::Bench;
use plans::Plans;
use search::{Found, search};
use sweep::{sweep, sweep_files};

/// Tries projects.
pub(super) fn verify(args: &Verify) -> Result<u8, Failure> {
    let tally = try_all(args, &|it| print(&it))?;
    Ok(match tally {
        Tally { is_stopped: true, .. } => INTERRUPTED,
        Tally { failed, left, .. } if failed || left => FAILED,
        Tally { broke: true, .. } => FOUND,
        Tally { .. } => DONE,
    })
}

/// Tries projects before they are written. What came of it is told beside what is told of the fixes, and is known from
/// now on. Tells whether all was tried: fixes of a service that was not are as sure as they were.
///
/// # Errors
/// One of them cannot be tried.
pub(super) fn before_writing(inputs: &Inputs, trial: &cli::Trial) -> Result<bool, Failure> {
    let tell = |it| {
        complain(&it);
        Ok(())
    };
    match try_all(&Verify::before_writing(inputs, trial), &tell)? {
        Tally { is_stopped: true, .. } => Err(Failure("stopped: nothing is written".to_owned())),
        Tally { failed: true, tried: true, .. } => Err(Failure(
            "nothing is written, as not all could be tried: what passed is kept, and `casehard fix` without --verify \
             writes it"
                .to_owned(),
        )),
        Tally { failed: true, .. } => {
            Err(Failure("nothing is written, as nothing could be tried".to_owned()))
        }
        Tally { left, .. } => Ok(!left),
    }
}

/// What came of all projects.
#[derive(Default)]
struct Tally {
    /// Some fix broke its service.
    broke: bool,
    /// Some service was not tried, or nothing can be told of it.
    left: bool,
    /// Some project could not be tried.
    failed: bool,
    /// Some project was tried.
    tried: bool,
    /// Somebody wanted the run to end.
    is_stopped: bool,
}

fn try_all(args: &Verify, tell: &dyn Fn(Shown) -> Result<(), Failure>) -> Result<Tally, Failure> {
    if args.inputs.paths.iter().any(|it| it.as_os_str() == "-") {
        let told = "verify needs files: standard input has no project".to_owned();
        return Err(Failure(told));
    }
    let (policy, excluded) = decide(&args.inputs, args.confidence.into())?;
    let batch = read(&args.inputs, &excluded, &Progress::of(&args.inputs, true))?;
    let problems = batch.problems();
    super::tell::tell_problems(&problems);
    let mut tally = Tally { failed: problems.iter().any(|it| it.fails), ..Tally::default() };
    if batch.projects.iter().any(|it| matches!(it.members, Members::Kubernetes(_))) {
        complain(&Shown::line("pods are not tried: only Compose projects are"));
        tally.left = true;
    }
    if batch.projects.iter().any(Project::is_script) {
        complain(&Shown::line("command lines are not tried: only Compose projects are"));
        tally.left = true;
    }
    let is_compose = |it: &&Project| matches!(it.members, Members::Compose(_)) && !it.is_script();
    let projects: Vec<&Project> = batch.projects.iter().filter(is_compose).collect();
    let is_base = |it: &Project| {
        let extends = |other: &&Project| other.bases.contains(&clean(it.path()));
        projects.iter().any(extends) && has_fragments(&it.files, &it.members, &policy)
    };
    let (bases, projects): (Vec<&Project>, Vec<&Project>) =
        projects.iter().partition(|it| is_base(it));
    for it in bases {
        let path = it.path().display();
        complain(&Shown::line(&format!(
            "{path}: not tried by itself: services of others extend it, and not all of its own say what they run"
        )));
    }
    if projects.is_empty() {
        return Ok(tally);
    }
    let probes = probes::read(&args.inputs, (&projects, &excluded))?;
    let mut learnt = Learnt::open(args.inputs.config.as_deref(), args.inputs.paths.first())?;
    learnt.writable()?;
    let mut book = learnt.read()?;
    let stop = Stop::at_once()?;
    let is_told = Cell::new(false);
    let is_stopped = || {
        let is = stop.is_wanted();
        if is && !is_told.replace(true) {
            complain(&Shown::line(
                "stopping: what was started is taken away (a second Ctrl-C ends at once; the next verify does it then)",
            ));
        }
        is
    };
    let mut engine = Engine::connect(args.trial.engine.as_deref())?;
    stop.is_noted();
    engine.heed(stop.flag(), Duration::ZERO);
    if engine.is_podman && policy.settings.target.is_none() {
        complain(&Shown::line(
            "this engine is Podman, and the fixes are for Docker: --target podman, or `target` in casehard.toml, makes \
             them for it",
        ));
    }
    let client = Client::find(&engine.address, &is_stopped)?;
    let killed = sweep(&engine, mark::is_dead) + sweep_files();
    if killed > 0 {
        let things = if killed == 1 { "thing" } else { "things" };
        let told = format!("taken away: {killed} {things} that a killed trial left");
        complain(&Shown::line(&told));
    }
    let folder = learnt.folder();
    let count = projects.len();
    for (at, project) in projects.into_iter().enumerate() {
        let bench = Bench {
            engine: &engine,
            client: &client,
            args,
            probes: &probes,
            folder: &folder,
            stopped: &is_stopped,
            progress: Progress::on_terminal(),
        };
        let which = if count > 1 { format!(" ({} of {count})", at + 1) } else { String::new() };
        complain(&Shown::line(&format!("verify: {}{which}", project.path().display())));
        let tried = one(&bench, project, &policy, &mut book);
        // Compose may leave a network that was still in use when it asked.
        if bench::has_made() {
            engine.tidy(|| sweep(&engine, |run| run == mark::own()));
        }
        if is_stopped() {
            complain(&Shown::line("stopped: all that was started is taken away again"));
            tally.is_stopped = true;
            break;
        }
        match tried {
            Ok(found) => {
                tell(Shown::own(&told::report(project.path(), &found, args)))?;
                tally.broke |= !found.failed.is_empty();
                tally.left |= found.leaves_some();
                tally.tried = true;
                // What was tried is kept, whatever becomes of the others.
                keep(&mut learnt, &book)?;
            }
            Err(it) => {
                let path = project.path().display();
                complain(&Shown::line(&format!("{path}: not tried: {}", it.0)));
                tally.failed = true;
            }
        }
    }
    Ok(tally)
}

fn keep(learnt: &mut Learnt, book: &Book) -> Result<(), Failure> {
    if learnt.keep(book)? {
        complain(&Shown::line(&format!("written to {}", learnt.name())));
    }
    Ok(())
}

/// Tries one project, and writes down what came of it.
fn one(
    bench: &Bench<'_>,
    project: &Project,
    policy: &Policy,
    book: &mut Book,
) -> Result<Found, Failure> {
    let mut plans = Plans::of(bench, project, (policy, book))?;
    let found = search(bench, &mut plans, book)?;
    let trials = plans.trials(bench.folder);
    for (service, tried) in &found.tried {
        let Some((image, trial)) = plans.image(service).zip(trials.get(service)) else { continue };
        let id = bench.engine.id_of(image)?;
        let id = learn::in_book(bench.engine, book, (image, &id), &[])?;
        plans.built(service).into_iter().for_each(|it| book.built(&id, it));
        let secrets = plans.secrets(service);
        let fixes = tried.iter().map(|it| Verified {
            on: Date::today(),
            rule: it.rule.clone(),
            fix: it.fix.clone(),
            outcome: if it.passed { Outcome::Passed } else { Outcome::Failed },
            because: it.because.as_ref().map_or_else(String::new, |it| without(&it.what, &secrets)),
        });
        book.tried(&id, Trial { fixes: fixes.collect(), ..trial.clone() });
    }
    Ok(found)
}
