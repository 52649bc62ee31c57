//! The words of a command: what the shell makes of a text, and where the arguments of the server begin.

use super::Server;

/// Programs that start the one that their words name, after flags of their own.
static WRAPPERS: &[&str] = &[
    "catatonit",
    "chpst",
    "dumb-init",
    "env",
    "gosu",
    "ionice",
    "nice",
    "numactl",
    "runuser",
    "s6-setuidgid",
    "setpriv",
    "setuser",
    "stdbuf",
    "su-exec",
    "timeout",
    "tini",
];

/// Names of images that are clients where they are programs.
static CLIENTS: &[&str] = &["mysql", "mariadb", "mongo"];

/// The words after the name of the server's program; all of them where it is not named, as after an entrypoint.
pub(super) fn arguments(server: Server, words: &[String]) -> Vec<String> {
    let Some(text) = text(words) else {
        let from = program(server, words).map_or(0, |at| at + 1);
        return words[from..].to_vec();
    };
    // What prepares the start stands before it.
    let words = split(text);
    let commands: Vec<&[String]> = words.split(|it| is_separator(it)).collect();
    let started = commands.iter().rev().find_map(|it| Some(&it[program(server, it)? + 1..]));
    match (started, commands.as_slice()) {
        (Some(started), _) => started.to_vec(),
        (None, [only]) if only.first().is_some_and(|it| it.starts_with('-')) => only.to_vec(),
        (None, _) => Vec::new(),
    }
}

/// Where in a command the program of the server stands: the last of the words before flags, or behind a wrapper.
fn program(server: Server, command: &[String]) -> Option<usize> {
    let is_program =
        |word: &String| Server::of(word) == Some(server) && !CLIENTS.contains(&name(word));
    let lead = command.iter().take_while(|it| !it.starts_with('-')).count();
    let is_wrapped = command.first().is_some_and(|it| WRAPPERS.contains(&name(it)));
    let behind = || command[lead..].iter().position(is_program).map(|at| lead + at);
    command[..lead].iter().rposition(is_program).or_else(|| behind().filter(|_| is_wrapped))
}

fn is_separator(word: &str) -> bool {
    matches!(word, ";" | "&" | "&&" | "|" | "||")
}

/// The text that a shell is given.
fn text(words: &[String]) -> Option<&str> {
    if let [text] = words {
        return text.contains(char::is_whitespace).then_some(text);
    }
    let shell = words
        .windows(3)
        .find(|it| is_shell(&it[0]) && it[1].starts_with('-') && it[1].ends_with('c'));
    shell.map(|it| it[2].as_str())
}

/// The last part of a path.
fn name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or_default()
}

fn is_shell(word: &str) -> bool {
    ["sh", "bash", "ash", "dash"].contains(&name(word))
}

/// The words of a shell's text; what ends or redirects a command is a word of its own.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), it) if it == open => quote = None,
            (Some('\''), it) => word.get_or_insert_default().push(it),
            (_, '\\') => {
                let next = characters.next().filter(|it| *it != '\n');
                word.get_or_insert_default().extend(next);
            }
            (Some(_), it) => word.get_or_insert_default().push(it),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, ';' | '&' | '|' | '>' | '<' | '\n') => {
                words.extend(word.take());
                let mut sign = if character == '\n' { ';' } else { character }.to_string();
                if matches!(character, '&' | '|' | '>') {
                    sign.extend(characters.next_if_eq(&character));
                }
                words.push(sign);
            }
            (None, it) if it.is_whitespace() => words.extend(word.take()),
            (None, it) => word.get_or_insert_default().push(it),
        }
    }
    words.extend(word);
    words
}

/// A flag of a command; a word that is none has no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flag<'a> {
    /// Its name without dashes.
    pub(super) name: &'a str,
    /// What stands after `=`, or the next word.
    pub(super) value: Option<&'a str>,
    /// How it is written.
    pub(super) form: Form,
}

/// How a flag is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `--name=value`, or with one dash.
    Glued,
    /// `--name value`.
    Long,
    /// `-n value` or `-nvalue`; a word that is no flag too.
    Short,
}

/// Flags with their values, from words such as `--name=value`, `--name value`, `-n value`.
pub(super) fn flags(words: &[String]) -> Vec<Flag<'_>> {
    let mut found = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let Some(short) = word.strip_prefix('-') else {
            found.push(Flag { name: "", value: Some(word), form: Form::Short });
            continue;
        };
        let (name, form) = match short.strip_prefix('-') {
            Some(long) => (long, Form::Long),
            None => (short, Form::Short),
        };
        match name.split_once('=') {
            Some((name, value)) => {
                found.push(Flag { name, value: Some(value), form: Form::Glued });
            }
            None => {
                // The next word is offered as a value and still read as what it may be itself.
                let value = words.peek().filter(|it| !it.starts_with('-')).map(|it| it.as_str());
                found.push(Flag { name, value, form });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], expected: &[&str]) {
        let words: Vec<String> = words.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(arguments(Server::Postgres, &words), expected, "{words:?}");
    }

    #[test]
    fn arguments_begin_after_the_program() {
        check(&["postgres", "-c", "a=b"], &["-c", "a=b"]);
        check(&["-c", "a=b"], &["-c", "a=b"]);
        check(&["docker-entrypoint.sh", "/usr/bin/postgres", "-D", "/x"], &["-D", "/x"]);
        check(&["-U", "postgres"], &["-U", "postgres"]);
        check(&["tini", "-s", "--", "postgres", "-D", "/x"], &["-D", "/x"]);
        check(&["gosu", "postgres", "postgres", "-D", "/x"], &["-D", "/x"]);
    }

    #[test]
    fn shells_are_read_to_the_end_of_the_command() {
        check(&["sh", "-c", "mkdir /x && exec postgres -c 'a=b c' | tee /y"], &["-c", "a=b c"]);
        check(&["/bin/bash", "-ec", "postgres -D /x; true"], &["-D", "/x"]);
        check(&["postgres -c \"a=b\\\"\" -D /x"], &["-c", "a=b\"", "-D", "/x"]);
        check(&["sh", "-c", "chown -R postgres /x\npostgres -D /x"], &["-D", "/x"]);
        check(&["sh", "-c", "chown postgres /x; gosu postgres postgres -D /x"], &["-D", "/x"]);
        check(&["sh", "-c", "/start.sh -D /x"], &[]);
    }

    #[test]
    fn redirections_are_words() {
        assert_eq!(split("a>>b 2>c"), ["a", ">>", "b", "2", ">", "c"]);
        assert_eq!(split("'a"), ["a"]);
        assert_eq!(split("\\"), [""]);
    }
}
