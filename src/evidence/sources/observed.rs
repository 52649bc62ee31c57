//! What was seen of the container while it ran as the user has it.

use super::knowledge::is_granted;
use crate::evidence::fact::{Known, Source, Strength};
use crate::evidence::facts::{Doubt, Facts, Seen};
use crate::evidence::is_fleeting;
use crate::evidence::subject::{Start, Subject, is_below};
use crate::finding::Confidence;
use crate::images::learned::{
    Deed, Does, Observation, Words, Written, is_for_people, is_mountable,
};
use crate::images::{Direct, Family, Image, Verdict};
use crate::series::series;
use crate::workload::Scratch;
use crate::workload::paths::host_path;

/// What was seen.
pub(super) fn facts(subject: &Subject<'_, '_>, start: Start) -> Option<Facts> {
    let seen = of_it(subject)?;
    let strength = match seen.is_long() && is_its_own(subject, seen) {
        true => Strength::Read,
        false => Strength::Assumed,
    };
    let mut facts = Facts { seen: Some(told(seen)), ports: seen.ports.clone(), ..Facts::default() };
    let known = |value| Known { value, source: Source::Observed, strength };
    if strength == Strength::Read {
        facts.owners.clone_from(&seen.owners);
    }
    if let Some(account) = account(seen) {
        facts.account = Some(Known { value: account, source: Source::Observed, strength });
    }
    // What its image alone shows of how it starts is less than what it does.
    let is_open = |it: &Image| {
        matches!(it.family, Family::Rootplain | Family::Review) && it.direct == Direct::Unknown
    };
    if subject.server().is_none_or(is_open) {
        facts.start = Some(known(family(seen)));
        facts.direct = Some(Known {
            value: if seen.from_root { Direct::Unknown } else { Direct::Already },
            source: Source::Observed,
            strength,
        });
    }
    if let (Some(used), Start::Root) = (&seen.capabilities, start) {
        let value = needed(subject, seen, used);
        facts.as_root = Some(Known { value, source: Source::Observed, strength });
        facts.used = Some(used.clone());
    }
    if raised_nothing(subject, seen) {
        // Who is not root holds what its programs carry, and nothing else.
        let mut value: Vec<String> = carried(subject).cloned().collect();
        value.retain(|it| is_granted(subject, it));
        value.sort_unstable();
        value.dedup();
        facts.as_account = Some(Known { value, source: Source::Observed, strength });
        facts.escalation = Some(Known { value: Verdict::Ok, source: Source::Observed, strength });
    }
    if seen.saw_writes {
        writes(&mut facts, subject, seen, strength);
        facts.doubts.extend(traceless(subject, seen, start));
    }
    Some(facts)
}

/// Whether it is known to work where no program raises its privileges: none that could was run from its start on.
fn raised_nothing(subject: &Subject<'_, '_>, seen: &Observation) -> bool {
    let raises = || {
        let does = |what| subject.learnt.is_some_and(|it| it.start.first(what).is_some());
        does(Does::Raises)
            || does(Does::SetsCapabilities)
            || subject.found.image().is_some_and(|it| it.nnp == Verdict::No)
    };
    seen.raised.as_ref().is_some_and(Vec::is_empty) && !raises()
}

