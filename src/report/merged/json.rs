//! `json` and `jsonl`: things stay as they were written, to the byte.

use std::path::PathBuf;

use foldhash::HashSet;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Merged, Part, complete, in_turn};
use crate::report::json::{Summary, VERSION};
use crate::report::shown::Shown;

/// Something in a report, as it stands there.
type Thing = Box<RawValue>;

/// A report in one value.
#[derive(Serialize, Deserialize)]
struct Whole {
    #[serde(flatten)]
    head: Head,
    summary: Summary,
    files: Vec<Thing>,
    containers: Vec<Thing>,
    findings: Vec<Thing>,
    pods: Vec<Thing>,
    waivers: Vec<Thing>,
    remarks: Vec<Thing>,
    problems: Vec<Thing>,
    passed_over: Vec<Thing>,
    rules_off: Vec<String>,
}

/// What a report begins with.
#[derive(Serialize, Deserialize)]
struct Head {
    version: u32,
    tool: Tool,
    action: String,
    kubernetes: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<String>,
}

/// What made a report.
#[derive(Serialize, Deserialize, PartialEq)]
struct Tool {
    name: String,
    version: String,
}

/// The first line of a report in lines.
#[derive(Serialize, Deserialize)]
struct Run {
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    head: Head,
    rules_off: Vec<String>,
}

/// The last line.
#[derive(Serialize, Deserialize)]
struct Last {
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    summary: Summary,
}

/// What the things of each list are called in lines, in the order of the lists.
const KINDS: [&str; 8] =
    ["file", "container", "finding", "pod", "waiver", "remark", "problem", "passed_over"];

impl Whole {
    fn lists(&mut self) -> [&mut Vec<Thing>; KINDS.len()] {
        [
            &mut self.files,
            &mut self.containers,
            &mut self.findings,
            &mut self.pods,
            &mut self.waivers,
            &mut self.remarks,
            &mut self.problems,
            &mut self.passed_over,
        ]
    }
}

