//! Applies the edits of a report, knowing nothing but its documented shape.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Bytes that go, and the text that takes their place.
pub(crate) type Edit = (usize, usize, String);

/// The edits of each file.
pub(crate) type Edits = BTreeMap<String, Vec<Edit>>;

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// An array of edits.
pub(crate) fn edits(value: &Value) -> Vec<Edit> {
    let edit = |it: &Value| {
        (number(&it["start"]), number(&it["end"]), it["text"].as_str().unwrap().to_owned())
    };
    value.as_array().unwrap().iter().map(edit).collect()
}

/// What all fixes of a report together do: each file says it, and the fixes of the findings say it in parts.
pub(crate) fn of_json(report: &Value) -> Edits {
    let mut whole = Edits::new();
    for file in report["files"].as_array().unwrap() {
        let all = edits(&file["edits"]);
        if !all.is_empty() {
            whole.insert(file["path"].as_str().unwrap().to_owned(), all);
        }
    }
    let mut parts = Edits::new();
    let fixed = report["findings"].as_array().unwrap().iter().filter(|it| it["state"] == "fixed");
    for finding in fixed {
        for file in finding["fixes"][0]["files"].as_array().unwrap() {
            let all = parts.entry(file["path"].as_str().unwrap().to_owned()).or_default();
            all.extend(edits(&file["edits"]));
        }
    }
    for all in parts.values_mut() {
        all.sort();
        all.dedup();
    }
    assert_eq!(parts, whole, "the parts are not the whole");
    whole
}

/// What the fixes of all results of a log that have been accepted do.
pub(crate) fn of_sarif(log: &Value) -> Edits {
    let mut all = Edits::new();
    let accepted = |it: &&Value| it["properties"]["state"] == "fixed";
    for result in log["runs"][0]["results"].as_array().unwrap().iter().filter(accepted) {
        for fix in result["fixes"].as_array().into_iter().flatten() {
            for change in fix["artifactChanges"].as_array().unwrap() {
                let uri = change["artifactLocation"]["uri"].as_str().unwrap();
                let edits = all.entry(decoded(uri)).or_default();
                for it in change["replacements"].as_array().unwrap() {
                    let region = &it["deletedRegion"];
                    let start = number(&region["byteOffset"]);
                    let end = start + number(&region["byteLength"]);
                    let text = it["insertedContent"]["text"].as_str().unwrap();
                    edits.push((start, end, text.to_owned()));
                }
            }
        }
    }
    for edits in all.values_mut() {
        edits.sort();
        edits.dedup();
    }
    all
}

pub(crate) fn decoded(uri: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), uri.as_bytes());
    while let [first, tail @ ..] = rest {
        if let (b'%', [high, low, after @ ..]) = (first, tail) {
            let hex = |it: &u8| char::from(*it).to_digit(16).unwrap();
            bytes.push(u8::try_from(hex(high) * 16 + hex(low)).unwrap());
            rest = after;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The text after edits that do not overlap.
pub(crate) fn applied(old: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut new = old.to_vec();
    for (start, end, text) in edits.iter().rev() {
        new.splice(start..end, text.bytes());
    }
    new
}

/// All files below a folder, relative to it.
pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(next) = open.pop() {
        for path in fs::read_dir(next).unwrap().map(|it| it.unwrap().path()) {
            match path.is_dir() {
                true => open.push(path),
                false => found.push(path.strip_prefix(folder).unwrap().to_owned()),
            }
        }
    }
    found.sort();
    found
}
