//! The shape of the file, and its way into a `Config`.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::error::line_of;
use super::{ALL, Allow, Config, ConfigError, Kind, Level, Probe, Target, User, written};
use crate::source::Pattern;
use crate::suggestion::unknown;

/// Reads the text of the configuration at `path`.
///
/// Keys and rules that do not exist are mistakes: a waiver that never applies should not go unseen.
pub fn load(text: &str, path: &Path, known_rules: &[&str]) -> Result<Config, ConfigError> {
    let file: File = toml::from_str(text).map_err(|error| ConfigError::toml(path, text, &error))?;
    if let Some((at, rule)) = file.rule_names().find(|(_, rule)| !known_rules.contains(rule)) {
        let problem = unknown("rule", rule, known_rules.iter().copied());
        return Err(ConfigError::new(path, text, at, problem));
    }
    if let Some((service, _)) = file.verify.iter().find(|it| it.1.is_empty()) {
        let told =
            format!("nothing is asked of `{}`: expected command, url or tcp", service.get_ref());
        return Err(ConfigError::new(path, text, service.span().start, told));
    }
    let exclude: Result<Vec<Pattern>, ConfigError> = file
        .exclude
        .iter()
        .map(|it| {
            Pattern::parse(it.get_ref())
                .map_err(|problem| ConfigError::new(path, text, it.span().start, problem))
        })
        .collect();
    let default = Config::default();
    Ok(Config {
        user: file.user.unwrap_or(default.user),
        writable: file
            .writable
            .map_or(default.writable, |it| it.into_iter().map(|it| it.0).collect()),
        target: file.target.or(default.target),
        kubernetes: file.kubernetes.map(|it| it.0),
        rules: file.rules.into_iter().map(|(rule, level)| (rule.into_inner(), level)).collect(),
        allow: file.allow.into_iter().map(|it| it.into_allow(text)).collect(),
        exclude: exclude?,
        kinds: file.kind,
        images: file.image,
        probes: file.verify.into_iter().map(placed).collect(),
        folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
        source: None,
    })
}

/// A probe that knows where its service is named.
fn placed((service, probe): (Spanned<String>, Probe)) -> (String, Probe) {
    let at = service.span().start;
    (service.into_inner(), Probe { at, ..probe })
}

/// What a project decided once about the hardening of its containers.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "casehard.toml")]
pub(super) struct File {
    /// The user a container gets when nothing tells which one it needs, as "UID:GID".
    user: Option<User>,
    /// The paths that stay writable when nothing tells which ones are needed.
    writable: Option<Vec<written::WritablePath>>,
    /// What runs the Compose files.
    target: Option<Target>,
    /// The version of Kubernetes to judge by, such as "1.34".
    kubernetes: Option<written::Version>,
    /// Rules that are off or count for more or less than they do by themselves.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    rules: BTreeMap<Spanned<String>, Level>,
    /// Findings that the project lives with.
    #[serde(default)]
    allow: Vec<AllowEntry>,
    /// Files and folders that are not judged, as patterns relative to this file; without a slash a name at any depth.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    exclude: Vec<Spanned<String>>,
    /// Custom resources that hold a pod and may be rewritten.
    #[serde(default)]
    kind: Vec<Kind>,
    /// What the project knows about its images.
    #[serde(default)]
    #[schemars(with = "Vec<BTreeMap<String, serde_json::Value>>")]
    image: Vec<toml::Value>,
    /// What `casehard verify` asks of services, by their names.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Probe>")]
    verify: BTreeMap<Spanned<String>, Probe>,
}

impl File {
    /// Every rule that is mentioned, and the byte it stands at.
    fn rule_names(&self) -> impl Iterator<Item = (usize, &str)> {
        let levels = self.rules.keys().map(|rule| (rule.span().start, rule.get_ref().as_str()));
        let allowed = self.allow.iter().flat_map(|allow| {
            let at = allow.rule.span().start;
            let rules = allow.rule.get_ref().0.iter().filter(|it| *it != ALL);
            rules.map(move |rule| (at, rule.as_str()))
        });
        levels.chain(allowed)
    }
}

/// A decision to live with findings.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AllowEntry {
    /// The rule or rules whose findings are allowed; `*` for all of them.
    #[schemars(with = "written::Rules")]
    rule: Spanned<written::Rules>,
    /// The files and folders it holds for, as a pattern like those of `exclude`; without it, all.
    path: Option<written::PathGlob>,
    /// The containers or services it holds for, as a pattern; without it, all.
    container: Option<written::NameGlob>,
    /// The images it holds for, as a pattern of their names, with the tag or without; without it, all.
    image: Option<written::NameGlob>,
    /// Why.
    reason: written::Reason,
    /// The last day it holds, such as 2027-01-31; without it, for good.
    until: Option<written::Day>,
}

impl AllowEntry {
    fn into_allow(self, text: &str) -> Allow {
        Allow {
            line: line_of(text, self.rule.span().start),
            rules: self.rule.into_inner().0,
            path: self.path.map(|it| it.0),
            container: self.container.map(|it| it.0),
            image: self.image.map(|it| it.0),
            reason: self.reason.0,
            until: self.until.map(|it| it.0),
        }
    }
}
