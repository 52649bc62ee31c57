//! What is made of a look at a container, when it ends.

use std::collections::BTreeSet;

use super::watch::{Watched, now};
use crate::date::Date;
use crate::engine::local::{self, Numbers};
use crate::engine::seen::{Group, Life, Opened, groups, limited, written};
use crate::engine::trace::{Event, Name, used};
use crate::engine::{Engine, Fault, Header, Look};
use crate::images::learned::{Observation, Owned, Words, Written, up_to_secrets};
use crate::layers::capability_names as names;
use crate::report::observed::Seen;

/// How many files of a folder are looked at.
const MOST: usize = 2000;

/// The first number of users that are only of a namespace.
const OF_NAMESPACES: u32 = 65_536;

/// Ends the look at a container.
///
/// # Errors
/// The engine refuses, or the container is gone.
pub(super) fn finish(
    engine: &Engine,
    watched: &Watched,
    events: Option<&[Event]>,
    has_own_users: bool,
) -> Result<(Seen, Programs), Fault> {
    let details = &watched.details;
    let mut notes = Vec::new();
    let users = users(watched, has_own_users, &mut notes);
    let (writes, by_people) = outside(engine, watched, &users, &mut notes)?;
    let gone = writes.is_none();
    let mut mounts: Vec<String> = details.mounts.iter().map(|it| it.path.clone()).collect();
    mounts.sort_unstable();
    let traced = events.map(|events| {
        let of = |pid: u32| used(events, pid, &watched.before, watched.bounding);
        watched.earlier.iter().fold(of(details.pid), |all, pid| all.and(of(*pid)))
    });
    let capabilities =
        traced.as_ref().map(|it| names(it.bits).into_iter().map(str::to_owned).collect::<Vec<_>>());
    let from_start = traced.as_ref().is_some_and(|it| it.from_start);
    if traced.is_some() && watched.restarted.is_some() && !from_start {
        notes.push("its start was not among what was traced: restart it once more".to_owned());
    }
    if !watched.is_here {
        notes.push("ports and sockets: its processes are not of this machine".to_owned());
    }
    let owners = owners(engine, watched, &mut notes);
    let numbers = |it: &u32| watched.numbers.as_ref().map_or(Some(*it), |of| of.1.inside(*it));
    let observed = Observation {
        service: watched.running.service.clone(),
        project: watched.running.project.clone(),
        on: Date::today(),
        seconds: watched.seconds,
        alive: now().saturating_sub(details.created),
        starts: u32::from(watched.restarted.is_some()),
        words: Words::of(&details.entrypoint, &details.command),
        mounts,
        from_root: details.from_root,
        groups: match users.is_empty() {
            true => Vec::new(),
            false => watched.users.groups.iter().filter_map(numbers).collect(),
        },
        users: users.iter().map(|it| format!("{}:{}", it.0, it.1)).collect(),
        saw_writes: !details.read_only && !gone,
        writes: up_to_secrets(writes.unwrap_or_default(), &details.secrets),
        owners,
        ports: watched.ports.iter().copied().collect(),
        sockets: watched.sockets.iter().cloned().collect(),
        capabilities: capabilities.clone().filter(|_| from_start),
        raised: None,
    };
    let programs = traced.filter(|_| from_start).map(|it| it.programs);
    let seen = Seen {
        image: details.called.clone(),
        id: details.image.clone(),
        observed,
        since_then: capabilities.filter(|_| !from_start),
        by_people,
        notes,
    };
    Ok((seen, programs))
}

/// The names of the programs that were run from the start on, where that was traced.
pub(in crate::commands) type Programs = Option<BTreeSet<Name>>;

/// What it wrote outside of mounts, nothing where it is gone; and what somebody else left there.
fn outside(
    engine: &Engine,
    watched: &Watched,
    users: &[(u32, u32)],
    notes: &mut Vec<String>,
) -> Result<(Option<Vec<Written>>, Vec<String>), Fault> {
    let details = &watched.details;
    if details.read_only {
        return Ok((Some(Vec::new()), Vec::new()));
    }
    let life = Life {
        starts: watched.restarted.map_or([details.started; 2], |(at, before)| [at, before]),
        from_root: details.from_root,
        stays_root: users.is_empty() || users.iter().any(|it| it.0 == 0),
    };
    match writes(engine, watched, life) {
        Err(_) if watched.fault.is_some() => {
            notes.push("what it wrote: the container is gone".to_owned());
            Ok((None, Vec::new()))
        }
        told => told.map(|(writes, by_people)| (Some(writes), by_people)),
    }
}

/// Whom its processes run as, by the container.
fn users(watched: &Watched, has_own: bool, notes: &mut Vec<String>) -> Vec<(u32, u32)> {
    let all = watched.users.all();
    let is_told = watched.numbers.is_some() || !has_own || watched.details.in_host_users;
    if !is_told {
        notes.push(
            "its users: the engine gives containers users of their own, and which they are is seen on its own machine \
             alone"
                .to_owned(),
        );
        return Vec::new();
    }
    if all.is_empty() {
        notes.push("its start was not over: look again, or longer with --for".to_owned());
    }
    let Some((uids, gids)) = &watched.numbers else { return all };
    all.into_iter().filter_map(|it| uids.inside(it.0).zip(gids.inside(it.1))).collect()
}

