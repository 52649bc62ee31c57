//! A baseline: the findings that are there today, so that only what comes does fail.
//!
//! A finding is known by its file and its fingerprint; where a file is gone and another has what it had, it was renamed.
//! What is on the disk is asked by whoever compares.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use foldhash::HashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

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
    #[serde(deserialize_with = "known_rule")]
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
    /// The fingerprints of what would have been as bad.
    pub worse: Vec<String>,
}

impl Key {
    /// Whether a baseline keeps it: a waiver that does not hold is mended or taken away.
    pub fn is_kept(&self) -> bool {
        self.rule != rules::BROKEN_WAIVER.id
    }
}

/// What is judged of the tree that a baseline was written for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extent {
    /// The files of the run.
    pub judged: BTreeSet<String>,
    /// The files of the baseline that are on the disk no more.
    pub missing: BTreeSet<String>,
    /// Of its files those that would have been judged if anything of them were left.
    pub covered: BTreeSet<String>,
    /// The rules by which the run judged.
    pub rules: BTreeSet<&'static str>,
}

/// What a baseline says of findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Whether each of them is known, in their order.
    pub known: Vec<bool>,
    /// How many findings of the baseline are there no more, of those that the run would have met.
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
            line => format!("{line}:{}: ", it.column().max(1)),
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
                    "1:1: a baseline of version {it}, this program reads version {VERSION}: {again}"
                ));
            }
            Some(_) => (),
        }
        serde_json::from_str(text).map_err(|it| format!("{}{}: {again}", place(&it), clause(&it)))
    }

    /// The files that it speaks of.
    pub fn paths(&self) -> BTreeSet<&str> {
        self.findings.iter().map(|it| it.path.as_str()).collect()
    }

    /// Tells which findings are known.
    ///
    /// # Errors
    /// It is the baseline of another tree.
    pub fn compare(&self, findings: &[Key], extent: &Extent) -> Result<Match, String> {
        let mut known = vec![false; findings.len()];
        let mut left = Left::default();
        for it in &self.findings {
            let entry = left.entry((&it.path, &it.fingerprint)).or_insert((it.rule.as_str(), 0));
            entry.1 += it.count;
        }
        for (at, it) in findings.iter().enumerate() {
            known[at] = it.is_kept() && take(&mut left, &it.path, &it.fingerprint);
        }
        let paths = self.paths();
        // Where a file is still on the disk, what it has covers nothing elsewhere, judged or not.
        let mut moved: HashMap<&str, Vec<&str>> = HashMap::default();
        for it in self.findings.iter().filter(|it| extent.missing.contains(&it.path)) {
            moved.entry(&it.fingerprint).or_default().push(&it.path);
        }
        let sources = |path: &str, print: &str| {
            let moved = moved.get(print).filter(|_| !paths.contains(path));
            moved.map_or(&[][..], Vec::as_slice)
        };
        let elsewhere = |it: &(usize, &Key)| it.1.is_kept() && !paths.contains(&*it.1.path);
        for (at, it) in findings.iter().enumerate().filter(elsewhere) {
            let mut from = sources(&it.path, &it.fingerprint).iter();
            known[at] = from.any(|path| take(&mut left, path, &it.fingerprint));
        }
        self.is_of_this_tree(&paths, extent, known.iter().filter(|it| **it).count())?;
        let is_left = |path: &str, print: &str| left.get(&(path, print)).is_some_and(|it| it.1 > 0);
        for (at, it) in findings.iter().enumerate() {
            known[at] = known[at]
                || it.worse.iter().any(|print| {
                    is_left(&it.path, print)
                        || sources(&it.path, print).iter().any(|path| is_left(path, print))
                });
        }
        let met = |path: &str| extent.judged.contains(path) || extent.covered.contains(path);
        let gone = left.iter().filter(|it| met(it.0.0) && extent.rules.contains(it.1.0));
        Ok(Match { known, gone: gone.map(|it| it.1.1).sum() })
    }

    /// Sees to it that it speaks of this tree: that one of its files is here, or that what is here is most of what was
    /// in files that are gone.
    fn is_of_this_tree(
        &self,
        paths: &BTreeSet<&str>,
        extent: &Extent,
        known: usize,
    ) -> Result<(), String> {
        let is_outside = |it: &str| it.starts_with("../");
        let beside = !extent.judged.is_empty() && extent.judged.iter().all(|it| is_outside(it));
        if beside && !paths.iter().any(|it| is_outside(it)) && !paths.is_empty() {
            return Err("a baseline of another tree: nothing of what is judged lies below its folder: name the \
                        baseline of this tree"
                .to_owned());
        }
        let all: usize = self.findings.iter().map(|it| it.count).sum();
        if paths.iter().any(|it| !extent.missing.contains(*it)) || 2 * known > all {
            return Ok(());
        }
        let none = match paths.len() {
            1 => "its file is not here".to_owned(),
            many => format!("none of its {many} files is here"),
        };
        Err(format!(
            "a baseline of another tree: {none}, and of its {all} findings {known} are found under other names: name \
             the baseline of this tree, or write it anew by `casehard baseline`"
        ))
    }
}

