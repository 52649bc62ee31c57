//! What holds for a run: the command line over the configuration file over the defaults.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Failure;
use super::decided::Store;
use super::learnt::Learnt;
use super::output::{complain, near};
use super::own_images::images;
use crate::cli::Inputs;
use crate::config::{self, Config, Level};
use crate::date::Date;
use crate::evidence::{NEWEST_KUBERNETES, Settings, Stance};
use crate::finding::{Confidence, Severity};
use crate::images::Knowledge;
use crate::images::learned::Book;
use crate::mend::Policy;
use crate::report::shown::Shown;
use crate::rules;
use crate::source::{self, Exclude, Excluded, Reach};
use crate::waiver::Allowed;
use crate::workload::clean as clean_path;
use crate::workload::kubernetes::OwnKind;

/// What holds for a run on these inputs.
///
/// # Errors
/// A rule that does not exist, a configuration that cannot be read.
pub fn policy(inputs: &Inputs, accepts: Confidence) -> Result<Policy, Failure> {
    decide(inputs, accepts).map(|it| it.0)
}

/// The same, with what is not to be judged.
///
/// # Errors
/// A rule that does not exist, a configuration that cannot be read.
pub(super) fn decide(inputs: &Inputs, accepts: Confidence) -> Result<(Policy, Excluded), Failure> {
    if inputs.config.is_none() {
        tell_others(start(inputs), &inputs.paths);
    }
    let mut config = configuration(inputs)?;
    let excluded = excluded(inputs, &mut config);
    let rules = || rules::ALL.iter().map(|it| it.id);
    let (asked, skipped) = selected(inputs)?;
    let off = |id: &str| config.rules.get(id) == Some(&Level::Off) || skipped.contains(&id);
    let wanted = |id: &str| asked.is_empty() || asked.contains(&id);
    let severities = config.rules.iter().filter_map(|(id, level)| match level {
        Level::Severity(severity) => Some((id.clone(), *severity)),
        Level::Off => None,
    });
    let severities: BTreeMap<String, Severity> = severities.collect();
    // Where the project wants no change of users, what else is written has to serve those that stay.
    let stance = match (config.rules.get(rules::USER_RULE), accepts) {
        (Some(Level::Off), _) => Stance::Unchanged,
        (_, Confidence::Risky) => Stance::Strict,
        _ => Stance::Proven,
    };
    let opted_in = severities
        .keys()
        .map(String::as_str)
        .chain(asked.iter().copied())
        .map(str::to_owned)
        .collect();
    let images = known(&config, inputs.config.as_deref(), inputs.paths.first())?;
    let judged: Vec<&'static str> = rules().filter(|it| wanted(it) && !off(it)).collect();
    if judged.is_empty() {
        return Err(Failure(
            "no rule is left to judge by: look at --rule, --skip and the rules that casehard.toml switches off"
                .to_owned(),
        ));
    }
    let policy = Policy {
        settings: Settings {
            user: inputs.user.unwrap_or(config.user),
            writable: match inputs.writable.is_empty() {
                true => config.writable,
                false => inputs.writable.clone(),
            },
            keep: Vec::new(),
            target: inputs.target.map(Into::into).or(config.target),
            images: Arc::new(images),
            stance,
            kubernetes: inputs.kubernetes.or(config.kubernetes).unwrap_or(NEWEST_KUBERNETES),
            opted_in,
            own: BTreeMap::new(),
        },
        rules: judged,
        off: rules().filter(|it| config.rules.get(*it) == Some(&Level::Off)).collect(),
        severities,
        allowed: Allowed { entries: config.allow, folder: config.folder, source: config.source },
        kinds: config
            .kinds
            .into_iter()
            .map(|it| OwnKind { group: it.group, kind: it.kind, path: it.path.join(".") })
            .collect(),
        today: Date::today(),
        accepts,
        decisions: Arc::new(Store::open(inputs)?.read()?),
    };
    Ok((policy, excluded))
}

/// The rules that are asked for, and those that are not to be judged.
///
/// # Errors
/// A rule that does not exist.
fn selected(inputs: &Inputs) -> Result<(Vec<&'static str>, Vec<&'static str>), Failure> {
    let (mut asked, mut skipped) = (Vec::new(), Vec::new());
    let named = |name: &str| match rules::find(name) {
        Some(it) => Ok(it.id),
        None => Err(Failure(rules::unknown(name))),
    };
    for name in inputs.rules.iter().map(|it| it.trim()) {
        match name.strip_prefix('-') {
            Some(name) => skipped.push(named(name)?),
            None => asked.push(named(name)?),
        }
    }
    for name in inputs.skip.iter().map(|it| it.trim()) {
        skipped.push(named(name)?);
    }
    Ok((asked, skipped))
}

