//! What is known of one container, fact by fact, and how facts of several sources come together.

use std::borrow::Cow;

use super::fact::Known;
use crate::finding::Confidence;
use crate::images::learned::Owned;
use crate::images::{Api, Aspect, Data, Direct, Family, SocketUse, Verdict};
use crate::workload::Scratch;

/// What is known of one container. Each source tells what it can; the stronger source comes first.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// The account that the service ends up with.
    pub account: Option<Known<(u32, u32)>>,
    /// How it starts.
    pub start: Option<Known<Family>>,
    /// Whether it may start as that account.
    pub direct: Option<Known<Direct>>,
    /// The least capabilities for a start as root.
    pub as_root: Option<Known<Vec<String>>>,
    /// Those of a start as the account, file capabilities of the main program among them.
    pub as_account: Option<Known<Vec<String>>>,
    /// Whether setuid programs, sudo or file capabilities are in use: whether it works with no new privileges.
    pub escalation: Option<Known<Verdict>>,
    /// Whether it works under the default system call filter.
    pub filter: Option<Known<Verdict>>,
    /// Whether it works with a read-only root and the paths written kept.
    pub read_only: Option<Known<Verdict>>,
    /// Paths written beside the volumes.
    pub writes: Vec<Known<Scratch>>,
    /// Those of them that a running container was seen to keep something in, with the owner of that.
    pub kept: Vec<Scratch>,
    /// Where data lie, with owners and whether the image makes the folders.
    pub data: Vec<Known<Data>>,
    /// Volumes that the image declares.
    pub volumes: Vec<String>,
    /// Folders that a mount would hide although they hold files that are needed.
    pub ships: Vec<String>,
    /// Ports that it listens on.
    pub ports: Vec<u16>,
    /// What it uses the runtime's socket for.
    pub socket: Option<SocketUse>,
    /// What it asks of the engine behind it.
    pub api: Option<Api>,
    /// Whether it uses the host by purpose.
    pub host: bool,
    /// Variables that a fix writes along.
    pub variables: Vec<(Aspect, String, String)>,
    /// Capabilities that it needs in the way that it is used, with what for.
    pub features: Vec<(String, String)>,
    /// What stands against fixes.
    pub doubts: Vec<Doubt>,
    /// The capabilities that it was seen to use from its start on.
    pub used: Option<Vec<String>>,
    /// Whose its mounted folders were.
    pub owners: Vec<Owned>,
    /// That its running container was looked at, in words.
    pub seen: Option<Seen>,
}

/// That a running container was looked at.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// For how long and until when: "seen to run for 3 hours until 2026-11-26".
    pub text: Cow<'static, str>,
    /// For how long, where that was too short for what it did not do to count.
    pub briefly: Option<String>,
}

/// Something that stands against fixes of some rules.
#[derive(Debug, Clone)]
pub struct Doubt {
    /// The rules.
    pub rules: &'static [&'static str],
    /// The most that their fixes can be.
    pub at_most: Confidence,
    /// What is seen, in a clause: "its command calls sudo".
    pub seen: Cow<'static, str>,
    /// What may stop working, or what to do instead where nothing is written.
    pub so: Option<Cow<'static, str>>,
}

impl Facts {
    /// Adds those of a weaker source where these are silent.
    pub(super) fn add(&mut self, weaker: Facts) {
        fill(&mut self.account, weaker.account);
        fill(&mut self.start, weaker.start);
        fill(&mut self.direct, weaker.direct);
        fill(&mut self.as_root, weaker.as_root);
        fill(&mut self.as_account, weaker.as_account);
        fill(&mut self.escalation, weaker.escalation);
        fill(&mut self.filter, weaker.filter);
        fill(&mut self.read_only, weaker.read_only);
        for it in weaker.writes {
            if self.writes.iter().all(|known| known.value.path != it.value.path) {
                self.writes.push(it);
            }
        }
        self.kept.extend(weaker.kept);
        for it in weaker.data {
            if self.data.iter().all(|known| known.value.path != it.value.path) {
                self.data.push(it);
            }
        }
        self.volumes.extend(weaker.volumes);
        self.ships.extend(weaker.ships);
        self.ports.extend(weaker.ports);
        fill(&mut self.socket, weaker.socket);
        fill(&mut self.api, weaker.api);
        self.host |= weaker.host;
        self.variables.extend(weaker.variables);
        self.features.extend(weaker.features);
        self.doubts.extend(weaker.doubts);
        fill(&mut self.used, weaker.used);
        self.owners.extend(weaker.owners);
        fill(&mut self.seen, weaker.seen);
    }

    /// Whose a mounted folder was.
    pub(super) fn owner_of(&self, target: &str) -> Option<&Owned> {
        self.owners.iter().find(|it| it.path == target)
    }

    /// Whether all of a mounted folder belonged to a user.
    pub(super) fn is_of(&self, target: &str, uid: u32) -> bool {
        self.owner_of(target).is_some_and(|it| it.uid == uid && !it.mixed)
    }

    /// Whether all of a mounted folder belonged to the account that the service ends up with.
    pub(super) fn is_its_own(&self, target: &str) -> bool {
        self.account.as_ref().is_some_and(|it| self.is_of(target, it.value.0))
    }

    /// Whether root without the right to override owners could not write all data.
    pub(super) fn has_data_of_another(&self) -> bool {
        self.data.iter().any(|it| it.value.uid.is_some_and(|uid| uid != 0))
    }

    /// Whether root may create files in another's folder.
    pub(super) fn overrides_owners(&self) -> bool {
        self.as_root.as_ref().is_some_and(|it| it.value.iter().any(|it| it == "DAC_OVERRIDE"))
    }
}

/// Leaves what a stronger source tells.
fn fill<T>(known: &mut Option<T>, weaker: Option<T>) {
    if known.is_none() {
        *known = weaker;
    }
}

/// The rules that an aspect of an image speaks of.
pub(super) fn rules_of(aspect: Aspect) -> &'static [&'static str] {
    match aspect {
        Aspect::User => &["root-user"],
        Aspect::Capabilities => &["kept-capabilities", "useless-capabilities"],
        Aspect::Nnp => &["privilege-escalation"],
        Aspect::ReadOnly => &["writable-rootfs"],
        Aspect::Seccomp => &["seccomp-off"],
    }
}
