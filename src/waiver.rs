//! Waivers: what an owner has looked at and allows, with a reason.
//!
//! `# casehard: allow RULE[,RULE] -- reason [until YYYY-MM-DD]` on or above the line, or above the service or container;
//! the annotation `casehard.dev/allow: "RULE: reason"`; an `[[allow]]` entry of the configuration.

use std::path::PathBuf;

use foldhash::HashMap;

use crate::config::{Allow, Covered};
use crate::date::Date;
use crate::finding::{ContainerId, FileId, Finding, Severity, Site};
use crate::rules;
use crate::workload::{Container, Dialect, Files, Workload, clean, view};
use crate::yaml::{Span, Tree};

/// The annotation that waives rules for a pod.
const ANNOTATION: &str = "casehard.dev/allow";

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

/// A finding that a waiver covers.
#[derive(Debug, Clone)]
pub struct Waived {
    /// What was found.
    pub finding: Finding,
    /// Why it is allowed.
    pub reason: String,
}

/// The findings of a project, parted.
#[derive(Default)]
pub struct Judged {
    /// Those that count.
    pub open: Vec<Finding>,
    /// Those that a waiver covers.
    pub waived: Vec<Waived>,
}

impl Judged {
    /// All findings, those that count first.
    pub fn all(&self) -> impl Iterator<Item = &Finding> {
        self.open.iter().chain(self.waived.iter().map(|it| &it.finding))
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
}

/// The waivers of a project by what they speak of: those in its files and those in the configuration.
pub struct Waivers<'w, 't> {
    files: &'w Files<'t>,
    /// In the order of their numbers.
    containers: Vec<&'w Container<'t>>,
    lines: HashMap<(FileId, usize), Vec<Waiver>>,
    annotated: HashMap<ContainerId, Vec<Waiver>>,
    allowed: &'w Allowed,
    today: Date,
    /// What is wrong with those that do not hold.
    broken: Vec<Finding>,
}

impl<'w, 't> Waivers<'w, 't> {
    /// Reads those that hold today.
    pub fn read(
        files: &'w Files<'t>,
        workloads: &'w [Workload<'t>],
        allowed: &'w Allowed,
        today: Date,
    ) -> Self {
        let mut all = Waivers {
            files,
            containers: workloads.iter().flat_map(|it| &it.containers).collect(),
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
            if !waivers.is_empty() {
                let ids = workload.containers.iter().map(|it| it.id);
                all.annotated.extend(ids.map(|it| (it, waivers.clone())));
            }
        }
        for (id, file) in files.iter().filter(|it| it.1.in_scope) {
            let (waivers, broken) = in_file(&file.tree, today);
            all.broken.extend(broken.into_iter().map(|it| report(id, it)));
            for waiver in waivers {
                all.lines.entry((id, waiver.line)).or_default().push(waiver);
            }
        }
        all
    }

    /// Parts findings into those that count and those that a waiver covers.
    pub fn part(&self, findings: Vec<Finding>) -> Judged {
        let mut judged = Judged { open: self.broken.clone(), waived: Vec::new() };
        if self.is_empty() {
            judged.open.extend(findings);
            return judged;
        }
        for finding in findings {
            match self.reason(&finding) {
                Some(reason) => judged.waived.push(Waived { finding, reason }),
                None => judged.open.push(finding),
            }
        }
        judged
    }

    /// Why a finding is allowed, if it is.
    pub fn reason(&self, finding: &Finding) -> Option<String> {
        match self.is_empty() {
            true => None,
            false => self.in_file(finding).or_else(|| self.by_configuration(finding)),
        }
    }

