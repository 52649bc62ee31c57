//! What is decided from the facts: the values that serve a container, how sure they are, why, and what they may break.
//!
//! An image that drops to its own user runs as that user from the start where its data can only be its own (named
//! volumes, or none). Elsewhere it starts as root with the least capabilities, since that was right in every
//! combination that was tried; the user change stands beside it as the stricter, risky choice.

mod account;
mod capabilities;
mod escalation;
mod filesystem;
mod lasting;
mod raise;
mod user;

use std::borrow::Cow;
use std::cell::OnceCell;

use super::facts::{Doubt, Facts};
use super::signals;
use super::sources;
use super::subject::{Start, Subject};
use super::target::{Platform, platform};
use super::tried::tried;
use super::{Advice, Evidence, RunsAs, Settings};
use crate::finding::Confidence;
use crate::images::{Family, Found, Image, SocketUse};
use crate::workload::{Container, Kept, Workload};
pub use raise::Raise;
pub(super) use user::Mode;

/// Everything that a decision looks at.
pub(super) struct Matter<'d, 'k, 't> {
    /// What the file shows.
    pub(super) subject: &'d Subject<'k, 't>,
    /// What is known.
    pub(super) facts: &'d Facts,
    /// Who it runs as now.
    pub(super) runs_as: RunsAs,
    /// How it is to start.
    pub(super) mode: Mode,
    /// Whom it runs as in the end, where that is another than now and settled.
    pub(super) becomes: Option<(u32, u32)>,
    /// What the owner set.
    pub(super) settings: &'d Settings,
}

/// What is known of one container before anything is decided: found out once, however often something is decided.
pub struct Grounds<'k, 't> {
    subject: Subject<'k, 't>,
    runs_as: RunsAs,
    platform: Platform,
    /// What is known of a start as a user.
    unprivileged: Facts,
    /// What is known of a start as root, once somebody asked.
    as_root: OnceCell<Facts>,
    /// What stands against fixes.
    seen: Vec<Doubt>,
}

impl<'k, 't> Grounds<'k, 't> {
    /// What is known of a container.
    pub fn of(
        workload: &'k Workload<'t>,
        container: &'k Container<'t>,
        settings: &'k Settings,
    ) -> Self {
        let subject = Subject::of(workload, container, &settings.images);
        let unprivileged = sources::facts(&subject, Start::Unprivileged);
        let runs_as = user::runs_as(&subject);
        let platform = platform(workload, settings);
        let seen = signals::seen(&subject, &unprivileged, runs_as, &platform);
        Grounds { subject, runs_as, platform, unprivileged, as_root: OnceCell::new(), seen }
    }

    /// What is known of a start in that way.
    fn facts(&self, start: Start) -> &Facts {
        match start {
            Start::Root => self.as_root.get_or_init(|| sources::facts(&self.subject, start)),
            Start::Unprivileged => &self.unprivileged,
        }
    }

    /// How it is to start.
    fn mode(&self, settings: &Settings) -> Mode {
        let (subject, facts) = (&self.subject, &self.unprivileged);
        let against = |it: &&Doubt| it.rules.contains(&"root-user");
        let against = facts.doubts.iter().chain(&self.seen).filter(against);
        let most = against.map(|it| it.at_most).min().unwrap_or(Confidence::Safe);
        let question = user::Question { subject, facts, runs_as: self.runs_as, most };
        user::mode(&question, settings)
    }

