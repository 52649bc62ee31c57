//! A line of the kernel's events.

use std::collections::{HashMap, HashSet};

/// The number of `SYS_ADMIN`.
pub(super) const SYS_ADMIN: u8 = 21;

/// The name of a program, without its folder and cut where it is long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name([u8; 32]);

impl Name {
    /// That of a path.
    pub fn of(path: &str) -> Name {
        let mut name = [0; 32];
        let bytes = path.rsplit('/').next().unwrap_or(path).as_bytes();
        let count = bytes.len().min(name.len());
        name[..count].copy_from_slice(&bytes[..count]);
        Name(name)
    }
}

/// Something that a task did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A task made another.
    Fork {
        /// The one.
        parent: u32,
        /// The other.
        child: u32,
    },
    /// A task became another program.
    Exec {
        /// Which.
        task: u32,
        /// The program.
        program: Name,
    },
    /// A task ended.
    Exit {
        /// Which.
        task: u32,
    },
    /// The kernel asked whether a task has `SYS_ADMIN`, and it has not. It asks whenever memory is taken, and never with
    /// borrowed credentials, so that these are the task's own.
    Own {
        /// Which.
        task: u32,
        /// What stands for the credentials.
        credentials: u64,
    },
    /// A task asked for a capability and had it.
    Granted {
        /// Which.
        task: u32,
        /// What stands for the credentials that had it: the task's own, or others that the kernel borrowed.
        credentials: u64,
        /// The number of the capability.
        capability: u8,
    },
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// An event.
    Event(Event),
    /// Anything else.
    Other,
}

/// Reads a line: `name-PID  [001] d..1.  12.34: event: words`. A name may hold anything.
pub(super) fn parse(line: &str) -> Line {
    event(line).map_or(Line::Other, Line::Event)
}

fn event(line: &str) -> Option<Event> {
    let (found, name) =
        ["cap_capable", "sched_process_fork", "sched_process_exec", "sched_process_exit"]
            .into_iter()
            .find_map(|it| Some((line.find(&format!(": {it}: "))?, it)))?;
    let words = &line[found + name.len() + 4..];
    let task = || {
        let head = line[..found].rsplit_once('[')?.0.trim_end();
        head.rsplit_once('-')?.1.parse::<u32>().ok()
    };
    match name {
        "sched_process_fork" => Some(Event::Fork {
            // The name that stands between them is the program's own choice.
            parent: task()?,
            child: words.rsplit_once("child_pid=")?.1.trim().parse().ok()?,
        }),
        "sched_process_exec" => {
            let path = words.strip_prefix("filename=")?.rsplit_once(" pid=")?.0;
            Some(Event::Exec { task: task()?, program: Name::of(path) })
        }
        "sched_process_exit" => Some(Event::Exit { task: task()? }),
        _ => {
            let value = |key: &str| words.split(", ").find_map(|it| it.strip_prefix(key));
            let credentials = value("cred ")?.trim_start_matches("0x");
            let credentials = u64::from_str_radix(credentials, 16).ok()?;
            let capability: u8 = value("cap ")?.parse().ok()?;
            let task = task()?;
            match value("ret ")?.trim() {
                "0" => Some(Event::Granted { task, credentials, capability }),
                _ if capability == SYS_ADMIN => Some(Event::Own { task, credentials }),
                _ => None,
            }
        }
    }
}

/// Events, each told once as long as a task is the same program.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) all: Vec<Event>,
    known: HashMap<u32, HashSet<(u64, Option<u8>)>>,
}

impl Kept {
    pub(super) fn note(&mut self, event: Event) {
        let word = match event {
            Event::Granted { task, credentials, capability } => {
                Some((task, (credentials, Some(capability))))
            }
            Event::Own { task, credentials } => Some((task, (credentials, None))),
            Event::Exec { task, .. } | Event::Exit { task } => {
                self.known.remove(&task);
                None
            }
            Event::Fork { .. } => None,
        };
        if word.is_some_and(|it| !self.known.entry(it.0).or_default().insert(it.1)) {
            return;
        }
        self.all.push(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<Event>) {
        assert_eq!(event(line), expected, "{line}");
    }

    #[test]
    fn lines_are_read_whatever_a_program_calls_itself() {
        check(
            "    redis-server-1234    [001] d..1.   123.456789: cap_capable: cred 00000000dead0001, target_ns 00000000c0ffee00, capable_ns 00000000c0ffee00, cap 7, ret 0",
            Some(Event::Granted { task: 1234, credentials: 0xdead_0001, capability: 7 }),
        );
        check(
            "  a [b] c-d-99      [000] .....   123.456789: sched_process_fork: comm=a [b] c-d pid=99 child_comm=a [b] c-d child_pid=100",
            Some(Event::Fork { parent: 99, child: 100 }),
        );
        check(
            "    sh-99      [000] .....   123.456789: sched_process_exec: filename=/bin/sh pid=99 old_pid=99",
            Some(Event::Exec { task: 99, program: Name::of("/bin/sh") }),
        );
        check(
            "    sh-99      [000] .....   123.456789: sched_process_exit: comm=sh pid=99 prio=120",
            Some(Event::Exit { task: 99 }),
        );
        check(
            "    sh-99      [000] .....   123.456789: cap_capable: cred 00000000dead0001, target_ns 0, capable_ns 0, cap 21, ret -1",
            Some(Event::Own { task: 99, credentials: 0xdead_0001 }),
        );
        check("CPU:1 [LOST 12 EVENTS]", None);
    }
}
