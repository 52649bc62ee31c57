//! Where answers are kept: `.casehard/decisions.toml` in the folder of the project, read by every command.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Failure;
use super::new_files::{NewFile, Others, write_all};
use super::output::near;
use crate::cli::Inputs;
use crate::config;
use crate::decisions::{Decisions, FILE_NAME, FOLDER};
use crate::source;
use crate::workload::absolute;

/// The file of answers of a run.
pub(super) struct Store {
    /// Where it is, or will be once something is answered.
    file: PathBuf,
    /// The folder that its files are named from.
    root: PathBuf,
    /// What was read or written last.
    last: Option<Vec<u8>>,
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
        Ok(Store { file, root, last })
    }

    /// What it says.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(super) fn read(&self) -> Result<Decisions, Failure> {
        match &self.last {
            None => Ok(self.none()),
            Some(bytes) => parse(bytes, &self.file, &self.root),
        }
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

    /// What it says before anything is answered.
    pub(super) fn none(&self) -> Decisions {
        Decisions::none(self.root.clone())
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
    pub(super) fn keep(&mut self, mut all: Decisions) -> io::Result<()> {
        if let Ok(bytes) = fs::read(&self.file)
            && self.last.as_ref() != Some(&bytes)
        {
            let theirs = parse(&bytes, &self.file, &self.root);
            all.join(theirs.map_err(|it| io::Error::other(it.0))?);
        }
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
