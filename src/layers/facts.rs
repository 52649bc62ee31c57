//! What is kept of an image once it is read.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::account;
use super::layer::{Entry, Kind};
use super::start::is_there;
use super::tree::{Picture, Root};
use crate::date::Date;
use crate::images::learned::{
    Account, Carries, Folder, LEFT_OUT, Learned, Privileged, Words, without_secrets,
};

/// How many folders that belong to others than root are told.
const FOLDERS: usize = 64;

/// How many names of /tmp and /run are told.
const NAMES: usize = 32;

/// How many programs with privileges are told.
const PROGRAMS: usize = 128;

/// Folders of the system that are everybody's, or that the engine puts there.
const COMMON: [&str; 7] =
    ["/tmp", "/var/tmp", "/dev", "/proc", "/run/lock", "/var/cache/apt", "/var/lib/apt"];

/// What an image is; `targets` are paths at which something is mounted into its containers.
pub fn learned(picture: &Picture, targets: &[String], today: Date) -> Learned {
    let settings = &picture.settings;
    let root = &picture.root;
    let user = settings.user.clone().unwrap_or_default();
    let keys = |it: &Option<BTreeMap<String, _>>| -> Vec<String> {
        it.iter().flatten().map(|it| it.0.clone()).collect()
    };
    let mut volumes = keys(&settings.volumes);
    volumes.retain(|it| it.starts_with('/'));
    let named = account(root, if user.is_empty() { "0" } else { &user });
    let mounted = volumes.iter().chain(targets).filter(|it| it.starts_with('/'));
    let mounted: Vec<String> = mounted.cloned().collect();
    let (account, groups) = named.map_or((None, Vec::new()), |it| (Some(it.account), it.groups));
    let variables = settings.env.iter().flatten().filter_map(|it| Some(it.split_once('=')?.0));
    Learned {
        id: picture.id.clone(),
        names: picture.names.clone(),
        digests: picture.digests.clone(),
        services: Vec::new(),
        read: today,
        account: account.or_else(|| by_numbers(&user)),
        user,
        groups,
        entrypoint: without_secrets(settings.entrypoint.as_deref().unwrap_or_default()),
        command: command(picture),
        words: Words::of(
            settings.entrypoint.as_deref().unwrap_or_default(),
            settings.cmd.as_deref().unwrap_or_default(),
        ),
        workdir: settings.working_dir.clone().unwrap_or_default(),
        ports: keys(&settings.exposed_ports),
        variables: variables.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect(),
        tmp: few(root.names("/tmp")),
        run: few(root.names("/run")),
        program: picture.program(),
        start: picture.start(&mounted),
        folders: folders(picture, &mounted),
        privileged: privileged(root),
        volumes,
        observed: Vec::new(),
        trials: Vec::new(),
    }
}

/// The words of its command: what is handed to an entrypoint is no program, unless the image has it.
fn command(picture: &Picture) -> Vec<String> {
    let mut words = without_secrets(picture.settings.cmd.as_deref().unwrap_or_default());
    let is_handed = picture.settings.entrypoint.as_ref().is_some_and(|it| !it.is_empty());
    if let Some(first) = words.first_mut().filter(|_| is_handed)
        && picture.main(first).is == Carries::Unknown
    {
        *first = LEFT_OUT.to_owned();
    }
    words.dedup_by(|a, b| a == b && a == LEFT_OUT);
    words
}

/// The account of a `USER` in numbers.
fn by_numbers(user: &str) -> Option<Account> {
    let (uid, gid) = user.split_once(':').unwrap_or((user, "0"));
    Some(Account { name: String::new(), uid: uid.parse().ok()?, gid: gid.parse().ok()? })
}

fn few(mut names: Vec<String>) -> Vec<String> {
    names.truncate(NAMES);
    names
}

/// The folders of data with all that they lie in, those that variables name, and the uppermost of others.
fn folders(picture: &Picture, mounted: &[String]) -> Vec<Folder> {
    let root = &picture.root;
    let mut asked: BTreeSet<String> = mounted.iter().map(|it| trimmed(it)).collect();
    asked.extend(
        picture.settings.working_dir.iter().filter(|it| is_there(root, it)).map(|it| trimmed(it)),
    );
    let values = picture.settings.env.iter().flatten().filter_map(|it| it.split_once('='));
    asked.extend(
        values.filter(|it| it.1.starts_with('/') && is_there(root, it.1)).map(|it| trimmed(it.1)),
    );
    asked.extend(of_others(root));
    asked.remove("/");
    let mut all = asked.clone();
    for path in &asked {
        let mut above = path.as_str();
        while let Some((folder, _)) = above.rsplit_once('/').filter(|it| !it.0.is_empty()) {
            all.insert(folder.to_owned());
            above = folder;
        }
    }
    all.iter().map(|it| folder(root, it, asked.contains(it))).collect()
}

fn trimmed(path: &str) -> String {
    let path = path.trim_end_matches('/');
    if path.is_empty() { "/".to_owned() } else { path.to_owned() }
}

fn folder(root: &Root, path: &str, is_asked: bool) -> Folder {
    let absent = Folder {
        path: path.to_owned(),
        made: false,
        uid: 0,
        gid: 0,
        mode: String::new(),
        holds: false,
    };
    match root.find(path) {
        Some((real, it)) => Folder {
            made: true,
            uid: it.uid,
            gid: it.gid,
            mode: format!("{:04o}", it.mode),
            holds: is_asked && root.holds(&real),
            ..absent
        },
        None => absent,
    }
}

/// The uppermost folders that belong to others than root or that everybody may write to.
fn of_others(root: &Root) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (path, entry) in root.all() {
        let is_others = entry.kind == Kind::Folder && (entry.uid != 0 || entry.mode & 0o002 != 0);
        let is_told = found.last().is_some_and(|it| {
            path.strip_prefix(it.as_str()).is_some_and(|it| it.starts_with('/'))
                && root.find(it).is_some_and(|it| it.1.uid == entry.uid)
        });
        if is_others && !is_told && !COMMON.iter().any(|it| path.starts_with(it)) {
            found.push(path.clone());
        }
    }
    found.truncate(FOLDERS);
    found
}

/// The programs that have more privileges than who runs them.
fn privileged(root: &Root) -> Vec<Privileged> {
    let of = |(path, it): (&String, &Entry)| {
        let is_file = matches!(it.kind, Kind::File(_));
        let setuid = (it.mode & 0o4000 != 0).then_some(it.uid);
        let setgid = (it.mode & 0o2000 != 0 && it.mode & 0o010 != 0).then_some(it.gid);
        let has = setuid.is_some() || setgid.is_some() || !it.capabilities.is_empty();
        (is_file && has).then(|| Privileged {
            path: path.clone(),
            setuid,
            setgid,
            capabilities: it.capabilities.clone(),
        })
    };
    root.all().filter_map(of).take(PROGRAMS).collect()
}
