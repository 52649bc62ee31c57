//! The difference between two texts for people: hunks, with the changed words marked.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, DiffOp, DiffTag, TextDiff};

use super::show::{clean, file_name, fit, paint};
use crate::report::diff::hunks;
use crate::report::patch::at;
use crate::workload::File;

const CONTEXT: usize = 2;
const PLACE: Style = AnsiColor::Cyan.on_default();
const OLD: Style = AnsiColor::Red.on_default();
const NEW: Style = AnsiColor::Green.on_default();

/// What becomes of a line that is wider than the terminal.
#[derive(Debug, Clone, Copy)]
enum Long {
    /// It is cut around what changed in it.
    Cut,
    /// It goes on in the next row, from a blank or a comma on.
    Wrapped,
}

/// The hunks that lead from the old text of a file to the new one, all of them in that container.
pub(super) fn marked(path: &Path, subject: &str, texts: (&str, &str), width: usize) -> String {
    all(path, texts, (width, Long::Cut), &|_| Some(subject.to_owned()))
}

/// All that changes in a file, each hunk with the service or the workload that it begins in.
pub(super) fn whole(old: &File, new: &File, width: usize) -> String {
    let texts = (old.tree.text(), new.tree.text());
    all(&old.path, texts, (width, Long::Wrapped), &|line| at(&old.tree, line))
}

fn all(
    path: &Path,
    (old, new): (&str, &str),
    (width, long): (usize, Long),
    subject: &dyn Fn(usize) -> Option<String>,
) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut out = String::new();
    for hunk in hunks(&diff, CONTEXT) {
        let changed = hunk.iter().find(|it| it.tag() != DiffTag::Equal);
        let line = changed.map_or(0, |it| it.old_range().start) + 1;
        // What is put in before a line belongs to what stands above it.
        let inside = line - usize::from(changed.is_some_and(|it| it.tag() == DiffTag::Insert));
        let subject = subject(inside).map_or(String::new(), |it| format!(" {}", clean(&it)));
        let place = format!("@@ {}:{line} @@{subject}", file_name(path));
        let _ = writeln!(out, "{}", paint(PLACE, &fit(&place, width)));
        hunk.iter().for_each(|it| operation(&mut out, &diff, it, (width, long)));
    }
    out
}

fn operation<'t>(
    out: &mut String,
    diff: &TextDiff<'t, 't, str>,
    operation: &DiffOp,
    (width, long): (usize, Long),
) {
    for (number, change) in diff.iter_inline_changes(operation).enumerate() {
        let (sign, style) = match change.tag() {
            ChangeTag::Equal => (' ', Style::new()),
            ChangeTag::Delete => ('-', OLD),
            ChangeTag::Insert => ('+', NEW),
        };
        out.push_str(&paint(style, &sign.to_string()));
        let line = |text: &str| clean(text.trim_end_matches(['\r', '\n']));
        let parts: Vec<(bool, String)> =
            change.values().iter().map(|(marked, text)| (*marked, line(text))).collect();
        let rows = match long {
            Long::Cut => {
                let parts = marked_against(parts, || other(diff, operation, number).map(line));
                let parts = cut(parts, (width * ROWS).saturating_sub(1));
                let length: usize = parts.iter().map(|it| it.1.chars().count()).sum();
                match length < width * ROWS {
                    true => vec![parts],
                    false => wrapped(&parts, width.saturating_sub(1 + GOES_ON.len())),
                }
            }
            Long::Wrapped => wrapped(&parts, width.saturating_sub(1 + GOES_ON.len())),
        };
        for (number, row) in rows.into_iter().enumerate() {
            out.push_str(if number > 0 { GOES_ON } else { "" });
            for (marked, text) in row {
                let style = if marked { style.bold().underline() } else { style };
                out.push_str(&paint(style, &text));
            }
            out.push('\n');
        }
        if change.missing_newline() && change.tag() != ChangeTag::Equal {
            out.push_str("\\ no line end\n");
        }
    }
}

/// The line that takes the place of one of a change, counted over those that go and those that come.
fn other<'d>(
    diff: &'d TextDiff<'_, '_, str>,
    operation: &DiffOp,
    number: usize,
) -> Option<&'d str> {
    let (old, new) = (operation.old_range(), operation.new_range());
    match number.checked_sub(old.len()) {
        _ if operation.tag() != DiffTag::Replace => None,
        None => diff.new_slice(new.start + number).filter(|_| number < new.len()),
        Some(at) => diff.old_slice(old.start + at).filter(|_| at < old.len()),
    }
}

/// The parts of a line of which nothing is marked, since too much of it changed, with what differs from the other one
/// between its ends marked.
fn marked_against(
    parts: Vec<(bool, String)>,
    other: impl FnOnce() -> Option<String>,
) -> Vec<(bool, String)> {
    if parts.iter().any(|it| it.0) {
        return parts;
    }
    let Some(other) = other() else { return parts };
    let text: Vec<char> = parts.iter().flat_map(|it| it.1.chars()).collect();
    let other: Vec<char> = other.chars().collect();
    let same = |it: &(&char, &char)| it.0 == it.1;
    let first = text.iter().zip(&other).take_while(same).count();
    let room = text.len().min(other.len()) - first;
    let last = text.iter().rev().zip(other.iter().rev()).take(room).take_while(same).count();
    let end = text.len() - last;
    let part = |marked, it: &[char]| (marked, it.iter().collect::<String>());
    let parts =
        [part(false, &text[..first]), part(true, &text[first..end]), part(false, &text[end..])];
    parts.into_iter().filter(|it| !it.1.is_empty()).collect()
}

/// What stands before a row that goes on with a line.
const GOES_ON: &str = "    ";

