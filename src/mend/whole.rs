//! The proof of the whole project: put together anew it loads where it loaded, and every service, whether anybody asked
//! to change it or not, changed only in what was planned for it (SPEC 5.6).

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashSet;

use super::composed::{composed, composed_of, sections, target};
use super::plain::{Map, Plain};
use super::planned::{ANY, Place, Planned, planned, written};
use super::{Analysis, Members, Shared, view};
use crate::finding::{FileId, Finding, Fix};
use crate::plan::Choice;
use crate::workload::{Files, compose};

/// What does not hold of a rewritten project.
#[derive(Debug)]
pub(super) struct Broken {
    /// What, in a clause.
    pub(super) what: String,
    service: String,
    /// The keys of the service that it is about.
    keys: Vec<String>,
    /// A text that what was written must hold to be the cause.
    text: Option<String>,
}

/// Something that Compose or the engine refuses.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Refused {
    service: String,
    what: String,
    keys: &'static [&'static str],
    text: Option<String>,
}

/// The first thing that does not hold after a rewrite.
pub(super) fn broken(
    (old, new): (&[Shared], &[Shared]),
    members: &Members,
    analysis: &Analysis,
) -> Option<Broken> {
    let Members::Compose(members) = members else { return None };
    let (old, new) = (view(old), view(new));
    let ways = std::iter::once(&members.merged).chain(&members.elsewhere);
    let own = planned(&old, &analysis.judged.open);
    // Of services that several ways have alike one is judged.
    let others = planned(&old, &analysis.elsewhere);
    let reached = reached(&old, &new);
    for (number, way) in (0_u32..).zip(ways) {
        let wanted = reached.as_ref().filter(|_| number > 0);
        let both = (composed_of(&old, way, wanted), composed_of(&new, way, wanted));
        let (Some(before), Some(after)) = both else { continue };
        let known = refused(&before);
        if before == after || number > 0 && !known.is_empty() {
            continue;
        }
        if let Some(it) = refused(&after).into_iter().find(|it| !known.contains(it)) {
            let keys = it.keys.iter().map(|it| (*it).to_owned()).collect();
            return Some(Broken { what: it.what, service: it.service, keys, text: it.text });
        }
        let planned = if number == 0 { &own } else { &others };
        let (Some(before), Some(after)) = (services(&before), services(&after)) else { continue };
        if let Some(it) = unplanned(before, after, planned) {
            return Some(it);
        }
    }
    None
}

/// The services that a rewrite can reach, by name: those of files that change, and of documents in which something extends
/// another, wherever that leads. None is left out where more than services change: any may use a volume.
fn reached<'t>(old: &Files<'t>, new: &Files<'_>) -> Option<HashSet<&'t str>> {
    let mut reached = HashSet::default();
    for ((id, before), (_, after)) in old.iter().zip(new.iter()) {
        let changes = !Arc::ptr_eq(&before.tree, &after.tree);
        if changes && sections(old, id) != sections(new, id) {
            return None;
        }
        for root in before.tree.documents() {
            let all = || compose::services(root.resolve());
            if changes || all().any(|it| it.1.resolve().get("extends").is_some()) {
                reached.extend(all().filter_map(|it| it.0.value()));
            }
        }
    }
    Some(reached)
}

/// Whether these files make a project that Compose takes, as far as is known.
pub fn loads(files: &Files<'_>, way: &[FileId]) -> bool {
    composed(files, way).is_some_and(|it| refused(&it).is_empty())
}

