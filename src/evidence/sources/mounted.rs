//! What the configuration files say that are mounted from beside the file, and what the server's own words and variables
//! say in their place: paths that it writes, accounts, ports.

use std::borrow::Cow;

use super::loose::{self, kept};
use super::paths::fleeting;
use crate::evidence::fact::{Known, Source, Strength};
use crate::evidence::facts::{Doubt, Facts};
use crate::evidence::mounted::{self, Kind, Mounted, Said, Server, Told, Written};
use crate::evidence::subject::{Start, Subject, is_below};
use crate::finding::Confidence;
use crate::images::Image;
use crate::images::learned::is_mountable;
use crate::workload::{Content, Mount, Origin, Scratch};

/// Files that official images link to the streams of the process: writing to them writes to no file.
const STREAMS: &[&str] = &["/var/log/nginx/access.log", "/var/log/nginx/error.log"];

/// What they say.
pub(super) fn facts(subject: &Subject<'_, '_>, start: Start) -> Option<Facts> {
    let Some(server) = server(subject) else { return loose::facts(subject) };
    let held = held(subject, server);
    let files: Vec<Mounted<'_>> =
        held.iter().map(|(target, text)| Mounted { target, text: *text }).collect();
    let words: Vec<String> = subject.command().cloned().collect();
    let variables = subject.variables.iter().map(|it| (it.name.clone(), it.value.clone()));
    let variables: Vec<_> = variables.collect();
    let mut facts = Facts::default();
    // Most services mount no file of the host.
    let in_files = match files.is_empty() {
        true => Told::default(),
        false => mounted::files(server, &files, &words),
    };
    replaced(&mut facts, subject, server, &in_files);
    facts.doubts.extend(named(subject));
    for said in [in_files, mounted::words(server, &words), mounted::variables(server, &variables)] {
        locked_in(&mut facts, &said, start);
        told(&mut facts, subject, said);
    }
    Some(facts)
}

/// A configuration that the command names, in a folder of the host that cannot be read here.
fn named(subject: &Subject<'_, '_>) -> Option<Doubt> {
    let closed = |path: &str| {
        subject.mounts().iter().any(|it| {
            let known = matches!(it.content, Some(Content::Text(_) | Content::Folder(_)));
            Subject::is_brought(it)
                && !known
                && it.target.as_deref().is_some_and(|it| is_below(path, it))
        })
    };
    let path = |it: &'_ String| it.rsplit('=').next().unwrap_or(it).to_owned();
    let mut words = subject.command().skip(1).map(path);
    let path = words.find(|it| it.starts_with('/') && loose::is_settings(it) && closed(it))?;
    Some(loose::unreadable(&path))
}

/// The server whose configuration it is, by the image's main program or by its name.
fn server(subject: &Subject<'_, '_>) -> Option<Server> {
    let image = subject.found.image();
    let by_program = image.into_iter().flat_map(|it| &it.server).find_map(|it| Server::of(it));
    let by_command = || subject.command().find_map(|it| Server::of(it));
    let by_name = || Server::of(subject.workload.image_text(subject.container)?);
    by_program.or_else(by_command).or_else(by_name)
}

/// Every file of the host, or of the cluster, that is mounted: with its text where that lies beside the file.
fn held<'s>(subject: &'s Subject<'_, '_>, server: Server) -> Vec<(Cow<'s, str>, Option<&'s str>)> {
    let mut found = Vec::new();
    for mount in subject.mounts() {
        let Some(target) = mount.target.as_deref() else { continue };
        let is_file = matches!(mount.content, Some(Content::Text(_))) || loose::is_settings(target);
        if is_data(subject, target) && !is_file {
            continue;
        }
        match (&mount.origin, mount.content) {
            (_, Some(Content::Text(text))) => found.push((target.into(), Some(text.as_str()))),
            (_, Some(Content::Folder(files))) => {
                let inside = |it: &'s (String, Option<String>)| {
                    (format!("{target}/{}", it.0).into(), it.1.as_deref())
                };
                found.extend(files.iter().map(inside));
            }
            (Origin::Host(_) | Origin::Other(_) | Origin::Unknown, _) => {
                // It may be a file or a folder.
                found.push((target.into(), None));
                let names =
                    ["default.conf", "my.cnf", "postgresql.conf", "nginx.conf", "traefik.yml"];
                let inside = names.iter().map(|it| format!("{target}/{it}"));
                found.extend(inside.filter(|it| server.reads(it)).map(|it| (it.into(), None)));
            }
            (Origin::Volume(_) | Origin::Anonymous | Origin::Scratch, _) => (),
        }
    }
    found
}

