//! An entry of the configuration that lives with a finding.

use std::path::Path;

use globset::GlobMatcher;

use crate::date::Date;

/// A decision to live with findings, and why.
#[derive(Debug, Clone)]
pub struct Allow {
    /// The rules whose findings are allowed; never empty.
    pub rules: Vec<String>,
    /// The files it holds for, relative to the folder of the configuration; none means all.
    pub path: Option<GlobMatcher>,
    /// The containers or services it holds for; none means all.
    pub container: Option<GlobMatcher>,
    /// Why; never empty.
    pub reason: String,
    /// The last day it holds; none means for good.
    pub until: Option<Date>,
    /// The line of the configuration that its `rule` stands on.
    pub line: usize,
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
    /// Tells whether a finding of `rule` in `container` of the file `path` is allowed on `today`.
    ///
    /// `path` is relative to the folder of the configuration, with no leading `./`.
    pub fn covers(&self, rule: &str, path: &Path, container: &str, today: Date) -> Covered {
        let is_meant = self.rules.iter().any(|it| it == rule)
            && self.path.as_ref().is_none_or(|it| it.is_match(path))
            && self.container.as_ref().is_none_or(|it| it.is_match(container));
        if !is_meant {
            Covered::No
        } else if self.until.is_some_and(|until| until < today) {
            Covered::Expired
        } else {
            Covered::Yes
        }
    }
}
