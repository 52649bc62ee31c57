//! What is said of containers in a file of answers or a plan, read with its places.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::text::may_be_kept;
use super::{By, Container, Decisions, Said, Values, Waiver, Word};
use crate::config::{User, writable_path};
use crate::date::Date;
use crate::evidence::Own;
use crate::finding::Confidence;
use crate::rules;
use crate::suggestion::unknown;

/// What is said of a container: values, and by rule and place the answers.
#[derive(Default)]
pub(super) struct Entries {
    values: Option<Chosen>,
    rules: Vec<(Spanned<String>, BTreeMap<String, Line>)>,
}

/// By hand: what serde flattens has lost its place.
impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Entries, D::Error> {
        reader.deserialize_map(Reading)
    }
}

/// Reads what is said of a container, key by key.
struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Entries;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("values, or answers by rule")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Entries::default();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            match key.get_ref().as_str() {
                "values" => entries.values = Some(map.next_value()?),
                _ => entries.rules.push((key, map.next_value()?)),
            }
        }
        Ok(entries)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    user: Option<User>,
    writable: Option<Vec<Spanned<String>>>,
    keep: Option<Vec<Spanned<String>>>,
    by: String,
    on: Day,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    answer: Spanned<Kind>,
    fix: Option<String>,
    image: Option<String>,
    confidence: Option<Sure>,
    reason: Option<String>,
    until: Option<Day>,
    by: String,
    on: Day,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Yes,
    No,
    Allow,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Day(Date);

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Sure(Confidence);

impl TryFrom<String> for Sure {
    type Error = String;

    fn try_from(text: String) -> Result<Sure, String> {
        let all = [Confidence::Risky, Confidence::Likely, Confidence::Safe];
        let names = || all.into_iter().map(Confidence::name);
        let found = all.into_iter().find(|it| it.name() == text);
        found.map(Sure).ok_or_else(|| unknown("confidence", &text, names()))
    }
}

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Day, String> {
        text.parse().map(Day).map_err(|it: crate::date::DateError| it.to_string())
    }
}

/// What is said of the containers of files.
pub(super) type Tables = BTreeMap<String, BTreeMap<String, Entries>>;

/// Takes what is said of containers.
///
/// # Errors
/// What is wrong, and where.
pub(super) fn read(files: Tables, root: PathBuf) -> Result<Decisions, (usize, String)> {
    let mut all = Decisions::none(root);
    for (file, containers) in files {
        for (name, entries) in containers {
            let container = container(entries)?;
            all.files.entry(file.clone()).or_default().insert(name, container);
        }
    }
    all.tidy();
    Ok(all)
}

fn container(entries: Entries) -> Result<Container, (usize, String)> {
    let said = |it: Line| -> Result<Said, (usize, String)> {
        let at = it.answer.span().start;
        let word = match (it.answer.into_inner(), it.reason.filter(|it| !it.trim().is_empty())) {
            (Kind::Yes, _) => Word::Yes,
            (Kind::No, _) => Word::No,
            (Kind::Allow, Some(reason)) => {
                Word::Allow(Waiver { reason, until: it.until.map(|it| it.0) })
            }
            (Kind::Allow, None) => return Err((at, "`allow` needs a reason".to_owned())),
        };
        let confidence = it.confidence.map(|it| it.0);
        let by = By { name: it.by, on: it.on.0 };
        Ok(Said { word, fix: it.fix, image: it.image, confidence, by, against: None })
    };
    let mut answers = BTreeMap::new();
    for (rule, places) in entries.rules {
        if rules::find(rule.get_ref()).is_none() {
            let known = rules::ALL.iter().map(|it| it.id);
            return Err((rule.span().start, unknown("rule", rule.get_ref(), known)));
        }
        let mut all = BTreeMap::new();
        for (print, it) in places {
            all.insert(print, said(it)?);
        }
        answers.insert(rule.into_inner(), all);
    }
    Ok(Container { values: entries.values.map(values).transpose()?, answers })
}

fn values(it: Chosen) -> Result<Values, (usize, String)> {
    let path = |it: Spanned<String>| {
        let at = it.span().start;
        writable_path(it.get_ref()).map_err(|it| (at, it.to_string()))
    };
    let name = |it: Spanned<String>| match may_be_kept(it.get_ref()) {
        true => Ok(it.into_inner()),
        false => {
            let name = it.get_ref();
            let why = format!("`{name}` cannot be kept: it is none of those that an engine gives");
            Err((it.span().start, why))
        }
    };
    let writable = it.writable.map(|all| all.into_iter().map(path).collect()).transpose()?;
    let keep = it.keep.map(|all| all.into_iter().map(name).collect()).transpose()?;
    let own = Own { user: it.user, writable, keep, as_user: None };
    Ok(Values { own, by: By { name: it.by, on: it.on.0 } })
}
