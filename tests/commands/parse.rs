//! A command line read by hand: words by the rules of POSIX, flags by the help of the engine.

use std::collections::BTreeMap;

/// A command line as data.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// The words before the flags.
    pub(crate) head: Vec<String>,
    /// The values of each flag; `true` for one without.
    pub(crate) flags: BTreeMap<String, Vec<String>>,
    pub(crate) image: String,
    pub(crate) args: Vec<String>,
    /// The lines before and behind those of the command.
    pub(crate) before: String,
    pub(crate) behind: String,
}

impl Line {
    pub(crate) fn all(&self, flag: &str) -> &[String] {
        self.flags.get(flag).map_or(&[], Vec::as_slice)
    }
}

/// What `docker run --help` prints of each flag, the text about it aside.
const HELP: &str = include_str!("docker-flags.txt");

/// What the help does not show, or only Podman and systemd have.
const MORE: &str =
    "--net network\n--cgroups string\n--sdnotify string\n--replace\n--pod string\n--secret list";

fn named(line: &str) -> (Option<char>, String, bool) {
    let (letter, rest) = match line.strip_prefix('-').filter(|it| !it.starts_with('-')) {
        Some(it) => (it.chars().next(), &it[3..]),
        None => (None, line),
    };
    let mut words = rest.split_whitespace();
    let name = words.next().unwrap().trim_start_matches('-').to_owned();
    (letter, name, words.next().is_some())
}

/// The names of Docker's flags, and whether each takes a value.
pub(crate) fn flags() -> Vec<(String, bool)> {
    HELP.lines().map(named).map(|it| (it.1, it.2)).collect()
}

/// The first command of a text that makes a container; nothing where its words are none.
pub(crate) fn line(text: &str) -> Option<Line> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let makes = |it: &&str| {
        let engine = ["docker ", "podman ", "nerdctl "].iter().any(|name| it.contains(name));
        engine && (it.contains(" run") || it.contains(" create")) && !it.starts_with("Description")
    };
    let first = lines.iter().position(makes)?;
    let mut last = first;
    while lines[last].trim_end_matches('\n').ends_with('\\')
        || lines[last].trim_start().starts_with('#')
    {
        last += 1;
    }
    let own = lines[first..=last].iter().filter(|it| !it.trim_start().starts_with('#'));
    let own: String = own.map(|it| it.trim_end_matches('\n').trim_end_matches('\\')).collect();
    let words = shell_words::split(&masked(&own)).ok()?;
    let mut line = parsed(&words)?;
    line.before = lines[..first].concat();
    line.behind = lines[last + 1..].concat();
    Some(line)
}

/// A text without blanks in what the shell puts in.
fn masked(text: &str) -> String {
    let (mut out, mut depth, mut tick) = (String::new(), 0, false);
    let mut before = ' ';
    for char in text.chars() {
        match char {
            '(' if before == '$' || depth > 0 => depth += 1,
            ')' if depth > 0 => depth -= 1,
            '`' => tick = !tick,
            _ => (),
        }
        before = char;
        let is_inside = (depth > 0 || tick) && !(char == '(' && depth == 1);
        out.push(if is_inside && (char.is_whitespace() || "'\"".contains(char)) {
            '_'
        } else {
            char
        });
    }
    // What is run in brackets is a command like any other.
    if out.contains("$(docker_run") { text.replace("$(", " ").replacen(')', " ;", 1) } else { out }
}

fn parsed(words: &[String]) -> Option<Line> {
    let is_engine = |it: &String| {
        ["docker", "podman", "nerdctl"].contains(
            &it.trim_start_matches(['@', '-']).rsplit(['/', '=', '(']).next().unwrap_or(""),
        )
    };
    let runs = |it: &String| it == "run" || it == "create";
    let engine = words
        .iter()
        .enumerate()
        .position(|(at, it)| is_engine(it) && words[at + 1..].iter().take(5).any(runs))?;
    let run = engine + 1 + words[engine + 1..].iter().position(runs)?;
    let ends = |it: &String| {
        let signs = ["|", "||", "&&", "&", ";", "then"];
        let leads = [">", "<", "1>", "2>", "&>"];
        signs.contains(&it.as_str()) || leads.iter().any(|sign| it.starts_with(sign))
    };
    let mut line = Line { head: words[..=run].to_vec(), ..Line::default() };
    let mut all: Vec<String> =
        words[run + 1..].iter().take_while(|it| !ends(it)).cloned().collect();
    if let Some(last) = all.last_mut() {
        *last = last.trim_end_matches(';').to_owned();
    }
    let known: Vec<_> = HELP.lines().chain(MORE.lines()).map(named).collect();
    let mut words = all.into_iter().peekable();
    let mut add = |name: &str, value: String| {
        let name = if name == "net" { "network" } else { name };
        line.flags.entry(name.to_owned()).or_default().push(value);
    };
    while let Some(word) = words.next_if(|it| it.starts_with('-') && it.len() > 1) {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |it| (it.0, Some(it.1)));
            let flag = known.iter().find(|it| it.1 == name)?;
            let value = match (flag.2, value) {
                (_, Some(value)) => value.to_owned(),
                (true, None) => words.next()?,
                (false, None) => "true".to_owned(),
            };
            add(&flag.1, value);
            continue;
        }
        let letters = &word[1..];
        for (at, letter) in letters.char_indices() {
            let flag = known.iter().find(|it| it.0 == Some(letter))?;
            let rest = &letters[at + 1..];
            match (flag.2, rest.strip_prefix('=').unwrap_or(rest)) {
                (true, "") => add(&flag.1, words.next()?),
                (true, rest) => add(&flag.1, rest.to_owned()),
                (false, value) if rest.starts_with('=') => add(&flag.1, value.to_owned()),
                (false, _) => {
                    add(&flag.1, "true".to_owned());
                    continue;
                }
            }
            break;
        }
    }
    line.image = words.next()?;
    line.args = words.collect();
    Some(line)
}
