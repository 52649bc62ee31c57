//! Single values as the file may spell them, checked where they stand.

use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::value::Datetime;

use super::{WritableError, kubernetes_version, writable_path};
use crate::date::{Date, DateError};
use crate::source::Pattern;

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

/// A pattern for files and folders below the folder of the file, as those of `exclude`.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) struct PathGlob(#[schemars(with = "String")] pub(super) Pattern);

impl TryFrom<String> for PathGlob {
    type Error = String;

    fn try_from(text: String) -> Result<PathGlob, String> {
        Pattern::parse(&text).map(PathGlob)
    }
}

/// A pattern for the names of containers or images: `*` fits any text.
#[derive(Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) struct NameGlob(#[schemars(with = "String")] pub(super) GlobMatcher);

impl TryFrom<String> for NameGlob {
    type Error = String;

    fn try_from(text: String) -> Result<NameGlob, String> {
        if text.is_empty() {
            return Err("an empty name fits nothing: leave the key out for all".to_owned());
        }
        let glob = GlobBuilder::new(&text).literal_separator(false).build();
        glob.map(|it| NameGlob(it.compile_matcher()))
            .map_err(|error| format!("`{text}` is not a pattern: {}", error.kind()))
    }
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
