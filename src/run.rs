//! A run: arguments and files in, reports and files out.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::batch::{Loaded, Outcome, Project, load, parse, projects};
use crate::cli::{Cli, Color, Command, ImageFormat, Images, Inputs};
use crate::config::{self, Config, Level};
use crate::date::Date;
use crate::finding::{Confidence, Finding, Severity};
use crate::mend::{Mended, Policy, Shared, Unproven, analyse, mend};
use crate::plan::Choice;
use crate::report::summary::Summary;
use crate::report::{diff, text};
use crate::rules::{self, Settings};
use crate::source::{self, Found, Input, Named, SourceError};
use crate::workload::kubernetes::OwnKind;
use rayon::prelude::*;

/// A run that cannot start: what is wrong, and what to do.
#[derive(Debug)]
pub struct Failure(pub String);

/// Nothing to report, or everything accepted was written.
const DONE: u8 = 0;
/// Findings remain, or there is a diff.
const FOUND: u8 = 1;
/// Some input could not be done.
const FAILED: u8 = 2;

/// Runs the program.
pub fn run(cli: Cli) -> ExitCode {
    choose_color(cli.color);
    let outcome = match cli.command {
        Command::Fix(args) if args.check => check(&args.inputs, Severity::Low),
        Command::Fix(args) => fix(&args),
        Command::Check(args) => check(&args.inputs, args.min_severity.into()),
        Command::Explain { rule } => explain(rule.as_deref()),
        Command::Rules(args) => list_rules(args.markdown),
        Command::Images(args) => images(&args),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            complain(&format!("casehard: {}", failure.0));
            ExitCode::from(FAILED)
        }
    }
}

fn choose_color(color: Color) {
    let choice = match color {
        Color::Auto => return,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Prints to standard output; a reader that went away ends the run quietly.
fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(i32::from(DONE));
    }
}

/// Prints a line to standard error, whether or not anybody reads it.
fn complain(line: &str) {
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{line}");
}

fn fix(args: &crate::cli::Fix) -> Result<u8, Failure> {
    let stdin = is_stdin(&args.inputs);
    if !args.yes && !args.diff && !stdin && !console::user_attended() {
        return Err(Failure(
            "there is no terminal to review the fixes on: use --yes to accept those of confidence likely and up, \
             --diff to see them, or --check to report what is weak"
                .to_owned(),
        ));
    }
    let policy = policy(&args.inputs)?;
    let threshold: Confidence = args.confidence.into();
    if stdin {
        return filter(&policy, threshold, args.diff);
    }
    let mut batch = Batch::read(&args.inputs)?;
    if !args.yes && !args.diff {
        return Err(Failure("the review is not there yet".to_owned()));
    }
    let mut summary = batch.summary();
    let mended = batch.mend(&policy, threshold);
    let mut code = batch.code;
    for (project, outcome) in batch.projects.iter().zip(mended) {
        code = code.max(finish(project, outcome, &batch.inputs, args.diff, &mut summary));
    }
    let lines = summary.mended();
    if args.diff {
        complain(lines.trim_end());
    } else {
        print(&lines);
    }
    Ok(code)
}

/// Writes, or shows, what became of a project.
fn finish(
    project: &Project,
    outcome: Result<Mended, Unproven>,
    inputs: &[Loaded],
    show: bool,
    summary: &mut Summary,
) -> u8 {
    let mended = match outcome {
        Ok(mended) => mended,
        Err(unproven) => {
            summary.failed += 1;
            complain(&format!(
                "{}: internal error, the file is left as it was: {}\n  please file a bug with this file",
                unproven.path.display(),
                unproven.message
            ));
            return FAILED;
        }
    };
    let mut code = DONE;
    for &id in &mended.changed {
        let old = &project.files[id.0 as usize];
        let new = mended.files[id.0 as usize].tree.text();
        if show {
            print(&diff::unified(&old.path, old.tree.text(), new));
            summary.written += 1;
            code = code.max(FOUND);
            continue;
        }
        let input = project.inputs[id.0 as usize].and_then(|it| inputs[it].source.as_ref());
        let written = input.map(|it| source::write(it, new.as_bytes()));
        match written {
            Some(Ok(())) => summary.written += 1,
            Some(Err(error)) => {
                complain(&error.to_string());
                summary.failed += 1;
                code = FAILED;
            }
            None => (),
        }
    }
    if code == FAILED {
        mended.before.judged.open.iter().for_each(|it| summary.leave(it));
    } else {
        report_mended(project, &mended, show, summary);
    }
    code
}

