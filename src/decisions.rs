//! What the owner answered, kept from session to session and from person to person.
//!
//! An answer is known by its file, its container, its rule and the content of its place: it survives what changes
//! elsewhere in the file, and what is offered now has to be what was offered then.

mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::date::Date;
use crate::evidence::Own;
use crate::finding::Finding;
use crate::fingerprint::Fingerprint;
use crate::workload::{File, clean};

/// The folder of a project that holds what casehard keeps there.
pub const FOLDER: &str = ".casehard";

/// The file of answers in that folder.
pub const FILE_NAME: &str = "decisions.toml";

/// Answers to findings, and values that were chosen for containers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decisions {
    /// The folder, absolute, that the files are named from.
    root: PathBuf,
    files: BTreeMap<String, BTreeMap<String, Container>>,
}

/// What was said of one container.
#[derive(Debug, Clone, Default, PartialEq)]
struct Container {
    values: Option<Values>,
    /// By rule, then by place.
    answers: BTreeMap<String, BTreeMap<String, Said>>,
}

/// The values that were chosen for a container.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// They win over everything else that is known.
    pub own: Own,
    /// Who chose them.
    pub by: By,
}

/// Who said something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// A name.
    pub name: String,
    /// The day.
    pub on: Date,
}

impl fmt::Display for By {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "by {} on {}", self.name, self.on)
    }
}

/// An answer to a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The answer.
    pub word: Word,
    /// The fix that was spoken of, by its title; nothing where none was offered.
    pub fix: Option<String>,
    /// Who answered.
    pub by: By,
}

/// What can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Mend it with that fix.
    Yes,
    /// Leave it as it is.
    No,
    /// Allow it, and say so in the file.
    Allow(Waiver),
}

/// Why a finding is allowed, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Why.
    pub reason: String,
    /// The last day on which it holds; nothing for good.
    pub until: Option<Date>,
}

/// What an answer comes to for a finding as it is now.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Mend it with the fix of this number.
    Fix(usize),
    /// Leave it.
    Leave,
    /// Allow it, and say why in the file.
    Allow(Waiver),
    /// Something else was offered when it was answered: it is asked again, and left until then.
    Stale(Word),
}

/// Where an answer belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    file: String,
    container: String,
    rule: &'static str,
    print: String,
}

/// How many digits of a fingerprint are written: enough to tell the places of one rule in one container apart.
const DIGITS: usize = 12;