/// A rule that there is.
fn known_rule<'d, D: serde::Deserializer<'d>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    match rules::find(&name) {
        Some(_) => Ok(name),
        None => Err(serde::de::Error::custom(rules::unknown(&name))),
    }
}

/// Findings of a baseline that are not met yet, by file and fingerprint: their rule, and how many.
type Left<'b> = HashMap<(&'b str, &'b str), (&'b str, usize)>;

fn take<'b>(left: &mut Left<'b>, path: &'b str, fingerprint: &'b str) -> bool {
    match left.get_mut(&(path, fingerprint)) {
        Some((_, count)) if *count > 0 => {
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
        let subject = "service web".to_owned();
        Key { path, rule: "privileged", subject, fingerprint, worse: Vec::new() }
    }

    fn set(paths: &[&str]) -> BTreeSet<String> {
        paths.iter().map(|it| (*it).to_owned()).collect()
    }

    /// A run that judges some files, and knows that some are gone.
    fn extent(judged: &[&str], missing: &[&str]) -> Extent {
        let (judged, missing) = (set(judged), set(missing));
        Extent { judged, covered: missing.clone(), missing, rules: BTreeSet::from(["privileged"]) }
    }

    #[test]
    fn what_is_there_is_known_and_what_comes_is_not() {
        let base = Baseline::of(&[key("a", "1"), key("a", "1"), key("b", "2")]);
        let found = [key("a", "1"), key("a", "1"), key("a", "1"), key("a", "2")];
        let it = base.compare(&found, &extent(&["a", "b"], &[])).unwrap();
        assert_eq!(it, Match { known: vec![true, true, false, false], gone: 1 });
    }

    #[test]
    fn a_renamed_file_keeps_what_it_had_and_a_copy_does_not() {
        let base = Baseline::of(&[key("a", "1")]);
        let moved =
            base.compare(&[key("c", "1"), key("d", "1")], &extent(&["c", "d"], &["a"])).unwrap();
        assert_eq!(moved, Match { known: vec![true, false], gone: 0 });
        // Whether or not the original is judged.
        for judged in [&["a", "c"][..], &["c"]] {
            let copied = base.compare(&[key("c", "1")], &extent(judged, &[])).unwrap();
            assert_eq!(copied.known, [false], "{judged:?}");
        }
    }

    #[test]
    fn what_files_had_that_are_gone_is_gone_where_they_would_have_been_met() {
        let base = Baseline::of(&[key("a", "1"), key("b", "2")]);
        let gone = |extent: &Extent| base.compare(&[key("b", "2")], extent).unwrap().gone;
        let whole = extent(&["b"], &["a"]);
        assert_eq!(gone(&whole), 1);
        assert_eq!(gone(&Extent { covered: BTreeSet::new(), ..whole.clone() }), 0);
        assert_eq!(gone(&Extent { rules: BTreeSet::from(["host-pid"]), ..whole }), 0);
    }

    #[test]
    fn what_is_less_than_it_was_is_not_new() {
        let base = Baseline::of(&[key("a", "all")]);
        let less = Key { worse: vec!["all".to_owned()], ..key("a", "one") };
        let found = base.compare(&[less.clone(), less.clone()], &extent(&["a"], &[])).unwrap();
        assert_eq!(found, Match { known: vec![true, true], gone: 1 });
        let elsewhere = Key { path: "b".to_owned(), ..less };
        assert_eq!(base.compare(&[elsewhere], &extent(&["b"], &[])).unwrap().known, [false]);
    }

    #[test]
    fn the_baseline_of_another_tree_is_refused() {
        let base = Baseline::of(&[key("a", "1"), key("a", "2"), key("a", "3")]);
        let found = [key("x", "1"), key("x", "2"), key("x", "9")];
        let compared = |found: &[Key]| base.compare(found, &extent(&["x"], &["a"]));
        assert!(compared(&found[..1]).unwrap_err().contains("another tree"));
        assert!(compared(&[]).unwrap_err().contains("another tree"));
        assert_eq!(compared(&found).unwrap().known, [true, true, false]);
    }

    #[test]
    fn what_is_no_baseline_is_told_with_its_place() {
        assert!(Baseline::parse("{\n\"version\": 1,\n]").unwrap_err().starts_with("3:1: not JSON"));
        assert!(Baseline::parse("").unwrap_err().starts_with("1:1: not JSON"));
        let entry =
            r#"{"path": "a", "rule": "privilegd", "subject": "b", "fingerprint": "c", "count": 1}"#;
        let text = format!("{{\"version\": 1,\n\"findings\": [{entry}]}}");
        let unknown = Baseline::parse(&text).unwrap_err();
        assert!(unknown.starts_with("2:") && unknown.contains("`privileged`"), "{unknown}");
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
