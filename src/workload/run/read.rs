//! Flags as the engine's own reader takes them: with their values, joined or not, up to the image.

use super::Refused;
use super::command::{Given, Value};
use super::flags::{Flag, Takes};
use super::program::Program;
use super::word::Word;
use crate::yaml::Span;

/// The number of the word that is the image, and the flags from a word on.
///
/// # Errors
/// What cannot be read for sure.
pub(super) fn flags(
    words: &[Word],
    program: Program,
    at: usize,
) -> Result<(usize, Vec<Given>), Refused> {
    let mut read = Read { words, program, at, flags: Vec::new() };
    let image = read.flags()?;
    Ok((image, read.flags))
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

/// Whether the value of a flag begins with a path of the host, or has one behind a `=`.
pub(super) fn is_place(flag: &Flag) -> bool {
    matches!(flag.name, "volume" | "mount" | "security-opt")
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
        if !word.begins_unknown() || !word.splits && !self.is_followed(word) {
            return Ok(());
        }
        let name = word.value.trim_start_matches("${").split(['}', ':']).next().unwrap_or("");
        let name = name.to_ascii_uppercase();
        let is_image = name.contains("IMAGE") || name.contains("IMG");
        let rest = word.value.split_once('}').map_or("", |it| it.1);
        if is_image || rest.contains(['/', ':']) {
            return Ok(());
        }
        if !word.splits {
            let message = format!(
                "what `{}` stands for may be flags, as words follow it: write it out",
                word.value
            );
            return Err(Refused { at: word.span.start, message });
        }
        let message = "a variable stands where flags may be, which are not known before it runs: write them out, or put \
             it in quotes if it is the image";
        Err(refused(word, message))
    }

    /// Whether a word is a variable and nothing else, and an image may stand behind it.
    fn is_followed(&self, word: &Word) -> bool {
        let is_whole = word.value.find('}').is_some_and(|it| it + 1 == word.value.len());
        let behind = self.words.iter().skip(self.at + 1);
        is_whole && behind.into_iter().any(|it| !it.value.starts_with('-') && !it.is_many)
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
