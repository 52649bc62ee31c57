//! A patch of files, as `git apply` and `patch -p1` take it in the folder that the program runs in.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use similar::udiff::UnifiedDiffHunk;
use similar::{DiffOp, TextDiff};

use super::diff::hunks;
use super::shown::clean;
use crate::workload::clean as clean_path;
use crate::yaml::{Node, Tree};

/// A file that changes.
pub struct Change<'c> {
    /// As the user names it.
    pub path: &'c Path,
    /// As it is.
    pub old: &'c str,
    /// What that says, where it is YAML.
    pub tree: Option<&'c Tree>,
    /// As it would be.
    pub new: &'c str,
    /// Whether it is not there.
    pub is_new: bool,
}

impl<'c> Change<'c> {
    /// That of a file that was read.
    pub fn of(path: &'c Path, old: &'c Tree, new: &'c str) -> Change<'c> {
        Change { path, old: old.text(), tree: Some(old), new, is_new: false }
    }
}

/// One patch of all of them, for the folder `here`. Where some lie elsewhere, its first line says for which folder it is.
pub fn patch(changes: &[Change<'_>], here: &Path) -> String {
    let whole: Vec<PathBuf> = changes.iter().map(|it| clean_path(&here.join(it.path))).collect();
    let mut base = here;
    while let Some(above) = base.parent().filter(|_| !whole.iter().all(|it| it.starts_with(base))) {
        base = above;
    }
    let mut out = String::new();
    if base != here {
        let base = clean(&base.to_string_lossy()).into_owned();
        let _ = writeln!(
            out,
            "# for the folder {base}: apply it by `git -C DIR apply` or `patch -p1 -d DIR`"
        );
    }
    for (change, whole) in changes.iter().zip(&whole) {
        out += &of_file(whole.strip_prefix(base).unwrap_or(whole), change);
    }
    out
}

/// The patch of one file by that name.
fn of_file(path: &Path, change: &Change<'_>) -> String {
    let diff = TextDiff::from_lines(change.old, change.new);
    let mut out = String::new();
    for hunk in hunks(&diff, 3) {
        if out.is_empty() {
            let old = if change.is_new { "/dev/null".to_owned() } else { name("a/", path) };
            let _ = write!(out, "--- {old}\n+++ {}\n", name("b/", path));
        }
        let whom = change.tree.map_or(String::new(), |it| whom(it, &hunk));
        let hunk = UnifiedDiffHunk::new(hunk, &diff, true).to_string();
        // What stands behind the second @@ is for people, as git's functions are.
        let _ = match hunk.split_once('\n') {
            Some((head, rest)) if !whom.is_empty() => write!(out, "{head} {whom}\n{rest}"),
            _ => write!(out, "{hunk}"),
        };
    }
    out
}

/// How many are named in the head of a hunk.
const NAMED: usize = 3;

/// The services or workloads that a hunk changes.
fn whom(tree: &Tree, hunk: &[DiffOp]) -> String {
    let mut names: Vec<String> = Vec::new();
    for op in hunk {
        let lines = match op {
            DiffOp::Equal { .. } => continue,
            // What comes belongs to what stands before it.
            DiffOp::Insert { old_index, .. } => old_index.saturating_sub(1)..*old_index,
            DiffOp::Delete { .. } | DiffOp::Replace { .. } => op.old_range(),
        };
        for name in lines.filter_map(|it| at(tree, it + 1)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let more = if names.len() > NAMED { ", …" } else { "" };
    names.truncate(NAMED);
    clean(&(names.join(", ") + more)).into_owned()
}

/// The service or the workload that a line, counted from one, belongs to.
pub fn at(tree: &Tree, line: usize) -> Option<String> {
    let content = |it: &usize| {
        let span = tree.line_span(*it);
        let text = &tree.text()[span.start..span.end];
        let text = text.trim_start();
        (!text.trim().is_empty() && !text.starts_with('#')).then_some(span.end - text.len())
    };
    let start = (1..=line).rev().find_map(|it| content(&it))?;
    let mut node = tree.node_at(start)?;
    loop {
        if let Some(name) = service(node).or_else(|| workload(node)) {
            return Some(name);
        }
        node = node.parent()?;
    }
}

/// The service that a key or its value is.
fn service(node: Node<'_>) -> Option<String> {
    let services = node.parent()?;
    let is_it = services.key().is_some_and(|it| it.value() == Some("services"));
    // Below a key of the root: `services` may be the name of a service too.
    let is_top = is_it && services.parent().is_some_and(|it| it.parent().is_none());
    let key = node.key().unwrap_or(node);
    let what = if node.tree().is_shown() { "container" } else { "service" };
    key.value().filter(|_| is_top).map(|it| format!("{what} {it}"))
}

/// The object of Kubernetes that a mapping is.
fn workload(node: Node<'_>) -> Option<String> {
    let kind = node.get("kind")?.value()?;
    let name = node.get("metadata")?.get("name").and_then(Node::value);
    name.map(|it| format!("{kind}/{it}"))
}

/// The path as a patch names it: relative, with slashes, and quoted as git does it where it would end the line or
/// drive a terminal.
fn name(side: &str, path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = text.trim_start_matches("./").trim_start_matches('/');
    let lost = path.to_str().is_none();
    if !lost && *clean(text) == *text && !text.contains(['"', '\\', '\t']) {
        // Where blanks are in a name, its end has to be marked: a date may follow.
        let end = if text.contains(' ') { "\t" } else { "" };
        return format!("{side}{text}{end}");
    }
    let mut quoted = format!("\"{side}");
    let mut bytes = path.as_os_str().as_encoded_bytes();
    while let Some(rest) = bytes.strip_prefix(b"./").or_else(|| bytes.strip_prefix(b"/")) {
        bytes = rest;
    }
    for byte in bytes {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => quoted.push(char::from(*byte)),
            _ => {
                let _ = write!(quoted, "\\{byte:03o}");
            }
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patched(path: &str, old: &str, new: &str) -> String {
        let old = Tree::plain(old);
        patch(&[Change::of(Path::new(path), &old, new)], Path::new("/x/y"))
    }

    #[test]
    fn paths_are_those_of_the_folder_or_of_one_above_that_holds_all() {
        let heads =
            |path: &str| patched(path, "a\n", "b\n").lines().take(2).collect::<Vec<_>>().join("\n");
        for path in ["p/a", "./p/a", "/x/y/p/a", "../y/p/a"] {
            assert_eq!(heads(path), "--- a/p/a\n+++ b/p/a", "{path}");
        }
        assert!(heads("../a").starts_with("# for the folder /x: "), "{}", heads("../a"));
        assert!(heads("../a").ends_with("\n--- a/a"), "{}", heads("../a"));
        assert!(heads("/z/a").ends_with("\n--- a/z/a"), "{}", heads("/z/a"));
    }

    #[test]
    fn heads_name_the_service_or_the_workload() {
        let head = |old: &str, new: &str| {
            let old = Tree::parse(old).unwrap();
            let text = patch(&[Change::of(Path::new("a"), &old, new)], Path::new("/"));
            text.lines().nth(2).unwrap_or("").to_owned()
        };
        let compose = "services:\n  web:\n    image: a\n\n  # b\n  db:\n    image: b\n    pid: host\nvolumes:\n  v: {}\n";
        let of = |from: &str, to: &str| head(compose, &compose.replace(from, to));
        assert_eq!(of("image: a\n", "image: a\n    init: true\n"), "@@ -1,6 +1,7 @@ service web");
        assert_eq!(of("    pid: host\n", ""), "@@ -5,6 +5,5 @@ service db");
        assert_eq!(of("  web:", "  w:"), "@@ -1,5 +1,5 @@ service web");
        assert_eq!(of("image", "build"), "@@ -1,10 +1,10 @@ service web, service db");
        assert_eq!(of("v: {}", "v:"), "@@ -7,4 +7,4 @@");
        let pod = "kind: Pod\nmetadata: {name: p}\nspec:\n  hostPID: true\n";
        assert_eq!(head(pod, &pod.replace("true", "false")), "@@ -1,4 +1,4 @@ Pod/p");
    }

    #[track_caller]
    fn check(old: &str, new: &str, hunk: &str) {
        assert_eq!(patched("a", old, new), format!("--- a/a\n+++ b/a\n{hunk}"));
    }

    #[test]
    fn an_item_goes_from_its_dash_on() {
        let old = "v:\n  - type: bind\n    source: a\n  - type: bind\n    source: b\n  - c\n";
        let new = "v:\n  - type: bind\n    source: b\n  - c\n";
        check(
            old,
            new,
            "@@ -1,6 +1,4 @@\n v:\n-  - type: bind\n-    source: a\n   - type: bind\n     source: b\n   - c\n",
        );
    }

    #[test]
    fn a_block_that_comes_does_not_begin_with_a_blank_line() {
        let old = "a: 1\n\nb: 2\n";
        let new = "a: 1\n\nc: 3\n\nb: 2\n";
        check(old, new, "@@ -1,3 +1,5 @@\n a: 1\n \n+c: 3\n+\n b: 2\n");
    }

    #[test]
    fn equal_texts_have_no_diff() {
        assert_eq!(patched("a", "a\n", "a\n"), "");
    }
}
