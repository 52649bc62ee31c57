//! Going elsewhere: to another question or file, to a word, to some of the questions only.

use super::board::Question;
use super::filter::{Filter, mentions};
use super::keys::Command;
use super::screen::Gone;
use super::show;
use super::talk::{Next, Talk};
use crate::report::summary::count;

/// How many files are listed, and how many of them before the one that is asked about.
const FILES: usize = 12;
const BEFORE: usize = 3;

impl Talk<'_, '_, '_> {
    /// Goes to another question.
    pub(super) fn move_on(&mut self, command: Command) -> Result<Next, Gone> {
        let at = self.board.at;
        match command {
            Command::Later => {
                self.screen.say("later")?;
                self.board.put(at);
                Ok(Next::Question)
            }
            Command::Previous => {
                let before = self.board.before(at);
                self.go(before, "the one before", "this is the first one")
            }
            Command::NextFile => {
                let next = self.board.open().find(|it| it.0 > at.0);
                self.go(next, "next file", "nothing is to be answered in a file after this one")
            }
            Command::PreviousFile => {
                let before = self.board.open().filter(|it| it.0 < at.0).last();
                let first = self.board.open().find(|it| before.is_some_and(|last| last.0 == it.0));
                self.go(
                    first,
                    "the file before",
                    "nothing is to be answered in a file before this one",
                )
            }
            Command::GoTo => self.go_to(),
            _ => self.search(),
        }
    }

    fn go(&mut self, to: Option<Question>, word: &str, none: &str) -> Result<Next, Gone> {
        match to {
            Some(to) => {
                self.screen.say(word)?;
                self.board.at = to;
                Ok(Next::Here)
            }
            None => {
                self.screen.say(none)?;
                Ok(Next::Same)
            }
        }
    }

    fn go_to(&mut self) -> Result<Next, Gone> {
        self.screen.say("go to")?;
        self.list_files()?;
        let check = |text: &str| self.file(text).map(drop);
        let Some(text) = self.screen.line("File, by number or name", "", &check)? else {
            return Ok(Next::Same);
        };
        let Ok(bench) = self.file(&text) else { return Ok(Next::Same) };
        let open = self.board.open().find(|it| it.0 == bench);
        self.board.at = open.unwrap_or((bench, 0));
        Ok(Next::Here)
    }

    /// The files around the one that is asked about, with how much is to be answered there.
    fn list_files(&self) -> Result<(), Gone> {
        let asked = self.board.asked();
        let here = asked.iter().position(|it| *it == self.board.at.0).unwrap_or(0);
        let first = here.saturating_sub(BEFORE).min(asked.len().saturating_sub(FILES));
        let open: Vec<Question> = self.board.open().collect();
        let of_all: Vec<Question> = self.board.all_open().collect();
        let in_file = |all: &[Question], bench| all.iter().filter(|it| it.0 == bench).count();
        self.screen.remark(&format!("      open  file{}", self.board.filter.told()))?;
        for (number, bench) in asked.iter().enumerate().skip(first).take(FILES) {
            let mark = if number == here { '>' } else { ' ' };
            let what = match (in_file(&open, *bench), in_file(&of_all, *bench)) {
                (0, 0) => "done".to_owned(),
                // The filter lets none of them through.
                (0, _) => "-".to_owned(),
                (left, _) => left.to_string(),
            };
            let name = super::name(&self.board.projects[*bench]);
            let line = format!("{mark}{:>4} {what:>5}  {name}", number + 1);
            self.screen.say(&show::fit(&show::clean(&line), self.screen.width()))?;
        }
        if asked.len() > FILES {
            self.screen.remark(&format!("      of {}", count(asked.len(), "file")))?;
        }
        Ok(())
    }

    /// The file that a number or a part of its name means: the first one after the one that is asked about.
    fn file(&self, text: &str) -> Result<usize, String> {
        let asked = self.board.asked();
        let number = text.trim().parse::<usize>().ok().and_then(|it| it.checked_sub(1));
        let named = |it: &&usize| super::name(&self.board.projects[**it]).contains(text.trim());
        let later = asked.iter().filter(|it| **it > self.board.at.0).find(named);
        let found = number.and_then(|it| asked.get(it)).or(later);
        let text = show::clean(text.trim());
        let Some(&bench) = found.or_else(|| asked.iter().find(named)) else {
            return Err(format!("there is no file `{text}` among {}", asked.len()));
        };
        let name = show::clean(&super::name(&self.board.projects[bench]));
        if !self.board.is_here(bench) || self.board.benches[bench].order.is_empty() {
            return Err(format!("{name} is done"));
        }
        let (mut all, mut fitting) = (self.board.all_open(), self.board.open());
        if all.any(|it| it.0 == bench) && !fitting.any(|it| it.0 == bench) {
            return Err(format!(
                "nothing of {name} is asked{}: f and an empty line ask about everything again",
                self.board.filter.told()
            ));
        }
        Ok(bench)
    }

    fn search(&mut self) -> Result<Next, Gone> {
        self.screen.say("search")?;
        let check = |text: &str| match self.mentioning(text) {
            Some(_) => Ok(()),
            None => Err(format!(
                "no question mentions `{}`{}",
                show::clean(text.trim()),
                self.board.filter.told()
            )),
        };
        let Some(text) = self.screen.line("Word", "", &check)? else { return Ok(Next::Same) };
        if let Some(found) = self.mentioning(&text) {
            self.board.at = found;
        }
        Ok(Next::Here)
    }

    /// The next question that mentions a word.
    fn mentioning(&self, text: &str) -> Option<Question> {
        let word = text.trim().to_lowercase();
        let at = self.board.at;
        let hit =
            |it: &Question| mentions(&self.board.benches[it.0], self.board.finding(*it), &word);
        let hits: Vec<Question> = self.board.open().filter(hit).collect();
        hits.iter().find(|it| **it > at).or(hits.first()).copied()
    }

    /// Asks only about what fits some words.
    pub(super) fn filter(&mut self) -> Result<Next, Gone> {
        self.screen.say("filter")?;
        let today = self.board.filter.text();
        self.screen.remark(
            "Ask only about what fits words: a rule, image, path, service, severity or confidence; no word: about everything",
        )?;
        let check = |text: &str| match self.fitting(&Filter::read(text)) {
            0 => Err(format!("no question fits `{}`", show::clean(text.trim()))),
            _ => Ok(()),
        };
        let Some(text) = self.screen.line_from("Only", &today, &check)? else {
            return Ok(Next::Same);
        };
        self.board.filter = Filter::read(&text);
        let open = self.board.open().count();
        self.screen.say(&format!("{} to answer", count(open, "question")))?;
        Ok(Next::Question)
    }

    fn fitting(&self, filter: &Filter) -> usize {
        let fits = |it: &Question| filter.fits(&self.board.benches[it.0], self.board.finding(*it));
        self.board.all_open().filter(fits).count()
    }
}
