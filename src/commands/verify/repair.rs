//! What a service that breaks needs: what it was seen to do as it is, and what its read-only root refused it. The next
//! plan knows of it.

use std::collections::BTreeMap;

use super::super::{Failure, observe};
use super::bench::{Bench, Run, Shows};
use super::compare::Broken;
use super::plans::Plans;
use crate::engine::{Engine, Header, Kind};
use crate::images::learned::{Book, Observation, Written, up_to_secrets};
use crate::report::observed::Seen;
use crate::trial::{Refused, refused_paths};
use crate::workload::paths::is_below;

/// How many files of a folder are looked at, to tell whether any is there.
const FEW: usize = 200;

/// How long what a trial shows counts to have been seen at most, in seconds: it is no minute of real use.
const SHORT: u64 = 30;

/// What is not made writable, whatever a program tries there.
const OF_SYSTEM: [&str; 4] = ["/", "/dev", "/proc", "/sys"];

/// What the read-only root of a hardened container refused it, by its log.
pub(super) fn refused(engine: &Engine, container: (&str, &str), log: &str) -> Vec<Written> {
    let each = refused_paths(log).into_iter().filter_map(|it| needed(engine, container, &it));
    let mut needed: Vec<Written> = each.collect();
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// What has to be writable, so that a path is.
fn needed(engine: &Engine, container: (&str, &str), refused: &Refused) -> Option<Written> {
    let folder = match refused.is_folder {
        true => refused.path.as_str(),
        false => refused.path.rsplit_once('/').map_or("", |it| it.0),
    };
    if folder.is_empty() || OF_SYSTEM.contains(&folder) {
        return None;
    }
    // What lies there on a read-only root came with the image.
    let is_file = |it: &Header| it.kind != Kind::Folder;
    let look = engine.look(container, folder, FEW);
    let holds = look.is_ok_and(|it| !it.whole || it.headers.iter().any(is_file));
    let path = if holds { refused.path.clone() } else { folder.to_owned() };
    Some(Written { path, uid: 0, gid: 0, holds, exec: false, by: String::new() })
}

/// Writes down what the services that broke were seen to need. Tells whether there was anything.
///
/// # Errors
/// An image cannot be read.
pub(super) fn note(
    bench: &Bench<'_>,
    plans: &Plans<'_>,
    book: &mut Book,
    (before, after): (&Run, &Run),
    why: &BTreeMap<String, Broken>,
) -> Result<bool, Failure> {
    let mut is_any = false;
    for service in why.keys() {
        let Some((image, was)) = plans.image(service).zip(before.get(service)) else { continue };
        let is = after.get(service);
        for (seen, programs) in &was.seen {
            let mut observed = observation(seen, is, plans.name());
            observed.writes = up_to_secrets(observed.writes, &plans.secrets(service));
            let seen = Seen { image: image.to_owned(), observed, ..seen.clone() };
            let id = seen.id.clone();
            observe::note(bench.engine, book, (seen, programs.clone()))?;
            plans.built(service).into_iter().for_each(|it| book.built(&id, it));
            is_any = true;
        }
    }
    Ok(is_any)
}

/// What a trial showed of a service.
fn observation(seen: &Seen, hardened: Option<&Shows>, project: &str) -> Observation {
    let mut observed = seen.observed.clone();
    project.clone_into(&mut observed.project);
    observed.alive = observed.alive.min(SHORT);
    observed.seconds = observed.seconds.min(SHORT);
    let (uid, gid) = observed.main_user().unwrap_or_default();
    for it in hardened.into_iter().flat_map(|it| &it.refused) {
        // What is below a folder that stays writable is so with it.
        let has =
            |own: &Written| it.path == own.path || !own.holds && is_below(&it.path, &own.path);
        if !observed.writes.iter().any(has) {
            observed.writes.push(Written { uid, gid, ..it.clone() });
        }
    }
    observed.writes.sort_unstable();
    observed
}
