//! What version control has of files that are about to be written.
//!
//! Nothing is decided by it and nothing fails for it: where `git` cannot tell, nothing is said.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::walk::VERSION_CONTROL;

/// What of files could not be had back from version control.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unsaved {
    /// How many files were asked about.
    pub files: usize,
    /// Those that git knows, with changes that are not committed.
    pub changed: Vec<PathBuf>,
    /// Those that no version control knows.
    pub outside: Vec<PathBuf>,
}

/// How long the names of files may be in one command, below the least limit of any system.
const LENGTH: usize = 16 << 10;

/// Finds out what of files could not be had back.
pub fn unsaved(files: &[&Path]) -> Unsaved {
    let mut unsaved = Unsaved { files: files.len(), ..Unsaved::default() };
    let mut repositories: BTreeMap<PathBuf, Vec<(&Path, PathBuf)>> = BTreeMap::new();
    for &file in files {
        let Ok(real) = fs::canonicalize(file) else { continue };
        match repository(&real) {
            None => unsaved.outside.push(file.to_owned()),
            Some(root) => {
                let Ok(below) = real.strip_prefix(&root).map(Path::to_owned) else { continue };
                repositories.entry(root).or_default().push((file, below));
            }
        }
    }
    // A store of another system beside it is no reason not to ask git.
    for (root, files) in repositories.iter().filter(|it| it.0.join(".git").exists()) {
        for part in parts(files) {
            add(&mut unsaved, root, part);
        }
    }
    unsaved.changed.sort();
    unsaved.outside.sort();
    unsaved
}

/// The nearest folder around a file that version control looks after.
fn repository(real: &Path) -> Option<PathBuf> {
    let holds = |folder: &&Path| VERSION_CONTROL.iter().any(|it| folder.join(it).exists());
    real.ancestors().skip(1).find(holds).map(Path::to_owned)
}

/// The files in parts that fit into a command.
fn parts<'f>(files: &'f [(&'f Path, PathBuf)]) -> Vec<&'f [(&'f Path, PathBuf)]> {
    let (mut parts, mut start, mut length) = (Vec::new(), 0, 0);
    for (at, (_, below)) in files.iter().enumerate() {
        length += below.as_os_str().len() + 1;
        if length > LENGTH && at > start {
            parts.push(&files[start..at]);
            (start, length) = (at, below.as_os_str().len() + 1);
        }
    }
    parts.push(&files[start..]);
    parts
}

/// Adds what git says of files of a repository.
fn add(unsaved: &mut Unsaved, root: &Path, files: &[(&Path, PathBuf)]) {
    let Some(told) = status(root, files) else { return };
    let line = |it: &'_ [u8]| Some((it.get(..2)?.to_owned(), it.get(3..)?.to_owned()));
    let lines: Vec<(Vec<u8>, Vec<u8>)> = told.split(|it| *it == 0).filter_map(line).collect();
    for (file, below) in files {
        let below = as_git_names(below);
        let Some((state, _)) = lines.iter().find(|it| is_about(&it.1, &below)) else { continue };
        match &state[..] {
            b"??" | b"!!" => unsaved.outside.push((*file).to_owned()),
            _ => unsaved.changed.push((*file).to_owned()),
        }
    }
}

/// Whether what git names is a file, or a folder around it of which git knows nothing.
fn is_about(named: &[u8], file: &[u8]) -> bool {
    named == file || named.ends_with(b"/") && file.starts_with(named)
}

fn as_git_names(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    bytes.map(|it| if cfg!(windows) && *it == b'\\' { b'/' } else { *it }).collect()
}

/// What git says of files; none where it cannot tell. It writes nothing, asks nobody and runs no hook.
fn status(root: &Path, files: &[(&Path, PathBuf)]) -> Option<Vec<u8>> {
    let mut git = Command::new("git");
    git.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
    git.args(["--no-optional-locks", "--literal-pathspecs", "-C"]).arg(root);
    git.args(["status", "--porcelain=v1", "-z", "--no-renames"]);
    git.args(["--untracked-files=all", "--ignored=traditional", "--"]);
    git.args(files.iter().map(|it| &it.1)).env("GIT_OPTIONAL_LOCKS", "0");
    // A hook or a shell may have set these for another repository.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        git.env_remove(name);
    }
    let output = git.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then_some(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_files_are_asked_about_in_parts() {
        let long = "x".repeat(200);
        let files: Vec<(&Path, PathBuf)> =
            (0..500).map(|it| (Path::new("f"), format!("{long}{it}").into())).collect();
        let parts = parts(&files);
        assert!(parts.len() > 5, "{}", parts.len());
        let length = |it: &&[(&Path, PathBuf)]| it.iter().map(|it| it.1.as_os_str().len()).sum();
        assert!(parts.iter().map(length).all(|it: usize| it <= LENGTH));
        assert_eq!(parts.concat(), files);
    }

    #[test]
    fn a_folder_that_git_knows_nothing_of_is_about_what_lies_in_it() {
        for (named, file, about) in [
            ("a/b.yaml", "a/b.yaml", true),
            ("a/", "a/b.yaml", true),
            ("a/", "ab.yaml", false),
            ("a", "a/b.yaml", false),
        ] {
            assert_eq!(is_about(named.as_bytes(), file.as_bytes()), about, "{named} {file}");
        }
    }
}
