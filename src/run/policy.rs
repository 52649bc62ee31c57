//! What holds for a run: the command line over the configuration file over the defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Failure;
use crate::cli::Inputs;
use crate::config::{self, Config, Level};
use crate::date::Date;
use crate::evidence::{NEWEST_KUBERNETES, Settings, Stance};
use crate::finding::Severity;
use crate::images::{Knowledge, OwnerImage};
use crate::mend::Policy;
use crate::rules;
use crate::source;
use crate::suggestion;
use crate::waiver::Allowed;
use crate::workload::kubernetes::OwnKind;

/// What holds for a run on these inputs.
///
/// # Errors
/// A rule that does not exist, a configuration that cannot be read.
pub fn policy(inputs: &Inputs, stance: Stance) -> Result<Policy, Failure> {
    let config = configuration(inputs)?;
    let known = || rules::ALL.iter().map(|it| it.id);
    for id in inputs.rules.iter().chain(&inputs.skip) {
        if rules::find(id).is_none() {
            return Err(Failure(suggestion::unknown("rule", id, known())));
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
    let severities: BTreeMap<String, Severity> = severities.collect();
    // What else is written has to serve the user that stays.
    let judged = wanted(rules::USER_RULE) && !off(rules::USER_RULE);
    let stance = if judged { stance } else { Stance::Unchanged };
    let opted_in = severities.keys().chain(&inputs.rules).cloned().collect();
    Ok(Policy {
        settings: Settings {
            user: inputs.user.unwrap_or(config.user),
            writable: match inputs.writable.is_empty() {
                true => config.writable,
                false => inputs.writable.clone(),
            },
            keep: Vec::new(),
            target: inputs.target.map(Into::into).or(config.target),
            images: Arc::new(images(config.images)?),
            stance,
            kubernetes: inputs.kubernetes.or(config.kubernetes).unwrap_or(NEWEST_KUBERNETES),
            opted_in,
            own: BTreeMap::new(),
        },
        rules: known().filter(|it| wanted(it) && !off(it)).collect(),
        severities,
        allowed: Allowed { entries: config.allow, folder: config.folder },
        kinds: config
            .kinds
            .into_iter()
            .map(|it| OwnKind { group: it.group, kind: it.kind, path: it.path.join(".") })
            .collect(),
        today: Date::today(),
    })
}

/// What is known of images here: in the program, and in the configuration.
///
/// # Errors
/// A configuration that cannot be read.
pub(super) fn knowledge(config: Option<&Path>) -> Result<Knowledge, Failure> {
    images(load(config, Path::new("."))?.images)
}

/// The built-in knowledge of images, with what the owner adds.
fn images(entries: Vec<toml::Value>) -> Result<Knowledge, Failure> {
    if entries.is_empty() {
        return Ok(Knowledge::builtin());
    }
    let owned: Result<Vec<OwnerImage>, _> =
        entries.into_iter().map(toml::Value::try_into).collect();
    let owned =
        owned.map_err(|it| Failure(format!("casehard.toml: [[image]]: {}", it.message())))?;
    Knowledge::with(owned).map_err(|it| Failure(format!("casehard.toml: {it}")))
}

fn configuration(inputs: &Inputs) -> Result<Config, Failure> {
    let start = inputs.paths.first().filter(|it| it.as_os_str() != "-");
    load(inputs.config.as_deref(), start.map_or(Path::new("."), PathBuf::as_path))
}

fn load(named: Option<&Path>, start: &Path) -> Result<Config, Failure> {
    let found = || source::find_upwards(start, config::FILE_NAME);
    let path = named.map(Path::to_path_buf).or_else(found);
    let Some(path) = path else { return Ok(Config::default()) };
    let source = source::read(&path).map_err(|it| Failure(it.to_string()))?;
    let text = String::from_utf8(source.bytes)
        .map_err(|_| Failure(format!("{}: not UTF-8: save it as UTF-8", path.display())))?;
    let known: Vec<&str> = rules::ALL.iter().map(|it| it.id).collect();
    config::load(&text, &path, &known).map_err(|it| Failure(it.to_string()))
}
