//! A command line as the engine's own reader has it: flags with their values, the image, and what is run in it.

use super::Refused;
use super::flags::{Flag, Says, Takes, is_mode, network_name};
use super::program::Program;
use super::read::flags;
use super::word::Word;
use crate::yaml::Span;

/// A command that makes a container.
#[derive(Debug, Clone)]
pub(super) struct Command {
    /// Who reads it.
    pub(super) program: Program,
    /// The words that say so, as far as `run`.
    pub(super) name: Span,
    /// All of it.
    pub(super) span: Span,
    /// Its flags in their order.
    pub(super) flags: Vec<Given>,
    /// The image.
    pub(super) image: Value,
    /// What is run, as far as the command line says.
    pub(super) args: Vec<Value>,
    /// Where new flags go.
    pub(super) new: New,
}

/// A flag that was given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) flag: &'static Flag,
    /// Its value; nothing for a flag alone.
    pub(super) value: Option<Value>,
    /// The flag with its value.
    pub(super) span: Span,
    /// What goes with it, the blanks before it among that.
    pub(super) gone: Vec<Span>,
    /// The line that goes once all that stands on it does.
    pub(super) line: Option<Span>,
}

/// Something that was written, and the bytes that say it.
#[derive(Debug, Clone)]
pub(super) struct Value {
    /// As Compose writes it.
    pub(super) text: String,
    /// The bytes of the file behind each byte of the text.
    pub(super) map: Vec<Span>,
    /// All of them.
    pub(super) span: Span,
}

impl Value {
    pub(super) fn of(word: &Word) -> Value {
        Value { text: word.value.clone(), map: word.map.clone(), span: word.span }
    }

    /// The same with the folder that the command runs in as Compose writes it.
    pub(super) fn with_places(mut self) -> Value {
        for (name, sign) in [("${PWD}", "."), ("${CURDIR}", ".")] {
            let mut from = 0;
            while let Some(at) = self.text[from..].find(name).map(|it| from + it) {
                let end = at + name.len();
                from = at + 1;
                let begins = at == 0 || self.text[..at].ends_with('=');
                if begins
                    && (end == self.text.len() || self.text[end..].starts_with(['/', ':', ',']))
                {
                    self.text.replace_range(at..end, sign);
                    self.map.drain(at + 1..end);
                }
            }
        }
        self
    }

    /// What stands behind a byte of a word.
    pub(super) fn from(word: &Word, at: usize) -> Value {
        let map = word.map[at..].to_vec();
        let start = map.first().map_or(word.span.end, |it| it.start);
        let span = Span { start, end: word.span.end };
        Value { text: word.value[at..].to_owned(), map, span }
    }
}

/// Where new flags go, and how they are written.
#[derive(Debug, Clone)]
pub(super) enum New {
    /// Behind this byte of a command line, each with this before it.
    Words {
        /// Where.
        at: usize,
        /// A blank, or the end of a continued line and what the next begins with.
        gap: String,
        /// Whether `=` stands between a flag and its value.
        equals: bool,
    },
    /// On lines of their own before this byte of a unit.
    Lines {
        /// Where.
        at: usize,
        /// Whether the line before has no end.
        opens: bool,
    },
}

/// Words that may stand before a command without making another one of it.
const BEFORE: [&str; 9] =
    ["sudo", "doas", "exec", "command", "env", "time", "nohup", "nice", "builtin"];

/// Programs that run the command behind their own words.
const AROUND: [&str; 10] = [
    "timeout", "gtimeout", "ionice", "chrt", "taskset", "setsid", "stdbuf", "flock", "chronic",
    "unbuffer",
];

/// The number of the word that names an engine, where the words are a command of one.
pub(super) fn engine(words: &[Word]) -> Option<(usize, Program)> {
    let is_around = |it: &str| AROUND.contains(&it.rsplit('/').next().unwrap_or(it));
    for (at, word) in words.iter().enumerate() {
        if let Some(program) = Program::of(&word.value) {
            return Some((at, program));
        }
        let value = word.value.as_str();
        let goes_before = BEFORE.contains(&value.rsplit('/').next().unwrap_or(value))
            || value.starts_with('-') && at > 0
            || value.contains('=')
            || word.begins_unknown()
            || is_around(value)
            || at > 0 && words[..at].iter().any(|it| is_around(&it.value))
            || at > 0 && matches!(words[at - 1].value.as_str(), "-u" | "-g" | "-n" | "--user");
        if !goes_before {
            return None;
        }
    }
    None
}

