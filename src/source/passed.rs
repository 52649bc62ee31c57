//! What is passed over, and why: nothing that was not looked at goes without a word.

use std::path::PathBuf;

/// A file or folder that is not judged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passed {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub why: Why,
}

/// Why something is not judged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It is neither a Compose file nor a Kubernetes manifest.
    Other,
    /// It is a template.
    Template,
    /// Git ignores it.
    Ignored,
    /// A pattern excludes it.
    Excluded(String),
    /// It holds what a tool fetched or made.
    Foreign,
    /// A link leads to what was not named.
    LinkOut,
    /// A link leads to nothing.
    LinkToNothing,
    /// A link leads to itself, by others or directly.
    LinkToItself,
    /// It is a pipe, a socket or a device.
    Special,
    /// It is the store of a version control system.
    VersionControl,
}

impl Why {
    /// The reason in a clause.
    pub fn reason(&self) -> String {
        let reason = match self {
            Why::Other => "neither a Compose file nor a Kubernetes manifest",
            Why::Template => "a template, not yet YAML",
            Why::Ignored => "ignored by git",
            Why::Excluded(pattern) => return format!("excluded by `{pattern}`"),
            Why::Foreign => "a folder of what tools fetch or make: name it to judge it",
            Why::LinkOut => "a link to what was not named: name that too",
            Why::LinkToNothing => "a link to nothing",
            Why::LinkToItself => "a link that leads to itself",
            Why::Special => "no regular file",
            Why::VersionControl => "the store of version control",
        };
        reason.to_owned()
    }

    /// How one and how many of them are counted; nothing where counting them tells nobody anything.
    pub fn counted(&self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Why::Other => ("other file", "other files"),
            Why::Template => ("template", "templates"),
            Why::Ignored => ("ignored by git", "ignored by git"),
            Why::Excluded(_) => ("excluded", "excluded"),
            Why::Foreign => {
                ("folder of dependencies or caches", "folders of dependencies or caches")
            }
            Why::LinkOut => ("link to what was not named", "links to what was not named"),
            Why::LinkToNothing => ("link to nothing", "links to nothing"),
            Why::LinkToItself => ("link that leads to itself", "links that lead to themselves"),
            Why::Special => ("pipe, socket or device", "pipes, sockets or devices"),
            // Every repository has one.
            Why::VersionControl => return None,
        })
    }
}
