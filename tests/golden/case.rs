//! A folder that is a test.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use casehard::batch::{Batch, Project};
use casehard::cli::{Cli, Command};
use casehard::evidence::Stance;
use casehard::finding::{Confidence, Finding};
use casehard::mend::{Mended, Policy, Shared};
use casehard::plan::accept;
use casehard::rules::USER_RULE;
use clap::Parser as _;

pub(crate) struct Case {
    /// `rules/privileged/flow-style`.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    rule: Option<String>,
}

/// What came of a run.
pub(crate) struct Outcome {
    pub(crate) listing: String,
    /// Every file of the input in its last state, by its path in the input.
    pub(crate) files: Vec<(PathBuf, Vec<u8>)>,
    pub(crate) changed: Vec<PathBuf>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|it| it.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|it| it.is_dir()).collect();
    folders.sort();
    folders
}

fn last(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Every case; `GOLDEN_ONLY=word` narrows them to the names that hold the word.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for rule in folders(&root().join("rules")) {
        let name = last(&rule);
        assert!(casehard::rules::find(&name).is_some(), "no such rule: {name}");
        cases.extend(folders(&rule).into_iter().map(|folder| Case {
            name: format!("rules/{name}/{}", last(&folder)),
            folder,
            rule: Some(name.clone()),
        }));
    }
    let signals = folders(&root().join("evidence"));
    let signals = signals.iter().map(|it| format!("evidence/{}", last(it)));
    let groups = ["files", "images", "kubernetes/files", "kubernetes/kinds"];
    for group in groups.into_iter().map(str::to_owned).chain(signals) {
        cases.extend(folders(&root().join(&group)).into_iter().map(|folder| Case {
            name: format!("{group}/{}", last(&folder)),
            folder,
            rule: None,
        }));
    }
    if let Ok(word) = std::env::var("GOLDEN_ONLY") {
        cases.retain(|it| it.name.contains(&word));
    }
    cases
}

impl Case {
    /// It in another folder: what was tried of a file counts for it from where what was learnt lies.
    pub(crate) fn at(&self, folder: &Path) -> Case {
        Case { name: self.name.clone(), folder: folder.to_owned(), rule: self.rule.clone() }
    }

    pub(crate) fn is_tree(&self) -> bool {
        self.folder.join("input").is_dir()
    }

    pub(crate) fn input(&self) -> PathBuf {
        self.folder.join(if self.is_tree() { "input" } else { "input.yaml" })
    }

    /// Where the expected state of a file of the input stands.
    pub(crate) fn expected(&self, path: &Path) -> PathBuf {
        match self.is_tree() {
            true => self.folder.join("expected").join(path),
            false => self.folder.join("expected.yaml"),
        }
    }

