//! Knows which programs a command runs, one through the other.

use std::collections::BTreeMap;

use super::shell::{self, Command};
use super::terms::assignment;

/// How many programs may run one another.
const DEPTH: usize = 8;

/// How deep texts for a shell may stand within each other.
const NESTED: usize = 3;

/// Words of the shell that a command may follow.
const RESERVED: [&str; 13] =
    ["if", "then", "elif", "else", "while", "until", "do", "done", "fi", "!", "{", "}", "time"];

/// Programs that run the words after theirs: the flags that take a word of their own, and how many
/// words stand before the other program.
const WRAPPERS: [(&str, &[&str], usize); 32] = [
    ("busybox", &[], 0),
    ("builtin", &[], 0),
    ("catatonit", &[], 0),
    ("chpst", &["-u", "-U", "-b", "-e", "-/", "-n", "-l", "-L", "-m", "-o", "-p", "-f", "-c"], 0),
    ("chroot", &[], 1),
    ("command", &[], 0),
    ("doas", &["-u", "-C"], 0),
    ("dumb-init", &["-r", "--rewrite"], 0),
    ("env", &["-u", "-C"], 0),
    ("exec", &["-a"], 0),
    ("fakeroot", &[], 0),
    ("flock", &["-w"], 1),
    ("gosu", &[], 1),
    ("ionice", &["-c", "-n"], 0),
    ("nice", &["-n"], 0),
    ("nohup", &[], 0),
    ("runuser", &["-u", "-g", "-G", "-s", "-w"], 0),
    ("s6-setuidgid", &[], 1),
    ("service", &[], 0),
    (
        "setpriv",
        &["--reuid", "--regid", "--groups", "--inh-caps", "--bounding-set", "--ambient-caps"],
        0,
    ),
    ("setsid", &[], 0),
    ("setuidgid", &[], 1),
    ("stdbuf", &["-i", "-o", "-e"], 0),
    ("su-exec", &[], 1),
    ("sudo", &["-u", "-g", "-h", "-p", "-C", "-D", "-T", "-U"], 0),
    ("time", &[], 0),
    ("timeout", &["-s", "-k"], 1),
    ("tini", &["-e", "-p"], 0),
    ("tini-static", &["-e", "-p"], 0),
    ("unshare", &[], 0),
    ("with-contenv", &[], 0),
    ("xargs", &["-I", "-n", "-P", "-L", "-d"], 0),
];

/// The commands of a text, those within `sh -c TEXT` included.
pub(super) fn commands(
    text: &str,
    line: usize,
    environment: &BTreeMap<String, String>,
) -> Vec<Command> {
    let commands = shell::commands(text, line, environment);
    unfold(commands, environment)
}

/// The commands with those within `sh -c TEXT` after them.
pub(super) fn unfold(
    commands: Vec<Command>,
    environment: &BTreeMap<String, String>,
) -> Vec<Command> {
    let mut done = Vec::new();
    let mut open: Vec<(Command, usize)> = commands.into_iter().rev().map(|it| (it, 0)).collect();
    while let Some((command, depth)) = open.pop() {
        if depth < NESTED {
            let inner = run_by(&command.words).into_iter().find_map(nested);
            let inner = inner.map(|it| shell::commands(it, command.line, environment));
            open.extend(inner.into_iter().flatten().rev().map(|it| (it, depth + 1)));
        }
        done.push(command);
    }
    done
}

/// The programs of a command, each with its own words, the outermost first.
pub(super) fn run_by(words: &[String]) -> Vec<&[String]> {
    let mut found = Vec::new();
    let mut rest = words;
    while found.len() < DEPTH {
        let skipped = rest
            .iter()
            .take_while(|it| RESERVED.contains(&it.as_str()) || assignment(it).is_some())
            .count();
        rest = &rest[skipped..];
        let Some(program) = rest.first() else { break };
        found.push(rest);
        rest = match name(program) {
            "find" => {
                match rest.iter().position(|it| matches!(it.as_str(), "-exec" | "-execdir")) {
                    Some(at) => &rest[at + 1..],
                    None => break,
                }
            }
            name if name.starts_with("wait-for") => match rest.iter().position(|it| it == "--") {
                Some(at) => &rest[at + 1..],
                None => break,
            },
            name => match WRAPPERS.iter().find(|it| it.0 == name) {
                Some((_, valued, before)) => behind(&rest[1..], valued, *before),
                None => break,
            },
        };
    }
    found
}

/// The words behind flags, and behind so many others.
fn behind<'w>(words: &'w [String], valued: &[&str], before: usize) -> &'w [String] {
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|it| it.starts_with('-')) {
        at += 1 + usize::from(valued.contains(&word.as_str()));
        if word == "--" {
            break;
        }
    }
    words.get(at.saturating_add(before)..).unwrap_or_default()
}

/// The shell text that a program is given as a word: `sh -c TEXT`, `su app -c TEXT`.
pub(super) fn nested(program: &[String]) -> Option<&str> {
    let name = name(program.first()?);
    if !is_shell(name) && !matches!(name, "su" | "runuser" | "eval") {
        return None;
    }
    if name == "eval" {
        return program.get(1).map(String::as_str);
    }
    let is_command = |it: &String| {
        it == "--command" || (it.starts_with('-') && !it.starts_with("--") && it.ends_with('c'))
    };
    let at = program.iter().position(is_command)?;
    program.get(at + 1).map(String::as_str)
}

/// The file that a shell is given to run: `sh -e FILE`, `. FILE`.
pub(super) fn file_of_shell(program: &[String]) -> Option<&str> {
    let name = name(program.first()?);
    let reads = is_shell(name) || matches!(name, "." | "source" | "execlineb" | "run-parts");
    if !reads || nested(program).is_some() {
        return None;
    }
    let mut words = program[1..].iter();
    let mut word = words.next()?;
    while word.starts_with(['-', '+']) {
        if matches!(word.as_str(), "-o" | "+o" | "-O") {
            words.next();
        }
        word = words.next()?;
    }
    Some(word)
}

/// The last part of a path.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a program of that name is a shell.
pub(super) fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "ash" | "dash" | "ksh" | "zsh")
}

/// The words that are no flags, behind the first; flags that take a word are named.
pub(super) fn operands<'w>(
    program: &'w [String],
    valued: &'w [&str],
) -> impl Iterator<Item = &'w str> {
    let mut skip = false;
    let mut only_operands = false;
    program.iter().skip(1).map(String::as_str).filter(move |word| {
        if std::mem::take(&mut skip) || (!only_operands && word.starts_with('-') && *word != "-") {
            only_operands = *word == "--";
            skip = !only_operands && valued.contains(word);
            return false;
        }
        true
    })
}
