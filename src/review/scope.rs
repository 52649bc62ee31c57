//! What a key for many speaks of.

use std::path::PathBuf;

use super::board::{Board, Question};

/// What a key speaks of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scope {
    /// A container of a project, by the place of one of its questions.
    Container(Question),
    /// A project.
    Project(usize),
    /// A rule, everywhere.
    Rule(&'static str),
    /// An image, as written, everywhere.
    Image(String),
    /// A folder, with all below it.
    Folder(PathBuf),
    /// The files of a folder, without what is below it.
    Files(PathBuf),
    /// A fix of a rule by its title, everywhere.
    Fix(&'static str, String),
    /// Everything.
    All,
}

impl Scope {
    /// What a rule, an image or a folder is called.
    pub(super) fn name(&self) -> String {
        match self {
            Scope::Rule(it) => (*it).to_owned(),
            Scope::Image(it) => it.clone(),
            Scope::Files(it) if it.as_os_str().is_empty() => ".".to_owned(),
            Scope::Folder(it) | Scope::Files(it) => it.display().to_string(),
            Scope::Fix(rule, title) => format!("{rule}: {title}"),
            Scope::Container(_) | Scope::Project(_) | Scope::All => String::new(),
        }
    }
}

impl Board<'_> {
    /// The questions that a key speaks of and that are to be answered.
    pub(super) fn covered(&self, scope: &Scope) -> Vec<Question> {
        self.open().filter(|it| self.covers(scope, *it)).collect()
    }

    fn covers(&self, scope: &Scope, at: Question) -> bool {
        let (bench, finding) = (&self.benches[at.0], self.finding(at));
        match scope {
            Scope::Container(it) => {
                at.0 == it.0 && finding.container == self.benches[it.0].at(it.1).container
            }
            Scope::Project(it) => at.0 == *it,
            Scope::Rule(rule) => finding.rule == *rule,
            Scope::Image(image) => bench.image(finding.container) == Some(image),
            Scope::Folder(folder) => self.folder(at).starts_with(folder),
            Scope::Files(folder) => self.folder(at) == *folder,
            Scope::Fix(rule, title) => {
                finding.rule == *rule && finding.fixes.first().is_some_and(|it| it.title == *title)
            }
            Scope::All => true,
        }
    }
}
