//! What is mounted into a container, by its place there.

use std::collections::BTreeMap;

use super::compose::World;
use super::data::Data;
use super::state::{Fact, State};

/// The volumes and tmpfs of a Compose service. Compose unites volumes by their target, tmpfs by their text up to the
/// first `=`, then by their path; what is left twice at one place is refused by the engine.
pub(crate) fn of_service(state: &mut State, service: &Data, world: World) {
    let mut volumes: BTreeMap<String, String> = BTreeMap::new();
    for item in service.get("volumes").items() {
        let (target, shown) = volume(item, world);
        volumes.insert(target, shown);
    }
    let mut united: Vec<(String, String)> = Vec::new();
    for text in service.get("tmpfs").items().iter().filter_map(Data::text) {
        let text = world.read(text);
        let unit = text.split('=').next().unwrap_or("").to_owned();
        match united.iter_mut().find(|it| it.0 == unit) {
            Some(known) => known.1 = text,
            None => united.push((unit, text)),
        }
    }
    let mut scratch: BTreeMap<String, String> = BTreeMap::new();
    for (_, text) in united {
        let parts = split(&text);
        let mut options: Vec<&str> = parts.get(1).map_or("", |it| it).split(',').collect();
        options.sort_unstable();
        scratch.insert(parts[0].to_owned(), format!("tmpfs {}", options.join(",")));
    }
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (target, shown) in volumes.into_iter().chain(scratch) {
        places.entry(clean(&target)).or_default().push(shown);
    }
    for (place, mut all) in places {
        let fact = match all.len() {
            1 => Fact::Is(all.remove(0)),
            _ => Fact::Refused(format!("several mounts: {}", all.join(" and "))),
        };
        state.put(&format!("mount at {place}"), fact);
    }
}

/// The target of a Compose volume and all of it in words.
fn volume(item: &Data, world: World) -> (String, String) {
    let Some(text) = item.text() else {
        let text = |key: &str| item.get(key).text().map(|it| world.read(it));
        let target = text("target").or_else(|| text("dst")).or_else(|| text("destination"));
        return (target.unwrap_or_default(), format!("{:?}", item.without(&[])));
    };
    let text = world.read(text);
    let mut parts = split(&text);
    // A drive of Windows is one letter.
    if parts.len() > 1 && parts[0].len() == 1 && parts[1].starts_with(['/', '\\']) {
        let drive = parts[0].len() + 1 + parts[1].len();
        parts.splice(0..2, [&text[..drive]]);
    }
    let target = parts.get(1).or(parts.first()).copied().unwrap_or_default();
    (clean(target), text.clone())
}

/// The parts between colons; one inside of `${…}` parts nothing.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0usize);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => (),
        }
    }
    parts.push(&text[from..]);
    parts
}

/// A path without what means nothing in it.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => (),
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The volume mounts of a container with the volumes of its pod behind them.
pub(crate) fn of_container(state: &mut State, container: &Data, pod: &Data) {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mount in container.get("volumeMounts").items() {
        let name = mount.get("name").text().unwrap_or("");
        let named = |it: &&Data| it.get("name").text() == Some(name);
        let volume = pod.get("volumes").items().iter().find(named);
        let volume = volume.map(|it| it.without(&["name"]));
        let shown = format!("{:?} of {volume:?}", mount.without(&["name", "mountPath"]));
        let place = mount.get("mountPath").text().unwrap_or("").to_owned();
        places.entry(place).or_default().push(shown);
    }
    for (place, mut all) in places {
        let fact = match all.len() {
            1 => Fact::Is(all.remove(0)),
            _ => Fact::Refused("mountPath must be unique".to_owned()),
        };
        state.put(&format!("mount at {place}"), fact);
    }
}
