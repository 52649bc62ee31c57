//! Which programs a command runs, as far as its words tell: a list of words, with shell text among them taken apart.

/// A program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    /// Its name, without folders.
    pub(super) name: String,
    /// What is handed to it.
    pub(super) arguments: Vec<String>,
}

/// Programs that run the next word.
const WRAPPERS: &[&str] = &[
    "exec",
    "env",
    "nohup",
    "time",
    "tini",
    "dumb-init",
    "catatonit",
    "nice",
    "ionice",
    "stdbuf",
    "timeout",
    "gosu",
    "su-exec",
    "setpriv",
    "sudo",
    "doas",
    "su",
    "runuser",
    "chpst",
    "xargs",
    "then",
    "do",
    "else",
    "if",
    "while",
    "until",
    "!",
    "{",
    "--",
    "CMD",
    "CMD-SHELL",
];

/// Every program that the words run, in their order.
pub(super) fn programs(words: &[String]) -> Vec<Program> {
    let mut found = Vec::new();
    chain(words, &mut found);
    for text in words.iter().filter(|it| it.contains([' ', '\n', '\t'])) {
        for command in simple_commands(text) {
            chain(&command, &mut found);
        }
    }
    found
}

/// The program at the head of the words, and those that it runs in turn.
fn chain(words: &[String], found: &mut Vec<Program>) {
    let known = found.len();
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        let name = word.rsplit('/').next().unwrap_or(word);
        // Flags at the head are for the entrypoint of the image, and what follows are their values.
        if name.starts_with('-') && name != "--" && found.len() == known {
            return;
        }
        if name.is_empty() || name.starts_with('-') || is_assignment(name) {
            rest = after;
            continue;
        }
        if word.contains([' ', '\n']) {
            return;
        }
        found.push(Program { name: name.to_owned(), arguments: after.to_vec() });
        if !WRAPPERS.contains(&name) {
            return;
        }
        // `su-exec app:app program`, `timeout 5 program`: the word after the wrapper is its own.
        let own = matches!(name, "gosu" | "su-exec" | "timeout" | "chpst");
        rest = if own { after.get(1..).unwrap_or_default() } else { after };
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
    })
}

/// The simple commands of a shell text, each as its words; what is quoted stays one word.
fn simple_commands(text: &str) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    let mut start = 0;
    let mut quote = None;
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => (),
            (_, '\\') => escaped = true,
            (None, '\'' | '"') => quote = Some(letter),
            (None, ';' | '&' | '|' | '\n' | '(' | ')' | '`') => {
                commands.push(&text[start..at]);
                start = at + letter.len_utf8();
            }
            _ => (),
        }
    }
    commands.push(&text[start..]);
    commands.into_iter().map(words).filter(|it| !it.is_empty()).collect()
}

fn words(command: &str) -> Vec<String> {
    let command = command.trim_start_matches('$').trim();
    shell_words::split(command)
        .unwrap_or_else(|_| command.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], expected: &[&str]) {
        let words: Vec<String> = words.iter().map(|it| (*it).to_owned()).collect();
        let names: Vec<String> = programs(&words).into_iter().map(|it| it.name).collect();
        assert_eq!(names, expected, "{words:?}");
    }

    #[test]
    fn programs_are_told_from_their_arguments() {
        check(&["CMD", "mysqladmin", "ping"], &["CMD", "mysqladmin"]);
        check(&["CMD", "ping", "-c1", "x"], &["CMD", "ping"]);
        check(&["sudo", "-E", "/usr/sbin/apachectl"], &["sudo", "apachectl"]);
        check(&["tini", "--", "su-exec", "app", "server"], &["tini", "su-exec", "server"]);
        check(&["--rename-command", "chown", "x"], &[]);
        check(&["--", "chown", "x"], &["chown"]);
    }

    #[test]
    fn shell_text_is_taken_apart() {
        check(
            &["sh", "-c", "chown -R app /data && A=1 exec server; echo 'sudo no'"],
            &["sh", "chown", "exec", "server", "echo"],
        );
        check(&["-c", "sysctl -w a=b || true"], &["sysctl", "true"]);
        check(&[], &[]);
        check(&["sh", "-c", "echo '"], &["sh", "echo"]);
    }
}
