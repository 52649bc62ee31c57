//! The last question of a file, and of everything: what is accepted is shown on request, and written only then.

use console::Key;

use super::bench::Stage;
use super::diff::whole;
use super::last::Part;
use super::screen::Gone;
use super::show;
use super::talk::{Next, Talk};
use crate::report::summary::{count, count_fixes};
use crate::series::series;

/// What is answered to a last question.
enum Last {
    Write,
    Keep,
    Back,
}

impl Talk<'_, '_, '_> {
    /// The last question of a file in which everything is answered.
    pub(super) fn finish_file(&mut self, bench: usize) -> Result<(), Gone> {
        let parts = self.writer.prepare(&mut self.board, &[bench]);
        self.tell()?;
        if self.board.benches[bench].stage == Stage::Failed {
            return Ok(());
        }
        if parts.iter().all(|it| !it.changes()) {
            for part in &parts {
                self.tell_refused(part)?;
            }
            self.board.benches[bench].stage = Stage::Kept;
            let name = super::name(&self.board.projects[bench]);
            let left = self.board.benches[bench].findings().len();
            return self.screen.remark(&format!(
                "Left as it is: {} (0 fixed, 0 waived, {left} left)",
                show::clean(&name)
            ));
        }
        if self.write_or_not(parts, "Write", true)? {
            // There may be nothing to take back: the questions go on all the same.
            self.back()?;
        }
        Ok(())
    }

    /// Says what was accepted and cannot be done.
    fn tell_refused(&self, part: &Part) -> Result<(), Gone> {
        part.mended.refused.iter().try_for_each(|(finding, why)| {
            self.screen.remark(&format!("{}: {} is refused: {why}", finding.subject, finding.rule))
        })
    }

    /// Asks a last question and does what is answered; tells whether the questions go on.
    fn write_or_not(&mut self, parts: Vec<Part>, verb: &str, yes: bool) -> Result<bool, Gone> {
        match self.ask_last(&parts, verb, yes)? {
            Last::Write => {
                self.writer.write(&mut self.board, parts);
                self.tell()?;
                Ok(false)
            }
            Last::Keep => {
                for part in &parts {
                    let bench = &mut self.board.benches[part.bench];
                    if bench.open(&self.board.policy).next().is_none() {
                        bench.stage = Stage::Kept;
                    }
                }
                self.screen.remark("Nothing of that is written; your answers are kept.")?;
                Ok(false)
            }
            Last::Back => Ok(true),
        }
    }

    fn ask_last(&mut self, parts: &[Part], verb: &str, yes: bool) -> Result<Last, Gone> {
        let question = self.last_question(parts, verb);
        loop {
            let preset = if yes { "yes" } else { "no" };
            let prompt = format!("{question} [y,n,v,b] (Enter: {preset})");
            let key = match self.screen.key_once(&prompt)? {
                Key::Enter => Key::Char(if yes { 'y' } else { 'n' }),
                key => key,
            };
            match key {
                Key::Char('y') => {
                    self.screen.say("yes")?;
                    return Ok(Last::Write);
                }
                Key::Char('n') => {
                    self.screen.say("no")?;
                    return Ok(Last::Keep);
                }
                Key::Char('q') => {
                    self.screen.say("no, and quit")?;
                    self.quits = true;
                    return Ok(Last::Keep);
                }
                Key::Char('b') | Key::Escape => {
                    self.screen.say("back")?;
                    return Ok(Last::Back);
                }
                Key::Char('v') => {
                    self.screen.say("all of it")?;
                    self.show_parts(parts)?;
                }
                Key::Char('\u{4}' | '\0') => return Err(Gone::Ended),
                _ => self.screen.say("y writes, n does not, v shows all of it, b goes back")?,
            }
        }
    }

    fn last_question(&self, parts: &[Part], verb: &str) -> String {
        let sum = |of: fn(&Part) -> usize| parts.iter().map(of).sum::<usize>();
        let (fixes, risky) = (sum(|it| it.mended.fixed.len()), sum(Part::risky));
        let waivers = sum(|it| it.mended.waived);
        let files = sum(|it| it.mended.changed.len());
        let mut what = Vec::new();
        if fixes > 0 {
            let risky = match (risky, fixes) {
                (0, _) => String::new(),
                (1, 1) => ", which is risky,".to_owned(),
                (risky, _) => format!(", {risky} of them risky,"),
            };
            what.push(format!("{}{risky}", count_fixes(fixes)));
        }
        if waivers > 0 {
            what.push(count(waivers, "waiver"));
        }
        let to = match parts {
            [one] if files == 1 => super::written(&self.board.projects[one.bench]),
            _ => count(files, "file"),
        };
        format!("{verb} {} to {}?", series(&what), show::clean(&to))
    }

    /// Shows the whole difference that parts make.
    pub(super) fn show_parts(&self, parts: &[Part]) -> Result<(), Gone> {
        for part in parts {
            for &id in &part.mended.changed {
                let old = &self.board.projects[part.bench].files[id.0 as usize];
                let new = &part.mended.files[id.0 as usize];
                let diff = whole(old, new, self.screen.width());
                self.screen.say(diff.trim_end())?;
            }
            self.tell_refused(part)?;
        }
        Ok(())
    }

    /// What is left once everything is answered; tells whether there are questions again.
    pub(super) fn finish(&mut self) -> Result<bool, Gone> {
        if !self.board.filter.is_everything() {
            let text = show::clean(&self.board.filter.text());
            let filter = std::mem::take(&mut self.board.filter);
            let others = self.board.open().count();
            if others > 0 {
                let question = format!(
                    "Nothing is left of `{text}`, {} of others. Go on with those?",
                    count(others, "question")
                );
                if self.screen.confirm(&question)? == Some(true) {
                    return Ok(true);
                }
                self.board.filter = filter;
            }
        }
        if self.write_all("Write", true)? {
            self.back()?;
            return Ok(true);
        }
        // What was written may bring something to light in projects that read it.
        if self.board.open().next().is_some() || self.unwritten().iter().any(Part::changes) {
            return Ok(true);
        }
        self.is_over()
    }

    /// Whether an owner who accepted nothing of what was asked last goes back after all; tells whether the questions go on.
    fn is_over(&mut self) -> Result<bool, Gone> {
        if self.quits || !self.board.can_go_back() {
            return Ok(false);
        }
        let key = self.screen.key("Everything is answered. [b] (Enter: the end)")?;
        if matches!(key, Key::Char('b')) {
            self.back()?;
            return Ok(true);
        }
        self.screen.say("the end")?;
        Ok(false)
    }

    /// Asks whether to write everything that is accepted and not written; tells whether the questions go on.
    fn write_all(&mut self, verb: &str, yes: bool) -> Result<bool, Gone> {
        let parts = self.unwritten();
        self.write_any(parts, verb, yes)
    }

    /// What everything that is accepted and not written comes to.
    fn unwritten(&mut self) -> Vec<Part> {
        let asked = self.board.unwritten();
        self.writer.prepare(&mut self.board, &asked)
    }

    /// Asks whether to write those parts that change anything, and says what of the others cannot be done.
    fn write_any(&mut self, mut parts: Vec<Part>, verb: &str, yes: bool) -> Result<bool, Gone> {
        self.tell()?;
        for part in parts.iter().filter(|it| !it.changes()) {
            self.tell_refused(part)?;
        }
        parts.retain(Part::changes);
        match parts.is_empty() {
            true => Ok(false),
            false => self.write_or_not(parts, verb, yes),
        }
    }

    /// Writes what is accepted so far, and goes on.
    pub(super) fn write_now(&mut self) -> Result<Next, Gone> {
        self.screen.say("write")?;
        let parts = self.unwritten();
        if parts.iter().all(|it| !it.changes()) {
            self.screen.say("nothing is accepted that is not written")?;
            return Ok(Next::Same);
        }
        let place = self.board.place(self.board.at);
        let goes_back = self.write_any(parts, "Write", true)?;
        self.shown = None;
        if let Some(at) = self.board.find_again(&place) {
            self.board.at = at;
            return Ok(Next::Here);
        }
        Ok(if goes_back { Next::Here } else { Next::Question })
    }

    /// Stops, and asks whether what is accepted so far is to be written.
    pub(super) fn quit(&mut self) -> Result<Next, Gone> {
        self.screen.say("quit")?;
        if self.write_all("Before you go: write", false)? {
            self.shown = None;
            return Ok(Next::Here);
        }
        self.quits = true;
        Ok(Next::Question)
    }
}
