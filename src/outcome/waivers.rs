//! The waivers of a run: what each of them covers, and those that cover nothing.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use foldhash::HashMap;

use super::table::{Numbers, Table};
use super::{Judged, Reported, State};
use crate::config::{ALL, Allow};
use crate::date::Date;
use crate::finding::{ContainerId, FileId, Finding, Severity, Site};
use crate::mend::{Analysis, Policy};
use crate::rules;
use crate::waiver::{By, Held};
use crate::workload::{File, plain};
use crate::yaml::Span;

/// A waiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The file that it stands in.
    pub file: usize,
    /// Its text there.
    pub span: Span,
    /// How it is written.
    pub form: Form,
    /// The rules that it waives.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// How many findings of each of its rules it covers.
    pub covers: Vec<usize>,
    /// These findings.
    pub findings: Vec<Covered>,
}

/// A finding that a waiver covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Its rule.
    pub rule: &'static str,
    /// Whom it is about.
    pub subject: Arc<str>,
    /// The file that it stands in.
    pub file: usize,
    /// Its place there.
    pub span: Span,
}

/// How a waiver is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A comment.
    Comment,
    /// An annotation of a pod.
    Annotation,
    /// An entry of the configuration.
    Configuration,
}

/// Waivers while they are counted.
#[derive(Default)]
pub(super) struct Count {
    all: Vec<Waiver>,
    /// By file, place and words.
    known: HashMap<(usize, usize, String), usize>,
    /// What each entry of the configuration covers.
    entries: HashMap<usize, Vec<Covered>>,
}

impl Count {
    /// Takes in the waivers of a project, and what they cover.
    pub(super) fn add(&mut self, numbers: &Numbers, analysis: &Analysis) {
        let held = &analysis.judged.held;
        let own: Vec<usize> = held.iter().map(|it| self.number(numbers, it)).collect();
        for it in &analysis.judged.waived {
            let finding = &it.finding;
            let covered = Covered {
                rule: finding.rule,
                subject: Arc::clone(&finding.subject),
                file: numbers.file(finding.site.file),
                span: finding.site.span,
            };
            match it.by {
                By::File(at) => {
                    let waiver = &mut self.all[own[at]];
                    let place = waiver.rules.iter().position(|it| it == finding.rule);
                    place.into_iter().for_each(|it| waiver.covers[it] += 1);
                    waiver.findings.push(covered);
                }
                By::Configuration(at) => self.entries.entry(at).or_default().push(covered),
            }
        }
    }

    fn number(&mut self, numbers: &Numbers, held: &Held) -> usize {
        let (file, it) = (numbers.file(held.file), &held.waiver);
        // An annotation may have several lines; each is a waiver.
        let words = format!("{} {}", it.rules.join(" "), it.reason);
        *self.known.entry((file, it.span.start, words)).or_insert_with(|| {
            self.all.push(Waiver {
                file,
                span: it.span,
                form: if held.is_comment { Form::Comment } else { Form::Annotation },
                rules: it.rules.clone(),
                reason: it.reason.clone(),
                until: it.until,
                covers: vec![0; it.rules.len()],
                findings: Vec::new(),
            });
            self.all.len() - 1
        })
    }

    /// The files that waivers stand in.
    pub(super) fn files(&self) -> impl Iterator<Item = usize> {
        self.all.iter().map(|it| it.file)
    }

    /// Brings them and what they cover into the order of the files, whose new numbers stand by the old ones where they
    /// are others.
    pub(super) fn in_order(&mut self, files: Option<&[usize]>) {
        let new = |it: usize| files.map_or(it, |all| all[it]);
        let entries = self.entries.values_mut();
        for covered in entries.chain(self.all.iter_mut().map(|it| &mut it.findings)) {
            covered.iter_mut().for_each(|it| it.file = new(it.file));
            covered.sort_by_key(|it| (it.file, it.span.start));
        }
        self.all.iter_mut().for_each(|it| it.file = new(it.file));
        self.all.sort_by_key(|it| (it.file, it.span.start));
    }