impl Decisions {
    /// None yet, of files below that folder, which is absolute.
    pub fn none(root: PathBuf) -> Decisions {
        Decisions { root, files: BTreeMap::new() }
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Where the answer to a finding on that file belongs.
    pub fn place(&self, finding: &Finding, file: &File) -> Place {
        let mut print = Fingerprint::of(finding, file).to_string();
        print.truncate(DIGITS);
        Place {
            file: self.name(&file.path),
            container: finding.subject.to_string(),
            rule: finding.rule,
            print,
        }
    }

    /// A file as it is named here: from the root, with `/` between folders; in full where it lies elsewhere.
    fn name(&self, path: &Path) -> String {
        let full = std::path::absolute(path).map_or_else(|_| path.to_owned(), |it| clean(&it));
        let below = full.strip_prefix(&self.root).unwrap_or(&full);
        let parts: Vec<_> = below.iter().map(|it| it.to_string_lossy()).collect();
        parts.join("/")
    }

    fn container(&self, file: &str, container: &str) -> Option<&Container> {
        self.files.get(file)?.get(container)
    }

    fn container_mut(&mut self, file: &str, container: &str) -> &mut Container {
        self.files.entry(file.to_owned()).or_default().entry(container.to_owned()).or_default()
    }

    /// What was said there.
    pub fn said(&self, at: &Place) -> Option<&Said> {
        self.container(&at.file, &at.container)?.answers.get(at.rule)?.get(&at.print)
    }

    /// What was said of a finding, as it stands now.
    pub fn answer(&self, finding: &Finding, file: &File) -> Option<Answer> {
        if self.files.is_empty() {
            return None;
        }
        let said = self.said(&self.place(finding, file))?;
        Some(said.of(finding))
    }

    /// What was said of another place of the same rule in the same container, where nothing was said of this one.
    pub fn elsewhere(&self, at: &Place) -> Option<&Said> {
        let rule = self.container(&at.file, &at.container)?.answers.get(at.rule)?;
        if rule.contains_key(&at.print) { None } else { rule.values().next() }
    }

    /// Takes an answer, and gives back what was there.
    pub fn say(&mut self, at: &Place, said: Said) -> Option<Said> {
        let rule = self.container_mut(&at.file, &at.container).answers.entry(at.rule.to_owned());
        rule.or_default().insert(at.print.clone(), said)
    }

    /// Puts back what was there.
    pub fn restore(&mut self, at: &Place, said: Option<Said>) {
        if let Some(said) = said {
            self.say(at, said);
            return;
        }
        let container = self.container_mut(&at.file, &at.container);
        if let Some(rule) = container.answers.get_mut(at.rule) {
            rule.remove(&at.print);
        }
        self.tidy();
    }

    /// The values that were chosen for a container of a file.
    pub fn values(&self, file: &File, container: &str) -> Option<&Values> {
        if self.files.is_empty() {
            return None;
        }
        self.container(&self.name(&file.path), container)?.values.as_ref()
    }

    /// Whether any values were chosen.
    pub fn has_values(&self) -> bool {
        self.files.values().flat_map(BTreeMap::values).any(|it| it.values.is_some())
    }

    /// Chooses values for a container of a file, or takes the choice back; gives back what was there.
    pub fn set_values(
        &mut self,
        file: &File,
        container: &str,
        values: Option<Values>,
    ) -> Option<Values> {
        let name = self.name(&file.path);
        let old = std::mem::replace(&mut self.container_mut(&name, container).values, values);
        self.tidy();
        old
    }

    /// Takes what another session said meanwhile; where both spoke, this one is right.
    pub fn join(&mut self, other: Decisions) {
        for (file, containers) in other.files {
            for (name, theirs) in containers {
                let ours = self.container_mut(&file, &name);
                ours.values = ours.values.take().or(theirs.values);
                for (rule, places) in theirs.answers {
                    let rule = ours.answers.entry(rule).or_default();
                    places.into_iter().for_each(|(print, said)| {
                        rule.entry(print).or_insert(said);
                    });
                }
            }
        }
    }

    /// How many findings were answered.
    pub fn count(&self) -> usize {
        let containers = self.files.values().flat_map(BTreeMap::values);
        containers.flat_map(|it| it.answers.values()).map(BTreeMap::len).sum()
    }

    /// Drops what says nothing.
    fn tidy(&mut self) {
        for containers in self.files.values_mut() {
            for container in containers.values_mut() {
                container.answers.retain(|_, it| !it.is_empty());
            }
            containers.retain(|_, it| it.values.is_some() || !it.answers.is_empty());
        }
        self.files.retain(|_, it| !it.is_empty());
    }
}

impl Said {
    /// What it comes to for a finding.
    fn of(&self, finding: &Finding) -> Answer {
        let offered = match &self.fix {
            Some(title) => finding.fixes.iter().position(|it| it.title == *title),
            None => finding.fixes.is_empty().then_some(0),
        };
        match (&self.word, offered) {
            (Word::Allow(waiver), _) => Answer::Allow(waiver.clone()),
            (Word::No, Some(_)) => Answer::Leave,
            (Word::Yes, Some(fix)) if self.fix.is_some() => Answer::Fix(fix),
            (word, _) => Answer::Stale(word.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::{Confidence, ContainerId, FileId, Fix, Severity, Site};
    use crate::yaml::{Span, Tree};

    fn file(path: &str, text: &str) -> File {
        File::plain(path, Arc::new(Tree::parse(text).unwrap()))
    }

    fn finding(title: &'static str, text: &str, of: &str) -> Finding {
        let start = text.find(of).unwrap();
        let fix = Fix {
            title: title.into(),
            confidence: Confidence::Risky,
            basis: "nothing".into(),
            may_break: Some("all".into()),
            edits: Vec::new(),
            needs: Vec::new(),
        };
        Finding {
            rule: "privileged",
            severity: Severity::High,
            container: ContainerId(0),
            subject: "service web".into(),
            site: Site { file: FileId(0), span: Span { start, end: start + of.len() } },
            message: "it is privileged".into(),
            fixes: vec![fix],
            advice: None,
        }
    }

    fn said(word: Word, fix: &str) -> Said {
        let by = By { name: "Ann".to_owned(), on: "2026-11-26".parse().unwrap() };
        Said { word, fix: Some(fix.to_owned()), by }
    }

    #[test]
    fn an_answer_survives_what_changes_elsewhere_and_not_what_changes_there() {
        let old = "services:\n  web:\n    privileged: true\n";
        let new = "services:\n  db:\n    image: a\n  web:\n    image: b\n    privileged: true\n";
        let other = "services:\n  web:\n    privileged: yes\n";
        let mut all = Decisions::none("/p".into());
        let here = all.place(&finding("set it", old, "true"), &file("/p/a/../c.yaml", old));
        all.say(&here, said(Word::No, "set it"));
        let ask = |title, text, of| all.answer(&finding(title, text, of), &file("/p/c.yaml", text));
        assert_eq!(ask("set it", new, "true"), Some(Answer::Leave));
        assert_eq!(ask("set it", other, "yes"), None);
        assert_eq!(ask("set it otherwise", new, "true"), Some(Answer::Stale(Word::No)));
        let elsewhere = all.place(&finding("set it", other, "yes"), &file("/p/c.yaml", other));
        assert_eq!(all.elsewhere(&elsewhere).map(|it| &it.word), Some(&Word::No));
        assert_eq!(all.elsewhere(&here), None);
    }

    #[test]
    fn yes_is_to_one_fix() {
        let text = "services:\n  web:\n    privileged: true\n";
        let mut all = Decisions::none("/p".into());
        let file = file("/p/c.yaml", text);
        let one = finding("set it", text, "true");
        let here = all.place(&one, &file);
        assert_eq!(all.say(&here, said(Word::Yes, "set it")), None);
        assert_eq!(all.answer(&one, &file), Some(Answer::Fix(0)));
        let mut two = finding("another", text, "true");
        two.fixes.extend(one.fixes.clone());
        assert_eq!(all.answer(&two, &file), Some(Answer::Fix(1)));
        let mut none = one;
        none.fixes.clear();
        assert_eq!(all.answer(&none, &file), Some(Answer::Stale(Word::Yes)));
        all.restore(&here, None);
        assert!(all.is_empty());
    }
}