/// Whether all is judged that the configuration speaks of.
pub(super) fn is_whole(inputs: &Inputs, policy: &Policy) -> bool {
    let folder = &policy.allowed.folder;
    let holds =
        |it: &PathBuf| std::path::absolute(it).is_ok_and(|it| folder.starts_with(clean_path(&it)));
    inputs.shard.is_none() && inputs.paths.iter().any(holds)
}

/// What the command line and the configuration exclude, each relative to its own folder.
fn excluded(inputs: &Inputs, config: &mut Config) -> Excluded {
    let own = std::mem::take(&mut config.exclude);
    Excluded {
        excludes: vec![
            Exclude::below(Path::new("."), inputs.exclude.clone()),
            Exclude::below(&config.folder, own),
        ],
        reach: if inputs.force_exclude { Reach::Named } else { Reach::Walked },
    }
}

/// What is known of images here: in the program, and in the configuration.
///
/// # Errors
/// A configuration that cannot be read.
pub(super) fn knowledge(config: Option<&Path>) -> Result<Knowledge, Failure> {
    known(&load(config, Path::new("."))?, config, None)
}

/// What is known of images by the configuration, and by what was learnt beside it.
///
/// # Errors
/// One of the two cannot be read.
fn known(
    config: &Config,
    named: Option<&Path>,
    first: Option<&PathBuf>,
) -> Result<Knowledge, Failure> {
    let learnt = Learnt::open(named, first)?;
    Ok(images(config)?.and_learnt(learnt.read()?.images(), &learnt.folder()))
}

/// What is known of images by the configuration and by a book that is not written yet.
///
/// # Errors
/// A configuration that cannot be read.
pub(super) fn knowing(
    inputs: &Inputs,
    (book, folder): (&Book, &Path),
) -> Result<Arc<Knowledge>, Failure> {
    Ok(Arc::new(images(&configuration(inputs)?)?.and_learnt(book.images(), folder)))
}

/// The configuration for these inputs.
///
/// # Errors
/// It cannot be read.
pub(super) fn configuration(inputs: &Inputs) -> Result<Config, Failure> {
    load(inputs.config.as_deref(), start(inputs))
}

/// Where the configuration is looked for.
fn start(inputs: &Inputs) -> &Path {
    let first = inputs.paths.first().filter(|it| it.as_os_str() != "-");
    first.map_or(Path::new("."), PathBuf::as_path)
}

/// Says which configurations other paths have: what switches rules off for one must not do so for another, so that the
/// first path's holds for all.
fn tell_others(first: &Path, paths: &[PathBuf]) {
    let mut upwards = source::Upwards::new(config::FILE_NAME);
    let own = upwards.from(first);
    let folder =
        |it: &PathBuf| if it.is_dir() { Some(it.clone()) } else { Some(it.parent()?.into()) };
    let folders: BTreeSet<PathBuf> = paths.iter().skip(1).filter_map(folder).collect();
    let here = |it: PathBuf| if it.as_os_str().is_empty() { PathBuf::from(".") } else { it };
    let found = folders.into_iter().map(here);
    let found = found.filter_map(|it| upwards.from(&it));
    let others: BTreeSet<PathBuf> = found.filter(|it| Some(it) != own.as_ref()).collect();
    let holds = match &own {
        Some(it) => format!("{} holds for all that is named", near(it).display()),
        None => format!("{} has none, which holds for all that is named", first.display()),
    };
    for it in others {
        complain(&Shown::line(&format!(
            "{}: not read: {holds}: run casehard for each by itself, or name one by --config",
            near(&it).display()
        )));
    }
}

fn load(named: Option<&Path>, start: &Path) -> Result<Config, Failure> {
    let found = || source::find_upwards(start, config::FILE_NAME);
    let path = named.map(Path::to_path_buf).or_else(found);
    let Some(path) = path else { return Ok(Config::default()) };
    let source = source::read(&path).map_err(|it| Failure(it.to_string()))?;
    let text = String::from_utf8(source.bytes.into_vec())
        .map_err(|_| Failure(format!("{}: not UTF-8: save it as UTF-8", path.display())))?;
    let known: Vec<&str> = rules::ALL.iter().map(|it| it.id).collect();
    let config = config::load(&text, &path, &known).map_err(|it| Failure(it.to_string()))?;
    // Files are compared with it by their absolute paths.
    let folder = std::path::absolute(Path::new(".").join(&config.folder));
    let source = Some((near(&path), text.into()));
    Ok(Config { folder: clean_path(&folder.unwrap_or_default()), source, ..config })
}