    /// What is decided for it by what the owner set.
    pub fn decide(&self, settings: &Settings) -> Evidence {
        let (subject, runs_as, platform) = (&self.subject, self.runs_as, &self.platform);
        let mode = self.mode(settings);
        let facts = self.facts(mode.start());
        let matter = Matter { subject, facts, runs_as, mode, becomes: None, settings };
        let user = account::advice(&matter);
        let matter = match &user.advice {
            Some(it) => matter.becoming((it.value.uid, it.value.gid), &self.unprivileged),
            None => matter,
        };
        let facts = matter.facts;
        let mut doubts = facts.doubts.clone();
        doubts.extend_from_slice(&self.seen);
        let (scratch, volumes) = filesystem::scratch(&matter, platform, &mut doubts);
        let mut evidence = Evidence {
            for_group_zero: facts.account.as_ref().is_some_and(|it| it.value.1 == 0),
            low_port: has_low_port(facts),
            for_user: user::is_for_user(&matter),
            keep: capabilities::keep(&matter),
            scratch,
            volumes,
            no_new_privileges: escalation::forbid(&matter),
            filter: escalation::filter(&matter),
            image: subject.found.image().map(Image::description),
            image_user: subject.found.image().and_then(|it| it.image_user.clone()),
            socket: facts.socket,
            api: facts.api.clone(),
            needs_host: facts.host,
            data: data(facts),
            variables: facts.variables.clone(),
            raise: raise::raise(&matter, &doubts),
            tried: tried(subject, &settings.images),
            user: user.advice,
            no_user: user.none,
            identity: subject.identity.clone(),
            runs_as,
            platform: platform.clone(),
            doubts,
        };
        let kept = settings.keep.iter();
        let kept =
            kept.map(|name| Kept { name: name.clone(), why: "kept by the owner".to_owned() });
        evidence.keep.value.extend(kept);
        evidence
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

impl<'d> Matter<'d, '_, '_> {
    /// With whom it runs as in the end, where it is that user from its start on or where that is settled: what serves a
    /// start as root would be taken away again as soon as it is not root.
    fn becoming(mut self, user: (u32, u32), unprivileged: &'d Facts) -> Self {
        let own = self.settings.own.get(&self.subject.container.id);
        let is_settled = own.and_then(|it| it.as_user) == Some(true);
        match self.mode {
            Mode::Root if is_settled => {
                (self.mode, self.facts) = (Mode::Direct(Confidence::Risky), unprivileged);
            }
            Mode::Own | Mode::Unknown if is_settled => (),
            Mode::Direct(_) => (),
            Mode::Own | Mode::Root | Mode::Unknown => return self,
        }
        self.becomes = Some(user);
        self
    }

    /// Whether it is of no use without the runtime's socket, which it holds as root.
    pub(super) fn needs_socket(&self) -> bool {
        needs_socket(self.subject, self.facts)
    }

    /// Whether it is not root whatever is done: the image has a user of its own, and the file leaves it that.
    pub(super) fn is_never_root(&self) -> bool {
        self.family() == Some(Family::Nonroot) && self.runs_as != RunsAs::Root
    }

    /// Whether a variable decides who it runs as, whatever its default.
    pub(super) fn may_be_anybody(&self) -> bool {
        self.runs_as == RunsAs::Opaque || self.subject.user_may_differ()
    }

    /// How the image starts.
    pub(super) fn family(&self) -> Option<Family> {
        self.facts.start.as_ref().map(|it| it.value)
    }

    /// A reason, with what was seen of the running container where it rests on that.
    pub(super) fn with_seen(&self, basis: String, rests: bool) -> String {
        match self.facts.seen.as_ref().filter(|_| rests) {
            Some(seen) => format!("{basis}; {}", seen.text),
            None => basis,
        }
    }

    /// Why a value is no more than risky where no fact supports it.
    pub(super) fn ignorance(&self) -> Cow<'static, str> {
        let subject = self.subject;
        if let Some(file) = subject.built {
            return match file.user {
                Some(_) => "its Dockerfile names the user, but not what it writes".into(),
                None => "its Dockerfile names no user, and what it writes is not known".into(),
            };
        }
        match subject.found {
            Found::OtherVersion(_) => "other versions of the image are known, not this one".into(),
            Found::Image(image, how) if !how.tag_told => {
                format!("{}: what holds depends on the tag, and it is not known", image.id).into()
            }
            Found::Image(..) if subject.is_overridden() => {
                "another program than the image's own runs in it".into()
            }
            Found::Image(image, _) => format!("{}: not known well enough", image.id).into(),
            Found::Unknown if subject.is_built() => {
                "it is built here, and its Dockerfile is not beside the file".into()
            }
            Found::Unknown => "nothing is known of this image".into(),
        }
    }
}

/// Whether it is of no use without the runtime's socket, which it holds as root.
fn needs_socket(subject: &Subject<'_, '_>, facts: &Facts) -> bool {
    facts.socket == Some(SocketUse::Required) && !subject.has_devices && subject.has_socket()
}

/// Whether it listens on a port below 1024, as far as the file and the image tell.
fn has_low_port(facts: &Facts) -> bool {
    facts.ports.iter().any(|it| *it < 1024)
}

/// The paths at which the image keeps its data.
fn data(facts: &Facts) -> Vec<String> {
    let data = facts.data.iter().map(|it| &it.value.path);
    data.chain(&facts.volumes).cloned().collect()
}
