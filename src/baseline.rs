//! A baseline: the findings that are there today, so that only what comes does fail.
//!
//! A finding is known by its file and its fingerprint; where a file is gone and another has what it had, it was renamed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use foldhash::HashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the file.
pub const VERSION: u32 = 1;

/// What was found on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "casehard-baseline.json")]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The version of this structure.
    pub version: u32,
    /// The findings, sorted, each kind once.
    pub findings: Vec<Entry>,
}

/// Findings that look alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The file, relative to the folder of the baseline, with `/` between folders.
    pub path: String,
    /// The rule.
    pub rule: String,
    /// Whom it is about.
    pub subject: String,
    /// What tells it from others.
    pub fingerprint: String,
    /// How many there are.
    pub count: usize,
}

/// A finding as a baseline knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The file, relative to the folder of the baseline.
    pub path: String,
    /// The rule.
    pub rule: &'static str,
    /// Whom it is about.
    pub subject: String,
    /// What tells it from others.
    pub fingerprint: String,
}

/// What a baseline says of findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Whether each of them is known, in their order.
    pub known: Vec<bool>,
    /// How many findings of the baseline are there no more, in files that were judged.
    pub gone: usize,
}

impl Baseline {
    /// What is found.
    pub fn of(findings: &[Key]) -> Baseline {
        let mut counts: BTreeMap<&Key, usize> = BTreeMap::new();
        findings.iter().for_each(|it| *counts.entry(it).or_default() += 1);
        let entry = |(it, count): (&Key, usize)| Entry {
            path: it.path.clone(),
            rule: it.rule.to_owned(),
            subject: it.subject.clone(),
            fingerprint: it.fingerprint.clone(),
            count,
        };
        Baseline { version: VERSION, findings: counts.into_iter().map(entry).collect() }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// What is wrong, with line and column where there is one.
    pub fn parse(text: &str) -> Result<Baseline, String> {
        let place = |it: &serde_json::Error| match it.line() {
            0 => String::new(),
            line => format!("{line}:{}: ", it.column()),
        };
        let clause = |it: &serde_json::Error| {
            let text = it.to_string();
            text.split(" at line ").next().unwrap_or(&text).to_owned()
        };
        let again = "write it anew by `casehard baseline`";
        let value: serde_json::Value = serde_json::from_str(text)
            .map_err(|it| format!("{}not JSON: {}: {again}", place(&it), clause(&it)))?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            None => return Err(format!("1:1: no baseline: it has no version: {again}")),
            Some(it) if it != u64::from(VERSION) => {
                return Err(format!(
                    "a baseline of version {it}, this program reads version {VERSION}: {again}"
                ));
            }
            Some(_) => (),
        }
        serde_json::from_str(text).map_err(|it| format!("{}{}: {again}", place(&it), clause(&it)))
    }

    /// Tells which findings are known. `judged` are the files of the run.
    ///
    /// # Errors
    /// It is the baseline of another tree.
    pub fn compare(&self, findings: &[Key], judged: &BTreeSet<String>) -> Result<Match, String> {
        let mut known = vec![false; findings.len()];
        let mut left = Left::default();
        for it in &self.findings {
            *left.entry((&it.path, &it.fingerprint)).or_default() += it.count;
        }
        for (at, it) in findings.iter().enumerate() {
            known[at] = take(&mut left, &it.path, &it.fingerprint);
        }
        // Files that are gone: what they had may be in another now.
        let mut moved: HashMap<&str, Vec<&str>> = HashMap::default();
        let paths: BTreeSet<&str> = self.findings.iter().map(|it| it.path.as_str()).collect();
        let gone: Vec<&&str> = paths.iter().filter(|it| !judged.contains(**it)).collect();
        for it in self.findings.iter().filter(|it| gone.contains(&&it.path.as_str())) {
            moved.entry(&it.fingerprint).or_default().push(&it.path);
        }
        for (at, it) in findings.iter().enumerate().filter(|it| !paths.contains(it.1.path.as_str()))
        {
            if known[at] {
                continue;
            }
            let from = moved.get(it.fingerprint.as_str()).into_iter().flatten();
            known[at] = from.copied().any(|path| take(&mut left, path, &it.fingerprint));
        }
        let none = !self.findings.is_empty() && !known.contains(&true);
        if none && !findings.is_empty() && paths.iter().all(|it| !judged.contains(*it)) {
            return Err("a baseline of another tree: none of its files is judged here, and nothing in it is found: \
                        run casehard where it was written, or write it anew by `casehard baseline`"
                .to_owned());
        }
        let gone = left.iter().filter(|it| judged.contains(it.0.0)).map(|it| *it.1).sum();
        Ok(Match { known, gone })
    }
}

