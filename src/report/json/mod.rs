//! All of an outcome for programs: `json` is one value, `jsonl` a line for each thing. `casehard schema report` prints
//! what shapes they have.

mod shape;

use schemars::generate::SchemaSettings;

use super::shown::Shown;
use crate::finding::{Confidence, Fix};
use crate::outcome::{Count, Decided, FileState, Outcome, Reported, State};
use crate::yaml::Replacement;
use shape::{
    ContainerEntry, Edit, FileEntry, FileWord, FindingEntry, FixEntry, FixFile, Left, PassedEntry,
    PodEntry, ProblemEntry, RemarkEntry, StateWord, Tool, WaiverEntry,
};
pub(crate) use shape::{Line, PathEntry, Report, Summary, VERSION};

/// One value.
pub fn whole(outcome: &Outcome) -> Shown {
    let report = Report {
        version: VERSION,
        tool: TOOL,
        action: outcome.action,
        kubernetes: kubernetes(outcome),
        shard: outcome.shard.map(|it| it.to_string()),
        summary: summary(outcome),
        files: files(outcome).collect(),
        containers: containers(outcome).collect(),
        findings: findings(outcome).collect(),
        pods: pods(outcome).collect(),
        waivers: waivers(outcome).collect(),
        remarks: remarks(outcome).collect(),
        problems: problems(outcome).collect(),
        passed_over: passed(outcome).collect(),
        rules_off: outcome.off.clone(),
    };
    Shown::value(&report, true)
}

/// A line for each thing.
pub fn lines(outcome: &Outcome) -> Shown {
    let run = Line::Run {
        version: VERSION,
        tool: TOOL,
        action: outcome.action,
        kubernetes: kubernetes(outcome),
        shard: outcome.shard.map(|it| it.to_string()),
        rules_off: outcome.off.clone(),
    };
    let all = std::iter::once(run)
        .chain(files(outcome).map(Line::File))
        .chain(containers(outcome).map(Line::Container))
        .chain(findings(outcome).map(Line::Finding))
        .chain(pods(outcome).map(Line::Pod))
        .chain(waivers(outcome).map(Line::Waiver))
        .chain(remarks(outcome).map(Line::Remark))
        .chain(problems(outcome).map(Line::Problem))
        .chain(passed(outcome).map(Line::PassedOver))
        .chain([Line::Summary(summary(outcome))]);
    Shown::all(all.map(|it| Shown::value(&it, false)))
}

/// The JSON Schema of the one value.
pub fn schema() -> serde_json::Value {
    described::<Report<'_>>()
}

/// The JSON Schema of a line.
pub fn schema_of_lines() -> serde_json::Value {
    described::<Line<'_>>()
}

/// What is written can be told from what is read: keys that are always there are required.
fn described<T: schemars::JsonSchema>() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

const TOOL: Tool = Tool { name: "casehard", version: env!("CARGO_PKG_VERSION") };

fn kubernetes(outcome: &Outcome) -> String {
    format!("{}.{}", outcome.kubernetes.0, outcome.kubernetes.1)
}

/// A path with `/` between folders, on every platform.
pub(super) fn path(path: &std::path::Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace('\\', "/") }
}

fn summary(outcome: &Outcome) -> Summary {
    let count = Count::of(outcome);
    let left = |it: Confidence| count.of_confidence(it);
    Summary {
        files: count.files,
        containers: count.containers,
        written: count.written,
        fixed: count.fixed,
        left: Left {
            safe: left(Confidence::Safe),
            likely: left(Confidence::Likely),
            risky: left(Confidence::Risky),
            manual: left(Confidence::Manual),
        },
        info: count.info,
        refused: count.refused,
        waived: count.waived,
        known: count.known,
        gone: outcome.gone(),
        failed: count.failed,
    }
}

fn edit(it: &Replacement) -> Edit<'_> {
    Edit { start: it.span.start, end: it.span.end, text: it.text.as_str().into() }
}

fn files(outcome: &Outcome) -> impl Iterator<Item = FileEntry<'_>> {
    outcome.files.iter().map(|it| {
        let edits = it.edits().into_iter();
        let edits =
            edits.map(|it| Edit { start: it.span.start, end: it.span.end, text: it.text.into() });
        FileEntry {
            path: PathEntry::of(&it.path),
            judged: it.named,
            state: match it.state {
                FileState::Same => FileWord::Same,
                FileState::Changed => FileWord::Changed,
                FileState::Failed(_) => FileWord::Failed,
            },
            error: match &it.state {
                FileState::Failed(why) => Some(why),
                FileState::Same | FileState::Changed => None,
            },
            edits: edits.collect(),
        }
    })
}