    /// The waivers, with those of the configuration; those that cover nothing become findings where that can be told.
    pub(super) fn close(mut self, table: &mut Table, policy: &Policy, whole: bool) -> Vec<Waiver> {
        let configuration =
            policy.allowed.source.as_ref().filter(|_| !policy.allowed.entries.is_empty());
        let configuration = configuration.map(|(path, text)| configured(table, path, text));
        if let Some(file) = configuration {
            let tree = Arc::clone(&table.files[file].before);
            for (at, it) in policy.allowed.entries.iter().enumerate() {
                let covered = self.entries.remove(&at).unwrap_or_default();
                let waiver = entry(file, &tree, it, covered);
                self.all.push(waiver);
            }
        }
        for it in &self.all {
            let ended = it.until.is_some_and(|until| until < policy.today);
            let told = it.form != Form::Configuration || whole;
            if ended || told && policy.rules.contains(&rules::BROKEN_WAIVER.id) {
                dead(table, it, policy, ended);
            }
        }
        self.all
    }
}

/// The file of the configuration, which is only spoken of.
fn configured(table: &mut Table, path: &Path, text: &str) -> usize {
    let file = Arc::new(plain(path.to_owned(), text));
    table.files.push(Judged {
        path: path.to_owned(),
        before: file,
        after: None,
        state: super::FileState::Same,
        named: false,
    });
    table.files.len() - 1
}

fn entry(file: usize, text: &File, it: &Allow, findings: Vec<Covered>) -> Waiver {
    let span = text.tree.line_span(it.line);
    let of = |rule: &String| {
        let is_it = |it: &&Covered| rule == ALL || rule == it.rule;
        findings.iter().filter(is_it).count()
    };
    Waiver {
        file,
        span,
        form: Form::Configuration,
        covers: it.rules.iter().map(of).collect(),
        rules: it.rules.clone(),
        reason: it.reason.clone(),
        until: it.until,
        findings,
    }
}

/// Reports what a waiver names and does not cover, or that it has ended.
fn dead(table: &mut Table, it: &Waiver, policy: &Policy, ended: bool) {
    let judged = |rule: &str| rule == ALL || policy.rules.contains(&rule);
    let unused = it.rules.iter().zip(&it.covers).filter(|it| *it.1 == 0 && judged(it.0));
    let unused: Vec<&str> = unused.map(|it| it.0.as_str()).collect();
    let message: Cow<'static, str> = if ended {
        "the waiver is past its date".into()
    } else if unused.is_empty() {
        return;
    } else if unused.len() == it.rules.len() {
        "the waiver covers nothing".into()
    } else {
        format!("the waiver covers nothing of {}", unused.join(", ")).into()
    };
    let advice = match ended {
        true => "look at it again: give it another date, or take it away",
        false => "take away what covers nothing: it would hide what comes later",
    };
    let severity = policy.severities.get(rules::BROKEN_WAIVER.id).copied();
    let finding = Finding {
        rule: rules::BROKEN_WAIVER.id,
        severity: severity.unwrap_or(Severity::Low),
        container: ContainerId::NOBODY,
        subject: "waiver".into(),
        site: Site { file: FileId(0), span: it.span },
        message,
        fixes: Vec::new(),
        advice: Some(advice.to_owned()),
    };
    let text = Arc::clone(table.files[it.file].now());
    table.findings.push(Reported {
        finding,
        file: it.file,
        text,
        container: None,
        state: State::Open,
        edits: Vec::new(),
        decided: None,
        prints: None,
    });
}

impl Waiver {
    /// How many findings it covers.
    pub fn covered(&self) -> usize {
        self.findings.len()
    }

    /// A sentence on its end, where that is near: within thirty days.
    pub fn ending(&self, today: Date) -> Option<String> {
        let until = self.until?;
        let days = today.days_until(until);
        let when = match days {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            2..=30 => format!("in {days} days"),
            _ => return None,
        };
        Some(format!(
            "the waiver of {} ends {when}, on {until}: {}",
            self.rules.join(", "),
            self.reason
        ))
    }
}
