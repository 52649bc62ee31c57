//! Knows how a fact is known.

use std::fmt;

use serde::Deserialize;

/// A group of fields that is known in one way.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The user, and how the image starts.
    User,
    /// The capabilities.
    Caps,
    /// Whether a read-only root filesystem works.
    ReadOnly,
    /// The writable paths.
    Writable,
    /// Whether no-new-privileges works.
    Nnp,
    /// The use of the runtime socket.
    DockerSocket,
}

/// How a fact is known.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Evidence {
    /// The grounds, at least one.
    pub basis: Vec<Basis>,
    /// The sibling, release or variant that it was seen on, if not on this image.
    pub seen_on: Option<String>,
}

/// One ground for a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Read in the repository cited.
    Source,
    /// Reproduced with the official entrypoint or the same mechanism.
    Experiment,
    /// Read in the project's documentation.
    Docs,
    /// Seen in public deployment files.
    Field,
    /// Stated in the configuration by the owner of the files.
    Owner,
    /// Read in the image itself.
    Image,
    /// Not verified.
    Knowledge,
}

impl Evidence {
    /// Whether anything but unverified knowledge supports the fact.
    pub fn is_verified(&self) -> bool {
        self.basis.iter().any(|it| *it != Basis::Knowledge)
    }
}

impl Basis {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "source" => Self::Source,
            "experiment" => Self::Experiment,
            "docs" => Self::Docs,
            "field" => Self::Field,
            "owner" => Self::Owner,
            "image" => Self::Image,
            "knowledge" => Self::Knowledge,
            _ => return None,
        })
    }

    fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Experiment => "experiment",
            Self::Docs => "docs",
            Self::Field => "field",
            Self::Owner => "owner",
            Self::Image => "image",
            Self::Knowledge => "knowledge",
        }
    }
}

impl TryFrom<String> for Evidence {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut evidence = Self { basis: Vec::new(), seen_on: None };
        for part in text.split('+') {
            let (word, sibling) = match part.split_once('(') {
                Some((word, rest)) => (word, Some(rest.trim_end_matches(')'))),
                None => (part, None),
            };
            let basis = Basis::parse(word)
                .ok_or_else(|| format!("unknown evidence `{word}` in `{text}`"))?;
            evidence.basis.push(basis);
            evidence.seen_on = sibling.map(str::to_owned).or(evidence.seen_on);
        }
        Ok(evidence)
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.basis.iter().map(|it| it.word()).collect();
        formatter.write_str(&words.join(" and "))?;
        match &self.seen_on {
            Some(sibling) => write!(formatter, " ({sibling})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_names_every_ground_and_the_sibling() {
        let evidence = Evidence::try_from("source+experiment(wordpress)".to_owned());
        let expected = Evidence {
            basis: vec![Basis::Source, Basis::Experiment],
            seen_on: Some("wordpress".to_owned()),
        };
        assert_eq!(evidence, Ok(expected));
        assert!(Evidence::try_from("hearsay".to_owned()).is_err());
    }
}
