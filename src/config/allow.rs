//! An entry of the configuration that lives with a finding.

use std::path::Path;

use globset::GlobMatcher;

use crate::date::Date;
use crate::source::Pattern;

/// A decision to live with findings, and why.
#[derive(Debug, Clone)]
pub struct Allow {
    /// The rules whose findings are allowed; never empty.
    pub rules: Vec<String>,
    /// The files and folders it holds for, relative to the folder of the configuration; none means all.
    pub path: Option<Pattern>,
    /// The containers or services it holds for; none means all.
    pub container: Option<GlobMatcher>,
    /// The images it holds for, by any of their names; none means all.
    pub image: Option<GlobMatcher>,
    /// Why; never empty.
    pub reason: String,
    /// The last day it holds; none means for good.
    pub until: Option<Date>,
    /// The line of the configuration that its `rule` stands on.
    pub line: usize,
}

/// What stands for all rules.
pub const ALL: &str = "*";

/// What a finding is about.
#[derive(Debug, Clone, Copy)]
pub struct Whom<'w> {
    /// The file, relative to the folder of the configuration, with no leading `./`.
    pub path: &'w Path,
    /// The name of the container or service.
    pub container: &'w str,
    /// The names of its image: as it is written, and others that mean the same or more.
    pub images: &'w [String],
}

/// Whether a finding is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    /// It is.
    Yes,
    /// It was, until a day that is past.
    Expired,
    /// It never was.
    No,
}

impl Allow {
    /// Tells whether a finding of `rule` is allowed on `today`.
    pub fn covers(&self, rule: &str, whom: Whom<'_>, today: Date) -> Covered {
        let is_meant = self.rules.iter().any(|it| it == rule || it == ALL)
            && self.path.as_ref().is_none_or(|it| it.covers(whom.path))
            && self.container.as_ref().is_none_or(|it| it.is_match(whom.container))
            && self
                .image
                .as_ref()
                .is_none_or(|it| whom.images.iter().any(|name| it.is_match(name)));
        if !is_meant {
            Covered::No
        } else if self.until.is_some_and(|until| until < today) {
            Covered::Expired
        } else {
            Covered::Yes
        }
    }
}
