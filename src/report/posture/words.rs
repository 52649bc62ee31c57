//! The answers of the checklist in words, for every format that people read.

use std::path::Path;

use crate::posture::{Answer, By, Holds, Part, Question, Value};
use crate::report::json::path;

/// Whether the posture is held, in a word.
pub(in crate::report) fn holds(it: Holds) -> &'static str {
    match it {
        Holds::Yes => "held",
        Holds::No => "not held",
        Holds::Unknown => "unknown",
        Holds::Inapplicable => "does not apply",
    }
}

/// Who says so, as seen from a file; nothing where nobody does.
pub(in crate::report) fn by(by: &By, home: &Path) -> Option<String> {
    Some(match by {
        By::File(place) => {
            let varies = if place.varies { ", a variable's default" } else { "" };
            match place.path == home {
                true => format!("line {}{varies}", place.line),
                false => format!("{}:{}{varies}", path(&place.path), place.line),
            }
        }
        By::Dockerfile(words) => format!("its Dockerfile, {words}"),
        By::Image { entry, read: true } => format!("known of {entry}"),
        By::Image { entry, read: false } => format!("held of {entry}, not read"),
        By::Default => "by default".to_owned(),
        By::Nobody => return None,
    })
}

/// A thing that is told, with who says so.
pub(in crate::report) struct Told {
    /// What is told: several things where one says them all.
    pub(in crate::report) what: String,
    /// Who says so.
    pub(in crate::report) by: Option<String>,
}

/// What an answer tells: what one place says of several things is told together.
pub(in crate::report) fn told(answer: &Answer, home: &Path) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    for part in answer.parts.iter().filter(|it| !is_idle(answer, it)) {
        let what = match part.name == "effective" && is_all_in_effect(answer, part) {
            true => "all of them in effect".to_owned(),
            false => text(part),
        };
        let by = by(&part.by, home);
        match all.last_mut().filter(|it| it.by == by && by.is_some()) {
            Some(last) => last.what = format!("{}, {what}", last.what),
            None => all.push(Told { what, by }),
        }
    }
    all
}

/// An answer in one line.
pub(in crate::report) fn sentence(answer: &Answer, home: &Path) -> String {
    let told = told(answer, home).into_iter().map(|it| match it.by {
        Some(by) => format!("{} [{by}]", it.what),
        None => it.what,
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Whether a part says nothing that anybody misses.
fn is_idle(answer: &Answer, part: &Part) -> bool {
    let everything = || answer.holds == Holds::No && answer.question == Question::Writable;
    match part.name {
        "groups" => part.value == Value::All(Vec::new()) && part.by == By::Default,
        "always" => everything(),
        "image's volumes" => everything() && matches!(part.value, Value::Unknown(_)),
        _ => false,
    }
}

/// Whether the process holds all that it is bounded by.
fn is_all_in_effect(answer: &Answer, part: &Part) -> bool {
    let bounding = answer.part("bounding").map(|it| &it.value);
    bounding == Some(&part.value)
        && part.value != Value::All(Vec::new())
        && !matches!(part.value, Value::Unknown(_) | Value::Refused(_))
}

fn text(part: &Part) -> String {
    let value = part.value.text();
    match (part.name, &part.value) {
        ("why", _) => value,
        (name, Value::Unknown(how)) => format!("{name} unknown: {how}"),
        ("privileged", Value::Is(it)) if it == "no" => "not privileged".to_owned(),
        ("privileged", Value::Is(_)) => "privileged".to_owned(),
        ("new privileges", _) => format!("new privileges are {value}"),
        ("runtime socket", Value::All(all)) if all.is_empty() => "no runtime socket".to_owned(),
        ("always", _) => format!("as everywhere {value}"),
        ("image", _) => format!("its image: {value}"),
        (name @ ("command" | "service" | "break glass"), _) => format!("{name}: {value}"),
        (name, _) => format!("{name} {value}"),
    }
}
