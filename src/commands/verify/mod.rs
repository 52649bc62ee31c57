//! `casehard verify`: the hardened project is tried beside the one that runs, and what broke is looked for.

mod bench;
mod compare;
mod plans;
mod probes;
mod search;
mod told;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

use super::inputs::read;
use super::learnt::Learnt;
use super::output::{complain, print};
use super::policy::decide;
use super::progress::Progress;
use super::{DONE, FAILED, FOUND, Failure, INTERRUPTED};
use crate::batch::Project;
use crate::cli::Verify;
use crate::date::Date;
use crate::engine::{Client, Engine};
use crate::images::learned::{Book, Outcome, Verified};
use crate::mend::{Members, Policy, images_of};
use crate::report::shown::Shown;
use bench::Bench;
use plans::Plans;
use search::{Found, search};

/// Tries projects.
pub(super) fn verify(args: &Verify) -> Result<u8, Failure> {
    let (policy, excluded) = decide(&args.inputs, args.confidence.into())?;
    let batch = read(&args.inputs, &excluded, &Progress::of(&args.inputs, true))?;
    super::tell::tell_problems(&batch.problems());
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stopped))
            .map_err(|it| Failure(format!("signals cannot be heard: {it}")))?;
    }
    let is_stopped = || stopped.load(Ordering::Relaxed);
    let engine = Engine::connect(args.engine.as_deref()).map_err(|it| Failure(it.to_string()))?;
    let client =
        Client::find(&engine.address, &is_stopped).map_err(|it| Failure(it.to_string()))?;
    sweep(&engine);
    let mut learnt = Learnt::open(args.inputs.config.as_deref(), args.inputs.paths.first())?;
    let probes = super::policy::probes(&args.inputs)?;
    let mut book = learnt.read()?;
    let mut status = DONE;
    let is_compose = |it: &&Project| matches!(it.members, Members::Compose(_));
    for project in batch.projects.iter().filter(is_compose) {
        let bench =
            Bench { engine: &engine, client: &client, args, probes: &probes, stopped: &is_stopped };
        let tried = one(&bench, project, &policy, &mut book);
        status = status.max(match tried {
            Ok(found) => {
                print(&Shown::own(&told::report(project.path(), &found)))?;
                if found.failed.is_empty() { DONE } else { FOUND }
            }
            Err(it) => {
                let path = project.path().display();
                complain(&Shown::line(&format!("{path}: not tried: {}", it.0)));
                FAILED
            }
        });
        if is_stopped() {
            return Ok(INTERRUPTED);
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

/// Takes away what trials left that were killed.
fn sweep(engine: &Engine) {
    let is_dead =
        |run: &str| !Path::new("/proc").join(run).exists() || !Path::new("/proc").is_dir();
    match engine.sweep(is_dead) {
        Ok(0) => (),
        Ok(count) => complain(&Shown::line(&format!(
            "{count} things that a killed trial left are taken away"
        ))),
        Err(it) => complain(&Shown::line(&it.to_string())),
    }
}

/// Tries one project, and writes down what came of it.
fn one(
    bench: &Bench<'_>,
    project: &Project,
    policy: &Policy,
    book: &mut Book,
) -> Result<Found, Failure> {
    let plans = Plans::of(bench, project, policy)?;
    let found = search(bench, &plans)?;
    let images: BTreeMap<String, String> = images_of(&project.files, &project.members, policy)
        .into_iter()
        .map(|it| (it.name, it.image))
        .collect();
    for (service, tried) in &found.tried {
        let Some(image) = plans.image(service).or(images.get(service).map(String::as_str)) else {
            continue;
        };
        let Ok(picture) = super::learn::of_engine(bench.engine, image, &[]) else { continue };
        let id = picture.id.clone();
        if book.get(&id).is_none() {
            book.learn(crate::images::learned::Learned {
                names: vec![crate::images::with_tag(image)],
                ..picture
            });
        }
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
