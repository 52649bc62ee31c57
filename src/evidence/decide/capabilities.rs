//! Which capabilities are kept when all are dropped.

use super::{Matter, Mode, advice, has_low_port};
use crate::evidence::fact::{Known, Source};
use crate::evidence::sources::{by_variables, reason, sources_of};
use crate::evidence::{Advice, START_AS_ROOT};
use crate::finding::Confidence;
use crate::images::{Family, Verdict};
use crate::series::series;
use crate::workload::{Kept, Origin};

/// What an init of an image needs that takes its account from a variable: it makes the account, gives it the data and
/// drops to it.
const ACCOUNT_INIT: [&str; 5] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];

/// The capabilities to keep.
pub(super) fn keep(matter: &Matter<'_, '_, '_>) -> Advice<Vec<Kept>> {
    match matter.mode {
        Mode::Own => unprivileged(matter, Confidence::Likely),
        Mode::Direct(_) if matter.is_never_root() => unprivileged(matter, Confidence::Likely),
        Mode::Direct(confidence) => unprivileged(matter, confidence.max(Confidence::Risky)),
        Mode::Root => as_root(matter),
        Mode::Unknown => unknown(matter),
    }
}

fn unknown(matter: &Matter<'_, '_, '_>) -> Advice<Vec<Kept>> {
    let kept = |name: &&'static str| Kept {
        name: (*name).to_owned(),
        why: "its start makes an account and drops to it".to_owned(),
    };
    let names = match by_variables(matter.subject) {
        Some(_) => ACCOUNT_INIT.iter().map(kept).collect(),
        None => Vec::new(),
    };
    advice(names, Confidence::Risky, matter.ignorance())
        .may_break("a start that changes owners or switches to another user")
}

/// Not as root: a process holds no capability then, but its programs can carry them.
fn unprivileged(matter: &Matter<'_, '_, '_>, at_most: Confidence) -> Advice<Vec<Kept>> {
    const NOT_ROOT: &str = "not root, and no program of the image is known to carry a capability";
    let image = matter.subject.found.image();
    let known = matter.facts.as_account.as_ref();
    let mut kept: Vec<Kept> = known
        .into_iter()
        .flat_map(|it| &it.value)
        .map(|name| Kept { name: name.clone(), why: reason(name, image).to_owned() })
        .collect();
    add_features(matter, &mut kept);
    let own = known.map_or(Confidence::Risky, Known::sure);
    let sure = own.min(at_most);
    let basis = match (known, image) {
        (Some(_), Some(image)) if own > Confidence::Risky && !kept.is_empty() => {
            sources_of(image, "not root, and these are all that its programs carry").into()
        }
        (Some(_), Some(image)) if own > Confidence::Risky => sources_of(image, NOT_ROOT).into(),
        (Some(_), None) if own > Confidence::Risky => NOT_ROOT.into(),
        _ => matter.ignorance(),
    };
    let mut keep = advice(kept, sure, basis);
    if sure <= Confidence::Risky {
        keep.may_break = Some(match own {
            // Only the change of the user is not sure.
            Confidence::Likely | Confidence::Safe => START_AS_ROOT.into(),
            Confidence::Risky | Confidence::Manual => {
                "programs with file capabilities, which then do not start".into()
            }
        });
    }
    held_back(matter, keep)
}

/// What sudo and file capabilities hand back lies in the bounding set: where they are in use it is not emptied.
fn held_back(matter: &Matter<'_, '_, '_>, mut keep: Advice<Vec<Kept>>) -> Advice<Vec<Kept>> {
    let escalates = matter.facts.escalation.as_ref().map(|it| it.value);
    if !keep.value.is_empty() {
        return keep;
    }
    let at_most = match escalates {
        Some(Verdict::No) => Confidence::Manual,
        Some(Verdict::Caveat) => Confidence::Risky,
        Some(Verdict::Ok | Verdict::Documented | Verdict::Unknown) | None => return keep,
    };
    if at_most <= keep.confidence {
        let why = matter.subject.found.image().and_then(|it| it.why.nnp.clone());
        let why = why.unwrap_or_else(|| "programs that raise their privileges".to_owned());
        keep.confidence = at_most;
        keep.basis = "it raises its privileges, for which it needs capabilities".into();
        keep.may_break = Some(why.into());
    }
    keep
}

