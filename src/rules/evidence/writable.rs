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
    if situation.kubernetes {
        // CRI-O leaves the image's volumes on the read-only root.
        paths.extend(image.volumes.iter().map(|it| writable(it, None, None, false)));
    }
    let confidence = match image.read_only {
        Verdict::Ok | Verdict::Documented if !conditional => {
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
        let note = image.silent.clone().map(Into::into);
        found.may_break = Some(note.unwrap_or_else(|| risk(situation).into()));
    }
    found
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