fn containers(outcome: &Outcome) -> impl Iterator<Item = ContainerEntry<'_>> {
    // In the order of the files, whichever project is judged first.
    let mut all: Vec<_> = outcome.containers.iter().collect();
    all.sort_by_key(|it| (it.file, it.line));
    all.into_iter().map(|it| ContainerEntry {
        path: PathEntry::of(&outcome.files[it.file].path),
        line: it.line,
        name: &it.name,
        image: it.image.as_deref(),
        to_be_sure: it.raise.as_ref().map(ToString::to_string),
    })
}

fn findings(outcome: &Outcome) -> impl Iterator<Item = FindingEntry<'_>> {
    outcome.findings.iter().map(|it| {
        let finding = &it.finding;
        let (line, column) = it.place();
        let (end_line, end_column) = it.end();
        let (state, reason) = match &it.state {
            State::Open => (StateWord::Open, None),
            State::Fixed => (StateWord::Fixed, None),
            State::Refused(why) => (StateWord::Refused, Some(why.as_str())),
            State::Waived(why) => (StateWord::Waived, Some(why.as_str())),
            State::Known => (StateWord::Known, None),
        };
        FindingEntry {
            rule: finding.rule,
            severity: finding.severity,
            confidence: finding.confidence(),
            state,
            reason,
            path: PathEntry::of(&outcome.files[it.file].path),
            line,
            column,
            end_line,
            end_column,
            start: finding.site.span.start,
            end: finding.site.span.end,
            subject: &finding.subject,
            message: &finding.message,
            fingerprint: it.fingerprint().to_string(),
            fixes: (0..finding.fixes.len()).map(|at| fix(outcome, it, at)).collect(),
            advice: finding.advice.as_deref(),
            decided: it.decided.as_deref().map(Decided::text),
        }
    })
}

fn fix<'o>(outcome: &'o Outcome, it: &'o Reported, at: usize) -> FixEntry<'o> {
    let fix: &Fix = &it.finding.fixes[at];
    let files = it.edits.get(at).and_then(Option::as_ref);
    let files = files.map(|all| {
        let file = |(file, edits): &'o (usize, Vec<Replacement>)| FixFile {
            path: PathEntry::of(&outcome.files[*file].path),
            edits: edits.iter().map(edit).collect(),
        };
        all.iter().map(file).collect()
    });
    FixEntry {
        title: &fix.title,
        confidence: fix.confidence,
        basis: &fix.basis,
        may_break: fix.may_break.as_deref(),
        needs: &fix.needs,
        files,
    }
}

fn pods(outcome: &Outcome) -> impl Iterator<Item = PodEntry<'_>> {
    let mut all: Vec<_> = outcome.pods.iter().collect();
    all.sort_by_key(|it| (it.file, it.line));
    all.into_iter().map(|it| PodEntry {
        path: PathEntry::of(&outcome.files[it.file].path),
        line: it.line,
        workload: &it.before.workload,
        level: it.now().level.name(),
        unmet: &it.now().unmet,
        before: it.after.is_some().then(|| it.before.level.name()),
    })
}

fn waivers(outcome: &Outcome) -> impl Iterator<Item = WaiverEntry<'_>> {
    outcome.waivers.iter().map(|it| {
        let file = &outcome.files[it.file];
        WaiverEntry {
            path: PathEntry::of(&file.path),
            line: file.now().tree.position(it.span.start).line,
            form: it.form,
            rules: &it.rules,
            reason: &it.reason,
            until: it.until.map(|it| it.to_string()),
            covers: &it.covers,
        }
    })
}

fn remarks(outcome: &Outcome) -> impl Iterator<Item = RemarkEntry<'_>> {
    let mut all: Vec<_> = outcome.remarks.iter().collect();
    all.sort_by(|one, other| one.path.cmp(&other.path));
    all.into_iter().map(|it| RemarkEntry {
        path: PathEntry::of(&it.path),
        left_alone: &it.names,
        text: &it.text,
    })
}

fn problems(outcome: &Outcome) -> impl Iterator<Item = ProblemEntry<'_>> {
    outcome.problems.iter().map(|it| ProblemEntry {
        path: PathEntry::of(&it.path),
        line: it.place.map(|it| it.0),
        column: it.place.map(|it| it.1),
        message: &it.message,
        fails: it.fails,
    })
}

fn passed(outcome: &Outcome) -> impl Iterator<Item = PassedEntry> {
    outcome
        .passed
        .iter()
        .map(|it| PassedEntry { path: PathEntry::of(&it.path), why: it.why.reason() })
}
