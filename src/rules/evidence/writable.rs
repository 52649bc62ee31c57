//! The paths that stay writable under a read-only root, with owners where the process needs them.

use super::decide::{advice, basis};
use super::mode::by_fact;
use super::situation::{Situation, Start};
use super::{Advice, scratch};
use crate::finding::Confidence;
use crate::images::{Fact, Image, Verdict};
use crate::workload::Scratch;

/// The paths to keep writable, with owners where the process needs them.
pub(super) fn scratch_of(
    image: &Image,
    situation: &Situation<'_, '_>,
    start: Start,
    owner: Option<(u32, u32)>,
) -> Advice<Vec<Scratch>> {
    let (mut paths, conditional) = declared(image, situation, start, owner);
    let mut initdb = false;
    if situation.kubernetes {
        // CRI-O leaves the image's volumes on the read-only root.
        let known = |it: &&String| paths.iter().all(|known: &Scratch| known.path != **it);
        let volumes: Vec<_> = image.volumes.iter().filter(known).collect();
        let roots =
            |it: &&&String| start == Start::Unprivileged && situation.is_database(image, it);
        initdb = volumes.iter().any(|it| roots(&it));
        let volumes = volumes.iter().filter(|it| !roots(it));
        paths.extend(volumes.map(|it| writable(it, None, None, false)));
    }
    let open = if initdb { Vec::new() } else { open_data(image, situation, &paths) };
    if situation.kubernetes {
        // What is written beside all volumes goes with the container there anyway.
        paths.extend(open.iter().map(|it| writable(it, None, None, false)));
    }
    let confidence = match image.read_only {
        Verdict::Ok | Verdict::Documented if !conditional && !initdb && open.is_empty() => {
            by_fact(image, situation, Fact::ReadOnly)
        }
        _ => Confidence::Risky,
    };
    let what = match image.read_only {
        Verdict::Ok | Verdict::Documented => "works with a read-only root",
        Verdict::Caveat => "works with a read-only root under conditions",
        Verdict::No => "is known to fail with a read-only root",
        Verdict::Unknown => "not known to work with a read-only root",
    };
    if matches!(image.read_only, Verdict::Unknown | Verdict::No)
        && paths.iter().all(|it| it.path != "/tmp")
    {
        paths.push(scratch("/tmp"));
    }
    let mut found = advice(paths, confidence, basis(image, what));
    if confidence == Confidence::Risky {
        let data = format!("data in {}, where no volume is mounted", open.join(", "));
        let data = match initdb {
            true => Some(INITDB.to_owned()),
            false => (!open.is_empty()).then_some(data).or_else(|| image.silent.clone()),
        };
        found.may_break = Some(data.map_or_else(|| risk(situation).into(), Into::into));
    }
    found
}

/// An emptyDir at the data's own folder would be worse: its root belongs to root, whose mode initdb wants to change.
const INITDB: &str = "the database where the runtime mounts no volumes of the image (CRI-O): mount one, and set PGDATA to a subfolder of it";

/// The paths that the image is known to write to, and whether one of them depends on how it is used.
fn declared(
    image: &Image,
    situation: &Situation<'_, '_>,
    start: Start,
    owner: Option<(u32, u32)>,
) -> (Vec<Scratch>, bool) {
    let mut paths = Vec::new();
    let mut conditional = false;
    for it in &image.writable {
        let holds = it.when.as_ref().map(|when| situation.holds(when, &it.path, start));
        match holds {
            Some(Some(true)) => conditional = true,
            Some(Some(false) | None) => continue,
            None if it.optional && it.path != "/tmp" => continue,
            None => (),
        }
        let own = match start {
            Start::Unprivileged => owner,
            // Root without DAC_OVERRIDE cannot create files in another's folder.
            Start::Root if image.overrides_owners() && situation.found.account().is_some() => {
                it.uid.zip(it.gid)
            }
            Start::Root => None,
        };
        paths.push(writable(&it.path, own, it.mode.as_deref(), it.exec));
    }
    (paths, conditional)
}

/// The paths of the image's data, where neither a mount nor a path kept writable holds any of them.
fn open_data<'k>(
    image: &'k Image,
    situation: &Situation<'_, '_>,
    kept: &[Scratch],
) -> Vec<&'k str> {
    let below = |path: &str, folder: &str| {
        path.strip_prefix(folder).is_some_and(|it| it.is_empty() || it.starts_with('/'))
    };
    let mounts = situation.mounts.iter().filter_map(|it| it.target.as_deref());
    let mounts: Vec<&str> = mounts.chain(kept.iter().map(|it| it.path.as_str())).collect();
    let own = image.volumes.iter().map(String::as_str);
    let held = |path: &str| {
        let mut all = mounts.iter().copied().chain(own.clone());
        all.any(|it| below(path, it) || below(it, path))
    };
    // Several are choices more often than not: who mounts one of them has seen to the data.
    match image.data.iter().any(|it| held(it)) {
        true => Vec::new(),
        false => image.data.iter().map(String::as_str).collect(),
    }
}

/// What a read-only root may break, where the image's own notes say nothing.
pub(super) fn risk(situation: &Situation<'_, '_>) -> &'static str {
    // An emptyDir is open to everybody and has no sticky bit.
    match situation.kubernetes && situation.found.image().is_some_and(|it| it.id == "ruby") {
        true => {
            "Dir.mktmpdir, which refuses such a /tmp: set TMPDIR to a folder of the user's own there"
        }
        false => "writes outside of volumes and the paths kept writable",
    }
}

fn writable(path: &str, owner: Option<(u32, u32)>, mode: Option<&str>, exec: bool) -> Scratch {
    if path == "/tmp" {
        return Scratch { exec, ..scratch("/tmp") };
    }
    let mode = owner.map(|_| mode.unwrap_or("0755").to_owned());
    Scratch { path: path.to_owned(), owner, mode, exec }
}
