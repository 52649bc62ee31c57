//! What was seen of running containers, in plain English and for programs.

use serde::Serialize;

use super::shown::{Shown, clean};
use super::style::{BOLD, DIM, PLACE, paint};
use crate::images::learned::{Observation, Owned, Written};
use crate::series::{few, series};

/// What was seen of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The name of its image.
    pub image: String,
    /// The digest of its image.
    pub id: String,
    /// What is kept.
    #[serde(flatten)]
    pub observed: Observation,
    /// The capabilities that it used since it was looked at, where its start was not seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_then: Option<Vec<String>>,
    /// What somebody left in it who is none of its processes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by_people: Vec<String>,
    /// What could not be seen, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// How many paths are told on one line.
const SHOWN: usize = 8;

/// What to do once it was looked at for long enough.
const NEXT: &str = "next: `casehard fix --verify` tries the fixes, then writes what passed (the road: learn, observe, fix, verify)";

/// What to do where it was not.
const NEXT_AGAIN: &str = "next: `casehard observe --for 1m`, as what was seen for less than a minute counts for little; then `casehard fix \
                          --verify` (the road: learn, observe, fix, verify)";

/// For a terminal, with the name of the file that keeps it.
pub fn text(all: &[Seen], file: &str) -> Shown {
    let mut parts: Vec<Shown> = all.iter().flat_map(one).collect();
    if !all.is_empty() {
        let noun = if all.len() == 1 { "container" } else { "containers" };
        let told = format!("{} {noun} noted in {}", all.len(), clean(file));
        parts.push(Shown::painted(&paint(BOLD, &told)));
        let is_short = all.iter().any(|it| !it.observed.is_long());
        parts.push(Shown::line(if is_short { NEXT_AGAIN } else { NEXT }));
    }
    Shown::all(parts)
}

/// For programs.
pub fn json(all: &[Seen]) -> Shown {
    Shown::value(&all, true)
}

