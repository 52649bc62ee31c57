//! A command line as the engine's own reader has it: flags with their values, the image, and what is run in it.

use super::Refused;
use super::flags::{Flag, Program, Takes};
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
    fn from(word: &Word, at: usize) -> Value {
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

/// The number of the word that names an engine, where the words are a command of one.
pub(super) fn engine(words: &[Word]) -> Option<(usize, Program)> {
    for (at, word) in words.iter().enumerate() {
        if let Some(program) = Program::of(&word.value) {
            return Some((at, program));
        }
        let value = word.value.as_str();
        let goes_before = BEFORE.contains(&value.rsplit('/').next().unwrap_or(value))
            || value.starts_with('-') && at > 0
            || value.contains('=')
            || word.begins_unknown()
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
    let mut read = Read { words, program, at: run + 1, flags: Vec::new() };
    let image = read.flags()?;
    let flags = read.flags;
    once(&flags)?;
    let mut last = image - 1;
    if last > run && words[last].value == "--" && !is_value(&flags, words[last].span) {
        last -= 1;
    }
    let all = &words[run..=image];
    let between = |it: &[Word]| &text[it[0].span.end..it[1].span.start];
    let is_gap =
        |it: &&str| it.contains('\n') && it.trim_matches([' ', '\t', '\\', '\n']).is_empty();
    let gap = all.windows(2).map(between).filter(is_gap).next_back().unwrap_or(" ").to_owned();
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

/// The flags that words are, with no image behind them.
///
/// # Errors
/// What cannot be read for sure, and a word that is no flag.
pub(super) fn flags_alone(words: &[Word], program: Program) -> Result<Vec<Given>, Refused> {
    let mut read = Read { words, program, at: 0, flags: Vec::new() };
    while let Some(word) = words.get(read.at) {
        if !read.flag(word)? {
            return Err(refused(word, "no flag, where only flags may be"));
        }
    }
    Ok(read.flags)
}

/// Whether the value of a flag begins with a path of the host.
pub(super) fn is_place(flag: &Flag) -> bool {
    matches!(flag.name, "volume" | "mount")
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
    for (at, given) in flags.iter().enumerate() {
        let again = flags[..at].iter().any(|it| std::ptr::eq(it.flag, given.flag));
        if again && given.flag.takes != Takes::Many {
            let message = format!("`--{}` is given twice: keep the last", given.flag.name);
            return Err(Refused { at: given.span.start, message });
        }
    }
    Ok(())
}

/// Whether most long flags have `=` before their value.
fn joins(flags: &[Given], text: &str) -> bool {
    let long = flags.iter().filter(|it| it.value.is_some() && it.flag.takes != Takes::Nothing);
    let long = long.filter(|it| text[it.span.start..].starts_with("--"));
    let (equals, blanks): (Vec<_>, Vec<_>) =
        long.partition(|it| text[it.span.start + 2 + it.flag.name.len()..].starts_with('='));
    equals.len() > blanks.len()
}

struct Read<'w> {
    words: &'w [Word],
    program: Program,
    at: usize,
    flags: Vec<Given>,
}

impl Read<'_> {
    /// Reads the flags; gives the number of the image's word.
    fn flags(&mut self) -> Result<usize, Refused> {
        let last = self.words.last().map_or(0, |it| it.span.end);
        while let Some(word) = self.words.get(self.at) {
            if word.value == "--" {
                self.at += 1;
                break;
            }
            if !self.flag(word)? {
                break;
            }
        }
        let Some(image) = self.words.get(self.at) else {
            let message = "no image: what is to be run is not in this command".to_owned();
            return Err(Refused { at: last, message });
        };
        self.is_image(image)?;
        Ok(self.at)
    }

    /// Reads one word of flags, with its value; whether it is one.
    fn flag(&mut self, word: &Word) -> Result<bool, Refused> {
        match word.value.as_str() {
            it if it.starts_with("--") && it.len() > 2 => self.long(word)?,
            it if it.starts_with('-') && it.len() > 1 => self.short(word)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What stands where the image does may be flags as long as nobody knows it.
    fn is_image(&self, word: &Word) -> Result<(), Refused> {
        if word.is_many {
            return Err(refused(word, "an array stands where flags may be: write them out"));
        }
        if !word.begins_unknown() || !word.splits {
            return Ok(());
        }
        let name = word.value.trim_start_matches("${").split(['}', ':']).next().unwrap_or("");
        let name = name.to_ascii_uppercase();
        let is_image = name.contains("IMAGE") || name.contains("IMG");
        let rest = word.value.split_once('}').map_or("", |it| it.1);
        if is_image || rest.contains(['/', ':']) {
            return Ok(());
        }
        let message = "a variable stands where flags may be, which are not known before it runs: write them out, or put \
             it in quotes if it is the image";
        Err(refused(word, message))
    }

    fn long(&mut self, word: &Word) -> Result<(), Refused> {
        let name = word.value[2..].split('=').next().unwrap_or("");
        let Some(flag) = self.program.flag(name) else { return Err(self.unknown(word, name)) };
        let joined = word.value.find('=').map(|it| Value::from(word, it + 1));
        if flag.takes == Takes::Nothing {
            truth(word, joined.as_ref())?;
            self.give((flag, joined), None, 1);
            return Ok(());
        }
        match joined {
            Some(value) => self.give((flag, Some(value)), None, 1),
            None => {
                let value = self.following(word)?;
                self.give((flag, Some(value)), None, 2);
            }
        }
        Ok(())
    }

    fn short(&mut self, word: &Word) -> Result<(), Refused> {
        let from = self.at;
        for (at, letter) in word.value.char_indices().skip(1) {
            let Some(flag) = self.program.letter(letter) else {
                return Err(self.unknown(word, &letter.to_string()));
            };
            let rest = at + letter.len_utf8();
            let is_alone = at == 1;
            let ends = rest == word.value.len();
            if flag.takes == Takes::Nothing {
                if word.value[rest..].starts_with('=') {
                    let value = Value::from(word, rest + 1);
                    truth(word, Some(&value))?;
                    self.at = from;
                    self.give((flag, Some(value)), (!is_alone).then_some(at), 1);
                    return Ok(());
                }
                self.at = from;
                let sole = is_alone && ends;
                self.give((flag, None), (!sole).then_some(at), 1);
                continue;
            }
            self.at = from;
            let place = (!is_alone).then_some(at);
            if ends {
                let value = self.following(word)?;
                self.give((flag, Some(value)), place, 2);
            } else {
                let skip = usize::from(word.value[rest..].starts_with('='));
                self.give((flag, Some(Value::from(word, rest + skip))), place, 1);
            }
            return Ok(());
        }
        Ok(())
    }

    /// The value in the next word.
    fn following(&self, word: &Word) -> Result<Value, Refused> {
        match self.words.get(self.at + 1) {
            Some(next) if next.is_many => {
                Err(refused(next, "an array stands where one value goes: write it out"))
            }
            Some(next) => Ok(Value::of(next)),
            None => Err(refused(word, "a flag without its value")),
        }
    }

    /// Takes a flag of so many words; one that shares its word with others stands at a byte of it.
    fn give(
        &mut self,
        (flag, value): (&'static Flag, Option<Value>),
        shares: Option<usize>,
        count: usize,
    ) {
        let words = &self.words[self.at..self.at + count];
        let (first, last) = (words[0].span, words[count - 1].span);
        let before = self.at.checked_sub(1).map_or(first.start, |it| self.words[it].span.end);
        let (start, gone) = match shares {
            None => (first.start, vec![Span { start: before, end: last.end }]),
            Some(at) => {
                let letter = self.words[self.at].map[at];
                let own = value.as_ref().filter(|_| count == 1).map_or(letter.end, |_| first.end);
                let mut gone = vec![Span { start: letter.start, end: own }];
                if count > 1 {
                    gone.push(Span { start: first.end, end: last.end });
                }
                (letter.start, gone)
            }
        };
        let span = Span { start, end: if value.is_some() { last.end } else { gone[0].end } };
        let value = value.map(|it| if is_place(flag) { it.with_places() } else { it });
        self.flags.push(Given { flag, value, span, gone, line: None });
        self.at += count;
    }

    fn unknown(&self, word: &Word, name: &str) -> Refused {
        let dashes = if word.value.starts_with("--") { "--" } else { "-" };
        let message = match name.contains('$') {
            true => "a flag whose name is not known before it runs: write it out".to_owned(),
            false => format!(
                "`{dashes}{name}` is no flag of `{} run` that casehard knows, so it cannot tell which word is the image",
                self.program.name()
            ),
        };
        Refused { at: word.span.start, message }
    }
}

fn refused(word: &Word, message: &str) -> Refused {
    Refused { at: word.span.start, message: message.to_owned() }
}

/// What stands behind a flag that is given or not.
fn truth(word: &Word, value: Option<&Value>) -> Result<(), Refused> {
    let words = ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"];
    match value {
        Some(it) if !words.contains(&it.text.as_str()) && !it.text.contains('$') => {
            Err(refused(word, "neither true nor false"))
        }
        _ => Ok(()),
    }
}