fn report_mended(project: &Project, mended: &Mended, show: bool, summary: &mut Summary) {
    summary.fixed += mended.fixed.len();
    summary.waived += mended.after.judged.waived.len();
    summary.refused += mended.refused.len();
    summary.containers += mended.after.containers;
    mended.after.judged.open.iter().for_each(|it| summary.leave(it));
    for (finding, why) in &mended.refused {
        let file = &project.files[finding.site.file.0 as usize];
        complain(&format!(
            "{}: {}: {} is refused: {why}",
            file.path.display(),
            finding.subject,
            finding.rule
        ));
    }
    if show {
        return;
    }
    for fixed in &mended.fixed {
        let file = &project.files[fixed.finding.site.file.0 as usize];
        let fix = &fixed.finding.fixes[fixed.fix];
        let line = format!(
            "{}: {}: {} ({}, {})\n",
            file.path.display(),
            fixed.finding.subject,
            fix.title,
            fixed.finding.rule,
            fix.confidence.name()
        );
        print(&line);
    }
}

fn check(inputs: &Inputs, least: Severity) -> Result<u8, Failure> {
    let policy = policy(inputs)?;
    let batch = if is_stdin(inputs) { Batch::stdin()? } else { Batch::read(inputs)? };
    let mut summary = batch.summary();
    let mut code = batch.code;
    let analyses: Vec<_> =
        batch.projects.par_iter().map(|it| analyse(&it.files, &it.members, &policy)).collect();
    let width = width();
    for (project, analysis) in batch.projects.iter().zip(&analyses) {
        summary.waived += analysis.judged.waived.len();
        summary.containers += analysis.containers;
        let mut open: Vec<&Finding> = analysis.judged.open.iter().collect();
        open.sort_by_key(|it| (it.site.file, it.site.span.start));
        for finding in open {
            summary.leave(finding);
            if finding.severity >= least {
                code = code.max(FOUND);
            }
            let file = &project.files[finding.site.file.0 as usize];
            print(&format!("{}\n\n", text::finding(file, finding, width)));
        }
    }
    print(&summary.checked());
    Ok(code)
}

fn width() -> usize {
    console::Term::stdout().size_checked().map_or(100, |it| usize::from(it.1))
}

fn is_stdin(inputs: &Inputs) -> bool {
    inputs.paths.len() == 1 && inputs.paths[0].as_os_str() == "-"
}

/// Standard input to standard output; messages go to standard error.
fn filter(policy: &Policy, threshold: Confidence, show: bool) -> Result<u8, Failure> {
    let batch = Batch::stdin()?;
    if batch.code == FAILED {
        return Ok(FAILED);
    }
    let original = batch.stdin_bytes.clone().unwrap_or_default();
    let Some(project) = batch.projects.first() else {
        if !show {
            raw(&original);
        }
        return Ok(DONE);
    };
    let mended = mend(&project.files, &project.members, policy, |it| accept(it, threshold))
        .map_err(|it| Failure(format!("internal error, nothing is written: {}", it.message)))?;
    let new = mended.files[0].tree.text();
    if show {
        let old = project.files[0].tree.text();
        let diff =
            if old == new { String::new() } else { diff::unified(Path::new("stdin"), old, new) };
        print(&diff);
        return Ok(if diff.is_empty() { DONE } else { FOUND });
    }
    raw(new.as_bytes());
    let mut summary = batch.summary();
    summary.written = mended.changed.len();
    summary.fixed = mended.fixed.len();
    summary.waived = mended.after.judged.waived.len();
    summary.refused = mended.refused.len();
    summary.containers = mended.after.containers;
    mended.after.judged.open.iter().for_each(|it| summary.leave(it));
    complain(summary.mended().trim_end());
    Ok(DONE)
}

fn raw(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
        std::process::exit(i32::from(DONE));
    }
}

