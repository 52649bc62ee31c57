//! Who a container runs as, and how it is to start.

use super::{Matter, has_low_port, needs_socket};
use crate::evidence::fact::Strength;
use crate::evidence::facts::Facts;
use crate::evidence::sources::by_variables;
use crate::evidence::subject::{Start, Subject, is_below};
use crate::evidence::{RunsAs, Settings, Stance};
use crate::finding::Confidence;
use crate::images::dockerfile::User;
use crate::images::{Data, Direct, Fact, Family, Found, Level};
use crate::workload::{Dialect, Origin};

/// How a container is to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::evidence) enum Mode {
    /// As it does: not as root.
    Own,
    /// As the image's account, from the start.
    Direct(Confidence),
    /// As root, with the least capabilities.
    Root,
    /// As nobody knows: the program that runs is not known.
    Unknown,
}

impl Mode {
    /// Who it starts as.
    pub(in crate::evidence) fn start(self) -> Start {
        match self {
            Mode::Root => Start::Root,
            Mode::Own | Mode::Direct(_) | Mode::Unknown => Start::Unprivileged,
        }
    }
}

/// Who the container runs as: the file's word, else the image's user where that was read.
pub(super) fn runs_as(subject: &Subject<'_, '_>) -> RunsAs {
    let said = RunsAs::of(&subject.identity);
    let said = match (said, subject.built.and_then(|it| it.user.as_ref())) {
        (RunsAs::Undecided, Some(user)) => match user {
            // What its variable holds only the build knows.
            User::Open(_) => return RunsAs::Undecided,
            user if user.is_root() => return RunsAs::Root,
            User::Ids { .. } | User::Name(_) => return RunsAs::SomeoneElse,
        },
        (said, _) => said,
    };
    let Found::Image(image, how) = subject.found else { return said };
    if said != RunsAs::Undecided {
        return said;
    }
    let trusted = subject.found.confidence() >= Some(Level::Medium)
        && !image.user_varies
        && how.tag_told
        && image.is_verified(Fact::User);
    // Kubernetes enforces nothing unless it is told: there the image's user is a reason, not a setting.
    match trusted
        && (image.family == Family::Nonroot || image.direct == Direct::Already)
        && !image.starts_as_root()
        && !subject.is_kubernetes()
    {
        true => RunsAs::SomeoneElse,
        false => RunsAs::Undecided,
    }
}

/// What decides how a container is to start.
pub(super) struct Question<'d, 'k, 't> {
    /// What the file shows.
    pub(super) subject: &'d Subject<'k, 't>,
    /// What is known.
    pub(super) facts: &'d Facts,
    /// Who it runs as now.
    pub(super) runs_as: RunsAs,
    /// The most that a change of the user can be, by what stands against it.
    pub(super) most: Confidence,
}

