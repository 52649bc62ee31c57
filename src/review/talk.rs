//! The conversation about one project: questions are shown, keys are carried out.

use console::Key;

use super::desk::Desk;
use super::diff::marked;
use super::keys::{self, Command};
use super::preview::{self, Preview};
use super::screen::{Gone, Screen};
use super::session::Answer;
use super::{Rest, show};
use crate::mend::Unproven;
use crate::plan::Choice;
use crate::report::rules::explanation;
use crate::report::summary::count;
use crate::rules;

/// Why the questions about a project end before the last one.
pub(super) enum Stop {
    /// The owner quits: what was accepted is to be dropped.
    Quit,
    /// Nothing more can be asked.
    Gone(Gone),
    /// What was accepted could not be proven.
    Unproven(Unproven),
}

impl From<Gone> for Stop {
    fn from(gone: Gone) -> Stop {
        Stop::Gone(gone)
    }
}

/// What comes after a key.
pub(super) enum Next {
    /// The next question, or the same one in full.
    Question,
    /// The same question; it still stands on the screen.
    Same,
}

/// The conversation about one project.
pub(super) struct Talk<'t, 'p> {
    /// The terminal.
    pub(super) screen: &'t Screen,
    /// The project.
    pub(super) desk: &'t mut Desk<'p>,
    /// What people call it.
    pub(super) name: String,
    /// Its number among the files that are asked about, and how many there are.
    pub(super) number: (usize, usize),
    /// How questions are answered without asking, in this file.
    pub(super) rest: Option<Rest>,
    /// The same for all files; it outlives the conversation.
    pub(super) rest_of_all: Option<Rest>,
    /// Whether the owner quits after this file.
    pub(super) quits: bool,
}

impl Talk<'_, '_> {
    /// Asks round by round until nothing new comes to light, then puts the waivers in.
    pub(super) fn talk(&mut self) -> Result<(), Stop> {
        let mut round = 0;
        while self.desk.session.question().is_some() {
            if self.rest.or(self.rest_of_all).is_none() {
                self.open(round)?;
            }
            self.ask_all()?;
            self.desk.carry_out().map_err(Stop::Unproven)?;
            round += 1;
        }
        self.desk.write_waivers();
        Ok(())
    }

    fn open(&self, round: usize) -> Result<(), Gone> {
        if round > 0 {
            let (_, new) = self.desk.session.place();
            return self.screen.remark(&format!("That brings {} to light.", count(new, "finding")));
        }
        let width = self.screen.width();
        self.screen.say(&show::file_line(&self.name, self.number, &self.desk.session, width))
    }

    fn ask_all(&mut self) -> Result<(), Stop> {
        let mut next = Next::Question;
        while self.desk.session.question().is_some() {
            match self.rest.or(self.rest_of_all) {
                Some(Rest::Accept(least)) => {
                    self.desk.accept_rest(least);
                    continue;
                }
                Some(Rest::Leave) => {
                    self.desk.session.leave_rest();
                    continue;
                }
                None => (),
            }
            if let Next::Question = next {
                self.show()?;
            }
            next = self.ask()?;
        }
        Ok(())
    }

    /// Shows the question, and its container if it is the first one there.
    fn show(&self) -> Result<(), Gone> {
        let width = self.screen.width();
        let desk = &self.desk;
        if desk.session.opens_container() {
            let container = show::container(&desk.analysis, &desk.session, width);
            self.screen.say(&format!("\n{container}"))?;
        }
        let Some(number) = desk.session.question() else { return Ok(()) };
        let finding = &desk.findings()[number];
        let place = desk.session.place();
        let text = show::finding(&desk.files, finding, place, width);
        self.screen.say(&format!("\n{text}"))?;
        if finding.fixes.is_empty() {
            return Ok(());
        }
        let choice = Choice { finding: number, fix: 0 };
        self.show_preview(&preview::one(&desk.files, desk.findings(), choice))
    }

