//! The variables of a project: from `.env` in its folder, from files that the user names, from the shell if asked for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Problem;
use crate::source;
use crate::workload::Variables;

/// Where variables are read from beside the projects' own `.env`.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Files that the user names in place of `.env`, each with its text; later ones win.
    pub files: Vec<(String, String)>,
    /// The environment of the process, where the user asks for it: it wins.
    pub shell: Vec<(String, String)>,
}

/// What is known of variables, folder by folder.
#[derive(Default)]
pub(super) struct Environment {
    sources: Sources,
    folders: HashMap<PathBuf, Arc<Variables>>,
    /// Files of variables that Compose would refuse.
    pub(super) problems: Vec<Problem>,
}

impl Environment {
    pub(super) fn of(sources: &Sources) -> Environment {
        Environment { sources: sources.clone(), ..Environment::default() }
    }

    /// The variables of a project whose first file is this one.
    pub(super) fn beside(&mut self, path: &Path) -> Arc<Variables> {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        if let Some(known) = self.folders.get(&folder) {
            return Arc::clone(known);
        }
        let mut variables = Variables::default();
        variables.add_shell(self.sources.shell.iter().cloned());
        let own = || text(&folder.join(FILE)).map(|it| (FILE.to_owned(), it));
        let files = match self.sources.files.is_empty() {
            true => own().into_iter().collect(),
            false => self.sources.files.clone(),
        };
        for (name, text) in files {
            let Err(misread) = variables.add_file(&name, &text) else { continue };
            let path = if self.sources.files.is_empty() { folder.join(FILE) } else { name.into() };
            if self.problems.iter().all(|it| it.path != path) {
                self.problems.push(Problem {
                    path,
                    place: Some((misread.line, 1)),
                    message: format!("{}: Docker Compose refuses the project", misread.message),
                    fails: true,
                });
            }
        }
        let variables = Arc::new(variables);
        self.folders.insert(folder, Arc::clone(&variables));
        variables
    }
}

const FILE: &str = ".env";

/// The variables of the `.env` in a folder alone.
pub(super) fn own(folder: &Path) -> Option<Variables> {
    Some(Variables::of_files([(FILE, &*text(&folder.join(FILE))?)]))
}

fn text(path: &Path) -> Option<String> {
    let bytes = source::read_beside(path).ok().flatten()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
