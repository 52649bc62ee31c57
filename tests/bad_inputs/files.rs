//! Files that are not plain files, or not ours to replace.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use crate::attempt::casehard;

const WEAK: &str = "services:\n  web:\n    image: a\n    privileged: true\n";

fn fix(folder: &Path, what: &[&str]) -> (i32, String) {
    let arguments = ["fix", "--yes", "--confidence", "risky"];
    let output = casehard().current_dir(folder).args(arguments).args(what).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn a_link_stays_a_link_and_its_target_is_mended() {
    let folder = folder(&[("real.yaml", WEAK)]);
    let link = folder.path().join("compose.yaml");
    symlink("real.yaml", &link).unwrap();
    assert_eq!(fix(folder.path(), &["compose.yaml"]).0, 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(
        fs::read_to_string(folder.path().join("real.yaml")).unwrap().contains("privileged: false")
    );
}

#[test]
fn the_mode_stays() {
    let folder = folder(&[("compose.yaml", WEAK)]);
    let path = folder.path().join("compose.yaml");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    assert_eq!(fix(folder.path(), &["."]).0, 0);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn files_that_must_not_be_replaced_are_refused_and_the_others_mended() {
    let folder = folder(&[
        ("a.yaml", WEAK),
        ("b.yaml", WEAK),
        ("c.yaml", "services: {web: {image: [}}"),
        ("d.yaml", WEAK),
    ]);
    let at = |name: &str| folder.path().join(name);
    fs::set_permissions(at("a.yaml"), Permissions::from_mode(0o444)).unwrap();
    fs::hard_link(at("b.yaml"), at("b2.txt")).unwrap();
    let (code, said) =
        fix(folder.path(), &["a.yaml", "b.yaml", "c.yaml", "d.yaml", "missing.yaml"]);
    assert_eq!(code, 2, "{said}");
    for words in [
        "a.yaml: the file is read-only",
        "b.yaml: has 2 hard links",
        "c.yaml:1:",
        "missing.yaml: there is no",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(fs::read_to_string(at("a.yaml")).unwrap(), WEAK);
    assert_eq!(fs::read_to_string(at("b.yaml")).unwrap(), WEAK);
    assert!(fs::read_to_string(at("d.yaml")).unwrap().contains("privileged: false"));
}

#[test]
fn a_file_with_nothing_to_do_keeps_its_time() {
    let folder = folder(&[("compose.yaml", "services:\n  web:\n    provider: {type: x}\n")]);
    let path = folder.path().join("compose.yaml");
    let before = fs::metadata(&path).unwrap();
    assert_eq!(fix(folder.path(), &["."]).0, 0);
    let after = fs::metadata(&path).unwrap();
    assert_eq!((before.mtime_nsec(), before.ino()), (after.mtime_nsec(), after.ino()));
}

#[test]
fn a_file_given_twice_is_mended_once() {
    let folder = folder(&[("compose.yaml", WEAK)]);
    let path = folder.path().join("compose.yaml");
    let (code, said) =
        fix(folder.path(), &["compose.yaml", "./compose.yaml", ".", path.to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(fs::read_to_string(path).unwrap().matches("user:").count(), 1);
}

#[test]
fn folders_pipes_and_devices_are_told_apart() {
    let folder = folder(&[]);
    fs::create_dir(folder.path().join("compose.yaml")).unwrap();
    fs::write(folder.path().join("compose.yaml/stack.yml"), WEAK).unwrap();
    assert_eq!(fix(folder.path(), &["compose.yaml"]).0, 0);
    let (code, said) = fix(folder.path(), &["/dev/null"]);
    assert!(code == 2 && said.contains("not a regular file"), "{said}");
    let pipe = folder.path().join("pipe.yaml");
    if std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|it| it.success()) {
        let (code, said) = fix(folder.path(), &["pipe.yaml"]);
        assert!(code == 2 && said.contains("not a regular file"), "{said}");
    }
}

#[test]
fn a_path_that_is_not_utf_8_is_no_matter() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = folder(&[]);
    let path = folder.path().join(OsStr::from_bytes(b"caf\xe9.yaml"));
    fs::write(&path, WEAK).unwrap();
    assert_eq!(fix(folder.path(), &["."]).0, 0);
    assert!(fs::read_to_string(path).unwrap().contains("privileged: false"));
}

#[test]
fn a_folder_that_cannot_be_written_leaves_the_file() {
    let folder = folder(&[("compose.yaml", WEAK)]);
    let locked = || fs::write(folder.path().join("x"), "").is_err();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
    // Root is not stopped by the mode.
    if locked() {
        let (code, said) = fix(folder.path(), &["compose.yaml"]);
        assert!(code == 2 && said.contains("compose.yaml: "), "{said}");
        assert_eq!(fs::read_to_string(folder.path().join("compose.yaml")).unwrap(), WEAK);
    }
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
}
