//! The paths that stay writable under a read-only root, with owners where the process needs them.

use std::borrow::Cow;

use super::user::is_postgres;
use super::{Matter, Mode, advice, lasting};
use crate::config::Target;
use crate::evidence::fact::{Known, Source};
use crate::evidence::facts::{Doubt, Facts};
use crate::evidence::sources::sources_of;
use crate::evidence::subject::{Start, is_below};
use crate::evidence::target::Platform;
use crate::evidence::{Advice, START_AS_ROOT, scratch as open_to_all};
use crate::finding::Confidence;
use crate::images::dockerfile::User;
use crate::images::{Family, Verdict};
use crate::workload::{Id, Scratch};

/// The paths to keep writable, and those that go into volumes of their own.
pub(super) type Decided = (Advice<Vec<Scratch>>, Vec<String>);

/// The paths to keep writable, and those that go into volumes of their own; what stands against them beside is added to
/// the doubts.
pub(super) fn scratch(
    matter: &Matter<'_, '_, '_>,
    platform: &Platform,
    doubts: &mut Vec<Doubt>,
) -> Decided {
    let (mut found, volumes) = match matter.mode {
        Mode::Unknown => unknown(matter, platform),
        Mode::Own if matter.facts.start.is_none() => unknown(matter, platform),
        Mode::Own | Mode::Direct(_) | Mode::Root => known(matter, platform),
    };
    let lasts = |path: &str| {
        matter.facts.kept.iter().any(|it| it.path == path) || volumes.iter().any(|it| it == path)
    };
    found
        .value
        .retain(|it| !(lasts(&it.path) && volumes.iter().any(|own| is_below(&it.path, own))));
    doubts.extend(lasting::doubts(matter, &volumes));
    if matter.may_be_anybody() {
        found.value.iter_mut().for_each(|it| it.mode = Some("1777".to_owned()));
    }
    let ships = &matter.facts.ships;
    // A word that is left empty names no folder.
    let is_folder = |path: &str| path.bytes().any(|it| it.is_ascii_alphanumeric());
    found.value.retain(|it| !ships.contains(&it.path) && is_folder(&it.path));
    suit(&mut found, platform, doubts);
    (found, volumes)
}

/// What is kept where nothing is known of what it writes: the owner's paths, and those that its file names.
fn unknown(matter: &Matter<'_, '_, '_>, platform: &Platform) -> Decided {
    let mut paths: Vec<Scratch> =
        matter.settings.writable.iter().map(|it| open_to_all(it)).collect();
    paths.extend(told(matter, &paths));
    let risk = risk(matter, &paths);
    let found = advice(paths, Confidence::Risky, matter.ignorance()).may_break(risk);
    (found, lasting::volumes(matter, platform, &[]))
}

/// The paths that sources other than the knowledge name, with the owner that the process needs.
fn told(matter: &Matter<'_, '_, '_>, kept: &[Scratch]) -> Vec<Scratch> {
    let own = owner(matter);
    let held = |path: &str| kept.iter().any(|it| is_below(path, &it.path));
    let all = matter.facts.writes.iter().map(|it| &it.value).filter(|it| !held(&it.path));
    all.map(|it| writable(it, own)).collect()
}

