//! Differences between two texts: whole entries and items come and go, and a patch that `git apply` takes.

use std::fmt::Write as _;
use std::path::Path;

use super::shown::clean;
use similar::udiff::UnifiedDiffHunk;
use similar::{DiffOp, TextDiff, group_diff_ops};

/// The diff of one file, as `patch -p1` and `git apply` take it.
pub fn unified(path: &Path, old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut out = String::new();
    for hunk in hunks(&diff, 3) {
        if out.is_empty() {
            let _ = write!(out, "--- {}\n+++ {}\n", name("a/", path), name("b/", path));
        }
        let _ = write!(out, "{}", UnifiedDiffHunk::new(hunk, &diff, true));
    }
    out
}

/// The hunks of a diff, in which lines that come or go together begin with the first line of their entry.
pub fn hunks<'d>(diff: &'d TextDiff<'_, '_, str>, context: usize) -> Vec<Vec<DiffOp>> {
    let mut ops = diff.ops().to_vec();
    for at in 1..ops.len() {
        let equal = |it: Option<&DiffOp>| match it {
            Some(DiffOp::Equal { len, .. }) => Some(*len),
            _ => None,
        };
        let Some(before) = equal(ops.get(at - 1)) else { continue };
        let (start, len, line): (_, _, &dyn Fn(usize) -> Option<&'d str>) = match ops[at] {
            DiffOp::Delete { old_index, old_len, .. } => {
                (old_index, old_len, &|it| diff.old_slice(it))
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                (new_index, new_len, &|it| diff.new_slice(it))
            }
            DiffOp::Equal { .. } | DiffOp::Replace { .. } => continue,
        };
        if equal(ops.get(at + 1)).is_some() {
            slide(&mut ops, at, best(start, len, before, line));
        }
    }
    ops.retain(|it| !matches!(it, DiffOp::Equal { len: 0, .. }));
    group_diff_ops(ops, context)
}

/// By how many lines to move a block upwards, so that it begins as far left as it can.
fn best<'t>(
    start: usize,
    len: usize,
    room: usize,
    line: &dyn Fn(usize) -> Option<&'t str>,
) -> usize {
    let indent = |by: usize| {
        let text = line(start - by).unwrap_or("");
        let rest = text.trim_start();
        if rest.is_empty() { usize::MAX } else { text.len() - rest.len() }
    };
    let same = |by: &usize| line(start - by) == line(start + len - by);
    let reach = (1..=room.min(len)).take_while(same).count();
    (0..=reach).min_by_key(|by| indent(*by)).unwrap_or(0)
}

/// Moves a block upwards over lines that are the same at its end.
fn slide(ops: &mut [DiffOp], at: usize, by: usize) {
    let [before, block, after] = &mut ops[at - 1..=at + 1] else { return };
    if let DiffOp::Equal { len, .. } = before {
        *len -= by;
    }
    match block {
        DiffOp::Delete { old_index, new_index, .. }
        | DiffOp::Insert { old_index, new_index, .. } => {
            *old_index -= by;
            *new_index -= by;
        }
        DiffOp::Equal { .. } | DiffOp::Replace { .. } => (),
    }
    if let DiffOp::Equal { old_index, new_index, len } = after {
        *old_index -= by;
        *new_index -= by;
        *len += by;
    }
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

    #[track_caller]
    fn check(old: &str, new: &str, hunk: &str) {
        assert_eq!(unified(Path::new("a"), old, new), format!("--- a/a\n+++ b/a\n{hunk}"));
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
        assert_eq!(unified(Path::new("a"), "a\n", "a\n"), "");
    }
}
