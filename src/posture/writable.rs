//! Which folders it can write (SPEC 2.2): all that its user may, or only what is mounted for it.

use super::ask::Ask;
use super::fact::Fact;
use super::image::Uid;
use super::{Answer, By, Part, Question, Value};
use crate::workload::{Flag, Handle, Mount, Origin};

pub(super) fn answer(ask: &Ask<'_, '_>, user: &Fact<Uid>) -> Answer {
    let read_only = ask.boolean(ask.workload.flag(ask.container, Flag::ReadOnlyRoot), false);
    let tell = |it: &bool| {
        Value::Is(match it {
            true => "read-only".to_owned(),
            false => "writable: everything that its user may write".to_owned(),
        })
    };
    let mut parts = vec![read_only.part("root filesystem", tell), mounts(ask)];
    parts.extend(volumes(ask));
    let mut always = vec!["/dev/shm".to_owned(), "/dev/mqueue".to_owned()];
    if user.known().is_none_or(Uid::is_root) {
        always.push("/dev (root)".to_owned());
    }
    parts.push(Part { name: "always", value: Value::All(always), by: By::Default });
    Answer { question: Question::Writable, holds: read_only.holds(|it| *it), parts }
}

/// What the file mounts writable.
fn mounts(ask: &Ask<'_, '_>) -> Part {
    let written: Vec<&Mount<'_>> =
        ask.container.mounts.iter().filter(|it| !it.read_only && counts(ask, it)).collect();
    let mut all: Vec<String> = written.iter().map(|it| told(it)).collect();
    if let Some(service) = ask.service()
        && service.entry("volumes_from").is_some()
    {
        all.push("what volumes_from brings".to_owned());
    }
    let by = written.first().map_or(By::Default, |it| ask.by(it.site));
    let value = match (&ask.elsewhere, all.is_empty()) {
        (Some(how), true) => Value::Unknown(how.clone()),
        (_, _) => Value::All(all),
    };
    Part { name: "mounts", value, by }
}

/// Whether a mount is there, and has anything to write: a stack drops `tmpfs`, and what is given is only read.
fn counts(ask: &Ask<'_, '_>, mount: &Mount<'_>) -> bool {
    let is_tmpfs = || match mount.handle {
        Handle::Item(item) => item.list.key.value() == Some("tmpfs"),
        Handle::Key(_, entry) => entry.key.value() == Some("tmpfs"),
        Handle::Pod { .. } => false,
    };
    let given = |kind: &str| {
        matches!(
            kind,
            "config"
                | "configs"
                | "secret"
                | "secrets"
                | "configMap"
                | "downwardAPI"
                | "projected"
                | "image"
        )
    };
    match &mount.origin {
        Origin::Other(kind) => !given(kind),
        Origin::Scratch => !(ask.is_stack() && is_tmpfs()),
        Origin::Host(_) | Origin::Volume(_) | Origin::Anonymous | Origin::Unknown => true,
    }
}

fn told(mount: &Mount<'_>) -> String {
    let place = mount.target.as_deref().unwrap_or("a path that a variable names");
    match &mount.origin {
        Origin::Host(path) => format!("{place} ({path} of the host)"),
        Origin::Volume(name) if name.is_empty() => format!("{place} (a volume)"),
        Origin::Volume(name) => format!("{place} (volume {name})"),
        Origin::Anonymous => format!("{place} (a volume of its own)"),
        Origin::Scratch => format!("{place} (scratch)"),
        Origin::Other(kind) => format!("{place} ({kind})"),
        Origin::Unknown => format!("{place} (what a variable names)"),
    }
}

/// The folders that the image declares as volumes, which an engine makes where nothing is mounted.
fn volumes(ask: &Ask<'_, '_>) -> Option<Part> {
    let name = "image's volumes";
    let mounted = |path: &&str| {
        let clean = path.trim_end_matches('/');
        ask.container.mounts.iter().any(|it| it.target.as_deref() == Some(clean))
    };
    match ask.image.volumes() {
        Some((all, by)) => {
            let left: Vec<String> =
                all.into_iter().filter(|it| !mounted(it)).map(str::to_owned).collect();
            let on = if ask.pod().is_some() { " (not on CRI-O)" } else { "" };
            let left: Vec<String> = left.into_iter().map(|it| it + on).collect();
            (!left.is_empty()).then(|| Part { name, value: Value::All(left), by })
        }
        None if ask.elsewhere.is_some() => None,
        None => {
            let how = ask.raise("see `docker image inspect`: nothing is known of this image");
            Some(Part { name, value: Value::Unknown(how), by: By::Nobody })
        }
    }
}
