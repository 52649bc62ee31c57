//! Which user a container is to run as, or why none is proposed.

use std::borrow::Cow;

use super::user::{Mode, is_postgres, only_root_may_listen, open_variable, takes_any};
use super::{Matter, advice as advise};
use crate::config::User as Account;
use crate::evidence::Advice;
use crate::evidence::fact::Source;
use crate::evidence::sources::{by_variables, sources_of};
use crate::finding::Confidence;
use crate::images::{Direct, Family};
use crate::workload::{Dialect, Mount, Origin};

/// The user to run as, or why there is none.
pub(super) struct Choice {
    /// The user.
    pub(super) advice: Option<Advice<Account>>,
    /// Why there is none.
    pub(super) none: Option<Cow<'static, str>>,
}

impl Choice {
    fn none(why: impl Into<Cow<'static, str>>) -> Choice {
        Choice { advice: None, none: Some(why.into()) }
    }

    fn some(advice: Advice<Account>) -> Choice {
        Choice { advice: Some(advice), none: None }
    }
}

/// The user to run as.
pub(super) fn advice(matter: &Matter<'_, '_, '_>) -> Choice {
    let Matter { subject, facts, mode, settings, .. } = matter;
    if matter.needs_socket() {
        return Choice::none(
            "it works through the runtime's socket, which belongs to root: another user needs `group_add` with the group of the host's socket",
        );
    }
    // That account or none, and which it is cannot be known.
    if let Some((_, None)) = by_variables(subject)
        && let Some(why) = by_variable_alone(matter)
    {
        return Choice::none(why);
    }
    let account = facts.account.as_ref().map(|it| it.value);
    let pod_user = match &subject.workload.dialect {
        Dialect::Kubernetes(pod) => pod.default_user(),
        Dialect::Compose(_) => None,
    };
    match mode {
        Mode::Direct(confidence) => direct(matter, *confidence),
        Mode::Root => stricter(matter),
        Mode::Own | Mode::Unknown => {
            if let Some(why) = by_variable_alone(matter) {
                return Choice::none(why);
            }
            // The user stays who it is, and only gets its number.
            if let (Some(known), Some(image)) = (&facts.account, subject.found.image())
                && matter.is_never_root()
            {
                let (uid, gid) = known.value;
                let basis = sources_of(image, "this is the number of the image's own user");
                let mut user = advise(Account { uid, gid }, known.sure(), basis);
                let risky = user.confidence == Confidence::Risky;
                user.may_break = risky.then(|| "files that belong to another number".into());
                return Choice::some(user);
            }
            let (uid, gid) = account.or(pod_user).unwrap_or((settings.user.uid, settings.user.gid));
            Choice::some(
                advise(Account { uid, gid }, Confidence::Risky, matter.ignorance()).may_break(
                    "files and volumes that belong to root, ports below 1024 on the host's network",
                ),
            )
        }
    }
}

/// An image of which only a variable is known that names the account it drops to: it starts as root for that.
fn by_variable_alone(matter: &Matter<'_, '_, '_>) -> Option<String> {
    let (name, _) = by_variables(matter.subject)?;
    Some(format!(
        "{name} says which account it drops to, and it starts as root for that: set `user:` only where its documentation says that it works"
    ))
}

fn open_account(name: &str) -> String {
    format!("{name} names its account, and the value is not known here: write the number")
}

/// It is to run as the image's account.
fn direct(matter: &Matter<'_, '_, '_>, confidence: Confidence) -> Choice {
    let Matter { subject, facts, settings, .. } = matter;
    if let Some(name) = open_variable(subject) {
        return Choice::none(open_account(name));
    }
    let known = facts.account.as_ref().map(|it| it.value);
    if known.is_none() && subject.found.image().is_some_and(|it| it.user_varies) {
        return Choice::none(VARIES);
    }
    let (uid, gid) = known.unwrap_or((settings.user.uid, settings.user.gid));
    let direct = facts.direct.as_ref().map_or(Direct::Unknown, |it| it.value);
    let fine = (known.is_some() || takes_any(subject)) && direct.is_fine();
    let confidence = if fine { confidence } else { Confidence::Risky };
    let basis = match subject.found.image() {
        Some(image) => {
            let own = match subject.has_binds() && fine && confidence > Confidence::Risky {
                true => ", and what is mounted of the host was seen to be its own",
                false => "",
            };
            let start = image.start();
            sources_of(image, &format!("{start}; it can be that user from the start{own}"))
        }
        None => matter.ignorance().into_owned(),
    };
    let mut user = advise(Account { uid, gid }, confidence, basis);
    user.may_break = (confidence == Confidence::Risky).then(|| risk(matter, (uid, gid)));
    Choice::some(user)
}