    /// Whether nothing is allowed anywhere.
    fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.annotated.is_empty() && self.allowed.entries.is_empty()
    }

    fn container(&self, id: ContainerId) -> Option<&'w Container<'t>> {
        let at = self.containers.binary_search_by_key(&id, |it| it.id).ok()?;
        Some(self.containers[at])
    }

    /// Why a finding is allowed by its file.
    fn in_file(&self, finding: &Finding) -> Option<String> {
        let fits = |it: &&Waiver| it.rules.iter().any(|it| it == finding.rule);
        let annotated = self.annotated.get(&finding.container);
        let annotated = annotated.and_then(|it| it.iter().find(fits));
        if let Some(waiver) = annotated {
            return Some(waiver.reason.clone());
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
            let waivers = self.lines.get(&(file, line))?;
            waivers.iter().find(fits).map(|it| it.reason.clone())
        })
    }

    /// Why a finding is allowed by the configuration.
    fn by_configuration(&self, finding: &Finding) -> Option<String> {
        if self.allowed.entries.is_empty() {
            return None;
        }
        let path = clean(&std::path::absolute(&self.files.get(finding.site.file).path).ok()?);
        let path = path.strip_prefix(&self.allowed.folder).unwrap_or(&path);
        let name = self.container(finding.container).map_or("", |it| it.name.as_str());
        let covers = |it: &&Allow| it.covers(finding.rule, path, name, self.today) == Covered::Yes;
        self.allowed.entries.iter().find(covers).map(|it| it.reason.clone())
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

/// The waivers among the comments of a file, and what is wrong with the others.
fn in_file(tree: &Tree, today: Date) -> (Vec<Waiver>, Vec<Broken>) {
    let mut waivers = Vec::new();
    let mut broken = Vec::new();
    if !tree.text().contains("casehard:") {
        return (waivers, broken);
    }
    let mut looked = (0, 0);
    for comment in tree.comments() {
        let text = tree.text()[comment.span.start..comment.span.end].trim_start_matches('#').trim();
        let Some(text) = text.strip_prefix("casehard:") else { continue };
        let own = tree.position(comment.span.start).line;
        // Comments that follow each other speak of the same line.
        let line = match comment.own_line {
            true if (looked.0..looked.1).contains(&own) => looked.1,
            true => next_content(tree, own),
            false => own,
        };
        looked = if comment.own_line { (own, line) } else { looked };
        match read(text.trim(), comment.span, line, today) {
            Ok(it) => waivers.push(it),
            Err(it) => broken.push(it),
        }
    }
    (waivers, broken)
}

/// A waiver that holds today, or what is wrong with it.
fn read(text: &str, span: Span, line: usize, today: Date) -> Result<Waiver, Broken> {
    let waiver = parse(text, span, line).map_err(|message| Broken { span, message })?;
    match waiver.until.is_some_and(|until| until < today) {
        true => Err(Broken { span, message: "the waiver is past its date".to_owned() }),
        false => Ok(waiver),
    }
}

/// The first line below that is neither blank nor a comment.
fn next_content(tree: &Tree, line: usize) -> usize {
    let content = |it: &usize| {
        let span = tree.line_span(*it);
        let text = tree.text()[span.start..span.end].trim();
        !text.is_empty() && !text.starts_with('#')
    };
    (line + 1..=tree.line_count()).find(content).unwrap_or(line)
}

fn parse(text: &str, span: Span, line: usize) -> Result<Waiver, String> {
    let rest = text.strip_prefix("allow").ok_or_else(|| {
        format!("`{}` is no word that casehard knows: the waiver is not read", first_word(text))
    })?;
    let (names, reason) = rest.split_once("--").ok_or("the waiver gives no reason")?;
    let (reason, until) = match reason.rsplit_once(" until ") {
        Some((reason, date)) => {
            let date = date.trim();
            let until =
                date.parse().map_err(|_| format!("`{date}` is no date: write YYYY-MM-DD"))?;
            (reason, Some(until))
        }
        None => (reason, None),
    };
    if reason.trim().is_empty() {
        return Err("the waiver gives no reason".to_owned());
    }
    let rules = rule_names(names)?;
    Ok(Waiver { rules, reason: reason.trim().to_owned(), until, span, line })
}

fn rule_names(names: &str) -> Result<Vec<String>, String> {
    let names: Vec<String> =
        names.split([',', ' ']).filter(|it| !it.is_empty()).map(str::to_owned).collect();
    if names.is_empty() {
        return Err("the waiver names no rule".to_owned());
    }
    match names.iter().find(|it| rules::find(it).is_none()) {
        Some(name) => {
            Err(crate::suggestion::unknown("rule", name, rules::ALL.iter().map(|it| it.id)))
        }
        None => Ok(names),
    }
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or("")
}

/// The waivers in a pod's annotation, `RULE: reason` on each line.
fn annotation(workload: &Workload<'_>, today: Date) -> (Vec<Waiver>, Vec<Broken>) {
    let (mut waivers, mut broken) = (Vec::new(), Vec::new());
    let Dialect::Kubernetes(pod) = &workload.dialect else { return (waivers, broken) };
    let metadata =
        view::lookup(pod.object, "metadata").and_then(|it| view::lookup(it.value, "annotations"));
    let entry = pod
        .annotation(ANNOTATION)
        .or_else(|| metadata.and_then(|it| view::lookup(it.value, ANNOTATION)));
    let Some((entry, text)) = entry.and_then(|it| Some((it, it.value.value()?))) else {
        return (waivers, broken);
    };
    let span = entry.written.span();
    for line in text.split(['\n', ';']).map(str::trim).filter(|it| !it.is_empty()) {
        let (rules, reason) = line.split_once(':').unwrap_or((line, ""));
        match read(&format!("allow {rules} -- {reason}"), span, 0, today) {
            Ok(it) => waivers.push(it),
            Err(it) => broken.push(it),
        }
    }
    (waivers, broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Vec<String>, String, Option<String>), String> {
        let it = parse(text, Span { start: 0, end: 0 }, 1)?;
        Ok((it.rules, it.reason, it.until.map(|it| it.to_string())))
    }

    #[test]
    fn waivers_need_rules_and_a_reason() {
        let ok = read("allow privileged,host-pid -- it is the agent until 2030-01-31").unwrap();
        assert_eq!(ok.0, ["privileged", "host-pid"]);
        assert_eq!((ok.1.as_str(), ok.2.as_deref()), ("it is the agent", Some("2030-01-31")));
        assert!(read("allow privileged").unwrap_err().contains("reason"));
        assert!(read("allow privileged -- ").unwrap_err().contains("reason"));
        assert!(read("allow priviledged -- x").unwrap_err().contains("privileged"));
        assert!(read("allow privileged -- x until soon").unwrap_err().contains("date"));
        assert!(read("ignore privileged").unwrap_err().contains("ignore"));
    }
}