/// The choices that bring it about; nothing where none is near.
pub(super) fn culprits(
    files: &[Shared],
    findings: &[Finding],
    kept: &[Choice],
    broken: &Broken,
) -> Vec<Choice> {
    let files = view(files);
    let fix = |it: &Choice| &findings[it.finding].fixes[it.fix];
    let about = |fix: &Fix| {
        let mut keys = written(&files, fix).flat_map(|it| it.keys);
        keys.any(|it| it == ANY || broken.keys.iter().any(|key| *key == it))
    };
    let says = |fix: &Fix| {
        let mut texts = written(&files, fix).flat_map(|it| it.texts);
        broken.text.as_ref().is_none_or(|text| texts.any(|it| it.contains(text.as_str())))
    };
    let near: Vec<Choice> = kept.iter().filter(|it| about(fix(it))).copied().collect();
    let sure: Vec<Choice> = near.iter().filter(|it| says(fix(it))).copied().collect();
    let found = if sure.is_empty() { near } else { sure };
    let name = format!(" {}", broken.service);
    let own = found.iter().filter(|it| {
        let subject = &findings[it.finding].subject;
        ["service", "container"].iter().any(|it| subject.strip_prefix(it) == Some(&name))
    });
    let own: Vec<Choice> = own.copied().collect();
    if own.is_empty() { found } else { own }
}

fn services(project: &Map) -> Option<&Map> {
    project.get("services")?.map()
}

/// The first change of a service that nobody planned for it.
fn unplanned(old: &Map, new: &Map, planned: &Planned<'_>) -> Option<Broken> {
    const NONE: &Map = &Map::new();
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (old, new) = match (old.get(name), new.get(name)) {
            (old, new) if old == new => continue,
            (old, new) => {
                (old.and_then(Plain::map).unwrap_or(NONE), new.and_then(Plain::map).unwrap_or(NONE))
            }
        };
        // What is only there to be extended is seen in those that do.
        if !compose::RUNS.iter().any(|it| new.contains_key(*it)) {
            continue;
        }
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys.into_iter().filter(|it| old.get(*it) != new.get(*it)) {
            let is_it = |it: &&Place<'_>| it.keys.iter().any(|it| it == key || *it == ANY);
            let may = planned.get(name.as_str()).into_iter().flatten().filter(is_it);
            let may: Vec<&str> = may.flat_map(|it| &it.texts).map(|it| &**it).collect();
            let (before, after) = (sorted(old.get(key)), sorted(new.get(key)));
            // What stands in two layers counts once, in another place.
            if before == after {
                continue;
            }
            let is_any = may.contains(&ANY);
            let fine = |it: &&str| is_any || before.contains(it) || may.contains(it);
            let text = after.iter().find(|it| !fine(it)).map(|it| (*it).to_owned());
            if may.is_empty() || text.is_some() {
                let what =
                    format!("service {name} would get another `{key}` that it is not to have");
                return Some(Broken { what, service: name.clone(), keys: vec![key.clone()], text });
            }
        }
    }
    None
}

fn sorted(value: Option<&Plain>) -> Vec<&str> {
    let mut all = Vec::new();
    value.into_iter().for_each(|it| words(it, &mut all));
    all.sort_unstable();
    all
}

fn words<'p>(value: &'p Plain, all: &mut Vec<&'p str>) {
    match value {
        Plain::Null => (),
        Plain::Text(it) => all.push(it),
        Plain::List(it) => it.iter().for_each(|it| words(it, all)),
        Plain::Map(it) => it.iter().for_each(|(key, it)| {
            all.push(key);
            words(it, all);
        }),
    }
}

