//! What the keys do that ask for more than one: the rest, a choice, a value, a waiver, the end.

use console::Key;

use super::diff::marked;
use super::edit::Field;
use super::keys::Command;
use super::session::Answer;
use super::talk::{Next, Stop, Talk};
use super::{Rest, preview, show};
use crate::decisions::Waiver;
use crate::finding::{Confidence, ContainerId, Finding};
use crate::mend::{reason, until};
use crate::plan::Choice;
use crate::report::summary::count;

impl Talk<'_, '_> {
    pub(super) fn accept_rest(&mut self, command: Command) -> Result<Next, Stop> {
        let all = command == Command::AcceptAll;
        self.screen.say(if all { "accept all" } else { "accept the rest" })?;
        let risky = |it: &&usize| self.desk.findings()[**it].confidence() == Confidence::Risky;
        let risky = self.desk.session.left().iter().filter(risky).count();
        let question = match (all, risky) {
            (false, 0) => None,
            (false, _) => Some(format!("{risky} of them may break something: accept those too?")),
            (true, _) => Some("Accept the risky ones too, which may break something?".to_owned()),
        };
        let least = match question {
            None => Confidence::Likely,
            Some(question) => match self.screen.confirm(&question)? {
                Some(true) => Confidence::Risky,
                Some(false) => Confidence::Likely,
                None => return Ok(Next::Same),
            },
        };
        let rest = if all { &mut self.rest_of_all } else { &mut self.rest };
        *rest = Some(Rest::Accept(least));
        Ok(Next::Question)
    }

    pub(super) fn choose(&mut self) -> Result<Next, Stop> {
        self.screen.say("choose")?;
        let findings = self.desk.findings();
        let mut choices: Vec<Choice> = Vec::new();
        for &finding in self.desk.session.left_of_container() {
            choices.extend((0..findings[finding].fixes.len()).map(|fix| Choice { finding, fix }));
        }
        let item = |it: &Choice| {
            let finding = &findings[it.finding];
            let fix = &finding.fixes[it.fix];
            show::clean(&format!("{} {}: {}", fix.confidence.name(), finding.rule, fix.title))
        };
        let items: Vec<String> = choices.iter().map(item).collect();
        let is_preset = |it: &Choice| Answer::preset(&findings[it.finding]) == Answer::Fix(it.fix);
        let preset: Vec<bool> = choices.iter().map(is_preset).collect();
        let chosen = self.screen.choose("Which fixes of this container?", &items, &preset)?;
        let Some(chosen) = chosen else { return Ok(Next::Same) };
        let mut wanted: Vec<Choice> = chosen.into_iter().map(|it| choices[it]).collect();
        wanted.dedup_by_key(|it| it.finding);
        self.screen.say(&format!("{} of {} chosen", wanted.len(), choices.len()))?;
        let wanted = self.desk.choose(wanted);
        let preview = preview::several(&self.desk.files, self.desk.findings(), &wanted);
        self.show_preview(&preview)?;
        Ok(Next::Question)
    }

    pub(super) fn edit(&mut self) -> Result<Next, Stop> {
        self.screen.say("edit")?;
        let Some(container) = self.desk.question().map(|it| it.container) else {
            return Ok(Next::Question);
        };
        let prompt = "Change u: user, p: writable paths, k: kept capabilities (other: back)";
        let key = self.screen.key(prompt)?;
        let field = if let Key::Char(it) = key { Field::of(it) } else { None };
        let Some(field) = field else {
            self.screen.say("back")?;
            return Ok(Next::Same);
        };
        self.screen.say("")?;
        self.edit_field(container, field)
    }

    fn edit_field(&mut self, container: ContainerId, field: Field) -> Result<Next, Stop> {
        let settings = &self.desk.policy.settings;
        let mut own = settings.own.get(&container).cloned().unwrap_or_default();
        let current = field.current(&self.desk.proposed(container));
        let check = |text: &str| field.take(text, &mut own.clone());
        let Some(text) = self.screen.line(field.prompt(), &current, &check)? else {
            return Ok(Next::Same);
        };
        if text == current {
            self.screen.say("unchanged")?;
            return Ok(Next::Same);
        }
        if let Err(message) = field.take(&text, &mut own) {
            self.screen.remark(&message)?;
            return Ok(Next::Same);
        }
        // It is asked again from its first question, the user among them.
        own.as_user = None;
        self.desk.decide(container, own);
        Ok(Next::Question)
    }

    pub(super) fn waive(&mut self) -> Result<Next, Stop> {
        self.screen.say("waive")?;
        let Some(finding) = self.desk.question().cloned() else { return Ok(Next::Question) };
        let check = |text: &str| reason(text).map(|_| ());
        let Some(text) = self.screen.line("Reason (empty: back)", "", &check)? else {
            return Ok(Next::Same);
        };
        let Ok(reason) = reason(&text) else { return Ok(Next::Same) };
        let today = self.desk.policy.today;
        let check = |text: &str| until(text, today).map(|_| ());
        let text = self.screen.line("Until YYYY-MM-DD (empty: for good)", "", &check)?;
        let until = text.and_then(|it| until(&it, today).ok().flatten());
        self.settle_waiver(&finding, Waiver { reason, until })
    }

    /// Takes a waiver that can stand in the file, and says where.
    fn settle_waiver(&mut self, finding: &Finding, waiver: Waiver) -> Result<Next, Stop> {
        match self.desk.waive(finding, &waiver) {
            Err(why) => {
                self.screen.remark(&format!("Not waived: {why}"))?;
                Ok(Next::Same)
            }
            Ok(done) => {
                let number = done.site.file.0 as usize;
                let (old, new) = (&self.desk.files[number], &done.files[number]);
                let diff = marked(&old.path, old.tree.text(), new.tree.text());
                self.screen.say(diff.trim_end())?;
                self.desk.answer(Answer::Waive(waiver));
                Ok(Next::Question)
            }
        }
    }

    pub(super) fn quit(&mut self) -> Result<Next, Stop> {
        self.screen.say("quit")?;
        let (fixes, waivers) = self.desk.accepted();
        if fixes + waivers == 0 {
            return Err(Stop::Quit);
        }
        let fixes = if fixes == 1 { "1 fix".to_owned() } else { format!("{fixes} fixes") };
        let what = match waivers {
            0 => fixes,
            _ => format!("{fixes}, {}", count(waivers, "waiver")),
        };
        let question = format!("Write {what} to {}?", show::clean(&self.name));
        if self.screen.confirm(&question)? != Some(true) {
            return Err(Stop::Quit);
        }
        self.quits = true;
        self.rest = Some(Rest::Leave);
        Ok(Next::Question)
    }
}