/// A time in words.
pub fn time(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..120 => (seconds, "s"),
        120..7200 => (seconds / 60, "min"),
        7200..172_800 => (seconds / 3600, "h"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{number} {unit}")
}

fn one(seen: &Seen) -> Vec<Shown> {
    let own = &seen.observed;
    let project = match own.project.as_str() {
        "" => String::new(),
        it => format!(" of {}", clean(it)),
    };
    let head = paint(BOLD, &format!("{}{project}", clean(&own.service)));
    let mut parts = vec![Shown::painted(&format!("{head}, {}", clean(&seen.image)))];
    let mut row = |name: &str, text: &str| {
        let name = paint(DIM, &format!("{name:<13}"));
        parts.push(Shown::painted(&format!("  {name} {}", clean(text))));
    };
    row("runs as", &users(own));
    writes(own).iter().enumerate().for_each(|it| row(if it.0 == 0 { "writes" } else { "" }, it.1));
    owners(own).iter().enumerate().for_each(|it| row(if it.0 == 0 { "mounts" } else { "" }, it.1));
    row("listens on", &listed(&own.ports, "no port below 1024"));
    row("runtime", &listed(&own.sockets, "no socket of a runtime"));
    row("capabilities", &capabilities(seen));
    row("looked", &looked(own));
    if !seen.by_people.is_empty() {
        let more = few(&seen.by_people, SHOWN);
        row("left out", &format!("{more}: left by whoever looked into it, not by its processes"));
    }
    seen.notes.iter().for_each(|it| row("not seen", it));
    parts.push(Shown::painted(&format!("  {}", paint(PLACE, &clean(&means(own))))));
    parts.push(Shown::line(""));
    parts
}

fn users(own: &Observation) -> String {
    let start = if own.from_root { "starts as root" } else { "never root" };
    match own.users.as_slice() {
        [] => format!("{start}; its users could not be told"),
        [one] if one.starts_with("0:") => "root".to_owned(),
        [one] => format!("{one} ({start})"),
        [first, others @ ..] => {
            let first = if first.starts_with("0:") { "root" } else { first };
            format!("{first}, others as {} ({start})", series(others))
        }
    }
}

fn writes(own: &Observation) -> Vec<String> {
    if !own.saw_writes {
        return vec!["nothing outside of its mounts can be seen".to_owned()];
    }
    if own.writes.is_empty() {
        return vec!["nothing outside of its mounts".to_owned()];
    }
    let told = |it: &Written| {
        let mut more = vec![format!("{}:{}", it.uid, it.gid)];
        more.extend(Some(format!("by {}", it.by)).filter(|_| !it.by.is_empty()));
        more.extend(it.holds.then(|| "files of the image lie there".to_owned()));
        more.extend(it.exec.then(|| "programs".to_owned()));
        format!("{} ({})", it.path, more.join(", "))
    };
    own.writes.iter().map(told).collect()
}

fn owners(own: &Observation) -> Vec<String> {
    let told = |it: &Owned| {
        let mixed = if it.mixed { ", mixed inside" } else { "" };
        format!("{} ({}:{} {}{mixed})", it.path, it.uid, it.gid, it.mode)
    };
    let mut all: Vec<String> = own.owners.iter().map(told).collect();
    let untold = own.mounts.iter().filter(|it| own.owners.iter().all(|own| own.path != **it));
    all.extend(untold.cloned());
    if all.is_empty() { vec!["nothing".to_owned()] } else { all }
}

fn capabilities(seen: &Seen) -> String {
    match (&seen.observed.capabilities, &seen.since_then) {
        (Some(all), _) => format!("{}, from its start on", listed(all, "none")),
        (None, Some(all)) => format!(
            "{} since it was looked at, which says nothing of its start: --restart sees it too",
            listed(all, "none")
        ),
        (None, None) => "not traced: --capabilities --restart does".to_owned(),
    }
}

fn looked(own: &Observation) -> String {
    let span = match own.seconds {
        0..5 => "once".to_owned(),
        it => format!("for {}", time(it)),
    };
    let starts = if own.starts > 0 { ", its start too" } else { "" };
    let short = match own.is_long() {
        true => "",
        false => ", too short for what it did not do to count: look once more with --for 1m",
    };
    format!("{span}{starts}; its changes are those of {}{short}", time(own.alive))
}

/// Whether files belong to others than root, which a start as root gives them where they are not there yet.
fn gives_files_away(own: &Observation) -> bool {
    let owners = own.owners.iter().map(|it| it.uid).chain(own.writes.iter().map(|it| it.uid));
    owners.into_iter().any(|it| it != 0)
}

/// What it means for fixes.
fn means(own: &Observation) -> String {
    let mut all = Vec::new();
    let is_root = own.users.first().is_none_or(|it| it.starts_with("0:"));
    match own.users.as_slice() {
        [one] if !is_root => all.push(format!("user {one}")),
        [first, ..] if !is_root => all.push(format!("user {first}, if the others can be it too")),
        _ => (),
    }
    let free: Vec<String> =
        own.writes.iter().filter(|it| !it.holds).map(|it| it.path.clone()).collect();
    let held = own.writes.iter().any(|it| it.holds);
    match (own.saw_writes, own.writes.is_empty(), held) {
        (false, _, _) => (),
        (true, true, _) => all.push("a read-only root".to_owned()),
        (true, false, false) => {
            all.push(format!("a read-only root with {} writable", few(&free, SHOWN)));
        }
        (true, false, true) => {
            all.push(
                "a read-only root only once what lies beside the image's files is moved".to_owned(),
            );
        }
    }
    match own.capabilities.as_deref() {
        Some([]) => all.push("no capabilities".to_owned()),
        Some(used) if own.from_root && gives_files_away(own) => all.push(format!(
            "no capabilities but {}, and those to give new files to others",
            series(used)
        )),
        Some(used) => all.push(format!("no capabilities but {}", series(used))),
        None => (),
    }
    if all.is_empty() {
        return "speaks for no fix".to_owned();
    }
    format!("speaks for: {}", all.join("; "))
}

fn listed<T: ToString>(all: &[T], none: &str) -> String {
    match all {
        [] => none.to_owned(),
        _ => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}