/// Findings of a baseline that are not met yet, by file and fingerprint.
type Left<'b> = HashMap<(&'b str, &'b str), usize>;

fn take<'b>(left: &mut Left<'b>, path: &'b str, fingerprint: &'b str) -> bool {
    match left.get_mut(&(path, fingerprint)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}

/// A path as seen from a folder, with `/` between folders; both are absolute and clean.
pub fn relative(path: &Path, folder: &Path) -> String {
    let shared = path.components().zip(folder.components()).take_while(|it| it.0 == it.1).count();
    let up = folder.components().count() - shared;
    let mut all = vec!["..".to_owned(); up];
    let below: PathBuf = path.components().skip(shared).collect();
    let name = |it: Component<'_>| it.as_os_str().to_string_lossy().into_owned();
    all.extend(below.components().map(name));
    all.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(path: &str, print: &str) -> Key {
        let (path, fingerprint) = (path.to_owned(), print.to_owned());
        Key { path, rule: "privileged", subject: "service web".to_owned(), fingerprint }
    }

    fn judged(paths: &[&str]) -> BTreeSet<String> {
        paths.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn what_is_there_is_known_and_what_comes_is_not() {
        let base = Baseline::of(&[key("a", "1"), key("a", "1"), key("b", "2")]);
        let found = [key("a", "1"), key("a", "1"), key("a", "1"), key("a", "2")];
        let it = base.compare(&found, &judged(&["a", "b"])).unwrap();
        assert_eq!(it, Match { known: vec![true, true, false, false], gone: 1 });
    }

    #[test]
    fn a_renamed_file_keeps_what_it_had_and_a_copy_does_not() {
        let base = Baseline::of(&[key("a", "1")]);
        let moved = base.compare(&[key("c", "1")], &judged(&["c"])).unwrap();
        assert_eq!(moved.known, [true]);
        let copied = base.compare(&[key("a", "1"), key("c", "1")], &judged(&["a", "c"])).unwrap();
        assert_eq!(copied.known, [true, false]);
    }

    #[test]
    fn the_baseline_of_another_tree_is_refused() {
        let base = Baseline::of(&[key("a", "1")]);
        assert!(
            base.compare(&[key("x", "9")], &judged(&["x"])).unwrap_err().contains("another tree")
        );
        assert!(base.compare(&[], &judged(&["x"])).is_ok());
    }

    #[test]
    fn what_is_no_baseline_is_told_with_its_place() {
        assert!(Baseline::parse("{\n\"version\": 1,\n]").unwrap_err().starts_with("3:1: not JSON"));
        assert!(Baseline::parse("{}").unwrap_err().contains("no version"));
        assert!(Baseline::parse("{\"version\": 2}").unwrap_err().contains("version 2"));
        let wrong = Baseline::parse("{\"version\": 1,\n\"findings\": [{}]}").unwrap_err();
        assert!(wrong.starts_with("2:") && wrong.contains("missing field"), "{wrong}");
    }

    #[test]
    fn paths_are_seen_from_a_folder() {
        let of = |path: &str, folder: &str| relative(Path::new(path), Path::new(folder));
        assert_eq!(of("/a/b/c.yaml", "/a"), "b/c.yaml");
        assert_eq!(of("/a/b/c.yaml", "/a/x/y"), "../../b/c.yaml");
    }
}
