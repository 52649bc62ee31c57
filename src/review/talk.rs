//! The conversation: questions are shown, keys are carried out.

use std::collections::BTreeSet;

use console::Key;

use super::bench::Stage;
use super::board::{Board, Question};
use super::diff::marked;
use super::keys::{self, Command};
use super::last::{Keep, Writer};
use super::preview::{self, Preview};
use super::scope::Scope;
use super::screen::{Gone, Screen};
use super::{Blocked, Images, OfImage, show};
use crate::decisions::{Answer, Word};
use crate::finding::Confidence;
use crate::plan::Choice;
use crate::report::rules::with_fixes;
use crate::rules;

/// What comes after a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The next question that is to be answered.
    Question,
    /// The same after a decision for many: what is done by that waits for one last question.
    Swept,
    /// This question, shown anew.
    Here,
    /// The same question; it still stands on the screen.
    Same,
}

/// The conversation.
pub(super) struct Talk<'t, 'b, 'w> {
    /// The terminal.
    pub(super) screen: &'t Screen,
    /// The projects.
    pub(super) board: Board<'b>,
    /// Who writes.
    pub(super) writer: Writer<'w>,
    /// Who keeps the answers.
    pub(super) keep: Keep<'w>,
    /// Who changes what is known of images.
    pub(super) images: Images<'w>,
    /// Who knows what could not be written.
    pub(super) blocked: Blocked<'w>,
    /// How sure a fix has to be that Enter accepts.
    pub(super) least: Confidence,
    /// The number of the file that stands on the screen, and the lines of its container.
    pub(super) shown: Option<(usize, String)>,
    /// The round of its file that was asked about.
    pub(super) round: usize,
    /// Whether the keys were explained.
    pub(super) explained: bool,
    /// Whether the owner stops.
    pub(super) quits: bool,
}