    pub(super) fn show_preview(&self, preview: &Preview) -> Result<(), Gone> {
        for (file, new) in &preview.texts {
            let old = &self.desk.files[file.0 as usize];
            self.screen.say(marked(&old.path, old.tree.text(), new).trim_end())?;
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
        preview.refused.iter().try_for_each(|it| self.screen.remark(&format!("Refused: {it}")))
    }

    fn is_offered(&self, command: Command) -> bool {
        let Some(finding) = self.desk.question() else { return false };
        let fixable = |it: &usize| !self.desk.findings()[*it].fixes.is_empty();
        match command {
            Command::Yes => !finding.fixes.is_empty(),
            Command::Choose => self.desk.session.left_of_container().iter().any(fixable),
            Command::Edit => self.desk.session.of_container().iter().any(fixable),
            Command::Waive => finding.rule != rules::BROKEN_WAIVER.id,
            Command::Back => self.desk.session.place().0 > 0,
            Command::Preset
            | Command::No
            | Command::Explain
            | Command::AcceptFile
            | Command::AcceptAll
            | Command::LeaveFile
            | Command::Quit
            | Command::Help => true,
        }
    }

    /// Asks for a key and does what it says.
    fn ask(&mut self) -> Result<Next, Stop> {
        let Some(finding) = self.desk.question() else { return Ok(Next::Question) };
        let (question, preset) = match (finding.fixes.is_empty(), Answer::preset(finding)) {
            (true, _) => ("Only you can mend this", "next"),
            (false, Answer::Fix(_)) => ("Accept this fix?", "yes"),
            (false, Answer::Leave | Answer::Waive(_)) => ("Accept this fix?", "no"),
        };
        let offered = keys::offered(|it| self.is_offered(it));
        let prompt = format!("{question} [{offered}] (Enter: {preset})");
        let key = self.screen.key(&prompt)?;
        match keys::command(&key).filter(|it| self.is_offered(*it)) {
            Some(command) => self.run(command),
            None => {
                self.screen.say(match key {
                    Key::Char('b') => "nothing to undo",
                    Key::Char('y') => "no fix: n goes on",
                    _ => "? lists the keys",
                })?;
                Ok(Next::Same)
            }
        }
    }

    fn run(&mut self, command: Command) -> Result<Next, Stop> {
        match command {
            Command::Preset => {
                let answer = self.desk.question().map_or(Answer::Leave, Answer::preset);
                self.answer(answer)
            }
            Command::Yes => self.answer(Answer::Fix(0)),
            Command::No => self.answer(Answer::Leave),
            Command::Choose => self.choose(),
            Command::Edit => self.edit(),
            Command::Waive => self.waive(),
            Command::Explain => self.explain(),
            Command::AcceptFile | Command::AcceptAll => self.accept_rest(command),
            Command::LeaveFile => {
                self.screen.say("leave the rest")?;
                self.rest = Some(Rest::Leave);
                Ok(Next::Question)
            }
            Command::Back => {
                self.screen.say("back")?;
                self.desk.back();
                Ok(Next::Question)
            }
            Command::Quit => self.quit(),
            Command::Help => {
                self.screen.say("help")?;
                let help = keys::help(|it| self.is_offered(it));
                let width = self.screen.width();
                let lines = help.lines().map(|it| show::wrap(it, width, "   "));
                self.screen.say(&lines.collect::<Vec<_>>().join("\n"))?;
                Ok(Next::Same)
            }
        }
    }

    fn answer(&mut self, answer: Answer) -> Result<Next, Stop> {
        self.screen.say(match answer {
            Answer::Fix(_) => "yes",
            Answer::Leave | Answer::Waive(_) => "no",
        })?;
        self.desk.answer(answer);
        Ok(Next::Question)
    }

    fn explain(&self) -> Result<Next, Stop> {
        self.screen.say("explain")?;
        let rule = self.desk.question().and_then(|it| rules::find(it.rule));
        if let Some(rule) = rule {
            let width = self.screen.width();
            self.screen.say(&explanation(rule, width))?;
        }
        Ok(Next::Same)
    }
}
