//! Waivers: what an owner has looked at and allows, with a reason.
//!
//! `# casehard: allow RULE[,RULE] -- reason [until YYYY-MM-DD]` on or above the line, or above the service or container;
//! the annotation `casehard.dev/allow: "RULE: reason"`; an `[[allow]]` entry of the configuration.

mod read;

use std::path::PathBuf;
use std::sync::Arc;

use foldhash::HashMap;

use crate::config::{Allow, Covered, Whom};
use crate::date::Date;
use crate::finding::{ContainerId, FileId, Finding, Severity, Site};
use crate::images::names;
use crate::rules;
use crate::workload::{Container, Files, Workload, clean};
use crate::yaml::Span;
use read::{annotation, in_file};

/// A waiver that stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The rules that it waives.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// The text of the waiver.
    pub span: Span,
    /// The line that it speaks of.
    pub line: usize,
}

/// Something wrong with a waiver.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Broken {
    span: Span,
    message: String,
}

/// What allows a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A waiver of the project's files, by its number among them.
    File(usize),
    /// An entry of the configuration, by its number.
    Configuration(usize),
}

/// A finding that a waiver covers.
#[derive(Debug, Clone)]
pub struct Waived {
    /// What was found.
    pub finding: Finding,
    /// Why it is allowed.
    pub reason: String,
    /// What allows it.
    pub by: By,
}

/// A waiver that holds, and the file that it stands in.
#[derive(Debug, Clone)]
pub struct Held {
    /// The file.
    pub file: FileId,
    /// The waiver.
    pub waiver: Waiver,
    /// Whether it is a comment; else it is an annotation.
    pub is_comment: bool,
}

/// The findings of a project, parted.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// Those that count.
    pub open: Vec<Finding>,
    /// Those that a waiver covers.
    pub waived: Vec<Waived>,
    /// The waivers of the files that hold.
    pub held: Vec<Held>,
}

impl Judged {
    /// All findings, those that count first.
    pub fn all(&self) -> impl Iterator<Item = &Finding> {
        self.open.iter().chain(self.waived.iter().map(|it| &it.finding))
    }

    /// The same, to be changed.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        self.open.iter_mut().chain(self.waived.iter_mut().map(|it| &mut it.finding))
    }
}

/// The text of a waiver comment, as the review writes it.
pub fn comment(rule: &str, reason: &str, until: Option<&Date>) -> String {
    match until {
        Some(date) => format!("# casehard: allow {rule} -- {reason} until {date}"),
        None => format!("# casehard: allow {rule} -- {reason}"),
    }
}

/// What the configuration allows, and the folder that its paths are relative to.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// The entries.
    pub entries: Vec<Allow>,
    /// The folder of the configuration file; empty without one.
    pub folder: PathBuf,
    /// The configuration file and its text, where there is one.
    pub source: Option<(PathBuf, Arc<str>)>,
}

/// The waivers of a project by what they speak of: those in its files and those in the configuration.
pub struct Waivers<'w, 't> {
    files: &'w Files<'t>,
    /// In the order of their numbers.
    containers: Vec<&'w Container<'t>>,
    held: Vec<Held>,
    /// The numbers of those that speak of a line.
    lines: HashMap<(FileId, usize), Vec<usize>>,
    /// The numbers of those that speak of a container.
    annotated: HashMap<ContainerId, Vec<usize>>,
    allowed: &'w Allowed,
    today: Date,
    /// What is wrong with those that do not hold.
    broken: Vec<Finding>,
}

impl<'w, 't> Waivers<'w, 't> {
    /// Reads those that hold today.
    pub fn read(
        files: &'w Files<'t>,
        workloads: impl Iterator<Item = &'w Workload<'t>> + Clone,
        allowed: &'w Allowed,
        today: Date,
    ) -> Self {
        let mut all = Waivers {
            files,
            containers: workloads.clone().flat_map(|it| &it.containers).collect(),
            held: Vec::new(),
            lines: HashMap::default(),
            annotated: HashMap::default(),
            allowed,
            today,
            broken: Vec::new(),
        };
        for workload in workloads {
            let (waivers, broken) = annotation(workload, today);
            let file = workload.containers.first().map(|it| it.site.file);
            let broken = file.into_iter().flat_map(|file| broken.iter().map(move |it| (file, it)));
            all.broken.extend(broken.map(|(file, it)| report(file, it.clone())));
            let Some(file) = file.filter(|_| !waivers.is_empty()) else { continue };
            let from = all.held.len();
            all.held.extend(waivers.into_iter().map(|waiver| Held {
                file,
                waiver,
                is_comment: false,
            }));
            let ids = workload.containers.iter().map(|it| it.id);
            all.annotated.extend(ids.map(|it| (it, (from..all.held.len()).collect())));
        }
        for (id, file) in files.iter().filter(|it| it.1.in_scope) {
            let (waivers, broken) = in_file(&file.tree, today);
            all.broken.extend(broken.into_iter().map(|it| report(id, it)));
            for waiver in waivers {
                all.lines.entry((id, waiver.line)).or_default().push(all.held.len());
                all.held.push(Held { file: id, waiver, is_comment: true });
            }
        }
        all
    }

