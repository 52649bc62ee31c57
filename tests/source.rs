//! Files: which ones are found, and what is true of them after they were written.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "source/finding.rs"]
mod finding;
#[path = "source/git.rs"]
mod git;

use std::fs;
use std::path::{Path, PathBuf};

use casehard::source::{
    Cause, Excluded, Journal, Source, SourceError, changed, find, find_upwards, read, read_beside,
    runs_below,
};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Writes a file in a run of its own.
fn write(source: &Source, new: &[u8]) -> Result<(), SourceError> {
    let state = folder();
    casehard::source::write(&mut Journal::below(state.path(), Cause::Fix), source, new)
}

fn put(folder: &TempDir, name: &str, content: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path
}

/// The names in a folder, leftovers of a write among them.
fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[track_caller]
fn refused(path: &Path, problem: &str) {
    let before = fs::read(path).unwrap();
    let error = write(&read(path).unwrap(), b"new").unwrap_err();
    assert_eq!(error.path, path);
    assert_eq!(error.problem, problem);
    assert_eq!(fs::read(path).unwrap(), before);
}

#[test]
fn the_configuration_is_the_nearest_one_inside_the_repository() {
    let folder = folder();
    let outside = put(&folder, "casehard.toml", "");
    put(&folder, "repository/.git/HEAD", "");
    put(&folder, "repository/deploy/web/compose.yaml", "");
    let nearest = |start: &str| find_upwards(&folder.path().join(start), "casehard.toml");
    assert_eq!(nearest("repository/deploy/web"), None);
    let root = put(&folder, "repository/casehard.toml", "");
    assert_eq!(nearest("repository/deploy/web"), Some(root.canonicalize().unwrap()));
    assert_eq!(nearest("repository/deploy/web/compose.yaml"), Some(root.canonicalize().unwrap()));
    assert_eq!(nearest(""), Some(outside.canonicalize().unwrap()));
}

#[test]
fn a_file_beside_is_read_if_it_is_there() {
    let folder = folder();
    let path = put(&folder, ".env", "TAG=1\n");
    assert_eq!(read_beside(&path), Ok(Some(b"TAG=1\n".to_vec())));
    assert_eq!(read_beside(&folder.path().join("Dockerfile")), Ok(None));
    assert_eq!(read_beside(&path.join("below-a-file")), Ok(None));
    assert_eq!(read_beside(folder.path()).unwrap_err().problem, "is a folder, not a file");
}

#[test]
fn a_file_beside_that_is_too_large_is_an_error() {
    let folder = folder();
    let path = put(&folder, ".env", "");
    fs::File::create(&path).unwrap().set_len((16 << 20) + 1).unwrap();
    assert_eq!(
        read_beside(&path).unwrap_err().problem,
        "larger than 16 MiB: split it, or leave it out"
    );
}

