//! Knows the variables of a Dockerfile and puts their values in place.

use std::collections::BTreeMap;

use super::Arguments;

/// How deep defaults may contain variables.
const DEPTH: usize = 8;

/// How long a value may be, so that variables made of one another cannot fill the memory.
const LENGTH: usize = 4096;

/// How much longer than its text an expansion may be, for the same reason.
const FILLED: usize = 1 << 16;

/// The variables of a stage.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    environment: BTreeMap<String, String>,
    /// One without a value is known to have one, but not which.
    arguments: BTreeMap<String, Option<String>>,
    /// Values from outside, which an `ARG` must declare before they count.
    given: Arguments,
}

impl Variables {
    pub(super) fn with_arguments(given: &Arguments) -> Self {
        Self { given: given.clone(), ..Self::default() }
    }

    /// What a process of the image sees, as far as it is known.
    pub(super) fn at_run_time(&self) -> BTreeMap<String, String> {
        let known = self.environment.iter().filter(|it| !it.1.contains('$'));
        known.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Takes in the words of an `ARG` before the first `FROM`.
    pub(super) fn declare(&mut self, words: &str) {
        for (name, default) in pairs(words) {
            let default = default.map(|it| Some(self.expand(&it)));
            if let Some(value) = self.given.get(&name).cloned().or(default) {
                self.arguments.insert(name, value);
            }
        }
    }

    /// Takes in the words of an `ARG` in a stage, where one without a default takes the global value.
    pub(super) fn declare_in_stage(&mut self, words: &str, global: &Self) {
        for (name, default) in pairs(words) {
            let default = default.map(|it| Some(self.expand(&it)));
            let value = global.given.get(&name).cloned().or(default);
            if let Some(value) = value.or_else(|| global.arguments.get(&name).cloned()) {
                self.arguments.insert(name, value);
            }
        }
    }

    /// Takes in the words of an `ENV`: `A=1 B=2`, or `A 1` in the old form.
    pub(super) fn assign(&mut self, words: &str) {
        let first = words.split_whitespace().next().unwrap_or_default();
        if !first.contains('=') {
            let value = self.expand(words.trim_start()[first.len()..].trim());
            return self.set(first, &value);
        }
        for (name, value) in pairs(words) {
            let value = self.expand(&value.unwrap_or_default());
            self.set(&name, &value);
        }
    }

    /// The text with values in place of variables; one without a value stays as it is written.
    pub(super) fn expand(&self, text: &str) -> String {
        self.expand_to(text, DEPTH)
    }

    /// The text of one word, with quotes taken off as well.
    pub(super) fn expand_word(&self, text: &str) -> String {
        self.expand(text).chars().filter(|it| !matches!(it, '"' | '\'')).collect()
    }

    fn expand_to(&self, text: &str, depth: usize) -> String {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            expanded.push_str(&rest[..at]);
            let (written, body) = variable(&rest[at..]);
            let room = (text.len() + FILLED).saturating_sub(expanded.len());
            match self.value(body, depth).filter(|it| it.len() <= LENGTH.min(room)) {
                Some(value) => expanded.push_str(&value),
                None => expanded.push_str(written),
            }
            rest = &rest[at + written.len()..];
        }
        expanded + rest
    }

    fn value(&self, body: &str, depth: usize) -> Option<String> {
        let end = body.find(|it| !is_letter(it)).unwrap_or(body.len());
        let (name, operator) = body.split_at(end);
        // An ENV hides an ARG of the same name.
        let value = match self.environment.get(name) {
            Some(value) => Some(value),
            None => match self.arguments.get(name) {
                // It has a value that is not known, and so no default of its own counts.
                Some(None) => return None,
                Some(Some(value)) => Some(value),
                None => None,
            },
        };
        let filled = value.filter(|it| !it.is_empty());
        let inner = |text: &str| Some(self.expand_to(text, depth.checked_sub(1)?));
        if let Some(default) = operator.strip_prefix(":-") {
            filled.cloned().or_else(|| inner(default))
        } else if let Some(default) = operator.strip_prefix('-') {
            value.cloned().or_else(|| inner(default))
        } else if let Some(other) = operator.strip_prefix(":+") {
            filled.map_or(Some(String::new()), |_| inner(other))
        } else {
            value.filter(|_| operator.is_empty()).cloned()
        }
    }
}

/// A variable as written from its `$` on, and what stands between its braces.
fn variable(text: &str) -> (&str, &str) {
    let Some(inside) = text.strip_prefix("${") else {
        let end = text[1..].find(|it| !is_letter(it)).map_or(text.len(), |it| it + 1);
        return (&text[..end], &text[1..end]);
    };
    let mut open = 0_usize;
    for (at, letter) in inside.char_indices() {
        match letter {
            '{' => open += 1,
            '}' if open == 0 => return (&text[..at + 3], &inside[..at]),
            '}' => open -= 1,
            _ => (),
        }
    }
    (text, "")
}

fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// The `NAME` and `NAME=value` words, quotes taken off.
fn pairs(words: &str) -> Vec<(String, Option<String>)> {
    split_words(words)
        .into_iter()
        .map(|word| match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word, None),
        })
        .collect()
}

fn split_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for letter in text.chars() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            (_, None) if letter.is_whitespace() => {
                words.extend(Some(std::mem::take(&mut word)).filter(|it| !it.is_empty()));
            }
            _ => word.push(letter),
        }
    }
    words.extend(Some(word).filter(|it| !it.is_empty()));
    words
}
