//! Lifts here-documents out of `RUN` lines, which the parser knows only where they come first.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The here-documents of `RUN` instructions, their end lines included, by the line of the instruction.
pub(super) type Bodies = BTreeMap<usize, String>;

/// How many here-documents may lack their end before the search is given up.
const UNENDED: usize = 8;

/// The text with comments in place of the here-documents, and these.
pub(super) fn lift(text: &str) -> (Cow<'_, str>, Bodies) {
    if !text.contains("<<") {
        return (Cow::Borrowed(text), Bodies::new());
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut bodies = Bodies::new();
    let mut masked = vec![false; lines.len()];
    let (mut at, mut unended) = (0, 0);
    while at < lines.len() && unended < UNENDED {
        let start = at;
        at = end_of_instruction(&lines, at);
        let Some(keyword) = lines[start].split_whitespace().next() else { continue };
        let is_run = keyword.eq_ignore_ascii_case("RUN");
        if !is_run && !["COPY", "ADD"].iter().any(|it| keyword.eq_ignore_ascii_case(it)) {
            continue;
        }
        let text = lines[start..at].concat();
        let first_of_run = is_run && comes_first(&text);
        for delimiter in delimiters(&text) {
            let Some(end) = (at..lines.len()).find(|it| ends(lines[*it], &delimiter)) else {
                unended += 1;
                break;
            };
            if is_run && !first_of_run {
                masked[at..=end].fill(true);
                bodies.entry(start + 1).or_default().push_str(&lines[at..=end].concat());
            }
            at = end + 1;
        }
    }
    if bodies.is_empty() {
        return (Cow::Borrowed(text), bodies);
    }
    let mask =
        |(line, masked): (&&str, bool)| if masked { "#\n".to_owned() } else { (*line).to_owned() };
    (Cow::Owned(lines.iter().zip(masked).map(mask).collect()), bodies)
}

/// The line after those that an instruction goes on for.
fn end_of_instruction(lines: &[&str], start: usize) -> usize {
    let mut at = start;
    let mut goes_on = true;
    while at < lines.len() && goes_on {
        let line = lines[at].trim();
        let passed_over = at > start && (line.is_empty() || line.starts_with('#'));
        goes_on = passed_over || (line.ends_with('\\') && !line.starts_with('#'));
        at += 1;
    }
    at
}

/// Whether a `RUN` has nothing but options before its here-document.
fn comes_first(text: &str) -> bool {
    let mut words = text.split_whitespace().skip(1).filter(|it| *it != "\\");
    words.find(|it| !it.starts_with("--")).is_some_and(|it| it.starts_with("<<"))
}

/// The end words of the here-documents that begin in a line.
fn delimiters(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("<<") {
        let before = rest[..at].chars().next_back();
        rest = &rest[at + 2..];
        if rest.starts_with('<') {
            rest = rest.trim_start_matches('<');
            continue;
        }
        let word = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches([' ', '"', '\'']);
        let end =
            word.find(|it: char| !it.is_ascii_alphanumeric() && it != '_').unwrap_or(word.len());
        let is_word = word.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
        if is_word && before.is_none_or(|it| it.is_whitespace() || it.is_ascii_digit()) {
            found.push(word[..end].to_owned());
        }
    }
    found
}

fn ends(line: &str, delimiter: &str) -> bool {
    line.trim_end_matches(['\r', '\n']).trim_start_matches('\t') == delimiter
}
