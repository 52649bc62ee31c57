//! What tells one weakness from another through all that changes around it.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::finding::Finding;
use crate::workload::File;
use crate::yaml::Span;

/// The same for the same weakness, wherever its lines move and whatever the file is called.
///
/// It is made of the rule, of whom the finding is about and of the text of its place, blanks aside. Two weaknesses of
/// one container that agree in all of that have the same one, and so have those of files that are copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// That of a finding on a text.
    pub fn of(finding: &Finding, file: &File) -> Fingerprint {
        Fingerprint::at(finding.rule, &finding.subject, finding.site.span, file)
    }

    /// That of a rule and whom it is about at a place of a text.
    pub fn at(rule: &str, subject: &str, span: Span, file: &File) -> Fingerprint {
        let text = file.tree.text();
        let place = text.get(span.start..span.end).unwrap_or_default();
        let mut hash = Sha256::new();
        for part in [rule, subject] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        for word in place.split_whitespace() {
            hash.update(word.as_bytes());
            hash.update(b" ");
        }
        let all = hash.finalize();
        let mut short = [0; 16];
        short.copy_from_slice(&all[..16]);
        Fingerprint(short)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|it| write!(out, "{it:02x}"))
    }
}
