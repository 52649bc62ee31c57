//! A key that is held down answers no question after which something is written.
//!
//! Two things tell it from one that is pressed: it comes while nobody has let go of the one before, or it comes again at
//! once. The first key that a keyboard repeats comes late, so that neither is enough alone.

use console::Key;

use super::screen::{Gone, Screen};

/// How long nothing is to be typed before such a question is asked, in tenths of a second: keyboards repeat faster.
const PAUSE: u8 = 3;

/// How long after a key the same one is not to come again.
const REPEAT: u8 = 2;

const CTRL_C: u8 = 3;

impl Screen {
    /// Prints a prompt and waits for a key that is pressed once.
    pub(super) fn key_once(&self, prompt: &str) -> Result<Key, Gone> {
        loop {
            while !self.typed_within(PAUSE)?.is_empty() {}
            let key = self.key(prompt)?;
            if !is_among(&key, &self.typed_within(REPEAT)?) {
                return Ok(key);
            }
            self.say("held down: press it once")?;
        }
    }

    /// The same for yes or no.
    pub(super) fn confirm_once(&self, question: &str) -> Result<Option<bool>, Gone> {
        self.confirm_by(question, &|it| self.key_once(it))
    }

    /// What is typed within some tenths of a second, which is dropped.
    #[cfg(unix)]
    fn typed_within(&self, tenths: u8) -> Result<Vec<u8>, Gone> {
        let typed = super::raw::Raw::timed(tenths).typed().map_err(|it| self.gone(it.kind()))?;
        if typed.contains(&CTRL_C) { Err(Gone::Interrupted) } else { Ok(typed) }
    }

    #[cfg(not(unix))]
    fn typed_within(&self, _: u8) -> Result<Vec<u8>, Gone> {
        Ok(Vec::new())
    }
}

/// Whether a key is among those that were typed.
fn is_among(key: &Key, typed: &[u8]) -> bool {
    match key {
        Key::Char(it) => String::from_utf8_lossy(typed).contains(*it),
        Key::Enter => typed.iter().any(|it| matches!(it, b'\r' | b'\n')),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_again_and_another_one_does_not_count() {
        assert!(is_among(&Key::Char('y'), b"yy") && is_among(&Key::Enter, b"\r"));
        assert!(!is_among(&Key::Char('y'), b"\r") && !is_among(&Key::Char('y'), b""));
    }
}