/// It goes on starting as root, with the least capabilities.
fn as_root(matter: &Matter<'_, '_, '_>) -> Advice<Vec<Kept>> {
    let Matter { subject, facts, .. } = matter;
    let Some(image) = subject.found.image() else { return unknown(matter) };
    let known = facts.as_root.as_ref();
    let mut kept: Vec<Kept> = known
        .into_iter()
        .flat_map(|it| &it.value)
        .map(|name| Kept { name: name.clone(), why: reason(name, Some(image)).to_owned() })
        .collect();
    let mut need = |name: &str, why: &str| {
        if kept.iter().all(|it| it.name != name) {
            kept.push(Kept { name: name.to_owned(), why: why.to_owned() });
        }
    };
    let drops = known.is_some_and(|it| it.value.iter().any(|it| it == "SETUID"));
    if subject.init && drops {
        need("KILL", reason("KILL", Some(image)));
    }
    // Outside the host's network Docker opens low ports to everybody, and not every runtime of pods does.
    if has_low_port(facts) && subject.has_closed_ports {
        need("NET_BIND_SERVICE", reason("NET_BIND_SERVICE", Some(image)));
    }
    if holds_peoples_files(matter) {
        need("DAC_OVERRIDE", "root reads files of the host's users");
    }
    if facts.has_data_of_another() {
        need("DAC_OVERRIDE", reason("DAC_OVERRIDE", Some(image)));
    }
    add_features(matter, &mut kept);
    kept.sort_by(|a, b| a.name.cmp(&b.name));
    let sure = known.map_or(Confidence::Risky, Known::sure);
    let traced = known.is_some_and(|it| it.source == Source::Observed);
    let sure = match image.family {
        // It used no others from its start on.
        _ if traced => sure,
        Family::Drop | Family::Master => sure,
        Family::Rootplain if !subject.has_writable_binds() => sure,
        _ => Confidence::Risky,
    };
    let basis = matter.with_seen(sources_of(image, &image.start()), traced);
    let basis = unused(&facts.used, &kept).map_or(basis.clone(), |it| format!("{basis}; {it}"));
    let mut keep = advice(kept, sure, basis);
    if sure == Confidence::Risky {
        let why = image.why.caps.clone();
        keep.may_break = Some(why.map_or("what else its start does as root".into(), Into::into));
    }
    if image.family == Family::Host && image.nnp == Verdict::No {
        keep.confidence = Confidence::Manual;
        keep.may_break = image.why.nnp.clone().map(Into::into);
    }
    keep
}

/// What is kept beside what it was seen to use, and what for.
fn unused(used: &Option<Vec<String>>, kept: &[Kept]) -> Option<String> {
    let used = used.as_ref()?;
    let names = |wanted: bool| -> Vec<&str> {
        let all = kept.iter().filter(|it| used.contains(&it.name) == wanted);
        all.map(|it| it.name.as_str()).collect()
    };
    let (used, unused) = (names(true), names(false));
    let what = if used.is_empty() { "none".to_owned() } else { series(&used) };
    (!unused.is_empty()).then(|| {
        format!("it used {what}, and a start on empty folders needs {} too", series(&unused))
    })
}

/// Whether files of the host are mounted that can belong to anybody, closed to all others.
fn holds_peoples_files(matter: &Matter<'_, '_, '_>) -> bool {
    /// Where only the system's own files lie, which are root's.
    const ROOTS_OWN: &[&str] =
        &["/etc/", "/proc", "/sys", "/dev", "/run", "/var/run", "/lib/modules", "/usr"];
    matter.subject.mounts().iter().any(|it| match &it.origin {
        Origin::Host(path) => !ROOTS_OWN.iter().any(|own| path.starts_with(own)),
        Origin::Unknown => true,
        Origin::Volume(_) | Origin::Anonymous | Origin::Scratch | Origin::Other(_) => false,
    })
}

fn add_features(matter: &Matter<'_, '_, '_>, kept: &mut Vec<Kept>) {
    for (name, what) in &matter.facts.features {
        if kept.iter().all(|it| it.name != *name) {
            kept.push(Kept { name: name.clone(), why: format!("for {what}") });
        }
    }
}
