//! `casehard observe`: what running containers do, kept beside what was learnt of their images.

mod find;
mod finish;
mod watch;

use std::time::{Duration, Instant};

pub(super) use self::find::{named, project_of};
pub(super) use self::finish::Programs;
use self::watch::Watched;
use super::built::built_for;
use super::learnt::Learnt;
use super::output::{complain, print};
use super::progress::Progress;
use super::stop::Stop;
use super::{DONE, FAILED, Failure, INTERRUPTED, learn};
use crate::cli::{Observe, ObserveFormat};
use crate::engine::trace::{Event, Name, Trace};
use crate::engine::{Engine, Fault, Running, peers};
use crate::images::learned::{Book, Privileged, is_for_people};
use crate::report::observed::{self, Seen};
use crate::report::shown::Shown;

/// How often is looked.
const STEP: Duration = Duration::from_secs(3);

/// How long the end of a start is waited for.
const PATIENCE: Duration = Duration::from_secs(90);

/// How long an answer is waited for once the look is to end: what was seen is kept where the engine answers.
const GRACE: Duration = Duration::from_secs(3);

/// Looks at containers, and keeps what was seen.
pub(super) fn observe(args: &Observe) -> Result<u8, Failure> {
    let mut learnt = Learnt::open(args.config.as_deref(), args.paths.first())?;
    learnt.writable()?;
    let mut book = learnt.read()?;
    let stop = Stop::at_once()?;
    let mut engine = Engine::connect(args.engine.as_deref())?;
    let running = engine.running()?;
    let chosen = find::chosen(&running, args)?;
    let mut is_failed = false;
    let mut all = Vec::new();
    for it in chosen {
        match Watched::begin(&engine, it) {
            Ok(it) => all.push(it),
            Err(it) => is_failed |= failed(&it.to_string()),
        }
    }
    stop.is_noted();
    engine.heed(stop.flag(), GRACE);
    let trace = if args.capabilities { trace(&engine, &all) } else { None };
    if args.restart {
        restart(&engine, &mut all, &stop);
    }
    watch(&engine, &mut all, args.time.unwrap_or_default(), &stop);
    let events = trace.map(ended);
    let (seen, has_failed) = finished(&engine, (&mut book, &learnt), &all, events.as_deref());
    is_failed |= has_failed;
    if !seen.is_empty() {
        learnt.keep(&book)?;
    }
    print(&match args.format {
        ObserveFormat::Text => observed::text(&seen, &learnt.name()),
        ObserveFormat::Json => observed::json(&seen),
    })?;
    Ok(match is_failed {
        true if engine.gave_up() => INTERRUPTED,
        true => FAILED,
        false => DONE,
    })
}

/// Ends the look at containers, and tells what was seen of them and whether something failed.
fn finished(
    engine: &Engine,
    (book, learnt): (&mut Book, &Learnt),
    all: &[Watched],
    events: Option<&[Event]>,
) -> (Vec<Seen>, bool) {
    let has_own_users = engine.maps_users();
    let (mut seen, mut is_failed) = (Vec::new(), false);
    for watched in all.iter().filter(|_| !engine.gave_up()) {
        if let Some(fault) = &watched.fault {
            is_failed |= failed(fault);
        }
        if !watched.was_seen() {
            continue;
        }
        let finished = finish::finish(engine, watched, events, has_own_users);
        // What the engine did not say any more would look as if it were not so.
        if engine.gave_up() {
            break;
        }
        let finished = finished.map_err(Failure::from);
        match finished.and_then(|it| note(engine, book, it)) {
            Ok(it) => {
                let (running, called) = (&watched.running, &watched.details.called);
                if let Some(built) = built_for(running, called, &learnt.folder()) {
                    book.built(&it.id, &built);
                }
                seen.push(it);
            }
            Err(it) => is_failed |= failed(&it.0),
        }
    }
    if engine.gave_up() {
        is_failed |=
            failed("stopped: the engine does not answer, and what it did not tell is not kept");
    }
    (seen, is_failed)
}

