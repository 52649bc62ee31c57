//! Knows what a command does when the container runs: its acts, by the programs it runs.

use super::facts::What;
use super::paths::Folder;
use super::programs::{self, name, operands};
use super::shell::Command;

/// Programs that gain privileges through their file: setuid, setgid or file capabilities.
const RAISING: [&str; 18] = [
    "anacron",
    "cron",
    "crond",
    "crontab",
    "doas",
    "fusermount",
    "fusermount3",
    "mailq",
    "newgidmap",
    "newuidmap",
    "ping",
    "ping4",
    "ping6",
    "pkexec",
    "sendmail",
    "su",
    "sudo",
    "sudoedit",
];

/// Programs that give root up.
const DROPPING: [&str; 7] =
    ["chpst", "gosu", "runuser", "s6-setuidgid", "setpriv", "setuidgid", "su-exec"];

/// Programs that change the list of accounts.
const ACCOUNTS: [&str; 13] = [
    "addgroup", "adduser", "chpasswd", "delgroup", "deluser", "fixuid", "groupadd", "groupdel",
    "groupmod", "passwd", "useradd", "userdel", "usermod",
];

/// Programs that change the network.
const NETWORK: [&str; 9] =
    ["brctl", "ifconfig", "ip", "ip6tables", "iptables", "iptables-restore", "nft", "route", "tc"];

/// Package managers, and the words that make them install.
const INSTALLERS: [(&str, &[&str]); 20] = [
    ("apk", &["add", "upgrade"]),
    ("apt", &["install", "upgrade"]),
    ("apt-get", &["install", "upgrade", "dist-upgrade"]),
    ("bundle", &["install"]),
    ("cargo", &["install"]),
    ("composer", &["install", "update", "require"]),
    ("corepack", &["enable", "prepare", "install"]),
    ("dnf", &["install"]),
    ("dpkg", &["-i"]),
    ("gem", &["install"]),
    ("go", &["install"]),
    ("microdnf", &["install"]),
    ("npm", &["install", "i", "ci"]),
    ("pip", &["install"]),
    ("pip3", &["install"]),
    ("pnpm", &["install", "i"]),
    ("poetry", &["install"]),
    ("uv", &["sync", "pip"]),
    ("yarn", &["install", "add"]),
    ("yum", &["install"]),
];

/// How many paths of one command are taken.
const PATHS: usize = 16;

/// A kind of act with the path that it is done to.
pub(super) type Done = (What, Option<String>);

/// What a command does, the programs in it seen one by one.
pub(super) fn acts(command: &Command, folder: &Folder) -> Vec<Done> {
    let mut done = Vec::new();
    // What `find` hands on lies where it looks.
    let mut searched: Option<String> = None;
    for program in programs::run_by(&command.words) {
        let is_handed = program.iter().any(|it| it == "{}");
        let found = act(program, folder).into_iter();
        done.extend(
            found.map(|(what, path)| (what, path.or(searched.clone().filter(|_| is_handed)))),
        );
        if name(&program[0]) == "find" {
            searched = program.get(1).and_then(|it| folder.path(it));
        }
    }
    for path in &command.writes {
        let Some(path) = folder.path(path) else { continue };
        if path.starts_with("/proc/sys/") {
            done.push((What::SetsKernel, Some(path)));
        } else if !path.starts_with("/dev/") && !path.starts_with("/proc/") {
            done.push((What::Writes, Some(path)));
        }
    }
    done
}