fn known(matter: &Matter<'_, '_, '_>, platform: &Platform) -> Decided {
    let Matter { subject, facts, .. } = matter;
    let own = owner(matter);
    let mut paths: Vec<Scratch> = facts.writes.iter().map(|it| writable(&it.value, own)).collect();
    let mut initdb = false;
    if subject.is_kubernetes() {
        // CRI-O leaves the image's volumes on the read-only root.
        let missing = |it: &&String| paths.iter().all(|known| known.path != **it);
        let volumes: Vec<_> = facts.volumes.iter().filter(missing).collect();
        let roots =
            |it: &&&String| matter.mode.start() == Start::Unprivileged && is_database(matter, it);
        initdb = volumes.iter().any(|it| roots(&it));
        let volumes = volumes.iter().filter(|it| !roots(it));
        paths.extend(volumes.map(|it| bare(it)));
    }
    // What it was seen to write is all that it has.
    let seen = facts.read_only.as_ref().is_some_and(|it| it.source == Source::Observed);
    let open = if initdb || seen { Vec::new() } else { open_data(matter, &paths) };
    let volumes = lasting::volumes(matter, platform, &open);
    let (held_data, open): (Vec<_>, Vec<_>) = open.into_iter().partition(|it| volumes.contains(it));
    if subject.is_kubernetes() {
        // What is written beside all volumes goes with the container there anyway.
        paths.extend(open.iter().map(|it| bare(it)));
    }
    let verdict = facts.read_only.as_ref();
    let sure = verdict.map_or(Confidence::Risky, Known::sure);
    let verdict = verdict.map_or(Verdict::Unknown, |it| it.value);
    let confidence = match verdict {
        Verdict::Ok | Verdict::Documented if !initdb && open.is_empty() && held_data.is_empty() => {
            sure
        }
        Verdict::No => Confidence::Manual,
        _ => Confidence::Risky,
    };
    let confidence = match matter.mode {
        Mode::Direct(at_most) if !matter.is_never_root() => {
            confidence.min(at_most.max(Confidence::Risky))
        }
        Mode::Direct(_) | Mode::Own | Mode::Root | Mode::Unknown => confidence,
    };
    if !verdict.is_fine() && paths.iter().all(|it| it.path != "/tmp") {
        paths.push(open_to_all("/tmp"));
    }
    let held = held(facts).filter(|_| seen && verdict == Verdict::No);
    let basis = match seen {
        _ if let Some(held) = held => held.seen.clone(),
        true => basis_of_seen(matter, verdict),
        false => basis(matter, verdict, sure),
    };
    let mut found = advice(paths, confidence, basis);
    if confidence <= Confidence::Risky {
        let data = format!("data in {}, where no volume is mounted", open.join(", "));
        found.may_break = Some(match (initdb, open.is_empty()) {
            _ if let Some(so) = held.and_then(|it| it.so.clone()) => so,
            // What fails in every case says more than what fails here.
            _ if verdict == Verdict::No => own_risk(matter, verdict, &found.value),
            (true, _) => INITDB.into(),
            (false, false) => data.into(),
            (false, true) if verdict.is_fine() && !held_data.is_empty() => {
                lasting::left_behind(&held_data.iter().map(String::as_str).collect::<Vec<_>>())
                    .into()
            }
            (false, true) => own_risk(matter, verdict, &found.value),
        });
    }
    (found, volumes)
}

/// What it was seen to write that no mount can keep.
fn held(facts: &Facts) -> Option<&Doubt> {
    let rule = |it: &&Doubt| it.rules.contains(&"writable-rootfs");
    facts.doubts.iter().filter(rule).find(|it| it.at_most == Confidence::Manual)
}

/// What it rests on where its running container was looked at.
fn basis_of_seen(matter: &Matter<'_, '_, '_>, verdict: Verdict) -> Cow<'static, str> {
    let what = match verdict.is_fine() {
        true => "all that it wrote is kept writable",
        false => "it wrote beside files of the image",
    };
    let what = matter.subject.found.image().map_or(what.to_owned(), |it| sources_of(it, what));
    matter.with_seen(what, true).into()
}

fn basis(
    matter: &Matter<'_, '_, '_>,
    verdict: Verdict,
    confidence: Confidence,
) -> Cow<'static, str> {
    let what = match verdict {
        Verdict::Ok | Verdict::Documented if confidence == Confidence::Risky => {
            return matter.ignorance();
        }
        Verdict::Ok | Verdict::Documented => "works with a read-only root",
        Verdict::Caveat => "works with a read-only root under conditions",
        Verdict::No => "is known to fail with a read-only root",
        Verdict::Unknown => "not known to work with a read-only root",
    };
    match matter.subject.found.image() {
        Some(image) => sources_of(image, what).into(),
        None => what.into(),
    }
}