/// What one look shows of a container that was started for a trial, restarted, and is at rest; with what was traced, and
/// its main process before the restart.
///
/// # Errors
/// It is gone, or the engine refuses.
pub(super) fn look_once(
    engine: &Engine,
    running: Running,
    (events, earlier): (Option<&[Event]>, Option<u32>),
) -> Result<(Seen, Programs), Fault> {
    let mut watched = Watched::at_rest(engine, running, earlier)?;
    watched.look(engine, &peers::connections());
    finish::finish(engine, &watched, events, engine.maps_users())
}

/// Tells what went wrong with one of them.
fn failed(problem: &str) -> bool {
    complain(&Shown::line(problem));
    true
}

/// Begins to trace capabilities, or says why not.
fn trace(engine: &Engine, all: &[Watched]) -> Option<Trace> {
    let begun = match () {
        () if !engine.is_here() => {
            Err(format!("the engine is on another machine ({})", engine.address.url))
        }
        () if !all.is_empty() && all.iter().all(|it| !it.is_here) => {
            Err("the containers' processes are not of this machine, or may not be seen".to_owned())
        }
        () => Trace::begin(),
    };
    begun.map_err(|why| complain(&Shown::line(&format!("capabilities are not traced: {why}")))).ok()
}

/// Ends the trace.
fn ended(trace: Trace) -> Vec<Event> {
    let (events, has_lost) = trace.end();
    if has_lost {
        complain(&Shown::line(
            "some capabilities may be missing: the machine was too busy for the kernel's buffer",
        ));
    }
    events
}

/// Restarts them one after the other, which is said first.
fn restart(engine: &Engine, all: &mut [Watched], stop: &Stop) {
    for watched in all.iter_mut().filter(|it| it.fault.is_none()) {
        if stop.is_wanted() {
            return;
        }
        complain(&Shown::line(&format!("restarting {}", watched.running.name)));
        watched.restart(engine);
    }
}

/// Looks at them for some time, at least until their starts are over.
fn watch(engine: &Engine, all: &mut [Watched], time: Duration, stop: &Stop) {
    let begun = Instant::now();
    let is_long = |it: Duration| it.as_secs() > 5;
    if is_long(time) {
        let noun = if all.len() == 1 { "container" } else { "containers" };
        let told = format!(
            "looking at {} {noun} for {}; Ctrl-C ends it and keeps what was seen",
            all.len(),
            observed::time(time.as_secs())
        );
        complain(&Shown::line(&told));
    }
    let progress = Progress::on_terminal();
    let part = progress.timed("looking", time.as_secs());
    loop {
        let connections = peers::connections();
        all.iter_mut().for_each(|it| it.look(engine, &connections));
        let open = || all.iter().any(|it| it.fault.is_none() && !it.is_settled);
        let is_over = begun.elapsed() >= time && (!open() || begun.elapsed() >= PATIENCE);
        if is_over || all.iter().all(|it| it.fault.is_some()) {
            return;
        }
        let next = Instant::now() + STEP;
        while Instant::now() < next {
            if stop.is_wanted() {
                return;
            }
            part.at(begun.elapsed().as_secs());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Keeps what was seen of a container, with its image.
///
/// # Errors
/// The image cannot be read.
pub(super) fn note(
    engine: &Engine,
    book: &mut Book,
    (seen, programs): (Seen, Programs),
) -> Result<Seen, Failure> {
    let id = learn::in_book(engine, book, (&seen.image, &seen.id), &seen.observed.mounts)?;
    let mut observed = seen.observed.clone();
    let image = book.get(&id);
    observed.raised = programs.as_ref().zip(image).map(|(ran, image)| {
        // Ports are open to all in networks of the engine's own.
        let is_port = |it: &&String| *it == "NET_BIND_SERVICE";
        let raises = |it: &&Privileged| {
            it.setuid.is_some() || !it.capabilities.iter().all(|it| is_port(&it))
        };
        let own = image.privileged.iter().filter(raises).map(|it| &it.path);
        own.filter(|it| !is_for_people(it) && ran.contains(&Name::of(it))).cloned().collect()
    });
    book.observe(&id, observed);
    Ok(seen)
}
