//! The facts that a Dockerfile and the scripts it copies state, each with the words that say so.

use super::User;

/// The longest quotation.
const QUOTED: usize = 120;

/// Words of the Dockerfile or of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The file that they stand in.
    pub place: Place,
    /// The line, from 1.
    pub line: usize,
    /// The words, cut where they are long.
    pub words: String,
}

/// A file that words stand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The Dockerfile itself.
    Dockerfile,
    /// A script, by its path in the build context, or in the image where the Dockerfile writes it.
    Script(String),
}

impl Said {
    pub(super) fn new(place: Place, line: usize, words: &str) -> Self {
        let mut quoted: String = words.trim().chars().take(QUOTED).collect();
        if quoted.len() < words.trim().len() {
            quoted.push('…');
        }
        Self { place, line, words: quoted }
    }
}

/// What a container does when it starts or is probed, as its command, entrypoint, health check or a script says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// What is done.
    pub what: What,
    /// The absolute path that it is done to; a variable in it cuts it to the folder before.
    pub path: Option<String>,
    /// The words that say so.
    pub said: Said,
}

/// A kind of act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A program gains privileges through its file, such as `sudo`.
    Raises(&'static str),
    /// A program gives root up, such as `gosu`.
    Drops {
        /// The program.
        tool: &'static str,
        /// The account that it changes to, as it is written.
        account: Option<String>,
    },
    /// `chown`, `chgrp`.
    ChangesOwner,
    /// `chmod`.
    ChangesMode,
    /// `setcap`.
    SetsCapabilities,
    /// `usermod`, `adduser` and their like.
    ChangesAccounts,
    /// `mkdir`, `install -d`.
    MakesFolder,
    /// A redirection, or a program that writes a file.
    Writes,
    /// `rm`, `rmdir`.
    Removes,
    /// A package manager installs something.
    Installs,
    /// `sysctl -w`, or a redirection into `/proc/sys`.
    SetsKernel,
    /// `mount`, `umount`.
    Mounts,
    /// `iptables`, `ip` and their like.
    SetsNetwork,
}

/// What gives a process of the image privileges beyond those of its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What gives them.
    pub what: Granted,
    /// The words that say so.
    pub said: Said,
}

/// A way to more privileges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// A package whose programs are setuid or serve those that are.
    Package(&'static str),
    /// File capabilities.
    Capabilities {
        /// Their names, as `NET_BIND_SERVICE`; `ALL` for all.
        names: Vec<String>,
        /// The file, by path or, where it is searched for, by name.
        file: String,
    },
    /// The setuid bit.
    SetUser {
        /// The file.
        file: String,
    },
    /// A rule for `sudo`.
    Sudoers,
}

/// A file or folder that the Dockerfile makes, copies or hands over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImagePath {
    /// Where it is, absolute.
    pub path: String,
    /// Who owns it; nothing where only the base knows.
    pub owner: Option<User>,
    /// Its mode, where one is said in numbers.
    pub mode: Option<u32>,
    /// How it came to be there.
    pub by: By,
    /// The words that say so.
    pub said: Said,
}

/// How a path comes to be in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By `WORKDIR`, which leaves a folder of the base as it is.
    Workdir,
    /// By `mkdir` or `install -d`; `mkdir -p` leaves a folder of the base as it is.
    Made,
    /// By `COPY` or `ADD`.
    Copied,
    /// By `chown`, which says the owner for certain.
    Handed,
    /// By `chmod` alone.
    Opened,
}

/// A file that runs when the container starts and that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The file, as it is named.
    pub name: String,
    /// Why not.
    pub why: Why,
    /// The words that start it.
    pub said: Said,
}

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It comes with the base or from a package.
    OfTheBase,
    /// Another stage or image makes it; it may as well be a program.
    OfAnotherStage,
    /// It is downloaded or unpacked.
    Fetched,
    /// It is not in the build context.
    Missing,
    /// It lies outside of the build context, behind `..` or a symbolic link.
    Outside,
    /// It is too large.
    TooLarge,
    /// It is a folder whose files all run.
    Folder,
    /// It is named by a variable or a pattern.
    Open,
    /// It is written in a language other than the shell.
    OtherLanguage,
    /// It starts what its own configuration names, such as `supervisord`.
    Supervisor,
    /// More is started, or done, than is read.
    TooMany,
    /// The system refuses to read it.
    Refused,
    /// Nobody looked: the build context is remote, or not asked.
    NotLooked,
}

/// What a look into the build context brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Script {
    /// The content of the file.
    Text(String),
    /// Nothing that can be read.
    Unread(Why),
}
