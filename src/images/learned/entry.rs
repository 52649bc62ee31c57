//! What was learnt of an image as an entry of the knowledge, laid over what is built in of the same name.

use super::image::{Account, Carries, Deed, Does, Folder, Learned, Privileged, is_mountable};
use crate::images::evidence::{Basis, Evidence, Fact};
use crate::images::image::{Image, is_root};
use crate::images::parts::{Direct, Family, Level, Verdict};
use crate::images::reference::split_tag;

/// Programs of distributions that raise privileges for people who log in. No service calls them.
const FOR_PEOPLE: [&str; 18] = [
    "chage",
    "chfn",
    "chsh",
    "chrome-sandbox",
    "dbus-daemon-launch-helper",
    "expiry",
    "gpasswd",
    "mount",
    "newgrp",
    "passwd",
    "pkexec",
    "ssh-agent",
    "ssh-keysign",
    "su",
    "umount",
    "unix_chkpwd",
    "wall",
    "write",
];

/// What only root can do.
const OF_ROOT: [Does; 9] = [
    Does::Drops,
    Does::ChangesOwner,
    Does::ChangesAccounts,
    Does::SetsCapabilities,
    Does::Installs,
    Does::SetsKernel,
    Does::Mounts,
    Does::SetsNetwork,
    Does::Raises,
];

/// The entry, over what is built in.
pub(super) fn entry(learned: &Learned, base: Option<&Image>) -> Image {
    let own = Own { learned, base };
    let family = own.family();
    let account = own.account(family);
    let mut image = base.cloned().unwrap_or_else(Image::of_nothing);
    image.id = own.id();
    image.family = family;
    image.image_user = Some(match learned.user.is_empty() {
        true => "root".to_owned(),
        false => learned.user.clone(),
    });
    image.user_varies = false;
    image.uid = account.as_ref().map(|it| it.uid);
    image.gid = account.as_ref().map(|it| it.gid);
    image.user_name = account.map(|it| it.name).filter(|it| !it.is_empty());
    own.start(&mut image);
    own.privileges(&mut image);
    own.places(&mut image);
    image.sources = vec![format!("{} read {}", short(&learned.id), learned.read)];
    image.confidence = Level::High;
    image.checked = None;
    image
}

/// The first digits of a digest.
fn short(digest: &str) -> &str {
    digest.get(.."sha256:".len() + 12).unwrap_or(digest)
}

/// What was learnt, and what it is laid over.
struct Own<'l> {
    learned: &'l Learned,
    base: Option<&'l Image>,
}

