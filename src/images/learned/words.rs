//! What a container is told to run, so that it can be told again without being written down.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What a container is told to run: a short digest each of what replaces the image's entrypoint and command; empty for
/// those of the image.
///
/// Eight hexadecimal digits: enough to see that a command changed, too few to find out what it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// That of the entrypoint.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entrypoint: String,
    /// That of the command.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub command: String,
}

impl Words {
    /// Those of an entrypoint and a command.
    pub fn of(entrypoint: &[String], command: &[String]) -> Words {
        Words { entrypoint: digest(entrypoint), command: digest(command) }
    }

    /// Whether nothing is told.
    pub fn is_empty(&self) -> bool {
        self.entrypoint.is_empty() && self.command.is_empty()
    }

    /// These as an engine tells them of a container of an image with words of its own: what says what the image says
    /// replaces nothing.
    #[must_use]
    pub fn beside(self, own: &Words) -> Words {
        let keeps = self.entrypoint.is_empty() || self.entrypoint == own.entrypoint;
        let command =
            if keeps && self.command == own.command { String::new() } else { self.command };
        Words { entrypoint: if keeps { String::new() } else { self.entrypoint }, command }
    }
}

/// Eight digits of the digest of words; nothing of none.
pub(super) fn digest(words: &[String]) -> String {
    if words.is_empty() {
        return String::new();
    }
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.as_bytes());
        hash.update([0]);
    }
    let mut text = String::with_capacity(8);
    for byte in &hash.finalize()[..4] {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// What stands for a word that may be a secret.
pub const LEFT_OUT: &str = "…";

/// The words of an entrypoint or a command without what may be a secret: programs, flags and plain paths stay, values of
/// flags, texts for a shell and whatever else goes.
pub fn without_secrets(words: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let kind = if at == 0 { Some(program(word)) } else { shown(word) };
        match kind {
            Some(word) => kept.push(word),
            None if kept.last().is_some_and(|it| it == LEFT_OUT) => (),
            None => kept.push(LEFT_OUT.to_owned()),
        }
    }
    kept
}

/// The program of a text that may be a whole line for a shell.
fn program(word: &str) -> String {
    let first = word.split_whitespace().next().unwrap_or_default();
    let is_plain = first.chars().all(is_of_a_path);
    match (is_plain, first.len() == word.len()) {
        (true, true) => first.to_owned(),
        (true, false) => format!("{first} {LEFT_OUT}"),
        (false, _) => LEFT_OUT.to_owned(),
    }
}

fn shown(word: &str) -> Option<String> {
    if let Some((flag, _)) = word.split_once('=') {
        let is_flag = flag.starts_with('-') && flag.chars().all(is_of_a_path);
        return is_flag.then(|| format!("{flag}={LEFT_OUT}"));
    }
    let is_long =
        word.starts_with("--") && word.chars().all(|it| it.is_ascii_alphanumeric() || it == '-');
    // `-pSECRET` is a flag with its value.
    let is_short = word.starts_with('-') && word.len() == 2;
    let is_path = word.starts_with('/') && word.chars().all(is_of_a_path);
    (is_long || is_short || is_path).then(|| word.to_owned())
}

fn is_of_a_path(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "/._-+".contains(letter)
}