/// What it wrote outside of mounts, and what somebody else left there.
fn writes(
    engine: &Engine,
    watched: &Watched,
    life: Life,
) -> Result<(Vec<Written>, Vec<String>), Fault> {
    let (id, name) = (watched.running.id.as_str(), watched.running.name.as_str());
    let changes = engine.changes(id, name)?;
    let mounts: Vec<String> = watched.details.mounts.iter().map(|it| it.path.clone()).collect();
    let opened: Vec<Opened> = watched.opened.iter().filter_map(|it| inside(it, watched)).collect();
    let (mut all, mut by_people) = (Vec::new(), Vec::new());
    for group in groups(&changes, &mounts, &opened) {
        let look = look(engine, watched, &group);
        let mut reduced = written(&group, &look, life, &opened);
        all.append(&mut reduced.written);
        by_people.append(&mut reduced.by_people);
    }
    Ok((limited(all), by_people))
}

/// A file that was open, with its user by the container.
fn inside(opened: &Opened, watched: &Watched) -> Option<Opened> {
    let Some((uids, gids)) = &watched.numbers else { return Some(opened.clone()) };
    let (uid, gid) = uids.inside(opened.uid).zip(gids.inside(opened.gid))?;
    Some(Opened { uid, gid, ..opened.clone() })
}

/// A look at what a group lies in. What is gone by now shows nothing.
fn look(engine: &Engine, watched: &Watched, group: &Group) -> Look {
    let (id, name) = (watched.running.id.as_str(), watched.running.name.as_str());
    let mut look = engine.look((id, name), &group.path, MOST).unwrap_or_default();
    look.headers.retain_mut(|it| translate(it, engine, watched));
    if look.whole {
        return look;
    }
    // What a look at a large folder did not come to is looked at by itself.
    for change in group.changes.iter().take(20) {
        if look.headers.iter().all(|it| it.path != change.path) {
            let own = engine.look((id, name), &change.path, 1).unwrap_or_default();
            let mut headers = own.headers;
            headers.retain_mut(|it| translate(it, engine, watched));
            look.headers.extend(headers);
        }
    }
    look
}

/// Tells owners by the container, where the engine tells them by the host; not where the container does not have them.
fn translate(header: &mut Header, engine: &Engine, watched: &Watched) -> bool {
    let Some((uids, gids)) = &watched.numbers else { return true };
    let is_by_host = engine.numbers().is_some();
    let inside = |numbers: &Numbers, number: u32| match is_by_host {
        true => numbers.inside(number),
        false if number >= OF_NAMESPACES => Some(numbers.inside(number).unwrap_or(number)),
        false => Some(number),
    };
    let Some((uid, gid)) = inside(uids, header.uid).zip(inside(gids, header.gid)) else {
        return false;
    };
    (header.uid, header.gid) = (uid, gid);
    true
}

/// Whose what is mounted is.
fn owners(engine: &Engine, watched: &Watched, notes: &mut Vec<String>) -> Vec<Owned> {
    let (id, name) = (watched.running.id.as_str(), watched.running.name.as_str());
    let mut owners = Vec::new();
    for mount in watched.details.mounts.iter().filter(|it| !it.is_memory) {
        let mut look = engine.look((id, name), &mount.path, MOST).unwrap_or_default();
        let count = look.headers.len();
        let is_told = look.headers.first_mut().is_none_or(|it| translate(it, engine, watched));
        if !is_told {
            notes.push(format!(
                "whose {} is: it belongs to a user of the host whom the container does not have",
                mount.path
            ));
            continue;
        }
        let Some(top) = look.headers.first().cloned() else {
            owners.extend(seen_from_here(watched, &mount.path));
            continue;
        };
        let mut others = look.headers.split_off(1);
        others.retain_mut(|it| translate(it, engine, watched));
        let is_other = |it: &Header| (it.uid, it.gid) != (top.uid, top.gid);
        owners.push(Owned {
            path: mount.path.clone(),
            uid: top.uid,
            gid: top.gid,
            mode: format!("{:04o}", top.mode),
            mixed: others.len() + 1 < count || others.iter().any(is_other),
        });
    }
    owners
}

/// Whose a mounted socket is, of which there is no archive.
fn seen_from_here(watched: &Watched, path: &str) -> Option<Owned> {
    let (uids, gids) = watched.numbers.as_ref()?;
    let (uid, gid, mode) = local::owner(watched.details.pid, path)?;
    Some(Owned {
        path: path.to_owned(),
        uid: uids.inside(uid)?,
        gid: gids.inside(gid)?,
        mode: format!("{mode:04o}"),
        mixed: false,
    })
}
