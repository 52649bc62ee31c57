//! Commands of a unit of systemd: what `ExecStart=` and its like run.

use super::command::{command, engine};
use super::ini::{comments, entries, words};
use super::mention::mentions;
use super::program::Program;
use super::runner::is_runner;
use super::word::Word;
use super::{Found, Refused};

/// The keys that run a command.
const RUNS: [&str; 7] = [
    "ExecCondition",
    "ExecStartPre",
    "ExecStart",
    "ExecStartPost",
    "ExecReload",
    "ExecStop",
    "ExecStopPost",
];

/// Finds the commands of a unit.
pub(super) fn find(text: &str) -> Found {
    let mut found = Found { comments: comments(text, &['#', ';']), ..Found::default() };
    for entry in entries(text).iter().filter(|it| RUNS.contains(&it.key)) {
        let (start, end) = entry.value;
        let signs = ['@', '-', ':', '+', '!', '|'];
        let from = end - text[start..end].trim_start_matches(signs).len();
        let named = text[start..from].contains('@');
        match words(text, (from, end)) {
            // The second word is what the program is told that it is called.
            Ok(words) if named => {
                if let Some(it) = words.first().filter(|it| Program::of(&it.value).is_some()) {
                    let message =
                        "`@` gives the program another name: write the command without it";
                    found.refused.push(Refused { at: it.span.start, message: message.to_owned() });
                }
            }
            Ok(words) => words.split(|it| it.value == ";").for_each(|it| add(it, text, &mut found)),
            Err(it) if mentions(&text[start..end]) => found.refused.push(it),
            Err(_) => (),
        }
    }
    found
}

fn add(words: &[Word], text: &str, found: &mut Found) {
    let Some((first, last)) = words.first().zip(words.last()) else { return };
    match engine(words).map(|it| command(words, text, it)) {
        Some(Ok(Some(it))) => found.commands.push(it),
        Some(Ok(None)) => (),
        Some(Err(it)) => found.refused.push(it),
        None if mentions(&text[first.span.start..last.span.end]) => {
            let Some(runner) = words.iter().find(|it| is_runner(&it.value)) else { return };
            let message = format!(
                "a command in the words of `{}`, which runs it: it is left as it is; give it a line of its own, or a \
                 script",
                runner.value
            );
            found.refused.push(Refused { at: first.span.start, message });
        }
        None => (),
    }
}