fn act(program: &[String], folder: &Folder) -> Vec<Done> {
    let word = name(&program[0]);
    let has = |wanted: &[&str]| program.iter().any(|it| wanted.contains(&it.as_str()));
    let found = |list: &[&'static str]| list.iter().copied().find(|it| *it == word);
    if let Some(tool) = found(&RAISING) {
        return vec![(What::Raises(tool), None)];
    }
    if let Some(tool) = found(&DROPPING) {
        return vec![(What::Drops { tool, account: account(program) }, None)];
    }
    if found(&ACCOUNTS).is_some() {
        return vec![(What::ChangesAccounts, None)];
    }
    if found(&NETWORK).is_some() && changes_network(program) {
        return vec![(What::SetsNetwork, None)];
    }
    if INSTALLERS.iter().any(|it| it.0 == word && has(it.1))
        || (word.starts_with("python") && has(&["pip"]))
    {
        return vec![(What::Installs, None)];
    }
    match word {
        "sysctl"
            if program
                .iter()
                .skip(1)
                .any(|it| it.contains('=') || it == "-p" || it == "--system") =>
        {
            vec![(What::SetsKernel, None)]
        }
        "mount" | "umount" if program.len() > 1 => vec![(What::Mounts, None)],
        _ => on_files(word, program, folder),
    }
}

/// `ip addr` only looks, `ip addr add` changes.
fn changes_network(program: &[String]) -> bool {
    let looks = match name(&program[0]) {
        "ip" | "route" | "tc" | "brctl" => {
            let changes = ["add", "del", "delete", "set", "replace", "change", "flush", "addbr"];
            !program.iter().any(|it| changes.contains(&it.as_str()))
        }
        "ifconfig" => program.len() < 3,
        _ => program.iter().any(|it| matches!(it.as_str(), "-L" | "-S" | "--list" | "list")),
    };
    !looks
}

/// The acts of programs that take paths.
fn on_files(word: &str, program: &[String], folder: &Folder) -> Vec<Done> {
    let has = |flag: &str| {
        program
            .iter()
            .any(|it| it == flag || (is_short(it) && flag.len() == 2 && it.contains(&flag[1..])))
    };
    let all = |valued: &'static [&str], skip: usize| {
        operands(program, valued)
            .skip(skip)
            .filter(|it| !matches!(*it, "{}" | ";" | "+"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let last = || operands(program, &["-o", "-g", "-m"]).skip(1).last().map(str::to_owned);
    let after = |flags: &[&str]| after(program, flags);
    let (what, paths) = match word {
        "chown" | "chgrp" => (What::ChangesOwner, all(&[], 1)),
        "chmod" | "setfacl" => {
            (What::ChangesMode, all(&["-m", "-x"], usize::from(word == "chmod")))
        }
        "setcap" => (What::SetsCapabilities, all(&[], 1)),
        "mkdir" => (What::MakesFolder, all(&["-m"], 0)),
        "mktemp" => (What::Writes, vec!["/tmp".to_owned()]),
        "install" if has("-d") => (What::MakesFolder, all(&["-o", "-g", "-m"], 0)),
        "rm" | "rmdir" | "unlink" => (What::Removes, all(&[], 0)),
        "touch" | "tee" | "truncate" | "mkfifo" => {
            (What::Writes, all(&["-s", "-t", "-d", "-r", "-m"], 0))
        }
        "sed" | "perl"
            if has("-i")
                || program
                    .iter()
                    .any(|it| it.starts_with("-i") || it.starts_with("--in-place")) =>
        {
            let scripted = program.iter().any(|it| it == "-e" || it == "-f");
            (What::Writes, all(&["-e", "-f"], usize::from(!scripted)))
        }
        "cp" | "mv" | "ln" | "install" | "rsync" => {
            (What::Writes, after(&["-t", "--target-directory"]).or_else(last).into_iter().collect())
        }
        "wget" => (What::Writes, after(&["-O", "-P", "--output-document"]).into_iter().collect()),
        "curl" => (What::Writes, after(&["-o", "--output"]).into_iter().collect()),
        "openssl" => {
            (What::Writes, ["-out", "-keyout"].iter().filter_map(|it| after(&[it])).collect())
        }
        "ssh-keygen" if has("-A") => (What::Writes, vec!["/etc/ssh".to_owned()]),
        "ssh-keygen" => (What::Writes, after(&["-f"]).into_iter().collect()),
        "tar" | "unzip" => {
            (What::Writes, after(&["-C", "-d", "--directory"]).into_iter().collect())
        }
        "update-ca-certificates" => (What::Writes, vec!["/etc/ssl/certs".to_owned()]),
        "dd" => (
            What::Writes,
            program.iter().filter_map(|it| it.strip_prefix("of=")).map(str::to_owned).collect(),
        ),
        _ => return Vec::new(),
    };
    let has_none = paths.is_empty();
    let paths: Vec<Option<String>> = paths.iter().take(PATHS).map(|it| folder.path(it)).collect();
    match (has_none, &what) {
        // Where nothing is named, nothing but the standard output is written.
        (true, What::Writes) => Vec::new(),
        (true, _) => vec![(what, None)],
        _ => paths
            .into_iter()
            .filter(|it| {
                it.as_ref().is_none_or(|it| !it.starts_with("/dev/") || it.starts_with("/dev/shm"))
            })
            .map(|it| (what.clone(), it))
            .collect(),
    }
}

fn is_short(word: &str) -> bool {
    word.starts_with('-') && !word.starts_with("--")
}

/// The word after one of the flags, or behind its `=`.
fn after(program: &[String], flags: &[&str]) -> Option<String> {
    let at = program.iter().position(|it| flags.iter().any(|flag| it == flag));
    let joined = || {
        let words = program.iter().filter_map(|it| it.split_once('='));
        words.filter(|it| flags.contains(&it.0)).map(|it| it.1.to_owned()).next()
    };
    at.and_then(|it| program.get(it + 1).cloned()).or_else(joined)
}

/// The account that a program changes to.
fn account(program: &[String]) -> Option<String> {
    match name(&program[0]) {
        "setpriv" => after(program, &["--reuid"]),
        "runuser" => after(program, &["-u", "--user"])
            .or_else(|| operands(program, &["-c", "-g", "-G", "-s"]).next().map(str::to_owned)),
        "chpst" => after(program, &["-u"]),
        _ => operands(program, &[]).next().map(str::to_owned),
    }
}
