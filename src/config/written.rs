//! Single values as the file may spell them, checked where they stand.

use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::value::Datetime;

use super::{WritableError, kubernetes_version, writable_path};
use crate::date::{Date, DateError};

/// One rule, or a list of them.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "OneOrMany")]
pub(super) struct Rules(pub(super) Vec<String>);

#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a rule or a list of rules")]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl TryFrom<OneOrMany> for Rules {
    type Error = &'static str;

    fn try_from(written: OneOrMany) -> Result<Rules, &'static str> {
        match written {
            OneOrMany::One(rule) => Ok(Rules(vec![rule])),
            OneOrMany::Many(rules) if rules.is_empty() => Err("expected at least one rule"),
            OneOrMany::Many(rules) => Ok(Rules(rules)),
        }
    }
}

/// A day, as text or as TOML's own date.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "TextOrDate")]
pub(super) struct Day(#[schemars(with = "String")] pub(super) Date);

#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a day such as 2027-01-31")]
pub(super) enum TextOrDate {
    Text(String),
    #[schemars(with = "String")]
    Date(Datetime),
}

impl TryFrom<TextOrDate> for Day {
    type Error = DateError;

    fn try_from(written: TextOrDate) -> Result<Day, Self::Error> {
        let text = match written {
            TextOrDate::Text(text) => text,
            TextOrDate::Date(date) => date.to_string(),
        };
        text.parse().map(Day)
    }
}

/// Why; empty is refused.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) struct Reason(pub(super) String);

impl TryFrom<String> for Reason {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Reason, &'static str> {
        match text.trim() {
            "" => Err("the reason is empty: say why this is allowed"),
            reason if ends_in_date(reason) => Err(
                "the reason ends in a date, which is not read: write it as `until = \"YYYY-MM-DD\"`",
            ),
            reason => Ok(Reason(reason.to_owned())),
        }
    }
}

/// Whether a reason ends as a comment's does that holds until a day.
fn ends_in_date(reason: &str) -> bool {
    reason.rsplit_once(" until ").is_some_and(|it| it.1.trim().parse::<Date>().is_ok())
}

/// A pattern for paths below the folder of the file.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) struct PathGlob(#[schemars(with = "String")] pub(super) GlobMatcher);

impl TryFrom<String> for PathGlob {
    type Error = String;

    fn try_from(text: String) -> Result<PathGlob, String> {
        let pattern = text.strip_prefix("./").unwrap_or(&text);
        if pattern.starts_with('/') || pattern.split('/').any(|name| name == "..") {
            return Err(format!("`{text}` leads out of the folder of this file"));
        }
        glob(pattern).map(PathGlob)
    }
}

/// A pattern for the names of containers.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) struct NameGlob(#[schemars(with = "String")] pub(super) GlobMatcher);

impl TryFrom<String> for NameGlob {
    type Error = String;

    fn try_from(text: String) -> Result<NameGlob, String> {
        glob(&text).map(NameGlob)
    }
}

fn glob(pattern: &str) -> Result<GlobMatcher, String> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| format!("`{pattern}` is not a pattern: {}", error.kind()))
}

/// A path inside a container.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) struct WritablePath(pub(super) String);

impl TryFrom<String> for WritablePath {
    type Error = WritableError;

    fn try_from(text: String) -> Result<WritablePath, Self::Error> {
        writable_path(&text).map(WritablePath)
    }
}

/// A version of Kubernetes such as 1.34.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) struct Version(pub(super) (u32, u32));

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Version, String> {
        kubernetes_version(&text).map(Version)
    }
}