    /// Parts findings into those that count and those that a waiver covers.
    pub fn part(&self, findings: Vec<Finding>) -> Judged {
        let mut judged =
            Judged { open: self.broken.clone(), waived: Vec::new(), held: self.held.clone() };
        if self.is_empty() {
            judged.open.extend(findings);
            return judged;
        }
        for finding in findings {
            match self.cover(&finding) {
                Some((reason, by)) => judged.waived.push(Waived { finding, reason, by }),
                None => judged.open.push(finding),
            }
        }
        judged
    }

    /// Whether a finding is allowed.
    pub fn allows(&self, finding: &Finding) -> bool {
        self.cover(finding).is_some()
    }

    /// Why a finding is allowed, and by what, if it is.
    fn cover(&self, finding: &Finding) -> Option<(String, By)> {
        match self.is_empty() {
            true => None,
            false => self.in_file(finding).or_else(|| self.by_configuration(finding)),
        }
    }

    /// Whether nothing is allowed anywhere.
    fn is_empty(&self) -> bool {
        self.held.is_empty() && self.allowed.entries.is_empty()
    }

    fn container(&self, id: ContainerId) -> Option<&'w Container<'t>> {
        let at = self.containers.binary_search_by_key(&id, |it| it.id).ok()?;
        Some(self.containers[at])
    }

    /// Why a finding is allowed by its file.
    fn in_file(&self, finding: &Finding) -> Option<(String, By)> {
        let fits = |at: &&usize| {
            let rules = &self.held[**at].waiver.rules;
            rules.iter().any(|it| it == finding.rule)
        };
        let why = |at: &usize| (self.held[*at].waiver.reason.clone(), By::File(*at));
        let annotated = self.annotated.get(&finding.container);
        if let Some(at) = annotated.and_then(|it| it.iter().find(fits)) {
            return Some(why(at));
        }
        if self.lines.is_empty() {
            return None;
        }
        let container = self.container(finding.container);
        let named = container.map(|it| (it.site.file, it.site.span.start));
        // The name of a container need not stand in the first line of its item.
        let item = container.filter(|it| it.node.index().is_some());
        let item = item.map(|it| (it.site.file, it.node.full_span().start));
        let finding = (finding.site.file, finding.site.span.start);
        [Some(finding), named, item].into_iter().flatten().find_map(|(file, start)| {
            let line = self.files.get(file).tree.position(start).line;
            self.lines.get(&(file, line))?.iter().find(fits).map(why)
        })
    }

    /// Why a finding is allowed by the configuration.
    fn by_configuration(&self, finding: &Finding) -> Option<(String, By)> {
        if self.allowed.entries.is_empty() {
            return None;
        }
        let path = clean(&std::path::absolute(&self.files.get(finding.site.file).path).ok()?);
        let path = path.strip_prefix(&self.allowed.folder).unwrap_or(&path);
        let container = self.container(finding.container);
        let name = container.map_or("", |it| it.name.as_str());
        let image = container.and_then(|it| it.image.as_ref());
        let is_asked = self.allowed.entries.iter().any(|it| it.image.is_some());
        let images = image.filter(|_| is_asked).map_or(Vec::new(), |it| names(&it.value));
        let covers = |it: &(usize, &Allow)| {
            let whom = Whom { path, container: name, images: &images };
            it.1.covers(finding.rule, whom, self.today) == Covered::Yes
        };
        let found = self.allowed.entries.iter().enumerate().find(covers);
        found.map(|(at, it)| (it.reason.clone(), By::Configuration(at)))
    }
}

fn report(file: FileId, broken: Broken) -> Finding {
    Finding {
        rule: rules::BROKEN_WAIVER.id,
        severity: Severity::Low,
        container: ContainerId::NOBODY,
        subject: "waiver".into(),
        site: Site { file, span: broken.span },
        message: broken.message.into(),
        fixes: Vec::new(),
        advice: Some(
            "write `# casehard: allow RULE -- reason`, or `… -- reason until YYYY-MM-DD`"
                .to_owned(),
        ),
    }
}