/// The command that words are, where they make a container; `texts` gives what stands between them.
///
/// # Errors
/// What cannot be read for sure.
pub(super) fn command(
    words: &[Word],
    text: &str,
    (at, program): (usize, Program),
) -> Result<Option<Command>, Refused> {
    let Some(run) = subcommand(words, at, program)? else { return Ok(None) };
    let (image, flags) = flags(words, program, run + 1)?;
    once(&flags)?;
    let mut last = image - 1;
    if last > run && words[last].value == "--" && !is_value(&flags, words[last].span) {
        last -= 1;
    }
    let all = &words[run..=image];
    let between = |it: &[Word]| &text[it[0].span.end..it[1].span.start];
    // Make takes a tab from the next line: without a blank words would be one.
    let divides = |it: &str| !it.replace("\\\n\t", "").replace("\\\n", "").is_empty();
    let is_gap = |it: &&str| {
        it.contains('\n') && divides(it) && it.trim_matches([' ', '\t', '\\', '\n']).is_empty()
    };
    let gap = all.windows(2).map(between).rfind(is_gap).unwrap_or(" ").to_owned();
    let new = New::Words { at: words[last].span.end, gap, equals: joins(&flags, text) };
    let span = Span { start: words[at].span.start, end: words[words.len() - 1].span.end };
    Ok(Some(Command {
        program,
        name: Span { start: words[at].span.start, end: words[run].span.end },
        span,
        flags,
        image: Value::of(&words[image]),
        args: words[image + 1..].iter().map(Value::of).collect(),
        new,
    }))
}

fn is_value(flags: &[Given], span: Span) -> bool {
    flags.iter().any(|it| it.span.start < span.start && span.end <= it.span.end)
}

/// The number of the word `run` or `create`; nothing for a command that makes no container.
fn subcommand(words: &[Word], at: usize, program: Program) -> Result<Option<usize>, Refused> {
    let runs = |it: &Word| matches!(it.value.as_str(), "run" | "create");
    let mut next = at + 1;
    while let Some(word) = words.get(next) {
        let value = word.value.as_str();
        let flag = value.split('=').next().unwrap_or(value);
        match value {
            "container" if words.get(next + 1).is_some_and(runs) => return Ok(Some(next + 1)),
            _ if runs(word) => return Ok(Some(next)),
            _ if program.takes_value_before(flag) => next += if flag == value { 2 } else { 1 },
            _ if program.knows_before(flag) => next += 1,
            _ if (word.begins_unknown() || value.starts_with('-'))
                && words[next..].iter().any(runs) =>
            {
                let message = format!(
                    "what `{}` is to do here is not known before it runs: write the command itself",
                    program.name()
                );
                return Err(Refused { at: word.span.start, message });
            }
            _ if word.is_many => {
                let message = format!(
                    "all words are handed on to `{}`: what it makes is not seen here; write the command itself",
                    program.name()
                );
                return Err(Refused { at: word.span.start, message });
            }
            _ if word.begins_unknown() && words.len() > next + 1 => {
                let message = format!(
                    "`{}` with a command that a variable holds: write `run` itself",
                    program.name()
                );
                return Err(Refused { at: word.span.start, message });
            }
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// A flag that has one value stands once: of two nobody sees which counts.
pub(super) fn once(flags: &[Given]) -> Result<(), Refused> {
    flags.iter().filter(|it| it.flag.says == Says::Mount).try_for_each(mount)?;
    for (at, given) in flags.iter().enumerate() {
        let again = flags[..at].iter().any(|it| std::ptr::eq(it.flag, given.flag));
        if again && given.flag.takes != Takes::Many {
            let message = format!("`--{}` is given twice: keep the last", given.flag.name);
            return Err(Refused { at: given.span.start, message });
        }
    }
    let is_network = |it: &&Given| it.flag.says == Says::Network;
    let networks: Vec<&Given> = flags.iter().filter(is_network).collect();
    let is_mode = |it: &&Given| it.value.as_ref().is_some_and(|it| is_mode(network_name(&it.text)));
    if let [_, second, ..] = &*networks
        && networks.iter().any(is_mode)
    {
        let message =
            "two networks, one of which has no other beside it: keep the one that is meant";
        return Err(Refused { at: second.span.start, message: message.to_owned() });
    }
    Ok(())
}

/// A mount is read as pairs between commas, and as what the engine itself makes of it.
fn mount(given: &Given) -> Result<(), Refused> {
    let text = given.value.as_ref().map_or("", |it| it.text.as_str());
    let message = match text {
        it if it.contains('"') => "quotes in the value of `--mount`: write its pairs without them",
        it if it.contains("volume-opt") => {
            "a mount with options of a driver, which may be any place of the host: make the volume by itself"
        }
        _ => return Ok(()),
    };
    Err(Refused { at: given.span.start, message: message.to_owned() })
}

/// Whether most long flags have `=` before their value.
fn joins(flags: &[Given], text: &str) -> bool {
    let long = flags.iter().filter(|it| it.value.is_some() && it.flag.takes != Takes::Nothing);
    let long = long.filter(|it| text[it.span.start..].starts_with("--"));
    let (equals, blanks): (Vec<_>, Vec<_>) =
        long.partition(|it| text[it.span.start + 2 + it.flag.name.len()..].starts_with('='));
    equals.len() > blanks.len()
}