/// Where the image's main file is replaced, its own paths are no longer known: the usual ones are kept beside.
fn replaced(facts: &mut Facts, subject: &Subject<'_, '_>, server: Server, said: &Told) {
    let is_main = |it: &Mount<'_>| {
        let target = it.target.as_deref();
        target.is_some_and(|target| {
            !is_data(subject, target)
                && server.main_files().iter().any(|main| is_below(main, target))
        })
    };
    if !subject.mounts().iter().any(|it| Subject::is_brought(it) && is_main(it)) {
        return;
    }
    facts.writes.push(kept("/tmp"));
    // A mount over /run would hide the folders in it that the image has made.
    let image = subject.found.image();
    let mut known = image.into_iter().flat_map(|it| &it.writable).map(|it| it.path.as_str());
    if !known.any(|it| is_below(it, "/run") || is_below(it, "/var/run")) {
        facts.writes.push(kept("/run"));
    }
    let own = subject.found.image().and_then(|it| it.user_name.clone());
    let other = |it: &&Said<String>| Some(&it.value) != own.as_ref() && it.value != "root";
    if let Some(account) = said.accounts.iter().find(other) {
        facts.doubts.push(Doubt {
            rules: &["kept-capabilities", "root-user"],
            at_most: Confidence::Risky,
            seen: format!(
                "{} names the account {}",
                place(account.file.as_deref(), account.line),
                account.value
            )
            .into(),
            so: Some("the switch to that account, and files that belong to it".into()),
        });
    }
}

/// Takes in what is told: paths where a tmpfs costs nothing are kept, others stand against a read-only root.
fn told(facts: &mut Facts, subject: &Subject<'_, '_>, said: Told) {
    facts.doubts.extend(said.unread.iter().map(|it| loose::unreadable(it)));
    facts.ports.extend(said.ports.iter().map(|it| it.value));
    said.writes.into_iter().for_each(|it| written(facts, subject, &it));
}

/// A server that locks itself into a folder does so as root, with a capability of its own.
fn locked_in(facts: &mut Facts, said: &Told, start: Start) {
    let Some(it) = said.chroots.first() else { return };
    if start == Start::Root {
        facts.features.push(("SYS_CHROOT".to_owned(), format!("its {}", it.by)));
    }
    facts.doubts.push(Doubt {
        rules: &["root-user"],
        at_most: Confidence::Risky,
        seen: format!("it locks itself into {} by {}", it.value, it.by).into(),
        so: Some("the start, since only root can do that".into()),
    });
}

fn written(facts: &mut Facts, subject: &Subject<'_, '_>, it: &Written) {
    if STREAMS.contains(&it.path.as_str())
        || it.path.starts_with("/dev/")
        || is_held(subject, &it.path)
    {
        return;
    }
    if let Some(spare) = spare(subject, &it.path) {
        facts.writes.push(Known {
            value: spare,
            source: Source::Mounted,
            strength: Strength::Read,
        });
        return;
    }
    let place_of_passing = fleeting(&it.path).filter(|path| is_mountable(path));
    let passes = place_of_passing.is_some();
    let passing = place_of_passing.filter(|_| it.kind != Kind::Data);
    // What a file says that was read is known: with its folder kept, nothing is missing.
    let is_enough = passing.is_some() && it.file.is_some();
    let folder = passing.or_else(|| own_folder(it));
    let so = consequence(it, folder.as_deref());
    let is_kept = folder.is_some();
    facts.writes.extend(folder.as_deref().map(kept));
    if is_enough {
        return;
    }
    let by = match &it.file {
        Some(file) => format!("{} in {}", it.by, place(Some(file), it.line)),
        None => it.by.clone(),
    };
    // With neither a folder kept nor a mount it cannot write what it is told to.
    let is_known = it.path != "/";
    let seen: Cow<'static, str> = match is_known {
        true => format!("{by} names {}", it.path).into(),
        false => format!("{by} names a path that is not known").into(),
    };
    let at_most = match is_kept || passes || !is_known {
        true => Confidence::Risky,
        false => Confidence::Manual,
    };
    let doubt = |rules, at_most, so: &str| Doubt {
        rules,
        at_most,
        seen: seen.clone(),
        so: Some(so.to_owned().into()),
    };
    facts.doubts.push(doubt(&["writable-rootfs"], at_most, &so));
    if it.kind == Kind::Data {
        // Root made the folder and gave it away; who starts as the account cannot.
        let so = format!("writing to {}, which only root can make", it.path);
        facts.doubts.push(doubt(&["root-user"], Confidence::Risky, &so));
    }
}

