//! A file in the making: full, flushed and dressed like the old one before it takes its name.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use tempfile::TempPath;

/// The new content, not yet visible under the name of the file it will replace.
pub(super) struct Draft {
    file: File,
    /// None as long as the file has no name at all.
    path: Option<TempPath>,
}

impl Draft {
    /// Starts a draft in the folder of the file it will replace, so that a rename is enough.
    pub(super) fn in_folder(folder: &Path) -> io::Result<Draft> {
        match nameless(folder) {
            Some(file) => Ok(Draft { file: held(file), path: None }),
            None => Draft::named(folder),
        }
    }

    /// Starts a file that is to be new: whoever may read what is written there may read it.
    pub(super) fn fresh(folder: &Path) -> io::Result<Draft> {
        let mut builder = builder();
        permit(&mut builder);
        let (file, path) = builder.tempfile_in(folder)?.into_parts();
        Ok(Draft { file: held(file), path: Some(path) })
    }

    fn named(folder: &Path) -> io::Result<Draft> {
        let (file, path) = builder().tempfile_in(folder)?.into_parts();
        Ok(Draft { file: held(file), path: Some(path) })
    }

    /// Puts the content on the disk, and with it all that was set before.
    pub(super) fn fill(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_all()
    }

    /// Gives the draft the owner and group of the old file.
    pub(super) fn own_like(&self, old: &Metadata) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, fchown};

            let own = self.file.metadata()?;
            if (own.uid(), own.gid()) != (old.uid(), old.gid()) {
                fchown(&self.file, Some(old.uid()), Some(old.gid()))?;
            }
        }
        #[cfg(not(unix))]
        let _ = old;
        Ok(())
    }

    /// Gives the draft the mode and the extended attributes of the old file.
    ///
    /// To be done after the owner: changing that takes bits away from the mode.
    pub(super) fn dress_like(&self, old: &File) -> io::Result<()> {
        self.file.set_permissions(old.metadata()?.permissions())?;
        #[cfg(target_os = "linux")]
        super::attributes::copy(old, &self.file)?;
        Ok(())
    }

    /// Takes a name that nothing has.
    pub(super) fn found(self, target: &Path) -> io::Result<()> {
        let path = match self.path {
            Some(path) => path,
            None => name(&self.file, target)?,
        };
        path.persist_noclobber(target).map_err(|error| error.error)
    }

    /// Takes the place of `target` in one step.
    pub(super) fn replace(self, target: &Path) -> io::Result<()> {
        let path = match self.path {
            Some(path) => path,
            None => name(&self.file, target)?,
        };
        path.persist(target).map_err(|error| error.error)
    }
}

/// Gives a new file the mode that the mask of the process leaves.
#[cfg(unix)]
pub fn permit(draft: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt as _;
    draft.permissions(std::fs::Permissions::from_mode(0o666));
}

/// Elsewhere the folder decides that.
#[cfg(not(unix))]
pub fn permit(_: &mut tempfile::Builder<'_, '_>) {}

/// What the names of drafts begin with.
const PREFIX: &str = ".casehard-";

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    builder
}

/// A draft that says by its lock, as long as this process lives, that somebody is at work on it.
fn held(file: File) -> File {
    // Where there are no locks it stays, if the process is killed, until its owner takes it away.
    let _ = file.try_lock();
    file
}

/// How old a draft is before it may be nobody's: one that was just made is not held yet.
const AGE: Duration = Duration::from_secs(10);

/// Takes away the drafts in a folder whose makers were killed before they could.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let is_draft = |it: &fs::DirEntry| {
        let begins = it.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes());
        begins && it.file_type().is_ok_and(|it| it.is_file())
    };
    for path in entries.flatten().filter(is_draft).map(|it| it.path()) {
        let is_old = |it: &File| {
            let age = it.metadata().and_then(|it| it.modified()).map(|it| it.elapsed());
            age.is_ok_and(|it| it.is_ok_and(|it| it > AGE))
        };
        let file = File::options().append(true).open(&path);
        if file.is_ok_and(|it| is_old(&it) && it.try_lock().is_ok()) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Opens a file without a name, which vanishes with the process, even if that is killed.
///
/// None where the file system or the platform cannot do it.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> Option<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let flags = i32::try_from(rustix::fs::OFlags::TMPFILE.bits()).ok()?;
    let file = File::options().write(true).mode(0o600).custom_flags(flags).open(folder).ok()?;
    // It is given a name through /proc, which some sandboxes lack.
    link_of(&file).exists().then_some(file)
}

#[cfg(target_os = "linux")]
fn link_of(file: &File) -> std::path::PathBuf {
    use std::os::fd::AsRawFd;

    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Gives a nameless file a name beside `target`: a rename needs one to start from.
#[cfg(target_os = "linux")]
fn name(file: &File, target: &Path) -> io::Result<TempPath> {
    use rustix::fs::{AtFlags, CWD, linkat};

    let folder = target.parent().unwrap_or(Path::new("/"));
    let link = |path: &Path| {
        linkat(CWD, link_of(file), CWD, path, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from)
    };
    Ok(builder().make_in(folder, link)?.into_temp_path())
}

#[cfg(not(target_os = "linux"))]
fn nameless(_folder: &Path) -> Option<File> {
    None
}

#[cfg(not(target_os = "linux"))]
fn name(_file: &File, _target: &Path) -> io::Result<TempPath> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[track_caller]
    fn check(start: fn(&Path) -> io::Result<Draft>) {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("compose.yaml");
        fs::write(&target, "old").unwrap();
        let names = || fs::read_dir(folder.path()).unwrap().count();

        drop(start(folder.path()).unwrap());
        assert_eq!((names(), fs::read(&target).unwrap()), (1, b"old".to_vec()));

        let mut draft = start(folder.path()).unwrap();
        draft.fill(b"new").unwrap();
        // A draft without a name leaves nothing behind, even when the program is killed here.
        assert_eq!(names(), if draft.path.is_none() { 1 } else { 2 });
        draft.replace(&target).unwrap();
        assert_eq!((names(), fs::read(&target).unwrap()), (1, b"new".to_vec()));
    }

    #[test]
    fn a_draft_replaces_its_target_or_vanishes() {
        check(Draft::in_folder);
    }

    #[test]
    fn a_draft_with_a_name_does_so_too() {
        check(Draft::named);
    }

    #[test]
    fn drafts_of_the_dead_are_taken_away_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let old = |name: &str| {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(std::time::SystemTime::now() - AGE * 2).unwrap();
            file
        };
        drop(old(".casehard-dead"));
        drop(old("casehard.toml"));
        drop(File::create(folder.path().join(".casehard-new")).unwrap());
        let at_work = held(old(".casehard-at-work"));
        sweep(folder.path());
        let names = || {
            let all = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name());
            let mut all: Vec<String> = all.map(|it| it.into_string().unwrap()).collect();
            all.sort();
            all
        };
        assert_eq!(names(), [".casehard-at-work", ".casehard-new", "casehard.toml"]);
        drop(at_work);
        sweep(folder.path());
        assert_eq!(names(), [".casehard-new", "casehard.toml"]);
    }
}
