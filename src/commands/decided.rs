//! Where answers are kept: `.casehard/decisions.toml` in the folder of the project, read by every command.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use foldhash::HashSet;

use super::Failure;
use super::new_files::{NewFile, Others, write_all};
use super::output::near;
use crate::batch::Batch;
use crate::cli::Inputs;
use crate::config;
use crate::decisions::{Decisions, FILE_NAME, FOLDER, Stray};
use crate::mend::Policy;
use crate::outcome::Outcome;
use crate::report::summary::count;
use crate::source::{self, Reals};
use crate::workload::absolute;

/// The file of answers of a run.
pub(super) struct Store {
    /// Where it is, or will be once something is answered.
    file: PathBuf,
    /// The folder that its files are named from.
    root: PathBuf,
    /// What was read or written last.
    last: Option<Vec<u8>>,
    /// What this session had to say when it wrote last.
    own: Decisions,
    /// What other sessions say of other places, as far as it was seen.
    others: Decisions,
}

impl Store {
    /// The file of answers for these inputs: the one that is named, the one in a folder above, or a new one beside the
    /// configuration, at the root of the repository, or here.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub(super) fn open(inputs: &Inputs) -> Result<Store, Failure> {
        let (file, root) = match &inputs.decisions {
            Some(named) => {
                let file = absolute(named);
                let folder = file.parent().unwrap_or(Path::new("/"));
                let is_ours = folder.file_name().is_some_and(|it| it == FOLDER);
                let root = if is_ours { folder.parent().unwrap_or(folder) } else { folder };
                (file.clone(), root.to_owned())
            }
            None => {
                let root = root(inputs);
                (root.join(FOLDER).join(FILE_NAME), root)
            }
        };
        let last = match fs::read(&file) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                return Err(Failure(format!("{}: cannot be read: {error}", near(&file).display())));
            }
        };
        let none = || Decisions::none(root.clone());
        let (own, others) = (none(), none());
        Ok(Store { file, root, last, own, others })
    }

    /// What it says.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(super) fn read(&mut self) -> Result<Decisions, Failure> {
        if let Some(bytes) = &self.last {
            self.own = parse(bytes, &self.file, &self.root)?;
        }
        Ok(self.own.clone())
    }

    /// Has git keep the lines of both sides where two people answered, beside a file in the usual place.
    fn tell_git(&self) {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let path = folder.join(".gitattributes");
        if folder.file_name().is_some_and(|it| it == FOLDER) && !path.exists() {
            let bytes = format!("{FILE_NAME} merge=union\n").into_bytes();
            // Without it only a merge is less comfortable.
            let _ = write_all(&[NewFile { path, bytes }], Others::Kept);
        }
    }

    /// The folder of the project.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Its name, from here where it lies below.
    pub(super) fn name(&self) -> String {
        near(&self.file).display().to_string()
    }

    /// Writes the answers, with those that somebody else wrote meanwhile.
    pub(super) fn keep(&mut self, own: Decisions) -> io::Result<()> {
        if let Ok(bytes) = fs::read(&self.file)
            && self.last.as_ref() != Some(&bytes)
        {
            let theirs = parse(&bytes, &self.file, &self.root);
            self.others = theirs.map_err(|it| io::Error::other(it.0))?;
            // What this session took back is not theirs.
            self.others.without(&self.own);
        }
        let mut all = own.clone();
        all.join(self.others.clone());
        self.own = own;
        let text = all.text().into_bytes();
        let new = NewFile { path: self.file.clone(), bytes: text.clone() };
        write_all(&[new], Others::Replaced).map_err(|it| io::Error::other(it.0))?;
        self.tell_git();
        self.last = Some(text);
        Ok(())
    }
}

fn parse(bytes: &[u8], file: &Path, root: &Path) -> Result<Decisions, Failure> {
    let near = near(file);
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Failure(format!("{}: not UTF-8: save it as UTF-8", near.display())))?;
    Decisions::parse(text, &near, root).map_err(|it| Failure(it.to_string()))
}