/// A line in rows of so many letters, which end behind a blank or a comma where one is near.
fn wrapped(parts: &[(bool, String)], room: usize) -> Vec<Vec<(bool, String)>> {
    let letters: Vec<(bool, char)> =
        parts.iter().flat_map(|(marked, text)| text.chars().map(|it| (*marked, it))).collect();
    let mut rows = Vec::new();
    let mut rest = &*letters;
    while rest.len() > room.max(2) {
        let row = &rest[..room.max(2)];
        let near = row.iter().rposition(|it| matches!(it.1, ' ' | ',')).map_or(0, |it| it + 1);
        let end = if near > row.len() / 2 { near } else { row.len() };
        rows.push(joined(&rest[..end]));
        rest = &rest[end..];
    }
    rows.push(joined(rest));
    rows
}

/// Letters, those that are marked alike together.
fn joined(letters: &[(bool, char)]) -> Vec<(bool, String)> {
    let alike = letters.chunk_by(|one, other| one.0 == other.0);
    alike.map(|it| (it[0].0, it.iter().map(|it| it.1).collect())).collect()
}

/// How many rows of the terminal a line may take.
const ROWS: usize = 2;

/// How many letters stay around what changed in a line that is cut.
const AROUND: usize = 30;

/// How many letters of what changed are shown in a line that is cut.
const CHANGED: usize = 1500;

/// A line that would fill the screen, cut around what changed in it.
fn cut(parts: Vec<(bool, String)>, room: usize) -> Vec<(bool, String)> {
    let length: usize = parts.iter().map(|it| it.1.chars().count()).sum();
    if length <= room {
        return parts;
    }
    if parts.iter().all(|it| !it.0) {
        let text: String = parts.into_iter().map(|it| it.1).collect();
        return vec![(false, ends(&text, room.saturating_sub(AROUND), AROUND.min(room)))];
    }
    let last = parts.len() - 1;
    let shorter = |(at, (marked, text)): (usize, (bool, String))| match marked {
        true => (true, ends(&text, CHANGED / 2, CHANGED / 2)),
        false => {
            let (before, after) =
                (if at == 0 { 0 } else { AROUND }, if at == last { 0 } else { AROUND });
            (false, ends(&text, before, after))
        }
    };
    parts.into_iter().enumerate().map(shorter).collect()
}

/// The first and the last letters of a text, with dots between them where some are left out.
fn ends(text: &str, first: usize, last: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= first + last + 2 {
        return text.to_owned();
    }
    let head: String = letters[..first].iter().collect();
    let tail: String = letters[letters.len() - last..].iter().collect();
    format!("{head}..{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(old: &str, new: &str) -> String {
        anstream::adapter::strip_str(&marked(Path::new("a.yaml"), "service web", (old, new), 80))
            .to_string()
    }

    #[test]
    fn a_hunk_names_its_file_and_line() {
        let old = "a\nb\nc\nd\ne: true\r\nf\ng\nh\n";
        assert_eq!(
            plain(old, &old.replace("true", "false")),
            "@@ a.yaml:5 @@ service web\n c\n d\n-e: true\n+e: false\n f\n g\n"
        );
    }

    #[test]
    fn the_changed_word_alone_is_marked() {
        let text = marked(Path::new("a"), "x", ("e: true x y\n", "e: false x y\n"), 80);
        let marked = OLD.bold().underline();
        assert!(text.contains(&paint(marked, "true")), "{text:?}");
        assert!(!text.contains(&paint(marked, "e: true x y")), "{text:?}");
    }

    #[test]
    fn a_text_without_a_final_line_end_says_so() {
        assert_eq!(
            plain("a", "b"),
            "@@ a.yaml:1 @@ service web\n-a\n\\ no line end\n+b\n\\ no line end\n"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_what_changed() {
        let long = "x".repeat(400);
        let old = format!("{{\"a\": \"{long}\", \"privileged\": true, \"b\": \"{long}\"}}\n");
        let text = plain(&old, &old.replace("true", "false"));
        assert!(text.contains("\"privileged\": false, \"b\":"), "{text}");
        assert!(text.lines().all(|it| it.chars().count() <= 160), "{text}");
    }

    #[test]
    fn a_long_line_shows_all_that_is_put_in() {
        let put_in: String = (0..9).map(|it| format!("\"/run/{it}:uid=999,gid=999\", ")).collect();
        let old =
            "{\"services\": {\"web\": {\"image\": \"a\"}}, \"x-rest\": \"some more of it\"}\n";
        let new = old.replace("\"a\"", &format!("\"a\", \"tmpfs\": [{put_in}]"));
        for width in [40, 60, 80] {
            let shown = marked(Path::new("a.json"), "service web", (old, &new), width);
            let shown = anstream::adapter::strip_str(&shown).to_string();
            let line = shown.replace(&format!("\n{GOES_ON}"), "");
            assert!(line.contains(&put_in), "{shown}");
            assert!(shown.lines().skip(1).all(|it| it.chars().count() <= 2 * width), "{shown}");
        }
    }

    #[test]
    fn a_whole_line_goes_on_in_the_next_row() {
        let parts = [(false, "{\"a\": \"bcd\", ".to_owned()), (true, "\"e\": 1".to_owned())];
        let rows: Vec<String> = wrapped(&parts, 10)
            .iter()
            .map(|it| it.iter().map(|it| it.1.as_str()).collect())
            .collect();
        assert_eq!(rows, ["{\"a\": ", "\"bcd\", ", "\"e\": 1"]);
        assert_eq!(wrapped(&[], 10).len(), 1);
        assert_eq!(wrapped(&[(true, "x".repeat(25))], 10).len(), 3);
    }
}
