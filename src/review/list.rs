//! A list of which some are chosen: it is drawn anew after each key.

use console::{Key, Term};

use super::screen::{Gone, Screen, numbers, suspend};
use super::show;

/// Below this width a list that is redrawn would break into pieces.
const NARROW: usize = 24;

/// How many columns stand before an item, with one that stays free.
const MARGIN: usize = 7;

/// A list while somebody chooses.
struct List<'l> {
    prompt: String,
    items: &'l [String],
    on: Vec<bool>,
    at: usize,
}

/// What a key makes of a list.
#[derive(Debug, PartialEq, Eq)]
enum Chosen {
    More,
    Done,
    Left,
}

impl List<'_> {
    fn press(&mut self, key: &Key) -> Chosen {
        let count = self.items.len().max(1);
        match key {
            Key::Enter => return Chosen::Done,
            Key::Escape | Key::Char('\u{4}' | '\0' | 'q') => return Chosen::Left,
            Key::ArrowDown | Key::Char('j' | '\t') => self.at = (self.at + 1) % count,
            Key::ArrowUp | Key::Char('k') => self.at = (self.at + count - 1) % count,
            Key::Char(' ') => self.on.iter_mut().skip(self.at).take(1).for_each(|it| *it = !*it),
            Key::Char('a') => {
                let all = !self.on.iter().all(|it| *it);
                self.on.fill(all);
            }
            _ => (),
        }
        Chosen::More
    }

    /// The lines of the list, as many as fit, with that of the cursor among them.
    fn lines(&self, width: usize, height: usize) -> Vec<String> {
        let room = height.saturating_sub(3).max(1);
        let first = self.at.saturating_sub(room / 2).min(self.items.len().saturating_sub(room));
        let mut lines = vec![show::fit(&self.prompt, width - 1)];
        for (number, item) in self.items.iter().enumerate().skip(first).take(room) {
            let cursor = if number == self.at { '>' } else { ' ' };
            let mark = if self.on[number] { 'x' } else { ' ' };
            lines.push(format!("{cursor} [{mark}] {}", show::fit(item, width - MARGIN)));
        }
        lines
    }
}

impl Screen {
    /// Asks which of the items are wanted; nothing when none are to be chosen after all.
    pub(super) fn choose(
        &self,
        prompt: &str,
        items: &[String],
        preset: &[bool],
    ) -> Result<Option<Vec<usize>>, Gone> {
        if !self.can_move() || self.width() < NARROW {
            return self.choose_by_number(prompt, items, preset);
        }
        self.remark("Space: on or off, a: all or none, Enter: done, Escape: back")?;
        self.forget_keys();
        let mut list = List { prompt: prompt.to_owned(), items, on: preset.to_vec(), at: 0 };
        let term = Term::stderr();
        // The terminal may be the reason for an error: there is nobody left to tell.
        let _ = term.hide_cursor();
        let chosen = self.choose_from(&mut list, &term);
        let _ = term.show_cursor();
        let on = |it: Vec<bool>| (0..it.len()).filter(|at| it[*at]).collect();
        Ok(chosen?.then(|| on(list.on)))
    }

    /// Whether something is chosen in the end.
    fn choose_from(&self, list: &mut List<'_>, term: &Term) -> Result<bool, Gone> {
        loop {
            let lines = list.lines(self.width(), usize::from(term.size().0));
            self.say(&lines.join("\n"))?;
            let key = self.read_one()?;
            if key == Key::Char('\u{1a}') {
                let _ = term.show_cursor();
                suspend();
                let _ = term.hide_cursor();
                // What stands above it now is the shell's.
                continue;
            }
            let _ = term.clear_last_lines(lines.len());
            match list.press(&key) {
                Chosen::More => (),
                Chosen::Done => return Ok(true),
                Chosen::Left => return Ok(false),
            }
        }
    }

    fn choose_by_number(
        &self,
        prompt: &str,
        items: &[String],
        preset: &[bool],
    ) -> Result<Option<Vec<usize>>, Gone> {
        let mut preset_numbers = Vec::new();
        for (number, (item, on)) in (1..).zip(items.iter().zip(preset)) {
            self.say(&show::wrap(&format!("{number} {item}"), self.width(), "  "))?;
            preset_numbers.extend(on.then(|| number.to_string()));
        }
        let parse = |text: &str| numbers(text, items.len());
        let preset =
            if preset_numbers.is_empty() { "none".into() } else { preset_numbers.join(" ") };
        let prompt = format!("{prompt}, by number (or none)");
        let text = self.line(&prompt, &preset, &|it| parse(it).map(|_| ()))?;
        Ok(text.and_then(|it| parse(&it).ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_move_and_mark_and_what_does_not_fit_scrolls() {
        let items: Vec<String> = (0..9).map(|it| format!("item {it}")).collect();
        let on = vec![false; 9];
        let mut list = List { prompt: "Which?".to_owned(), items: &items, on, at: 0 };
        assert_eq!(list.press(&Key::ArrowUp), Chosen::More);
        list.press(&Key::Char(' '));
        assert_eq!(list.lines(80, 6), ["Which?", "  [ ] item 6", "  [ ] item 7", "> [x] item 8"]);
        list.press(&Key::Char('a'));
        assert!(list.on.iter().all(|it| *it));
        list.press(&Key::Char('a'));
        assert!(list.on.iter().all(|it| !*it));
        assert_eq!(list.press(&Key::Escape), Chosen::Left);
        assert_eq!(list.press(&Key::Enter), Chosen::Done);
    }
}
