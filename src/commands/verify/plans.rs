//! The forms of a project that are tried: as it is, and with chosen fixes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::super::Failure;
use super::super::new_files::{NewFile, Others, write_all};
use super::bench::Bench;
use crate::batch::Project;
use crate::engine::{Model, project_name};
use crate::finding::{Confidence, Finding};
use crate::images::learned::digest_of_fix;
use crate::mend::{Members, Policy, Shared, mend};
use crate::plan::Choice;
use crate::trial::{Isolated, Terms, isolate, read};
use crate::workload::absolute;

/// A fix that is tried.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tried {
    /// Its rule.
    pub(super) rule: String,
    /// What it does.
    pub(super) title: String,
}

impl Tried {
    /// What tells it from other fixes of its rule.
    pub(super) fn digest(&self) -> String {
        digest_of_fix(&self.title)
    }
}

/// The rules whose fixes each service gets; a service that is not named gets all.
pub(super) type Allowed = BTreeMap<String, BTreeSet<String>>;

/// A form of the project.
pub(super) struct Form {
    /// What is started.
    pub(super) isolated: Isolated,
    /// The fixes in it, by service.
    pub(super) fixes: BTreeMap<String, BTreeSet<Tried>>,
}

/// What makes the forms.
pub(super) struct Plans<'p> {
    bench: &'p Bench<'p>,
    project: &'p Project,
    policy: &'p Policy,
    folder: PathBuf,
    name: String,
    /// The project as it is.
    pub(super) legacy: Isolated,
}

impl<'p> Plans<'p> {
    /// For a project.
    ///
    /// # Errors
    /// Compose refuses it as it is.
    pub(super) fn of(
        bench: &'p Bench<'p>,
        project: &'p Project,
        policy: &'p Policy,
    ) -> Result<Plans<'p>, Failure> {
        let first = absolute(project.path());
        let folder = first.parent().unwrap_or(Path::new("/")).to_owned();
        let name = bench.args.project.clone().unwrap_or_else(|| {
            folder.file_name().map(|it| project_name(&it.to_string_lossy())).unwrap_or_default()
        });
        let mut plans = Plans { bench, project, policy, folder, name, legacy: Isolated::default() };
        plans.legacy = plans.isolated(&project.files)?;
        if plans.legacy.services.is_empty() {
            let why: Vec<String> =
                plans.legacy.left_out.iter().map(|it| format!("{}: {}", it.0, it.1)).collect();
            return Err(Failure(format!("no service of it can be tried ({})", why.join("; "))));
        }
        Ok(plans)
    }

    /// The image of a service.
    pub(super) fn image(&self, service: &str) -> Option<&str> {
        self.legacy.services.get(service).map(String::as_str)
    }

    /// The project with the fixes that are allowed.
    ///
    /// # Errors
    /// They cannot be written, or Compose refuses what they make.
    pub(super) fn form(&self, allowed: &Allowed) -> Result<Form, Failure> {
        let least: Confidence = self.bench.args.confidence.into();
        let wanted = |finding: &Finding| {
            let service = service_of(&finding.subject);
            allowed.get(service).is_none_or(|it| it.contains(finding.rule))
        };
        let choose = |findings: &[Finding]| -> Vec<Choice> {
            let each = findings.iter().enumerate().filter(|it| wanted(it.1));
            each.filter_map(|(at, it)| Some(Choice { finding: at, fix: it.sure_fix(least)? }))
                .collect()
        };
        let mended = mend(&self.project.files, &self.project.members, self.policy, choose)
            .map_err(|it| Failure(format!("a bug of casehard's: {}", it.message)))?;
        let mut fixes: BTreeMap<String, BTreeSet<Tried>> = BTreeMap::new();
        for it in &mended.fixed {
            let tried = Tried { rule: it.rule.to_owned(), title: it.title.to_string() };
            fixes.entry(service_of(&it.subject).to_owned()).or_default().insert(tried);
        }
        Ok(Form { isolated: self.isolated(&mended.files)?, fixes })
    }

    /// What Compose makes of these texts, isolated.
    fn isolated(&self, files: &[Shared]) -> Result<Isolated, Failure> {
        let refused = |it: String| Failure(format!("Compose refuses it: {it}"));
        let place =
            TempDir::new().map_err(|it| Failure(format!("no folder for the trial: {it}")))?;
        let mut merged = Vec::new();
        for (at, file) in files.iter().enumerate() {
            let path = absolute(&file.path);
            let mirrored = place.path().join(path.strip_prefix("/").unwrap_or(&path));
            let bytes = file.tree.text().as_bytes().to_vec();
            write_all(&[NewFile { path: mirrored.clone(), bytes }], Others::Kept)?;
            if let Members::Compose(members) = &self.project.members
                && let Some(order) = members.merged.iter().position(|it| it.0 as usize == at)
            {
                merged.push((order, mirrored));
            }
        }
        merged.sort();
        let merged: Vec<PathBuf> = merged.into_iter().map(|it| it.1).collect();
        let model = Model {
            folder: &self.folder,
            files: &merged,
            variables: &self.bench.args.inputs.env_file,
        };
        let text = self.bench.client.config(&model).map_err(|it| refused(it.to_string()))?;
        let value = read(&text).map_err(refused)?;
        let is_folder = |it: &str| Path::new(it).is_dir();
        let terms = Terms {
            project: value["name"].as_str().unwrap_or(&self.name),
            open: self.bench.args.open_network,
            is_folder: &is_folder,
        };
        Ok(isolate(&value, &terms))
    }
}

/// The service that a finding is about.
fn service_of(subject: &str) -> &str {
    subject.strip_prefix("service ").unwrap_or(subject)
}
