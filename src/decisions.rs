//! What the owner answered, kept from session to session and from person to person.
//!
//! An answer is known by its file, its container, its rule and the content of its place: it survives what changes
//! elsewhere in the file, and what is offered now has to be what was offered then.

mod around;
mod entries;
mod said;
mod saved;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::date::Date;
use crate::evidence::Own;
use crate::finding::Finding;
use crate::fingerprint::Fingerprint;
use crate::rules;
use crate::source::digest;
use crate::workload::{File, absolute};
use crate::yaml::Span;
use around::around;

/// The folder of a project that holds what casehard keeps there.
pub const FOLDER: &str = ".casehard";

/// The file of answers in that folder.
pub const FILE_NAME: &str = "decisions.toml";

pub use said::{Answer, By, Said, Waiver, Word};
pub use saved::{Planned, Saved};
pub use text::may_be_kept;

/// Answers to findings, and values that were chosen for containers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decisions {
    /// The folder, absolute, that the files are named from.
    root: PathBuf,
    /// The same without links, where files are known by what their paths lead to.
    real_root: PathBuf,
    /// What paths lead to that go over links.
    links: BTreeMap<PathBuf, PathBuf>,
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

/// Where an answer belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    file: String,
    container: String,
    rule: &'static str,
    print: String,
}

/// Answers whose file or container is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// The file, as it is named here.
    pub file: String,
    /// The container.
    pub container: String,
    /// How many there are.
    pub answers: usize,
}

/// Whether what is said to be about a container or a workload is about one of these; what is about neither is.
fn has(names: &[&str], name: &str) -> bool {
    let is_container =
        name.starts_with("service ") || name.starts_with("container ") || name.contains('/');
    let is_it =
        |it: &&str| *it == name || it.strip_prefix(name).is_some_and(|it| it.starts_with(' '));
    !is_container || names.iter().any(is_it)
}

/// How many digits of a fingerprint are written: enough to tell the places of one rule in one container apart.
const DIGITS: usize = 12;

impl Decisions {
    /// None yet, of files below that folder, which is absolute.
    pub fn none(root: PathBuf) -> Decisions {
        Decisions { root, ..Decisions::default() }
    }

