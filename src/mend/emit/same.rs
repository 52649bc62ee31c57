//! Whether two projects, put together, mean the same to Compose.

use std::collections::BTreeSet;

use super::super::plain::{Map, Plain, is_pairs, pairs};

/// Lists in which nothing hangs on the order.
const SETS: &[&str] = &[
    "cap_add",
    "cap_drop",
    "security_opt",
    "tmpfs",
    "volumes",
    "devices",
    "group_add",
    "device_cgroup_rules",
    "configs",
    "secrets",
];

/// Keys that may be a text where Compose means a list with that alone.
const LISTS: &[&str] = &["tmpfs", "dns", "dns_search", "dns_opt", "env_file"];

/// The engine's address, which is the default where it is empty.
pub(super) const ENGINE: &str = "DOCKER_HOST";

/// The value of a service's key as Compose reads it; nothing where it is as if it were not there.
pub(super) fn meant(key: &str, value: Option<&Plain>) -> Option<Plain> {
    let value = match value? {
        Plain::Null => return None,
        it if is_pairs(key) => Plain::Map(pairs(key, it)),
        it if LISTS.contains(&key) => Plain::List(it.items().into_owned()),
        it => it.clone(),
    };
    match value {
        Plain::List(all) if all.is_empty() => None,
        Plain::Map(all) if all.is_empty() => None,
        Plain::List(mut all) if SETS.contains(&key) => {
            all.sort_by_cached_key(|it| format!("{it:?}"));
            Some(Plain::List(all))
        }
        it => Some(it),
    }
}

/// Whether two values of a service's key mean the same.
pub(super) fn is_same(key: &str, one: Option<&Plain>, other: Option<&Plain>) -> bool {
    meant(key, one) == meant(key, other)
}

/// The first service and key, or else section, in which what is said is not what it is to be.
pub(super) fn different(said: &Map, goal: &Map) -> Option<(Option<String>, String)> {
    for key in keys(said, goal).into_iter().filter(|it| *it != "services") {
        if said.get(key) != goal.get(key) {
            return Some((None, key.clone()));
        }
    }
    let (said, goal) = (section(said), section(goal));
    for name in keys(said, goal) {
        let (Some(Plain::Map(said)), Some(Plain::Map(goal))) = (said.get(name), goal.get(name))
        else {
            if said.get(name) == goal.get(name) {
                continue;
            }
            return Some((Some(name.clone()), "image".to_owned()));
        };
        let differs = |it: &&String| {
            let (said, goal) = (meant(it, said.get(*it)), meant(it, goal.get(*it)));
            without_engine(it, said, goal.as_ref()) != goal
        };
        if let Some(key) = keys(said, goal).into_iter().find(differs) {
            return Some((Some(name.clone()), key.clone()));
        }
    }
    None
}

/// Variables without an engine's address that says nothing, where there is to be none.
fn without_engine(key: &str, said: Option<Plain>, goal: Option<&Plain>) -> Option<Plain> {
    let Some(Plain::Map(mut all)) = said else { return said };
    let is_to_be = matches!(goal, Some(Plain::Map(it)) if it.contains_key(ENGINE));
    let is_empty = matches!(all.get(ENGINE), Some(Plain::Text(it)) if it.is_empty());
    if key == "environment" && is_empty && !is_to_be {
        all.remove(ENGINE);
    }
    (!all.is_empty()).then_some(Plain::Map(all))
}

/// The services of a project.
pub(super) fn section(project: &Map) -> &Map {
    static NONE: Map = Map::new();
    match project.get("services") {
        Some(Plain::Map(it)) => it,
        _ => &NONE,
    }
}

/// The keys of both but those that are the owner's own.
pub(super) fn keys<'m>(one: &'m Map, other: &'m Map) -> BTreeSet<&'m String> {
    one.keys().chain(other.keys()).filter(|it| !it.starts_with("x-")).collect()
}