/// The user change that stands beside a start as root, as the stricter choice.
fn stricter(matter: &Matter<'_, '_, '_>) -> Choice {
    let Matter { subject, facts, settings, .. } = matter;
    let Some(image) = subject.found.image() else { return Choice::none(MUST_BE_ROOT) };
    let known = facts.account.as_ref().map(|it| it.value);
    let by_variable = facts.account.as_ref().is_some_and(|it| it.source == Source::File);
    let direct = facts.direct.as_ref().map_or(Direct::Unknown, |it| it.value);
    let user = match image.family {
        Family::Drop | Family::Master if direct.is_fine() || direct == Direct::Caveat => known,
        Family::Nonroot if !by_variable => known,
        Family::Rootplain | Family::Review if direct != Direct::No => {
            known.or(Some((settings.user.uid, settings.user.gid)))
        }
        _ => None,
    };
    if user.is_some() && known.is_none() && image.user_varies {
        return Choice::none(VARIES);
    }
    if let Some(name) = open_variable(subject).filter(|_| user.is_some()) {
        return Choice::none(open_account(name));
    }
    match user {
        Some((uid, gid)) => Choice::some(
            advise(Account { uid, gid }, Confidence::Risky, sources_of(image, &image.start()))
                .may_break(risk(matter, (uid, gid))),
        ),
        None if image.account().is_some() && known.is_none() => Choice::none(
            "the tag is not known, and the user differs between the image's variants: name the tag, or the user that it uses",
        ),
        None if image.family == Family::Host => {
            Choice::none("the image uses the host on purpose, and starts as root for it")
        }
        None => Choice::none(MUST_BE_ROOT),
    }
}

const VARIES: &str = "its user differs between tags or releases: name the number that this one has";

const MUST_BE_ROOT: &str =
    "the image must start as root: its capabilities are cut to the smallest set instead";

/// What a change of the user may break, by the fact that is missing.
fn risk(matter: &Matter<'_, '_, '_>, user: (u32, u32)) -> Cow<'static, str> {
    let Matter { subject, facts, .. } = matter;
    let direct = facts.direct.as_ref().map_or(Direct::Unknown, |it| it.value);
    if direct == Direct::Caveat {
        let why = subject.found.image().and_then(|it| it.why.direct.clone());
        return why.map_or("what its start does as root".into(), Cow::Owned);
    }
    if is_postgres(subject) && subject.is_kubernetes() {
        return "initdb on a volume's root folder: set PGDATA to a subfolder of the mount".into();
    }
    if only_root_may_listen(subject, facts) {
        return match subject.in_host_network {
            true => "listening on a port below 1024 in the host's network".into(),
            false => "listening on a port below 1024, which some runtimes leave to root".into(),
        };
    }
    if subject.skips_start() && subject.keeps_data() {
        return "data that it wrote as root so far, past the image's own start script".into();
    }
    if let Some(risk) = of_another(matter, user) {
        return risk.into();
    }
    if subject.has_binds() {
        return "reading and writing the mounted files of the host, which may belong to another user".into();
    }
    let unmade = |path: &str| {
        let known = facts.data.iter().find(|it| it.value.path == path);
        known.is_none_or(|it| it.value.made == Some(false))
    };
    let target = |it: &&crate::workload::Mount<'_>| {
        matches!(it.origin, Origin::Volume(_)) && it.target.as_deref().is_some_and(unmade)
    };
    match subject.volumes().find(target).and_then(|it| it.target.as_deref()) {
        Some(path) => format!("writing to {path}: a volume there belongs to root").into(),
        None => "data on volumes that belong to another user".into(),
    }
}

/// What was seen of mounted folders that belong to somebody else, and how to change it before the fix is written.
fn of_another(matter: &Matter<'_, '_, '_>, (uid, gid): (u32, u32)) -> Option<String> {
    let Matter { subject, facts, .. } = matter;
    let foreign = |it: &&Mount<'_>| {
        let target = it.target.as_deref();
        target.is_some_and(|it| facts.owner_of(it).is_some() && !facts.is_of(it, uid))
    };
    let all = || subject.mounts().iter().filter(foreign);
    let mount = all().find(|it| !it.read_only).or_else(|| all().next())?;
    let target = mount.target.as_deref()?;
    let owner = facts.owner_of(target)?;
    let whose = match (owner.mixed, owner.uid) {
        (true, _) => "which holds files of several owners".to_owned(),
        (false, 0) => "which belongs to root".to_owned(),
        (false, _) => format!("which belongs to {}:{}", owner.uid, owner.gid),
    };
    if mount.read_only {
        return Some(format!("reading {target}, {whose}, with mode {}", owner.mode));
    }
    let change = match &mount.origin {
        Origin::Host(path) => format!("chown -R {uid}:{gid} {path}"),
        _ => format!(
            "docker compose run --rm --no-deps --user 0 --entrypoint chown {} -R {uid}:{gid} {target}",
            subject.container.name
        ),
    };
    Some(format!("writing to {target}, {whose}: before it, run `{change}`"))
}