/// How it is to start, by the family of its image.
pub(super) fn mode(question: &Question<'_, '_, '_>, settings: &Settings) -> Mode {
    let &Question { subject, facts, runs_as, most } = question;
    let Some(start) = &facts.start else {
        return if runs_as.is_not_root() { Mode::Own } else { Mode::Unknown };
    };
    let (family, sure) = (start.value, start.sure().min(most.max(Confidence::Risky)));
    if runs_as.is_not_root() || runs_as == RunsAs::Opaque {
        return Mode::Own;
    }
    let by_owner = runs_as == RunsAs::Root;
    let not_root = family == Family::Nonroot && !by_owner;
    let unchanged = settings.stance == Stance::Unchanged && !not_root;
    if unchanged || needs_socket(subject, facts) {
        return Mode::Root;
    }
    let direct = facts.direct.as_ref().map_or(Direct::Unknown, |it| it.value);
    let account =
        (facts.account.is_some() || takes_any(subject)) && open_variable(subject).is_none();
    let can = direct.is_fine() && account;
    let perhaps = direct == Direct::Caveat && account;
    let kubernetes = subject.is_kubernetes();
    let wanted = settings.stance == Stance::Strict || kubernetes;
    // What something stands against, as where the owner made it root, is changed only where risks are taken.
    let owners = by_owner || most < Confidence::Likely;
    match family {
        Family::S6 | Family::Lsio | Family::Host => Mode::Root,
        Family::Nonroot if by_owner && !wanted => Mode::Root,
        Family::Drop | Family::Master | Family::Rootplain | Family::Review if owners && !wanted => {
            Mode::Root
        }
        Family::Nonroot if by_owner => Mode::Direct(Confidence::Risky),
        Family::Nonroot => Mode::Direct(sure),
        Family::Base | Family::Tool | Family::BaseMaster => Mode::Direct(Confidence::Risky),
        Family::Review if direct == Direct::No || !wanted => Mode::Root,
        Family::Review => Mode::Direct(Confidence::Risky),
        Family::Rootplain if direct == Direct::No => Mode::Root,
        Family::Rootplain
            if can
                && !owners
                && keeps_nothing(subject)
                && is_open(subject, facts)
                && !only_root_may_listen(subject, facts) =>
        {
            Mode::Direct(sure)
        }
        // The owner says whose the data are.
        Family::Rootplain if can && !owners && is_said(facts) && owns_data(subject, facts) => {
            Mode::Direct(sure)
        }
        Family::Rootplain if wanted => Mode::Direct(Confidence::Risky),
        Family::Rootplain => Mode::Root,
        Family::Drop | Family::Master if perhaps && wanted => Mode::Direct(Confidence::Risky),
        Family::Drop | Family::Master if !can => Mode::Root,
        Family::Drop if kubernetes => Mode::Direct(in_pod(subject, facts).min(sure)),
        Family::Drop if owns_data(subject, facts) => Mode::Direct(sure),
        Family::Master if kubernetes => Mode::Direct(match has_low_port(facts) {
            true => Confidence::Risky,
            false => sure,
        }),
        Family::Drop | Family::Master if wanted => Mode::Direct(Confidence::Risky),
        Family::Drop | Family::Master => Mode::Root,
    }
}

/// Whether the image has no account of its own, so that any user serves that is fine at all.
pub(super) fn takes_any(subject: &Subject<'_, '_>) -> bool {
    subject.found.image().is_some_and(|it| {
        it.family == Family::Rootplain
            && it.uid.is_none()
            && !it.user_varies
            && it.direct.is_fine()
            && it.data.is_empty()
            && it.volumes.is_empty()
    })
}

/// The variable that names the account where its value is not known, so that every other account may be the wrong one.
pub(super) fn open_variable(subject: &Subject<'_, '_>) -> Option<&'static str> {
    let (name, _) = by_variables(subject)?;
    subject.variable(name).is_none().then_some(name)
}

/// Whether the owner says who it is.
fn is_said(facts: &Facts) -> bool {
    facts.start.as_ref().is_some_and(|it| it.strength == Strength::Said)
}

/// Whether nothing that it wrote as root is there at its next start.
fn keeps_nothing(subject: &Subject<'_, '_>) -> bool {
    !subject.keeps_data()
        && !subject.has_binds()
        && !subject.has_devices
        && !subject.has_claims()
        && !subject.in_host_network
}

/// Whether it can write its own folders as another account, and the file names no others.
fn is_open(subject: &Subject<'_, '_>, facts: &Facts) -> bool {
    let account = facts.account.as_ref().map(|it| it.value.0);
    let known = |path: &String| facts.data.iter().find(|it| it.value.path == *path);
    let open = |it: &Data| {
        it.mode.as_deref().is_some_and(|it| matches!(it, "1777" | "0777"))
            || it.uid.is_some_and(|uid| uid != 0 && Some(uid) == account)
    };
    facts.data.iter().all(|it| open(&it.value))
        && facts.volumes.iter().all(|it| it == "/tmp" || known(it).is_some())
        && subject
            .strange_paths()
            .iter()
            .all(|it| ["/tmp", "/var/tmp"].iter().any(|open| is_below(&it.path, open)))
}

