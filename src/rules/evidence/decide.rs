//! The decision table: which values serve a container, and how sure they are.
//!
//! An image that drops to its own user runs as that user from the start where its data can only be its own (named
//! volumes, or none). Elsewhere it starts as root with the least capabilities, since that was right in every
//! combination that was tried; the user change stands beside it as the stricter, risky choice.

use std::borrow::Cow;

use super::escalation::forbid_new_privileges;
use super::mode::{Mode, by_fact, mode};
use super::situation::{Situation, Start};
use super::writable::{risk, scratch_of};
use super::{Advice, Evidence, RunsAs, START_AS_ROOT, Settings, scratch};
use crate::config::User as Account;
use crate::finding::Confidence;
use crate::images::dockerfile::User;
use crate::images::{Direct, Fact, Family, Image, Level, Verdict, why};
use crate::workload::{Container, Id, Identity, Kept, Workload};

const NOTHING_KNOWN: &str = "nothing is known of this image";
const BUILT: &str = "its Dockerfile names no user, and what it writes is not known";
const BUILT_WITH_USER: &str = "its Dockerfile names the user, but not what it writes";
const SOCKET_OF_ROOT: &str = "it works through the runtime's socket, which belongs to root: another user needs `group_add` with the group of the host's socket";
const OVERRIDDEN: &str = "another program than the image's own runs in it";

/// Decides for one container.
pub(super) fn decide(
    workload: &Workload<'_>,
    container: &Container<'_>,
    settings: &Settings,
) -> Evidence {
    let identity = workload.identity(container);
    let situation = Situation::of(workload, container, &settings.images);
    let runs_as = runs_as(&identity, &situation);
    let mut evidence = unknown(identity, runs_as, &situation, settings);
    if let Some(image) = situation.image.filter(|it| it.family != Family::Review) {
        known(&mut evidence, image, &situation, settings);
    }
    if let Some(image) = situation.image {
        forbid_new_privileges(&mut evidence, image);
    }
    if let Some(image) = situation.found.image() {
        describe(&mut evidence, image, &situation);
    }
    evidence.keep.value.extend(
        settings
            .keep
            .iter()
            .map(|name| Kept { name: name.clone(), why: "kept by the owner".to_owned() }),
    );
    evidence
}

/// What the image says whatever program runs in it.
fn describe(evidence: &mut Evidence, image: &Image, situation: &Situation<'_, '_>) {
    evidence.image = Some(image.description());
    evidence.socket = image.docker_socket;
    evidence.needs_host = image.family == Family::Host;
    evidence.data = image.data.iter().chain(&image.volumes).cloned().collect();
    if situation.needs_socket(image) {
        evidence.user = None;
        evidence.no_user = Some(SOCKET_OF_ROOT);
    }
}

/// Who the container runs as: the file's word, else the image's user where that is known well enough.
fn runs_as(identity: &Identity, situation: &Situation<'_, '_>) -> RunsAs {
    let said = match (RunsAs::of(identity), situation.built.and_then(|it| it.user.as_ref())) {
        (RunsAs::Undecided, Some(user)) => match user {
            User::Open(_) => RunsAs::Opaque,
            user if user.is_root() => RunsAs::Undecided,
            User::Ids { .. } | User::Name(_) => return RunsAs::SomeoneElse,
        },
        (said, _) => said,
    };
    let Some(image) = situation.found.image().filter(|_| said == RunsAs::Undecided) else {
        return said;
    };
    let trusted = situation.found.confidence() >= Some(Level::Medium) && !image.user_varies;
    // Kubernetes enforces nothing unless it is told: there the image's user is a reason, not a setting.
    match trusted
        && (image.family == Family::Nonroot || image.direct == Direct::Already)
        && !image.starts_as_root()
        && !situation.kubernetes
    {
        true => RunsAs::SomeoneElse,
        false => RunsAs::Undecided,
    }
}

/// A value with what it rests on.
pub(super) fn advice<T>(
    value: T,
    confidence: Confidence,
    basis: impl Into<Cow<'static, str>>,
) -> Advice<T> {
    Advice { value, confidence, basis: basis.into(), may_break: None }
}

impl<T> Advice<T> {
    /// With what may stop working.
    pub(super) fn may_break(mut self, what: impl Into<Cow<'static, str>>) -> Self {
        self.may_break = Some(what.into());
        self
    }
}

