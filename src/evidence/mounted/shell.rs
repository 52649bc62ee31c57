//! The words of a command: what the shell makes of a text, and where the arguments of the server begin.

use super::Server;

/// The words after the name of the server's program; all of them where it is not named, as after an entrypoint.
pub(super) fn arguments(server: Server, words: &[String]) -> Vec<String> {
    let words = spoken(words);
    let is_program = |word: &String| Server::of(word) == Some(server) && !word.ends_with('/');
    // Flags and their values may look like a program: only what comes before the first flag is one.
    let begin = words.iter().take_while(|it| !it.starts_with('-')).position(is_program);
    let from = match begin {
        Some(at) => at + 1,
        None => words
            .iter()
            .position(is_program)
            .filter(|at| is_start(&words, *at))
            .map_or(0, |at| at + 1),
    };
    let rest = &words[from..];
    let end = rest.iter().position(|it| is_separator(it)).unwrap_or(rest.len());
    rest[..end].to_vec()
}

/// Whether a word begins a command of a shell's text.
fn is_start(words: &[String], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        is_separator(&words[before])
            || ["exec", "--", "then", "do", "{", "("].contains(&words[before].as_str())
    })
}

fn is_separator(word: &str) -> bool {
    matches!(word, ";" | "&" | "&&" | "|" | "||")
}

/// The words as they are, or those of the text that a shell is given.
fn spoken(words: &[String]) -> Vec<String> {
    match words {
        [text] if text.contains(char::is_whitespace) => split(text),
        [.., shell, flag, text]
            if is_shell(shell) && flag.starts_with('-') && flag.ends_with('c') =>
        {
            split(text)
        }
        [shell, flag, text, ..]
            if is_shell(shell) && flag.starts_with('-') && flag.ends_with('c') =>
        {
            split(text)
        }
        _ => words.to_vec(),
    }
}

fn is_shell(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or_default();
    ["sh", "bash", "ash", "dash"].contains(&name)
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

/// Flags with their values, from words such as `--name=value`, `--name value`, `-n value`.
pub(super) fn flags(words: &[String]) -> Vec<Flag<'_>> {
    let mut found = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_prefix('-') else {
            found.push(Flag { name: "", value: Some(word), glued: false });
            continue;
        };
        let name = name.strip_prefix('-').unwrap_or(name);
        match name.split_once('=') {
            Some((name, value)) => found.push(Flag { name, value: Some(value), glued: true }),
            None => {
                // The next word is offered as a value and still read as what it may be itself.
                let value = words.peek().filter(|it| !it.starts_with('-')).map(|it| it.as_str());
                found.push(Flag { name, value, glued: false });
            }
        }
    }
    found
}

/// A flag of a command; a word that is none has no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flag<'a> {
    /// Its name without dashes.
    pub(super) name: &'a str,
    /// What stands after `=`, or the next word.
    pub(super) value: Option<&'a str>,
    /// Whether the value stands after `=`.
    pub(super) glued: bool,
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
    }

    #[test]
    fn shells_are_read_to_the_end_of_the_command() {
        check(&["sh", "-c", "mkdir /x && exec postgres -c 'a=b c' | tee /y"], &["-c", "a=b c"]);
        check(&["/bin/bash", "-ec", "postgres -D /x; true"], &["-D", "/x"]);
        check(&["postgres -c \"a=b\\\"\" -D /x"], &["-c", "a=b\"", "-D", "/x"]);
        check(&["sh", "-c", "chown -R postgres /x\npostgres -D /x"], &["/x"]);
    }

    #[test]
    fn redirections_are_words() {
        assert_eq!(split("a>>b 2>c"), ["a", ">>", "b", "2", ">", "c"]);
        assert_eq!(split("'a"), ["a"]);
        assert_eq!(split("\\"), [""]);
    }
}