/// What a start as root needs: what it used, and what a first start needs where the data were its own already.
fn needed(subject: &Subject<'_, '_>, seen: &Observation, used: &[String]) -> Vec<String> {
    let mut needed: Vec<String> = used.to_vec();
    let owners = seen.owners.iter().map(|it| it.uid).chain(seen.writes.iter().map(|it| it.uid));
    if owners.into_iter().any(|it| it != 0) {
        needed.extend(["CHOWN", "DAC_OVERRIDE", "FOWNER"].map(str::to_owned));
    }
    if seen.users.iter().any(|it| !it.starts_with("0:")) {
        needed.extend(["SETGID", "SETUID"].map(str::to_owned));
    }
    let image =
        subject.server().into_iter().flat_map(|it| it.caps_root.iter().chain(&it.file_caps));
    needed.extend(image.cloned());
    // A program that carries one does not start without it.
    needed.extend(carried(subject).cloned());
    needed.retain(|it| is_granted(subject, it));
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// The capabilities that programs of its image carry.
fn carried<'k>(subject: &Subject<'k, '_>) -> impl Iterator<Item = &'k String> {
    let programs = subject.learnt.into_iter().flat_map(|it| &it.privileged);
    programs.filter(|it| !is_for_people(&it.path)).flat_map(|it| &it.capabilities)
}

/// What was seen of this container: of the same image, told to run the same, with at least the same mounts.
fn of_it<'k>(subject: &Subject<'k, '_>) -> Option<&'k Observation> {
    let learnt = subject.learnt.filter(|it| !it.observed.is_empty())?;
    let words = Words::of(&subject.words.entrypoint, &subject.words.command).beside(&learnt.words);
    let mounted = |it: &String| subject.is_mounted(it) || learnt.volumes.contains(it);
    let fits = |it: &&Observation| it.words == words && it.mounts.iter().all(mounted);
    let all = || learnt.observed.iter().filter(fits);
    let named = |it: &&Observation| it.service == *subject.container.name;
    all().find(named).or_else(|| all().next())
}

/// Whether it was this service, and not another of the same image.
fn is_its_own(subject: &Subject<'_, '_>, seen: &Observation) -> bool {
    seen.service == *subject.container.name
}

/// The account of its main process, where that is not root.
fn account(seen: &Observation) -> Option<(u32, u32)> {
    seen.main_user().filter(|it| it.0 != 0)
}

/// How it started, by what was seen of it.
fn family(seen: &Observation) -> Family {
    match (seen.from_root, account(seen)) {
        (false, _) => Family::Nonroot,
        (true, Some(_)) => Family::Drop,
        (true, None) if seen.users.len() > 1 => Family::Master,
        (true, None) => Family::Rootplain,
    }
}

/// What it wrote beside its mounts.
fn writes(facts: &mut Facts, subject: &Subject<'_, '_>, seen: &Observation, strength: Strength) {
    let open: Vec<&Written> =
        seen.writes.iter().filter(|it| !subject.is_mounted(&it.path)).collect();
    let fleeting = |it: &Written| is_fleeting(&it.path);
    let paths = |wanted: &dyn Fn(&Written) -> bool| -> Vec<&str> {
        open.iter().filter(|it| wanted(it)).map(|it| it.path.as_str()).collect()
    };
    let cannot = |it: &Written| it.holds || !is_mountable(&it.path);
    let hidden = paths(&|it| it.holds && is_mountable(&it.path));
    let odd: Vec<String> = open
        .iter()
        .filter(|it| !is_mountable(&it.path))
        .map(|it| it.path.escape_debug().to_string())
        .collect();
    let verdict = if hidden.is_empty() && odd.is_empty() { Verdict::Ok } else { Verdict::No };
    facts.read_only = Some(Known { value: verdict, source: Source::Observed, strength });
    let scratch = |it: &&Written| Scratch {
        path: it.path.clone(),
        owner: Some((it.uid, it.gid)),
        mode: None,
        exec: it.exec,
    };
    let known = |value| Known { value, source: Source::Observed, strength };
    facts.writes = open.iter().filter(|it| !cannot(it)).map(scratch).map(known).collect();
    let doubt = |paths: &[&str], at_most, what: &str, so: String| Doubt {
        rules: &["writable-rootfs"],
        at_most,
        seen: format!("it was seen to write {} {what}", series(paths)).into(),
        so: Some(so.into()),
    };
    if !hidden.is_empty() {
        let so =
            format!("mount a volume that holds {}, or have it write elsewhere", series(&hidden));
        facts.doubts.push(doubt(&hidden, Confidence::Manual, "beside files of the image", so));
    }
    if !odd.is_empty() {
        let odd: Vec<&str> = odd.iter().map(String::as_str).collect();
        let so = "have it write elsewhere".to_owned();
        facts.doubts.push(doubt(&odd, Confidence::Manual, "where no mount can be written", so));
    }
    let roots = paths(&|it| it.uid == 0 && !fleeting(it));
    if account(seen).is_some() && !roots.is_empty() {
        let roots = series(&roots);
        facts.doubts.push(Doubt {
            rules: &["root-user"],
            at_most: Confidence::Risky,
            seen: format!("its start was seen to write {roots} as root").into(),
            so: Some(format!("writing {roots}, which belongs to root").into()),
        });
    }
    facts.kept = open.iter().filter(|it| !cannot(it) && !fleeting(it)).map(scratch).collect();
}

/// What the start does to files that leaves no trace where they are as it wants them: it is refused all the same on a
/// read-only root.
fn traceless(subject: &Subject<'_, '_>, seen: &Observation, start: Start) -> Option<Doubt> {
    let is_kept = |path: &str| {
        let path = host_path(path);
        let written = seen.writes.iter().any(|it| !it.holds && is_below(&path, &it.path));
        !path.is_empty() && (subject.is_mounted(&path) || written)
    };
    let learnt = subject.learnt?;
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let own: Vec<String> =
        learnt.entrypoint.iter().chain(&learnt.command).map(|it| name(it)).collect();
    // What a tool of the distribution does is done once, and was done already.
    let is_own = |it: &Deed| it.at.rsplit_once(':').is_none_or(|it| own.contains(&name(it.0)));
    let changes = |it: &&Deed| {
        is_own(it)
            && matches!(it.what, Does::ChangesOwner | Does::ChangesMode)
            && (start == Start::Root || !it.as_root)
            && !is_kept(&it.path)
    };
    let deed = learnt.start.does.iter().find(changes)?;
    let where_to = if deed.path.is_empty() { "of files" } else { "of" };
    let what = if deed.what == Does::ChangesOwner { "owners" } else { "modes" };
    Some(Doubt {
        rules: &["writable-rootfs"],
        at_most: Confidence::Risky,
        seen: format!("its start changes {what} {where_to} {} ({})", deed.path, deed.at)
            .replace("  ", " ")
            .into(),
        so: Some("its start, where that is no folder that stays writable".into()),
    })
}

/// What was seen, for the reason of a fix.
fn told(seen: &Observation) -> Seen {
    Seen {
        text: format!("seen to run for {} until {}", seen.lived(), seen.on).into(),
        briefly: (!seen.is_long()).then(|| seen.lived()),
    }
}
