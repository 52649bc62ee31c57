//! Whether it holds a socket of a container runtime, or a folder that has one.

use super::ask::Ask;
use super::{Answer, By, Holds, Part, Question, Value};
use crate::workload::host::{Reach, may_reach, socket};
use crate::workload::{Mount, Origin, State};

pub(super) fn answer(ask: &Ask<'_, '_>) -> Answer {
    let mut held = Vec::new();
    let mut open = Vec::new();
    let mut by = By::Default;
    for mount in &ask.container.mounts {
        match &mount.origin {
            Origin::Host(path) if socket(path).is_some() => {
                by = ask.by(mount.site);
                held.push(told(mount, path));
            }
            Origin::Unknown if mount.written.as_deref().is_none_or(may_reach) => {
                open.push(ask.by(mount.site));
            }
            Origin::Host(_)
            | Origin::Unknown
            | Origin::Volume(_)
            | Origin::Anonymous
            | Origin::Scratch
            | Origin::Other(_) => (),
        }
    }
    if let Some(service) = ask.service() {
        if let State::On(site) = service.boolean("use_api_socket") {
            by = ask.by(site);
            held.push("the engine's, by use_api_socket".to_owned());
        }
        for (path, whose, site) in service.borrowed() {
            if socket(&path).is_some() {
                by = ask.by(site);
                held.push(format!("{path}, taken over from {whose}"));
            }
        }
    }
    let (holds, value) = match (held.is_empty(), open.pop()) {
        (false, _) => (Holds::No, Value::All(held)),
        (true, Some(at)) => {
            by = at;
            (Holds::Unknown, Value::Unknown(ask.tell_variable()))
        }
        (true, None) => match &ask.elsewhere {
            Some(how) => (Holds::Unknown, Value::Unknown(how.clone())),
            None => (Holds::Yes, Value::All(held)),
        },
    };
    let part = Part { name: "runtime socket", value, by };
    Answer { question: Question::Socket, holds, parts: vec![part] }
}

fn told(mount: &Mount<'_>, path: &str) -> String {
    let what = match socket(path) {
        Some(Reach::Folder) => ", a folder with sockets",
        Some(Reach::Socket) | None => "",
    };
    // The API behind it can be written whatever the mount says.
    format!("{}{what}", mount.called(path))
}
