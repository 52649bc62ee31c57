//! Which way a container is to start, by the family of its image.

use super::situation::Situation;
use super::{Evidence, RunsAs, Settings, Stance};
use crate::finding::Confidence;
use crate::images::{Direct, Fact, Family, Image, Level};

/// How the container is to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// As it does: not as root.
    Own,
    /// As the image's account, from the start.
    Direct(Confidence),
    /// As root, with the least capabilities.
    Root,
}

pub(super) fn mode(
    evidence: &Evidence,
    image: &Image,
    situation: &Situation<'_, '_>,
    settings: &Settings,
) -> Mode {
    if evidence.runs_as.is_not_root() || evidence.runs_as == RunsAs::Opaque {
        return Mode::Own;
    }
    let not_root = image.family == Family::Nonroot && evidence.runs_as != RunsAs::Root;
    let unchanged = settings.stance == Stance::Unchanged && !not_root;
    if unchanged || situation.needs_socket(image) {
        return Mode::Root;
    }
    let account = situation.found.account().is_some();
    let can = image.direct.is_fine() && account;
    let perhaps = image.direct == Direct::Caveat && account;
    let strict = settings.stance == Stance::Strict;
    match image.family {
        // In a pod a wrong uid is written over the image's own.
        Family::Nonroot if situation.kubernetes && !image.is_verified(Fact::User) => {
            Mode::Direct(Confidence::Risky)
        }
        // Nothing in it hands over what it wrote as root until now.
        Family::Nonroot if evidence.runs_as == RunsAs::Root && situation.keeps_data() => {
            Mode::Direct(Confidence::Risky)
        }
        Family::Nonroot => Mode::Direct(by_fact(image, situation, Fact::User)),
        Family::S6 | Family::Lsio | Family::Host => Mode::Root,
        Family::Base | Family::Tool | Family::BaseMaster => Mode::Direct(Confidence::Risky),
        Family::Review => Mode::Root,
        Family::Rootplain if situation.kubernetes || strict => Mode::Direct(Confidence::Risky),
        Family::Rootplain => Mode::Root,
        Family::Drop | Family::Master if perhaps && (strict || situation.kubernetes) => {
            Mode::Direct(Confidence::Risky)
        }
        Family::Drop | Family::Master if !can => Mode::Root,
        Family::Drop if situation.kubernetes => Mode::Direct(in_pod(image, situation)),
        Family::Drop if own_data(situation, image) => {
            Mode::Direct(by_fact(image, situation, Fact::User))
        }
        Family::Master if situation.kubernetes => {
            Mode::Direct(match image.ports.iter().any(|it| *it < 1024) {
                true => Confidence::Risky,
                false => by_fact(image, situation, Fact::User),
            })
        }
        Family::Drop | Family::Master if strict => Mode::Direct(Confidence::Risky),
        Family::Drop | Family::Master => Mode::Root,
    }
}

/// Whether all data can only belong to the image's own account: on its own volumes, or nowhere.
///
/// A fresh volume takes its owner from the image's folder; on a path that the image does not have it belongs to root.
fn own_data(situation: &Situation<'_, '_>, image: &Image) -> bool {
    let own = |path: &str| image.data.iter().chain(&image.volumes).any(|it| it == path);
    let elsewhere = situation.volumes().any(|it| !it.target.as_deref().is_some_and(own));
    !elsewhere
        && !situation.has_binds()
        && !situation.has_devices
        && !situation.low_port_on_host(image)
}

/// In a pod: sure on volumes that come and go with it, since `fsGroup` opens them.
fn in_pod(image: &Image, situation: &Situation<'_, '_>) -> Confidence {
    let postgres_root = image.user_name.as_deref() == Some("postgres")
        && !situation.variables.iter().any(|it| it == "PGDATA")
        && situation.mounts.iter().any(|it| {
            it.target.as_deref().is_some_and(|it| image.data.iter().any(|data| data == it))
        });
    match situation.claims || situation.has_binds() || postgres_root {
        true => Confidence::Risky,
        false => by_fact(image, situation, Fact::User),
    }
}

/// Likely where the fact was checked, else risky; never more for an entry of low confidence.
pub(super) fn by_fact(image: &Image, situation: &Situation<'_, '_>, fact: Fact) -> Confidence {
    // What is built here adds to its base what nobody has looked at.
    let known = situation.found.confidence().filter(|_| situation.built.is_none());
    match known {
        Some(Level::High) => Confidence::Likely,
        Some(Level::Medium) if image.is_verified(fact) => Confidence::Likely,
        Some(Level::Medium | Level::Low) | None => Confidence::Risky,
    }
}
