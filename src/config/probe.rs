//! How the owner tells whether a service works.

use std::num::NonZeroU16;

use reqwest::Url;
use schemars::JsonSchema;
use serde::Deserialize;

/// What is asked of a service by `casehard verify`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// A command that is run in its container and ends with status 0 where it works.
    pub command: Option<Words>,
    /// An address that answers with a status below 400; its host and port are those of the container.
    pub url: Option<Address>,
    /// A port that takes connections.
    pub tcp: Option<Port>,
    /// Where the name of the service stands in the file.
    #[serde(skip)]
    pub at: usize,
}

impl Probe {
    /// Whether it asks nothing.
    pub(super) fn is_empty(&self) -> bool {
        let Probe { command, url, tcp, at: _ } = self;
        command.is_none() && url.is_none() && tcp.is_none()
    }
}

/// A port of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "i64")]
#[schemars(with = "NonZeroU16")]
pub struct Port(NonZeroU16);

impl TryFrom<i64> for Port {
    type Error = String;

    fn try_from(number: i64) -> Result<Port, String> {
        let port = u16::try_from(number).ok().and_then(NonZeroU16::new);
        port.map(Port).ok_or_else(|| format!("{number} is no port: expected 1 to 65535"))
    }
}

impl Port {
    /// Its number.
    pub fn number(self) -> u16 {
        self.0.get()
    }
}

/// A command: its words, or a line for a shell.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Written")]
#[schemars(with = "Written")]
pub struct Words(Vec<String>);

#[derive(Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a command such as \"redis-cli ping\", or its words in a list"
)]
enum Written {
    /// A line for a shell.
    Line(String),
    /// The words.
    List(Vec<String>),
}

impl TryFrom<Written> for Words {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Words, &'static str> {
        let words = match written {
            Written::Line(line) if line.trim().is_empty() => Vec::new(),
            Written::Line(line) => vec!["sh".to_owned(), "-c".to_owned(), line],
            Written::List(words) => words,
        };
        match words.first().is_some_and(|it| !it.is_empty()) {
            true => Ok(Words(words)),
            false => {
                Err("expected a command such as \"redis-cli ping\": nothing is run by this one")
            }
        }
    }
}

impl Words {
    /// The words that are run.
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

/// The address of a page, as it is written.
///
/// Invariant: it can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Address(String);

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Address, String> {
        let wrong =
            |why: &str| format!("`{text}` is no address such as \"http://web:8080/health\": {why}");
        let url = Url::parse(&text).map_err(|it| wrong(&it.to_string()))?;
        match url.scheme() {
            "http" | "https" => Ok(Address(text)),
            // Its host would be taken for the scheme.
            _ if !text.contains("://") => Err(wrong("it does not begin with http:// or https://")),
            other => Err(wrong(&format!("{other} is not asked, http and https are"))),
        }
    }
}

impl Address {
    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }
}
