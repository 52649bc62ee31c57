//! The forms of a project that are tried: as it is, and with chosen fixes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::super::Failure;
use super::super::observe::{named, project_of};
use super::super::policy::knowing;
use super::bench::Bench;
use super::host;
use super::mirror::Mirror;
use crate::batch::Project;
use crate::engine::Model;
use crate::finding::{Confidence, Finding};
use crate::images::learned::{Book, Built, Trial, may_be_secret, short_digest};
use crate::mend::{Members, Policy, Shared, analyse, built_of, mend, trials};
use crate::plan::Choice;
use crate::rules::{self, USER_RULE};
use crate::trial::{Isolated, Place, Terms, isolate, read};
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
        short_digest(&self.title)
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
    /// How many findings are left with them, by service.
    pub(super) left: BTreeMap<String, usize>,
}

/// What makes the forms.
pub(super) struct Plans<'p> {
    bench: &'p Bench<'p>,
    project: &'p Project,
    policy: Policy,
    folder: PathBuf,
    name: String,
    /// The services whose images are built and have no name.
    built: Vec<Built>,
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
        (policy, book): (&Policy, &Book),
    ) -> Result<Plans<'p>, Failure> {
        let first = absolute(project.path());
        let folder = first.parent().unwrap_or(Path::new("/")).to_owned();
        let made = bench.engine.containers()?;
        let name = bench.args.trial.project.clone().or_else(|| project_of(&made, &first));
        let name = name.unwrap_or_else(|| named(&first, &bench.args.inputs.env_file));
        let built = built_of(&project.files, &project.members, policy, bench.folder);
        let built = built.into_iter().map(|it| it.0).collect();
        let (policy, legacy) = (policy.clone(), Isolated::default());
        let mut plans = Plans { bench, project, policy, folder, name, built, legacy };
        plans.know(book)?;
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

    /// Values of a service's variables that may be secrets, so that they are not written down.
    pub(super) fn secrets(&self, service: &str) -> Vec<String> {
        let all = &self.legacy.model["services"][service]["environment"];
        let listed =
            all.as_array().into_iter().flatten().filter_map(|it| it.as_str()?.split_once('='));
        let mapped = all.as_object().into_iter().flatten();
        let mapped = mapped.filter_map(|it| Some((it.0.as_str(), it.1.as_str()?)));
        let secret = listed.chain(mapped).filter(|it| may_be_secret(it.0, it.1));
        secret.map(|it| it.1.to_owned()).collect()
    }

    /// A service as what is built for it, where its file gives the image no name.
    pub(super) fn built(&self, service: &str) -> Option<&Built> {
        self.built.iter().find(|it| it.service == service)
    }

    /// The project's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether not all rules are asked for, so that a fix may want for one that nobody chose.
    pub(super) fn is_narrow(&self) -> bool {
        rules::ALL.iter().any(|it| !self.policy.rules.contains(&it.id))
    }

    /// Plans by what a book says from now on, trials aside: what failed before is tried again.
    ///
    /// # Errors
    /// A configuration that cannot be read.
    pub(super) fn know(&mut self, book: &Book) -> Result<(), Failure> {
        self.policy.settings.images =
            knowing(&self.bench.args.inputs, (&book.untried(), self.bench.folder))?;
        Ok(())
    }

    /// A trial of each service as it is set up, without any fix: what all fixes leave of it.
    pub(super) fn trials(&self, folder: &Path) -> BTreeMap<String, Trial> {
        trials((&self.project.files, &self.project.members), &self.policy, folder)
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
        let policy = self.policy(allowed);
        let mended = mend(&self.project.files, &self.project.members, &policy, choose)
            .map_err(|it| Failure(format!("a bug of casehard's: {}", it.message)))?;
        let mut fixes: BTreeMap<String, BTreeSet<Tried>> = BTreeMap::new();
        for it in &mended.fixed {
            let tried = Tried { rule: it.rule.to_owned(), title: it.title.to_string() };
            fixes.entry(service_of(&it.subject).to_owned()).or_default().insert(tried);
        }
        let mut left: BTreeMap<String, usize> = BTreeMap::new();
        for it in &mended.after.judged.open {
            *left.entry(service_of(&it.subject).to_owned()).or_default() += 1;
        }
        Ok(Form { isolated: self.isolated(&mended.files)?, fixes, left })
    }

    /// The policy for what is allowed: what else is written serves the user that a service keeps.
    fn policy(&self, allowed: &Allowed) -> Cow<'_, Policy> {
        let mut policy = Cow::Borrowed(&self.policy);
        let stays = |service: &str| allowed.get(service).is_some_and(|it| !it.contains(USER_RULE));
        if !allowed.keys().any(|it| stays(it)) {
            return policy;
        }
        let analysis = analyse(&self.project.files, &self.project.members, &self.policy);
        for it in analysis.judged.open.iter().filter(|it| it.rule == USER_RULE) {
            if stays(service_of(&it.subject)) {
                policy.to_mut().settings.own.entry(it.container).or_default().as_user = Some(false);
            }
        }
        policy
    }

    /// What Compose makes of these texts, isolated.
    fn isolated(&self, files: &[Shared]) -> Result<Isolated, Failure> {
        let refused = |it: String| Failure(format!("Compose refuses it: {it}"));
        let mirror = Mirror::new()?;
        let mut merged = Vec::new();
        for (at, file) in files.iter().enumerate() {
            let mirrored = mirror.put(&absolute(&file.path), file.tree.text())?;
            if let Members::Compose(members) = &self.project.members
                && let Some(order) = members.merged.iter().position(|it| it.0 as usize == at)
            {
                merged.push((order, mirrored));
            }
        }
        if files.len() > merged.len() {
            mirror.surround(files.iter().map(|it| absolute(&it.path)));
        }
        merged.sort();
        let merged: Vec<PathBuf> = merged.into_iter().map(|it| it.1).collect();
        let model = Model {
            folder: &self.folder,
            files: &merged,
            variables: &self.bench.args.inputs.env_file,
        };
        let text = self.bench.client.config(&model).map_err(|it| refused(it.to_string()))?;
        let value = read(&mirror.untold(&text)).map_err(refused)?;
        let is_here = self.bench.engine.is_here();
        let elsewhere = || "the engine is on another machine".to_owned();
        let has = |it: &&String| self.bench.engine.id_of(it).is_ok();
        let terms = Terms {
            project: &self.name,
            open: self.bench.args.trial.open_network,
            place: &|it| if is_here { host::place(it) } else { Place::Folder },
            leads_out: &|it| if is_here { host::leads_out(it) } else { Some(elsewhere()) },
            image: &|names| names.iter().find(has).cloned(),
        };
        Ok(isolate(&value, &terms))
    }
}

/// The service that a finding is about.
fn service_of(subject: &str) -> &str {
    subject.strip_prefix("service ").unwrap_or(subject)
}
