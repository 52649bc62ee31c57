//! What somebody said of a finding, and what that comes to.

use std::fmt;

use crate::date::Date;
use crate::finding::{Confidence, Finding};

/// Who said something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct By {
    /// A name.
    pub name: String,
    /// The day.
    pub on: Date,
}

impl fmt::Display for By {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "by {} on {}", self.name, self.on)
    }
}

/// An answer to a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The answer.
    pub word: Word,
    /// The fix that was spoken of, by its title; nothing where none was offered.
    pub fix: Option<String>,
    /// The repository of the image that it was about, where that is written.
    pub image: Option<String>,
    /// How sure that was.
    pub confidence: Option<Confidence>,
    /// Who answered.
    pub by: By,
    /// What somebody else answered to the same, where a merge brought both together.
    pub against: Option<Box<Said>>,
}

/// What can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Mend it with that fix.
    Yes,
    /// Leave it as it is.
    No,
    /// Allow it, and say so in the file.
    Allow(Waiver),
}

/// Why a finding is allowed, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Why.
    pub reason: String,
    /// The last day on which it holds; nothing for good.
    pub until: Option<Date>,
}

/// What an answer comes to for a finding as it is now.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Mend it with the fix of this number.
    Fix(usize),
    /// Leave it.
    Leave,
    /// Allow it, and say why in the file.
    Allow(Waiver),
    /// Something else was offered when it was answered: it is asked again, and left until then.
    Stale(Word),
}

impl Said {
    /// What it comes to for a finding on a day.
    pub fn of(&self, finding: &Finding, today: Date) -> Answer {
        if self.against.is_some() {
            return Answer::Stale(Word::No);
        }
        let offered = match &self.fix {
            Some(title) => finding.fixes.iter().position(|it| it.title == *title),
            None => finding.fixes.is_empty().then_some(0),
        };
        match (&self.word, offered) {
            (Word::Allow(it), _) if it.until.is_none_or(|it| it >= today) => {
                Answer::Allow(it.clone())
            }
            (Word::No, Some(_)) => Answer::Leave,
            (Word::Yes, Some(fix)) if self.fix.is_some() => Answer::Fix(fix),
            (word, _) => Answer::Stale(word.clone()),
        }
    }
}