/// Whether all data can only belong to the image's own account: on its own volumes, or nowhere.
///
/// A fresh volume takes its owner from the image's folder; on a path that the image does not have it belongs to root.
fn owns_data(subject: &Subject<'_, '_>, facts: &Facts) -> bool {
    let account = facts.account.as_ref().map(|it| it.value.0);
    let own = |path: &str| {
        let known = facts.data.iter().find(|it| it.value.path == path);
        let declared = facts.volumes.iter().any(|it| it == path);
        match known {
            Some(it) => {
                (it.value.made == Some(true) || declared && it.value.made.is_none())
                    && (it.value.uid == account
                        || matches!(it.value.mode.as_deref(), Some("1777" | "0777")))
            }
            None => false,
        }
    };
    let at_home =
        subject.volumes().all(|it| it.target.as_deref().is_some_and(own) && Subject::copies(it));
    // A tmpfs in the long form has no owner but root.
    let in_memory = subject.mounts().iter().any(|it| {
        let bare =
            it.origin == Origin::Scratch && it.options.is_empty() && !subject.is_kubernetes();
        bare && it
            .target
            .as_deref()
            .is_some_and(|it| facts.data.iter().any(|data| data.value.path == it))
    });
    // What neither the image nor a mount makes only root can make.
    let made = |it: &Data| it.made != Some(false) || subject.is_mounted(&it.path);
    at_home
        && !in_memory
        && !subject.shares_volumes()
        && facts.data.iter().all(|it| made(&it.value))
        // Who was root so far has written as root.
        && !subject.skips_start()
        && !has_strange_binds(subject, facts)
        && !subject.has_devices
        && !only_root_may_listen(subject, facts)
}

/// Whether files of the host are mounted that were not seen to be its account's.
fn has_strange_binds(subject: &Subject<'_, '_>, facts: &Facts) -> bool {
    subject.mounts().iter().any(|it| match it.origin {
        Origin::Host(_) => !it.target.as_deref().is_some_and(|it| facts.is_its_own(it)),
        Origin::Unknown => true,
        Origin::Volume(_) | Origin::Anonymous | Origin::Scratch | Origin::Other(_) => false,
    })
}

/// Whether it listens on a port that only root may take: below 1024 in the host's network, and in a pod on runtimes that
/// do not open those ports, where no sysctl of the pod does.
pub(super) fn only_root_may_listen(subject: &Subject<'_, '_>, facts: &Facts) -> bool {
    match &subject.workload.dialect {
        Dialect::Kubernetes(pod) => facts.ports.iter().any(|it| *it < 1024 && !pod.can_open(*it)),
        Dialect::Compose(_) => subject.has_closed_ports && has_low_port(facts),
    }
}

/// In a pod: sure on volumes that come and go with it, since `fsGroup` opens them.
fn in_pod(subject: &Subject<'_, '_>, facts: &Facts) -> Confidence {
    let is_data = |path: &str| facts.data.iter().any(|it| it.value.path == path);
    let postgres_root = is_postgres(subject)
        && !subject.has_variable("PGDATA")
        && subject.mounts().iter().any(|it| it.target.as_deref().is_some_and(is_data));
    let held =
        subject.has_claims() || subject.has_binds() || postgres_root || subject.shares_volumes();
    match held || only_root_may_listen(subject, facts) {
        true => Confidence::Risky,
        false => Confidence::Likely,
    }
}

/// Whether it is PostgreSQL, whose initdb changes the mode of the folder of its data.
pub(super) fn is_postgres(subject: &Subject<'_, '_>) -> bool {
    subject.server().is_some_and(|it| it.user_name.as_deref() == Some("postgres"))
}

/// Whether capabilities and writable paths serve the user that is proposed, and not the start as root.
pub(super) fn is_for_user(matter: &Matter<'_, '_, '_>) -> bool {
    match (matter.mode, matter.family()) {
        (Mode::Direct(_), Some(Family::Nonroot)) => matter.runs_as == RunsAs::Root,
        (Mode::Direct(_), Some(family)) => {
            !matches!(family, Family::Base | Family::Tool | Family::BaseMaster)
        }
        _ => false,
    }
}
