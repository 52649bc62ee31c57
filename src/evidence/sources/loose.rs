//! What mounted configuration names whose grammar is not known: any path in it may be one that is written.

use super::paths::{fleeting, is_path};
use crate::evidence::fact::{Known, Source, Strength};
use crate::evidence::facts::{Doubt, Facts};
use crate::evidence::scratch;
use crate::evidence::subject::{Subject, is_below};
use crate::finding::Confidence;
use crate::workload::{Content, Mount, Scratch};

/// Endings of files that programs read their settings from.
const SETTINGS: &[&str] =
    &[".conf", ".cfg", ".cnf", ".ini", ".toml", ".yml", ".yaml", ".json", ".xml", ".properties"];

/// Where settings name paths to write to; elsewhere they name routes, programs and what is read.
const WRITTEN: &[&str] = &[
    "/var", "/tmp", "/run", "/srv", "/mnt", "/home", "/data", "/log", "/logs", "/cache", "/storage",
];

/// Where files are read that lie there.
const READ: &[&str] = &["/run/secrets", "/var/run/secrets", "/var/www"];

/// What they name, where the image's own program runs: nothing else is known to work with a read-only root.
pub(super) fn facts(subject: &Subject<'_, '_>) -> Option<Facts> {
    subject.server()?;
    let mut facts = Facts::default();
    for mount in subject.mounts() {
        let Some(target) = mount.target.as_deref() else { continue };
        match mount.content {
            Some(Content::Text(text)) if is_settings(target) => {
                read(&mut facts, subject, (target, text));
            }
            Some(Content::Folder(files)) => {
                let files = files.iter().filter(|it| is_settings(&it.0));
                for (name, text) in files.filter_map(|it| Some((&it.0, it.1.as_ref()?))) {
                    read(&mut facts, subject, (&format!("{target}/{name}"), text));
                }
            }
            Some(Content::Text(_)) => (),
            Some(Content::Closed) | None => facts.doubts.extend(unread(mount, target)),
        }
    }
    Some(facts)
}

/// Whether a file's name is one that programs read their settings from.
pub(super) fn is_settings(path: &str) -> bool {
    SETTINGS.iter().any(|it| path.ends_with(it))
}

fn unread(mount: &Mount<'_>, target: &str) -> Option<Doubt> {
    (Subject::is_brought(mount) && is_settings(target)).then(|| unreadable(target))
}

/// A configuration that is there and is not known, whatever the server.
pub(super) fn unreadable(path: &str) -> Doubt {
    Doubt {
        rules: &["writable-rootfs"],
        at_most: Confidence::Risky,
        seen: format!("its configuration {path} cannot be read here").into(),
        so: Some("writes to the paths that it names: logs, caches, sockets".into()),
    }
}

fn read(facts: &mut Facts, subject: &Subject<'_, '_>, (target, text): (&str, &str)) {
    for (at, line) in text.lines().enumerate() {
        let said = line.trim_start();
        if said.starts_with(['#', ';']) || said.starts_with("//") || said.starts_with("<!--") {
            continue;
        }
        let apart = |it: char| it.is_whitespace() || "\"'`=,:;()[]{}<>|".contains(it);
        for path in said.split(apart).filter(|it| is_written(subject, it)) {
            named(facts, path, &format!("{target}:{}", at + 1));
        }
    }
}

/// Whether a word is a path that may be written, and that nothing holds yet.
fn is_written(subject: &Subject<'_, '_>, word: &str) -> bool {
    let below = |folders: &[&str]| folders.iter().any(|it| is_below(word, it));
    is_path(word)
        && below(WRITTEN)
        && !below(READ)
        && !WRITTEN.contains(&word)
        && !subject.is_mounted(word)
        && !subject.found.image().is_some_and(|image| {
            let data = image.data.iter().map(|it| it.path.as_str());
            let own = image.volumes.iter().map(String::as_str).chain(data);
            own.chain(image.required_writable().map(|it| it.path.as_str()))
                .any(|it| is_below(word, it))
        })
}

/// A path that configuration names, kept open to all.
pub(super) fn kept(path: &str) -> Known<Scratch> {
    Known { value: scratch(path), source: Source::Mounted, strength: Strength::Read }
}

fn named(facts: &mut Facts, path: &str, place: &str) {
    if let Some(folder) = fleeting(path) {
        let is_open = matches!(folder.as_str(), "/tmp" | "/var/tmp");
        if facts.writes.iter().all(|it| it.value.path != folder) {
            facts.writes.push(kept(&folder));
        }
        if is_open {
            return;
        }
    }
    facts.doubts.push(Doubt {
        rules: &["writable-rootfs"],
        at_most: Confidence::Risky,
        seen: format!("{place} names {path}").into(),
        so: Some(format!("writes to {path}, if it makes any").into()),
    });
}
