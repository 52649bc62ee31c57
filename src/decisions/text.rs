//! The file of answers: a line for each, sorted, so that version control joins what two people said.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::{By, Container, Decisions, Said, Values, Waiver, Word};
use crate::config::{ConfigError, User, writable_path};
use crate::date::Date;
use crate::evidence::{DEFAULT_SET, Own};
use crate::finding::Confidence;
use crate::images::capability_name;
use crate::rules;
use crate::suggestion::unknown;

/// The version of the file.
const VERSION: u32 = 1;

/// What stands above the answers.
const HEAD: &str = "\
# What was answered in `casehard fix`. Commit it: others go on from here, and CI knows what was decided.
version = 1
";

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

impl Decisions {
    /// Reads the text of the file at `path`, whose files are named from `root`, which is absolute. Each line is read by
    /// itself; where two say something else of the same place, as after a merge, it is to be asked again.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str, path: &Path, root: &Path) -> Result<Decisions, ConfigError> {
        let mut all = Decisions::none(root.to_owned());
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let wrong = |column: usize, problem: String| {
                ConfigError::new(path, text, at + column.min(line.len()), problem)
            };
            let content = line.trim();
            if content.starts_with(['<', '=', '>']) {
                return Err(wrong(0, UNMERGED.to_owned()));
            }
            if content.starts_with("version") {
                version(content).map_err(|it| wrong(0, it))?;
            } else if !content.is_empty() && !content.starts_with('#') {
                let one: Tables = toml::from_str(line).map_err(|it| {
                    let said = ConfigError::toml(path, line, &it);
                    wrong(it.span().map_or(0, |it| it.start), said.problem)
                })?;
                all.add(read(one, root.to_owned()).map_err(|(column, it)| wrong(column, it))?);
            }
            at += line.len();
        }
        Ok(all)
    }

    /// The text of the file: a line for each answer, in the order of the files.
    pub fn text(&self) -> String {
        let mut out = HEAD.to_owned();
        for (file, containers) in &self.files {
            for (name, container) in containers {
                let whom = format!("{}.{}", quoted(file), quoted(name));
                out.extend(container.lines().map(|it| format!("{whom}.{it}\n")));
            }
        }
        out
    }

    /// The answers and the values, without a head.
    pub(super) fn tables(&self) -> String {
        let mut out = String::new();
        for (file, containers) in &self.files {
            for (name, container) in containers {
                let _ = writeln!(out, "\n[files.{}.{}]", quoted(file), quoted(name));
                out.extend(container.lines().map(|it| format!("{it}\n")));
            }
        }
        out
    }
}

impl Container {
    /// What was said of it, a line for each value and answer.
    fn lines(&self) -> impl Iterator<Item = String> {
        let values = self.values.iter().map(|it| format!("values = {{ {} }}", chosen(it)));
        let answers = self.answers.iter().flat_map(|(rule, places)| {
            places.iter().flat_map(move |(print, it)| {
                let both = it.against.as_deref().into_iter().chain([it]);
                both.map(move |it| format!("{rule}.{print} = {{ {} }}", line(it)))
            })
        });
        values.chain(answers)
    }
}