/// What Compose or the engine refuses of a project.
fn refused(project: &Map) -> BTreeSet<Refused> {
    let mut found = BTreeSet::new();
    let Some(services) = services(project) else { return found };
    for (name, service) in services {
        let Plain::Map(service) = service else { continue };
        let list = |key: &str| service.get(key).map(Plain::items).unwrap_or_default();
        let mut add = |what: String, keys: &'static [&'static str], text: Option<String>| {
            let what = format!("service {name} would {what}");
            found.insert(Refused { service: name.clone(), what, keys, text });
        };
        for it in twice(targets(&list("volumes"), &list("tmpfs"))) {
            add(format!("mount two things at {it}"), &["tmpfs", "volumes"], Some(it));
        }
        for key in ["security_opt", "cap_add", "cap_drop"] {
            for it in twice(list(key).iter().filter_map(as_text)) {
                let keys = &["security_opt", "cap_add", "cap_drop"];
                add(format!("say {it} twice"), keys, Some(it.to_owned()));
            }
        }
        for key in LISTS.iter().chain(SINGLE) {
            if service.get(*key) == Some(&Plain::Null) {
                let wanted = if LISTS.contains(key) { "a list" } else { "a value" };
                let key = std::slice::from_ref(key);
                add(
                    format!("have nothing under {}, where Compose wants {wanted}", key[0]),
                    key,
                    None,
                );
            }
        }
        let there = |key: &str| service.get(key).is_some_and(|it| *it != Plain::Null);
        if there("network_mode") && there("networks") {
            add("have a network_mode beside networks".into(), &["network_mode", "networks"], None);
        }
        for it in list("volumes").iter().filter_map(named) {
            if !has(project, "volumes", &it) {
                add(format!("name a volume {it} that is nowhere"), &["volumes"], None);
            }
        }
        if service.get("read_only").and_then(as_text) == Some("true") {
            let injects = ["configs", "secrets"]
                .into_iter()
                .any(|section| list(section).iter().any(|it| injected(project, section, it)));
            if injects {
                add("have files written into a read-only root".into(), &["read_only"], None);
            }
        }
    }
    found
}

/// Keys that Compose refuses empty, unless a weaker layer has a list for them.
const LISTS: &[&str] = &["cap_add", "cap_drop", "security_opt", "volumes", "devices", "group_add"];

/// Keys that a fix takes away, and that Compose refuses where they are there without a value.
const SINGLE: &[&str] = &[
    "cgroup",
    "ipc",
    "network_mode",
    "pid",
    "privileged",
    "read_only",
    "user",
    "userns_mode",
    "uts",
];

fn targets(volumes: &[Plain], tmpfs: &[Plain]) -> Vec<String> {
    let scratch = tmpfs.iter().filter_map(as_text);
    let scratch = scratch.map(|it| it.split(':').next().unwrap_or(it).to_owned());
    let all = volumes.iter().filter_map(target).chain(scratch);
    all.map(|it| if it.len() > 1 { it.trim_end_matches('/').to_owned() } else { it }).collect()
}

fn twice<T: Ord + Clone>(all: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut known = BTreeSet::new();
    all.into_iter().filter(|it| !known.insert(it.clone())).collect()
}

fn as_text(value: &Plain) -> Option<&str> {
    match value {
        Plain::Text(it) => Some(it),
        Plain::Null | Plain::List(_) | Plain::Map(_) => None,
    }
}

/// The volume that an item names, if it names one.
fn named(item: &Plain) -> Option<String> {
    let source = match item {
        Plain::Map(it) => {
            let kind = it.get("type").and_then(as_text);
            if kind.is_some_and(|it| it != "volume") {
                return None;
            }
            it.get("source").and_then(as_text)?.to_owned()
        }
        Plain::Text(it) => compose::parse_short(it).source?.to_owned(),
        Plain::Null | Plain::List(_) => return None,
    };
    let is_name = source.starts_with(|it: char| it.is_ascii_alphanumeric())
        && !source.contains(['/', '\\', '$']);
    // Behind a blank nothing is a path to Compose.
    (is_name || source.starts_with(char::is_whitespace)).then_some(source)
}

fn has(project: &Map, section: &str, name: &str) -> bool {
    matches!(project.get(section), Some(Plain::Map(it)) if it.contains_key(name))
}

fn injected(project: &Map, section: &str, item: &Plain) -> bool {
    let name = match item {
        Plain::Map(it) => it.get("source").and_then(as_text),
        other => as_text(other),
    };
    let Some(Plain::Map(all)) = project.get(section) else { return false };
    let Some(Plain::Map(entry)) = name.and_then(|it| all.get(it)) else { return false };
    ["content", "environment"].iter().any(|it| entry.contains_key(*it))
}
