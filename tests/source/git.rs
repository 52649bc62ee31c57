//! What of files could not be had back from version control.

use std::path::Path;
use std::process::Command;

use casehard::source::{Unsaved, unsaved};
use tempfile::TempDir;

use super::{folder, put};

/// Runs git in a folder; not every machine has it.
fn git(folder: &Path, arguments: &str) -> Option<()> {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]);
    git.args(arguments.split(' ')).current_dir(folder).env_remove("GIT_DIR");
    git.env_remove("GIT_INDEX_FILE").env_remove("GIT_WORK_TREE");
    git.output().ok()?.status.success().then_some(())
}

/// A repository in which some files are committed; `ignored/` is ignored.
fn repository(names: &[&str]) -> Option<TempDir> {
    let folder = folder();
    put(&folder, "repo/.gitignore", "ignored/\n");
    names.iter().for_each(|name| drop(put(&folder, name, "old")));
    let repo = folder.path().join("repo");
    git(&repo, "init -q")?;
    git(&repo, "add .")?;
    git(&repo, "commit -q -m all")?;
    Some(folder)
}

/// How many files were asked about, which changed and which git does not know, without the folder.
fn told(folder: &TempDir, names: &[&str]) -> (usize, Vec<String>, Vec<String>) {
    let paths: Vec<_> = names.iter().map(|it| folder.path().join(it)).collect();
    let Unsaved { files, changed, outside } =
        unsaved(&paths.iter().map(|it| it.as_path()).collect::<Vec<_>>());
    let short = |paths: Vec<std::path::PathBuf>| {
        let short = paths.iter().map(|it| it.strip_prefix(folder.path()).unwrap());
        short.map(|it| it.to_string_lossy().into_owned()).collect()
    };
    (files, short(changed), short(outside))
}

#[test]
fn what_is_committed_is_saved_and_what_is_not_is_named() {
    let names = ["repo/a.yaml", "repo/b/c.yaml", "repo/b/[x] *.yaml", "repo/staged.yaml"];
    let Some(it) = repository(&names) else { return };
    assert_eq!(told(&it, &names), (4, vec![], vec![]));
    put(&it, "repo/b/c.yaml", "new");
    put(&it, "repo/b/[x] *.yaml", "new");
    put(&it, "repo/staged.yaml", "new");
    git(&it.path().join("repo"), "add staged.yaml").unwrap();
    put(&it, "repo/elsewhere.yaml", "not asked about");
    put(&it, "repo/fresh/d.yaml", "untracked");
    put(&it, "repo/ignored/deep/e.yaml", "ignored");
    put(&it, "f.yaml", "in no repository");
    let more = ["repo/fresh/d.yaml", "repo/ignored/deep/e.yaml", "f.yaml"];
    let changed = ["repo/b/[x] *.yaml", "repo/b/c.yaml", "repo/staged.yaml"].map(str::to_owned);
    let outside = ["f.yaml", "repo/fresh/d.yaml", "repo/ignored/deep/e.yaml"].map(str::to_owned);
    assert_eq!(told(&it, &[&names[..], &more].concat()), (7, changed.to_vec(), outside.to_vec()));
}

#[cfg(unix)]
#[test]
fn a_link_is_asked_about_as_the_file_that_it_leads_to() {
    let Some(it) = repository(&["repo/a.yaml"]) else { return };
    std::os::unix::fs::symlink("repo/a.yaml", it.path().join("link.yaml")).unwrap();
    assert_eq!(told(&it, &["link.yaml"]), (1, vec![], vec![]));
    put(&it, "repo/a.yaml", "new");
    assert_eq!(told(&it, &["link.yaml"]), (1, vec!["link.yaml".to_owned()], vec![]));
}

#[test]
fn many_files_are_asked_about_in_one_go_or_several() {
    let names: Vec<String> = (0..900).map(|it| format!("repo/{it:0>30}.yaml")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let Some(it) = repository(&names) else { return };
    put(&it, names[0], "new");
    put(&it, names[899], "new");
    let changed = vec![names[0].to_owned(), names[899].to_owned()];
    assert_eq!(told(&it, &names), (900, changed, vec![]));
}

#[test]
fn where_git_cannot_tell_nothing_is_said() {
    let it = folder();
    put(&it, "repo/.git", "not what git makes");
    put(&it, "repo/a.yaml", "");
    put(&it, "other/.hg/x", "");
    put(&it, "other/b.yaml", "");
    assert_eq!(told(&it, &["repo/a.yaml", "other/b.yaml", "missing.yaml"]), (3, vec![], vec![]));
}
