//! Which files are found, and what is passed over.

use std::fs;
use std::path::Path;

use casehard::source::{Exclude, Excluded, Named, Pattern, Reach, Search, find};
use tempfile::TempDir;

use super::{folder, put};

fn search(folder: &TempDir, inputs: &[&str], excluded: &Excluded) -> Search {
    let inputs: Vec<_> = inputs.iter().map(|input| folder.path().join(input)).collect();
    find(&inputs, excluded)
}

/// What `find` passes over of `inputs` inside `folder`, one line each.
fn passed(folder: &TempDir, inputs: &[&str]) -> Vec<String> {
    let passed = search(folder, inputs, &Excluded::default()).passed;
    let below = |path: &Path| path.strip_prefix(folder.path()).unwrap().display().to_string();
    passed.iter().map(|it| format!("{}: {}", below(&it.path), it.why.reason())).collect()
}

/// What `find` says of `inputs` inside `folder`, one line each.
pub(super) fn found(folder: &TempDir, inputs: &[&str]) -> Vec<String> {
    found_but(folder, inputs, &Excluded::default())
}

fn found_but(folder: &TempDir, inputs: &[&str], excluded: &Excluded) -> Vec<String> {
    let below = |path: &Path| path.strip_prefix(folder.path()).unwrap().display().to_string();
    search(folder, inputs, excluded)
        .found
        .into_iter()
        .map(|it| match it {
            Ok(found) if found.named == Named::Outright => format!("{}!", below(&found.path)),
            Ok(found) => below(&found.path),
            Err(error) => format!("{}: {}", below(&error.path), error.problem),
        })
        .collect()
}

#[test]
fn a_folder_is_walked_in_order_for_yaml_and_json() {
    let folder = folder();
    for name in ["b/compose.yml", "a.yaml", "b/Pod.YAML", "c.json", "b.yaml", "README.md", "yaml"] {
        put(&folder, name, "");
    }
    fs::create_dir(folder.path().join("compose.yaml")).unwrap();
    assert_eq!(
        found(&folder, &[""]),
        ["a.yaml", "b/Pod.YAML", "b/compose.yml", "b.yaml", "c.json"]
    );
}

#[test]
fn ignored_files_are_passed_over_outside_a_repository_too() {
    let folder = folder();
    put(&folder, ".gitignore", "build/\n/local.yaml\n");
    put(&folder, ".ignore", "a.yaml\n");
    put(&folder, "deep/.gitignore", "*.gen.yaml\n!kept.gen.yaml\n");
    for name in [
        "a.yaml",
        "local.yaml",
        "build/b.yaml",
        ".git/c.yaml",
        "deep/local.yaml",
        "deep/x.gen.yaml",
        "deep/kept.gen.yaml",
    ] {
        put(&folder, name, "");
    }
    assert_eq!(found(&folder, &[""]), ["a.yaml", "deep/kept.gen.yaml", "deep/local.yaml"]);
    assert_eq!(
        passed(&folder, &[""]),
        [
            ".git: the store of version control",
            "build: ignored by git",
            "deep/x.gen.yaml: ignored by git",
            "local.yaml: ignored by git"
        ]
    );
    assert_eq!(found(&folder, &["build"]), ["build/b.yaml"]);
}

#[test]
fn hidden_files_and_folders_are_walked() {
    let folder = folder();
    for name in [".devcontainer/compose.yaml", ".compose.yaml", "a/.b/.c.json", ".jj/x.yaml"] {
        put(&folder, name, "");
    }
    assert_eq!(
        found(&folder, &[""]),
        [".compose.yaml", ".devcontainer/compose.yaml", "a/.b/.c.json"]
    );
}