/// The folder that files are named from, the same from wherever in a repository one starts: links are not followed, as
/// in the paths that are given.
fn root(inputs: &Inputs) -> PathBuf {
    let first = inputs.paths.first().filter(|it| it.as_os_str() != "-");
    let given = absolute(first.map_or(Path::new("."), PathBuf::as_path));
    let start = if given.is_dir() { &given } else { given.parent().unwrap_or(&given) };
    let here = absolute(Path::new("."));
    let mut configured = None;
    for folder in start.ancestors() {
        if folder.join(FOLDER).join(FILE_NAME).is_file() {
            return folder.to_owned();
        }
        if source::is_repository(folder) {
            return folder.to_owned();
        }
        if configured.is_none() && folder.join(config::FILE_NAME).is_file() {
            configured = Some(folder.to_owned());
        }
    }
    let near = || if start.starts_with(&here) { here.clone() } else { start.to_owned() };
    configured.unwrap_or_else(near)
}

/// Has a run know files by what their paths lead to.
pub(super) fn follow_links(policy: &mut Policy, batch: &Batch) {
    // Many projects may read one file.
    let files: HashSet<&OsStr> =
        batch.projects.iter().flat_map(|it| &it.files).map(|it| it.path.as_os_str()).collect();
    let mut reals = Reals::default();
    let real = |it: &Path| reals.of(it).unwrap_or_else(|| it.to_owned());
    Arc::make_mut(&mut policy.decisions).follow(files.into_iter().map(Path::new), real);
}

/// Sees to it that answers are there that somebody named: only a session makes them.
///
/// # Errors
/// They are not.
pub(super) fn must_be_there(inputs: &Inputs) -> Result<(), Failure> {
    match inputs.decisions.as_ref().filter(|it| !it.exists()) {
        Some(it) => Err(Failure(format!(
            "{}: there is no such file of answers: `casehard fix` on a terminal makes it",
            it.display()
        ))),
        None => Ok(()),
    }
}

/// What is said of answers whose file or container is not there; nothing where there are none.
pub(super) fn told(stray: &[Stray], inputs: &Inputs) -> Option<String> {
    let first = stray.first()?;
    let number: usize = stray.iter().map(|it| it.answers).sum();
    let (answers, are) = (count(number, "answer"), if number == 1 { "is" } else { "are" });
    let name = Store::open(inputs).map_or_else(|_| FILE_NAME.to_owned(), |it| it.name());
    let what = if stray.iter().all(|it| it.file == first.file) {
        first.file.clone()
    } else {
        format!("{} and other files", first.file)
    };
    Some(format!(
        "{answers} {are} about files or containers that are not there ({}, {what}): where they have another name, change it in {name}; `casehard fix --again` forgets them",
        first.container
    ))
}

/// The answers whose file or container is not there, after a run.
pub(super) fn stray(outcome: &Outcome, policy: &Policy) -> Vec<Stray> {
    let files = outcome.files.iter().map(|it| (&*it.path, None));
    let containers =
        outcome.containers.iter().map(|it| (&*outcome.files[it.file].path, Some(&*it.name)));
    policy.decisions.stray(files.chain(containers), &|it| it.exists())
}

/// Who answers: as git knows them, else as the system does.
pub(super) fn who() -> String {
    let variable = |name: &str| std::env::var(name).ok();
    let git = || {
        let output = std::process::Command::new("git").args(["config", "user.name"]).output();
        output.ok().filter(|it| it.status.success()).map(|it| it.stdout)
    };
    let named = variable("GIT_AUTHOR_NAME")
        .or_else(|| git().and_then(|it| String::from_utf8(it).ok()))
        .or_else(|| variable("USER"))
        .or_else(|| variable("LOGNAME"));
    let name = named.unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "somebody".to_owned() } else { name.to_owned() }
}