impl Talk<'_, '_, '_> {
    /// Asks until everything is answered or the owner stops, and writes what was accepted.
    pub(super) fn talk(&mut self) -> Result<(), Gone> {
        self.tell()?;
        let files: BTreeSet<usize> = self.board.open().map(|it| it.0).collect();
        if files.len() > 1 {
            self.tell_all_blocked(files)?;
            self.table()?;
        }
        let mut next = Next::Question;
        while !self.quits {
            match next {
                Next::Question | Next::Swept => match self.board.next(self.board.at) {
                    Some(at) => self.board.at = at,
                    None if self.finish()? => continue,
                    None => break,
                },
                Next::Here | Next::Same => (),
            }
            if next != Next::Same {
                self.show()?;
            }
            let at = self.board.at;
            next = self.ask()?;
            self.tell()?;
            if next == Next::Question && self.is_done(at.0) {
                self.finish_file(at.0)?;
            }
        }
        Ok(())
    }

    /// Tells what happened beside the questions.
    pub(super) fn tell(&mut self) -> Result<(), Gone> {
        for unproven in std::mem::take(&mut self.board.unproven) {
            self.writer.tell_unproven(&unproven);
        }
        for note in std::mem::take(&mut self.writer.notes) {
            self.screen.remark(&show::clean(&note))?;
        }
        Ok(())
    }

    /// Keeps the answers; if that fails, says so once and goes on.
    pub(super) fn kept(&mut self) -> Result<(), Gone> {
        if let Err(error) = (self.keep)(self.board.decisions()) {
            self.screen.remark(&format!("Your answers cannot be kept: {error}"))?;
        }
        Ok(())
    }

    /// Whether everything in a file is answered that was asked there.
    fn is_done(&self, bench: usize) -> bool {
        let bench = &self.board.benches[bench];
        bench.stage == Stage::Open && bench.open(&self.board.policy).next().is_none()
    }

    /// Shows the question, its file and its container where they are new.
    fn show(&mut self) -> Result<(), Gone> {
        let width = self.screen.width();
        let at = self.board.at;
        let bench = &self.board.benches[at.0];
        let container = show::container(&self.board, at, width);
        let before = self.shown.replace((at.0, container.clone()));
        if before.as_ref().is_none_or(|it| it.0 != at.0) {
            let line = show::file_line(&self.board, at.0, width);
            self.screen.say(&format!("\n{line}"))?;
            self.tell_blocked(at.0)?;
        } else if bench.round > self.round {
            self.screen.remark("\nWhat was accepted brings this to light:")?;
        }
        self.round = bench.round;
        // What it lost was answered; what it says anew is to be seen.
        let is_known = |(file, lines): &(usize, String)| {
            *file == at.0 && container.lines().all(|it| lines.lines().any(|old| old == it))
        };
        if !before.as_ref().is_some_and(is_known) {
            self.screen.say(&format!("\n{container}"))?;
        }
        let text = show::finding(&self.board, at, width);
        self.screen.say(&format!("\n{text}"))?;
        self.show_earlier(at)?;
        let number = bench.order[at.1];
        if bench.findings()[number].fixes.is_empty() {
            return Ok(());
        }
        let accepted = preview::accepted(bench, &self.board.policy);
        let choice = Choice { finding: number, fix: 0 };
        self.show_preview(&preview::one(&bench.files, bench.findings(), &accepted, choice))
    }

    pub(super) fn show_preview(&self, preview: &Preview) -> Result<(), Gone> {
        let bench = &self.board.benches[self.board.at.0];
        let finding = self.board.finding(self.board.at);
        for (file, (old, new)) in &preview.texts {
            let path = &bench.file(*file).path;
            let diff = marked(path, &finding.subject, (old, new), self.screen.width());
            self.screen.say(diff.trim_end())?;
        }
        if !preview.along.is_empty() {
            let along = preview.along.join(", ");
            self.screen.remark(&format!("Valid only together with {along}, shown with it."))?;
        }
        if preview.shared {
            self.screen.remark(
                "Other containers share this place: if all of them get the same fix, it is written there once.",
            )?;
        }
        preview
            .refused
            .iter()
            .try_for_each(|it| self.screen.remark(&format!("Cannot be done: {it}")))
    }

    fn is_offered(&self, command: Command) -> bool {
        let bench = &self.board.benches[self.board.at.0];
        let finding = self.board.finding(self.board.at);
        let fixable = || bench.siblings(self.board.at.1).any(|it| !bench.at(it).fixes.is_empty());
        match command {
            Command::Yes | Command::Same => !finding.fixes.is_empty(),
            Command::Choose => fixable(),
            Command::Edit => fixable() && bench.subject(finding.container).is_some(),
            Command::Editor => {
                std::env::var_os("EDITOR").is_some_and(|it| !it.is_empty())
                    && self.editable().is_some()
            }
            Command::Waive => finding.rule != rules::BROKEN_WAIVER.id,
            Command::Image => bench.image(finding.container).is_some(),
            _ => true,
        }
    }

    /// Asks for a key and does what it says.
    fn ask(&mut self) -> Result<Next, Gone> {
        let finding = self.board.finding(self.board.at);
        let (question, preset) = match (finding.fixes.is_empty(), finding.sure_fix(self.least)) {
            (true, _) => ("Manual, no fix can be written: only you can decide", "leave it"),
            (false, Some(_)) => ("Accept this fix?", "yes"),
            (false, None) => ("Accept this fix?", "no"),
        };
        if !self.explained {
            self.explained = true;
            self.screen.remark(keys::LEGEND)?;
        }
        let preset = if self.is_answered(self.board.at) { "as answered" } else { preset };
        let offered = keys::offered(|it| self.is_offered(it));
        let only = show::clean(&self.board.filter.told());
        let prompt = format!("{question}{only} [{offered}] (Enter: {preset})");
        let key = self.screen.key(&prompt)?;
        match keys::command(&key).filter(|it| self.is_offered(*it)) {
            Some(command) => self.run(command),
            None => {
                self.screen.say(match key {
                    Key::Char('y') => "no fix: n goes on",
                    Key::Char('E') => "set EDITOR to the command of your editor",
                    _ => "? lists the keys",
                })?;
                Ok(Next::Same)
            }
        }
    }

    fn run(&mut self, command: Command) -> Result<Next, Gone> {
        let at = self.board.at;
        match command {
            Command::Preset if self.is_answered(at) => {
                self.screen.say("as it was answered")?;
                Ok(Next::Question)
            }
            Command::Preset => match self.board.finding(at).sure_fix(self.least) {
                Some(fix) => self.answer(Word::Yes, fix),
                None => self.answer(Word::No, 0),
            },
            Command::Yes => self.answer(Word::Yes, 0),
            Command::No => self.answer(Word::No, 0),
            Command::Choose => self.choose(),
            Command::Edit => self.edit(),
            Command::Editor => self.editor(),
            Command::Waive => self.waive(),
            Command::Explain => self.explain(),
            Command::AcceptFile => self.accept_rest(&Scope::Project(at.0)),
            Command::AcceptAll => self.accept_rest(&Scope::All),
            Command::LeaveFile => self.leave_rest(&Scope::Project(at.0)),
            Command::LeaveAll => self.leave_rest(&Scope::All),
            Command::Rule | Command::Image | Command::Same => self.many(command),
            Command::Later
            | Command::Previous
            | Command::NextFile
            | Command::PreviousFile
            | Command::GoTo
            | Command::Search => self.move_on(command),
            Command::Filter => self.filter(),
            Command::Table => {
                self.screen.say("table")?;
                self.table()
            }
            Command::Again => {
                self.screen.say("again")?;
                self.shown = None;
                Ok(Next::Here)
            }
            Command::Diff => self.show_diff(),
            Command::Back => self.back(),
            Command::Write => self.write_now(),
            Command::Quit => self.quit(),
            Command::Help => self.help(),
        }
    }

    fn is_answered(&self, at: Question) -> bool {
        matches!(self.board.answer(at), Some(Answer::Fix(_) | Answer::Leave | Answer::Allow(_)))
    }

    fn answer(&mut self, word: Word, fix: usize) -> Result<Next, Gone> {
        self.screen.say(if word == Word::Yes { "yes" } else { "no" })?;
        let at = self.board.at;
        let before = self.board.benches[at.0].count(&self.board.policy);
        self.board.say(at, word, fix);
        self.kept()?;
        self.tell_count(at.0, before)?;
        Ok(Next::Question)
    }

    pub(super) fn back(&mut self) -> Result<Next, Gone> {
        if self.board.would_forget_image() {
            match (self.images)(OfImage::TakeBack) {
                Ok(known) => self.board.know(known),
                Err(why) => {
                    self.screen.say(&why)?;
                    return Ok(Next::Same);
                }
            }
        }
        match self.board.back() {
            Ok(_) => {
                self.screen.say("back")?;
                self.kept()?;
                Ok(Next::Here)
            }
            Err(why) => {
                self.screen.say(&why)?;
                Ok(Next::Same)
            }
        }
    }

    fn explain(&self) -> Result<Next, Gone> {
        self.screen.say("explain")?;
        if let Some(rule) = rules::find(self.board.finding(self.board.at).rule) {
            self.screen.say(&with_fixes(rule, self.screen.width()))?;
        }
        Ok(Next::Same)
    }

    fn help(&self) -> Result<Next, Gone> {
        self.screen.say("help")?;
        let help = keys::help(|it| self.is_offered(it));
        let width = self.screen.width();
        let lines = help.lines().map(|it| show::wrap(it, width, "   "));
        self.screen.say(&lines.collect::<Vec<_>>().join("\n"))?;
        Ok(Next::Same)
    }

    /// Shows what is accepted in this file so far, against what is on the disk.
    fn show_diff(&mut self) -> Result<Next, Gone> {
        self.screen.say("all that is accepted here")?;
        let number = self.board.at.0;
        let parts = self.writer.prepare(&mut self.board, &[number]);
        self.tell()?;
        self.show_parts(&parts)?;
        if parts.iter().all(|it| !it.changes()) {
            self.screen.remark("nothing yet")?;
        }
        Ok(Next::Same)
    }
}
