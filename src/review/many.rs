//! Keys that decide for many at once: what they cover is counted and shown by example before anything is done.

use console::Key;
use foldhash::HashSet;

use super::board::Question;
use super::filter::Filter;
use super::keys::Command;
use super::scope::Scope;
use super::screen::Gone;
use super::show;
use super::table::table;
use super::talk::{Next, Talk};
use crate::decisions::Answer;
use crate::finding::Confidence;
use crate::report::summary::count;
use crate::series::series;

/// How many examples are shown.
const SAMPLES: usize = 3;

impl Talk<'_, '_, '_> {
    /// Decides for the rule, the image or the fix of the question, everywhere.
    pub(super) fn many(&mut self, command: Command) -> Result<Next, Gone> {
        let at = self.board.at;
        let (bench, finding) = (&self.board.benches[at.0], self.board.finding(at));
        let scope = match command {
            Command::Rule => Scope::Rule(finding.rule),
            Command::Image => {
                Scope::Image(bench.image(finding.container).unwrap_or_default().to_owned())
            }
            _ => {
                let title = finding.fixes.first().map_or("", |it| &*it.title);
                Scope::Fix(finding.rule, title.to_owned())
            }
        };
        self.screen.say("everywhere")?;
        self.decide_for(&scope)
    }

    /// Shows what a scope covers and asks what to do with all of it.
    pub(super) fn decide_for(&mut self, scope: &Scope) -> Result<Next, Gone> {
        let covered = self.board.covered(scope);
        let width = self.screen.width();
        let by = |wanted: Confidence| {
            covered.iter().filter(|it| self.board.finding(**it).confidence() == wanted).count()
        };
        let sure = by(Confidence::Likely) + by(Confidence::Safe);
        let (risky, manual) = (by(Confidence::Risky), by(Confidence::Manual));
        let parts = [(sure, "likely"), (risky, "risky"), (manual, "manual")];
        let parts = parts.iter().filter(|it| it.0 > 0).map(|it| format!("{} {}", it.0, it.1));
        let files = covered.iter().map(|it| it.0).collect::<std::collections::BTreeSet<_>>().len();
        let title = format!(
            "{}{}: {} in {} ({})",
            kind(scope),
            show::clean(&scope.name()),
            count(covered.len(), "question"),
            count(files, "file"),
            parts.collect::<Vec<_>>().join(", ")
        );
        self.screen.say(&show::wrap(&title, width, "  "))?;
        for sample in samples(&covered) {
            self.screen.say(&show::fit(&self.sample(sample), width))?;
        }
        if let (lacking @ 1.., rules) = self.lacking(&covered) {
            let text = format!(
                "{lacking} of them can be written only together with a fix of {}, which is not accepted",
                series(&rules)
            );
            self.screen.say(&show::wrap(&text, width, "  "))?;
        }
        let (keys, words) = match (sure, risky) {
            (0, 0) => ("n,o", "n leave all of them"),
            (_, 0) => ("y,n,o", "y accept all, n leave all"),
            (0, _) => ("y,n,o", "y accept all, which are risky, n leave all"),
            _ => ("y,l,n,o", "y accept all, l only the likely ones, n leave all"),
        };
        self.screen.remark(&format!("{words}, o ask only about these"))?;
        let key = self
            .screen
            .key(&format!("Decide for all {}? [{keys}] (Enter: back)", covered.len()))?;
        let done = match key {
            Key::Char('y') if sure + risky > 0 => self.board.accept(scope, Confidence::Risky),
            Key::Char('l') if sure > 0 => self.board.accept(scope, Confidence::Likely),
            Key::Char('n') => self.board.leave(scope),
            Key::Char('o') => return self.only(scope),
            _ => {
                self.screen.say("back")?;
                return Ok(Next::Same);
            }
        };
        self.kept()?;
        self.screen.say(&format!("{} answered", count(done, "question")))?;
        Ok(Next::Swept)
    }

    /// How many of these have a fix that is not valid without another one that is neither accepted nor among them, and the
    /// rules of those.
    fn lacking(&self, covered: &[Question]) -> (usize, Vec<String>) {
        let all: HashSet<Question> = covered.iter().copied().collect();
        let mut rules: Vec<String> = Vec::new();
        let mut lacks = |at: &Question| {
            let finding = self.board.finding(*at);
            let is_met = |rule: &str| {
                let bench = &self.board.benches[at.0];
                let own = |it: &usize| {
                    let other = &bench.findings()[*it];
                    other.rule == rule && other.container == finding.container
                };
                let is_covered = |it| {
                    let position = bench.order.iter().position(|all| *all == it);
                    position.is_some_and(|it| all.contains(&(at.0, it)))
                };
                let is_accepted =
                    |it| matches!(bench.answer(&self.board.policy, it), Some(Answer::Fix(_)));
                // What is found no more was accepted before.
                let mut own = (0..bench.findings().len()).filter(own);
                own.all(|it| is_covered(it) || is_accepted(it))
            };
            let needs = finding.fixes.first().map_or(&[][..], |it| &it.needs);
            let unmet: Vec<&str> = needs.iter().copied().filter(|it| !is_met(it)).collect();
            for rule in &unmet {
                let name = format!("`{rule}`");
                if !rules.contains(&name) {
                    rules.push(name);
                }
            }
            !unmet.is_empty()
        };
        let count = covered.iter().filter(|it| lacks(it)).count();
        (count, rules)
    }

    /// Asks only about what a scope covers, one by one.
    fn only(&mut self, scope: &Scope) -> Result<Next, Gone> {
        let words = match scope {
            Scope::Files(it) if it.as_os_str().is_empty() => String::new(),
            Scope::Folder(it) | Scope::Files(it) => format!("{}/", it.display()),
            Scope::Fix(rule, _) => (*rule).to_owned(),
            _ => scope.name(),
        };
        self.board.filter = Filter::read(&words);
        self.screen.say("only about these")?;
        Ok(Next::Question)
    }

    /// An example of what a key for many covers, in a line.
    fn sample(&self, at: Question) -> String {
        let (bench, finding) = (&self.board.benches[at.0], self.board.finding(at));
        let what = finding.fixes.first().map_or(&*finding.message, |it| &*it.title);
        let path = bench.file(finding.site.file).path.display().to_string();
        let confidence = finding.confidence().name();
        show::clean(&format!("  {}: {confidence}, {what} ({path})", finding.subject))
    }

    /// Shows what there is to decide, and asks where to begin.
    pub(super) fn table(&mut self) -> Result<Next, Gone> {
        self.board.enumerate();
        let width = self.screen.width();
        self.screen.say(&table(&self.board, width))?;
        let rows = self.board.listed.len();
        self.screen.remark(
            "Enter goes through them, a number decides for that rule, image or folder, A accepts what is sure everywhere, f asks only about some, q quits",
        )?;
        loop {
            let key =
                self.screen.key(&format!("Where to begin? [1-{rows},A,f,q] (Enter: first)"))?;
            match key {
                Key::Enter => {
                    self.screen.say("the first one")?;
                    return Ok(Next::Question);
                }
                Key::Char('A') => {
                    self.accept_rest(&Scope::All)?;
                    return self.again();
                }
                Key::Char('f') => match self.filter()? {
                    Next::Question => return self.again(),
                    _ => continue,
                },
                Key::Char('q' | '\u{4}' | '\0') => return self.quit(),
                Key::Char(it) if it.is_ascii_digit() => {
                    let Some(scope) = self.row(it)? else { continue };
                    match self.decide_for(&scope)? {
                        Next::Swept => return self.again(),
                        Next::Question => return Ok(Next::Question),
                        Next::Here | Next::Same => (),
                    }
                }
                _ => self.screen.say("a number, A, f, q or Enter")?,
            }
        }
    }

    /// The row whose number begins with a digit; where there are many, the rest of it is typed. Nothing where there is
    /// nothing to decide of it.
    fn row(&self, digit: char) -> Result<Option<Scope>, Gone> {
        let mut text = digit.to_string();
        match self.board.listed.len() {
            ..10 => self.screen.say("")?,
            _ => {
                self.screen.say("")?;
                let check = |it: &str| self.row_of(it).map(drop);
                match self.screen.line("Number", &text, &check)? {
                    Some(it) => text = it,
                    None => return Ok(None),
                }
            }
        }
        match self.row_of(&text) {
            Ok(it) => Ok(Some(it)),
            Err(why) => {
                self.screen.remark(&why)?;
                Ok(None)
            }
        }
    }

    fn row_of(&self, text: &str) -> Result<Scope, String> {
        let number = text.trim().parse::<usize>().ok().and_then(|it| it.checked_sub(1));
        let Some(scope) = number.and_then(|it| self.board.listed.get(it)) else {
            let text = show::clean(text.trim());
            return Err(format!("`{text}` is no number from 1 to {}", self.board.listed.len()));
        };
        match self.board.covered(scope).is_empty() {
            true => Err(format!("nothing is left to decide of {}", show::clean(&scope.name()))),
            false => Ok(scope.clone()),
        }
    }

    /// The table once more, as long as there is anything in it.
    fn again(&mut self) -> Result<Next, Gone> {
        if self.board.open().next().is_some() { self.table() } else { Ok(Next::Swept) }
    }
}

/// What a scope is of, before its name; a rule needs no word.
fn kind(scope: &Scope) -> &'static str {
    match scope {
        Scope::Image(_) => "image ",
        Scope::Folder(_) => "folder ",
        Scope::Files(_) => "files of ",
        Scope::Rule(_) | Scope::Fix(..) => "",
        Scope::Container(_) | Scope::Project(_) | Scope::All => "",
    }
}

/// The first, one of the middle, and the last: they differ most.
fn samples(covered: &[Question]) -> Vec<Question> {
    if covered.len() <= SAMPLES {
        return covered.to_vec();
    }
    [0, covered.len() / 2, covered.len() - 1].iter().map(|it| covered[*it]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_lie_far_apart() {
        let all: Vec<Question> = (0..10).map(|it| (it, 0)).collect();
        assert_eq!(samples(&all), [(0, 0), (5, 0), (9, 0)]);
        assert_eq!(samples(&all[..2]), all[..2]);
    }
}
