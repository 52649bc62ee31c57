//! The shape of the file, and its way into a `Config`.

use std::collections::BTreeMap;
use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::error::line_of;
use super::{Allow, Config, ConfigError, Kind, Level, Target, User, writable_path};
use crate::date::Date;
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
    let default = Config::default();
    Ok(Config {
        user: file.user.unwrap_or(default.user),
        writable: file
            .writable
            .map_or(default.writable, |it| it.into_iter().map(|it| it.0).collect()),
        target: file.target.unwrap_or(default.target),
        kubernetes: file.kubernetes.map(|it| it.0),
        rules: file.rules.into_iter().map(|(rule, level)| (rule.into_inner(), level)).collect(),
        allow: file.allow.into_iter().map(|it| it.into_allow(text)).collect(),
        kinds: file.kind,
        images: file.image,
        folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    user: Option<User>,
    writable: Option<Vec<WrittenPath>>,
    target: Option<Target>,
    kubernetes: Option<WrittenVersion>,
    #[serde(default)]
    rules: BTreeMap<Spanned<String>, Level>,
    #[serde(default)]
    allow: Vec<WrittenAllow>,
    #[serde(default)]
    kind: Vec<Kind>,
    #[serde(default)]
    image: Vec<toml::Value>,
}

impl File {
    /// Every rule that is mentioned, and the byte it stands at.
    fn rule_names(&self) -> impl Iterator<Item = (usize, &str)> {
        let levels = self.rules.keys().map(|rule| (rule.span().start, rule.get_ref().as_str()));
        let allowed = self.allow.iter().flat_map(|allow| {
            let at = allow.rule.span().start;
            allow.rule.get_ref().0.iter().map(move |rule| (at, rule.as_str()))
        });
        levels.chain(allowed)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAllow {
    rule: Spanned<WrittenRules>,
    path: Option<WrittenPathGlob>,
    container: Option<WrittenNameGlob>,
    reason: WrittenReason,
    until: Option<WrittenDate>,
}

impl WrittenAllow {
    fn into_allow(self, text: &str) -> Allow {
        Allow {
            line: line_of(text, self.rule.span().start),
            rules: self.rule.into_inner().0,
            path: self.path.map(|it| it.0),
            container: self.container.map(|it| it.0),
            reason: self.reason.0,
            until: self.until.map(|it| it.0),
        }
    }
}

/// One rule, or a list of them.
#[derive(Deserialize)]
#[serde(try_from = "OneOrMany")]
struct WrittenRules(Vec<String>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a rule or a list of rules")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl TryFrom<OneOrMany> for WrittenRules {
    type Error = &'static str;

    fn try_from(written: OneOrMany) -> Result<WrittenRules, &'static str> {
        match written {
            OneOrMany::One(rule) => Ok(WrittenRules(vec![rule])),
            OneOrMany::Many(rules) if rules.is_empty() => Err("expected at least one rule"),
            OneOrMany::Many(rules) => Ok(WrittenRules(rules)),
        }
    }
}

/// A day, as text or as TOML's own date.
#[derive(Deserialize)]
#[serde(try_from = "TextOrDate")]
struct WrittenDate(Date);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a day such as 2027-01-31")]
enum TextOrDate {
    Text(String),
    Date(Datetime),
}

impl TryFrom<TextOrDate> for WrittenDate {
    type Error = crate::date::DateError;

    fn try_from(written: TextOrDate) -> Result<WrittenDate, Self::Error> {
        let text = match written {
            TextOrDate::Text(text) => text,
            TextOrDate::Date(date) => date.to_string(),
        };
        text.parse().map(WrittenDate)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct WrittenReason(String);

impl TryFrom<String> for WrittenReason {
    type Error = &'static str;

    fn try_from(text: String) -> Result<WrittenReason, &'static str> {
        match text.trim() {
            "" => Err("the reason is empty: say why this is allowed"),
            reason => Ok(WrittenReason(reason.to_owned())),
        }
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct WrittenPathGlob(GlobMatcher);

impl TryFrom<String> for WrittenPathGlob {
    type Error = String;

    fn try_from(text: String) -> Result<WrittenPathGlob, String> {
        let pattern = text.strip_prefix("./").unwrap_or(&text);
        if pattern.starts_with('/') || pattern.split('/').any(|name| name == "..") {
            return Err(format!("`{text}` leads out of the folder of this file"));
        }
        glob(pattern).map(WrittenPathGlob)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct WrittenNameGlob(GlobMatcher);

impl TryFrom<String> for WrittenNameGlob {
    type Error = String;

    fn try_from(text: String) -> Result<WrittenNameGlob, String> {
        glob(&text).map(WrittenNameGlob)
    }
}

fn glob(pattern: &str) -> Result<GlobMatcher, String> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| format!("`{pattern}` is not a pattern: {}", error.kind()))
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct WrittenPath(String);

impl TryFrom<String> for WrittenPath {
    type Error = super::WritableError;

    fn try_from(text: String) -> Result<WrittenPath, Self::Error> {
        writable_path(&text).map(WrittenPath)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct WrittenVersion((u32, u32));

impl TryFrom<String> for WrittenVersion {
    type Error = String;

    fn try_from(text: String) -> Result<WrittenVersion, String> {
        let digits = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit());
        text.split_once('.')
            .filter(|(major, minor)| digits(major) && digits(minor))
            .and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)))
            .map(WrittenVersion)
            .ok_or_else(|| format!("`{text}` is not a version of Kubernetes such as \"1.34\""))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenKind {
    #[serde(rename = "apiVersion")]
    api_version: Option<String>,
    group: Option<String>,
    kind: String,
    path: String,
}

impl TryFrom<WrittenKind> for Kind {
    type Error = String;

    fn try_from(written: WrittenKind) -> Result<Kind, String> {
        let (group, version) = match (written.api_version, written.group) {
            (Some(api), None) => {
                let (group, version) = api.split_once('/').unwrap_or(("", &api));
                (group.to_owned(), Some(version.to_owned()))
            }
            (None, Some(group)) => (group, None),
            _ => return Err("expected either `apiVersion` or `group`".to_owned()),
        };
        let path: Vec<_> = written.path.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(format!(
                "`{}` is not a path to a pod such as spec.template.spec",
                written.path
            ));
        }
        Ok(Kind { group, version, kind: written.kind, path })
    }
}
