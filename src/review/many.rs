//! Keys that decide for many at once: what they cover is counted and shown by example before anything is done.

use console::Key;

use super::board::{Question, Scope};
use super::keys::Command;
use super::screen::Gone;
use super::show;
use super::table::{rows, table};
use super::talk::{Next, Talk};
use crate::finding::Confidence;
use crate::report::summary::count;

/// How many examples are shown.
const SAMPLES: usize = 3;

impl Talk<'_, '_, '_> {
    /// Decides for the rule, the image or the fix of the question, everywhere.
    pub(super) fn many(&mut self, command: Command) -> Result<Next, Gone> {
        let at = self.board.at;
        let (bench, finding) = (&self.board.benches[at.0], self.board.finding(at));
        let (scope, what) = match command {
            Command::Rule => (Scope::Rule(finding.rule), finding.rule.to_owned()),
            Command::Image => {
                let image = bench.image(finding.container).unwrap_or_default();
                (Scope::Image(image.to_owned()), format!("image {image}"))
            }
            _ => {
                let title = finding.fixes.first().map_or("", |it| &*it.title);
                let what = format!("{}: {title}", finding.rule);
                (Scope::Fix(finding.rule, title.to_owned()), what)
            }
        };
        self.screen.say("everywhere")?;
        self.decide_for(&scope, &what)
    }

    /// Shows what a scope covers and asks what to do with all of it.
    pub(super) fn decide_for(&mut self, scope: &Scope, what: &str) -> Result<Next, Gone> {
        let covered = self.board.covered(scope);
        let width = self.screen.width();
        let by = |wanted: Confidence| {
            covered.iter().filter(|it| self.board.finding(**it).confidence() == wanted).count()
        };
        let sure = by(Confidence::Likely) + by(Confidence::Safe);
        let (risky, manual) = (by(Confidence::Risky), by(Confidence::Manual));
        let parts = [(sure, "likely"), (risky, "risky"), (manual, "by hand")];
        let parts = parts.iter().filter(|it| it.0 > 0).map(|it| format!("{} {}", it.0, it.1));
        let files = covered.iter().map(|it| it.0).collect::<std::collections::BTreeSet<_>>().len();
        let title = format!(
            "{}: {} in {} ({})",
            show::clean(what),
            count(covered.len(), "question"),
            count(files, "file"),
            parts.collect::<Vec<_>>().join(", ")
        );
        self.screen.say(&show::wrap(&title, width, "  "))?;
        for sample in samples(&covered) {
            self.screen.say(&show::fit(&self.sample(sample), width))?;
        }
        let (keys, words) = match (sure, risky) {
            (0, 0) => ("n", "n leave all of them"),
            (_, 0) => ("y,n", "y accept all, n leave all"),
            (0, _) => ("y,n", "y accept all, which are risky, n leave all"),
            _ => ("y,l,n", "y accept all, l only the likely ones, n leave all"),
        };
        self.screen.remark(words)?;
        let key = self
            .screen
            .key(&format!("Decide for all {}? [{keys}] (Enter: back)", covered.len()))?;
        let done = match key {
            Key::Char('y') if sure + risky > 0 => self.board.accept(scope, Confidence::Risky),
            Key::Char('l') if sure > 0 => self.board.accept(scope, Confidence::Likely),
            Key::Char('n') => self.board.leave(scope),
            _ => {
                self.screen.say("back")?;
                return Ok(Next::Same);
            }
        };
        self.kept()?;
        self.screen.say(&format!("{} answered", count(done, "question")))?;
        Ok(Next::Swept)
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
        let width = self.screen.width();
        self.screen.say(&table(&self.board, width))?;
        self.screen.remark(
            "Enter goes through them, 1-9 decides for that rule, A accepts what is sure everywhere, f asks only about some, q quits",
        )?;
        loop {
            let key = self.screen.key("Where to begin? [1-9,A,f,q] (Enter: first)")?;
            let listed = rows(&self.board);
            match key {
                Key::Enter => self.screen.say("the first one")?,
                Key::Char('A') => {
                    self.accept_rest(&Scope::All)?;
                    return self.again();
                }
                Key::Char('f') => return self.filter(),
                Key::Char('q' | '\u{4}' | '\0') => return self.quit(),
                Key::Char(it) if row(it).is_some_and(|it| it < listed.len()) => {
                    let rule = listed[row(it).unwrap_or(0)].rule;
                    self.screen.say(rule)?;
                    if self.decide_for(&Scope::Rule(rule), rule)? == Next::Swept {
                        return self.again();
                    }
                    continue;
                }
                _ => {
                    self.screen.say("a number, A, f, q or Enter")?;
                    continue;
                }
            }
            return Ok(Next::Question);
        }
    }

    /// The table once more, as long as there is anything in it.
    fn again(&mut self) -> Result<Next, Gone> {
        if self.board.open().next().is_some() { self.table() } else { Ok(Next::Swept) }
    }
}

/// The number of a row behind a digit.
fn row(digit: char) -> Option<usize> {
    (digit as usize).checked_sub('1' as usize).filter(|it| *it < 9)
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
    fn digits_are_rows_and_samples_lie_far_apart() {
        assert_eq!((row('1'), row('9'), row('0'), row('a')), (Some(0), Some(8), None, None));
        let all: Vec<Question> = (0..10).map(|it| (it, 0)).collect();
        assert_eq!(samples(&all), [(0, 0), (5, 0), (9, 0)]);
        assert_eq!(samples(&all[..2]), all[..2]);
    }
}