    /// Knows these files by what `real` says that their paths lead to, so that a file is one, whatever links lead to it.
    pub fn follow<'p>(
        &mut self,
        files: impl Iterator<Item = &'p Path>,
        mut real: impl FnMut(&Path) -> PathBuf,
    ) {
        self.real_root = real(&self.root);
        let links = files.map(absolute).map(|it| (real(&it), it)).map(|it| (it.1, it.0));
        self.links = links.filter(|it| it.0 != it.1).collect();
    }

    /// None, of the same files.
    pub fn cleared(&self) -> Decisions {
        Decisions { files: BTreeMap::new(), ..self.clone() }
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Where the answer to a finding on that file belongs.
    pub fn place(&self, finding: &Finding, file: &File) -> Place {
        self.place_at(finding.rule, &finding.subject, finding.site.span, file)
    }

    /// The same of a rule and whom it is about at a place of that file.
    pub fn place_at(&self, rule: &'static str, subject: &str, span: Span, file: &File) -> Place {
        let value = Fingerprint::at(rule, subject, span, file).to_string();
        let image = around::image(file, span).unwrap_or_default();
        let mut print = digest(format!("{value} {image} {}", around(file, span)).as_bytes());
        print.truncate(DIGITS);
        Place { file: self.name(&file.path), container: subject.to_owned(), rule, print }
    }

    /// The same with files named from another folder, which is absolute.
    pub fn named_from(&self, root: PathBuf) -> Decisions {
        let links = self.links.clone();
        let mut all = Decisions { real_root: root.clone(), links, ..Decisions::none(root) };
        for (file, containers) in &self.files {
            let name = all.name(&self.root.join(file));
            all.files.insert(name, containers.clone());
        }
        all
    }

    /// Those that allow something, and the values: what a plan takes over from them.
    pub fn waivers_and_values(&self) -> Decisions {
        let mut all = self.clone();
        let places = all.files.values_mut().flat_map(BTreeMap::values_mut);
        for rule in places.flat_map(|it| it.answers.values_mut()) {
            rule.retain(|_, it| matches!(it.word, Word::Allow(_)));
        }
        all.tidy();
        all
    }

    /// A file as it is named here: from the root, with `/` between folders; in full where it lies elsewhere.
    pub fn name(&self, path: &Path) -> String {
        let full = absolute(path);
        let real = self.links.get(&full).and_then(|it| it.strip_prefix(&self.real_root).ok());
        let below = real.unwrap_or_else(|| full.strip_prefix(&self.root).unwrap_or(&full));
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

    /// What was said of a finding, as it stands on a day.
    pub fn answer(&self, finding: &Finding, file: &File, today: Date) -> Option<Answer> {
        if self.files.is_empty() {
            return None;
        }
        let place = self.place(finding, file);
        let Some(said) = self.said(&place) else {
            // What it stands at is another one since: it is asked again, and left until then.
            return self.no_before(&place).map(|_| Answer::Stale(Word::No));
        };
        // Who left what could not be mended said nothing against a fix.
        let was_open = said.word == Word::No && said.fix.is_none() && !finding.fixes.is_empty();
        (!was_open || said.against.is_some()).then(|| said.of(finding, today))
    }

    /// Who said no to what a rule that speaks of a container as a whole finds in this one, as it was then.
    pub fn no_before(&self, at: &Place) -> Option<&Said> {
        let mut others = self.elsewhere(at).filter(|_| rules::is_of_the_whole(at.rule));
        others.find(|it| it.1.word == Word::No && it.1.fix.is_some()).map(|it| it.1)
    }

    /// The repository of the image that a finding is about, as an answer remembers it.
    pub fn image(finding: &Finding, file: &File) -> Option<String> {
        around::image(file, finding.site.span)
    }

    /// What was said of other places of the same rule in the same container.
    pub fn elsewhere(&self, at: &Place) -> impl Iterator<Item = (Place, &Said)> {
        let container = self.container(&at.file, &at.container);
        let all = container.and_then(|it| it.answers.get(at.rule)).into_iter().flatten();
        let others = all.filter(|it| *it.0 != at.print);
        others.map(|(print, said)| (Place { print: print.clone(), ..at.clone() }, said))
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
    pub fn join(&mut self, mut other: Decisions) {
        std::mem::swap(&mut self.files, &mut other.files);
        self.take(other);
    }

    /// Drops what is said of places and containers that another has something to say of.
    pub fn without(&mut self, other: &Decisions) {
        for (file, containers) in &mut self.files {
            for (name, said) in containers {
                let Some(theirs) = other.container(file, name) else { continue };
                said.values.take_if(|_| theirs.values.is_some());
                for (rule, places) in &mut said.answers {
                    let known = theirs.answers.get(rule);
                    places.retain(|print, _| known.is_none_or(|it| !it.contains_key(print)));
                }
            }
        }
        self.tidy();
    }

    /// Takes what another line of the file says: where both speak of one place and not alike, nobody is right.
    fn add(&mut self, mut line: Decisions) {
        for (file, containers) in &mut line.files {
            for (name, theirs) in containers {
                let Some(ours) = self.container(file, name) else { continue };
                for (rule, places) in &mut theirs.answers {
                    let known = ours.answers.get(rule);
                    for (print, said) in places {
                        let other = known.and_then(|it| it.get(print));
                        let other =
                            other.filter(|it| (&it.word, &it.fix) != (&said.word, &said.fix));
                        said.against = other.cloned().map(Box::new);
                    }
                }
            }
        }
        self.take(line);
    }

    /// Takes what was said later.
    fn take(&mut self, later: Decisions) {
        for (file, containers) in later.files {
            for (name, theirs) in containers {
                let ours = self.container_mut(&file, &name);
                ours.values = theirs.values.or(ours.values.take());
                for (rule, places) in theirs.answers {
                    ours.answers.entry(rule).or_default().extend(places);
                }
            }
        }
    }

    /// What was said of files that are not there, or of containers that a file has no more: the file, the container and
    /// how many answers. `there` are the containers of files that were judged, and those files themselves.
    pub fn stray<'t>(
        &self,
        there: impl Iterator<Item = (&'t Path, Option<&'t str>)>,
        exists: &dyn Fn(&Path) -> bool,
    ) -> Vec<Stray> {
        let mut known: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        if !self.is_empty() {
            there.for_each(|it| known.entry(self.name(it.0)).or_default().extend(it.1));
        }
        let mut all = Vec::new();
        for (file, containers) in &self.files {
            let judged = known.get(file);
            let is_gone = judged.is_none() && !exists(&self.root.join(file));
            for (name, said) in containers {
                if is_gone || judged.is_some_and(|it| !has(it, name)) {
                    let answers = said.answers.values().map(BTreeMap::len).sum::<usize>();
                    let answers = answers + usize::from(said.values.is_some());
                    all.push(Stray { file: file.clone(), container: name.clone(), answers });
                }
            }
        }
        all
    }

    /// Forgets what was said of a container.
    pub fn forget(&mut self, it: &Stray) {
        if let Some(containers) = self.files.get_mut(&it.file) {
            containers.remove(&it.container);
        }
        self.tidy();
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
