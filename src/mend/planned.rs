//! What was planned for services, for the proof that nothing else changed.

use std::borrow::Cow;

use compact_str::CompactString;
use foldhash::HashMap;

use crate::finding::{Edit, FileId, Finding, Fix};
use crate::workload::Files;
use crate::yaml::{Action, Change, Data, Step, Value};

/// Stands for every key, or every text.
pub(super) const ANY: &str = "\0";

/// What was planned for services, by their names.
pub(super) type Planned<'p> = HashMap<&'p str, Vec<Place<'p>>>;

/// Where something is written, and what.
pub(super) struct Place<'p> {
    /// The keys on the way to it.
    pub(super) keys: Vec<&'p str>,
    /// The texts that are new there.
    pub(super) texts: Vec<Cow<'p, str>>,
}

/// What findings would have written, for each service.
pub(super) fn planned<'p>(files: &Files<'p>, findings: &'p [Finding]) -> Planned<'p> {
    let mut planned = Planned::default();
    for finding in findings {
        let bare =
            ["service ", "container "].iter().find_map(|it| finding.subject.strip_prefix(it));
        let name = bare.unwrap_or(&finding.subject);
        let edits = finding.fixes.iter().flat_map(|it| &it.edits);
        let own = planned.entry(name).or_default();
        own.extend(finding.fixes.iter().flat_map(|it| written(files, it)));
        for (name, service) in edits.filter_map(added) {
            let place = |(key, value): &'p (CompactString, Value)| {
                let mut texts = Vec::new();
                say(value, &mut texts);
                Place { keys: vec![key], texts }
            };
            planned.entry(name).or_default().extend(service.iter().map(place));
        }
    }
    planned
}

/// The service that an edit adds to a project, with what it says.
pub(super) fn added(edit: &Edit) -> Option<(&str, &[(CompactString, Value)])> {
    let [Step::Key(section), Step::Key(name)] = &edit.change.path[..] else { return None };
    match &edit.change.action {
        Action::Ensure(Value { data: Data::Map(all), .. }) if section == "services" => {
            Some((name, all))
        }
        _ => None,
    }
}

/// The places that a fix writes to, whichever of its ways is taken.
pub(super) fn written<'p>(files: &Files<'p>, fix: &'p Fix) -> impl Iterator<Item = Place<'p>> {
    fix.edits.iter().flat_map(|it| places(files, it))
}

fn places<'p>(files: &Files<'p>, edit: &'p Edit) -> Vec<Place<'p>> {
    let others = edit.shared.iter().filter_map(|it| it.otherwise.as_ref().ok()).flatten();
    let all = others.map(|it| (it.0, &it.1)).chain([(edit.file, &edit.change)]);
    let place = |(file, change): (FileId, &'p Change)| {
        let at = files.get(file).tree.node(change.at);
        let above = std::iter::successors(Some(at), |it| it.parent());
        let mut keys: Vec<&str> = above.filter_map(|it| it.key()?.value()).collect();
        // What stands in a fragment is known by other names where it is used.
        let is_shared = keys.last().is_none_or(|it| *it != "services") || edit.shared.is_some();
        keys.extend(is_shared.then_some(ANY));
        let mut texts = Vec::new();
        match &change.action {
            Action::Ensure(it) | Action::Append(it) | Action::Replace(it) => say(it, &mut texts),
            // What it hid counts again.
            Action::Remove => texts.push(ANY.into()),
        }
        for step in &change.path {
            if let Step::Key(it) = step {
                keys.push(it);
                // What is written as a variable of a mapping may stand in a list.
                texts.push(it.as_str().into());
            }
        }
        Place { keys, texts }
    };
    all.map(place).collect()
}

fn say<'p>(value: &'p Value, texts: &mut Vec<Cow<'p, str>>) {
    match &value.data {
        Data::Null => (),
        Data::Bool(it) => texts.push(it.to_string().into()),
        Data::Int(it) => texts.push(it.to_string().into()),
        Data::Written(it) => texts.push(it.text().into()),
        Data::Str(it) => {
            texts.push(it.as_str().into());
            // A variable of a list is one of a mapping elsewhere.
            let pair = it.split_once('=').into_iter();
            texts.extend(pair.flat_map(|it| [it.0.into(), it.1.into()]));
        }
        Data::Seq(it) => it.iter().for_each(|it| say(it, texts)),
        Data::Map(it) => it.iter().for_each(|(key, it)| {
            texts.push(key.as_str().into());
            say(it, texts);
        }),
    }
}