/// Whether a capability is one that a container has by itself: others are added, not kept.
pub fn may_be_kept(name: &str) -> bool {
    DEFAULT_SET.contains(&&*capability_name(name))
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

/// What is said of a file with the marks of a merge that nobody finished.
const UNMERGED: &str = "a merge that is not finished: keep the lines of both sides, and take out those that begin with `<`, `=` or `>`";

/// Reads the line of the version.
fn version(line: &str) -> Result<(), String> {
    let number = line.split('=').nth(1).map(str::trim);
    match number.and_then(|it| it.parse::<u32>().ok()) {
        Some(VERSION) => Ok(()),
        Some(other) => Err(format!(
            "answers of version {other}, this program reads version {VERSION}: use the casehard that wrote it, or move the file away and answer again"
        )),
        None => Err("expected `version = 1`".to_owned()),
    }
}

fn line(said: &Said) -> String {
    let mut parts = vec![format!(
        "answer = \"{}\"",
        match said.word {
            Word::Yes => "yes",
            Word::No => "no",
            Word::Allow(_) => "allow",
        }
    )];
    if let Word::Allow(waiver) = &said.word {
        parts.push(format!("reason = {}", quoted(&waiver.reason)));
        parts.extend(waiver.until.map(|it| format!("until = \"{it}\"")));
    }
    parts.extend(said.fix.as_ref().map(|it| format!("fix = {}", quoted(it))));
    parts.extend(said.image.as_ref().map(|it| format!("image = {}", quoted(it))));
    parts.extend(said.confidence.map(|it| format!("confidence = \"{}\"", it.name())));
    parts.push(by(&said.by));
    parts.join(", ")
}

fn chosen(values: &Values) -> String {
    let list = |all: &Vec<String>| {
        let all: Vec<String> = all.iter().map(|it| quoted(it)).collect();
        format!("[{}]", all.join(", "))
    };
    let own = &values.own;
    let mut parts = Vec::new();
    parts.extend(own.user.map(|it| format!("user = \"{it}\"")));
    parts.extend(own.writable.as_ref().map(|it| format!("writable = {}", list(it))));
    parts.extend(own.keep.as_ref().map(|it| format!("keep = {}", list(it))));
    parts.push(by(&values.by));
    parts.join(", ")
}

fn by(by: &By) -> String {
    format!("by = {}, on = \"{}\"", quoted(&by.name), by.on)
}

/// A text between double quotes on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for it in text.chars() {
        match it {
            '"' | '\\' => out.extend(['\\', it]),
            it if it.is_control() || matches!(it, '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(it));
            }
            it => out.push(it),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Decisions, String> {
        let path = Path::new("d.toml");
        Decisions::parse(text, path, Path::new("/p")).map_err(|it| it.to_string())
    }

    const TEXT: &str = "\
\"a b/c.yaml\".\"service web\".values = { user = \"999:0\", writable = [\"/run\"], keep = [], by = \"Ann \\\"A\\\"\", on = \"2026-11-26\" }
\"a b/c.yaml\".\"service web\".host-mount.0123456789ab = { answer = \"no\", fix = \"remove it\", by = \"Ann\", on = \"2026-11-26\" }
\"a b/c.yaml\".\"service web\".host-mount.1123456789ab = { answer = \"yes\", fix = \"remove it\", image = \"a\", confidence = \"risky\", by = \"Ann\", on = \"2026-11-26\" }
\"a b/c.yaml\".\"service web\".privileged.0123456789ab = { answer = \"allow\", reason = \"the agent\\u001b\", until = \"2027-01-01\", by = \"Ann\", on = \"2026-11-26\" }
\"z.yaml\".\"Deployment/api container app\".root-user.0123456789ab = { answer = \"no\", by = \"Bob\", on = \"2026-11-26\" }
";

    #[test]
    fn what_is_written_is_read_back_and_written_the_same() {
        let text = format!("{HEAD}{TEXT}");
        let all = parse(&text).unwrap();
        assert_eq!((all.text(), all.count()), (text.clone(), 4));
        let mut joined = Decisions::none("/p".into());
        joined.join(all);
        assert_eq!(joined.text(), text);
    }

    #[test]
    fn what_two_people_said_is_joined_line_by_line() {
        let line = |answer: &str| {
            format!(
                "\"a\".\"service b\".privileged.1 = {{ answer = \"{answer}\", by = \"A\", on = \"2026-01-01\" }}\n"
            )
        };
        let both = format!("{HEAD}{}{}", line("no"), line("yes"));
        let joined = parse(&both).unwrap();
        assert_eq!(joined.text(), both, "neither is lost");
        let same = format!("{HEAD}{}{}", line("no"), line("no"));
        assert_eq!(parse(&same).unwrap().text(), format!("{HEAD}{}", line("no")));
        let marks = format!("{HEAD}<<<<<<< HEAD\n{}=======\n>>>>>>> b\n", line("no"));
        assert!(parse(&marks).unwrap_err().starts_with("d.toml:3:1: a merge that is not finished"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let answer = |rule: &str, it: &str| format!("{HEAD}a.\"service b\".{rule}.1 = {it}\n");
        let by = "by = \"A\", on = \"2026-01-01\"";
        for (text, expected) in [
            ("a = 1\n".to_owned(), "d.toml:1:5: invalid type"),
            ("version = 2\n".to_owned(), "d.toml:1:1: answers of version 2"),
            (
                answer("privileged", &format!("{{ answer = \"maybe\", {by} }}")),
                "d.toml:3:41: unknown value `maybe`",
            ),
            (
                answer("privileged", "{ answer = \"no\", by = \"A\", on = \"soon\" }"),
                "d.toml:3:62: `soon` is not a day",
            ),
            (
                answer("privileged", &format!("{{ answer = \"no\", why = 1, {by} }}")),
                "d.toml:3:47: unknown key `why`",
            ),
            (
                answer("privileged", &format!("{{ answer = \"allow\", {by} }}")),
                "d.toml:3:41: `allow` needs a reason",
            ),
            (
                answer("privilegd", &format!("{{ answer = \"no\", {by} }}")),
                "d.toml:3:15: unknown rule `privilegd`: did you mean `privileged`",
            ),
            (
                answer("privileged", "{ answer = \"no\", by = \"A\" }"),
                "d.toml:3:30: missing key `on`",
            ),
            (
                format!("{HEAD}a.b.values = {{ keep = [\"CHOWN\", \"SYS_ADMIN\"], {by} }}\n"),
                "d.toml:3:33: `SYS_ADMIN` cannot be kept",
            ),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.starts_with(expected), "{error}, not {expected}");
        }
    }
}
