//! The keys of the review: what each one does, and which are offered.

use console::Key;

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// The answer that is preset.
    Preset,
    /// Accept the fix.
    Yes,
    /// Leave the finding.
    No,
    /// Choose among the fixes of the container.
    Choose,
    /// Change the values of the container's fixes.
    Edit,
    /// Change the text of the container in an editor.
    Editor,
    /// Allow the finding, with a reason.
    Waive,
    /// Explain the rule.
    Explain,
    /// Accept the rest of the file.
    AcceptFile,
    /// Leave the rest of the file.
    LeaveFile,
    /// Accept the rest of all files.
    AcceptAll,
    /// Leave the rest of all files.
    LeaveAll,
    /// Decide for the rule, everywhere.
    Rule,
    /// Decide for the image, everywhere.
    Image,
    /// Decide for the same fix, everywhere.
    Same,
    /// Ask this one later.
    Later,
    /// Go to the question before this one.
    Previous,
    /// Go to the next file in which something is to be answered.
    NextFile,
    /// Go to the one before.
    PreviousFile,
    /// Go to a file.
    GoTo,
    /// Go to the next question that mentions a word.
    Search,
    /// Ask only about some.
    Filter,
    /// What there is to decide.
    Table,
    /// Show the question again.
    Again,
    /// Show what is accepted in this file.
    Diff,
    /// Undo the last answer.
    Back,
    /// Write what is accepted.
    Write,
    /// Stop.
    Quit,
    /// List the keys.
    Help,
}

/// The keys in the order in which they are explained.
static KEYS: [(char, Command, &str); 28] = [
    ('y', Command::Yes, "accept this fix"),
    ('n', Command::No, "leave it as it is"),
    ('c', Command::Choose, "choose among the fixes of this container"),
    ('e', Command::Edit, "change a value: user, writable paths, kept capabilities"),
    (
        'E',
        Command::Editor,
        "change this piece of the file in your editor (set EDITOR), and write that",
    ),
    ('w', Command::Waive, "allow it: a comment in the file says why"),
    ('x', Command::Explain, "explain the rule"),
    ('a', Command::AcceptFile, "accept the rest of this file; asks about risky fixes"),
    ('d', Command::LeaveFile, "leave the rest of this file"),
    ('r', Command::Rule, "decide for this rule everywhere"),
    ('i', Command::Image, "decide for this image everywhere"),
    ('s', Command::Same, "decide for the same fix everywhere"),
    ('A', Command::AcceptAll, "accept the rest of all files; asks about risky fixes"),
    ('D', Command::LeaveAll, "leave the rest of all files"),
    ('j', Command::Later, "ask this one later"),
    ('k', Command::Previous, "go to the question before this one"),
    ('J', Command::NextFile, "go to the next file; what is open here stays open"),
    ('K', Command::PreviousFile, "go to the file before"),
    ('g', Command::GoTo, "list the files, and go to one by number or name"),
    ('/', Command::Search, "go to the next question that mentions a word"),
    ('f', Command::Filter, "ask only about a rule, image, path, severity or confidence"),
    ('t', Command::Table, "what there is to decide, counted"),
    ('p', Command::Again, "show this question again"),
    ('v', Command::Diff, "show all that is accepted in this file"),
    ('b', Command::Back, "back: take the last answer back, or the last one for many"),
    ('W', Command::Write, "write what is accepted so far"),
    ('q', Command::Quit, "quit; your answers are kept"),
    ('?', Command::Help, "this list"),
];

/// The keys that a prompt names; the others are behind `?`.
const SHORT: [Command; 9] = [
    Command::Yes,
    Command::No,
    Command::Choose,
    Command::Edit,
    Command::Waive,
    Command::AcceptFile,
    Command::Rule,
    Command::Quit,
    Command::Help,
];

/// What a key asks for, if anything.
pub(super) fn command(key: &Key) -> Option<Command> {
    match key {
        Key::Enter => Some(Command::Preset),
        Key::ArrowDown => Some(Command::Later),
        Key::ArrowUp => Some(Command::Previous),
        // What a terminal sends at the end of its input, typed or read while lines were.
        Key::Char('\u{4}' | '\0') => Some(Command::Quit),
        Key::Char(it) => KEYS.iter().find(|key| key.0 == *it).map(|key| key.1),
        _ => None,
    }
}

/// The keys that a prompt names, as in `y,n,q,?`.
pub(super) fn offered(is_offered: impl Fn(Command) -> bool) -> String {
    let keys = KEYS.iter().filter(|it| SHORT.contains(&it.1) && is_offered(it.1));
    keys.map(|it| it.0.to_string()).collect::<Vec<_>>().join(",")
}

/// What the first question says of the keys.
pub(super) const LEGEND: &str = "y yes, n no, c choose, e change a value, w allow, a the rest of this file, \
                                 r this rule everywhere, q quit (answers are kept), ? all keys";

/// The keys and what they do, a line for each.
pub(super) fn help(is_offered: impl Fn(Command) -> bool) -> String {
    // Who has set no editor learns there that it could be.
    let offered = KEYS.iter().filter(|it| is_offered(it.1) || it.1 == Command::Editor);
    let mut lines: Vec<String> = offered.map(|it| format!("{}  {}", it.0, it.2)).collect();
    lines.push("Enter  what is preset: yes to fixes that are sure enough, no to others".to_owned());
    lines.push(
        "Ctrl-Z  suspend (fg goes on), Ctrl-C stop at once, Escape leave a line or a list"
            .to_owned(),
    );
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart_by_case_and_others_mean_nothing() {
        assert_eq!(command(&Key::Char('a')), Some(Command::AcceptFile));
        assert_eq!(command(&Key::Char('A')), Some(Command::AcceptAll));
        assert_eq!(command(&Key::Char('\u{4}')), Some(Command::Quit));
        assert_eq!(command(&Key::ArrowDown), Some(Command::Later));
        assert_eq!(command(&Key::Char('Y')), None);
        assert_eq!(command(&Key::ArrowLeft), None);
    }

    #[test]
    fn no_key_means_two_things() {
        let mut keys: Vec<char> = KEYS.iter().map(|it| it.0).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), KEYS.len());
    }

    #[test]
    fn only_what_is_offered_is_listed() {
        let some = |it| matches!(it, Command::No | Command::Help | Command::Table);
        assert_eq!(offered(some), "n,?");
        assert_eq!(help(some).lines().count(), 6);
    }
}
