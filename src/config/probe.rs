//! How the owner tells whether a service works.

use schemars::JsonSchema;
use serde::Deserialize;

/// What is asked of a service by `casehard verify`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// A command that is run in its container and ends with status 0 where it works.
    pub command: Option<Words>,
    /// An address that answers with a status below 400; its host and port are those of the container.
    pub url: Option<String>,
    /// A port that takes connections.
    pub tcp: Option<u16>,
}

/// A command: its words, or a line for a shell.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a command such as \"redis-cli ping\", or its words in a list"
)]
pub enum Words {
    /// A line for a shell.
    Line(String),
    /// The words.
    List(Vec<String>),
}

impl Words {
    /// The words that are run.
    pub fn words(&self) -> Vec<String> {
        match self {
            Words::Line(line) => ["sh", "-c", line].map(str::to_owned).to_vec(),
            Words::List(words) => words.clone(),
        }
    }
}
