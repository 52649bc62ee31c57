//! Knows the version that a tag names, and whether a range of versions holds it.

use std::cmp::Ordering;

use serde::Deserialize;

/// A version: its numbers, the most important first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Version(Vec<u64>);

/// What a tag says of the version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// The version, as far as it is named: `16` is the newest that begins so.
    Numbered(Version),
    /// None, so that it moves with the newest: `latest`, `alpine`.
    Newest,
    /// None that can be told: a commit, a build.
    Odd,
}

/// The versions from one to another, both of them and all that begin like them included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The first; nothing where there is none.
    pub since: Option<Version>,
    /// The last; nothing where there is none yet.
    pub until: Option<Version>,
}

/// Numbers above this are years, and what follows them with a dash is a day.
const YEARS: u64 = 1900;

impl Release {
    /// What a tag says.
    pub fn of(tag: &str) -> Release {
        let prefixes = ["version-", "release-", "RELEASE.", "v", "V"];
        let stripped = prefixes.iter().find_map(|it| tag.strip_prefix(it));
        let text = stripped.filter(|it| it.starts_with(|it: char| it.is_ascii_digit()));
        let text = text.unwrap_or(tag);
        if !text.starts_with(|it: char| it.is_ascii_digit()) {
            return Release::Newest;
        }
        numbers(text).map_or(Release::Odd, |it| Release::Numbered(Version(it)))
    }
}

/// The numbers that a text begins with; nothing where the first runs into letters, as in a commit.
fn numbers(text: &str) -> Option<Vec<u64>> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
        let Ok(number) = rest[..end].parse() else { break };
        let after = rest[end..].chars().next();
        if found.is_empty() && after.is_some_and(|it| it.is_ascii_alphanumeric()) {
            return None;
        }
        found.push(number);
        match after {
            Some('.') => rest = &rest[end + 1..],
            Some('-') if found[0] >= YEARS => rest = &rest[end + 1..],
            _ => break,
        }
    }
    (!found.is_empty()).then_some(found)
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split(['.', '-']).map(str::parse);
        parts.collect::<Result<_, _>>().map(Version).map_err(|_| format!("`{text}` is no version"))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u64::to_string).collect();
        formatter.write_str(&parts.join("."))
    }
}

impl Range {
    /// Whether it holds every version.
    pub fn is_open(&self) -> bool {
        self.since.is_none() && self.until.is_none()
    }

    /// Whether a version can be in both.
    pub fn meets(&self, other: &Range) -> bool {
        let apart = |one: &Range, other: &Range| match (&one.until, &other.since) {
            (Some(last), Some(first)) => last < first && !first.0.starts_with(&last.0),
            _ => false,
        };
        !apart(self, other) && !apart(other, self)
    }

    /// Whether it holds a version; one that is named in part is the newest that begins so.
    pub fn holds(&self, version: &Version) -> bool {
        let order = |bound: &Version| {
            let parts = version.0.iter().zip(&bound.0);
            parts.map(|(own, bound)| own.cmp(bound)).find(|it| it.is_ne())
        };
        let early = self.since.as_ref().and_then(order) == Some(Ordering::Less);
        let late = self.until.as_ref().and_then(order) == Some(Ordering::Greater);
        !early && !late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::try_from(text.to_owned()).expect("a version")
    }

    #[track_caller]
    fn release(tag: &str, expected: &str) {
        assert_eq!(Release::of(tag), Release::Numbered(version(expected)), "{tag}");
    }

    #[test]
    fn tags_name_their_version_in_many_ways() {
        release("16", "16");
        release("16-alpine3.19", "16");
        release("v2.54.0", "2.54.0");
        release("8.0.2-bookworm", "8.0.2");
        release("version-1.2", "1.2");
        release("RELEASE.2023-09-30T07-02-29Z", "2023.9.30");
        release("2024.10.1", "2024.10.1");
        release("16-3.4", "16");
        release("3.0rc1", "3.0");
    }

    #[test]
    fn tags_without_a_number_move_and_commits_say_nothing() {
        for tag in ["latest", "alpine", "stable-alpine", "bookworm", "main", "php8.3-fpm"] {
            assert_eq!(Release::of(tag), Release::Newest, "{tag}");
        }
        for tag in ["7d3f2a1", "2c9a1f"] {
            assert_eq!(Release::of(tag), Release::Odd, "{tag}");
        }
    }

    #[test]
    fn range_holds_its_bounds_and_all_that_begin_like_them() {
        let range = Range { since: Some(version("8.0.2")), until: Some(version("9")) };
        for held in ["8.0.2", "8", "8.1", "9", "9.7.1"] {
            assert!(range.holds(&version(held)), "{held}");
        }
        for not in ["7", "8.0.1", "10", "7.9"] {
            assert!(!range.holds(&version(not)), "{not}");
        }
        assert!(Range::default().holds(&version("1")));
    }
}