#[test]
fn a_write_replaces_the_content_and_leaves_nothing_else_behind() {
    let folder = folder();
    let path = put(&folder, "compose.yaml", "old");
    let source = read(&path).unwrap();
    assert_eq!(*source.bytes, *b"old");
    assert!(!changed(&source));
    write(&source, b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert!(changed(&source));
    assert_eq!(names(&folder), ["compose.yaml"]);
}

#[test]
fn a_name_as_long_as_can_be_is_written() {
    let folder = folder();
    let path = put(&folder, &format!("{}.yaml", "x".repeat(250)), "old");
    write(&read(&path).unwrap(), b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn a_file_that_changed_since_it_was_read_is_refused() {
    let problem = "changed since it was read: left as it is, run again";
    let folder = folder();
    for (name, content) in [("longer.yaml", "older"), ("same-size.yaml", "odd")] {
        let path = put(&folder, name, "old");
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        let source = read(&path).unwrap();
        fs::write(&path, content).unwrap();
        fs::File::options().append(true).open(&path).unwrap().set_modified(before).unwrap();
        assert_eq!(write(&source, b"new").unwrap_err().problem, problem);
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
    assert_eq!(names(&folder), ["longer.yaml", "same-size.yaml"]);
}

#[test]
fn what_was_refused_is_in_the_journal_no_more_and_what_was_written_is() {
    let (folder, state) = (self::folder(), self::folder());
    let mut journal = Journal::below(state.path(), Cause::Fix);
    let (a, b) = (put(&folder, "a.yaml", "old"), put(&folder, "b.yaml", "old"));
    let (first, second) = (read(&a).unwrap(), read(&b).unwrap());
    fs::write(&a, "changed").unwrap();
    assert!(casehard::source::write(&mut journal, &first, b"new").is_err());
    assert_eq!((journal.run(), runs_below(state.path()).unwrap().len()), (None, 0));
    casehard::source::write(&mut journal, &second, b"new").unwrap();
    let [run] = runs_below(state.path()).unwrap().try_into().unwrap();
    let paths: Vec<&Path> = run.files.iter().map(|it| &*it.path).collect();
    assert_eq!((journal.run(), paths), (Some(&*run.name), vec![&*fs::canonicalize(&b).unwrap()]));
    assert_eq!(run.before(&run.files[0]).unwrap(), b"old");
}

#[test]
fn a_file_that_was_removed_since_it_was_read_is_not_brought_back() {
    let folder = folder();
    let path = put(&folder, "compose.yaml", "old");
    let source = read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let error = write(&source, b"new").unwrap_err();
    assert_eq!(error.problem, "there is no such file or folder");
    assert!(names(&folder).is_empty());
}

#[test]
fn a_read_only_file_is_refused_even_to_root() {
    let folder = folder();
    let path = put(&folder, "compose.yaml", "old");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    refused(&path, "the file is read-only: `chmod u+w` it first");
    assert_eq!(names(&folder), ["compose.yaml"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::finding::found;
    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_write_keeps_mode_and_owner() {
        let folder = folder();
        for mode in [0o600, 0o640, 0o755, 0o666] {
            let path = put(&folder, &format!("{mode:o}.yaml"), "old");
            set_mode(&path, mode);
            // Only root may give a file away; for anyone else there is nothing to keep.
            let _ = std::os::unix::fs::chown(&path, Some(4242), Some(4343));
            let before = fs::metadata(&path).unwrap();
            write(&read(&path).unwrap(), b"new").unwrap();
            let after = fs::metadata(&path).unwrap();
            assert_eq!(after.mode(), before.mode());
            assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
        }
    }

    #[test]
    fn a_symbolic_link_stays_one_and_its_target_is_written() {
        let folder = folder();
        let target = put(&folder, "shared/base.yaml", "old");
        let link = folder.path().join("compose.yaml");
        symlink("shared/base.yaml", &link).unwrap();
        write(&read(&link).unwrap(), b"new").unwrap();
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("shared/base.yaml"));
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(names(&folder), ["compose.yaml", "shared"]);
    }

    #[test]
    fn a_link_that_points_elsewhere_by_now_is_refused() {
        let folder = folder();
        put(&folder, "a.yaml", "old");
        put(&folder, "b.yaml", "old");
        let link = folder.path().join("link.yaml");
        symlink("a.yaml", &link).unwrap();
        let source = read(&link).unwrap();
        fs::remove_file(&link).unwrap();
        symlink("b.yaml", &link).unwrap();
        assert!(write(&source, b"new").is_err());
        assert_eq!(fs::read(folder.path().join("b.yaml")).unwrap(), b"old");
    }

    #[test]
    fn a_file_with_other_hard_links_is_refused() {
        let folder = folder();
        let path = put(&folder, "compose.yaml", "old");
        fs::hard_link(&path, folder.path().join("other.yaml")).unwrap();
        refused(
            &path,
            "has 2 hard links, which replacing it would part: give it a single name, \
             or write the output of `casehard fix --yes -` over it",
        );
    }

    #[test]
    fn a_file_that_cannot_be_finished_is_as_it_was_and_nothing_is_left_over() {
        const CHILD: &str = "CASEHARD_TEST_FULL_DISK";
        if let Some(path) = std::env::var_os(CHILD) {
            let path = PathBuf::from(path);
            let error = write(&read(&path).unwrap(), &vec![b'x'; 1 << 20]).unwrap_err();
            let words = "larger than the file system or a limit of the shell allows";
            assert_eq!(error.problem, words);
            return;
        }
        let folder = folder();
        let path = put(&folder, "compose.yaml", "old");
        // A limit on the size of files fails a write half way, as a full disk does.
        let ran = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" a_file_that_cannot_be_finished"])
            .arg(std::env::current_exe().unwrap())
            .env(CHILD, &path)
            // Read here: a file that the output is sent to would have the same limit.
            .output()
            .unwrap();
        assert!(ran.status.success());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(&folder), ["compose.yaml"]);
    }

    #[test]
    fn a_folder_that_cannot_be_written_leaves_the_file_as_it_was() {
        let folder = folder();
        let path = put(&folder, "sub/compose.yaml", "old");
        let sub = path.parent().unwrap();
        set_mode(sub, 0o555);
        let is_root = fs::write(sub.join("probe"), "").is_ok();
        let result = write(&read(&path).unwrap(), b"new");
        set_mode(sub, 0o755);
        if !is_root {
            let problem = result.unwrap_err().problem;
            assert_eq!(problem, "cannot write to its folder: permission denied");
            assert_eq!(fs::read(&path).unwrap(), b"old");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_an_error_and_the_rest_is_found() {
        let folder = folder();
        put(&folder, "a.yaml", "");
        let locked = put(&folder, "locked/b.yaml", "");
        put(&folder, "z.yaml", "");
        let locked = locked.parent().unwrap();
        set_mode(locked, 0o000);
        let is_root = fs::read_dir(locked).is_ok();
        let lines = found(&folder, &[""]);
        set_mode(locked, 0o755);
        let expected = if is_root { "locked/b.yaml" } else { "locked: permission denied" };
        assert_eq!(lines, ["a.yaml", expected, "z.yaml"]);
    }

    #[test]
    fn links_are_followed_when_named_and_passed_over_when_walking() {
        let folder = folder();
        put(&folder, "real/a.yaml", "");
        put(&folder, "outside.yaml", "");
        symlink("..", folder.path().join("real/loop")).unwrap();
        symlink("../outside.yaml", folder.path().join("real/link.yaml")).unwrap();
        symlink("nowhere", folder.path().join("real/broken.yaml")).unwrap();
        symlink("real", folder.path().join("folder")).unwrap();
        assert_eq!(found(&folder, &["real"]), ["real/a.yaml"]);
        assert_eq!(found(&folder, &["folder"]), ["folder/a.yaml"]);
        assert_eq!(found(&folder, &["real/link.yaml", "outside.yaml"]), ["real/link.yaml!"]);
        assert_eq!(
            found(&folder, &["real/broken.yaml"]),
            ["real/broken.yaml: there is no such file or folder"]
        );
    }

    #[test]
    fn what_is_no_file_is_refused_when_named_and_passed_over_when_walking() {
        let folder = folder();
        let path = folder.path().join("socket.yaml");
        let _socket = UnixListener::bind(&path).unwrap();
        let problem = "not a regular file: pipe its content to `casehard fix -` instead";
        assert_eq!(found(&folder, &["socket.yaml"]), [format!("socket.yaml: {problem}")]);
        assert!(found(&folder, &[""]).is_empty());
        assert_eq!(read(&path).unwrap_err().problem, problem);
        assert_eq!(read(Path::new("/dev/null")).unwrap_err().problem, problem);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_write_keeps_extended_attributes() {
        use rustix::fs::{XattrFlags, getxattr, setxattr};

        let folder = folder();
        let path = put(&folder, "compose.yaml", "old");
        if setxattr(&path, "user.note", b"kept", XattrFlags::empty()).is_err() {
            return; // This file system has none to keep.
        }
        write(&read(&path).unwrap(), b"new").unwrap();
        let mut value = [0; 16];
        let length = getxattr(&path, "user.note", &mut value).unwrap();
        assert_eq!(&value[..length], b"kept");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_not_unicode_are_found_and_written() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let folder = folder();
        let path = folder.path().join(OsStr::from_bytes(b"caf\xe9.yaml"));
        fs::write(&path, "old").unwrap();
        let found = find(&[folder.path().to_path_buf()], &Excluded::default()).found;
        assert_eq!(found[0].as_ref().unwrap().path, path);
        write(&read(&path).unwrap(), b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
}
