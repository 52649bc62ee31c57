//! What Compose makes of a service on Docker (SPEC 1.3 and 2): its layers merged, its settings as the engine reads them.

use std::collections::BTreeMap;

use casehard::workload::Variables;
use casehard::workload::compose::Service;

use super::capabilities::{Lists, by_docker};
use super::data::Data;
use super::mounts;
use super::state::{Fact, State};

/// What the variables of a file are taken for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum World {
    /// Those with a default have it.
    Defaults,
    /// They are set to what nobody knows.
    Set,
}

impl World {
    /// A text with its variables read; one that is not known stays as written.
    pub(crate) fn read(self, text: &str) -> String {
        match (self, Variables::default().interpolate(text).known()) {
            (World::Defaults, Some(known)) => known.to_owned(),
            (World::Defaults, None) | (World::Set, _) => text.to_owned(),
        }
    }
}

/// Lists that are replaced, not added to.
const REPLACED: [&str; 3] = ["command", "entrypoint", "test"];

/// Lists of pairs that are mappings as well.
const PAIRS: [&str; 3] = ["environment", "sysctls", "labels"];

/// What is read here, and what is none of the process.
const READ: [&str; 18] = [
    "privileged",
    "cap_add",
    "cap_drop",
    "user",
    "group_add",
    "security_opt",
    "read_only",
    "network_mode",
    "pid",
    "ipc",
    "uts",
    "cgroup",
    "userns_mode",
    "volumes",
    "tmpfs",
    "devices",
    "extends",
    "environment",
];

/// The state of a service.
pub(crate) fn state(service: &Service<'_>, world: World) -> State {
    let merged = service.levels.iter().fold(Data::Null, |all, level| {
        let own = pairs_as_mappings(Data::read(level.node));
        merge("", all, own)
    });
    let merged = settled(merged);
    let texts = |key: &str| -> Vec<String> {
        merged.get(key).items().iter().filter_map(|it| Some(world.read(it.text()?))).collect()
    };
    let text = |key: &str| merged.get(key).text().map(|it| world.read(it)).unwrap_or_default();
    let privileged = yes(&text("privileged"));
    let lists =
        Lists { privileged: privileged == "yes", add: texts("cap_add"), drop: texts("cap_drop") };
    let mut state = State::default();
    state.is("privileged", privileged);
    state.put("bounding capabilities", by_docker(&lists));
    identity(&mut state, &merged, world);
    let bounding = format!("{:?}", by_docker(&lists));
    state.is(
        "effective capabilities",
        match user(&text("user"), &merged) {
            User::Root => bounding,
            User::Other => "none but by file capabilities".to_owned(),
            User::Image => format!("as root of the image {bounding}"),
        },
    );
    security(&mut state, &texts("security_opt"), lists.privileged);
    state.is("read-only root", yes(&text("read_only")));
    for key in ["network_mode", "pid", "ipc", "uts", "cgroup", "userns_mode"] {
        state.is(key, text(key));
    }
    mounts::of_service(&mut state, &merged, world);
    let mut devices = texts("devices");
    devices.dedup();
    state.is("devices", format!("{devices:?}"));
    state.is("environment", format!("{:?}", merged.get("environment")));
    for (key, value) in merged.without(&READ).into_iter().filter(|it| !it.0.starts_with("x-")) {
        state.is(&key, format!("{value:?}"));
    }
    state
}

enum User {
    Root,
    Other,
    Image,
}

fn user(text: &str, merged: &Data) -> User {
    if merged.get("user").text().is_none() {
        return User::Image;
    }
    match text.split(':').next().unwrap_or("") {
        "" | "root" => User::Root,
        it if it.bytes().all(|it| it == b'0') => User::Root,
        _ => User::Other,
    }
}

fn identity(state: &mut State, merged: &Data, world: World) {
    let number = |it: &str| it.parse::<u32>().map_or_else(|_| it.to_owned(), |it| it.to_string());
    let Some(written) = merged.get("user").text().map(|it| world.read(it)) else {
        state.is("user", "the image's");
        state.is("group", "the image's");
        state.is("groups", format!("{:?}", merged.get("group_add")));
        return;
    };
    let (user, group) = written.split_once(':').map_or((&*written, None), |it| (it.0, Some(it.1)));
    let user = if user.is_empty() || user == "root" { "0" } else { user };
    state.is("user", number(user));
    state.is("group", group.map_or_else(|| format!("that of {user} in the image, or 0"), number));
    state.is("groups", format!("{:?}", merged.get("group_add")));
}

