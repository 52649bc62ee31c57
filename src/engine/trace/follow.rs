//! Which capabilities a container used, out of all events of the machine.

use std::collections::{BTreeMap, BTreeSet};

use super::line::SYS_ADMIN;
use super::{Event, Name};

/// What a filesystem asks of borrowed credentials: CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID,
/// LINUX_IMMUTABLE, SYS_ADMIN, SYS_RESOURCE, MKNOD, LEASE. Not SETFCAP: `setcap` has new credentials just before it.
const OF_FILES: u64 = 0b1_1111 | 1 << 9 | 1 << SYS_ADMIN | 1 << 24 | 1 << 27 | 1 << 28;

/// What a container used, and whether it was followed from the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Used {
    /// Capabilities, as bits.
    pub bits: u64,
    /// The names of the programs that it ran.
    pub programs: BTreeSet<Name>,
    /// Whether the start of the first process was among the events.
    pub from_start: bool,
}

impl Used {
    /// What this start and another of the same container used.
    #[must_use]
    pub fn and(mut self, other: Used) -> Used {
        self.bits |= other.bits;
        self.programs.extend(other.programs);
        self.from_start |= other.from_start;
        self
    }
}

/// What a container used: its first process from the moment at which it becomes the entrypoint, and those that come
/// from it; of a container that ran before, the tasks that it had.
///
/// Overlay filesystems and other helpers of the kernel borrow the credentials of whoever mounted them. Two things tell
/// those from the container's own: they may hold what the container can never have (`bounding`), and memory is never
/// taken with them, for which the kernel asks for `SYS_ADMIN`. That is why `SYS_ADMIN` itself cannot be told.
pub fn used(events: &[Event], first: u32, before: &[u32], bounding: u64) -> Used {
    let mut followed: BTreeSet<u32> = before.iter().copied().collect();
    let mut granted: BTreeMap<u64, u64> = BTreeMap::new();
    let mut own: BTreeSet<u64> = BTreeSet::new();
    let mut programs: BTreeSet<Name> = BTreeSet::new();
    let mut from_start = false;
    for event in events {
        match *event {
            Event::Exec { task, program } if task == first && before.is_empty() => {
                followed.insert(task);
                programs.insert(program);
                from_start = true;
            }
            Event::Exec { task, program } if followed.contains(&task) => {
                programs.insert(program);
            }
            Event::Fork { parent, child } if followed.contains(&parent) => {
                followed.insert(child);
            }
            Event::Exit { task } => {
                followed.remove(&task);
            }
            Event::Granted { task, credentials, capability } if followed.contains(&task) => {
                *granted.entry(credentials).or_default() |= bit(capability);
            }
            Event::Own { task, credentials } if followed.contains(&task) => {
                own.insert(credentials);
            }
            Event::Exec { .. } | Event::Fork { .. } | Event::Granted { .. } | Event::Own { .. } => {
            }
        }
    }
    // Who may have it is never refused it, so that nothing tells more.
    let tells = bounding & bit(SYS_ADMIN) == 0;
    let told = |(credentials, bits): (u64, u64)| match () {
        () if bits & !bounding != 0 => 0,
        () if !tells || own.contains(&credentials) => bits,
        // A program that changes its user has new credentials at each step, and takes no memory between them.
        () => bits & !OF_FILES,
    };
    let bits = granted.into_iter().map(told).fold(0, |all, it| all | it);
    Used { bits: bits & !bit(SYS_ADMIN), programs, from_start }
}

fn bit(capability: u8) -> u64 {
    1_u64.checked_shl(capability.into()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::capability_names as names;

    const BOUNDING: u64 = 0xa804_25fb;

    fn granted(task: u32, credentials: u64, capability: u8) -> Event {
        Event::Granted { task, credentials, capability }
    }

    fn own(task: u32, credentials: u64) -> Event {
        Event::Own { task, credentials }
    }

    #[track_caller]
    fn check(events: &[Event], expected: &[&str]) {
        assert_eq!(names(used(events, 10, &[], BOUNDING).bits), expected);
    }

    #[test]
    fn descendants_are_followed_from_the_entrypoint_on() {
        let events = [
            Event::Fork { parent: 5, child: 10 },
            granted(10, 1, 13),
            Event::Exec { task: 10, program: Name::of("/bin/sh") },
            own(10, 2),
            granted(10, 2, 0),
            Event::Fork { parent: 10, child: 11 },
            granted(11, 3, 7),
            granted(12, 3, 6),
            Event::Exit { task: 11 },
            granted(11, 3, 6),
        ];
        check(&events, &["CHOWN", "SETUID"]);
    }

    #[test]
    fn borrowed_credentials_are_not_the_containers() {
        let events = [
            Event::Exec { task: 10, program: Name::of("/bin/sh") },
            own(10, 1),
            granted(10, 1, 1),
            granted(10, 7, 3),
            granted(10, 7, 21),
            granted(10, 8, 4),
            granted(10, 9, 6),
        ];
        check(&events, &["DAC_OVERRIDE", "SETGID"]);
    }

    #[test]
    fn container_that_ran_before_is_not_followed_from_its_start() {
        let events = [granted(10, 1, 5)];
        let found = used(&events, 10, &[10], BOUNDING);
        assert_eq!((names(found.bits), found.from_start), (vec!["KILL"], false));
        check(&events, &[]);
    }
}