/// Joins reports in one value.
pub(super) fn whole(parts: &[Part<'_>]) -> Result<Merged, String> {
    let read = |it: &Part<'_>| serde_json::from_str(it.text).map_err(|why| strange(it, &why));
    let all: Vec<Whole> = parts.iter().map(read).collect::<Result<_, _>>()?;
    let (whole, found, failed) = joined(parts, all, &|it| indented(it))?;
    Ok(Merged { text: Shown::value(&whole, true), found, failed })
}

/// Joins reports in lines.
pub(super) fn lines(parts: &[Part<'_>]) -> Result<Merged, String> {
    let all: Vec<Whole> = parts.iter().map(of_lines).collect::<Result<_, _>>()?;
    let line = |it: &Waiver| {
        serde_json::to_string(&Tagged { kind: "waiver", waiver: it }).unwrap_or_default()
    };
    let (mut whole, found, failed) = joined(parts, all, &line)?;
    let last = Last { kind: "summary".to_owned(), summary: whole.summary.clone() };
    let things: Vec<Thing> = whole.lists().into_iter().flat_map(std::mem::take).collect();
    let things = things.iter().map(|it| Shown::value(it, false));
    let run = Run { kind: "run".to_owned(), head: whole.head, rules_off: whole.rules_off };
    let all = [Shown::value(&run, false)].into_iter().chain(things);
    Ok(Merged { text: Shown::all(all.chain([Shown::value(&last, false)])), found, failed })
}

/// The report that the lines of one make.
fn of_lines(part: &Part<'_>) -> Result<Whole, String> {
    #[derive(Deserialize)]
    struct Line {
        #[serde(rename = "type")]
        kind: String,
    }
    let mut lines = part.text.lines();
    let parse = |it: Option<&str>| {
        serde_json::from_str(it.unwrap_or("")).map_err(|why| strange(part, &why))
    };
    let run: Run = parse(lines.next())?;
    let mut whole = Whole {
        head: run.head,
        summary: Summary::default(),
        files: Vec::new(),
        containers: Vec::new(),
        findings: Vec::new(),
        pods: Vec::new(),
        waivers: Vec::new(),
        remarks: Vec::new(),
        problems: Vec::new(),
        passed_over: Vec::new(),
        rules_off: run.rules_off,
    };
    let mut is_ended = false;
    for line in lines {
        let strange = |why: serde_json::Error| strange(part, &why);
        let kind = serde_json::from_str::<Line>(line).map_err(strange)?.kind;
        match KINDS.iter().position(|it| *it == kind) {
            Some(at) => whole.lists()[at].push(serde_json::from_str(line).map_err(strange)?),
            None => {
                whole.summary = serde_json::from_str::<Last>(line).map_err(strange)?.summary;
                is_ended = true;
            }
        }
    }
    match is_ended {
        true => Ok(whole),
        false => Err(format!("{}: its last line is missing: the run was cut short", part.name)),
    }
}

/// One report of all, whether something was found that fails the run, and whether something could not be done.
fn joined(
    parts: &[Part<'_>],
    mut all: Vec<Whole>,
    waiver: &dyn Fn(&Waiver) -> String,
) -> Result<(Whole, bool, bool), String> {
    for (part, it) in parts.iter().zip(&all) {
        alike((&parts[0].name, &all[0]), (&part.name, it))?;
    }
    let shards: Vec<Option<String>> = all.iter_mut().map(|it| it.head.shard.take()).collect();
    complete(parts, &shards)?;
    let mut lists: Vec<Vec<Vec<Thing>>> = KINDS.iter().map(|_| Vec::new()).collect();
    for whole in &mut all {
        for (list, own) in lists.iter_mut().zip(whole.lists()) {
            list.push(std::mem::take(own));
        }
    }
    let summaries: Vec<Summary> = all.iter().map(|it| it.summary.clone()).collect();
    let mut whole = all.swap_remove(0);
    whole.summary = Summary::default();
    summaries.iter().for_each(|it| whole.summary.add(it));
    let last = spoken_of(&lists[0]);
    for ((kind, list), own) in KINDS.iter().zip(lists).zip(whole.lists()) {
        *own = match *kind {
            "waiver" => waivers(&list, waiver),
            _ => things(list, &last),
        };
    }
    let left = whole.summary.left();
    let found = match whole.head.action.as_str() {
        "check" => left > 0,
        "plan" => whole.summary.written > 0,
        _ => whole.summary.refused > 0,
    };
    let failed = whole.summary.failed > 0;
    Ok((whole, found, failed))
}

/// Whether two reports can be joined.
fn alike((name, one): (&str, &Whole), (other_name, other): (&str, &Whole)) -> Result<(), String> {
    let differ =
        |what: &str| Err(format!("{other_name}: {what} than {name}: make both by one command"));
    let rules_differ = one.rules_off != other.rules_off;
    let (one, other) = (&one.head, &other.head);
    if other.version != VERSION {
        return Err(format!(
            "{other_name}: version {} of the report, this program joins version {VERSION}",
            other.version
        ));
    }
    match () {
        () if one.tool != other.tool => differ("made by another version of casehard"),
        () if one.action != other.action => differ("for something else"),
        () if one.kubernetes != other.kubernetes => differ("for another version of Kubernetes"),
        () if rules_differ => differ("by other rules"),
        () => Ok(()),
    }
}

/// Where a thing comes: what is only spoken of stands behind what is judged.
type Order = (bool, PathBuf);

/// What a file is called, and whether it is judged.
#[derive(Deserialize)]
struct About {
    path: PathBuf,
    judged: Option<bool>,
}

impl About {
    fn of(thing: &Thing) -> Option<About> {
        serde_json::from_str(thing.get()).ok()
    }
}

/// The files that no part judges.
fn spoken_of(files: &[Vec<Thing>]) -> HashSet<PathBuf> {
    let all = files.iter().flatten().filter_map(About::of);
    let (judged, others): (Vec<About>, Vec<About>) = all.partition(|it| it.judged == Some(true));
    let judged: HashSet<PathBuf> = judged.into_iter().map(|it| it.path).collect();
    others.into_iter().map(|it| it.path).filter(|it| !judged.contains(it)).collect()
}

/// The things of all lists, what stands in several of them once.
fn things(lists: Vec<Vec<Thing>>, last: &HashSet<PathBuf>) -> Vec<Thing> {
    let about = |it: Thing| {
        let about = About::of(&it);
        let judged = about.as_ref().and_then(|it| it.judged);
        let path = about.map(|it| it.path).unwrap_or_default();
        ((last.contains(&path), path), (judged, it))
    };
    let lists = lists.into_iter().map(|it| it.into_iter().map(about).collect()).collect();
    let mut all: Vec<(Order, (Option<bool>, Thing))> = Vec::new();
    for it in in_turn(lists) {
        match all.last_mut().filter(|last| last.0 == it.0 && it.1.0.is_some()) {
            // A file that one part judges another one may only speak of.
            Some(last) => {
                if it.1.0 > last.1.0 {
                    *last = it;
                }
            }
            None => all.push(it),
        }
    }
    all.into_iter().map(|it| it.1.1).collect()
}

/// A waiver, as a report has it.
#[derive(Serialize, Deserialize, Clone, PartialEq)]
struct Waiver {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    line: usize,
    form: String,
    rules: Vec<String>,
    reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    covers: Vec<usize>,
}

#[derive(Serialize)]
struct Tagged<'w> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    waiver: &'w Waiver,
}

/// The waivers of all lists: one of the configuration stands in each of them, with what it covers there.
fn waivers(lists: &[Vec<Thing>], write: &dyn Fn(&Waiver) -> String) -> Vec<Thing> {
    let read = |it: &Thing| serde_json::from_str::<Waiver>(it.get()).ok();
    let with = |it: Waiver| (PathBuf::from(&it.path), it);
    let lists = lists.iter().map(|it| it.iter().filter_map(read).map(with).collect());
    let bare = |it: &Waiver| Waiver { covers: Vec::new(), ..it.clone() };
    let mut all: Vec<Waiver> = Vec::new();
    for (_, it) in in_turn(lists.collect()) {
        let mut near = all.iter_mut().rev().take_while(|own| own.path == it.path);
        match near.find(|own| bare(own) == bare(&it)) {
            Some(own) => own.covers.iter_mut().zip(&it.covers).for_each(|(own, more)| *own += more),
            None => all.push(it),
        }
    }
    all.iter().filter_map(|it| RawValue::from_string(write(it)).ok()).collect()
}

/// A waiver as it stands in a report in one value.
fn indented(waiver: &Waiver) -> String {
    let text = serde_json::to_string_pretty(waiver).unwrap_or_default();
    text.replace('\n', "\n    ")
}

fn strange(part: &Part<'_>, why: &serde_json::Error) -> String {
    format!("{}: no whole report of this version of casehard: {why}", part.name)
}