/// What a read-only root may break of an image that is known.
fn own_risk(matter: &Matter<'_, '_, '_>, verdict: Verdict, kept: &[Scratch]) -> Cow<'static, str> {
    let image = matter.subject.found.image();
    let init = matches!(matter.family(), Some(Family::S6 | Family::Lsio | Family::Host));
    if let Some(refusal) = refuses_open_tmp(matter) {
        return refusal.into();
    }
    match image.and_then(|it| it.why.read_only.clone()).filter(|_| !verdict.is_fine()) {
        Some(why) => why.into(),
        // Only the change of the user is not sure.
        None if matches!(matter.mode, Mode::Direct(Confidence::Risky))
            && verdict.is_fine()
            && matter.facts.read_only.as_ref().is_some_and(|it| it.sure() > Confidence::Risky) =>
        {
            START_AS_ROOT.into()
        }
        None if init => {
            "an init that writes to its own image: accounts, /etc, and the owner of the data".into()
        }
        None => risk(matter, kept),
    }
}

/// An emptyDir is open to everybody and has no sticky bit, which Ruby minds.
fn refuses_open_tmp(matter: &Matter<'_, '_, '_>) -> Option<&'static str> {
    let ruby = matter.subject.found.image().is_some_and(|it| it.id == "ruby");
    (ruby && matter.subject.is_kubernetes()).then_some(
        "Dir.mktmpdir, which refuses such a /tmp: set TMPDIR to a folder of the user's own there",
    )
}

/// What a read-only root may break where nothing is known.
fn risk(matter: &Matter<'_, '_, '_>, kept: &[Scratch]) -> Cow<'static, str> {
    if let Some(refusal) = refuses_open_tmp(matter) {
        return refusal.into();
    }
    let paths: Vec<&str> = kept.iter().map(|it| it.path.as_str()).collect();
    match paths.is_empty() {
        true => "writes outside of volumes".into(),
        false => format!("writes elsewhere than to {}", paths.join(", ")).into(),
    }
}

/// An emptyDir at the data's own folder would be worse: its root belongs to root, whose mode initdb wants to change.
const INITDB: &str = "the database where the runtime mounts no volumes of the image (CRI-O): mount one, and set PGDATA to a subfolder of it";

/// Whether PostgreSQL keeps its database right there, with nothing mounted.
fn is_database(matter: &Matter<'_, '_, '_>, path: &str) -> bool {
    is_postgres(matter.subject)
        && path.ends_with("/data")
        && !matter.subject.has_variable("PGDATA")
        && matter.subject.mounts().iter().all(|it| it.target.as_deref() != Some(path))
}

/// The owner that paths need which only the process itself may write.
pub(super) fn owner(matter: &Matter<'_, '_, '_>) -> Option<(u32, u32)> {
    let Matter { subject, facts, runs_as, mode, .. } = matter;
    let account = facts.account.as_ref().map(|it| it.value);
    match mode {
        // Root without the right to override owners cannot create files in another's folder.
        Mode::Root => account.filter(|_| facts.overrides_owners()),
        Mode::Direct(_) | Mode::Unknown => account.or(matter.becomes),
        // Nobody knows who that is: open to all, as the engine leaves it where it makes the folder.
        Mode::Own if matter.may_be_anybody() => None,
        Mode::Own => match (runs_as, &subject.identity.group) {
            (super::RunsAs::User(uid), Id::Number(gid)) => Some((*uid, *gid)),
            (super::RunsAs::User(uid), _) => Some((*uid, *uid)),
            _ => match subject.built.and_then(|it| it.user.as_ref()) {
                Some(User::Ids { uid, gid }) => Some((*uid, gid.unwrap_or(*uid))),
                _ => account,
            },
        },
    }
}

/// The paths of the image's data, where neither a mount nor a path kept writable holds any of them.
fn open_data(matter: &Matter<'_, '_, '_>, kept: &[Scratch]) -> Vec<String> {
    let Matter { subject, facts, .. } = matter;
    let mounts = subject.mounts().iter().filter_map(|it| it.target.as_deref());
    let mounts: Vec<&str> = mounts.chain(kept.iter().map(|it| it.path.as_str())).collect();
    let held = |path: &str| {
        let own = facts.volumes.iter().map(String::as_str);
        let mut all = mounts.iter().copied().chain(own);
        all.any(|it| is_below(path, it) || is_below(it, path))
    };
    // Several are choices more often than not: who mounts one of them has seen to the data.
    match facts.data.iter().any(|it| held(&it.value.path)) {
        true => Vec::new(),
        false => facts.data.iter().map(|it| it.value.path.clone()).collect(),
    }
}

fn bare(path: &str) -> Scratch {
    writable(&Scratch { path: path.to_owned(), owner: None, mode: None, exec: false }, None)
}

fn writable(known: &Scratch, owner: Option<(u32, u32)>) -> Scratch {
    if known.path == "/tmp" {
        return Scratch { exec: known.exec, ..open_to_all("/tmp") };
    }
    let mode = owner.map(|_| known.mode.clone().unwrap_or_else(|| "0755".to_owned()));
    Scratch { path: known.path.clone(), owner, mode, exec: known.exec }
}

/// Fits the paths to what runs them: Podman takes no owner on a tmpfs, a stack only the long form without one.
fn suit(found: &mut Advice<Vec<Scratch>>, platform: &Platform, doubts: &mut Vec<Doubt>) {
    if platform.target == Target::Docker {
        return;
    }
    let owned = found.value.iter().any(|it| it.owner.is_some());
    for path in &mut found.value {
        path.owner = None;
        path.mode = Some("1777".to_owned());
    }
    if platform.target == Target::Swarm && owned {
        doubts.push(Doubt {
            rules: &["writable-rootfs"],
            at_most: Confidence::Risky,
            seen: "a stack gives a tmpfs no owner".into(),
            so: Some(
                "writes to the paths kept writable, where the image has them for its own user"
                    .into(),
            ),
        });
    }
}
