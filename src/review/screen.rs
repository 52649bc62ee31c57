//! The terminal: lines out on standard error, keys and lines in.

use std::cell::Cell;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use console::{Key, Term};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::line::{Line, Typed};
use super::raw::Raw;
use super::show;
use crate::report::shown::styled;

/// Why nothing more can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    /// The terminal gives and takes nothing more.
    Ended,
    /// Somebody wants the program to stop at once.
    Interrupted,
}

/// The terminal that the review talks to.
pub(super) struct Screen {
    term: Term,
    interrupted: Arc<AtomicBool>,
    /// Whether it can move its cursor.
    can_move: bool,
    /// Where the cursor stands behind a prompt.
    column: Cell<usize>,
}

/// Whether the terminal says that it can neither move its cursor nor change its colour.
pub fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|it| it == "dumb" || it.is_empty())
}

/// Below this width a list that is redrawn would break into pieces.
const NARROW: usize = 24;

impl Screen {
    /// Takes the terminal; interrupts are noticed at the next question, so that the cursor comes back.
    pub(super) fn open() -> io::Result<Screen> {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // A second one does not wait for the next question.
            let stop = Arc::clone(&interrupted);
            signal_hook::flag::register_conditional_shutdown(signal, 130, stop)?;
            signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
        }
        let colored = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
        console::set_colors_enabled_stderr(colored);
        Ok(Screen { term: Term::stderr(), interrupted, can_move: !is_dumb(), column: Cell::new(0) })
    }

    /// Whether it can move its cursor.
    pub(super) fn can_move(&self) -> bool {
        self.can_move
    }

    /// How many columns there are now.
    pub(super) fn width(&self) -> usize {
        self.term.size_checked().map_or(80, |it| usize::from(it.1)).clamp(20, 120)
    }

    /// Prints lines; what is answered to a key stands behind its prompt, where it fits there.
    pub(super) fn say(&self, text: &str) -> Result<(), Gone> {
        let column = self.column.replace(0);
        let fits = column + text.chars().count() <= self.width();
        if column == 0 || fits || text.starts_with('\n') {
            return self.write(&format!("{text}\n"));
        }
        self.write(&format!("\n{}\n", show::wrap(text, self.width(), "  ")))
    }

    /// Prints a remark of the review itself.
    pub(super) fn remark(&self, text: &str) -> Result<(), Gone> {
        self.say(&show::remark(text, self.width()))
    }

    fn write(&self, text: &str) -> Result<(), Gone> {
        let mut out = anstream::stderr().lock();
        out.write_all(styled(text).as_bytes()).and_then(|()| out.flush()).map_err(|_| Gone::Ended)
    }

    /// Prints a prompt and waits for a key; once the program goes on after Ctrl-Z, it stands there again.
    pub(super) fn key(&self, prompt: &str) -> Result<Key, Gone> {
        loop {
            self.forget_keys();
            // What is answered stands on the same line.
            let prompt = show::wrap(prompt, self.width() - 5, "  ") + " ";
            self.write(&prompt)?;
            self.column.set(prompt.lines().last().map_or(0, |it| it.chars().count()));
            match self.read_one()? {
                Key::Char('\u{1a}') => suspend(),
                key => return Ok(key),
            }
        }
    }

    /// A key as it comes.
    pub(super) fn read_one(&self) -> Result<Key, Gone> {
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(Gone::Interrupted);
        }
        match self.term.read_key_raw() {
            Ok(Key::CtrlC) => Err(Gone::Interrupted),
            Ok(Key::Unknown) if !self.term.is_term() => Err(Gone::Ended),
            Ok(key) => Ok(key),
            Err(error) => Err(self.gone(error.kind())),
        }
    }

    /// Asks for yes or no; Enter says no, Escape and the end of the input nothing.
    pub(super) fn confirm(&self, question: &str) -> Result<Option<bool>, Gone> {
        self.confirm_by(question, &|it| self.key(it))
    }

    /// The same with a key that `ask` gets.
    pub(super) fn confirm_by(
        &self,
        question: &str,
        ask: &dyn Fn(&str) -> Result<Key, Gone>,
    ) -> Result<Option<bool>, Gone> {
        let prompt = format!("{question} [y,n] (Enter: no)");
        let mut text = prompt.as_str();
        loop {
            let (answer, word) = match ask(text)? {
                Key::Char('y') => (Some(true), "yes"),
                Key::Char('n') | Key::Enter => (Some(false), "no"),
                Key::Escape | Key::Char('\u{4}' | '\0' | 'b') => (None, "back"),
                _ => {
                    // Said again on the same line: other keys are slips.
                    text = "y or n?";
                    continue;
                }
            };
            self.say(word)?;
            return Ok(answer);
        }
    }

    /// Asks for a line that begins with a text; nothing where it is left, or empty in the end.
    pub(super) fn line(
        &self,
        prompt: &str,
        begins: &str,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<Option<String>, Gone> {
        let check = |it: &str| if it.trim().is_empty() { Ok(()) } else { check(it) };
        let text = self.line_from(prompt, begins, &check)?;
        Ok(text.filter(|it| !it.trim().is_empty()))
    }

    /// A line that begins with a text and may be empty in the end; nothing where it is left.
    pub(super) fn line_from(
        &self,
        prompt: &str,
        begins: &str,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<Option<String>, Gone> {
        if !self.can_move || self.width() < NARROW {
            let text = self.plain_line(prompt, begins, check)?;
            return Ok(Some(text.unwrap_or_default()));
        }
        self.forget_keys();
        let mut line = Line::of(begins);
        loop {
            let Some(text) = self.typed(prompt, &mut line)? else { return Ok(None) };
            match check(&text) {
                Ok(()) => return Ok(Some(text)),
                Err(message) => self.remark(&message)?,
            }
        }
    }

    /// Shows a line while it is typed; nothing where it is left.
    fn typed(&self, prompt: &str, line: &mut Line) -> Result<Option<String>, Gone> {
        let mut raw = Some(Raw::begin());
        loop {
            let room = self.width().saturating_sub(3);
            let prompt = show::fit(prompt, room / 2);
            let text = show::clean(&line.text());
            // What does not fit is not shown: the end is where one types.
            let shown = tail(&text, room.saturating_sub(prompt.chars().count()));
            let back = show::clean(&line.behind()).chars().count();
            let steps = if back > 0 { format!("\u{1b}[{back}D") } else { String::new() };
            self.write_raw(&format!("\r\u{1b}[K{prompt}: {shown}{steps}"))?;
            let key = self.read_one()?;
            if key == Key::Char('\u{1a}') {
                drop(raw.take());
                suspend();
                raw = Some(Raw::begin());
                continue;
            }
            match line.press(&key) {
                Typed::More => (),
                Typed::Done => {
                    self.write_raw("\r\n")?;
                    return Ok(Some(line.text()));
                }
                Typed::Left => {
                    self.write_raw(" (left)\r\n")?;
                    return Ok(None);
                }
            }
        }
    }

    /// Moves the cursor, which styled text is not to do.
    fn write_raw(&self, text: &str) -> Result<(), Gone> {
        let mut out = io::stderr().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|_| Gone::Ended)
    }

    /// Drops what was typed before anybody could see what is asked.
    pub(super) fn forget_keys(&self) {
        #[cfg(unix)]
        // What is no terminal has nothing typed ahead.
        let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
    }

    /// The same on a terminal that cannot move its cursor.
    fn plain_line(
        &self,
        prompt: &str,
        preset: &str,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<Option<String>, Gone> {
        loop {
            let shown = if preset.is_empty() { String::new() } else { format!(" [{preset}]") };
            self.write(&format!(
                "{}: ",
                show::wrap(&format!("{prompt}{shown}"), self.width(), "  ")
            ))?;
            let text = self.term.read_line().map_err(|it| self.gone(it.kind()))?;
            if text.contains(['\u{4}', '\0']) {
                return Ok(None);
            }
            let text = if text.trim().is_empty() { preset.to_owned() } else { text };
            if text.trim().is_empty() {
                return Ok(None);
            }
            match check(&text) {
                Ok(()) => return Ok(Some(text)),
                Err(message) => self.remark(&message)?,
            }
        }
    }

    /// Why nothing more can be asked, after an error of the terminal.
    pub(super) fn gone(&self, kind: io::ErrorKind) -> Gone {
        let interrupted = self.interrupted.load(Ordering::Relaxed);
        if interrupted || kind == io::ErrorKind::Interrupted {
            Gone::Interrupted
        } else {
            Gone::Ended
        }
    }
}

/// Stops the program as Ctrl-Z does, until the shell has it go on.
pub(super) fn suspend() {
    // A shell without jobs lets it go on at once.
    #[cfg(unix)]
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP);
}

/// The last letters of a text, as many as fit.
fn tail(text: &str, room: usize) -> String {
    let letters = text.chars().count();
    text.chars().skip(letters.saturating_sub(room.max(1))).collect()
}

/// The numbers in a line, from zero, of so many things counted from one.
pub(super) fn numbers(text: &str, count: usize) -> Result<Vec<usize>, String> {
    if text.trim() == "none" {
        return Ok(Vec::new());
    }
    let words = text.split([',', ' ']).filter(|it| !it.is_empty());
    let number = |word: &str| match word.parse::<usize>() {
        Ok(number) if (1..=count).contains(&number) => Ok(number - 1),
        _ => Err(format!("`{word}` is no number from 1 to {count}")),
    };
    words.map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn numbers_count_from_one() {
        assert_eq!(numbers("1, 3", 3), Ok(vec![0, 2]));
        assert_eq!(numbers("none", 3), Ok(vec![]));
        assert!(numbers("4", 3).is_err() && numbers("0", 3).is_err() && numbers("x", 3).is_err());
    }
}
