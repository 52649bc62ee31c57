//! The file of answers: a line for each, sorted, so that version control joins what two people said.

use std::fmt::Write as _;
use std::path::Path;

use super::entries::{Tables, read};
use super::{By, Container, Decisions, Said, Values, Word};
use crate::config::ConfigError;
use crate::evidence::DEFAULT_SET;
use crate::images::capability_name;

/// The version of the file.
const VERSION: u32 = 1;

/// What stands above the answers.
const HEAD: &str = "\
# What was answered in `casehard fix`. Commit it: others go on from here, and CI knows what was decided.
version = 1
";

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