/// The walls of `security_opt`: of several entries that speak of one, the last counts.
fn security(state: &mut State, options: &[String], privileged: bool) {
    let mut new_privileges = Fact::Is("allowed".to_owned());
    let (mut seccomp, mut apparmor) = (None, None);
    let mut labels = Vec::new();
    let mut others = Vec::new();
    for option in options {
        let parted = option.split_once('=').or_else(|| option.split_once(':'));
        let (name, value) = parted.unwrap_or((option, "true"));
        match name {
            // The engine stops at the first that it cannot read.
            "no-new-privileges" if matches!(new_privileges, Fact::Refused(_)) => (),
            "no-new-privileges" => {
                new_privileges = match value {
                    "1" | "t" | "T" | "TRUE" | "true" | "True" => Fact::Is("forbidden".to_owned()),
                    "0" | "f" | "F" | "FALSE" | "false" | "False" => Fact::Is("allowed".to_owned()),
                    it if it.contains('$') => Fact::Is(it.to_owned()),
                    it => Fact::Refused(format!("no boolean: {it}")),
                }
            }
            "seccomp" => seccomp = Some(value.to_owned()),
            "apparmor" => apparmor = Some(value.to_owned()),
            "label" | "disable" => labels.push(option.clone()),
            _ => others.push(option.clone()),
        }
    }
    others.sort();
    others.dedup();
    state.put("new privileges", new_privileges);
    let usual = |privileged: bool| if privileged { "none" } else { "default" };
    let named = |it: Option<String>| match it.as_deref() {
        None => usual(privileged).to_owned(),
        Some("builtin" | "") => "default".to_owned(),
        Some("unconfined") => "none".to_owned(),
        Some(other) => other.to_owned(),
    };
    state.is("seccomp", named(seccomp));
    state.is("AppArmor", named(apparmor));
    state.is("SELinux", format!("{labels:?}"));
    state.is("other security options", format!("{others:?}"));
}

/// A boolean in any spelling that Compose takes.
fn yes(text: &str) -> String {
    match text.to_ascii_lowercase().as_str() {
        "true" | "y" | "yes" | "on" => "yes".to_owned(),
        "" | "false" | "n" | "no" | "off" => "no".to_owned(),
        _ => text.to_owned(),
    }
}

fn pairs_as_mappings(level: Data) -> Data {
    let Data::Map(mut all) = level else { return level };
    for key in PAIRS {
        let Some(Data::List(items)) = all.get(key) else { continue };
        let pairs: BTreeMap<String, Data> = items
            .iter()
            .filter_map(Data::text)
            .map(|it| match it.split_once('=') {
                Some((name, value)) => (name.to_owned(), Data::Scalar(value.to_owned(), false)),
                None => (it.to_owned(), Data::Null),
            })
            .collect();
        all.insert(key.to_owned(), Data::Map(pairs));
    }
    Data::Map(all)
}

/// A layer over weaker ones: lists are added to, mappings united, scalars replaced.
fn merge(key: &str, weak: Data, strong: Data) -> Data {
    match (weak, strong) {
        (weak, Data::Null) => weak,
        (Data::Map(mut all), Data::Map(own)) => {
            for (key, value) in own {
                let weak = all.remove(&key).unwrap_or(Data::Null);
                let merged = merge(&key, weak, value);
                all.insert(key, merged);
            }
            Data::Map(all)
        }
        (Data::List(all), Data::List(own)) if !REPLACED.contains(&key) => {
            Data::List(all.into_iter().chain(own).collect())
        }
        (weak @ (Data::List(_) | Data::Scalar(..)), strong) if key == "tmpfs" => match strong {
            Data::List(_) | Data::Scalar(..) => {
                Data::List(weak.items().iter().chain(strong.items()).cloned().collect())
            }
            other => other,
        },
        (_, strong) => strong,
    }
}

/// Without the tags that spoke of weaker layers.
fn settled(data: Data) -> Data {
    match data {
        Data::Reset => Data::Null,
        Data::Override(inner) => settled(*inner),
        Data::Map(all) => Data::Map(all.into_iter().map(|(key, it)| (key, settled(it))).collect()),
        Data::List(all) => Data::List(all.into_iter().map(settled).collect()),
        it @ (Data::Null | Data::Scalar(..)) => it,
    }
}