/// What may break, or what to do first where nothing is written.
fn consequence(it: &Written, kept: Option<&str>) -> String {
    let what = match it.kind {
        Kind::Log => "its log",
        Kind::Cache => "its cache",
        Kind::Pid => "the file with its process id",
        Kind::Socket => "its socket",
        Kind::Data => "its data",
        Kind::Temp => "passing files",
    };
    match it.kind {
        Kind::Data if fleeting(&it.path).is_some() => {
            format!("{what} in {}, which are lost: mount a volume there", it.path)
        }
        Kind::Data => "its data go there: mount a volume first".to_owned(),
        Kind::Socket if kept.is_some() => format!("who else opens {what} in {}", it.path),
        _ if kept.is_some() => format!("{what} in {}, which is gone at every start", it.path),
        Kind::Log => "log to /dev/stdout instead, or mount a volume there".to_owned(),
        Kind::Cache | Kind::Pid | Kind::Socket | Kind::Temp => {
            format!("{what} goes there: mount a volume or a tmpfs first")
        }
    }
}

/// The folder of what is written and need not last, where a tmpfs hides nothing of the image.
fn own_folder(it: &Written) -> Option<String> {
    /// Folders of the image's own that hold more than what is written there.
    const SHARED: &[&str] = &["/var", "/var/lib", "/etc", "/usr", "/opt", "/home", "/root", "/srv"];
    const BELOW: &[&str] = &["/etc", "/usr", "/opt", "/bin", "/lib", "/sbin", "/proc", "/sys"];
    if it.kind == Kind::Data {
        return None;
    }
    let (parent, name) = it.path.rsplit_once('/')?;
    let folder = if name.contains('.') || it.kind == Kind::Socket { parent } else { &it.path };
    let hides = folder.is_empty()
        || SHARED.contains(&folder)
        || BELOW.iter().any(|it| is_below(folder, it))
        || STREAMS.iter().any(|it| is_below(it, folder));
    (!hides && is_mountable(folder)).then(|| folder.to_owned())
}

/// Whether the path is written already: a mount, a volume of the image, or a path that it is known to write.
fn is_held(subject: &Subject<'_, '_>, path: &str) -> bool {
    let image = subject.found.image();
    let volumes = image.into_iter().flat_map(|it| &it.volumes);
    let writable = image.into_iter().flat_map(Image::required_writable);
    let mut known = volumes.map(String::as_str).chain(writable.map(|it| it.path.as_str()));
    let plain = |it: &str| crate::workload::paths::host_path(it);
    subject.is_mounted(path) || known.any(|it| is_below(&plain(path), &plain(it)))
}

/// Whether the image keeps its data there: settings among them are its own.
fn is_data(subject: &Subject<'_, '_>, target: &str) -> bool {
    let image = subject.found.image();
    let data = image.into_iter().flat_map(|it| it.data.iter().map(|it| it.path.as_str()));
    let volumes = image.into_iter().flat_map(|it| it.volumes.iter().map(String::as_str));
    data.chain(volumes).any(|it| is_below(target, it) || is_below(it, target))
}

/// The path that the image is known to write only at times, and that this one lies in.
fn spare(subject: &Subject<'_, '_>, path: &str) -> Option<Scratch> {
    let mut known = subject.found.image()?.writable.iter().filter(|it| it.optional);
    let found = known.find(|it| it.path != "/tmp" && is_below(path, &it.path))?;
    let owner = found.uid.zip(found.gid);
    Some(Scratch { path: found.path.clone(), owner, mode: found.mode.clone(), exec: found.exec })
}

fn place(file: Option<&str>, line: usize) -> String {
    match file {
        Some(file) if line > 0 => format!("{file}:{line}"),
        Some(file) => file.to_owned(),
        None => "its command".to_owned(),
    }
}