#[test]
fn what_tools_fetch_or_make_is_passed_over_unless_it_is_named() {
    let folder = folder();
    const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n";
    put(&folder, "target/CACHEDIR.TAG", TAG);
    put(&folder, "dist/CACHEDIR.TAG", "# not a cache\n");
    put(&folder, "environment/pyvenv.cfg", "home = /usr/bin\n");
    for name in [
        "node_modules/a/x.yaml",
        "web/vendor/x.yaml",
        ".terraform/x.yaml",
        "target/x.yaml",
        "environment/x.yaml",
        "dist/x.yaml",
        "third_party/x.yaml",
        "vendors/x.yaml",
    ] {
        put(&folder, name, "");
    }
    assert_eq!(found(&folder, &[""]), ["dist/x.yaml", "third_party/x.yaml", "vendors/x.yaml"]);
    let passed: Vec<String> =
        passed(&folder, &[""]).iter().map(|it| it.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(passed, [".terraform", "environment", "node_modules", "target", "web/vendor"]);
    assert_eq!(found(&folder, &["web/vendor", "target"]), ["target/x.yaml", "web/vendor/x.yaml"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_within_what_was_named_and_in_no_circle() {
    use std::os::unix::fs::symlink;
    let folder = folder();
    for name in ["in/base.txt", "in/prod.yaml", "out/x.yaml", "in/sub/y.yaml"] {
        put(&folder, name, "");
    }
    fs::create_dir(folder.path().join("in/app")).unwrap();
    for (target, name) in [
        ("../base.txt", "in/app/a.yaml"),
        ("../base.txt", "in/app/compose.yaml"),
        ("../prod.yaml", "in/app/b.yaml"),
        ("../../out/x.yaml", "in/app/c.yaml"),
        ("nothing", "in/app/d.yaml"),
        ("..", "in/app/circle"),
        ("../../out", "in/app/folder"),
        ("e.yaml", "in/app/e.yaml"),
        ("g", "in/app/f.yaml"),
        ("f.yaml", "in/app/g"),
    ] {
        symlink(target, folder.path().join(name)).unwrap();
    }
    assert_eq!(found(&folder, &["in"]), ["in/app/compose.yaml", "in/prod.yaml", "in/sub/y.yaml"]);
    let out = "a link to what was not named: name that too";
    assert_eq!(
        passed(&folder, &["in"]),
        [
            format!("in/app/c.yaml: {out}"),
            "in/app/d.yaml: a link to nothing".to_owned(),
            "in/app/e.yaml: a link that leads to itself".to_owned(),
            "in/app/f.yaml: a link that leads to itself".to_owned(),
            format!("in/app/folder: {out}"),
        ]
    );
    // Named together, what a link leads to is judged, once.
    let both = found(&folder, &["in/app", "out/x.yaml"]);
    assert_eq!(both, ["out/x.yaml!"]);
}

#[test]
fn what_is_excluded_is_passed_over_and_what_is_named_only_by_force() {
    let folder = folder();
    for name in ["a.yaml", "gen/b.yaml", "x/gen/c.yaml", "x/d.gen.yaml"] {
        put(&folder, name, "");
    }
    let patterns = |all: &[&str]| all.iter().map(|it| Pattern::parse(it).unwrap()).collect();
    let excluded = |all: &[&str], reach| Excluded {
        excludes: vec![Exclude::below(folder.path(), patterns(all))],
        reach,
    };
    let walked = |all: &[&str]| found_but(&folder, &[""], &excluded(all, Reach::Walked));
    assert_eq!(walked(&["gen"]), ["a.yaml", "x/d.gen.yaml"]);
    assert_eq!(walked(&["./gen/**"]), ["a.yaml", "x/d.gen.yaml", "x/gen/c.yaml"]);
    assert_eq!(walked(&["*.gen.yaml", "x/gen/*"]), ["a.yaml", "gen/b.yaml"]);
    let named = |reach| found_but(&folder, &["gen/b.yaml", "x/gen"], &excluded(&["gen"], reach));
    assert_eq!(named(Reach::Walked), ["gen/b.yaml!", "x/gen/c.yaml"]);
    assert_eq!(named(Reach::Named), [""; 0]);
}

#[test]
fn a_file_named_outright_is_taken_whatever_it_is_called() {
    let folder = folder();
    put(&folder, ".gitignore", "*\n");
    put(&folder, ".hidden/stack", "");
    assert_eq!(found(&folder, &[".hidden/stack"]), [".hidden/stack!"]);
}

#[test]
fn a_file_is_found_once_as_it_was_first_named_outright() {
    let folder = folder();
    put(&folder, "sub/a.yaml", "");
    put(&folder, "sub/b.yaml", "");
    let again = found(&folder, &["sub", "sub/b.yaml", "sub/../sub/b.yaml", "sub", ""]);
    assert_eq!(again, ["sub/a.yaml", "sub/b.yaml!"]);
}

#[test]
fn what_is_missing_is_an_error_in_its_place_and_the_rest_is_found() {
    let folder = folder();
    put(&folder, "a.yaml", "");
    put(&folder, "c.yaml", "");
    assert_eq!(
        found(&folder, &["c.yaml", "b.yaml", "a.yaml", "b.yaml"]),
        ["a.yaml!", "b.yaml: there is no such file or folder", "c.yaml!"]
    );
}