impl Own<'_> {
    /// The name of the image, without registry and tag.
    fn id(&self) -> String {
        let name = self.learned.names.first().map_or("", String::as_str);
        let repository = split_tag(name.split('@').next().unwrap_or(name)).0;
        match self.base {
            Some(base) => base.id.clone(),
            None if name.is_empty() => short(&self.learned.id).to_owned(),
            None => repository.rsplit('/').next().unwrap_or(repository).to_owned(),
        }
    }

    fn is_root(&self) -> bool {
        self.learned.user.is_empty() || is_root(&self.learned.user)
    }

    fn family(&self) -> Family {
        let start = &self.learned.start;
        let base = self.base.map(|it| it.family).filter(|it| *it != Family::Nonroot);
        let named = |name: &str| start.unread.iter().any(|it| it.name.contains(name));
        match () {
            () if !self.is_root() => Family::Nonroot,
            () if self.dropped().is_some() => Family::Drop,
            () if base.is_some() => base.unwrap_or(Family::Review),
            () if named("s6") || named("/init") => Family::S6,
            () if !start.unread.is_empty() || start.first(Does::Drops).is_some() => Family::Review,
            () => Family::Rootplain,
        }
    }

    /// The account that its start drops to.
    fn dropped(&self) -> Option<&Account> {
        let mut drops = self.learned.start.does.iter().filter(|it| it.what == Does::Drops);
        drops.find_map(|it| it.account.as_ref()).filter(|it| it.uid != 0)
    }

    fn account(&self, family: Family) -> Option<Account> {
        match family {
            Family::Nonroot => self.learned.account.clone(),
            Family::Drop => self.dropped().cloned().or_else(|| self.of_base()),
            _ => self.of_base(),
        }
    }

    fn of_base(&self) -> Option<Account> {
        let (uid, gid) = self.base?.account()?;
        Some(Account { name: self.base?.user_name.clone().unwrap_or_default(), uid, gid })
    }

    /// How it starts, and what that needs.
    fn start(&self, image: &mut Image) {
        let start = &self.learned.start;
        let names = |it: &String| it.rsplit('/').next().unwrap_or(it).to_owned();
        image.entrypoint.extend(start.scripts.iter().map(names));
        if let Some(program) = &self.learned.program
            && program.is != Carries::Unknown
        {
            image.server.push(names(&program.path));
        }
        image.entrypoint.sort_unstable();
        image.entrypoint.dedup();
        image.server.sort_unstable();
        image.server.dedup();
        let read = |fact, image: &mut Image| {
            let known = Evidence { basis: vec![Basis::Image], seen_on: None };
            image.evidence.insert(fact, known);
        };
        read(Fact::User, image);
        image.drops_with = start.first(Does::Drops).map(|it| it.by.clone());
        // What the account did itself when the script ran again is nothing that only root can.
        let again = start.does.iter().any(|it| it.what == Does::Drops && it.as_root && it.again);
        let is_open = |it: &&Deed| {
            OF_ROOT.contains(&it.what) && !it.as_root && (it.what == Does::Drops || !again)
        };
        let open = start.does.iter().find(is_open);
        let unread = start.unread.first().filter(|_| !again);
        match image.family {
            Family::Nonroot => image.direct = Direct::Already,
            Family::Drop => match (open, unread) {
                (None, None) => image.direct = Direct::Ok,
                (Some(deed), _) => {
                    image.direct = Direct::No;
                    image.why.direct = Some(format!("what its start does as root ({})", deed.at));
                }
                (None, Some(unread)) => {
                    image.direct = Direct::Caveat;
                    image.why.direct =
                        Some(format!("what {} does, which could not be read", unread.name));
                }
            },
            _ => (),
        }
        if image.family == Family::Drop && self.base.is_none() {
            image.caps_root = self.capabilities();
            if start.unread.is_empty() && start.does.iter().all(|it| is_plain(it.what)) {
                read(Fact::Caps, image);
            }
        }
    }

    /// The capabilities of a start that gives its data to its account and drops to it.
    fn capabilities(&self) -> Vec<String> {
        let does = |what: Does| self.learned.start.first(what).is_some();
        let mut needed = vec!["SETGID", "SETUID"];
        if does(Does::ChangesOwner) {
            needed.extend(["CHOWN", "DAC_OVERRIDE"]);
        }
        if does(Does::ChangesMode) {
            needed.extend(["DAC_OVERRIDE", "FOWNER"]);
        }
        if does(Does::MakesFolder) || does(Does::Writes) || does(Does::Removes) {
            needed.push("DAC_OVERRIDE");
        }
        if does(Does::SetsCapabilities) {
            needed.push("SETFCAP");
        }
        needed.sort_unstable();
        needed.dedup();
        needed.into_iter().map(str::to_owned).collect()
    }

    /// Whether its programs raise their privileges.
    fn privileges(&self, image: &mut Image) {
        let learned = self.learned;
        let program = learned.program.as_ref();
        let is_main = |it: &&Privileged| program.is_some_and(|main| main.path == it.path);
        let own = learned.privileged.iter().filter(|it| is_main(it) || !is_for_people(&it.path));
        let own: Vec<&Privileged> = own.collect();
        let mut carried = program.map(|it| it.capabilities.clone()).unwrap_or_default();
        carried.append(&mut image.file_caps);
        carried.sort_unstable();
        carried.dedup();
        image.file_caps = carried;
        // A program that carries one does not start where the bounding set lacks it: no service may call it then.
        let others = own.iter().flat_map(|it| &it.capabilities);
        let others: Vec<&String> = others.filter(|it| !image.file_caps.contains(it)).collect();
        for all in [&mut image.caps_direct, &mut image.caps_root] {
            all.extend(others.iter().map(|it| (*it).clone()));
            all.sort_unstable();
            all.dedup();
        }
        // A process that is not root holds nothing else.
        if image.family == Family::Nonroot {
            image.evidence.insert(Fact::Caps, read());
        }
        let raises = learned.start.first(Does::Raises);
        // Ports are open to all in networks of the engine's own.
        let other = own.iter().find(|it| {
            it.setuid.is_some()
                || it.setgid.is_some()
                || it.capabilities.iter().any(|it| it != "NET_BIND_SERVICE")
        });
        let (verdict, why) = match (raises, other) {
            (Some(deed), _) if !self.is_root() => {
                (Verdict::No, Some(format!("its start, which uses {} ({})", deed.by, deed.at)))
            }
            (Some(deed), _) => {
                (Verdict::Caveat, Some(format!("its start, which uses {} ({})", deed.by, deed.at)))
            }
            (None, Some(it)) => (
                Verdict::Caveat,
                Some(format!("what uses {}, which raises its privileges", it.path)),
            ),
            (None, None) => (Verdict::Ok, None),
        };
        // What is built in was tried, and knows of what an image only has without using it.
        let is_tried = self.base.is_some_and(|it| it.is_verified(Fact::Nnp));
        if !is_tried || verdict == Verdict::No {
            image.nnp = verdict;
            image.why.nnp = why;
            image.evidence.insert(Fact::Nnp, read());
        }
    }

    /// Where its data lie, and what would be hidden by a mount.
    fn places(&self, image: &mut Image) {
        let learned = self.learned;
        image.volumes = learned.volumes.iter().filter(|it| is_mountable(it)).cloned().collect();
        let port = |it: &String| it.split('/').next().and_then(|it| it.parse().ok());
        image.ports = learned.ports.iter().filter_map(port).collect();
        let is_open = |it: &Folder| matches!(it.mode.as_str(), "1777" | "0777");
        let is_data = |it: &&Folder| {
            learned.volumes.contains(&it.path)
                || it.made
                    && (it.uid != 0 || is_open(it))
                    && !matches!(it.path.as_str(), "/tmp" | "/var/tmp")
        };
        let folders = || learned.folders.iter().filter(|it| is_mountable(&it.path));
        image.data = folders().filter(is_data).map(Folder::data).collect();
        let holds = folders().filter(|it| it.holds).map(|it| it.path.clone());
        image.ships.extend(holds);
        image.ships.sort_unstable();
        image.ships.dedup();
    }
}

fn read() -> Evidence {
    Evidence { basis: vec![Basis::Image], seen_on: None }
}

/// Whether a start that does only such things needs no more than the capabilities for them.
fn is_plain(what: Does) -> bool {
    matches!(
        what,
        Does::Drops
            | Does::ChangesOwner
            | Does::ChangesMode
            | Does::MakesFolder
            | Does::Writes
            | Does::Removes
            | Does::SetsCapabilities
    )
}

/// Whether a program of a distribution raises privileges for people who log in alone, as no service does.
pub fn is_for_people(path: &str) -> bool {
    FOR_PEOPLE.contains(&path.rsplit('/').next().unwrap_or(path))
}