/// What is written where nothing is known: the owner's values, with what the file itself shows.
fn unknown(
    identity: Identity,
    runs_as: RunsAs,
    situation: &Situation<'_, '_>,
    settings: &Settings,
) -> Evidence {
    let basis = match (situation.overridden, situation.built) {
        (_, Some(file)) if file.user.is_some() => BUILT_WITH_USER,
        (_, Some(_)) => BUILT,
        (true, None) => OVERRIDDEN,
        (false, None) => NOTHING_KNOWN,
    };
    let keep = match runs_as.is_not_root() {
        true => advice(
            Vec::new(),
            Confidence::Likely,
            "a process that is not root holds no capability to lose",
        )
        .may_break("programs with file capabilities, such as ping"),
        false => advice(Vec::new(), Confidence::Risky, basis)
            .may_break("entrypoints that change owners or switch to their own user"),
    };
    let no_new_privileges = match &situation.raises {
        Some(word) => advice((), Confidence::Risky, format!("the command uses {word}"))
            .may_break(format!("{word}, when it does not start as root")),
        None => advice(
            (),
            Confidence::Safe,
            "entrypoints that drop from root to their own user go on working",
        ),
    };
    let paths = settings.writable.iter().map(|it| scratch(it)).collect();
    let user = situation.pod_user.map_or(settings.user, |(uid, gid)| Account { uid, gid });
    Evidence {
        identity,
        runs_as,
        image: None,
        user: Some(advice(user, Confidence::Risky, basis).may_break(
            "files and volumes that belong to root, ports below 1024 on the host's network",
        )),
        no_user: None,
        for_group_zero: situation.found.account().is_some_and(|it| it.1 == 0),
        low_port: situation.has_low_port(),
        keep,
        scratch: advice(paths, Confidence::Risky, basis).may_break(risk(situation)),
        no_new_privileges,
        socket: None,
        needs_host: false,
        for_user: false,
        data: Vec::new(),
    }
}

/// What an entry of the knowledge changes.
fn known(
    evidence: &mut Evidence,
    image: &Image,
    situation: &Situation<'_, '_>,
    settings: &Settings,
) {
    let mode = mode(evidence, image, situation, settings);
    match mode {
        Mode::Own => own_user(evidence, image, situation),
        Mode::Direct(confidence) => {
            evidence.for_user = match image.family {
                Family::Nonroot => evidence.runs_as == RunsAs::Root,
                family => !matches!(family, Family::Base | Family::Tool | Family::BaseMaster),
            };
            direct(evidence, image, situation, settings, confidence);
        }
        Mode::Root => root(evidence, image, situation, settings),
    }
}

/// What a confidence rests on, with where it was read.
pub(super) fn basis(image: &Image, what: &str) -> String {
    match image.sources.first() {
        Some(source) => format!("{}: {what} [{source}]", image.id),
        None => format!("{}: {what}", image.id),
    }
}

/// It does not run as root: nothing to change but what a process without capabilities cannot miss.
fn own_user(evidence: &mut Evidence, image: &Image, situation: &Situation<'_, '_>) {
    let owner = match (&evidence.runs_as, &evidence.identity.group) {
        (RunsAs::User(uid), Id::Number(gid)) => Some((*uid, *gid)),
        (RunsAs::User(uid), _) => Some((*uid, *uid)),
        _ => match situation.built.and_then(|it| it.user.as_ref()) {
            Some(User::Ids { uid, gid }) => Some((*uid, gid.unwrap_or(*uid))),
            _ => situation.found.account(),
        },
    };
    evidence.keep = unprivileged_keep(image, situation);
    evidence.scratch = scratch_of(image, situation, Start::Unprivileged, owner);
}

/// It is to run as the image's account.
fn direct(
    evidence: &mut Evidence,
    image: &Image,
    situation: &Situation<'_, '_>,
    settings: &Settings,
    confidence: Confidence,
) {
    let (uid, gid) = situation.found.account().unwrap_or((settings.user.uid, settings.user.gid));
    let named = situation.found.account().is_some();
    let confidence = if named { confidence } else { Confidence::Risky };
    let confidence = match image.direct {
        Direct::Caveat | Direct::No | Direct::Unknown => Confidence::Risky,
        Direct::Already | Direct::Ok | Direct::Documented => confidence,
    };
    let text = format!("{}; it can be that user from the start", image.start());
    let mut user = advice(Account { uid, gid }, confidence, basis(image, &text));
    user.may_break = (confidence == Confidence::Risky).then(|| direct_risk(image, situation));
    evidence.user = Some(user);
    evidence.keep = unprivileged_keep(image, situation);
    evidence.keep.confidence = evidence.keep.confidence.min(confidence.max(Confidence::Risky));
    evidence.scratch = scratch_of(image, situation, Start::Unprivileged, Some((uid, gid)));
    evidence.scratch.confidence =
        evidence.scratch.confidence.min(confidence.max(Confidence::Risky));
    if confidence == Confidence::Risky {
        evidence.keep.may_break.get_or_insert(START_AS_ROOT.into());
        evidence.scratch.may_break.get_or_insert(START_AS_ROOT.into());
    }
}

fn direct_risk(image: &Image, situation: &Situation<'_, '_>) -> Cow<'static, str> {
    if image.direct == Direct::Caveat {
        const WHAT: &str = "what the entrypoint does as root";
        return image.notes.as_ref().map_or(WHAT.into(), |it| format!("{WHAT}: {it}").into());
    }
    if image.user_name.as_deref() == Some("postgres") && situation.kubernetes {
        return "initdb on a volume's root folder: set PGDATA to a subfolder of the mount".into();
    }
    if situation.in_host_network && image.ports.iter().any(|it| *it < 1024) {
        return "listening on a port below 1024 in the host's network".into();
    }
    if situation.has_binds() {
        return "reading and writing the mounted files of the host, which may belong to another user".into();
    }
    "data on volumes that belong to another user".into()
}

