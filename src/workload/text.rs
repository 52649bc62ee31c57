//! Text of a Compose file: how much of it is certain, and what it means.

use std::borrow::Cow;

use super::variables::{closing, default_branch};

/// Stands in a [`Text`] for a piece that cannot be known.
pub const UNKNOWN: char = '\0';

/// How much of a text is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// No variable takes part but those that a file of the project sets.
    Known,
    /// A variable takes part and its default branch is shown.
    Default,
    /// A variable without a default takes part: its pieces are [`UNKNOWN`].
    Unknown,
}

/// A string value after interpolation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'t> {
    /// The text; pieces that cannot be known are [`UNKNOWN`].
    pub value: Cow<'t, str>,
    /// How much of it is certain.
    pub certainty: Certainty,
}

impl<'t> Text<'t> {
    /// A text in which nothing is interpolated.
    pub fn plain(value: &'t str) -> Self {
        Text { value: Cow::Borrowed(value), certainty: Certainty::Known }
    }

    /// A text of which nothing is known.
    pub fn unknown() -> Self {
        Text { value: Cow::Owned(UNKNOWN.to_string()), certainty: Certainty::Unknown }
    }

    /// The same text, as certain as the less certain of both.
    pub(super) fn at_most(mut self, certainty: Certainty) -> Self {
        self.certainty = self.certainty.max(certainty);
        self
    }

    /// The same text on its own.
    pub fn into_owned(self) -> Text<'static> {
        Text { value: Cow::Owned(self.value.into_owned()), certainty: self.certainty }
    }

    /// The text when all of it is known, at least by its defaults.
    pub fn known(&self) -> Option<&str> {
        (self.certainty != Certainty::Unknown).then_some(&*self.value)
    }
}

/// The value with another default, when all of it is one variable: `${P:-true}` → `${P:-false}`.
pub fn with_default(text: &str, default: &str) -> Option<String> {
    let inner = text.strip_prefix("${")?;
    let end = closing(&text[1..])?;
    if end + 2 != text.len() {
        return None;
    }
    let inner = &inner[..inner.len() - 1];
    let (_, start) = default_branch(inner)?;
    Some(format!("${{{}{default}}}", &inner[..start]))
}

/// A Compose boolean: a YAML bool or one of its 1.1 spellings as a string.
pub fn boolean(text: &str) -> Option<bool> {
    let is = |words: [&str; 4]| words.iter().any(|it| text.eq_ignore_ascii_case(it));
    if is(["true", "y", "yes", "on"]) {
        Some(true)
    } else if is(["false", "n", "no", "off"]) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lone_variable_gets_another_default() {
        assert_eq!(with_default("${P:-true}", "false").as_deref(), Some("${P:-false}"));
        assert_eq!(with_default("${P-${Q}}", "false").as_deref(), Some("${P-false}"));
        assert_eq!(with_default("${P:-true}x", "false"), None);
        assert_eq!(with_default("${P}", "false"), None);
    }

    #[test]
    fn booleans_follow_compose() {
        assert_eq!(boolean("Yes"), Some(true));
        assert_eq!(boolean("OFF"), Some(false));
        assert_eq!(boolean("1"), None);
    }
}
