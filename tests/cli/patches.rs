//! What `fix` prints: a patch that applies where it was made, or the mended text.

use std::process::{Command, Stdio};

use super::{WEAK, folder, read, run, run_with};

/// A patch is applied where it is made, whatever its files are called there.
#[cfg(unix)]
#[test]
fn a_patch_of_absolute_and_outer_paths_applies() {
    let it = folder(&[("a/compose.yaml", WEAK), ("b/compose.yaml", WEAK)]);
    let written = folder(&[("a/compose.yaml", WEAK)]);
    assert_eq!(run(&written, "fix --yes --confidence risky").code, 0);
    let here = it.path().canonicalize().unwrap();
    let fix = "fix --diff --confidence risky";
    let apply = |folder: &std::path::Path, arguments: &[&str], patch: &str| {
        let mut child = Command::new("git")
            .arg("apply")
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), patch.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{patch}");
    };
    let patch = run(&it, &format!("{fix} {}/a", here.display())).out;
    assert!(
        patch.starts_with("--- a/a/compose.yaml\n") && patch.contains("@@ service web\n"),
        "{patch}"
    );
    apply(&here, &["-"], &patch);
    assert_eq!(read(&it, "a/compose.yaml"), read(&written, "a/compose.yaml"));
    let outer = run_with(&here.join("a"), &format!("{fix} ../b"), "").out;
    let base = outer.lines().next().unwrap().strip_prefix("# for the folder ").unwrap();
    assert_eq!(base.split(": ").next(), Some(&*here.to_string_lossy()));
    apply(&here, &["-"], &outer);
    assert_eq!(read(&it, "b/compose.yaml"), read(&written, "a/compose.yaml"));
}

#[test]
fn a_patch_has_colour_where_it_is_wished() {
    let it = folder(&[("compose.yaml", WEAK)]);
    let fix = "fix --diff --confidence risky";
    let plain = run(&it, fix).out;
    let colored = run(&it, &format!("{fix} --color always")).out;
    assert!(!plain.contains('\u{1b}') && run(&it, &format!("{fix} --color never")).out == plain);
    assert!(colored.contains("\u{1b}[31m-") && colored.contains("\u{1b}[32m+"), "{colored}");
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
}

#[test]
fn a_filter_tells_what_its_standard_output_is() {
    let it = folder(&[]);
    let ran = run_with(it.path(), "fix - --format json", WEAK);
    assert!(
        ran.code == 2 && ran.out.is_empty() && ran.err.contains("--output FILE"),
        "{}",
        ran.err
    );
    let ran = run_with(it.path(), "fix - --format json --output r.json", WEAK);
    assert!(
        ran.code == 0 && ran.out.starts_with("services:") && read(&it, "r.json").starts_with('{')
    );
    let ran = run_with(it.path(), "fix --diff - --format json --confidence risky", WEAK);
    assert!(ran.code == 1 && ran.out.starts_with("{\n"), "{}", ran.out);
}
