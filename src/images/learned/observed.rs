//! What was seen of running containers, and what was tried with them.

use serde::{Deserialize, Serialize};

use super::words::{Words, digest};
use crate::date::Date;

/// What was seen of a container while it ran as the user had it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// The service, or the container's name.
    pub service: String,
    /// The project, where it is one of a project.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub project: String,
    /// The last day on which it was looked at.
    pub on: Date,
    /// For how many seconds it was looked at, in all.
    pub seconds: u64,
    /// For how many seconds the container has lived: its changes are those of all its life.
    pub alive: u64,
    /// How often it was looked at from its very start on.
    #[serde(default)]
    pub starts: u32,
    /// What it was told to run.
    pub words: Words,
    /// Where something is mounted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<String>,
    /// Whether it started as root.
    #[serde(default)]
    pub from_root: bool,
    /// Whom its processes ran as once it had started, `999:999`, the main one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    /// Other groups of the main process.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<u32>,
    /// Paths that were written outside of mounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<Written>,
    /// Whether the writes outside of mounts could be seen: not under a read-only root.
    #[serde(default)]
    pub saw_writes: bool,
    /// Whose the mounted folders were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<Owned>,
    /// Ports below 1024 on which it listened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<u16>,
    /// Sockets of runtimes that a process had open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sockets: Vec<String>,
    /// The capabilities that it used from its start on; nothing where that was not traced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
    /// The programs that raise privileges and that it ran from its start on; nothing where that was not traced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised: Option<Vec<String>>,
}

impl Observation {
    /// Whom its main process ran as, by user and group.
    pub fn main_user(&self) -> Option<(u32, u32)> {
        let (uid, gid) = self.users.first()?.split_once(':')?;
        Some((uid.parse().ok()?, gid.parse().ok()?))
    }

    /// Whether the container had lived for long enough that what it did not do counts.
    pub fn is_long(&self) -> bool {
        const LONG: u64 = 60;
        self.alive >= LONG
    }

    /// How long the container had lived, in words.
    pub fn lived(&self) -> String {
        let minutes = self.alive / 60;
        match (minutes, minutes / 60, minutes / 60 / 24) {
            (0, ..) => format!("{} seconds", self.alive),
            (1, ..) => "a minute".to_owned(),
            (it, 0, _) => format!("{it} minutes"),
            (_, it, 0) => format!("{it} hours"),
            (_, _, it) => format!("{it} days"),
        }
    }

    /// This and a later one of the same service: what either saw holds.
    #[must_use]
    pub(super) fn joined(self, later: Observation) -> Observation {
        let mut joined = later;
        joined.seconds += self.seconds;
        joined.alive = joined.alive.max(self.alive);
        joined.starts += self.starts;
        joined.from_root |= self.from_root;
        joined.saw_writes |= self.saw_writes;
        for it in self.writes {
            if joined.writes.iter().all(|own| own.path != it.path) {
                joined.writes.push(it);
            }
        }
        add(&mut joined.users, self.users);
        add(&mut joined.groups, self.groups);
        add(&mut joined.ports, self.ports);
        add(&mut joined.sockets, self.sockets);
        joined.capabilities = match (joined.capabilities, self.capabilities) {
            (Some(mut all), Some(known)) => {
                add(&mut all, known);
                all.sort_unstable();
                Some(all)
            }
            (all, known) => all.or(known),
        };
        joined.raised = match (joined.raised, self.raised) {
            (Some(mut all), Some(known)) => {
                add(&mut all, known);
                Some(all)
            }
            (all, known) => all.or(known),
        };
        joined.writes.sort_unstable();
        joined
    }
}

fn add<T: PartialEq>(all: &mut Vec<T>, more: Vec<T>) {
    for it in more {
        if !all.contains(&it) {
            all.push(it);
        }
    }
}

/// A path that a container wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The folder, or the file where the folder is one that settings or programs lie in.
    pub path: String,
    /// The owner and group of what was written.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// Whether files of the image lie in the folder, which a mount there would hide.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub holds: bool,
    /// Whether files that were made there can be run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exec: bool,
    /// The program that has it open, where that could be told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
}

/// Whose a mounted folder was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owned {
    /// Where it is mounted.
    pub path: String,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Its mode: `0755`.
    pub mode: String,
    /// Whether something in it belongs to another.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mixed: bool,
}

/// How a trial of a group of fixes ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The service did with them what it did without.
    Passed,
    /// It did not.
    Failed,
}

/// A trial of the fixes of a service: it counts for this service of this file alone, as long as it is set up the same, with
/// no folder of the host more and no mount less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The service.
    pub service: String,
    /// The file that it is written in, from the folder of what was learnt.
    pub file: String,
    /// What it was told to run.
    pub words: Words,
    /// Where something is mounted; `host:` stands before what is the host's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<String>,
    /// A digest of what else it says that no fix changes: its health check, the folder that it starts in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rest: String,
    /// The names of its variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
    /// What came of each fix.
    #[serde(default)]
    pub fixes: Vec<Verified>,
}

impl Trial {
    /// Whether this and another are of the same service, set up the same.
    pub(super) fn is_of_same(&self, other: &Trial) -> bool {
        let of = |it: &Trial| {
            (it.words.clone(), it.mounts.clone(), it.rest.clone(), it.variables.clone())
        };
        self.is_of_service(other) && of(self) == of(other)
    }

    /// Whether this and another are of the same service.
    pub(super) fn is_of_service(&self, other: &Trial) -> bool {
        (&self.file, &self.service) == (&other.file, &other.service)
    }
}

/// What a trial of a fix showed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    /// The day.
    pub on: Date,
    /// The rule that was tried.
    pub rule: String,
    /// The digest of what was written for it, so that another fix of the rule is not taken for this one.
    pub fix: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What it said, for one that failed: its kind, not its text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
}

/// Eight digits of the digest of a text: what a fix does, how a service is set up.
pub fn short_digest(text: &str) -> String {
    digest(&[text.to_owned()])
}
