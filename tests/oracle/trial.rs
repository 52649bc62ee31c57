//! One document before both judges, and the smallest one on which they differ in the same way.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use casehard::finding::Confidence;
use casehard::mend::Policy;
use tempfile::TempDir;

use super::consumer::{Consumer, Dialect, programs};
use super::differences::{Kind, after, before};
use super::ours::{self, policy};
use super::text::Document;

/// No small document takes longer.
const LIMIT: Duration = Duration::from_secs(1);

/// Judges documents of one dialect.
pub(crate) struct Judge {
    pub(crate) dialect: Dialect,
    /// Judged, refused, read by the consumer.
    pub(crate) counts: [usize; 3],
    folder: TempDir,
    consumer: Option<Consumer>,
    policies: [Policy; 2],
}

impl Judge {
    pub(crate) fn new(dialect: Dialect) -> Judge {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let start = |it: PathBuf| Consumer::start(&it, dialect.word(), folder.path());
        Judge {
            dialect,
            counts: [0; 3],
            consumer: programs().map(start),
            folder,
            policies: [policy(Confidence::Likely), policy(Confidence::Risky)],
        }
    }

    /// How the two differ.
    pub(crate) fn judge(&mut self, text: &str) -> Vec<Kind> {
        let path = self.folder.path().join(self.dialect.file());
        let mut ours = ours::judge(&path, text, &self.policies);
        for _ in 0..4 {
            if ours.time > LIMIT {
                // The machine may have been busy.
                ours.time = ours.time.min(ours::judge(&path, text, &self.policies).time);
            }
        }
        self.counts[usize::from(ours.refused.is_some())] += 1;
        let mut found = Vec::new();
        if ours.time > LIMIT {
            found.push(("slow", String::new()));
        }
        let Some(consumer) = &mut self.consumer else {
            found.extend(ours.fault.map(|it| (it.0, String::new())));
            return found;
        };
        fs::write(&path, text).expect("it can be written");
        let old = consumer.read(&path);
        self.counts[2] += usize::from(old.error.is_none());
        found.extend(before(&old, &ours));
        if ours.fault.is_none() && ours.refused.is_none() && ours.text != text {
            fs::write(&path, &ours.text).expect("it can be written");
            let new = consumer.read(&path);
            found.extend(after(self.dialect, &old, &new, &ours));
        }
        found
    }

    /// The smallest document that still shows a kind.
    pub(crate) fn shrunk(&mut self, document: &Document, kind: &Kind) -> Document {
        let (counts, mut tries) = (self.counts, 600);
        let mut smallest = document.clone();
        'again: loop {
            for less in smallest.smaller() {
                let text = less.text();
                if tries == 0 {
                    break 'again;
                }
                tries -= 1;
                if text.len() < smallest.text().len() && self.judge(&text).contains(kind) {
                    smallest = less;
                    continue 'again;
                }
            }
            break;
        }
        self.counts = counts;
        smallest
    }

    /// What both say of a document, for whoever mends it.
    pub(crate) fn explained(&mut self, text: &str) -> String {
        let path = self.folder.path().join(self.dialect.file());
        let ours = ours::judge(&path, text, &self.policies);
        let mut lines = String::new();
        if let Some(consumer) = &mut self.consumer {
            fs::write(&path, text).expect("it can be written");
            let read = consumer.read(&path);
            let facts: Vec<&str> = read.facts.keys().map(String::as_str).collect();
            let error = read.error.unwrap_or_default();
            lines += &format!("consumer: {} {error}\n", facts.join(" "));
            if ours.text != text && !ours.text.is_empty() {
                fs::write(&path, &ours.text).expect("it can be written");
                let new = consumer.read(&path);
                let facts: Vec<&str> = new.facts.keys().map(String::as_str).collect();
                let error = new.error.unwrap_or_default();
                lines += &format!("consumer after fix: {} {error}\n", facts.join(" "));
            }
        }
        let mut rules: Vec<&str> = ours.checked.iter().map(|it| it.0.as_str()).collect();
        rules.dedup();
        let refused = ours.refused.map(|it| format!("refused: {it}")).unwrap_or_default();
        let fault = ours.fault.map(|it| format!("{}: {}", it.0, it.1)).unwrap_or_default();
        lines += &format!("ours: {} {refused}{fault}\n", rules.join(" "));
        if !ours.text.is_empty() && ours.text.len() < 3000 {
            lines += &format!("fixed:\n```yaml\n{}```\n", ours.text);
        }
        lines + "\n"
    }
}
