//! What the knowledge of images says: the built-in entries, and those that the owner adds in `casehard.toml`.

use crate::evidence::fact::{Known, Source, Strength};
use crate::evidence::facts::{Doubt, Facts, rules_of};
use crate::evidence::subject::{Start, Subject};
use crate::finding::Confidence;
use crate::images::{
    Aspect, Basis, Fact, Feature, Found, Image, Level, Variable, Verdict, Writable, why,
};
use crate::workload::Scratch;

/// The capabilities that Docker gives a container: nothing outside of them is granted that the file does not grant.
pub const DEFAULT_SET: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Those that only a process of root has a use for: no program carries them as file capabilities.
const OF_ROOT: [&str; 8] =
    ["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "KILL", "SETFCAP", "SETGID", "SETUID"];

/// What the entry of the image says.
pub(super) fn facts(subject: &Subject<'_, '_>, start: Start) -> Option<Facts> {
    let image = subject.found.image()?;
    let mut facts = whatever_runs(subject, image);
    if subject.server().is_some() {
        own_program(&mut facts, subject, image, start);
    }
    Some(facts)
}

/// What holds whatever program runs in the image.
fn whatever_runs(subject: &Subject<'_, '_>, image: &Image) -> Facts {
    let known = |fact| strength(subject, image, fact);
    Facts {
        account: subject.found.account().map(|it| fact(it, known(Fact::User))),
        escalation: (image.nnp != Verdict::Unknown).then(|| fact(image.nnp, known(Fact::Nnp))),
        filter: Some(fact(image.seccomp, Strength::Read)),
        volumes: image.volumes.clone(),
        data: image.data.iter().map(|it| fact(it.clone(), known(Fact::User))).collect(),
        ships: image.ships.clone(),
        socket: image.docker_socket,
        api: image.docker_api.clone(),
        host: image.family == crate::images::Family::Host,
        ..Facts::default()
    }
}

/// What holds while the image's own program runs.
fn own_program(facts: &mut Facts, subject: &Subject<'_, '_>, image: &Image, start: Start) {
    let known = |fact| strength(subject, image, fact);
    let granted = |it: &&String| is_granted(subject, it);
    let mut as_account: Vec<String> = image.caps_direct.clone();
    as_account.extend(image.file_caps.iter().filter(|it| !image.caps_direct.contains(it)).cloned());
    let mut as_root: Vec<String> = image.caps_root.iter().filter(granted).cloned().collect();
    as_root.extend(image.file_caps.iter().filter(|it| !image.caps_root.contains(it)).cloned());
    facts.start = Some(fact(image.family, known(Fact::User)));
    facts.direct = Some(fact(image.direct, known(Fact::User)));
    facts.as_root = Some(fact(as_root, known(Fact::Caps)));
    facts.as_account = Some(fact(as_account, known(Fact::Caps)));
    facts.read_only = Some(fact(image.read_only, known(Fact::ReadOnly)));
    facts.ports.clone_from(&image.ports);
    let (set, open): (Vec<_>, Vec<_>) =
        image.env.iter().partition(|it| subject.has_variable(&it.name));
    let needed = |it: &Variable| (it.with, it.name.clone(), it.value.clone());
    facts.variables = open.into_iter().map(needed).collect();
    let otherwise = set.into_iter().filter(|it| subject.variable(&it.name) != Some(&it.value));
    facts.doubts.extend(otherwise.map(|it| Doubt {
        rules: rules_of(it.with),
        at_most: Confidence::Risky,
        seen: format!("{} is not {}", it.name, it.value).into(),
        so: None,
    }));
    let paths = image.writable.iter().filter(|it| is_kept(subject, it, start));
    facts.writes = paths.map(|it| fact(scratch(it), known(Fact::Writable))).collect();
    for feature in &image.features {
        use_of(facts, subject, (image, feature), start);
    }
}

/// Whether the container has a capability as it is: by default, or by its file.
pub(super) fn is_granted(subject: &Subject<'_, '_>, name: &str) -> bool {
    DEFAULT_SET.contains(&name)
        || subject.container.capabilities.add.iter().any(|added| added.name == name)
}

/// Whether a path is kept: where its condition holds, or where no file shows whether it does.
fn is_kept(subject: &Subject<'_, '_>, path: &Writable, start: Start) -> bool {
    match &path.when {
        Some(when) => subject.holds(when, start) != Some(false),
        None => !path.optional || path.path == "/tmp",
    }
}

/// Takes in what a feature needs that is in use, or may be.
fn use_of(
    facts: &mut Facts,
    subject: &Subject<'_, '_>,
    (image, feature): (&Image, &Feature),
    start: Start,
) {
    let seen = subject.holds(&feature.when, start);
    if seen == Some(false) {
        return;
    }
    let paths = feature.writable.iter().filter(|it| is_kept(subject, it, start));
    facts.writes.extend(paths.map(|it| fact(scratch(it), Strength::Read)));
    // Not as root it holds none of these, but for programs such as sudo, which no-new-privileges gives away.
    let is_idle = |it: &str| {
        start == Start::Unprivileged
            && OF_ROOT.contains(&it)
            && image.nnp.is_fine()
            && !feature.breaks.contains(&Aspect::Nnp)
    };
    let missing = |it: &&String| {
        let kept = match start {
            Start::Root => &facts.as_root,
            Start::Unprivileged => &facts.as_account,
        };
        is_granted(subject, it)
            && !is_idle(it)
            && kept.as_ref().is_none_or(|kept| !kept.value.contains(it))
    };
    let missing: Vec<String> = feature.caps.iter().filter(missing).cloned().collect();
    let certain = seen == Some(true);
    let mut doubt = |aspect: Aspect, at_most, so: String| {
        let seen = match certain {
            true => format!("it uses {}", feature.name),
            false => format!("no file shows whether it uses {}", feature.name),
        };
        facts.doubts.push(Doubt {
            rules: rules_of(aspect),
            at_most,
            seen: seen.into(),
            so: Some(so.into()),
        });
    };
    let why = || feature.why.clone().unwrap_or_else(|| feature.name.clone());
    for aspect in &feature.breaks {
        let at_most = if certain { Confidence::Manual } else { Confidence::Risky };
        doubt(*aspect, at_most, why());
    }
    feature.risks.iter().for_each(|it| doubt(*it, Confidence::Risky, why()));
    match (certain, missing.is_empty()) {
        (_, true) => (),
        (false, false) => doubt(
            Aspect::Capabilities,
            Confidence::Risky,
            format!("{} (needs {})", feature.name, missing.join(", ")),
        ),
        (true, false) => {
            facts.features.extend(missing.into_iter().map(|it| (it, feature.name.clone())));
        }
    }
}

fn scratch(path: &Writable) -> Scratch {
    let owner = path.uid.zip(path.gid);
    Scratch { path: path.path.clone(), owner, mode: path.mode.clone(), exec: path.exec }
}

fn fact<T>(value: T, strength: Strength) -> Known<T> {
    let source = if strength == Strength::Said { Source::Owner } else { Source::Knowledge };
    Known { value, source, strength }
}

/// How firmly a fact is known of this very image: read at its source, for this tag, with nothing built on top.
fn strength(subject: &Subject<'_, '_>, image: &Image, fact: Fact) -> Strength {
    let Found::Image(_, how) = subject.found else { return Strength::Assumed };
    let said = image.known_by(fact).is_some_and(|it| it.basis.contains(&Basis::Owner));
    if said && subject.built.is_none() {
        return Strength::Said;
    }
    let trusted = subject.found.confidence() >= Some(Level::Medium) && how.tag_told;
    match trusted && subject.built.is_none() && image.is_verified(fact) {
        true => Strength::Read,
        false => Strength::Assumed,
    }
}

/// What a fix rests on, with where it was read: `postgres: starts as root [docker-library/postgres@…]`.
pub(in crate::evidence) fn sources_of(image: &Image, what: &str) -> String {
    format!("{}: {what}", image.id)
}

/// Why a capability is kept, for the comment beside it.
pub(in crate::evidence) fn reason(name: &str, image: Option<&Image>) -> &'static str {
    image.map_or("named by the image's knowledge", |it| why(name, it))
}
