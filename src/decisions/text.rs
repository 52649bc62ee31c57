//! The file of answers: a line for each, sorted, so that version control joins what two people said.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::{By, Container, Decisions, Said, Values, Waiver, Word};
use crate::config::{ConfigError, User, writable_path};
use crate::date::Date;
use crate::evidence::Own;
use crate::finding::Confidence;
use crate::suggestion::unknown;

/// The version of the file.
const VERSION: u32 = 1;

/// What stands above the answers.
const HEAD: &str = "\
# What was answered in `casehard fix`. Commit it: others go on from here, and CI knows what was decided.
version = 1
";

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: Spanned<u32>,
    #[serde(default)]
    files: Tables,
}

/// What is said of a container: values, and by rule and place the answers.
#[derive(Deserialize)]
pub(super) struct Entries {
    values: Option<Spanned<Chosen>>,
    #[serde(flatten)]
    rules: BTreeMap<String, BTreeMap<String, Line>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    user: Option<User>,
    writable: Option<Vec<String>>,
    keep: Option<Vec<String>>,
    by: String,
    on: Day,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    answer: Kind,
    fix: Option<String>,
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
    /// Reads the text of the file at `path`, whose files are named from `root`, which is absolute.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str, path: &Path, root: PathBuf) -> Result<Decisions, ConfigError> {
        let written: Written =
            toml::from_str(text).map_err(|it| ConfigError::toml(path, text, &it))?;
        let version = *written.version.get_ref();
        if version != VERSION {
            let problem = format!(
                "answers of version {version}, this program reads version {VERSION}: use the casehard that wrote it, or move the file away and answer again"
            );
            return Err(ConfigError::new(path, text, written.version.span().start, problem));
        }
        read(written.files, root).map_err(|(at, problem)| ConfigError::new(path, text, at, problem))
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        format!("{HEAD}{}", self.tables())
    }

    /// The answers and the values, without a head.
    pub(super) fn tables(&self) -> String {
        let mut out = String::new();
        for (file, containers) in &self.files {
            for (name, container) in containers {
                let _ = writeln!(out, "\n[files.{}.{}]", quoted(file), quoted(name));
                if let Some(values) = &container.values {
                    let _ = writeln!(out, "values = {{ {} }}", chosen(values));
                }
                for (rule, places) in &container.answers {
                    for (print, said) in places {
                        let _ = writeln!(out, "{rule}.{print} = {{ {} }}", line(said));
                    }
                }
            }
        }
        out
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
    let values = entries.values.map(|it| {
        let at = it.span().start;
        let it = it.into_inner();
        let writable = it.writable.map(|all| all.iter().map(|it| writable_path(it)).collect());
        let writable: Option<Vec<String>> = writable
            .transpose()
            .map_err(|it: crate::config::WritableError| (at, it.to_string()))?;
        let own = Own { user: it.user, writable, keep: it.keep, as_user: None };
        Ok(Values { own, by: By { name: it.by, on: it.on.0 } })
    });
    let said = |it: Line| Said {
        word: match it.answer {
            Kind::Yes => Word::Yes,
            Kind::No => Word::No,
            Kind::Allow => Word::Allow(Waiver {
                reason: it.reason.unwrap_or_default(),
                until: it.until.map(|it| it.0),
            }),
        },
        fix: it.fix,
        confidence: it.confidence.map(|it| it.0),
        by: By { name: it.by, on: it.on.0 },
    };
    let places =
        |it: BTreeMap<String, Line>| it.into_iter().map(|(print, it)| (print, said(it))).collect();
    let answers = entries.rules.into_iter().map(|(rule, it)| (rule, places(it))).collect();
    Ok(Container { values: values.transpose()?, answers })
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
        Decisions::parse(text, path, "/p".into()).map_err(|it| it.to_string())
    }

    const TEXT: &str = "
[files.\"a b/c.yaml\".\"service web\"]
values = { user = \"999:0\", writable = [\"/run\"], keep = [], by = \"Ann \\\"A\\\"\", on = \"2026-11-26\" }
host-mount.0123456789ab = { answer = \"no\", fix = \"remove it\", by = \"Ann\", on = \"2026-11-26\" }
host-mount.1123456789ab = { answer = \"yes\", fix = \"remove it\", by = \"Ann\", on = \"2026-11-26\" }
privileged.0123456789ab = { answer = \"allow\", reason = \"the agent\\u001b\", until = \"2027-01-01\", by = \"Ann\", on = \"2026-11-26\" }

[files.\"z.yaml\".\"Deployment/api container app\"]
root-user.0123456789ab = { answer = \"no\", by = \"Bob\", on = \"2026-11-26\" }
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
    fn what_is_wrong_is_said_with_its_place() {
        let answer = |it: &str| format!("{HEAD}[files.a.\"service b\"]\nprivileged.1 = {it}\n");
        let by = "by = \"A\", on = \"2026-01-01\"";
        for (text, expected) in [
            ("files = 1\n".to_owned(), "d.toml:1:9: invalid type"),
            ("# x\n".to_owned(), "d.toml:1:1: missing key `version`"),
            ("version = 2\n".to_owned(), "d.toml:1:11: answers of version 2"),
            (answer(&format!("{{ answer = \"maybe\", {by} }}")), "unknown value `maybe`"),
            (answer("{ answer = \"no\", by = \"A\", on = \"soon\" }"), "`soon` is not a day"),
            (answer(&format!("{{ answer = \"no\", why = 1, {by} }}")), "unknown key `why`"),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
