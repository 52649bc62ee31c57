//! Whether a text that is not read as a command says that an engine makes a container.

use super::program::Program;

/// Whether a text says that an engine makes a container.
pub(super) fn mentions(text: &str) -> bool {
    place_of(text).is_some()
}

/// Where a text says so.
pub(super) fn place(text: &str) -> usize {
    place_of(text).unwrap_or(0)
}

/// Whether a text is a command that makes a container from its first word on, quotes and brackets aside.
pub(super) fn begins_one(text: &str) -> bool {
    let text = text.trim_start_matches(['(', '"', '\'', ' ', '\t', '\n']);
    let text = text.strip_prefix("sudo ").unwrap_or(text).trim_start();
    place_of(text) == Some(0)
}

fn place_of(text: &str) -> Option<usize> {
    let mut words = Vec::new();
    let mut at = 0;
    for word in text.split([' ', '\t', '\n', '"', '\'', '`', '(', ')', ';']) {
        if !word.is_empty() {
            words.push((at, word));
        }
        at += word.len() + 1;
    }
    let makes = |it: &[(usize, &str)]| {
        let second = it[1].1;
        Program::of(it[0].1).is_some()
            && (matches!(second, "run" | "create")
                || second == "container" && it.get(2).is_some_and(|it| it.1 == "run"))
    };
    let all = words.iter().enumerate().map(|it| &words[it.0..words.len().min(it.0 + 3)]);
    let mut all = all.filter(|it| it.len() > 1);
    all.find(|it| makes(it)).map(|it| it[0].0)
}