/// The best fix of each finding that is sure enough.
pub fn accept(findings: &[Finding], threshold: Confidence) -> Vec<Choice> {
    let choose = |(finding, it): (usize, &Finding)| {
        let fix = it.fixes.iter().position(|fix| fix.confidence >= threshold)?;
        Some(Choice { finding, fix })
    };
    findings.iter().enumerate().filter_map(choose).collect()
}

/// The inputs of a run, grouped.
struct Batch {
    inputs: Vec<Loaded>,
    projects: Vec<Project>,
    code: u8,
    failed: usize,
    passed: usize,
    stdin_bytes: Option<Vec<u8>>,
}

impl Batch {
    fn read(inputs: &Inputs) -> Result<Batch, Failure> {
        if inputs.paths.iter().any(|it| it.as_os_str() == "-") {
            return Err(Failure(
                "`-` stands alone: standard input is not mixed with files".to_owned(),
            ));
        }
        let paths: Vec<PathBuf> = inputs
            .paths
            .iter()
            .filter_map(|it| match Input::from(it.clone()) {
                Input::Path(path) => Some(path),
                Input::Stdin => None,
            })
            .collect();
        let found = source::find(&paths);
        let (found, errors): (Vec<_>, Vec<_>) = found.into_iter().partition(Result::is_ok);
        let errors: Vec<SourceError> = errors.into_iter().filter_map(Result::err).collect();
        errors.iter().for_each(|it| complain(&it.to_string()));
        let found: Vec<Found> = found.into_iter().filter_map(Result::ok).collect();
        let loaded: Vec<Loaded> = found.par_iter().map(load).collect();
        let mut batch = Batch::group(loaded);
        if !errors.is_empty() {
            batch.code = FAILED;
            batch.failed += errors.len();
        }
        Ok(batch)
    }

    fn stdin() -> Result<Batch, Failure> {
        let bytes = source::read_stdin().map_err(|it| Failure(it.to_string()))?;
        let path = PathBuf::from("<stdin>");
        let outcome = match bytes.iter().all(u8::is_ascii_whitespace) {
            true => Outcome::Passed,
            false => parse(&path, Named::ByWalking, &bytes),
        };
        let outcome = match outcome {
            Outcome::Template(refusal) => Outcome::Refused(vec![refusal]),
            other => other,
        };
        let mut batch = Batch::group(vec![Loaded { path, source: None, outcome }]);
        batch.stdin_bytes = Some(bytes);
        Ok(batch)
    }

    fn group(mut inputs: Vec<Loaded>) -> Batch {
        let projects = projects(&mut inputs);
        let mut batch = Batch {
            inputs: Vec::new(),
            projects,
            code: DONE,
            failed: 0,
            passed: 0,
            stdin_bytes: None,
        };
        let ready: usize = batch.projects.iter().flat_map(|it| &it.inputs).flatten().count();
        for input in &inputs {
            match &input.outcome {
                Outcome::Refused(refusals) => {
                    batch.code = FAILED;
                    batch.failed += 1;
                    for it in refusals {
                        complain(&text::problem(&input.path, it.place, &it.message));
                    }
                }
                Outcome::Template(it) => {
                    batch.passed += 1;
                    complain(&text::problem(&input.path, it.place, &it.message));
                }
                Outcome::Passed => batch.passed += 1,
                Outcome::Ready(..) => (),
            }
        }
        batch.passed = batch.passed.saturating_sub(ready);
        batch.inputs = inputs;
        batch
    }

    fn summary(&self) -> Summary {
        Summary {
            files: self.projects.iter().flat_map(|it| &it.inputs).flatten().count(),
            passed: self.passed,
            failed: self.failed,
            ..Summary::default()
        }
    }

    /// Mends every project; those that others extend first.
    fn mend(&mut self, policy: &Policy, threshold: Confidence) -> Vec<Result<Mended, Unproven>> {
        let count = self.projects.len();
        let dependent = self.projects.iter().any(|it| !it.bases.is_empty());
        let run = |it: &Project| mend(&it.files, &it.members, policy, |all| accept(all, threshold));
        if !dependent {
            return self.projects.par_iter().map(run).collect();
        }
        let mut outcomes = Vec::with_capacity(count);
        for number in 0..count {
            let outcome = run(&self.projects[number]);
            if let Ok(mended) = &outcome {
                let changed: Vec<Shared> =
                    mended.changed.iter().map(|it| mended.files[it.0 as usize].clone()).collect();
                self.projects[number + 1..].iter_mut().for_each(|it| it.refresh(&changed));
            }
            outcomes.push(outcome);
        }
        outcomes
    }
}