fn unprivileged_keep(image: &Image, situation: &Situation<'_, '_>) -> Advice<Vec<Kept>> {
    let mut names: Vec<&String> = image.caps_direct.iter().collect();
    names.extend(image.file_caps.iter().filter(|it| !image.caps_direct.contains(it)));
    let kept = names.into_iter().map(|it| kept(it, image)).collect();
    let confidence = by_fact(image, situation, Fact::Caps);
    let confidence = if confidence == Confidence::Likely && image.file_caps.is_empty() {
        Confidence::Likely
    } else {
        confidence
    };
    advice(kept, confidence, basis(image, "not root, so it holds no capability to lose"))
}

/// It goes on starting as root, with the least capabilities.
fn root(
    evidence: &mut Evidence,
    image: &Image,
    situation: &Situation<'_, '_>,
    settings: &Settings,
) {
    evidence.user = stricter(image, situation, settings);
    if evidence.user.is_none() {
        evidence.no_user = Some(no_user(image, situation));
    }
    let granted = |it: &&String| DEFAULT_SET.contains(&it.as_str()) || situation.added.contains(it);
    let mut names: Vec<String> = image.caps_root.iter().filter(granted).cloned().collect();
    let mut need = |name: &str, needed: bool| {
        if needed && !names.iter().any(|it| it == name) {
            names.push(name.to_owned());
        }
    };
    need("KILL", situation.init && names_drop(&image.caps_root));
    need("NET_BIND_SERVICE", situation.low_port_on_host(image));
    let rootplain = image.family == Family::Rootplain;
    let optional = |name: &str| image.caps_root_optional.iter().any(|it| it == name);
    let binds = situation.has_binds();
    need(
        "DAC_OVERRIDE",
        binds && (rootplain && situation.has_writable_binds() || optional("DAC_OVERRIDE")),
    );
    image.file_caps.iter().for_each(|it| need(it, true));
    names.sort_unstable();
    let kept: Vec<Kept> = names.iter().map(|it| kept(it, image)).collect();
    let sure = match image.family {
        Family::Drop | Family::Master => by_fact(image, situation, Fact::Caps),
        Family::Rootplain if !situation.has_writable_binds() => {
            by_fact(image, situation, Fact::Caps)
        }
        _ => Confidence::Risky,
    };
    evidence.keep = advice(kept, sure, basis(image, &image.start()));
    evidence.keep.may_break =
        (sure == Confidence::Risky).then_some("what else the entrypoint does as root".into());
    evidence.scratch = scratch_of(image, situation, Start::Root, None);
    if matches!(image.family, Family::S6 | Family::Lsio | Family::Host) {
        evidence.scratch.confidence = Confidence::Risky;
        evidence.scratch.may_break = Some(
            "an init that writes to its own image: accounts, /etc, and the owner of the data"
                .into(),
        );
    }
    if image.family == Family::Host {
        leave_to_owner(&mut evidence.keep, image.nnp);
        leave_to_owner(&mut evidence.scratch, image.read_only);
    }
}

/// An image that serves the host by purpose and is known to fail so is left to its owner.
fn leave_to_owner<T>(advice: &mut Advice<T>, verdict: Verdict) {
    if verdict == Verdict::No {
        advice.confidence = Confidence::Manual;
    }
}

/// Why no user can be named for an image that starts as root.
fn no_user(image: &Image, situation: &Situation<'_, '_>) -> &'static str {
    match situation.found.account() {
        None if image.account().is_some() => {
            "the tag is not known, and the user differs between the image's variants: name the tag, or the user that it uses"
        }
        _ if image.family == Family::Host => {
            "the image uses the host by purpose, and starts as root for it"
        }
        _ => "the image must start as root: its capabilities are cut to the smallest set instead",
    }
}

/// The capabilities that Docker gives a container: nothing outside of them is granted that the file does not grant.
const DEFAULT_SET: [&str; 14] = [
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

/// Whether the entrypoint drops to another user.
fn names_drop(caps: &[String]) -> bool {
    caps.iter().any(|it| it == "SETUID")
}

/// The user change that stands beside a start as root, as the stricter choice.
fn stricter(
    image: &Image,
    situation: &Situation<'_, '_>,
    settings: &Settings,
) -> Option<Advice<Account>> {
    let account = situation.found.account();
    let user = match image.family {
        Family::Drop | Family::Master
            if image.direct.is_fine() || image.direct == Direct::Caveat =>
        {
            account
        }
        Family::Rootplain => account.or(Some((settings.user.uid, settings.user.gid))),
        _ => None,
    };
    let (uid, gid) = user?;
    let basis = basis(image, &image.start());
    Some(
        advice(Account { uid, gid }, Confidence::Risky, basis)
            .may_break(direct_risk(image, situation)),
    )
}

fn kept(name: &str, image: &Image) -> Kept {
    Kept { name: name.to_owned(), why: why(name, image).to_owned() }
}
