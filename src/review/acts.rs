//! What the keys do that ask for more: the rest, a choice, a value, a waiver.

use console::Key;

use super::bench::Bench;
use super::diff::marked;
use super::edit::Field;
use super::scope::Scope;
use super::screen::Gone;
use super::talk::{Next, Talk};
use super::{OfImage, show};
use crate::decisions::{Waiver, Word};
use crate::evidence::Own;
use crate::finding::{Confidence, Finding};
use crate::mend::{Mended, reason, until, waive};
use crate::report::summary::{count, count_fixes};

impl Talk<'_, '_, '_> {
    /// Accepts what is sure enough in a scope, and the risky fixes too where that is wanted.
    pub(super) fn accept_rest(&mut self, scope: &Scope) -> Result<Next, Gone> {
        let all = *scope == Scope::All;
        self.screen.say(if all { "accept the rest of all files" } else { "accept the rest" })?;
        let covered = self.board.covered(scope);
        let sure =
            |it: &&super::board::Question| self.board.finding(**it).sure_fix(self.least).is_some();
        let with_fix = covered.iter().filter(|it| !self.board.finding(**it).fixes.is_empty());
        let (fixes, sure) = (with_fix.count(), covered.iter().filter(sure).count());
        let risky = fixes - sure;
        let mut least = self.least;
        if risky > 0 {
            let question = match risky {
                1 => "1 more fix is risky and may break something: accept it too?".to_owned(),
                _ => format!(
                    "{risky} more fixes are risky and may break something: accept those too?"
                ),
            };
            match self.screen.confirm(&question)? {
                Some(true) => least = Confidence::Risky,
                Some(false) => (),
                None => return Ok(Next::Same),
            }
        }
        let accepted = self.board.accept(scope, least);
        self.kept()?;
        let left = self.board.covered(scope).len();
        let rest = if left > 0 { format!(", {left} still to be answered") } else { String::new() };
        self.screen.remark(&format!("{} accepted{rest}", count_fixes(accepted)))?;
        Ok(if all { Next::Swept } else { Next::Question })
    }

    pub(super) fn leave_rest(&mut self, scope: &Scope) -> Result<Next, Gone> {
        let all = *scope == Scope::All;
        self.screen.say(if all { "leave the rest of all files" } else { "leave the rest" })?;
        let covered = self.board.covered(scope).len();
        if all {
            let question = format!("Leave {} as they are?", count(covered, "finding"));
            if self.screen.confirm(&question)? != Some(true) {
                return Ok(Next::Same);
            }
        }
        self.board.leave(scope);
        self.kept()?;
        Ok(if all { Next::Swept } else { Next::Question })
    }

    pub(super) fn choose(&mut self) -> Result<Next, Gone> {
        self.screen.say("choose")?;
        let at = self.board.at;
        let bench = &self.board.benches[at.0];
        let mut choices: Vec<(&'static str, String, String, bool)> = Vec::new();
        for position in bench.siblings(at.1).filter(|it| bench.is_open(&self.board.policy, *it)) {
            let finding = bench.at(position);
            for (number, fix) in finding.fixes.iter().enumerate() {
                let text = format!("{} {}: {}", fix.confidence.name(), finding.rule, fix.title);
                let preset = finding.sure_fix(self.least) == Some(number);
                choices.push((finding.rule, fix.title.to_string(), show::clean(&text), preset));
            }
        }
        let items: Vec<String> = choices.iter().map(|it| it.2.clone()).collect();
        let presets: Vec<bool> = choices.iter().map(|it| it.3).collect();
        let chosen = self.screen.choose("Which fixes of this container?", &items, &presets)?;
        let Some(chosen) = chosen else { return Ok(Next::Same) };
        let wanted: Vec<(&'static str, String)> =
            chosen.iter().map(|it| (choices[*it].0, choices[*it].1.clone())).collect();
        self.screen.say(&format!("{} of {} chosen", wanted.len(), choices.len()))?;
        let before = self.accepted(at.0);
        let subject = self.board.finding(at).subject.clone();
        self.board.choose(at, &wanted);
        self.kept()?;
        let after = self.accepted(at.0);
        if let (Some(before), Some(after)) = (before, after) {
            self.show_chosen(&subject, &before, &after)?;
        }
        Ok(Next::Question)
    }

    /// What the answers so far come to in a project; nothing where that is not proven, which is told elsewhere.
    fn accepted(&self, number: usize) -> Option<Mended> {
        Bench::mended(&self.board.projects[number], &self.board.policy).ok()
    }

    /// Shows what was chosen as it is written: other fixes follow from the user that was chosen with them.
    fn show_chosen(&self, subject: &str, before: &Mended, after: &Mended) -> Result<(), Gone> {
        let width = self.screen.width();
        for (old, new) in before.files.iter().zip(&after.files) {
            let texts = (old.tree.text(), new.tree.text());
            if texts.0 != texts.1 {
                self.screen.say(marked(&old.path, subject, texts, width).trim_end())?;
            }
        }
        let is_same = |one: &(Finding, String), other: &(Finding, String)| {
            (one.0.rule, one.0.container, &one.1) == (other.0.rule, other.0.container, &other.1)
        };
        let is_new = |it: &&(Finding, String)| !before.refused.iter().any(|old| is_same(old, it));
        after.refused.iter().filter(is_new).try_for_each(|(finding, why)| {
            self.screen.remark(&format!("Cannot be done: {}: {why}", finding.rule))
        })
    }

    pub(super) fn edit(&mut self) -> Result<Next, Gone> {
        self.screen.say("edit")?;
        let prompt = "Change u: user, p: writable paths, k: kept capabilities (other: back)";
        let key = self.screen.key(prompt)?;
        let field = if let Key::Char(it) = key { Field::of(it) } else { None };
        let Some(field) = field else {
            self.screen.say("back")?;
            return Ok(Next::Same);
        };
        self.screen.say("")?;
        self.edit_field(field)
    }

    fn edit_field(&mut self, field: Field) -> Result<Next, Gone> {
        let at = self.board.at;
        let mut own = self.board.own(at);
        let current = field.current(&self.board.proposed(at));
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
        if let Some(next) = self.for_image(&own)? {
            return Ok(next);
        }
        self.board.set_values(at, &own);
        self.kept()?;
        Ok(Next::Here)
    }

    /// Asks whether values hold for an image wherever it is used, and writes them to the configuration then; nothing
    /// where they are to hold for this container alone.
    fn for_image(&mut self, own: &Own) -> Result<Option<Next>, Gone> {
        let at = self.board.at;
        let image = self.board.benches[at.0].image(self.board.finding(at).container);
        let Some(image) = image.map(str::to_owned) else { return Ok(None) };
        let others = self.board.containers_of(&image).len();
        if others < 2 {
            return Ok(None);
        }
        let shown = show::clean(&image);
        let question = format!("For all {others} containers of {shown}, in casehard.toml?");
        match self.screen.confirm_once(&question)? {
            Some(false) => return Ok(None),
            None => return Ok(Some(Next::Same)),
            Some(true) => (),
        }
        match (self.images)(OfImage::Add { image: &image, own }) {
            Ok(known) => {
                self.board.learn(known);
                self.screen.remark(&format!("casehard.toml says it of {shown} now."))?;
                Ok(Some(Next::Here))
            }
            Err(why) => {
                self.screen.remark(&show::clean(&why))?;
                Ok(Some(Next::Same))
            }
        }
    }

    pub(super) fn waive(&mut self) -> Result<Next, Gone> {
        self.screen.say("waive")?;
        let check = |text: &str| reason(text).map(|_| ());
        let Some(text) = self.screen.line("Reason (empty: back)", "", &check)? else {
            return Ok(Next::Same);
        };
        let Ok(reason) = reason(&text) else { return Ok(Next::Same) };
        let today = self.board.policy.today;
        let check = |text: &str| until(text, today).map(|_| ());
        let prompt = "Until YYYY-MM-DD (empty: for good)";
        let Some(text) = self.screen.line_from(prompt, "", &check)? else { return Ok(Next::Same) };
        let until = until(&text, today).ok().flatten();
        self.settle_waiver(Waiver { reason, until })
    }

    /// Takes a waiver that can stand in the file, and says where.
    fn settle_waiver(&mut self, waiver: Waiver) -> Result<Next, Gone> {
        let at = self.board.at;
        let (bench, finding) = (&self.board.benches[at.0], self.board.finding(at));
        let members = &self.board.projects[at.0].members;
        let policy = &self.board.policy;
        match waive(&bench.files, members, policy, &bench.analysis, finding, &waiver) {
            Err(why) => {
                self.screen.remark(&format!("Not waived: {why}"))?;
                Ok(Next::Same)
            }
            Ok(done) => {
                let number = done.site.file.0 as usize;
                let (old, new) = (&bench.files[number], &done.files[number]);
                let texts = (old.tree.text(), new.tree.text());
                let diff = marked(&old.path, &finding.subject, texts, self.screen.width());
                self.screen.say(diff.trim_end())?;
                self.board.say(at, Word::Allow(waiver), 0);
                self.kept()?;
                Ok(Next::Question)
            }
        }
    }
}