fn policy(inputs: &Inputs) -> Result<Policy, Failure> {
    let config = configuration(inputs)?;
    let known = || rules::ALL.iter().map(|it| it.id);
    for id in inputs.rules.iter().chain(&inputs.skip) {
        if rules::find(id).is_none() {
            return Err(Failure(crate::suggestion::unknown("rule", id, known())));
        }
    }
    let off = |id: &str| {
        config.rules.get(id) == Some(&Level::Off) || inputs.skip.iter().any(|it| it == id)
    };
    let wanted = |id: &str| inputs.rules.is_empty() || inputs.rules.iter().any(|it| it == id);
    let severities = config.rules.iter().filter_map(|(id, level)| match level {
        Level::Severity(severity) => Some((id.clone(), *severity)),
        Level::Off => None,
    });
    let severities: std::collections::BTreeMap<String, Severity> = severities.collect();
    let opted_in = severities.keys().chain(&inputs.rules).cloned().collect();
    Ok(Policy {
        settings: Settings {
            user: inputs.user.unwrap_or(config.user),
            writable: match inputs.writable.is_empty() {
                true => config.writable,
                false => inputs.writable.clone(),
            },
            keep: Vec::new(),
            target: config.target,
            kubernetes: inputs.kubernetes.or(config.kubernetes).unwrap_or(rules::NEWEST_KUBERNETES),
            opted_in,
        },
        rules: known().filter(|it| wanted(it) && !off(it)).collect(),
        severities,
        allow: config.allow,
        kinds: config
            .kinds
            .into_iter()
            .map(|it| OwnKind { group: it.group, kind: it.kind, path: it.path.join(".") })
            .collect(),
        today: Date::today(),
    })
}

fn configuration(inputs: &Inputs) -> Result<Config, Failure> {
    let path = match &inputs.config {
        Some(path) => Some(path.clone()),
        None => {
            let start = inputs.paths.first().filter(|it| it.as_os_str() != "-");
            source::find_upwards(start.map_or(Path::new("."), PathBuf::as_path), config::FILE_NAME)
        }
    };
    let Some(path) = path else { return Ok(Config::default()) };
    let source = source::read(&path).map_err(|it| Failure(it.to_string()))?;
    let text = String::from_utf8(source.bytes)
        .map_err(|_| Failure(format!("{}: not UTF-8: save it as UTF-8", path.display())))?;
    let known: Vec<&str> = rules::ALL.iter().map(|it| it.id).collect();
    config::load(&text, &path, &known).map_err(|it| Failure(it.to_string()))
}

fn explain(rule: Option<&str>) -> Result<u8, Failure> {
    let rules: Vec<&rules::Rule> = match rule {
        None => rules::ALL.to_vec(),
        Some(id) => vec![rules::find(id).ok_or_else(|| {
            Failure(crate::suggestion::unknown("rule", id, rules::ALL.iter().map(|it| it.id)))
        })?],
    };
    for rule in rules {
        print(&text::explanation(rule));
    }
    Ok(DONE)
}

fn list_rules(markdown: bool) -> Result<u8, Failure> {
    print(&if markdown { text::rule_table() } else { text::rule_list() });
    Ok(DONE)
}

fn images(args: &Images) -> Result<u8, Failure> {
    use crate::images::{Knowledge, page};
    let knowledge = Knowledge::builtin();
    let pages = match &args.name {
        Some(name) => vec![page::describe(&knowledge, name).map_err(|it| Failure(it.to_string()))?],
        None => page::list(&knowledge),
    };
    let one = args.name.is_some();
    match args.format {
        ImageFormat::Json => {
            let values: Vec<_> = pages.iter().map(page::Page::json).collect();
            let value = if one { values[0].clone() } else { serde_json::Value::Array(values) };
            print(&format!("{value:#}\n"));
        }
        ImageFormat::Markdown => pages.iter().for_each(|it| print(&it.markdown())),
        ImageFormat::Text if one => print(&pages[0].text()),
        ImageFormat::Text => pages.iter().for_each(|it| print(&format!("{}\n", it.line()))),
    }
    Ok(DONE)
}
