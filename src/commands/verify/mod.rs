//! `casehard verify`: the hardened project is tried beside the one that runs, and what broke is looked for.

mod bench;
mod compare;
mod mirror;
mod plans;
mod probes;
mod repair;
mod search;
mod told;

use std::sync::atomic::Ordering;

use super::inputs::read;
use super::learnt::Learnt;
use super::output::{complain, print};
use super::policy::decide;
use super::progress::Progress;
use super::stop::stopped;
use super::{DONE, FAILED, FOUND, Failure, INTERRUPTED, learn};
use crate::batch::Project;
use crate::cli::{Inputs, Verify};
use crate::date::Date;
use crate::engine::{Client, Engine, local};
use crate::images::learned::{Book, Outcome, Verified};
use crate::mend::{Members, Policy};
use crate::report::shown::Shown;
use bench::Bench;
use plans::Plans;
use search::{Found, search};

/// Tries projects.
pub(super) fn verify(args: &Verify) -> Result<u8, Failure> {
    try_all(args, &|it| print(&it))
}

/// Tries projects before they are written. What came of it is told beside what is told of the fixes, and is known from
/// now on.
///
/// # Errors
/// One of them cannot be tried.
pub(super) fn before_writing(inputs: &Inputs) -> Result<(), Failure> {
    let tell = |it| {
        complain(&it);
        Ok(())
    };
    match try_all(&Verify::before_writing(inputs), &tell)? {
        INTERRUPTED => Err(Failure("stopped: nothing is written".to_owned())),
        FAILED => Err(Failure(
            "nothing is written, as not all could be tried: what passed is kept, and `casehard fix` without --verify \
             writes it"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

fn try_all(args: &Verify, tell: &dyn Fn(Shown) -> Result<(), Failure>) -> Result<u8, Failure> {
    let (policy, excluded) = decide(&args.inputs, args.confidence.into())?;
    let batch = read(&args.inputs, &excluded, &Progress::of(&args.inputs, true))?;
    super::tell::tell_problems(&batch.problems());
    let stopped = stopped()?;
    let is_stopped = || stopped.load(Ordering::Relaxed);
    let engine = Engine::connect(args.engine.as_deref())?;
    let client = Client::find(&engine.address, &is_stopped)?;
    let killed = sweep(&engine, |run| !run.parse().is_ok_and(local::is_there));
    if killed > 0 {
        let told = format!("{killed} things that a killed trial left are taken away");
        complain(&Shown::line(&told));
    }
    let mut learnt = Learnt::open(args.inputs.config.as_deref(), args.inputs.paths.first())?;
    let probes = super::policy::probes(&args.inputs)?;
    let mut book = learnt.read()?;
    let mut status = DONE;
    let is_compose = |it: &&Project| matches!(it.members, Members::Compose(_));
    for project in batch.projects.iter().filter(is_compose) {
        let bench =
            Bench { engine: &engine, client: &client, args, probes: &probes, stopped: &is_stopped };
        let tried = one(&bench, project, &policy, &mut book);
        // Compose may leave a network that was still in use when it asked.
        sweep(&engine, |run| run == bench::run_id());
        status = status.max(match tried {
            Ok(found) => {
                tell(Shown::own(&told::report(project.path(), &found)))?;
                if found.failed.is_empty() { DONE } else { FOUND }
            }
            Err(it) => {
                let path = project.path().display();
                complain(&Shown::line(&format!("{path}: not tried: {}", it.0)));
                FAILED
            }
        });
        if is_stopped() {
            // What was tried by now is kept.
            status = INTERRUPTED;
            break;
        }
    }
    if batch.projects.iter().any(|it| matches!(it.members, Members::Kubernetes(_))) {
        complain(&Shown::line("pods are not tried: only Compose projects are"));
    }
    if learnt.keep(&book)? {
        complain(&Shown::line(&format!("written to {}", learnt.name())));
    }
    Ok(status)
}

/// Takes away what is left of trials, and tells how many things there were.
fn sweep(engine: &Engine, of: impl Fn(&str) -> bool) -> usize {
    engine.sweep(of).unwrap_or_else(|it| {
        complain(&Shown::line(&it.to_string()));
        0
    })
}

/// Tries one project, and writes down what came of it.
fn one(
    bench: &Bench<'_>,
    project: &Project,
    policy: &Policy,
    book: &mut Book,
) -> Result<Found, Failure> {
    let mut plans = Plans::of(bench, project, policy)?;
    let found = search(bench, &mut plans, book)?;
    for (service, tried) in &found.tried {
        let Some(image) = plans.image(service) else { continue };
        let id = bench.engine.id_of(image).map_err(Failure::from);
        let id = id.and_then(|id| learn::in_book(bench.engine, book, (image, &id), &[]));
        let Ok(id) = id else { continue };
        for it in tried {
            book.verify(
                &id,
                Verified {
                    service: service.clone(),
                    on: Date::today(),
                    rule: it.rule.clone(),
                    fix: it.fix.clone(),
                    outcome: if it.passed { Outcome::Passed } else { Outcome::Failed },
                    because: it.because.as_ref().map_or_else(String::new, |it| it.what.clone()),
                },
            );
        }
    }
    Ok(found)
}
