//! What was read off an image.

use serde::{Deserialize, Serialize};

use super::observed::{Observation, Trial};
use super::words::Words;
use crate::date::Date;
use crate::images::Data;

/// What was read off an image, and what was seen of containers made from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Learned {
    /// The digest of its configuration, `sha256:…`: the same wherever the image comes from.
    pub id: String,
    /// The names by which it was found, with their tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Digests of manifests that lead to it, by which files may pin it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub digests: Vec<String>,
    /// The services that it was built for, whose files give it no name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Built>,
    /// The day on which it was read.
    pub read: Date,
    /// `USER` as the image writes it; empty for root.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// The account behind it, where the image has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// Other groups of that account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<u32>,
    /// The first words of its entrypoint, without what may be a secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// Those of its command.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Digests of both as a whole, by which a file is known that says them again.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub words: Words,
    /// The folder that it starts in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub workdir: String,
    /// The paths of `VOLUME`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<String>,
    /// The ports of `EXPOSE`: `80/tcp`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<String>,
    /// Names of variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
    /// What lies in /tmp.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tmp: Vec<String>,
    /// What lies in /run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run: Vec<String>,
    /// The program that starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Main>,
    /// What its start does.
    #[serde(default, skip_serializing_if = "Start::is_empty")]
    pub start: Start,
    /// Folders of data with all that they lie in, and all others that belong to somebody else than root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<Folder>,
    /// Programs that have more privileges than who runs them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileged: Vec<Privileged>,
    /// What was seen of its containers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed: Vec<Observation>,
    /// What was tried with its containers.
    #[serde(default, rename = "trial", skip_serializing_if = "Vec::is_empty")]
    pub trials: Vec<Trial>,
}

/// A service whose image is built and has no name in its file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Built {
    /// The first file of its project, from the folder of what was learnt.
    pub file: String,
    /// The service.
    pub service: String,
}

/// An account of an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its name, where it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// That of its group.
    pub gid: u32,
}

/// The program that an image starts, behind `tini` and the like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Main {
    /// Its path as it is called; its name alone where the image does not have it.
    pub path: String,
    /// What it is.
    pub is: Carries,
    /// The capabilities that it carries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
}

/// What a program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carries {
    /// A program with all that it needs.
    Static,
    /// A program that loads libraries.
    Dynamic,
    /// A script.
    Script,
    /// Neither, or not in the image.
    Unknown,
}

/// What the start of an image does, as far as its scripts could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The scripts that were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scripts: Vec<String>,
    /// What they do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub does: Vec<Deed>,
    /// What runs and could not be read: nothing may be taken for absent while there is any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
}

impl Start {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.scripts.is_empty() && self.does.is_empty() && self.unread.is_empty()
    }

    /// What it does of a kind.
    pub fn first(&self, what: Does) -> Option<&Deed> {
        self.does.iter().find(|it| it.what == what)
    }
}

/// Something that a start runs and that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    /// Its name or path.
    pub name: String,
    /// Why not.
    pub why: String,
}

/// Something that a start does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// What.
    pub what: Does,
    /// By which program: `gosu`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// The account that it drops to, where that is written out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// The path that it is done to, where that is written out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Whether it is done by root alone, by a condition on `id -u` or the like.
    #[serde(default, skip_serializing_if = "is_false")]
    pub as_root: bool,
    /// Whether the whole script runs again as that account: what it does past the condition, everybody can.
    #[serde(default, skip_serializing_if = "is_false")]
    pub again: bool,
    /// Where: `/entrypoint.sh:12`.
    pub at: String,
}

fn is_false(it: &bool) -> bool {
    !it
}

/// What a start may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Does {
    /// Gives root up.
    Drops,
    /// Raises its privileges.
    Raises,
    /// Changes owners.
    ChangesOwner,
    /// Changes modes.
    ChangesMode,
    /// Changes accounts.
    ChangesAccounts,
    /// Gives programs capabilities.
    SetsCapabilities,
    /// Installs.
    Installs,
    /// Sets something of the kernel.
    SetsKernel,
    /// Mounts.
    Mounts,
    /// Changes the network.
    SetsNetwork,
    /// Makes a folder.
    MakesFolder,
    /// Writes a file.
    Writes,
    /// Removes a file.
    Removes,
}

/// A folder of an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// Its path.
    pub path: String,
    /// Whether the image has it; whose it is and with which mode is not told otherwise.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub made: bool,
    /// The number of its owner.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub uid: u32,
    /// That of its group.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gid: u32,
    /// Its mode: `0755`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mode: String,
    /// Whether files lie in it, which a mount would hide.
    #[serde(default, skip_serializing_if = "is_false")]
    pub holds: bool,
}

impl Folder {
    /// It as a folder of data.
    pub fn data(&self) -> Data {
        Data {
            path: self.path.clone(),
            uid: self.made.then_some(self.uid),
            gid: self.made.then_some(self.gid),
            mode: Some(self.mode.clone()).filter(|it| !it.is_empty()),
            made: Some(self.made),
        }
    }
}

fn yes() -> bool {
    true
}

fn is_true(it: &bool) -> bool {
    *it
}

fn is_zero(it: &u32) -> bool {
    *it == 0
}

/// Whether a mount can be written for a path in either dialect: its signs are those of plain paths.
pub fn is_mountable(path: &str) -> bool {
    path.starts_with('/') && !path.chars().any(|it| it.is_control() || matches!(it, ':' | '$'))
}

/// A program with more privileges than who runs it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privileged {
    /// Its path.
    pub path: String,
    /// The owner whose rights it takes, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setuid: Option<u32>,
    /// The group whose rights it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setgid: Option<u32>,
    /// Its file capabilities: `NET_BIND_SERVICE`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
}
