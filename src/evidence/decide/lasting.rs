//! What a service keeps beside its mounts: it goes into a volume of its own where one can take it, else it is told that it
//! goes with each restart.

use super::Matter;
use super::filesystem::owner;
use crate::config::Target;
use crate::evidence::facts::{Doubt, Facts};
use crate::evidence::holds_logs;
use crate::evidence::subject::is_below;
use crate::evidence::target::Platform;
use crate::finding::Confidence;
use crate::images::Data;
use crate::images::learned::Folder;
use crate::series::series;

/// The folders that go into volumes of their own: where it was seen to keep something, and `open`, where its image keeps
/// data and nothing is mounted.
pub(super) fn volumes(
    matter: &Matter<'_, '_, '_>,
    platform: &Platform,
    open: &[String],
) -> Vec<String> {
    // A stack makes a volume on each machine that it comes to.
    if platform.target == Target::Swarm {
        return Vec::new();
    }
    let Matter { subject, facts, settings, .. } = matter;
    let seen = facts.kept.iter().filter(|it| !holds_logs(&it.path));
    let seen = seen.map(|it| (it.path.as_str(), it.owner.map_or(0, |it| it.0)));
    // Of several some are choices. What the image does not have its service makes where it uses it.
    let is_known =
        |it: &&Data| open == [it.path.as_str()] && it.made == Some(true) && !ships(facts, &it.path);
    let known = facts.data.iter().map(|it| &it.value).filter(is_known);
    let known = known.map(|it| (it.path.as_str(), it.uid.unwrap_or_default()));
    let is_owners = |path: &str| settings.writable.iter().any(|it| is_below(path, it));
    let mut all: Vec<String> = Vec::new();
    for (path, uid) in seen.chain(known) {
        let is_held = all.iter().any(|it| is_below(path, it));
        if is_held || is_owners(path) {
            continue;
        }
        if let Some(it) = place(matter, path, uid).filter(|it| subject.workload.can_have_volume(it))
        {
            all.retain(|held| !is_below(held, &it));
            all.push(it);
        }
    }
    all
}

/// Where a volume goes for a path, so that who writes it, which was this user so far, may: a fresh volume takes its owner
/// from the image's folder, and belongs to root where the image has none. What the service makes itself lies in a folder
/// of its own as often as not.
fn place(matter: &Matter<'_, '_, '_>, path: &str, uid: u32) -> Option<String> {
    let uid = owner(matter).map_or(uid, |it| it.0);
    if may_write(matter, path, uid) {
        return Some(path.to_owned());
    }
    if folder(matter, path).is_some() {
        return None;
    }
    let above = path.match_indices('/').map(|it| &path[..it.0]).rev();
    let is_empty = |it: &&str| {
        let mut mounted = matter.subject.mounts().iter().filter_map(|it| it.target.as_deref());
        !ships(matter.facts, it) && !mounted.any(|at| is_below(at, it))
    };
    let found = above.filter(|it| !it.is_empty()).find(|it| folder(matter, it).is_some())?;
    Some(found).filter(is_empty).filter(|it| may_write(matter, it, uid)).map(str::to_owned)
}

/// Whether files that ship with the image lie there: in a volume they would stay as they are now, whatever the next
/// image ships.
fn ships(facts: &Facts, path: &str) -> bool {
    facts.ships.iter().any(|it| is_below(it, path))
}

/// Whether a user may write to a fresh volume there.
fn may_write(matter: &Matter<'_, '_, '_>, path: &str, uid: u32) -> bool {
    let made = folder(matter, path);
    let is_open = |it: &Data| matches!(it.mode.as_deref(), Some("1777" | "0777"));
    match made {
        Some(it) if is_open(&it) => true,
        Some(it) => it.uid == Some(uid) || uid == 0 && matter.facts.overrides_owners(),
        None => uid == 0,
    }
}

/// A folder that the image makes for somebody: what is not told is root's, or is not there.
fn folder(matter: &Matter<'_, '_, '_>, path: &str) -> Option<Data> {
    let known = matter.facts.data.iter().map(|it| &it.value).filter(|it| it.made == Some(true));
    let known = known.filter(|it| it.path == path && it.uid.is_some()).cloned();
    let read = matter.subject.learnt.into_iter().flat_map(|it| &it.folders);
    let read = read.filter(|it| it.made && it.path == path).map(Folder::data);
    read.chain(known).next()
}

/// What stands against a read-only root where it was seen to keep something beside its mounts.
pub(super) fn doubts(matter: &Matter<'_, '_, '_>, volumes: &[String]) -> Vec<Doubt> {
    let kept = || matter.facts.kept.iter().map(|it| it.path.as_str());
    let is_held = |path: &str| volumes.iter().any(|it| is_below(path, it));
    let doubt = |paths: &[&str], so: String| Doubt {
        rules: &["writable-rootfs"],
        at_most: Confidence::Risky,
        seen: format!("it was seen to write {} where nothing is mounted", series(paths)).into(),
        so: Some(so.into()),
    };
    let mut all = Vec::new();
    let goes: Vec<&str> = kept().filter(|it| !is_held(it)).collect();
    // Logs that are lost are told; what breaks for want of its data is more.
    if goes.iter().any(|it| !holds_logs(it)) {
        let so = format!("what it keeps in {}, which would go with each restart", series(&goes));
        all.push(doubt(&goes, so));
    }
    let stays: Vec<&str> = kept().filter(|it| is_held(it)).collect();
    if !stays.is_empty() {
        all.push(doubt(&stays, left_behind(&stays)));
    }
    all
}

/// What becomes of what lies now where a volume will be.
pub(super) fn left_behind(paths: &[&str]) -> String {
    format!("what lies in {} now, which goes with the old container: copy it first", series(paths))
}