    pub(crate) fn write_expected(&self, files: &[(PathBuf, Vec<u8>)]) {
        let _ = fs::remove_dir_all(self.folder.join("expected"));
        let _ = fs::remove_file(self.folder.join("expected.yaml"));
        for (path, bytes) in files {
            let target = self.expected(path);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, bytes).unwrap();
        }
    }

    fn inputs(&self) -> casehard::cli::Inputs {
        let args = fs::read_to_string(self.folder.join("args.txt")).ok();
        let args = args.or_else(|| Some(format!("--rule {}", self.rule.as_ref()?)));
        let args = args.unwrap_or_default();
        let mut words = vec!["casehard".to_owned(), "check".to_owned()];
        words.extend(args.split_whitespace().map(str::to_owned));
        words.push(self.folder.display().to_string());
        let Command::Check(args) = Cli::parse_from(words).command else { unreachable!() };
        args.inputs
    }

    pub(crate) fn policy(&self) -> Policy {
        let mut policy = casehard::commands::policy(&self.inputs(), self.threshold())
            .unwrap_or_else(|it| panic!("{}", it.0));
        if !policy.rules.contains(&USER_RULE) {
            // A case of another rule is one of a project that wants no change of users.
            policy.settings.stance = Stance::Unchanged;
        }
        policy.today = "2026-11-24".parse().unwrap();
        policy
    }

    /// The least confidence of the fixes that are accepted: that of `confidence.txt`, else risky.
    pub(crate) fn threshold(&self) -> Confidence {
        match fs::read_to_string(self.folder.join("confidence.txt")).as_deref().map(str::trim) {
            Ok("likely") => Confidence::Likely,
            Ok(other) => panic!("{}: no confidence for a case: {other}", self.name),
            Err(_) => Confidence::Risky,
        }
    }

    /// A file is named outright and a tree is walked; files of variables are named from the case's folder.
    pub(crate) fn batch(&self, input: PathBuf) -> Batch {
        let mut inputs = self.inputs();
        let named = std::mem::take(&mut inputs.env_file);
        let mut sources =
            casehard::commands::sources(&inputs).unwrap_or_else(|it| panic!("{}", it.0));
        for name in named {
            let text = fs::read_to_string(self.folder.join(&name)).unwrap();
            sources.files.push((name.display().to_string(), text));
        }
        Batch::read_with(&[input], &sources)
    }

    pub(crate) fn each_project(
        &self,
        check: impl Fn(&Project, &Policy) -> Result<(), String>,
    ) -> Result<(), String> {
        let policy = self.policy();
        self.batch(self.input()).projects.iter().try_for_each(|it| check(it, &policy))
    }

    pub(crate) fn run(&self, input: &Path) -> Result<Outcome, String> {
        let mut batch = self.batch(input.to_path_buf());
        let relative = |path: &Path| match path == input {
            true => PathBuf::from("input.yaml"),
            false => path.strip_prefix(input).unwrap_or(path).to_path_buf(),
        };
        let mut before: Vec<String> = Vec::new();
        let mut after: Vec<String> = Vec::new();
        for problem in batch.problems() {
            let (line, column) = problem.place.unwrap_or((0, 0));
            let path = relative(&problem.path);
            before.push(format!("{}:{line}:{column} {}", path.display(), problem.message));
        }
        let mut files = self.untouched(&batch, &relative);
        let mut changed = Vec::new();
        let outcomes = batch.mend(&self.policy(), |all| accept(all, self.threshold()));
        for (project, outcome) in batch.projects.iter().zip(outcomes) {
            let mended = outcome
                .map_err(|it| format!("{}: not proven: {}", it.path.display(), it.message))?;
            if self.name.starts_with("evidence/") {
                let said = casehard::outcome::remarks(project, &mended.before);
                // What was left alone is listed below.
                let said = said.into_iter().filter(|it| it.names.is_empty());
                let lines = said.map(|it| format!("{}: {}", it.path.display(), it.sentence()));
                let (file, folder) = (input.display().to_string(), format!("{}/", input.display()));
                let short = |it: String| it.replace(&folder, "").replace(&file, "input.yaml");
                before.extend(lines.map(short));
            }
            for id in &mended.changed {
                let file = &mended.files[id.0 as usize];
                let path = relative(&file.path);
                let known = files.iter_mut().find(|it| it.0 == path).unwrap();
                known.1 = file.tree.text().as_bytes().to_vec();
                changed.push(path);
            }
            let skipped = mended.before.skipped.iter().map(|it| (&*it.0, it.1));
            before.extend(skipped.map(|(name, why)| format!("skipped {name}: {why}")));
            let ways = if self.name.starts_with("evidence/") { reasons } else { ways };
            listing(&project.files, &mended, &relative, ways, (&mut before, &mut after));
        }
        let mut text = before.concat_lines();
        if !after.is_empty() {
            let _ = write!(text, "\nafter the fixes:\n{}", after.concat_lines());
        }
        Ok(Outcome { listing: text, files, changed })
    }

    fn untouched(
        &self,
        batch: &Batch,
        relative: &impl Fn(&Path) -> PathBuf,
    ) -> Vec<(PathBuf, Vec<u8>)> {
        let inputs = batch
            .inputs
            .iter()
            .filter_map(|it| Some((relative(&it.path), it.source.as_ref()?.bytes.to_vec())));
        inputs.collect()
    }
}

trait Lines {
    fn concat_lines(&self) -> String;
}

impl Lines for Vec<String> {
    fn concat_lines(&self) -> String {
        self.iter().map(|it| format!("{it}\n")).collect()
    }
}

fn listing(
    old: &[Shared],
    mended: &Mended,
    relative: &impl Fn(&Path) -> PathBuf,
    ways: fn(&Finding) -> String,
    (before, after): (&mut Vec<String>, &mut Vec<String>),
) {
    let line = |files: &[Shared], it: &Finding| {
        let file = &files[it.site.file.0 as usize];
        let at = file.tree.position(it.site.span.start);
        let (line, column) = (at.line, at.column);
        let path = relative(&file.path);
        let path = path.display();
        format!("{path}:{line}:{column} {} {} {}: {}", it.severity, it.rule, it.subject, it.message)
    };
    before.extend(mended.before.judged.open.iter().map(|it| line(old, it) + &ways(it)));
    for it in &mended.before.judged.waived {
        before.push(format!("{} [waived: {}]", line(old, &it.finding), it.reason));
    }
    after.extend(mended.after.judged.open.iter().map(|it| line(&mended.files, it) + &ways(it)));
    for (finding, why) in &mended.refused {
        after.push(format!("refused {} {}: {why}", finding.rule, finding.subject));
    }
}

/// The fixes of a finding, or what the owner can do.
fn ways(finding: &Finding) -> String {
    let fixes = finding.fixes.iter().map(|it| format!("{}: {}", it.confidence.name(), it.title));
    let fixes: Vec<String> = fixes.collect();
    match (&finding.advice, fixes.is_empty()) {
        (_, false) => format!(" [{}]", fixes.join(" | ")),
        (Some(advice), true) => format!(" [manual: {advice}]"),
        (None, true) => " [manual]".to_owned(),
    }
}

/// As [`ways`], with what each rests on and may break.
fn reasons(finding: &Finding) -> String {
    let fixes = finding.fixes.iter().map(|it| {
        let breaks = it.may_break.as_ref().map(|it| format!("; may break {it}"));
        format!(
            "{}: {}; {}{}",
            it.confidence.name(),
            it.title,
            it.basis,
            breaks.unwrap_or_default()
        )
    });
    let fixes: Vec<String> = fixes.collect();
    match fixes.is_empty() {
        false => format!(" [{}]", fixes.join(" | ")),
        true => ways(finding),
    }
}
