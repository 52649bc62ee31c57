//! The difference between two texts for people: hunks, with the changed words marked.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, DiffOp, DiffTag, TextDiff};

use super::show::{clean, file_name, paint};
use crate::report::diff::hunks;

const CONTEXT: usize = 2;
const PLACE: Style = AnsiColor::Cyan.on_default();
const OLD: Style = AnsiColor::Red.on_default();
const NEW: Style = AnsiColor::Green.on_default();

/// The hunks that lead from the old text of a file to the new one.
pub(super) fn marked(path: &Path, old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut out = String::new();
    for hunk in hunks(&diff, CONTEXT) {
        let changed = hunk.iter().find(|it| it.tag() != DiffTag::Equal);
        let line = changed.map_or(0, |it| it.old_range().start) + 1;
        let place = format!("@@ {}:{line} @@", file_name(path));
        let _ = writeln!(out, "{}", paint(PLACE, &place));
        hunk.iter().for_each(|it| operation(&mut out, &diff, it));
    }
    out
}

fn operation<'t>(out: &mut String, diff: &TextDiff<'t, 't, str>, operation: &DiffOp) {
    for change in diff.iter_inline_changes(operation) {
        let (sign, style) = match change.tag() {
            ChangeTag::Equal => (' ', Style::new()),
            ChangeTag::Delete => ('-', OLD),
            ChangeTag::Insert => ('+', NEW),
        };
        out.push_str(&paint(style, &sign.to_string()));
        for (marked, text) in change.values() {
            let text = clean(text.trim_end_matches(['\r', '\n']));
            let style = if *marked { style.bold().underline() } else { style };
            out.push_str(&paint(style, &text));
        }
        out.push('\n');
        if change.missing_newline() && change.tag() != ChangeTag::Equal {
            out.push_str("\\ no line end\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(old: &str, new: &str) -> String {
        anstream::adapter::strip_str(&marked(Path::new("a.yaml"), old, new)).to_string()
    }

    #[test]
    fn a_hunk_names_its_file_and_line() {
        let old = "a\nb\nc\nd\ne: true\r\nf\ng\nh\n";
        assert_eq!(
            plain(old, &old.replace("true", "false")),
            "@@ a.yaml:5 @@\n c\n d\n-e: true\n+e: false\n f\n g\n"
        );
    }

    #[test]
    fn the_changed_word_alone_is_marked() {
        let text = marked(Path::new("a"), "e: true x y\n", "e: false x y\n");
        let marked = OLD.bold().underline();
        assert!(text.contains(&paint(marked, "true")), "{text:?}");
        assert!(!text.contains(&paint(marked, "e: true x y")), "{text:?}");
    }

    #[test]
    fn a_text_without_a_final_line_end_says_so() {
        assert_eq!(
            plain("a", "b"),
            "@@ a:1 @@\n-a\n\\ no line end\n+b\n\\ no line end\n".replace("a:1", "a.yaml:1")
        );
    }
}
