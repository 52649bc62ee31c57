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
    /// Allow the finding, with a reason.
    Waive,
    /// Explain the rule.
    Explain,
    /// Accept the rest of the file.
    AcceptFile,
    /// Accept the rest of all files.
    AcceptAll,
    /// Leave the rest of the file.
    LeaveFile,
    /// Undo the last answer.
    Back,
    /// Stop.
    Quit,
    /// List the keys.
    Help,
}

/// The keys in the order in which they are offered.
static KEYS: [(char, Command, &str); 12] = [
    ('y', Command::Yes, "accept this fix"),
    ('n', Command::No, "leave it as it is"),
    ('c', Command::Choose, "choose among the fixes of this container"),
    ('e', Command::Edit, "change a value: user, writable paths, kept capabilities"),
    ('w', Command::Waive, "allow it: a comment in the file says why"),
    ('x', Command::Explain, "explain the rule"),
    ('a', Command::AcceptFile, "accept the rest of the file; asks about risky fixes"),
    ('A', Command::AcceptAll, "accept the rest of all files; asks about risky fixes"),
    ('d', Command::LeaveFile, "leave this and the rest of the file"),
    ('b', Command::Back, "back: undo the last answer in this file"),
    ('q', Command::Quit, "quit; files that are done stay done, and this one asks"),
    ('?', Command::Help, "this list"),
];

/// What a key asks for, if anything.
pub(super) fn command(key: &Key) -> Option<Command> {
    match key {
        Key::Enter => Some(Command::Preset),
        // What a terminal sends at the end of its input, typed or read while lines were.
        Key::Char('\u{4}' | '\0') => Some(Command::Quit),
        Key::Char(it) => KEYS.iter().find(|key| key.0 == *it).map(|key| key.1),
        _ => None,
    }
}

/// The keys that are offered, as in `y,n,q,?`.
pub(super) fn offered(is_offered: impl Fn(Command) -> bool) -> String {
    let keys = KEYS.iter().filter(|it| is_offered(it.1)).map(|it| it.0.to_string());
    keys.collect::<Vec<_>>().join(",")
}

/// The keys and what they do, a line for each.
pub(super) fn help(is_offered: impl Fn(Command) -> bool) -> String {
    let offered = KEYS.iter().filter(|it| is_offered(it.1));
    let mut lines: Vec<String> = offered.map(|it| format!("{}  {}", it.0, it.2)).collect();
    lines.push("Enter  what is preset: yes to safe and likely fixes, no to risky ones".to_owned());
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
        assert_eq!(command(&Key::Char('Y')), None);
        assert_eq!(command(&Key::ArrowUp), None);
    }

    #[test]
    fn only_what_is_offered_is_listed() {
        let some = |it| matches!(it, Command::No | Command::Help);
        assert_eq!(offered(some), "n,?");
        assert_eq!(help(some).lines().count(), 3);
    }
}
